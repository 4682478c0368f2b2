#include "Victim.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>

#include <csignal>
#include <cstdio>
#include <poll.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

namespace prunella::testing {
namespace {

int stay()
{
    std::puts("ready");
    std::fflush(stdout);
    while (true)
        pause();
}

void countStart(const QString &path)
{
    QFile file(path);
    if (!path.isEmpty() && file.open(QIODevice::Append))
        file.write("s");
}

int family()
{
    if (fork() == 0)
        std::signal(SIGTERM, SIG_IGN);
    return stay();
}

int show()
{
    for (const QString &name : QDir(QStringLiteral("/proc/self/fd")).entryList(QDir::AllEntries | QDir::System | QDir::NoDotAndDotDot))
        std::printf("fd %s %s\n", qPrintable(name), qPrintable(QFile::symLinkTarget(QStringLiteral("/proc/self/fd/") + name)));
    QFile status(QStringLiteral("/proc/self/status"));
    if (status.open(QIODevice::ReadOnly))
        for (const QByteArray &line : status.readAll().split('\n'))
            if (line.startsWith("Sig"))
                std::printf("%s\n", line.constData());
    for (const char *name : {"PRUNELLA_SERVICE", "PRUNELLA_STATE_DIR", "PRUNELLA_KILL_AT", "NOTIFY_SOCKET", "COLOUR", "PATH"})
        std::printf("%s=%s\n", name, qEnvironmentVariable(name, QStringLiteral("<none>")).toLocal8Bit().constData());
    std::printf("cwd=%s\n", qPrintable(QDir::currentPath()));
    return stay();
}

int notifyAfter(int ms)
{
    if (ms >= 0) {
        poll(nullptr, 0, ms);
        sd_notify(0, "READY=1");
    }
    return stay();
}

} // namespace

int runVictim(const QStringList &arguments)
{
    const QString mode = arguments.value(1), value = arguments.value(2);
    if (mode == QLatin1String("--stay")) {
        countStart(value);
        return stay();
    }
    if (mode == QLatin1String("--ignore-term")) {
        std::signal(SIGTERM, SIG_IGN);
        return stay();
    }
    if (mode == QLatin1String("--family"))
        return family();
    if (mode == QLatin1String("--leave-behind"))
        return fork() == 0 ? stay() : 0;
    if (mode == QLatin1String("--exit")) {
        countStart(arguments.value(3));
        std::puts("bye");
        std::fflush(stdout);
        return value.toInt();
    }
    if (mode == QLatin1String("--show"))
        return show();
    if (mode == QLatin1String("--notify-after")) {
        countStart(arguments.value(3));
        return notifyAfter(value.toInt());
    }
    return -1;
}

QStringList victim(const QStringList &arguments)
{
    return QStringList{QCoreApplication::applicationFilePath()} + arguments;
}

} // namespace prunella::testing
