// Actions on containers of a real podman, checked at the kernel.
#include "core/recovery/ContainerRestart.h"
#include "core/recovery/ContainerScale.h"
#include "core/recovery/ContainerUpdate.h"
#include "tests/recovery/AsNobody.h"
#include "tests/recovery/ContainerFixture.h"

#include <QElapsedTimer>
#include <QTest>
#include <csignal>
#include <sys/stat.h>
#include <thread>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

class tst_container_actions : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void cleanup() { m_podman.run({u"rm"_s, u"-f"_s, u"-a"_s, u"-t"_s, u"0"_s}); }
    void restartGivesANewProcess();
    void restartStartsADeadOne();
    void restartThatEndsAtOnce();
    void restartWaitsForHealth();
    void restartOfAnUnhealthyOne();
    void missingContainer();
    void noDaemon();
    void noRight();
    void cancelledWhileWaiting();
    void updateArrivesInTheKernel_data();
    void updateArrivesInTheKernel();
    void updateOfAnUnlimitedOne();
    void updateIsBounded();
    void copiesComeAndGo();
    void foreignNameIsNoCopy();
    void hostPortIsNotCopied();

private:
    [[nodiscard]] QStringList running() const { return runningContainers(m_podman); }
    [[nodiscard]] LookInput lookInput(ActionType type, const QMap<QString, QString> &parameters = {}) const { return containerInput(m_podman, type, parameters); }
    [[nodiscard]] ServiceConfig service() const { return containerService(m_podman); }
    [[nodiscard]] ActionResult restart(int timeoutMs = 30'000);

    Podman m_podman;
};

void tst_container_actions::initTestCase()
{
    const QString missing = m_podman.start();
    QVERIFY2(missing.isEmpty(), qPrintable(missing));
}

ActionResult tst_container_actions::restart(int timeoutMs)
{
    ActionRequest request;
    request.id = u"a1"_s;
    request.target = u"shop"_s;
    request.timeoutMs = timeoutMs;
    CancelToken token;
    return ContainerRestart(service()).run(request, token);
}

void tst_container_actions::restartGivesANewProcess()
{
    QVERIFY(m_podman.runContainer(u"web"_s));
    const qint64 before = m_podman.pidOf(u"web"_s);
    QElapsedTimer timer;
    timer.start();
    const ActionResult result = restart();
    qInfo("restart took %lld ms", timer.elapsed());
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QVERIFY(result.newPid > 0 && result.newPid != before);
    QVERIFY(!QFile::exists(u"/proc/%1"_s.arg(before)));
    QVERIFY(textOf(u"/proc/%1/cmdline"_s.arg(result.newPid)).contains(u"sleep"_s));
    QCOMPARE(result.newPid, m_podman.pidOf(u"web"_s));
}

void tst_container_actions::restartStartsADeadOne()
{
    QVERIFY(m_podman.runContainer(u"web"_s));
    ::kill(pid_t(m_podman.pidOf(u"web"_s)), SIGKILL);
    QTRY_COMPARE(m_podman.pidOf(u"web"_s), 0);
    const ActionResult result = restart();
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QVERIFY(QFile::exists(u"/proc/%1"_s.arg(result.newPid)));
}

void tst_container_actions::restartThatEndsAtOnce()
{
    QVERIFY(m_podman.runContainer(u"web"_s, {}, {u"/bin/sh"_s, u"-c"_s, u"echo no database; exit 3"_s}));
    const ActionResult result = restart();
    QVERIFY(result.status == ActionStatus::Failed);
    QVERIFY(result.failure == FailureKind::Failed);
    QVERIFY2(result.output.contains(u"exit code 3"_s) && result.output.contains(u"no database"_s), qPrintable(result.output));
}

void tst_container_actions::restartWaitsForHealth()
{
    // Healthy after the third look.
    QVERIFY(m_podman.runContainer(u"web"_s, {u"--health-cmd"_s, u"/bin/test -e /ready"_s, u"--health-interval"_s, u"1s"_s, u"--health-retries"_s, u"20"_s},
                                  {u"/bin/sh"_s, u"-c"_s, u": > /started; /bin/sleep 2; : > /ready; /bin/sleep 1000"_s}));
    QElapsedTimer timer;
    timer.start();
    const ActionResult result = restart();
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QCOMPARE(m_podman.inspect(u"web"_s).value("State"_L1).toObject().value("Health"_L1).toObject().value("Status"_L1).toString(), u"healthy"_s);
}

void tst_container_actions::restartOfAnUnhealthyOne()
{
    QVERIFY(m_podman.runContainer(u"web"_s, {u"--health-cmd"_s, u"/bin/test -e /never"_s, u"--health-interval"_s, u"1s"_s, u"--health-retries"_s, u"2"_s}));
    const ActionResult result = restart();
    QVERIFY(result.status == ActionStatus::Failed);
    QVERIFY2(result.output.contains(u"unhealthy"_s), qPrintable(result.output));
}

void tst_container_actions::missingContainer()
{
    const ActionResult result = restart();
    QVERIFY(result.status == ActionStatus::Failed);
    QVERIFY2(result.output.contains(u"no such container"_s, Qt::CaseInsensitive), qPrintable(result.output));
}

void tst_container_actions::noDaemon()
{
    m_podman.stopService();
    const ActionResult result = restart();
    QVERIFY(result.failure == FailureKind::NoBus);
    QVERIFY2(result.output.contains(m_podman.socket()), qPrintable(result.output));
    QVERIFY(m_podman.startService());
}

void tst_container_actions::noRight()
{
    QVERIFY(m_podman.runContainer(u"web"_s));
    const qint64 pid = m_podman.pidOf(u"web"_s);
    ::chmod(m_podman.folder().toUtf8().constData(), 0755);
    ::chmod(m_podman.socket().toUtf8().constData(), 0600);
    ActionResult result;
    {
        const AsNobody nobody;
        result = restart();
    }
    QVERIFY(result.failure == FailureKind::NotAuthorised);
    QVERIFY2(result.output.contains(u"no right"_s), qPrintable(result.output));
    QCOMPARE(m_podman.pidOf(u"web"_s), pid);
}

void tst_container_actions::cancelledWhileWaiting()
{
    QVERIFY(m_podman.runContainer(u"web"_s, {u"--stop-timeout"_s, u"20"_s}));
    const qint64 before = m_podman.pidOf(u"web"_s);
    CancelToken token;
    std::thread other([&token] {
        (void)token.wait(std::chrono::milliseconds(500));
        token.cancel();
    });
    ActionRequest request;
    request.timeoutMs = 60'000;
    QElapsedTimer timer;
    timer.start();
    const ActionResult result = ContainerRestart(service()).run(request, token);
    other.join();
    QVERIFY(result.status == ActionStatus::Cancelled);
    QVERIFY2(timer.elapsed() < 3000, qPrintable(QString::number(timer.elapsed())));
    // The daemon goes on without us; until it has started the new one, podman's rm would leave that behind.
    ::kill(pid_t(before), SIGKILL);
    QTRY_VERIFY_WITH_TIMEOUT(m_podman.pidOf(u"web"_s) > 0 && m_podman.pidOf(u"web"_s) != before, 30'000);
}

void tst_container_actions::updateArrivesInTheKernel_data()
{
    QTest::addColumn<QString>("resource");
    QTest::addColumn<QString>("group");
    QTest::addColumn<QString>("target");
    QTest::addColumn<qint64>("before");
    QTest::addColumn<qint64>("after");
    constexpr qint64 mib = 1024 * 1024;
    QTest::newRow("memory") << u"memory"_s << u"memory"_s << QString::number(128 * mib) << 64 * mib << 128 * mib;
    QTest::newRow("cpu") << u"cpu"_s << u"cpu"_s << u"60"_s << qint64(50'000) << qint64(60'000);
    QTest::newRow("tasks") << u"tasks"_s << u"pids"_s << u"200"_s << qint64(100) << qint64(200);
}

void tst_container_actions::updateArrivesInTheKernel()
{
    QFETCH(QString, resource);
    QFETCH(QString, group);
    QFETCH(qint64, before);
    QFETCH(qint64, after);
    QVERIFY(m_podman.runContainer(u"web"_s, {u"--memory"_s, u"64m"_s, u"--cpus"_s, u"0.5"_s, u"--pids-limit"_s, u"100"_s}));
    const qint64 pid = m_podman.pidOf(u"web"_s);
    QCOMPARE(kernelLimit(pid, group), before);
    const Preflight look = ContainerUpdate::look(lookInput(ActionType::IncreaseResources, {{u"resource"_s, resource}}));
    QVERIFY2(!look.objection, qPrintable(look.objection ? look.objection->detail : QString()));
    QTEST(look.valueTarget, "target");
    QCOMPARE(kernelLimit(pid, group), before); // a look changes nothing
    CancelToken token;
    const ActionRequest request = requestOf(look, ActionType::IncreaseResources);
    ContainerUpdate update(service());
    const ActionResult done = update.run(request, token);
    QVERIFY2(done.status == ActionStatus::Completed, qPrintable(done.output));
    QCOMPARE(kernelLimit(pid, group), after);
    QCOMPARE(m_podman.pidOf(u"web"_s), pid); // without a restart
    QVERIFY(update.run(request, token).status == ActionStatus::Completed); // twice is once
    const ActionResult undone = update.run(ContainerUpdate::inverse(request), token);
    QVERIFY2(undone.status == ActionStatus::Completed, qPrintable(undone.output));
    QCOMPARE(kernelLimit(pid, group), before);
    ActionRequest stale = request;
    stale.valueBefore = u"12345"_s; // somebody else has changed it meanwhile
    QVERIFY(update.run(stale, token).status == ActionStatus::Failed);
    QCOMPARE(kernelLimit(pid, group), before);
}

void tst_container_actions::updateOfAnUnlimitedOne()
{
    QVERIFY(m_podman.runContainer(u"web"_s));
    const Preflight look = ContainerUpdate::look(lookInput(ActionType::IncreaseResources, {{u"resource"_s, u"memory"_s}}));
    QVERIFY(look.objection);
    QVERIFY2(look.objection->detail.contains(u"no limit of memory"_s), qPrintable(look.objection->detail));
}

void tst_container_actions::updateIsBounded()
{
    QVERIFY(m_podman.runContainer(u"web"_s, {u"--memory"_s, u"64m"_s}));
    LookInput input = lookInput(ActionType::IncreaseResources, {{u"resource"_s, u"memory"_s}});
    input.target.resources.memory->max = 64.0 * 1024 * 1024;
    QVERIFY(ContainerUpdate::look(input).objection->reason == Reason::AtMaximum);
    input.target.resources.memory = LimitConfig{1e6, 1e15}; // more than any host has
    const Preflight look = ContainerUpdate::look(input);
    QVERIFY(!look.objection);
    QVERIFY(look.valueTarget.toDouble() < 1e13);
}

void tst_container_actions::copiesComeAndGo()
{
    QVERIFY(m_podman.runContainer(u"web"_s, {u"--env"_s, u"GREETING=hello"_s}));
    CancelToken token;
    ContainerScale scale(service());
    QVERIFY(ContainerScale::look(lookInput(ActionType::ScaleResources, {{u"by"_s, u"-1"_s}})).objection->reason == Reason::AtMaximum);
    Preflight look = ContainerScale::look(lookInput(ActionType::ScaleResources));
    QVERIFY2(!look.objection, qPrintable(look.objection ? look.objection->detail : QString()));
    QCOMPARE(look.valueBefore + u'>' + look.valueTarget, u"1>2"_s);
    const ActionRequest up = requestOf(look, ActionType::ScaleResources);
    const ActionResult grown = scale.run(up, token);
    QVERIFY2(grown.status == ActionStatus::Completed, qPrintable(grown.output));
    QCOMPARE(running(), QStringList({u"web"_s, u"web-2"_s}));
    const qint64 pid = m_podman.pidOf(u"web-2"_s);
    QVERIFY(textOf(u"/proc/%1/cmdline"_s.arg(pid)).contains(u"sleep"_s));
    QVERIFY(textOf(u"/proc/%1/environ"_s.arg(pid)).contains(u"GREETING=hello"_s));
    QVERIFY(scale.run(up, token).status == ActionStatus::Completed); // twice is once
    QCOMPARE(m_podman.pidOf(u"web-2"_s), pid);
    look = ContainerScale::look(lookInput(ActionType::ScaleResources));
    QVERIFY(scale.run(requestOf(look, ActionType::ScaleResources), token).status == ActionStatus::Completed);
    QCOMPARE(running(), QStringList({u"web"_s, u"web-2"_s, u"web-3"_s}));
    QVERIFY(ContainerScale::look(lookInput(ActionType::ScaleResources)).objection->reason == Reason::AtMaximum);
    look = ContainerScale::look(lookInput(ActionType::ScaleResources, {{u"by"_s, u"-1"_s}}));
    QVERIFY(scale.run(requestOf(look, ActionType::ScaleResources), token).status == ActionStatus::Completed);
    QCOMPARE(running(), QStringList({u"web"_s, u"web-2"_s})); // the highest went
    QVERIFY(scale.run(ContainerScale::inverse(up), token).status == ActionStatus::Completed);
    QCOMPARE(running(), QStringList({u"web"_s}));
    QVERIFY(!QFile::exists(u"/proc/%1"_s.arg(pid)));
}

void tst_container_actions::foreignNameIsNoCopy()
{
    QVERIFY(m_podman.runContainer(u"web"_s));
    QVERIFY(m_podman.runContainer(u"web-2"_s));
    const qint64 pid = m_podman.pidOf(u"web-2"_s);
    CancelToken token;
    const Preflight look = ContainerScale::look(lookInput(ActionType::ScaleResources));
    const ActionResult result = ContainerScale(service()).run(requestOf(look, ActionType::ScaleResources), token);
    QVERIFY(result.status == ActionStatus::Failed);
    QVERIFY2(result.output.contains(u"no copy"_s), qPrintable(result.output));
    QCOMPARE(m_podman.pidOf(u"web-2"_s), pid);
    ActionRequest wrong = requestOf(look, ActionType::ScaleResources);
    wrong.plan = u"{\"remove\":[\"web\"]}"_s; // the original is never touched
    QVERIFY(ContainerScale(service()).run(wrong, token).status == ActionStatus::Failed);
    QVERIFY(m_podman.pidOf(u"web"_s) > 0);
}

void tst_container_actions::hostPortIsNotCopied()
{
    bool ok = false;
    const QString text = m_podman.run({u"create"_s, u"--name"_s, u"web"_s, u"-p"_s, u"127.0.0.1:18080:80"_s, u"good:1"_s}, &ok);
    QVERIFY2(ok, qPrintable(text));
    const Preflight look = ContainerScale::look(lookInput(ActionType::ScaleResources));
    QVERIFY(look.objection);
    QVERIFY2(look.objection->detail.contains(u"port of the host"_s), qPrintable(look.objection->detail));
}

QTEST_GUILESS_MAIN(tst_container_actions)
#include "tst_container_actions.moc"
