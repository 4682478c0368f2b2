// Stored history through the live code: what another configuration makes of it.
#include "BacktestFixture.h"

#include <QJsonDocument>
#include <QTest>

namespace prunella {

using namespace Qt::StringLiterals;
using namespace test;

class TestBacktest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theSameConfigurationTellsTheSame();
    void aHigherLimitLosesSome();
    void neighboursAreNotMixed();
    void marksAreJudged();
    void aLowerLimitSeesWhatWasMissed();
    void automaticActsWhereApproveAsked();
    void anApprovalComesAfterTheSameTime();
    void nobodyAnswersUntilItClears();
    void attemptsAreExhausted();
    void theNextIncidentCoolsDown();
    void aServiceThatIsNotWatchedIsLeftOut();
    void anOlderStoreHasItsIncidents();
    void minutesStandForOldSamples();
    void twiceIsTheSameByteForByte();
    void nothingStoredIsSaid();
    void itCanBeCancelled();
    void nothingIsWritten();
};

namespace {

/// 2500 ms for ten minutes, then 5000 ms for ten minutes, then a crash that a person's restart ends after five.
void threeFaults(History &history)
{
    history.measure(100, 30 * minute);
    history.measure(2500, 10 * minute);
    history.measure(100, 30 * minute);
    history.measure(5000, 10 * minute);
    history.measure(100, 30 * minute);
    history.crash();
    history.pass(5 * minute);
    history.recovered();
    history.measure(100, 30 * minute);
}

QByteArray bytes(const BacktestReport &report)
{
    return QJsonDocument(toJson(report)).toJson();
}

QStringList kinds(const BacktestReport &report)
{
    QStringList list;
    for (const BacktestPair &pair : report.pairs)
        list << toString(pair.kind);
    return list;
}

} // namespace

void TestBacktest::theSameConfigurationTellsTheSame()
{
    History history;
    threeFaults(history);
    history.save();
    const auto report = history.replay(recorded());
    QVERIFY2(report, report ? "" : qPrintable(report.error().message));
    QVERIFY2(!report->isDifferent(), bytes(*report).constData());
    QCOMPARE(report->same, 3);
    QCOMPARE(verdictOf(*report), u"With candidate.yaml: the same as what happened: 3 incidents, the same actions and approvals."_s);
    QCOMPARE(report->basis.samples, 280);
    QCOMPARE(report->basis.events, 2);
    QCOMPARE(report->basis.assumedEvents, 0);
    for (const BacktestPair &pair : report->pairs) {
        QCOMPARE(pair.laterMs, 0);
        QCOMPARE(courseOf(*pair.would), courseOf(*pair.real));
        SAME(pair.would->status, pair.real->status);
        QCOMPARE(pair.would->resolvedAt, pair.real->resolvedAt);
    }
    QCOMPARE(report->real.approvals, 3);
    QCOMPARE(report->would.approvals, 3);
}

void TestBacktest::aHigherLimitLosesSome()
{
    History history;
    threeFaults(history);
    history.save();
    const auto report = history.replay(recorded(3000));
    QCOMPARE(kinds(*report), QStringList({u"gone"_s, u"same"_s, u"same"_s}));
    QCOMPARE(report->unjudged, 1);
    QCOMPARE(report->pairs[0].why, u"response_time{service=web} reached 2500 ms; the limit is now warning 3000 ms"_s);
    QCOMPARE(verdictOf(*report), u"With candidate.yaml: 2 incidents instead of 3; 1 gone that nobody judged; 1 approval fewer."_s);
}

void TestBacktest::neighboursAreNotMixed()
{
    History history;
    history.measure(100, 30 * minute);
    history.measure(2500, 5 * minute);
    history.measure(100, 90 * second);
    history.measure(5000, 5 * minute);
    history.measure(100, 30 * minute);
    history.save();
    const auto report = history.replay(recorded(3000));
    QCOMPARE(kinds(*report), QStringList({u"gone"_s, u"same"_s})); // though they lie close together
    QCOMPARE(report->pairs[1].laterMs, 0);
}

void TestBacktest::marksAreJudged()
{
    History history;
    threeFaults(history);
    history.save();
    const auto incidents = *history.store.reader()->incidents({});
    history.mark(incidents[0], Mark::FalseAlarm);
    history.mark(incidents[1], Mark::FalseAlarm);
    const auto report = history.replay(recorded(3000));
    QCOMPARE(report->falseAlarmsAvoided, 1);
    QCOMPARE(report->falseAlarmsKept, 1);
    QCOMPARE(report->unjudged, 0);
    QCOMPARE(verdictOf(*report), u"With candidate.yaml: 2 incidents instead of 3; 1 false alarm avoided; 1 approval fewer."_s);
    history.mark(incidents[0], Mark::Real); // the last word counts
    const auto again = history.replay(recorded(3000));
    QCOMPARE(again->falseAlarmsAvoided, 0);
    QCOMPARE(again->realMissed, 1);
    QCOMPARE(again->pairs[0].real->feedback->note, u"seen"_s);
}

void TestBacktest::aLowerLimitSeesWhatWasMissed()
{
    History history;
    history.measure(100, hour);
    const qint64 trouble = history.now();
    history.measure(1500, 10 * minute);
    history.measure(100, hour);
    history.save();
    history.markMissed(u"web"_s, trouble + 3 * minute);
    history.markMissed(u"db"_s, trouble);
    const auto report = history.replay(recorded(1000));
    QCOMPARE(kinds(*report), QStringList{u"new"_s});
    QVERIFY(report->pairs[0].coversMissed);
    QVERIFY2(report->pairs[0].why.contains(u"1500 ms over warning 1000 ms"_s), qPrintable(report->pairs[0].why));
    QCOMPARE(report->missed.size(), 2);
    QCOMPARE(report->missedCovered, 1);
    QCOMPARE(history.replay(recorded(2000))->missedCovered, 0);
    QVERIFY2(verdictOf(*report).contains(u"1 seen that was missed"_s), qPrintable(verdictOf(*report)));
}

void TestBacktest::automaticActsWhereApproveAsked()
{
    History history;
    history.measure(100, 30 * minute);
    history.crash();
    history.pass(5 * minute);
    history.world.say(CommandKind::Approve);
    history.pass(second);
    history.recovered();
    history.measure(100, 30 * minute);
    history.save();
    const auto report = history.replay(recorded(2000, Mode::Automatic));
    QCOMPARE(kinds(*report), QStringList{u"same"_s});
    const Incident &real = *report->pairs[0].real, &would = *report->pairs[0].would;
    QCOMPARE(report->real.approvals, 1);
    QCOMPARE(report->would.approvals, 0);
    QVERIFY(report->would.runs == (QMap<ActionType, int>{{ActionType::RestartService, 1}}));
    SAME(would.status, IncidentStatus::Resolved);
    QVERIFY(would.actions[0].verified);
    QVERIFY(would.resolvedAt + 4 * minute < real.resolvedAt);
    QCOMPARE(report->basis.assumedHealed, 1);
    QVERIFY2(report->cannotKnow.join(u'\n').contains(u"1 actions count as healing only because"_s), qPrintable(report->cannotKnow.join(u'\n')));
    QCOMPARE(verdictOf(*report), u"With candidate.yaml: 1 incident, as many as in reality; 1 approval fewer."_s);
}

void TestBacktest::anApprovalComesAfterTheSameTime()
{
    History history;
    history.measure(100, 30 * minute);
    history.measure(5000, 5 * minute);
    history.world.say(CommandKind::Approve);
    history.measure(5000, minute);
    history.measure(100, 30 * minute);
    history.save();
    const auto report = history.replay(recorded());
    QVERIFY2(!report->isDifferent(), bytes(*report).constData());
    const Incident &would = *report->pairs[0].would;
    QCOMPARE(would.actions[0].approvedBy, u"anna"_s);
    QCOMPARE(would.actions[0].startedAt - would.detectedAt, report->pairs[0].real->actions[0].startedAt - would.detectedAt);
}

void TestBacktest::nobodyAnswersUntilItClears()
{
    History history(recorded(2000, Mode::Observe));
    threeFaults(history);
    history.save();
    const auto report = history.replay(recorded(2000, Mode::Approve));
    QCOMPARE(report->same, 3);
    QVERIFY(report->real.refusals == (QMap<Reason, int>{{Reason::ModeObserve, 3}}));
    QCOMPARE(report->would.approvals, 3);
    for (const BacktestPair &pair : report->pairs) {
        SAME(pair.would->actions[0].status, ActionStatus::Cancelled);
        QCOMPARE(toString(pair.would->actions[0].decision.reason), toString(Reason::Withdrawn));
    }
}

void TestBacktest::attemptsAreExhausted()
{
    History history;
    history.measure(100, 30 * minute);
    history.measure(5000, hour); // longer than any number of restarts
    history.measure(100, 30 * minute);
    history.save();
    Config config = recorded(2000, Mode::Automatic);
    config.recovery.maxRetryAttempts = 2;
    config.recovery.backoff.initialMs = minute;
    const auto report = history.replay(config);
    QCOMPARE(report->would.runs.value(ActionType::RestartService), 2);
    QCOMPARE(report->would.refusals.value(Reason::AttemptsExhausted), 1);
    QCOMPARE(report->would.waits.value(Reason::Backoff), 1);
    QCOMPARE(report->would.escalated, 1);
    QVERIFY2(report->pairs[0].why.contains(u"2 of 2 attempts of restart_service on web"_s), qPrintable(report->pairs[0].why));
}

void TestBacktest::theNextIncidentCoolsDown()
{
    History history;
    history.measure(100, 30 * minute);
    for (int round = 0; round < 2; ++round) {
        history.crash();
        history.pass(10 * second);
        history.recovered();
        history.pass(50 * second);
    }
    history.measure(100, 30 * minute);
    history.save();
    Config config = recorded(2000, Mode::Automatic);
    config.guards.coolDownMs = 300 * second;
    const auto report = history.replay(config);
    QCOMPARE(report->would.runs.value(ActionType::RestartService), 1);
    QCOMPARE(report->would.waits.value(Reason::CoolDown), 1);
}

void TestBacktest::aServiceThatIsNotWatchedIsLeftOut()
{
    History history;
    threeFaults(history);
    history.save();
    Config config = recorded();
    config.services[0].name = u"db"_s;
    const auto report = history.replay(config);
    QCOMPARE(kinds(*report), QStringList({u"gone"_s, u"gone"_s, u"gone"_s}));
    QCOMPARE(report->pairs[0].why, u"this configuration does not watch web"_s);
    QCOMPARE(report->basis.leftOut, 3); // a series and two events
}

void TestBacktest::anOlderStoreHasItsIncidents()
{
    History history;
    history.recordEvents = false;
    threeFaults(history);
    history.save();
    const auto report = history.replay(recorded());
    QVERIFY2(!report->isDifferent(), bytes(*report).constData());
    QCOMPARE(report->basis.assumedEvents, 2);
}

void TestBacktest::minutesStandForOldSamples()
{
    History history;
    threeFaults(history);
    history.save();
    const auto raw = history.replay(recorded());
    for (const qint64 later : {hour, 48 * hour}) { // rolls up, and then forgets what is older than 48 h
        history.store.clock->advance(later);
        history.store.writer->append({{{u"x"_s, {}}, u"host"_s, 1, {}, Health::Unknown, {}, {}, history.store.clock->now().wallMs}});
        history.store.flush();
    }
    const auto report = history.replay(recorded());
    QVERIFY2(report, report ? "" : qPrintable(report.error().message));
    QCOMPARE(report->basis.rolledUp, 140);
    QCOMPARE(report->basis.samples, 142);
    QCOMPARE(report->same, 3);
    QCOMPARE(report->gone + report->added, 0);
    QVERIFY(qAbs(report->pairs[0].laterMs) <= minute);
    QVERIFY(report->cannotKnow.join(u'\n').contains(u"only the means of minutes are left"_s));
    QVERIFY(!raw->cannotKnow.join(u'\n').contains(u"means of minutes"_s));
}

void TestBacktest::twiceIsTheSameByteForByte()
{
    History history;
    threeFaults(history);
    history.save();
    const QByteArray once = bytes(*history.replay(recorded(1000, Mode::Automatic)));
    QCOMPARE(bytes(*history.replay(recorded(1000, Mode::Automatic))), once);
    QVERIFY(once.contains("\"schema\": 1"));
    QVERIFY(once.contains("would-00001"));
}

void TestBacktest::nothingStoredIsSaid()
{
    const History history;
    const auto report = history.replay(recorded());
    QVERIFY(!report);
    QVERIFY(report.error().code == ErrorCode::NotFound);
    QVERIFY2(report.error().message.startsWith(u"there is no history in "_s), qPrintable(report.error().message));
}

void TestBacktest::itCanBeCancelled()
{
    History history;
    threeFaults(history);
    history.save();
    QVERIFY(!history.replay(recorded(), [](double) { return false; }));
    double last = 0;
    QVERIFY(history.replay(recorded(), [&last](double share) { last = share; return true; }));
    QVERIFY(last > 0.9);
}

void TestBacktest::nothingIsWritten()
{
    History history;
    threeFaults(history);
    history.save();
    const auto before = history.store.reader();
    const auto audits = before->audit(0)->size();
    const auto incidents = before->incidents({})->size();
    QVERIFY(history.replay(recorded(1000, Mode::Automatic)));
    QCOMPARE(before->audit(0)->size(), audits);
    QCOMPARE(before->incidents({})->size(), incidents);
    QVERIFY(history.store.state().unfinished.isEmpty());
    QVERIFY(history.store.state().undelivered.isEmpty());
}

} // namespace prunella

QTEST_GUILESS_MAIN(prunella::TestBacktest)
#include "tst_backtest.moc"
