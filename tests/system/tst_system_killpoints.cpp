// labels: sandbox
// The engine dies by SIGKILL in the middle of a repair. The next one must neither repeat blindly nor lose the incident.
#include "EngineProcess.h"
#include "Incidents.h"
#include "VictimUnit.h"

#include <QTest>

using namespace prunella::testing;
using namespace Qt::StringLiterals;

class TestSystemKillpoints : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theNextEngineGoesOn_data();
    void theNextEngineGoesOn();
};

void TestSystemKillpoints::theNextEngineGoesOn_data()
{
    QTest::addColumn<QString>("point");
    for (const char *point : {"intent_committed", "call_sent", "job_done", "outcome_committed", "settling"}) {
        for (int round = 1; round <= 2; ++round)
            QTest::addRow("%s_%d", point, round) << QString::fromLatin1(point);
    }
}

void TestSystemKillpoints::theNextEngineGoesOn()
{
    QFETCH(const QString, point);
    const QString dir = outDirectory(point);
    const VictimUnit victim(u"victim"_s, dir);
    victim.start();
    EngineProcess engine(dir, engineConfig(victim.service(), u"automatic"_s, u"attempt_window: 1h"_s));
    QVERIFY2(engine.start({u"PRUNELLA_KILL_AT="_s + point}) && engine.knows(u"victim"_s), qPrintable(engine.eventsText()));
    victim.kill9();
    QVERIFY2(engine.ends(), qPrintable(u"the engine did not die at its point"_s + engine.eventsText()));
    const QString first = engine.eventsText();

    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    QVERIFY2(engine.sees(u"resolved"_s, u"victim"_s, 15'000), qPrintable(first + u"\n--- second engine"_s + engine.eventsText()));
    const QJsonObject incident = engine.incident(u"victim"_s);
    QVERIFY2(!incident.isEmpty(), "one incident, none lost and none doubled");
    QCOMPARE(statusOf(incident), u"resolved"_s);
    QVERIFY(victim.mainPid() > 0);
    // One start by hand, one by the repair: wherever the engine died, the repair was done once.
    QCOMPARE(victim.starts(), 2);
    const QString fate = firstAction(incident).value(u"status").toString();
    const bool knownOutcome = point == u"outcome_committed" || point == u"settling";
    QCOMPARE(fate, knownOutcome ? u"completed"_s : u"unknown"_s);
    // systemd turns a call down whose sender is gone before it looks at it: then the repair is decided anew, once seen.
    int actions = 0; // a closer look may come between two restarts
    for (const auto &action : actionsOf(incident))
        actions += action.toObject().value(u"action_type").toString() == u"restart_service"_s ? 1 : 0;
    QVERIFY2(actions == (point == u"intent_committed" ? 2 : 1) || (point == u"call_sent" && actions == 2), qPrintable(QString::number(actions)));
    QCOMPARE(engine.stop(), 0);
}

QTEST_GUILESS_MAIN(TestSystemKillpoints)
#include "tst_system_killpoints.moc"
