// What detectors found and what people say of it: kept, told again, forgotten in time.
#include "StoreFixture.h"

#include <QTest>

namespace prunella {

using namespace Qt::StringLiterals;
using namespace test;

namespace {

constexpr qint64 dayMs = 86'400'000, noon = 1'700'000'000'000;

ErrorEvent found(qint64 at, bool cleared = false)
{
    ErrorEvent event;
    event.condition = {ConditionKind::CheckFailing, u"web"_s, {u"response_time"_s, {{u"service"_s, u"web"_s}}}, 2};
    event.type = ErrorType::ApiFailure;
    event.severity = Severity::High;
    event.cleared = cleared;
    event.reason = u"HTTP 503"_s;
    event.startedWallMs = at - 1500;
    event.wallMs = at;
    return event;
}

Transaction marked(const QString &incident, Mark mark)
{
    Transaction transaction;
    transaction.marks << IncidentMark{incident, u"web"_s, 1000, {mark, u"anna"_s, noon, u"note"_s}};
    return transaction;
}

} // namespace

class TestStoreEvents : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void eventsComeBackInOrder();
    void oldEventsAreForgotten();
    void theLastWordOnAnIncidentCounts();
    void missedOnesStandByThemselves();
    void samplesAreMergedInTimeOrder();
};

void TestStoreEvents::eventsComeBackInOrder()
{
    StoreFixture store;
    Transaction transaction;
    transaction.events << found(noon + 2) << found(noon, true) << found(noon);
    QVERIFY(store.commit(transaction).state == CommitState::Durable);
    const auto events = *store.reader()->errorEvents(noon, noon + 2);
    QCOMPARE(events.size(), 2);
    QVERIFY(events[0].cleared && !events[1].cleared); // equal times: as they were written
    QVERIFY(events[1].condition == found(noon).condition);
    QCOMPARE(events[1].startedWallMs, noon - 1500);
    QCOMPARE(events[1].reason, u"HTTP 503"_s);
    QVERIFY(events[1].type == ErrorType::ApiFailure && events[1].severity == Severity::High);
    QCOMPARE(*store.reader()->newestAt(), noon + 2);
}

void TestStoreEvents::oldEventsAreForgotten()
{
    StoreFixture store;
    const qint64 now = store.clock->now().wallMs;
    Transaction transaction;
    transaction.events << found(now - 31 * dayMs) << found(now - 29 * dayMs);
    QVERIFY(store.commit(transaction).state == CommitState::Durable);
    store.close(); // the last turn tidies up
    store.open();
    QCOMPARE(store.reader()->errorEvents(0, now)->size(), 1);
}

void TestStoreEvents::theLastWordOnAnIncidentCounts()
{
    StoreFixture store;
    QVERIFY(store.commit(intentOf(u"a"_s)).state == CommitState::Durable);
    QVERIFY(!store.reader()->incidents({})->first().feedback);
    QVERIFY(store.commit(marked(u"incident-a"_s, Mark::Real)).state == CommitState::Durable);
    QVERIFY(store.commit(marked(u"incident-a"_s, Mark::FalseAlarm)).state == CommitState::Durable);
    QVERIFY(store.commit(intentOf(u"a"_s)).state == CommitState::Durable); // the engine, which has forgotten it, writes it again
    const auto feedback = store.reader()->incidents({})->first().feedback;
    QVERIFY(feedback && feedback->mark == Mark::FalseAlarm);
    QCOMPARE(feedback->by, u"anna"_s);
    QCOMPARE(feedback->saidAt, noon);
    QCOMPARE(feedback->note, u"note"_s);
    QVERIFY(store.reader()->missedMarks(0, noon)->isEmpty());
}

void TestStoreEvents::missedOnesStandByThemselves()
{
    StoreFixture store;
    QVERIFY(store.commit(marked({}, Mark::Missed)).state == CommitState::Durable);
    QVERIFY(store.commit(marked({}, Mark::Missed)).state == CommitState::Durable); // said twice, noted once
    const auto marks = *store.reader()->missedMarks(0, 2000);
    QCOMPARE(marks.size(), 1);
    QCOMPARE(marks[0].component, u"web"_s);
    QCOMPARE(marks[0].at, 1000);
    QVERIFY(store.reader()->missedMarks(0, 1000)->isEmpty());
}

void TestStoreEvents::samplesAreMergedInTimeOrder()
{
    StoreFixture store;
    QList<MetricRow> rows;
    for (int i = 0; i < 300; ++i) {
        for (int series = 0; series < 7; ++series) {
            MetricRow row;
            row.key = {u"m%1"_s.arg(series), {}};
            row.value = series * 1000 + i;
            row.at = noon + i * 30'000 + series % 3; // some at equal times
            rows << row;
        }
    }
    store.writer->append(rows);
    store.flush();
    const auto reader = store.reader();
    auto stream = *reader->samples(noon + 30'000, noon + 200 * 30'000);
    qint64 last = 0;
    int lastSeries = 0, count = 0;
    for (auto batch = stream.next(); batch && !batch->empty(); batch = stream.next()) {
        for (const StreamedSample &sample : *batch) {
            QVERIFY(sample.at > last || (sample.at == last && sample.series > lastSeries));
            QCOMPARE(sample.value, sample.series * 1000 + double((sample.at - noon) / 30'000));
            last = sample.at;
            lastSeries = sample.series;
            ++count;
        }
    }
    QCOMPARE(count, 7 * 199);
    QCOMPARE(stream.series().size(), 7U);
}

} // namespace prunella

QTEST_GUILESS_MAIN(prunella::TestStoreEvents)
#include "tst_store_events.moc"
