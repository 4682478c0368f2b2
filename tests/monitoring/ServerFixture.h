#pragma once
// A real server in a temporary folder on a port of its own; it ends with the test, even when that is killed.
#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTcpServer>
#include <QTemporaryDir>

#include <csignal>
#include <pwd.h>
#include <unistd.h>

namespace prunella {

/// Nobody listens there, at least just now.
[[nodiscard]] inline quint16 freePort()
{
    QTcpServer probe;
    if (!probe.listen(QHostAddress::LocalHost))
        qFatal("no free port");
    return probe.serverPort();
}

/// PostgreSQL refuses to run as root: its programs then run as the user whom its package has made.
class AsPostgres
{
public:
    /// The newest one that is installed.
    [[nodiscard]] static QString program(const QString &name)
    {
        const QStringList versions = QDir(QStringLiteral("/usr/lib/postgresql")).entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name);
        if (versions.isEmpty())
            qFatal("PostgreSQL's server is not installed: see installer/packages.txt");
        return QStringLiteral("/usr/lib/postgresql/%1/bin/%2").arg(versions.last(), name);
    }
    static void start(QProcess &process, const QStringList &call)
    {
        QStringList words{QStringLiteral("setpriv"), QStringLiteral("--pdeathsig"), QStringLiteral("INT")};
        if (geteuid() == 0)
            words << QStringLiteral("--reuid=postgres") << QStringLiteral("--regid=postgres") << QStringLiteral("--clear-groups");
        words += call;
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.setStandardOutputFile(QProcess::nullDevice());
        process.start(words.takeFirst(), words);
        if (!process.waitForStarted())
            qFatal("cannot start %s", qPrintable(call.first()));
    }
    static void run(const QStringList &call)
    {
        QProcess process;
        start(process, call);
        if (!process.waitForFinished(120'000) || process.exitCode() != 0)
            qFatal("%s ended with %d", qPrintable(call.join(QLatin1Char(' '))), process.exitCode());
    }
    static void give(const QString &path)
    {
        const passwd *user = geteuid() == 0 ? getpwnam("postgres") : nullptr;
        if (user && chown(QFile::encodeName(path).constData(), user->pw_uid, user->pw_gid) != 0)
            qFatal("cannot give %s away", qPrintable(path));
    }
};

/// Ends a child by signal and waits for it.
inline void endChild(QProcess &process, int signal)
{
    if (process.state() == QProcess::NotRunning)
        return;
    kill(pid_t(process.processId()), signal);
    if (!process.waitForFinished(20'000))
        process.kill();
    process.waitForFinished();
}

} // namespace prunella
