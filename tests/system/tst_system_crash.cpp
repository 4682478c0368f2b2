// labels: sandbox
// Real crashes of real units, seen, explained, repaired and verified by the engine as users start it.
#include "EngineProcess.h"
#include "Incidents.h"
#include "VictimUnit.h"

#include <QTest>

using namespace prunella::testing;
using namespace Qt::StringLiterals;

class TestSystemCrash : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void killedMainProcessRunsAgain();
    void aDeliberateStopIsNoIncident();
    void aUnitThatFailedBeforeIsListedAndLeft();
    void anExitCodeIsNamed();
    void outOfMemoryIsNamed();
    void systemdsOwnRestartIsLeftAlone();
    void aCrashLoopOfSystemdIsNotMultiplied();
};

void TestSystemCrash::killedMainProcessRunsAgain()
{
    const QString dir = outDirectory(u"kill"_s);
    const VictimUnit victim(u"kill"_s, dir);
    victim.start();
    const qint64 before = victim.mainPid();
    QVERIFY(before > 0);
    EngineProcess engine(dir, engineConfig(victim.service()));
    QVERIFY2(engine.start() && engine.knows(victim.name()), qPrintable(engine.eventsText()));
    victim.kill9();
    QVERIFY2(engine.sees(u"resolved"_s, u"kill"_s), qPrintable(engine.eventsText()));
    QVERIFY(victim.mainPid() > 0);
    QVERIFY(victim.mainPid() != before);
    QCOMPARE(victim.starts(), 2);
    QCOMPARE(engine.incidents().size(), 1);
    const QJsonObject incident = engine.incident(u"kill"_s);
    QCOMPARE(incident.value(u"status").toString(), u"resolved"_s);
    QCOMPARE(incident.value(u"error_type").toString(), u"service_crash"_s);
    QVERIFY2(causeOf(incident).contains(u"signal 9"_s), qPrintable(causeOf(incident)));
    QCOMPARE(actionsOf(incident).size(), 1);
    const QJsonObject action = actionsOf(incident).first().toObject();
    QCOMPARE(action.value(u"action_type").toString(), u"restart_service"_s);
    QCOMPARE(action.value(u"status").toString(), u"completed"_s);
    QCOMPARE(action.value(u"verified").toBool(), true);
    QCOMPARE(engine.stop(), 0);
}

void TestSystemCrash::aDeliberateStopIsNoIncident()
{
    const QString dir = outDirectory(u"stop"_s);
    const VictimUnit stopped(u"stopped"_s, dir), broken(u"broken"_s, dir);
    stopped.start();
    broken.start();
    EngineProcess engine(dir, engineConfig(stopped.service() + broken.service()));
    QVERIFY2(engine.start() && engine.knows(u"broken"_s) && engine.knows(u"stopped"_s), qPrintable(engine.eventsText()));
    stopped.stop();
    // The other unit's incident, opened and resolved later, proves that the stop was seen before.
    broken.kill9();
    QVERIFY2(engine.sees(u"resolved"_s, u"broken"_s), qPrintable(engine.eventsText()));
    QCOMPARE(engine.incidents().size(), 1);
    QCOMPARE(stopped.starts(), 1);
    QCOMPARE(stopped.property(u"ActiveState"_s), u"inactive"_s);
}

void TestSystemCrash::aUnitThatFailedBeforeIsListedAndLeft()
{
    const QString dir = outDirectory(u"before"_s);
    const VictimUnit old(u"old"_s, dir), fresh(u"fresh"_s, dir);
    old.start();
    QTRY_COMPARE(old.starts(), 1); // it lives before it dies
    old.kill9();
    QTRY_COMPARE(old.property(u"ActiveState"_s), u"failed"_s);
    fresh.start();
    EngineProcess engine(dir, engineConfig(old.service() + fresh.service()));
    QVERIFY2(engine.start() && engine.knows(u"fresh"_s), qPrintable(engine.eventsText()));
    fresh.kill9();
    QVERIFY2(engine.sees(u"resolved"_s, u"fresh"_s), qPrintable(engine.eventsText()));
    QCOMPARE(engine.incidents().size(), 1);
    QCOMPARE(old.starts(), 1);
    QCOMPARE(engine.status().value(u"failed_before").toArray(), QJsonArray{u"old"_s});
    QCOMPARE(engine.component(u"old"_s).value(u"health").toString(), u"critical"_s);
}

void TestSystemCrash::anExitCodeIsNamed()
{
    const QString dir = outDirectory(u"exit"_s);
    const VictimUnit victim(u"exits"_s, dir, {u"--exit"_s, u"3"_s, u"--once"_s, u"--after"_s, u"300"_s}); // the next start holds
    EngineProcess engine(dir, engineConfig(victim.service()));
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    victim.start();
    QVERIFY2(engine.sees(u"resolved"_s, u"exits"_s), qPrintable(engine.eventsText()));
    const QJsonObject incident = engine.incident(u"exits"_s);
    QCOMPARE(incident.value(u"error_type").toString(), u"service_crash"_s);
    QVERIFY2(causeOf(incident).contains(u"3"_s), qPrintable(causeOf(incident)));
    QCOMPARE(victim.starts(), 2);
}

void TestSystemCrash::outOfMemoryIsNamed()
{
    const QString dir = outDirectory(u"oom"_s);
    const VictimUnit victim(u"hungry"_s, dir, {u"--after"_s, u"200"_s, u"--eat"_s}, u"MemoryMax=32M\nMemorySwapMax=0"_s);
    EngineProcess engine(dir, engineConfig(victim.service()));
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    victim.start();
    victim.rewrite({});
    QVERIFY2(engine.sees(u"resolved"_s, u"hungry"_s, 20'000), qPrintable(engine.eventsText()));
    const QJsonObject incident = engine.incident(u"hungry"_s);
    QVERIFY2(causeOf(incident).contains(u"memory"_s, Qt::CaseInsensitive), qPrintable(causeOf(incident)));
}

void TestSystemCrash::systemdsOwnRestartIsLeftAlone()
{
    const QString dir = outDirectory(u"always"_s);
    const VictimUnit victim(u"always"_s, dir, {}, u"Restart=always\nRestartSec=0"_s);
    victim.start();
    EngineProcess engine(dir, engineConfig(victim.service()));
    QVERIFY2(engine.start() && engine.knows(victim.name()), qPrintable(engine.eventsText()));
    victim.kill9();
    QVERIFY2(engine.sees(u"resolved"_s, u"always"_s), qPrintable(engine.eventsText()));
    QCOMPARE(victim.starts(), 2); // systemd's own, and no other
    const QJsonObject incident = engine.incident(u"always"_s);
    QVERIFY(!incident.isEmpty());
    QCOMPARE(actionsOf(incident).size(), 0);
}

void TestSystemCrash::aCrashLoopOfSystemdIsNotMultiplied()
{
    const QString dir = outDirectory(u"loop"_s);
    // 5 starts within 10 s are systemd's default limit; here 20, so that the loop is seen while it goes on.
    const VictimUnit victim(u"loops"_s, dir, {u"--exit"_s, u"4"_s}, u"Restart=always\nRestartSec=50ms"_s,
                            u"StartLimitIntervalSec=60\nStartLimitBurst=20"_s);
    EngineProcess engine(dir, engineConfig(victim.service()));
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    victim.start();
    QVERIFY2(engine.seesReason(u"escalated"_s, u"start limit"_s, 20'000), qPrintable(engine.eventsText()));
    QCOMPARE(victim.property(u"ActiveState"_s), u"failed"_s);
    const QJsonObject incident = engine.incident(u"loops"_s);
    QVERIFY2(!incident.isEmpty(), qPrintable(engine.eventsText()));
    QCOMPARE(victim.starts(), 20); // systemd's, not one more
    QCOMPARE(actionsOf(incident).size(), 1);
    QCOMPARE(firstAction(incident).value(u"status").toString(), u"refused"_s);
    QCOMPARE(victim.property(u"Result"_s), u"exit-code"_s); // never reset by the engine alone

    // A person may, and sees beforehand what is done: tst_systemd_restart does it.
    QVERIFY(firstAction(incident).value(u"call").toString().startsWith(u"ResetFailedUnit"_s));
}

QTEST_GUILESS_MAIN(TestSystemCrash)
#include "tst_system_crash.moc"
