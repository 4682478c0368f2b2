// Maintenance windows inside the loop: over a change of the clocks, and the minute after the end.
#include "PipelineFixture.h"

#include "core/recovery/Maintenance.h"

#include <QDateTime>
#include <QTest>

namespace prunella {

using namespace Qt::StringLiterals;
using namespace test;

namespace {

/// "2026-11-27 02:00:00" in UTC.
qint64 utc(const QString &text)
{
    return QDateTime(QDate::fromString(text.left(10), Qt::ISODate), QTime::fromString(text.mid(11)), Qt::UTC).toMSecsSinceEpoch();
}

Config withWindow(const QStringList &services, int startMinute, qint64 durationMs)
{
    Config config = automatic(services);
    MaintenanceConfig window;
    window.name = u"updates"_s;
    window.startMinute = startMinute;
    window.durationMs = durationMs;
    window.timezone = u"Europe/Berlin"_s;
    config.maintenance = {window};
    return config;
}

QStringList manyServices(int count)
{
    QStringList names;
    for (int i = 1; i <= count; ++i)
        names.append(u"web%1"_s.arg(i));
    return names;
}

/// May do all at once, so that nothing but the turns spreads them.
Config unguarded(Config config)
{
    config.guards.maxConcurrentActions = 100;
    config.guards.maxActionsPerHour = 100;
    config.guards.maxUnhealthyFraction = 1;
    return config;
}

} // namespace

class TestPipelineMaintenance : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void overAChangeOfTheClocks_data();
    void overAChangeOfTheClocks();
    void recoveringMeanwhileNeedsNothing();
    void theEndReleasesNoStorm();
    void neitherDoesAWakeUp();
    void afterTheEndNobodyWaits();
    void aRestartOfTheEngineInside();
};

void TestPipelineMaintenance::overAChangeOfTheClocks_data()
{
    QTest::addColumn<int>("startMinute");
    QTest::addColumn<QString>("start");
    QTest::addColumn<QString>("end");
    QTest::newRow("spring: two hours are 01:00 to 04:00") << 60 << u"2026-03-29 00:00:00"_s << u"2026-03-29 02:00:00"_s;
    QTest::newRow("spring: a start that is left out") << 150 << u"2026-03-29 01:00:00"_s << u"2026-03-29 03:00:00"_s;
    QTest::newRow("autumn: two hours are 01:00 to 02:00") << 60 << u"2026-10-24 23:00:00"_s << u"2026-10-25 01:00:00"_s;
    QTest::newRow("autumn: a start that comes twice") << 150 << u"2026-10-25 00:30:00"_s << u"2026-10-25 02:30:00"_s;
}

/// Broken a minute after the start; nothing happens until the end, to the second; then it is repaired.
void TestPipelineMaintenance::overAChangeOfTheClocks()
{
    QFETCH(int, startMinute);
    QFETCH(QString, start);
    QFETCH(QString, end);
    World world(withWindow({u"web"_s}, startMinute, 2 * hour), utc(start) + minute);
    world.crash();
    SAME(world.incident().status, IncidentStatus::Suppressed);
    SAME(world.incident().haltReason, Reason::Maintenance);
    world.pass(30 * minute);
    world.feed(World::failure(ConditionKind::CheckFailing, u"web"_s)); // it is watched and recorded all the same
    QCOMPARE(world.incident().symptoms, 2);
    world.pass(utc(end) - 1 - world.clock.now().wallMs);
    QVERIFY(world.asked.empty());
    QCOMPARE(world.count(u"told"_s), 0);
    SAME(world.incident().status, IncidentStatus::Suppressed);
    world.pass(1); // one service: its turn is the first
    QCOMPARE(world.asked.size(), 1U);
    world.pass(second);
    world.clear(World::failure(ConditionKind::CheckFailing, u"web"_s));
    world.pass(5 * minute);
    SAME(world.incident().status, IncidentStatus::Resolved);
    QCOMPARE(world.asked.size(), 1U);
}

void TestPipelineMaintenance::recoveringMeanwhileNeedsNothing()
{
    World world(withWindow({u"web"_s}, 60, 2 * hour), utc(u"2026-03-29 00:10:00"_s));
    world.crash();
    world.pass(20 * minute);
    world.recovered();
    world.pass(3 * hour);
    SAME(world.incident().status, IncidentStatus::Resolved);
    QVERIFY(world.asked.empty());
    QCOMPARE(world.count(u"told"_s), 0);
}

/// Ten that broke at the same time have their turns one by one.
void TestPipelineMaintenance::theEndReleasesNoStorm()
{
    const QStringList services = manyServices(10);
    const qint64 end = utc(u"2026-10-25 01:00:00"_s);
    World world(unguarded(withWindow(services, 60, 2 * hour)), end - 17 * minute - 3 * second);
    for (const QString &service : services)
        world.crash(service);
    world.pass(end - 1 - world.clock.now().wallMs);
    QVERIFY(world.asked.empty());
    for (int turn = 0; turn < 10; ++turn) {
        world.pass(1);
        QCOMPARE(world.asked.size(), std::size_t(turn + 1));
        QCOMPARE(releaseAt(world.asked.back().target, end, services), end + turn * 6 * second);
        world.pass(6 * second - 1);
        QCOMPARE(world.asked.size(), std::size_t(turn + 1));
    }
    world.pass(5 * minute);
    QCOMPARE(world.asked.size(), 10U);
    QCOMPARE(world.pipeline.open().size(), 0);
}

/// The machine slept over the end: those that wake up together do not act together either.
void TestPipelineMaintenance::neitherDoesAWakeUp()
{
    const QStringList services = manyServices(10);
    World world(unguarded(withWindow(services, 60, 2 * hour)), utc(u"2026-10-24 23:30:00"_s));
    for (const QString &service : services)
        world.crash(service);
    world.clock.suspend(5 * hour);
    std::size_t most = 0;
    for (int i = 0; i < 60; ++i) {
        const std::size_t before = world.asked.size();
        world.pass(second);
        most = std::max(most, world.asked.size() - before);
    }
    QCOMPARE(world.asked.size(), 10U);
    QCOMPARE(most, 1U);
}

void TestPipelineMaintenance::afterTheEndNobodyWaits()
{
    const QStringList services = manyServices(10);
    World world(unguarded(withWindow(services, 60, 2 * hour)), utc(u"2026-10-25 01:00:00"_s));
    for (const QString &service : services)
        world.crash(service);
    QCOMPARE(world.asked.size(), 10U);
}

void TestPipelineMaintenance::aRestartOfTheEngineInside()
{
    World world(withWindow({u"web"_s}, 150, hour), utc(u"2026-03-29 01:10:00"_s));
    world.crash();
    world.restartEngine(minute, true);
    world.pass(48 * minute);
    QVERIFY(world.asked.empty());
    SAME(world.incident().haltReason, Reason::Maintenance);
    world.pass(2 * minute);
    QCOMPARE(world.asked.size(), 1U);
}

} // namespace prunella

QTEST_GUILESS_MAIN(prunella::TestPipelineMaintenance)
#include "tst_pipeline_maintenance.moc"
