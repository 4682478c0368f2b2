// What comes by the clock is found, what comes by chance or all the time is not.
#include "Histories.h"

#include "core/learning/IncidentPatterns.h"

#include <QTest>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

class TestPeriodicity : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void dailyOverDaylightSaving_data();
    void dailyOverDaylightSaving();
    void dailyRoundMidnight();
    void sixOfSeven();
    void weekly();
    void hourly();
    void needsThreeDays();
    void aTimeOfDayIsNoPeriod();
    void allTheTimeIsNotPeriodic();
    void chanceIsNotPeriodic_data();
    void chanceIsNotPeriodic();

private:
    const QTimeZone berlin{"Europe/Berlin"};
    [[nodiscard]] QList<IncidentPattern> periods(const Histories &histories) const
    {
        qint64 last = 0;
        for (const IncidentFact &fact : histories.facts)
            last = std::max(last, fact.at);
        return only(findPatterns(histories.facts, {}, last + hour, berlin), PatternKind::Periodic);
    }
};

void TestPeriodicity::dailyOverDaylightSaving_data()
{
    QTest::addColumn<QDate>("first");
    QTest::newRow("back to winter on 25 October") << QDate(2026, 10, 12);
    QTest::newRow("on to summer on 29 March, when there is no 02:00") << QDate(2026, 3, 16);
}

void TestPeriodicity::dailyOverDaylightSaving()
{
    QFETCH(QDate, first);
    QVERIFY(berlin.isValid());
    for (unsigned seed = 1; seed <= 20; ++seed) {
        Histories histories(seed);
        histories.job(u"backup"_s, first, 27, 1, QTime(2, 0), 12, berlin);
        const auto found = periods(histories);
        QCOMPARE(found.size(), 1);
        const IncidentPattern &daily = found.first();
        QVERIFY(daily.period == PatternPeriod::Day);
        QVERIFY2(std::abs(daily.phaseMinute - 120) <= 5, qPrintable(QString::number(daily.phaseMinute)));
        QVERIFY2(daily.spreadMinutes <= 17, qPrintable(QString::number(daily.spreadMinutes)));
        QVERIFY2(daily.support >= 26, qPrintable(QString::number(daily.support)));
        QCOMPARE(daily.outOf, 27);
        QCOMPARE(daily.timeZone, u"Europe/Berlin"_s);
        QVERIFY(daily.confidence > 0.8 && daily.confidence < 1 && *daily.chance < 1e-9);
        QVERIFY(*daily.healedBy == ActionType::RestartService);
    }
}

void TestPeriodicity::dailyRoundMidnight()
{
    Histories histories(3);
    histories.job(u"rotate"_s, QDate(2026, 5, 1), 10, 1, QTime(0, 0), 8, berlin);
    const auto found = periods(histories);
    QCOMPARE(found.size(), 1);
    QCOMPARE(found.first().support, 10);
    QVERIFY(found.first().phaseMinute <= 8 || found.first().phaseMinute >= 24 * 60 - 8);
    QVERIFY(found.first().spreadMinutes <= 16);
}

/// One in the afternoon does not hide the others, which Rayleigh's test alone would let it do.
void TestPeriodicity::sixOfSeven()
{
    Histories histories(4);
    histories.job(u"backup"_s, QDate(2026, 5, 1), 6, 1, QTime(2, 0), 12, berlin);
    histories.add(u"backup"_s, QDateTime(QDate(2026, 5, 9), QTime(14, 5), berlin).toMSecsSinceEpoch());
    const auto found = periods(histories);
    QCOMPARE(found.size(), 1);
    QCOMPARE(found.first().support, 6);
    QCOMPARE(found.first().outOf, 7);
    QVERIFY(found.first().confidence < 0.5);
    QCOMPARE(found.first().occurrences, 7);
}

void TestPeriodicity::weekly()
{
    Histories histories(5);
    histories.job(u"report"_s, QDate(2026, 3, 2), 8 * 7, 7, QTime(6, 30), 20, berlin); // a Monday, over the change of the clock
    const auto found = periods(histories);
    QCOMPARE(found.size(), 1);
    QVERIFY(found.first().period == PatternPeriod::Week);
    QVERIFY(std::abs(found.first().phaseMinute - (6 * 60 + 30)) <= 20); // Monday is day 0
    QCOMPARE(found.first().support, 8);
}

void TestPeriodicity::hourly()
{
    Histories histories(6);
    for (int i = 0; i < 80; ++i)
        histories.add(u"sync"_s, begin / hour * hour + i * hour + 5 * minute + histories.whole(0, 60) * 1000);
    const auto found = periods(histories);
    QCOMPARE(found.size(), 1);
    QVERIFY(found.first().period == PatternPeriod::Hour);
    QVERIFY(std::abs(found.first().phaseMinute - 5) <= 1);
}

void TestPeriodicity::needsThreeDays()
{
    Histories two(7), three(7);
    two.job(u"backup"_s, QDate(2026, 5, 1), 2, 1, QTime(2, 0), 2, berlin);
    for (int i = 0; i < 5; ++i) // more often on the same two days
        two.add(u"backup"_s, two.facts.last().at + (i + 1) * 2 * minute);
    QCOMPARE(periods(two).size(), 0);
    three.job(u"backup"_s, QDate(2026, 5, 1), 3, 1, QTime(2, 0), 2, berlin);
    QCOMPARE(periods(three).size(), 1);
    QVERIFY(periods(three).first().confidence < 0.5); // 3 of 3, and yet
}

void TestPeriodicity::aTimeOfDayIsNoPeriod()
{
    Histories histories(8);
    histories.job(u"backup"_s, QDate(2026, 3, 1), 60, 9, QTime(2, 0), 5, berlin); // each ninth day
    QCOMPARE(periods(histories).size(), 0);
}

void TestPeriodicity::allTheTimeIsNotPeriodic()
{
    for (const qint64 every : {3 * minute, 7 * minute, 20 * minute, 45 * minute}) {
        Histories histories(9);
        for (qint64 at = begin; at < begin + 6 * day && histories.facts.size() < 4000; at += every)
            histories.add(u"web"_s, at + histories.whole(0, 20'000));
        QCOMPARE(periods(histories).size(), 0);
        const auto all = only(findPatterns(histories.facts, {}, begin + 6 * day, berlin), PatternKind::Recurring);
        QCOMPARE(all.size(), 1);
        QVERIFY(all.first().confidence > 0.9);
    }
}

void TestPeriodicity::chanceIsNotPeriodic_data()
{
    QTest::addColumn<int>("most");   // incidents of one outage
    QTest::newRow("one by one") << 1;
    QTest::newRow("in bursts") << 12;
}

void TestPeriodicity::chanceIsNotPeriodic()
{
    QFETCH(int, most);
    int wrong = 0;
    constexpr int histories = 500;
    for (unsigned seed = 0; seed < histories; ++seed) {
        Histories random(1000 + seed);
        random.scatter(u"web"_s, int(random.whole(3, 80)), random.whole(5, 90) * day);
        const auto first = random.facts;
        for (const IncidentFact &fact : first) {
            for (qint64 i = most == 1 ? 0 : random.whole(0, most), at = fact.at; i > 0; --i)
                random.add(u"web"_s, at += random.whole(1, 20) * minute);
        }
        wrong += !periods(random).isEmpty();
    }
    qInfo("%d of %d random histories were called periodic", wrong, histories);
    QVERIFY2(wrong * 50 < histories, qPrintable(QString::number(wrong)));
}

QTEST_GUILESS_MAIN(TestPeriodicity)
#include "tst_periodicity.moc"
