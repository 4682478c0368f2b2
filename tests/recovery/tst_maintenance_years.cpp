// Maintenance windows minute by minute over years of many zones, against the C library, which reads the zone files by code
// of its own, and a walk through its wall clock.
#include "core/recovery/Maintenance.h"
#include "tests/recovery/MaintenanceTimes.h"

#include <QTest>

#include <ctime>
#include <set>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

/// The wall clock of the C library as minutes since 1970, as if it were UTC.
qint64 wallMinute(qint64 utcMinute)
{
    const time_t at = utcMinute * 60;
    tm local{};
    ::localtime_r(&at, &local);
    return utcMinute + local.tm_gmtoff / 60;
}

struct WallClock {
    qint64 from = 0;         ///< minutes since 1970, UTC
    std::vector<qint64> wall;
};

WallClock wallClockOf(const QByteArray &zone, int year)
{
    const QByteArray before = qgetenv("TZ");
    qputenv("TZ", zone);
    ::tzset();
    WallClock clock;
    clock.from = utc(u"%1-12-20 00:00:00"_s.arg(year - 1)) / minute;
    for (qint64 at = clock.from, end = utc(u"%1-01-12 00:00:00"_s.arg(year + 1)) / minute; at < end; ++at)
        clock.wall.push_back(wallMinute(at));
    before.isNull() ? qunsetenv("TZ") : qputenv("TZ", before);
    ::tzset();
    return clock;
}

/// Walks through the minutes and notes when each date's start is first seen or passed; a date that is never seen has none.
std::vector<bool> heldMinutes(const WallClock &clock, const MaintenanceConfig &window)
{
    constexpr qint64 dayMinutes = 1440;
    std::vector<bool> open(clock.wall.size());
    std::set<qint64> dates;
    for (const qint64 wall : clock.wall) {
        if (dates.empty() || *dates.rbegin() != wall / dayMinutes)
            dates.insert(wall / dayMinutes);
    }
    std::size_t at = 0;
    for (const qint64 date : dates) {
        const int weekday = int((date + 3) % 7) + 1; // 1970 began on a Thursday
        while (at < clock.wall.size() && clock.wall[at] < date * dayMinutes + window.startMinute)
            ++at;
        if (!window.days.isEmpty() && !window.days.contains(weekday))
            continue;
        for (std::size_t i = at; i < std::min(open.size(), at + std::size_t(window.durationMs / minute)); ++i)
            open[i] = true;
    }
    return open;
}

/// Minutes that are looked at when not all are: each first and last minute of a window, all of the days around a change of the
/// clocks, and now and then one elsewhere.
std::vector<bool> tellingMinutes(const WallClock &clock, const std::vector<bool> &held)
{
    constexpr std::size_t around = 2 * 1440;
    std::vector<bool> telling(held.size());
    for (std::size_t i = 1; i < held.size(); ++i) {
        if (i % 37 == 0)
            telling[i] = true;
        if (held[i] != held[i - 1])
            telling[i] = telling[i - 1] = true;
        if (clock.wall[i] - clock.wall[i - 1] != 1)
            std::fill(telling.begin() + qint64(i - std::min(i, around)), telling.begin() + qint64(std::min(telling.size(), i + around)), true);
    }
    return telling;
}

} // namespace

class TestMaintenanceYears : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyMinuteOfAYear_data();
    void everyMinuteOfAYear();
};

void TestMaintenanceYears::everyMinuteOfAYear_data()
{
    QTest::addColumn<QByteArray>("zone");
    QTest::addColumn<int>("year");
    for (const char *zone : {"Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Havana", "America/Nuuk",
                             "UTC"})
        QTest::newRow(zone) << QByteArray(zone) << 2026;
    QTest::newRow("Pacific/Apia 2011") << QByteArray("Pacific/Apia") << 2011;
    QTest::newRow("Africa/Casablanca, around Ramadan") << QByteArray("Africa/Casablanca") << 2026;
    QTest::newRow("Europe/Berlin, beyond the table of the zone file") << QByteArray("Europe/Berlin") << 2044;
}

void TestMaintenanceYears::everyMinuteOfAYear()
{
    QFETCH(QByteArray, zone);
    QFETCH(int, year);
    const WallClock clock = wallClockOf(zone, year);
    QList<MaintenanceConfig> windows{window(150, 45 * minute), window(0, 90 * minute), window(23 * 60 + 40, 7 * hour), window(105, 3 * day),
                                     window(1439, minute)};
    windows[2].days = QList<int>{6, 7};
    windows[3].days = QList<int>{5};
    if (year == 2044)
        windows.resize(2); // the rule behind the table costs Qt ten times as much
    for (auto &window : windows)
        window.timezone = QString::fromLatin1(zone);
    for (const MaintenanceConfig &window : std::as_const(windows)) {
        const std::vector<bool> expected = heldMinutes(clock, window);
        const bool all = window.startMinute == 150 && (zone == "Europe/Berlin" || year == 2011) && year != 2044; // all of them: two minutes
        const std::vector<bool> telling = all ? std::vector<bool>(expected.size(), true) : tellingMinutes(clock, expected);
        const qint64 first = utc(u"%1-01-01 00:00:00"_s.arg(year)) / minute, end = utc(u"%1-01-02 00:00:00"_s.arg(year + 1)) / minute;
        for (qint64 at = first; at < end; ++at) {
            if (!telling[std::size_t(at - clock.from)])
                continue;
            const bool open = maintenanceEnd({window}, u"web"_s, at * minute) != 0;
            if (open != expected[std::size_t(at - clock.from)])
                QFAIL(qPrintable(u"start %1, %2: open is %3"_s.arg(window.startMinute)
                                     .arg(QDateTime::fromMSecsSinceEpoch(at * minute, Qt::UTC).toString(Qt::ISODate)).arg(open)));
        }
    }
}

QTEST_GUILESS_MAIN(TestMaintenanceYears)
#include "tst_maintenance_years.moc"
