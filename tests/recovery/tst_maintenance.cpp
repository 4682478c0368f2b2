// Maintenance windows: whom they concern, their days, over midnight, and in a zone whose clocks are changed.
#include "core/recovery/Maintenance.h"
#include "tests/recovery/MaintenanceTimes.h"

#include <QDateTime>
#include <QTest>
#include <QTimeZone>

#include <ctime>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

QList<qint64> openMinutes(const QList<MaintenanceConfig> &windows, qint64 from, qint64 to)
{
    QList<qint64> open;
    for (qint64 at = from; at < to; at += minute) {
        if (maintenanceEnd(windows, u"web"_s, at) != 0)
            open.append(at);
    }
    return open;
}

QList<qint64> minutesFrom(qint64 start, int count)
{
    QList<qint64> minutes;
    for (int i = 0; i < count; ++i)
        minutes.append(start + i * minute);
    return minutes;
}

} // namespace

class TestMaintenance : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void none();
    void begins_and_ends();
    void targets();
    void days();
    void overMidnight();
    void overMidnightOfItsDay();
    void longerThanADay();
    void theLatestEndCounts();
    void summerTimeBegins();
    void startsInTheHourThatIsLeftOut();
    void summerTimeEnds();
    void inTheHourThatComesTwice();
    void unusualChanges_data();
    void unusualChanges();
    void endsOfMonths();
    void overlappingWindowsAreAsOne();
    void turnsAfterTheEnd();
    void waitingForTheTurn();
    void dayOfTheZone();
    void withoutAZone();
};

void TestMaintenance::none()
{
    QCOMPARE(maintenanceEnd({}, u"web"_s, utc(u"2026-11-27 02:00:00"_s)), 0);
}

void TestMaintenance::begins_and_ends()
{
    const QList<MaintenanceConfig> daily{window(120, hour)};
    const qint64 start = utc(u"2026-11-27 02:00:00"_s);
    QCOMPARE(maintenanceEnd(daily, u"web"_s, start - 1), 0);
    QCOMPARE(maintenanceEnd(daily, u"web"_s, start), start + hour);
    QCOMPARE(maintenanceEnd(daily, u"web"_s, start + hour - 1), start + hour);
    QCOMPARE(maintenanceEnd(daily, u"web"_s, start + hour), 0);
    QCOMPARE(maintenanceEnd(daily, u"web"_s, start + day), start + day + hour); // the next day again
}

void TestMaintenance::targets()
{
    MaintenanceConfig some = window(0, hour);
    const qint64 at = utc(u"2026-11-27 00:30:00"_s);
    QVERIFY(maintenanceEnd({some}, u"host"_s, at) != 0); // without targets: everything
    some.targets = QStringList{u"db"_s, u"web"_s};
    QVERIFY(maintenanceEnd({some}, u"web"_s, at) != 0);
    QCOMPARE(maintenanceEnd({some}, u"mail"_s, at), 0);
}

void TestMaintenance::days()
{
    MaintenanceConfig weekend = window(120, hour);
    weekend.days = QList<int>{6, 7};
    QList<int> open;
    for (int i = 0; i < 7; ++i) { // 23 November 2026 is a Monday
        const qint64 at = utc(u"2026-11-23 02:30:00"_s) + i * day;
        if (maintenanceEnd({weekend}, u"web"_s, at) != 0)
            open.append(i + 1);
    }
    QCOMPARE(open, (QList<int>{6, 7}));
}

void TestMaintenance::overMidnight()
{
    const QList<MaintenanceConfig> late{window(23 * 60, 2 * hour)};
    const qint64 start = utc(u"2026-11-27 23:00:00"_s), end = utc(u"2026-11-28 01:00:00"_s);
    QCOMPARE(maintenanceEnd(late, u"web"_s, start), end);
    QCOMPARE(maintenanceEnd(late, u"web"_s, utc(u"2026-11-28 00:00:00"_s)), end);
    QCOMPARE(maintenanceEnd(late, u"web"_s, end - 1), end);
    QCOMPARE(maintenanceEnd(late, u"web"_s, end), 0);
}

/// The day is that of the beginning: Saturday's window still holds on Sunday morning, Sunday's own does not exist.
void TestMaintenance::overMidnightOfItsDay()
{
    MaintenanceConfig saturday = window(23 * 60, 2 * hour);
    saturday.days = QList<int>{6};
    QCOMPARE(maintenanceEnd({saturday}, u"web"_s, utc(u"2026-11-28 00:30:00"_s)), 0); // Friday's night
    QCOMPARE(maintenanceEnd({saturday}, u"web"_s, utc(u"2026-11-29 00:30:00"_s)), utc(u"2026-11-29 01:00:00"_s));
    QCOMPARE(maintenanceEnd({saturday}, u"web"_s, utc(u"2026-11-29 23:30:00"_s)), 0);
}

void TestMaintenance::longerThanADay()
{
    MaintenanceConfig weekend = window(18 * 60, 2 * day + 12 * hour); // Friday 18:00 to Monday 06:00
    weekend.days = QList<int>{5};
    const qint64 end = utc(u"2026-11-30 06:00:00"_s);
    QCOMPARE(maintenanceEnd({weekend}, u"web"_s, utc(u"2026-11-27 17:59:59"_s)), 0);
    QCOMPARE(maintenanceEnd({weekend}, u"web"_s, utc(u"2026-11-27 18:00:00"_s)), end);
    QCOMPARE(maintenanceEnd({weekend}, u"web"_s, utc(u"2026-11-29 12:00:00"_s)), end);
    QCOMPARE(maintenanceEnd({weekend}, u"web"_s, end - 1), end);
    QCOMPARE(maintenanceEnd({weekend}, u"web"_s, end), 0);
}

void TestMaintenance::theLatestEndCounts()
{
    const QList<MaintenanceConfig> both{window(60, 3 * hour), window(120, hour)};
    QCOMPARE(maintenanceEnd(both, u"web"_s, utc(u"2026-11-27 02:30:00"_s)), utc(u"2026-11-27 04:00:00"_s));
    QCOMPARE(maintenanceEnd({both[1], both[0]}, u"web"_s, utc(u"2026-11-27 02:30:00"_s)), utc(u"2026-11-27 04:00:00"_s));
}

/// Berlin, 29 March 2026: 02:00 CET becomes 03:00 CEST at 01:00 UTC.
void TestMaintenance::summerTimeBegins()
{
    const QList<MaintenanceConfig> night{window(60, 2 * hour, u"Europe/Berlin"_s)}; // begins at 01:00 CET
    const qint64 start = utc(u"2026-03-29 00:00:00"_s), end = start + 2 * hour; // 04:00 CEST on the wall
    QCOMPARE(maintenanceEnd(night, u"web"_s, start - 1), 0);
    QCOMPARE(maintenanceEnd(night, u"web"_s, start), end);
    QCOMPARE(maintenanceEnd(night, u"web"_s, end - 1), end);
    QCOMPARE(maintenanceEnd(night, u"web"_s, end), 0);
    QCOMPARE(maintenanceEnd(night, u"web"_s, utc(u"2026-03-28 00:00:00"_s)), utc(u"2026-03-28 02:00:00"_s)); // 01:00 CET
    QCOMPARE(maintenanceEnd(night, u"web"_s, utc(u"2026-03-29 23:00:00"_s)), utc(u"2026-03-30 01:00:00"_s)); // 01:00 CEST
}

/// 02:30 does not exist that night: the window begins at 03:00 CEST, for its whole duration.
void TestMaintenance::startsInTheHourThatIsLeftOut()
{
    const QList<MaintenanceConfig> night{window(150, hour, u"Europe/Berlin"_s)};
    const qint64 gap = utc(u"2026-03-29 01:00:00"_s);
    QCOMPARE(openMinutes(night, gap - 12 * hour, gap + 12 * hour), minutesFrom(gap, 60));
}

/// Berlin, 25 October 2026: 03:00 CEST becomes 02:00 CET at 01:00 UTC.
void TestMaintenance::summerTimeEnds()
{
    const QList<MaintenanceConfig> night{window(60, 3 * hour, u"Europe/Berlin"_s)}; // begins at 01:00 CEST
    const qint64 start = utc(u"2026-10-24 23:00:00"_s), end = start + 3 * hour; // 03:00 CET on the wall
    QCOMPARE(maintenanceEnd(night, u"web"_s, start - 1), 0);
    QCOMPARE(maintenanceEnd(night, u"web"_s, start), end);
    QCOMPARE(maintenanceEnd(night, u"web"_s, end - 1), end);
    QCOMPARE(maintenanceEnd(night, u"web"_s, end), 0);
    QCOMPARE(maintenanceEnd(night, u"web"_s, utc(u"2026-10-26 00:00:00"_s)), utc(u"2026-10-26 03:00:00"_s)); // 01:00 CET
}

/// 02:30 comes twice that night; the window is held once, the first time, also when it is shorter than the hour between.
void TestMaintenance::inTheHourThatComesTwice()
{
    const qint64 first = utc(u"2026-10-25 00:30:00"_s); // 02:30 CEST
    const QList<MaintenanceConfig> night{window(150, 20 * minute, u"Europe/Berlin"_s)};
    QCOMPARE(openMinutes(night, first - 12 * hour, first + 12 * hour), minutesFrom(first, 20));
}

/// Where and when the clocks do something unusual, and when the window is open around it.
void TestMaintenance::unusualChanges_data()
{
    QTest::addColumn<QString>("zone");
    QTest::addColumn<int>("startMinute");
    QTest::addColumn<int>("durationMinutes");
    QTest::addColumn<int>("dayOfWeek");
    QTest::addColumn<QString>("around");
    QTest::addColumn<QStringList>("starts"); // UTC, two days before and after
    const QString lordHowe = u"Australia/Lord_Howe"_s, apia = u"Pacific/Apia"_s, newYork = u"America/New_York"_s;
    QTest::newRow("New York, spring, left out") << newYork << 150 << 45 << 0 << u"2026-03-08 12:00:00"_s
        << QStringList{u"2026-03-07 07:30:00"_s, u"2026-03-08 07:00:00"_s, u"2026-03-09 06:30:00"_s, u"2026-03-10 06:30:00"_s};
    QTest::newRow("New York, autumn, twice") << newYork << 90 << 45 << 0 << u"2026-11-01 12:00:00"_s
        << QStringList{u"2026-10-31 05:30:00"_s, u"2026-11-01 05:30:00"_s, u"2026-11-02 06:30:00"_s, u"2026-11-03 06:30:00"_s};
    QTest::newRow("Kolkata, half an hour off") << u"Asia/Kolkata"_s << 15 << 30 << 0 << u"2026-05-01 12:00:00"_s
        << QStringList{u"2026-04-29 18:45:00"_s, u"2026-04-30 18:45:00"_s, u"2026-05-01 18:45:00"_s, u"2026-05-02 18:45:00"_s};
    QTest::newRow("Lord Howe, half an hour left out") << lordHowe << 135 << 20 << 0 << u"2026-10-03 12:00:00"_s
        << QStringList{u"2026-10-01 15:45:00"_s, u"2026-10-02 15:45:00"_s, u"2026-10-03 15:30:00"_s, u"2026-10-04 15:15:00"_s};
    QTest::newRow("Lord Howe, half an hour twice") << lordHowe << 105 << 20 << 0 << u"2026-04-04 12:00:00"_s
        << QStringList{u"2026-04-02 14:45:00"_s, u"2026-04-03 14:45:00"_s, u"2026-04-04 14:45:00"_s, u"2026-04-05 15:15:00"_s};
    QTest::newRow("Samoa leaves the 30th out") << apia << 600 << 60 << 0 << u"2011-12-30 10:00:00"_s
        << QStringList{u"2011-12-28 20:00:00"_s, u"2011-12-29 20:00:00"_s, u"2011-12-30 20:00:00"_s, u"2011-12-31 20:00:00"_s};
    QTest::newRow("there was no Friday that week") << apia << 600 << 60 << 5 << u"2011-12-30 10:00:00"_s << QStringList{};
    QTest::newRow("Thursday before it goes on into Saturday") << apia << 1410 << 120 << 4 << u"2011-12-30 10:00:00"_s
        << QStringList{u"2011-12-30 09:30:00"_s};
    QTest::newRow("Nuuk: the last hour of Saturday is left out") << u"America/Nuuk"_s << 1410 << 30 << 6 << u"2026-03-29 01:00:00"_s
        << QStringList{u"2026-03-29 01:00:00"_s};
    QTest::newRow("Havana: the first hour of Sunday is left out") << u"America/Havana"_s << 30 << 30 << 7 << u"2026-03-08 05:00:00"_s
        << QStringList{u"2026-03-08 05:00:00"_s};
    QTest::newRow("St John's went back over midnight") << u"America/St_Johns"_s << 0 << 30 << 7 << u"2010-11-07 02:31:00"_s
        << QStringList{u"2010-11-07 02:30:00"_s};
}

void TestMaintenance::unusualChanges()
{
    QFETCH(QString, zone);
    QFETCH(int, startMinute);
    QFETCH(int, durationMinutes);
    QFETCH(int, dayOfWeek);
    QFETCH(QString, around);
    QFETCH(QStringList, starts);
    MaintenanceConfig odd = window(startMinute, durationMinutes * minute, zone);
    if (dayOfWeek != 0)
        odd.days = QList<int>{dayOfWeek};
    QList<qint64> expected;
    for (const QString &start : starts)
        expected += minutesFrom(utc(start), durationMinutes);
    const qint64 middle = utc(around);
    QCOMPARE(openMinutes({odd}, middle - 2 * day, middle + 2 * day), expected);
}

/// The last day of a month, of February in a leap year and of the year.
void TestMaintenance::endsOfMonths()
{
    const QList<MaintenanceConfig> late{window(23 * 60 + 30, hour, u"Europe/Berlin"_s)};
    for (const QString &start : {u"2026-04-30 21:30:00"_s, u"2028-02-28 22:30:00"_s, u"2028-02-29 22:30:00"_s, u"2026-12-31 22:30:00"_s}) {
        const qint64 at = utc(start);
        QCOMPARE(openMinutes(late, at - 3 * hour, at + 3 * hour), minutesFrom(at, 60));
        QCOMPARE(maintenanceState(late, u"web"_s, at - 1).nextStart, at);
    }
}

void TestMaintenance::overlappingWindowsAreAsOne()
{
    QList<MaintenanceConfig> both{window(60, 2 * hour), window(150, hour), window(210, 30 * minute)}; // the third touches the second
    both[0].name = u"backup"_s;
    both[1].name = u"updates"_s;
    const qint64 midnight = utc(u"2026-11-27 00:00:00"_s);
    const MaintenanceState early = maintenanceState(both, u"web"_s, midnight + 90 * minute);
    QVERIFY(early.open);
    QCOMPARE(early.endsAt, midnight + 4 * hour);
    QCOMPARE(early.name, u"backup"_s);
    QCOMPARE(early.nextStart, midnight + 150 * minute);
    QCOMPARE(maintenanceState(both, u"web"_s, midnight + 160 * minute).name, u"updates"_s);
    const MaintenanceState after = maintenanceState(both, u"web"_s, midnight + 4 * hour);
    QVERIFY(!after.open && after.name.isEmpty());
    QCOMPARE(after.endsAt, 0);
    QCOMPARE(after.nextStart, midnight + day + hour);
    QCOMPARE(maintenanceState({}, u"web"_s, midnight).nextStart, 0);
    const qint64 endless = maintenanceEnd({window(0, day)}, u"web"_s, midnight); // one a day, all day
    QVERIFY(endless > midnight + 31 * day && endless <= midnight + 33 * day);
}

void TestMaintenance::turnsAfterTheEnd()
{
    const qint64 end = utc(u"2026-11-27 03:00:00"_s);
    QStringList names;
    for (int i = 1; i <= 10; ++i)
        names.append(u"web%1"_s.arg(i));
    QList<qint64> turns, byHash;
    for (const QString &name : std::as_const(names)) {
        turns.append(releaseAt(name, end, names) - end);
        byHash.append(releaseAt(name, end) - end);
        QCOMPARE(releaseAt(name, end, names), end + turns.last()); // always the same
        QVERIFY(byHash.last() >= 0 && byHash.last() < releaseSpreadMs);
    }
    QVERIFY(turns != (QList<qint64>{0, 6000, 12000, 18000, 24000, 30000, 36000, 42000, 48000, 54000})); // neighbours by name are none in time
    std::sort(turns.begin(), turns.end());
    QCOMPARE(turns, (QList<qint64>{0, 6000, 12000, 18000, 24000, 30000, 36000, 42000, 48000, 54000}));
    QCOMPARE(QSet<qint64>(byHash.cbegin(), byHash.cend()).size(), 10);
    QCOMPARE(releaseAt(u"web"_s, end), end + 3265); // in each process and version the same
    QCOMPARE(releaseAt(u"else"_s, end, names), releaseAt(u"else"_s, end));
}

void TestMaintenance::waitingForTheTurn()
{
    const QList<MaintenanceConfig> night{window(120, hour)};
    const QStringList all{u"a"_s, u"b"_s, u"c"_s, u"d"_s};
    const qint64 start = utc(u"2026-11-27 02:00:00"_s), end = start + hour;
    for (const QString &name : all) {
        const qint64 turn = releaseAt(name, end, all);
        QCOMPARE(maintenanceHold(night, name, all, start, start - 1), 0);
        for (qint64 at = start; at < turn; at += 777) { // each look is within a minute, and they lead to the turn
            const qint64 until = maintenanceHold(night, name, all, start, at);
            QVERIFY(until > at && until <= at + minute && (turn - until) % minute == 0);
        }
        QCOMPARE(maintenanceHold(night, name, all, start, turn - 1), turn);
        QCOMPARE(maintenanceHold(night, name, all, start, turn), 0);
        QCOMPARE(maintenanceHold(night, name, all, end, end), 0); // began after the end
        QCOMPARE(maintenanceHold(night, name, all, start, end + 2 * hour), 0); // the machine slept over it
    }
    const QList<MaintenanceConfig> shortest{window(120, minute)};
    const qint64 turn = releaseAt(u"web"_s, start + minute);
    QCOMPARE(maintenanceHold(shortest, u"web"_s, {}, start, start + minute), turn);
    QCOMPARE(maintenanceHold(shortest, u"web"_s, {}, start, turn), 0);
}

/// Monday 00:30 in Berlin is Sunday in UTC.
void TestMaintenance::dayOfTheZone()
{
    MaintenanceConfig monday = window(0, hour, u"Europe/Berlin"_s);
    monday.days = QList<int>{1};
    QCOMPARE(maintenanceEnd({monday}, u"web"_s, utc(u"2026-11-29 23:30:00"_s)), utc(u"2026-11-30 00:00:00"_s));
    monday.days = QList<int>{7};
    QCOMPARE(maintenanceEnd({monday}, u"web"_s, utc(u"2026-11-29 23:30:00"_s)), 0);
}

void TestMaintenance::withoutAZone()
{
    const QByteArray before = qgetenv("TZ");
    qputenv("TZ", "America/New_York"); // the machine's; five hours behind UTC in November
    ::tzset();
    const qint64 seen = maintenanceEnd({window(120, hour, {})}, u"web"_s, utc(u"2026-11-27 07:30:00"_s));
    const qint64 inUtc = maintenanceEnd({window(120, hour, {})}, u"web"_s, utc(u"2026-11-27 02:30:00"_s));
    before.isNull() ? qunsetenv("TZ") : qputenv("TZ", before);
    ::tzset();
    QCOMPARE(seen, utc(u"2026-11-27 08:00:00"_s));
    QCOMPARE(inUtc, 0);
}

QTEST_GUILESS_MAIN(TestMaintenance)
#include "tst_maintenance.moc"
