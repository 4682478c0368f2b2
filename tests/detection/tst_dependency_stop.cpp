// Units that systemd stopped because what they need failed.
#include "core/detection/DependencyStop.h"

#include <QTest>

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

RawEvent state(const QString &active, qint64 ms)
{
    RawEvent event;
    event.component = u"web"_s;
    event.unit.unit = u"web.service"_s;
    event.unit.activeState = active;
    event.wallMs = 1'700'000'000'000 + ms;
    event.monotonicMs = 1000 + ms;
    return event;
}

Now at(qint64 ms) { return {1'700'000'000'000 + ms, 1000 + ms, 0, {}}; }

} // namespace

class TestDependencyStop : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void toldWhenTheNeedFailed();
    void aDeliberateStopIsNoError();
    void aRestartIsNoError();
    void neverSeenUpTellsNothing();
    void adoptedEndsWhenActive();
};

void TestDependencyStop::toldWhenTheNeedFailed()
{
    DependencyStop stops;
    QString failed;
    stops.setFailedNeed([&](const QString &component, qint64, qint64) { return component == u"web" ? failed : QString(); });
    QVERIFY(stops.feed(state(u"active"_s, 0)).empty());
    QVERIFY(stops.feed(state(u"deactivating"_s, 10)).empty());
    QVERIFY(stops.feed(state(u"inactive"_s, 20)).empty());
    QCOMPARE(*stops.nextTickMs(), 1520);
    failed = u"db"_s; // told after the stop that it led to
    const auto events = stops.tick(at(600));
    QCOMPARE(events.size(), 1u);
    QCOMPARE(toString(events[0].type), u"dependency_failure"_s);
    QCOMPARE(events[0].reason, u"web.service was stopped by systemd because db, which it needs, failed"_s);
    QVERIFY(stops.tick(at(2000)).empty()); // once
    const auto over = stops.feed(state(u"active"_s, 3000));
    QVERIFY(over.size() == 1 && over[0].cleared && over[0].condition == events[0].condition);
}

void TestDependencyStop::aDeliberateStopIsNoError()
{
    DependencyStop stops;
    stops.setFailedNeed([](const QString &, qint64, qint64) { return QString(); });
    QVERIFY(stops.feed(state(u"active"_s, 0)).empty());
    QVERIFY(stops.feed(state(u"inactive"_s, 10)).empty());
    QVERIFY(stops.tick(at(1000)).empty());
    QVERIFY(!stops.nextTickMs());
    QVERIFY(stops.feed(state(u"active"_s, 2000)).empty());
}

void TestDependencyStop::aRestartIsNoError()
{
    DependencyStop stops;
    stops.setFailedNeed([](const QString &, qint64, qint64) { return u"db"_s; });
    QVERIFY(stops.feed(state(u"active"_s, 0)).empty());
    QVERIFY(stops.feed(state(u"inactive"_s, 10)).empty());
    QVERIFY(stops.feed(state(u"activating"_s, 20)).empty());
    QVERIFY(stops.feed(state(u"active"_s, 100)).empty());
    QVERIFY(stops.tick(at(1000)).empty());
}

void TestDependencyStop::neverSeenUpTellsNothing()
{
    DependencyStop stops;
    stops.setFailedNeed([](const QString &, qint64, qint64) { return u"db"_s; });
    QVERIFY(stops.feed(state(u"inactive"_s, 0)).empty());
    QVERIFY(stops.tick(at(1000)).empty());
}

void TestDependencyStop::adoptedEndsWhenActive()
{
    DependencyStop stops;
    stops.adopt(u"web"_s);
    QVERIFY(stops.feed(state(u"inactive"_s, 0)).empty());
    QCOMPARE(stops.feed(state(u"active"_s, 10)).size(), 1u);
}

} // namespace prunella

QTEST_GUILESS_MAIN(prunella::TestDependencyStop)
#include "tst_dependency_stop.moc"
