#include "tests/recovery/ProcessTest.h"

#include "tests/recovery/Victim.h"

#include <QTest>

#include <sys/wait.h>

using namespace Qt::StringLiterals;

namespace prunella::testing {

ServiceConfig ProcessTest::service(const QStringList &command, const QString &name) const
{
    ServiceConfig config;
    config.name = name;
    config.manager = Manager::Process;
    config.command = command;
    return config;
}

ManagedProcess ProcessTest::startReady(const QStringList &arguments)
{
    const auto process = m_spawner.start(service(victim(arguments)));
    if (!process) {
        qWarning("%s", qPrintable(process.error().message));
        return {};
    }
    m_started.append(*process);
    [&] { QTRY_VERIFY(output().contains(u"ready\n"_s)); }();
    return *process;
}

QList<qint64> ProcessTest::inSession(qint64 pid) const
{
    QList<qint64> pids;
    for (const ProcessEntry &entry : runningProcesses())
        if (entry.session == pid)
            pids.append(entry.pid);
    return pids;
}

void ProcessTest::cleanup()
{
    while (const auto left = m_spawner.findRunning(u"web"_s))
        QVERIFY(m_spawner.stop(*left, 0, m_token));
    for (const ManagedProcess &process : std::as_const(m_started)) {
        QVERIFY(m_spawner.stop(process, 0, m_token));
        waitpid(pid_t(process.pid), nullptr, WNOHANG);
    }
    m_started.clear();
    QFile::remove(m_spawner.outputFile(u"web"_s));
}

} // namespace prunella::testing
