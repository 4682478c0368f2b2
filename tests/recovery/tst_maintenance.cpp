// Maintenance windows: whom they concern, their days, over midnight, and in a zone whose clocks are changed.
#include "core/recovery/Maintenance.h"

#include <QDateTime>
#include <QTest>
#include <QTimeZone>

#include <ctime>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;

/// "2026-11-27 02:00:00" in UTC.
qint64 utc(const QString &text)
{
    const auto time = QDateTime::fromString(text + u"Z"_s, u"yyyy-MM-dd HH:mm:sst"_s);
    return QDateTime(time.date(), time.time(), Qt::UTC).toMSecsSinceEpoch();
}

MaintenanceConfig window(int startMinute, qint64 durationMs, const QString &zone = u"UTC"_s)
{
    MaintenanceConfig made;
    made.startMinute = startMinute;
    made.durationMs = durationMs;
    made.timezone = zone;
    return made;
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

/// 02:30 does not exist that night; the window is held once, for its whole duration, beginning within the hour after 02:00.
void TestMaintenance::startsInTheHourThatIsLeftOut()
{
    const QList<MaintenanceConfig> night{window(150, hour, u"Europe/Berlin"_s)};
    qint64 open = 0, first = 0;
    for (qint64 at = utc(u"2026-03-28 12:00:00"_s); at < utc(u"2026-03-29 12:00:00"_s); at += minute) {
        if (maintenanceEnd(night, u"web"_s, at) == 0)
            continue;
        first = first == 0 ? at : first;
        open += minute;
    }
    QCOMPARE(open, hour);
    QVERIFY2(first >= utc(u"2026-03-29 00:30:00"_s) && first <= utc(u"2026-03-29 01:30:00"_s), qPrintable(QString::number(first)));
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

/// 02:30 comes twice that night; the window is held once.
void TestMaintenance::inTheHourThatComesTwice()
{
    const QList<MaintenanceConfig> night{window(150, 20 * minute, u"Europe/Berlin"_s)};
    qint64 open = 0;
    for (qint64 at = utc(u"2026-10-24 12:00:00"_s); at < utc(u"2026-10-25 12:00:00"_s); at += minute)
        open += maintenanceEnd(night, u"web"_s, at) != 0 ? minute : 0;
    QCOMPARE(open, 20 * minute);
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
