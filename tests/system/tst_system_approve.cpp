// labels: sandbox
// A person decides: prunellactl approve, reject, pause and resume against a running engine.
#include "EngineProcess.h"
#include "Incidents.h"
#include "VictimUnit.h"

#include <QTest>

using namespace prunella::testing;
using namespace Qt::StringLiterals;

class TestSystemApprove : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void approvedItIsDone();
    void rejectedNothingIsDone();
    void aClearedConditionWithdraws();
    void aPauseHoldsUntilResumed();
    void withoutAnEngineTheCallSaysSo();
};

void TestSystemApprove::approvedItIsDone()
{
    const QString dir = outDirectory(u"approve"_s);
    const VictimUnit victim(u"web"_s, dir);
    victim.start();
    EngineProcess engine(dir, engineConfig(victim.service(), u"approve"_s));
    QVERIFY2(engine.start() && engine.knows(u"web"_s), qPrintable(engine.eventsText()));
    victim.kill9();
    QVERIFY2(engine.sees(u"awaiting_approval"_s, u"web"_s), qPrintable(engine.eventsText()));
    QVERIFY(!engine.ends(1500));
    QCOMPARE(victim.starts(), 1); // nothing happens before the word
    const QString id = engine.incident(u"web"_s).value(u"id").toString();
    QCOMPARE(engine.call({u"approve"_s, u"no-such-id"_s}).code, 1);
    QCOMPARE(engine.call({u"approve"_s, id, u"--action"_s, u"another"_s}).code, 1);
    QCOMPARE(victim.starts(), 1);
    const auto answer = engine.call({u"approve"_s, id.left(8)});
    QVERIFY2(answer.code == 0, qPrintable(answer.err));
    QVERIFY2(engine.sees(u"resolved"_s, u"web"_s), qPrintable(engine.eventsText()));
    QCOMPARE(victim.starts(), 2);
    const QJsonObject action = firstAction(engine.incident(u"web"_s));
    QCOMPARE(action.value(u"verified").toBool(), true);
    QVERIFY(!action.value(u"approved_by").toString().isEmpty());
}

void TestSystemApprove::rejectedNothingIsDone()
{
    const QString dir = outDirectory(u"reject"_s);
    const VictimUnit victim(u"web"_s, dir);
    victim.start();
    EngineProcess engine(dir, engineConfig(victim.service(), u"approve"_s));
    QVERIFY2(engine.start() && engine.knows(u"web"_s), qPrintable(engine.eventsText()));
    victim.kill9();
    QVERIFY2(engine.sees(u"awaiting_approval"_s, u"web"_s), qPrintable(engine.eventsText()));
    const QString id = engine.incident(u"web"_s).value(u"id").toString();
    QCOMPARE(engine.call({u"reject"_s, id, u"--reason"_s, u"the disk is being copied"_s}).code, 0);
    QVERIFY2(engine.sees(u"escalated"_s, u"web"_s), qPrintable(engine.eventsText()));
    QVERIFY(!engine.ends(1500));
    QCOMPARE(victim.starts(), 1);
    const QJsonObject incident = engine.incident(u"web"_s);
    QCOMPARE(statusOf(incident), u"escalated"_s);
    QVERIFY2(lastReason(incident).contains(u"the disk is being copied"_s), qPrintable(lastReason(incident)));
    QCOMPARE(engine.call({u"approve"_s, id}).code, 1); // it was decided
}

void TestSystemApprove::aClearedConditionWithdraws()
{
    const QString dir = outDirectory(u"withdraw"_s);
    const VictimUnit victim(u"web"_s, dir);
    victim.start();
    EngineProcess engine(dir, engineConfig(victim.service(), u"approve"_s));
    QVERIFY2(engine.start() && engine.knows(u"web"_s), qPrintable(engine.eventsText()));
    victim.kill9();
    QVERIFY2(engine.sees(u"awaiting_approval"_s, u"web"_s), qPrintable(engine.eventsText()));
    victim.start();
    QVERIFY2(engine.sees(u"resolved"_s, u"web"_s), qPrintable(engine.eventsText()));
    const QJsonObject incident = engine.incident(u"web"_s);
    const QJsonObject action = firstAction(incident);
    QCOMPARE(action.value(u"status").toString(), u"cancelled"_s);
    QCOMPARE(action.value(u"reason").toString(), u"withdrawn"_s);
    QCOMPARE(victim.starts(), 2); // both by hand
    QCOMPARE(engine.call({u"approve"_s, incident.value(u"id").toString()}).code, 1);
}

void TestSystemApprove::aPauseHoldsUntilResumed()
{
    const QString dir = outDirectory(u"pause"_s);
    const VictimUnit victim(u"web"_s, dir);
    victim.start();
    EngineProcess engine(dir, engineConfig(victim.service()));
    QVERIFY2(engine.start() && engine.knows(u"web"_s), qPrintable(engine.eventsText()));
    QCOMPARE(engine.call({u"pause"_s, u"--for"_s, u"1h"_s}).code, 0);
    victim.kill9();
    QVERIFY2(engine.sees(u"suppressed"_s, u"web"_s), qPrintable(engine.eventsText()));
    QVERIFY(!engine.ends(1500));
    QCOMPARE(victim.starts(), 1);
    QCOMPARE(engine.call({u"pause"_s, u"--for"_s, u"soon"_s}).code, 2);
    QCOMPARE(engine.call({u"resume"_s}).code, 0);
    QVERIFY2(engine.sees(u"resolved"_s, u"web"_s), qPrintable(engine.eventsText()));
    QCOMPARE(victim.starts(), 2);
}

void TestSystemApprove::withoutAnEngineTheCallSaysSo()
{
    const EngineProcess engine(outDirectory(u"none"_s));
    const auto answer = engine.call({u"approve"_s, u"abc"_s});
    QCOMPARE(answer.code, 3);
    QVERIFY2(answer.err.contains(u"engine"_s), qPrintable(answer.err));
}

QTEST_GUILESS_MAIN(TestSystemApprove)
#include "tst_system_approve.moc"
