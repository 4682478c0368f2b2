// labels: sandbox
// The circuit breaker of a real service that dies at every start: it opens, lets one trial through at a time, and closes when that
// holds. A person is told once for each opening, over a real webhook.
#include "Incidents.h"
#include "Playbook.h"
#include "tests/support/HttpServer.h"

#include <QJsonDocument>
#include <QTest>

using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 resetMs = 3000;

/// What the receiver was told, in order.
QStringList heard(const prunella::test::HttpServer &hook)
{
    QStringList events;
    for (const auto &request : hook.requests)
        events.append(QJsonDocument::fromJson(request.body).object().value(u"event").toString());
    return events;
}

QDateTime timeOf(const QJsonObject &action, const QString &key)
{
    return QDateTime::fromString(action.value(key).toString(), Qt::ISODateWithMs);
}

} // namespace

class TestSystemBreaker : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void opensHalfOpensAndCloses();

private:
    static void trialsWaited(const QJsonObject &incident);
};

/// Two failures in a row open it; every later attempt is a trial after the whole time.
void TestSystemBreaker::trialsWaited(const QJsonObject &incident)
{
    QJsonArray actions;
    for (const QJsonValue &action : actionsOf(incident)) {
        if (action[u"action_type"].toString() != u"enable_monitoring") // a snapshot before the second try
            actions.append(action);
    }
    QCOMPARE(actions.size(), 4);
    for (qsizetype i = 0; i < actions.size(); ++i) {
        const QJsonObject action = actions[i].toObject();
        QCOMPARE(action.value(u"action_type").toString(), u"restart_service"_s);
        QCOMPARE(action.value(u"detail").toString().contains(u"half-open"_s), i >= 2);
        if (i >= 2)
            QVERIFY(timeOf(actions[i - 1].toObject(), u"completed_at"_s).msecsTo(timeOf(action, u"started_at"_s)) >= resetMs - 20);
        QCOMPARE(action.value(u"verified").toBool(), i == actions.size() - 1);
    }
}

void TestSystemBreaker::opensHalfOpensAndCloses()
{
    prunella::test::HttpServer hook;
    QVERIFY(hook.listen(QHostAddress::LocalHost));
    hook.reply(200);
    const QString dir = outDirectory(u"breaker"_s);
    const VictimUnit victim(u"broken"_s, dir, {u"--exit"_s, u"7"_s, u"--after"_s, u"100"_s}, {}, u"StartLimitIntervalSec=0"_s);
    const QString more = u"  learning: {confidence_threshold: 0}\n  guards: {cool_down: 0s, breaker_failures: 2, breaker_reset: 3s, max_actions_per_hour: 100}\n"
                         "  channels: {oncall: {type: webhook, url: \"%1\"}}\n"_s.arg(hook.url(u"/hook"_s));
    EngineProcess engine(dir, engineConfig(victim.service(), u"automatic"_s, u"max_retry_attempts: 50"_s, more, u"[{after: 0s, channels: [oncall]}]"_s)
                                  .replace(u"settle: 1s"_s, u"settle: 400ms"_s));
    QVERIFY2(engine.start(), qPrintable(engine.eventsText() + engine.errors()));
    victim.start();
    QVERIFY2(engine.seesReason(u"diagnosing"_s, u"the circuit breaker is open: restart_service failed 2 times in a row on broken"_s, 20'000), qPrintable(engine.eventsText()));
    QTRY_COMPARE(heard(hook), QStringList{u"escalated"_s});
    QCOMPARE(victim.starts(), 1 + 2);
    QVERIFY2(engine.seesReason(u"recovering"_s, u"the one trial of the half-open circuit breaker"_s, 20'000), qPrintable(engine.eventsText()));
    QVERIFY2(engine.seesReason(u"diagnosing"_s, u"failed 3 times in a row on broken"_s, 20'000), qPrintable(engine.eventsText())); // open again
    QTRY_COMPARE(heard(hook), (QStringList{u"escalated"_s, u"escalated"_s}));
    QCOMPARE(victim.starts(), 1 + 3);
    victim.rewrite({}); // whatever kept it from running is mended
    QVERIFY2(engine.sees(u"resolved"_s, u"broken"_s, 20'000), qPrintable(engine.eventsText()));
    QTRY_COMPARE(heard(hook), (QStringList{u"escalated"_s, u"escalated"_s, u"resolved"_s}));
    QCOMPARE(victim.starts(), 1 + 4);
    trialsWaited(engine.incident(u"broken"_s));
    QVERIFY(!engine.ends(4500)); // what holds for ten times the settling time has healed it
    victim.kill9();
    QVERIFY2(engine.sees(u"resolved"_s, u"broken"_s, 10'000, 2), qPrintable(engine.eventsText()));
    const QJsonObject again = firstAction(incidentsOf(engine, u"broken"_s).last());
    QVERIFY2(!again.value(u"detail").toString().contains(u"half-open"_s), qPrintable(again.value(u"detail").toString())); // it is closed
    QCOMPARE(heard(hook).size(), 3); // and nobody had to be told
    QCOMPARE(engine.stop(), 0);
}

QTEST_GUILESS_MAIN(TestSystemBreaker)
#include "tst_system_breaker.moc"
