// labels: sandbox
// Against a real systemd in the sandbox. Unit files are written into the sandbox's own /run.
#include "core/monitoring/UnitSampler.h"
#include "core/monitoring/UnitWatcher.h"
#include "tests/monitoring/UnitFixture.h"

#include <QDir>
#include <QElapsedTimer>
#include <QProcess>
#include <QTest>
#include <csignal>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

class tst_unit_watcher : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void firstReport();
    void settings();
    void killedMainProcess();
    void latencyOfAKill();
    void deliberateStop();
    void exitCode();
    void dependencyFails();
    void crashLoop();
    void startAfterFailureHasNewInvocation();
    void unknownUnit();
    void unitAppears();
    void invalidName();
    void daemonReloadKeepsWorking();
    void unitsMayChange();
    void samplesResources();
    void cpuFromTwoReadings();

private:
    void watch(const QMap<QString, QString> &units);
    [[nodiscard]] QList<RawEvent> changes() const;
    [[nodiscard]] UnitState last(const QString &unit) const;
    [[nodiscard]] bool inState(const QString &unit, const QString &active) const { return last(unit).activeState == active; }

    std::unique_ptr<UnitWatcher> m_watcher;
    QList<RawEvent> m_events;
};

void tst_unit_watcher::watch(const QMap<QString, QString> &units)
{
    m_watcher->setUnits(units);
    m_watcher->start();
    QTRY_COMPARE(m_watcher->states().size(), units.size());
}

QList<RawEvent> tst_unit_watcher::changes() const
{
    QList<RawEvent> changes;
    std::copy_if(m_events.cbegin(), m_events.cend(), std::back_inserter(changes),
                 [](const RawEvent &event) { return event.kind == RawEventKind::UnitChanged; });
    return changes;
}

UnitState tst_unit_watcher::last(const QString &unit) const
{
    for (auto it = m_events.crbegin(); it != m_events.crend(); ++it) {
        if (it->unit.unit == unit)
            return it->unit;
    }
    return {};
}

void tst_unit_watcher::initTestCase()
{
    QVERIFY2(inSandbox(), "this test starts and kills units: run it with tests/support/systemd-sandbox");
    writeUnit(u"web.service"_s, u"ExecStart=/bin/sleep 1000\nCPUAccounting=yes\nMemoryAccounting=yes"_s);
    writeUnit(u"code3.service"_s, u"ExecStart=/bin/bash -c 'exit 3'"_s);
    writeUnit(u"loop.service"_s, u"ExecStart=/bin/bash -c 'exit 3'\nRestart=always\nRestartSec=0.05"_s);
    writeUnit(u"busy.service"_s, u"ExecStart=/bin/bash -c 'while :; do :; done'\nCPUAccounting=yes"_s);
    QCOMPARE(systemctl({u"daemon-reload"_s}), 0);
    awaitBus();
}

void tst_unit_watcher::init()
{
    qunsetenv("DBUS_SYSTEM_BUS_ADDRESS");
    m_events.clear();
    m_watcher = std::make_unique<UnitWatcher>(false, std::make_shared<SystemClock>());
    connect(m_watcher.get(), &UnitWatcher::eventReady, this, [this](const RawEvent &event) { m_events.append(event); });
}

void tst_unit_watcher::cleanup()
{
    m_watcher.reset();
    systemctl({u"stop"_s, u"web.service"_s, u"code3.service"_s, u"loop.service"_s, u"busy.service"_s});
    systemctl({u"reset-failed"_s});
}

/// How it is set up: decision trees look at its program and its files.
void tst_unit_watcher::settings()
{
    writeUnit(u"set.service"_s, u"User=nobody\nWorkingDirectory=-/nosuch\nExecStart=/bin/sleep 1000\nExecStartPost=/bin/true"_s);
    QVERIFY(QDir().mkpath(u"/run/systemd/system/set.service.d"_s));
    QFile more(u"/run/systemd/system/set.service.d/more.conf"_s);
    QVERIFY(more.open(QIODevice::WriteOnly) && more.write("[Service]\nNice=1\n") > 0);
    more.close();
    QCOMPARE(systemctl({u"daemon-reload"_s}), 0);
    watch({{u"set.service"_s, u"set"_s}, {u"web.service"_s, u"web"_s}});
    const UnitState unit = last(u"set.service"_s);
    QVERIFY2(unit.binary == u"/bin/sleep"_s || unit.binary == u"/usr/bin/sleep"_s, qPrintable(unit.binary));
    QCOMPARE(unit.workingDirectory, u"/nosuch"_s);
    QCOMPARE(unit.user, u"nobody"_s);
    QCOMPARE(unit.configFiles, (QStringList{u"/run/systemd/system/set.service"_s, more.fileName()}));
    QCOMPARE(last(u"web.service"_s).user, QString());
}

void tst_unit_watcher::firstReport()
{
    QCOMPARE(systemctl({u"start"_s, u"web.service"_s}), 0);
    watch({{u"web.service"_s, u"web"_s}});
    QCOMPARE(m_events.size(), 1);
    const RawEvent &event = m_events[0];
    QCOMPARE(event.component, u"web"_s);
    QCOMPARE(event.previousUnit.activeState, QString());
    QCOMPARE(event.unit.activeState, u"active"_s);
    QCOMPARE(event.unit.subState, u"running"_s);
    QCOMPARE(event.unit.loadState, u"loaded"_s);
    QCOMPARE(event.unit.result, u"success"_s);
    QCOMPARE(event.unit.invocationId.size(), 32);
    QCOMPARE(event.unit.controlGroup, u"/system.slice/web.service"_s);
    QVERIFY(event.unit.mainPid > 1 && !event.unit.userBus && event.wallMs > 0);
}

void tst_unit_watcher::killedMainProcess()
{
    QCOMPARE(systemctl({u"start"_s, u"web.service"_s}), 0);
    watch({{u"web.service"_s, u"web"_s}});
    const UnitState before = last(u"web.service"_s);
    m_events.clear();
    ::kill(pid_t(before.mainPid), SIGKILL);
    QTRY_VERIFY(inState(u"web.service"_s, u"failed"_s));
    for (const RawEvent &event : std::as_const(m_events))
        qInfo() << event.unit.activeState << event.unit.subState << event.unit.result << event.unit.exitCode << event.unit.exitStatus << event.unit.mainPid;
    QCOMPARE(m_events.size(), 1); // one crash, one event
    const RawEvent &event = m_events[0];
    QVERIFY(event.previousUnit == before);
    QCOMPARE(event.unit.result, u"signal"_s);
    QCOMPARE(event.unit.exitCode, CLD_KILLED);
    QCOMPARE(event.unit.exitStatus, SIGKILL);
    QCOMPARE(event.unit.invocationId, before.invocationId);
    QCOMPARE(event.unit.mainPid, 0u);
    QVERIFY(std::abs(event.unit.exitWallMs - event.wallMs) < 1000);
    QCOMPARE(event.unit.controlGroup, before.controlGroup); // still known, for the evidence
}

void tst_unit_watcher::latencyOfAKill()
{
    QList<qint64> micros;
    watch({{u"web.service"_s, u"web"_s}});
    for (int round = 0; round < 15; ++round) {
        QCOMPARE(systemctl({u"start"_s, u"web.service"_s}), 0);
        QTRY_VERIFY(inState(u"web.service"_s, u"active"_s));
        const pid_t pid = pid_t(last(u"web.service"_s).mainPid);
        QElapsedTimer timer;
        std::optional<qint64> seen;
        const auto link = connect(m_watcher.get(), &UnitWatcher::eventReady, this, [&](const RawEvent &event) {
            if (!seen && event.unit.result == "signal"_L1)
                seen = timer.nsecsElapsed() / 1000;
        });
        timer.start();
        ::kill(pid, SIGKILL);
        while (!seen && timer.elapsed() < 5000)
            QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 100);
        disconnect(link);
        QVERIFY(seen);
        micros.append(*seen);
    }
    std::sort(micros.begin(), micros.end());
    qInfo() << "kill to event, microseconds: median" << micros[7] << "best" << micros.first() << "worst" << micros.last();
    QVERIFY2(micros.first() < 10'000, "a crash must be seen in a few milliseconds"); // the best: the machine may be busy
}

void tst_unit_watcher::deliberateStop()
{
    QCOMPARE(systemctl({u"start"_s, u"web.service"_s}), 0);
    watch({{u"web.service"_s, u"web"_s}});
    m_events.clear();
    QCOMPARE(systemctl({u"stop"_s, u"web.service"_s}), 0);
    QTRY_VERIFY(inState(u"web.service"_s, u"inactive"_s));
    for (const RawEvent &event : std::as_const(m_events)) {
        QCOMPARE(event.unit.result, u"success"_s);
        QVERIFY(event.unit.activeState != "failed"_L1);
    }
    // systemd forgets the stopped unit: no stream of loading and dropping it may follow.
    m_events.clear();
    QCOMPARE(systemctl({u"is-active"_s, u"web.service"_s, u"--quiet"_s}), 3);
    QElapsedTimer timer;
    timer.start();
    QTRY_VERIFY(timer.elapsed() > 300);
    QVERIFY2(m_events.size() <= 1, qPrintable(QString::number(m_events.size())));
}

void tst_unit_watcher::exitCode()
{
    watch({{u"code3.service"_s, u"job"_s}});
    QCOMPARE(last(u"code3.service"_s).activeState, u"inactive"_s);
    systemctl({u"start"_s, u"code3.service"_s});
    QTRY_VERIFY(inState(u"code3.service"_s, u"failed"_s));
    const UnitState state = last(u"code3.service"_s);
    QCOMPARE(state.result, u"exit-code"_s);
    QCOMPARE(state.exitCode, CLD_EXITED);
    QCOMPARE(state.exitStatus, 3);
}

/// What web requires fails at its start: systemd tells it by web's job alone.
void tst_unit_watcher::dependencyFails()
{
    QDir().mkpath(u"/run/systemd/system/web.service.d"_s);
    QFile dropIn(u"/run/systemd/system/web.service.d/needs.conf"_s);
    QVERIFY(dropIn.open(QIODevice::WriteOnly) && dropIn.write("[Unit]\nRequires=oneshot3.service\nAfter=oneshot3.service\n") > 0);
    dropIn.close();
    writeUnit(u"oneshot3.service"_s, u"Type=oneshot\nExecStart=/bin/bash -c 'exit 3'"_s);
    QCOMPARE(systemctl({u"daemon-reload"_s}), 0);
    watch({{u"web.service"_s, u"web"_s}});
    systemctl({u"start"_s, u"web.service"_s});
    QTRY_COMPARE(last(u"web.service"_s).result, u"dependency"_s);
    QVERIFY(inState(u"web.service"_s, u"inactive"_s));
    QVERIFY(dropIn.remove());
    QCOMPARE(systemctl({u"daemon-reload"_s}), 0);
    QCOMPARE(last(u"web.service"_s).result, u"dependency"_s); // still true: a reload has started nothing
    QCOMPARE(systemctl({u"start"_s, u"web.service"_s}), 0);
    QTRY_VERIFY(inState(u"web.service"_s, u"active"_s));
    QCOMPARE(last(u"web.service"_s).result, u"success"_s);
}

void tst_unit_watcher::crashLoop()
{
    watch({{u"loop.service"_s, u"loop"_s}});
    QCOMPARE(systemctl({u"start"_s, u"loop.service"_s}), 0);
    QTRY_VERIFY(last(u"loop.service"_s).restarts >= 5);
    QSet<QString> invocations;
    quint32 most = 0;
    bool autoRestart = false;
    for (const RawEvent &event : changes()) {
        QVERIFY(event.unit.restarts >= most); // it only rises
        most = event.unit.restarts;
        if (event.unit.subState == "auto-restart"_L1) {
            autoRestart = true;
            QCOMPARE(event.unit.exitCode, CLD_EXITED);
            QCOMPARE(event.unit.exitStatus, 3);
        }
        invocations.insert(event.unit.invocationId);
    }
    QVERIFY(autoRestart);
    QVERIFY(invocations.size() >= 5);
}

void tst_unit_watcher::startAfterFailureHasNewInvocation()
{
    QCOMPARE(systemctl({u"start"_s, u"web.service"_s}), 0);
    watch({{u"web.service"_s, u"web"_s}});
    const UnitState first = last(u"web.service"_s);
    ::kill(pid_t(first.mainPid), SIGSEGV);
    QTRY_VERIFY(inState(u"web.service"_s, u"failed"_s));
    QVERIFY(last(u"web.service"_s).exitStatus == SIGSEGV);
    QCOMPARE(systemctl({u"start"_s, u"web.service"_s}), 0);
    QTRY_VERIFY(inState(u"web.service"_s, u"active"_s));
    QVERIFY(last(u"web.service"_s).invocationId != first.invocationId);
    QVERIFY(last(u"web.service"_s).mainPid != first.mainPid);
    QCOMPARE(last(u"web.service"_s).result, u"success"_s);
}

void tst_unit_watcher::unknownUnit()
{
    watch({{u"nowhere.service"_s, u"nowhere"_s}});
    QCOMPARE(m_events.size(), 1);
    QCOMPARE(m_events[0].unit.loadState, u"not-found"_s);
    QCOMPARE(m_events[0].unit.activeState, u"inactive"_s);
}

void tst_unit_watcher::unitAppears()
{
    watch({{u"late.service"_s, u"late"_s}});
    QCOMPARE(last(u"late.service"_s).loadState, u"not-found"_s);
    writeUnit(u"late.service"_s, u"ExecStart=/bin/sleep 1000"_s);
    QCOMPARE(systemctl({u"daemon-reload"_s}), 0);
    QTRY_COMPARE(last(u"late.service"_s).loadState, u"loaded"_s);
    QCOMPARE(systemctl({u"start"_s, u"late.service"_s}), 0);
    QTRY_VERIFY(inState(u"late.service"_s, u"active"_s));
    QTRY_COMPARE(m_watcher->states().constFirst().controlGroup, u"/system.slice/late.service"_s); // learnt after the start
    QCOMPARE(systemctl({u"stop"_s, u"late.service"_s}), 0);
}

void tst_unit_watcher::invalidName()
{
    watch({{u"no suffix"_s, u"web"_s}});
    QCOMPARE(m_events[0].unit.loadState, u"error"_s);
    QVERIFY2(m_events[0].text.contains(u"not valid"_s), qPrintable(m_events[0].text));
}

void tst_unit_watcher::daemonReloadKeepsWorking()
{
    QCOMPARE(systemctl({u"start"_s, u"web.service"_s}), 0);
    watch({{u"web.service"_s, u"web"_s}, {u"code3.service"_s, u"job"_s}});
    m_events.clear();
    for (int i = 0; i < 3; ++i)
        QCOMPARE(systemctl({u"daemon-reload"_s}), 0);
    ::kill(pid_t(m_watcher->states().constLast().mainPid), SIGKILL);
    QTRY_VERIFY(inState(u"web.service"_s, u"failed"_s));
    for (const RawEvent &event : std::as_const(m_events))
        qInfo() << int(event.kind) << event.unit.unit << event.unit.activeState << event.unit.subState << event.text;
    QCOMPARE(m_events.size(), 1); // a reload by itself is no news
    QCOMPARE(m_events[0].previousUnit.activeState, u"active"_s);
}

void tst_unit_watcher::unitsMayChange()
{
    watch({{u"web.service"_s, u"web"_s}});
    m_watcher->setUnits({{u"code3.service"_s, u"job"_s}});
    QTRY_VERIFY(inState(u"code3.service"_s, u"inactive"_s));
    m_events.clear();
    QCOMPARE(systemctl({u"start"_s, u"web.service"_s}), 0);
    systemctl({u"start"_s, u"code3.service"_s});
    QTRY_VERIFY(inState(u"code3.service"_s, u"failed"_s));
    for (const RawEvent &event : std::as_const(m_events))
        QCOMPARE(event.component, u"job"_s);
    QCOMPARE(m_watcher->states().size(), 1);
}

void tst_unit_watcher::samplesResources()
{
    QCOMPARE(systemctl({u"start"_s, u"web.service"_s, u"busy.service"_s}), 0);
    watch({{u"web.service"_s, u"web"_s}, {u"busy.service"_s, u"busy"_s}, {u"nowhere.service"_s, u"nowhere"_s}});
    QList<Sample> samples;
    connect(m_watcher.get(), &UnitWatcher::samplesReady, this, [&](const QList<Sample> &all) { samples = all; });
    m_watcher->sampleResources();
    QTRY_VERIFY(!samples.isEmpty());
    const auto value = [&samples](const QString &metric, const QString &service) {
        for (const Sample &sample : samples) {
            if (sample.key.metric == metric && sample.component == service)
                return sample.value;
        }
        return -1.0;
    };
    QVERIFY(value(u"unit_memory"_s, u"web"_s) > 10'000 && value(u"unit_memory"_s, u"web"_s) < 1e8);
    QCOMPARE(value(u"unit_tasks"_s, u"web"_s), 1.0);
    QCOMPARE(value(u"unit_cpu"_s, u"busy"_s), -1.0); // two readings are needed
    QCOMPARE(samples[0].key.labels.value(u"service"_s), samples[0].component);
    QElapsedTimer timer;
    timer.start();
    QTRY_VERIFY(timer.elapsed() > 400);
    samples.clear();
    m_watcher->sampleResources();
    QTRY_VERIFY(!samples.isEmpty());
    const double busy = value(u"unit_cpu"_s, u"busy"_s), web = value(u"unit_cpu"_s, u"web"_s);
    QProcess show;
    show.start(u"systemctl"_s, {u"show"_s, u"-p"_s, u"CPUUsageNSec"_s, u"--value"_s, u"busy.service"_s});
    QVERIFY(show.waitForFinished());
    // systemd cannot account CPU where cpu and cpuacct are mounted apart (cgroup v1): then nothing may be invented.
    const bool accounted = !show.readAllStandardOutput().contains("not set");
    qInfo() << "CPU accounted by systemd:" << accounted << "busy" << busy << "web" << web;
    QVERIFY(accounted ? busy > 20 && busy < 120 : busy == -1.0);
    QVERIFY(accounted ? web >= 0 && web < 5 : web == -1.0);
}

void tst_unit_watcher::cpuFromTwoReadings()
{
    UnitSampler sampler(std::make_shared<ManualClock>());
    const UnitSampler::Target first{u"web"_s, "/web", u"aa"_s}, second{u"web"_s, "/web", u"bb"_s};
    QVERIFY(!sampler.cpuPercent(first, 1'000'000'000, 10'000));
    QCOMPARE(sampler.cpuPercent(first, 1'500'000'000, 11'000).value(), 50.0);
    QCOMPARE(sampler.cpuPercent(first, 5'500'000'000, 13'000).value(), 200.0); // two cores
    QVERIFY(!sampler.cpuPercent(first, 5'500'000'000, 13'000)); // no time has passed
    QVERIFY(!sampler.cpuPercent(second, 9'000'000'000, 14'000)); // another start
    QCOMPARE(sampler.cpuPercent(second, 9'000'000'000, 15'000).value(), 0.0);
    QVERIFY(!sampler.cpuPercent(second, 1'000'000, 16'000)); // went back
}

QTEST_GUILESS_MAIN(tst_unit_watcher)
#include "tst_unit_watcher.moc"
