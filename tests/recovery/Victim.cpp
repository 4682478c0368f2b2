#include "Victim.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>

#include <csignal>
#include <cstdio>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
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

int listenAfter(int ms, int port)
{
    poll(nullptr, 0, ms);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(std::uint16_t(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0 || listen(fd, 16) != 0)
        return 4;
    return stay();
}

/// The signals are waited for, not caught: the file is written outside any handler.
int onUsr(const QString &path)
{
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGUSR1);
    sigaddset(&wanted, SIGUSR2);
    sigprocmask(SIG_BLOCK, &wanted, nullptr);
    std::puts("ready");
    std::fflush(stdout);
    while (true) {
        int number = 0;
        sigwait(&wanted, &number);
        QFile file(path);
        if (file.open(QIODevice::WriteOnly | QIODevice::Truncate))
            file.write(number == SIGUSR1 ? "debug" : "quiet");
    }
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
    if (mode == QLatin1String("--listen-after"))
        return listenAfter(value.toInt(), arguments.value(3).toInt());
    if (mode == QLatin1String("--on-usr"))
        return onUsr(value);
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
