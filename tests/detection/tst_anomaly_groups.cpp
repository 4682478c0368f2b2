// Which anomalies are one event, which of them open an incident, and when they are over.
#include "core/detection/AnomalyGroups.h"

#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 second = 1000, minute = 60 * second;
constexpr qint64 wallAtZero = 1'700'000'000'000;

Now at(qint64 ms)
{
    Now now;
    now.wallMs = wallAtZero + ms;
    now.monotonicMs = ms;
    return now;
}

SeriesKey keyOf(const QString &metric, const QString &component)
{
    return {metric, {{u"service"_s, component}}};
}

Anomaly odd(const QString &metric, qint64 ms, const QString &component = u"web"_s, bool repeat = false)
{
    Anomaly anomaly;
    anomaly.key = keyOf(metric, component);
    anomaly.component = component;
    anomaly.reason = metric + u" is odd"_s;
    anomaly.repeat = repeat;
    anomaly.wallMs = at(ms).wallMs;
    anomaly.monotonicMs = ms;
    return anomaly;
}

Anomaly again(const QString &metric, qint64 ms, const QString &component = u"web"_s)
{
    return odd(metric, ms, component, true);
}

} // namespace

class TestAnomalyGroups : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void oneAloneJoinsAndOpensNothing();
    void togetherWithinAMinute();
    void aMinuteLaterIsAnotherGroup();
    void othersStayApart();
    void theHostJoins();
    void theHostLeads();
    void threeOpen();
    void fiveMinutesOpen();
    void openedIsToldOnce();
    void repeatOfAGroupThatIsOver();
    void quietClears();
    void aRepeatKeepsItAlive();
    void severity();
    void theSentenceIsBounded();
    void clearEndsAll();
    void adoptedIsOpenAndEnds();
    void adoptIgnoresOtherKinds();
};

void TestAnomalyGroups::oneAloneJoinsAndOpensNothing()
{
    AnomalyGroups groups;
    const auto events = groups.add(odd(u"cpu"_s, 0));
    QCOMPARE(events.size(), 1u);
    QVERIFY(!events[0].opens && !events[0].cleared);
    QVERIFY(events[0].condition.kind == ConditionKind::Anomaly);
    QCOMPARE(events[0].condition.component, u"web"_s);
    QVERIFY(events[0].condition.series == keyOf(u"cpu"_s, u"web"_s));
    QCOMPARE(events[0].reason, u"cpu is odd"_s);
    QCOMPARE(events[0].startedWallMs, wallAtZero);
    QVERIFY(groups.holds(events[0].condition));
}

void TestAnomalyGroups::togetherWithinAMinute()
{
    AnomalyGroups groups;
    const auto first = groups.add(odd(u"cpu"_s, 0)), second = groups.add(odd(u"memory"_s, minute));
    QCOMPARE(second.size(), 1u);
    QVERIFY(second[0].condition == first[0].condition); // the first one leads
    QCOMPARE(second[0].reason, u"cpu is odd; memory is odd"_s);
    QCOMPARE(second[0].startedWallMs, wallAtZero);
    QCOMPARE(second[0].wallMs, wallAtZero + minute);
}

void TestAnomalyGroups::aMinuteLaterIsAnotherGroup()
{
    AnomalyGroups groups;
    const auto first = groups.add(odd(u"cpu"_s, 0)), second = groups.add(odd(u"memory"_s, minute + 1));
    QVERIFY(second[0].condition != first[0].condition);
    QCOMPARE(second[0].reason, u"memory is odd"_s);
}

void TestAnomalyGroups::othersStayApart()
{
    AnomalyGroups groups;
    for (const QString &component : {u"web"_s, u"db"_s, u"mail"_s}) {
        const auto events = groups.add(odd(u"cpu"_s, 0, component));
        QCOMPARE(events[0].condition.component, component);
        QVERIFY(!events[0].opens);
    }
}

void TestAnomalyGroups::theHostJoins()
{
    AnomalyGroups groups;
    static_cast<void>(groups.add(odd(u"cpu"_s, 0)));
    const auto events = groups.add(odd(u"load"_s, 10 * second, u"host"_s));
    QCOMPARE(events[0].condition.component, u"web"_s);
    QCOMPARE(events[0].reason, u"cpu is odd; load is odd"_s);
}

void TestAnomalyGroups::theHostLeads()
{
    AnomalyGroups groups;
    static_cast<void>(groups.add(odd(u"load"_s, 0, u"host"_s)));
    static_cast<void>(groups.add(odd(u"cpu"_s, second, u"web"_s)));
    const auto events = groups.add(odd(u"cpu"_s, 2 * second, u"db"_s)); // both are on this host
    QCOMPARE(events[0].condition.component, u"host"_s);
    QVERIFY(events[0].opens);
}

void TestAnomalyGroups::threeOpen()
{
    AnomalyGroups groups;
    QVERIFY(!groups.add(odd(u"cpu"_s, 0))[0].opens);
    QVERIFY(!groups.add(odd(u"memory"_s, second))[0].opens);
    QVERIFY(groups.add(odd(u"latency"_s, 2 * second))[0].opens);
}

void TestAnomalyGroups::fiveMinutesOpen()
{
    AnomalyGroups groups;
    static_cast<void>(groups.add(odd(u"cpu"_s, 0)));
    for (qint64 ms = minute; ms < AnomalyGroups::lastingMs; ms += minute)
        QVERIFY(groups.add(again(u"cpu"_s, ms)).empty());
    const auto events = groups.add(again(u"cpu"_s, AnomalyGroups::lastingMs));
    QCOMPARE(events.size(), 1u);
    QVERIFY(events[0].opens);
    QVERIFY(events[0].severity == Severity::Low);
}

void TestAnomalyGroups::openedIsToldOnce()
{
    AnomalyGroups groups;
    for (const QString &metric : {u"a"_s, u"b"_s, u"c"_s})
        QCOMPARE(groups.add(odd(metric, 0)).size(), 1u);
    QVERIFY(groups.add(odd(u"a"_s, minute)).empty());
    QVERIFY(groups.add(again(u"b"_s, 6 * minute)).empty());
    const auto more = groups.add(odd(u"d"_s, minute)); // a further series is news
    QCOMPARE(more.size(), 1u);
    QVERIFY(more[0].opens);
}

void TestAnomalyGroups::repeatOfAGroupThatIsOver()
{
    AnomalyGroups groups;
    static_cast<void>(groups.add(odd(u"cpu"_s, 0)));
    QCOMPARE(groups.tick(at(AnomalyGroups::quietMs)).size(), 1u);
    QVERIFY(groups.add(again(u"cpu"_s, 16 * minute)).empty());
    QVERIFY(groups.tick(at(60 * minute)).empty()); // and it began no group
    QCOMPARE(groups.add(odd(u"cpu"_s, 61 * minute)).size(), 1u);
}

void TestAnomalyGroups::quietClears()
{
    AnomalyGroups groups;
    const auto open = groups.add(odd(u"cpu"_s, 0));
    QVERIFY(groups.tick(at(AnomalyGroups::quietMs - 1)).empty());
    QVERIFY(groups.holds(open[0].condition));
    const auto over = groups.tick(at(AnomalyGroups::quietMs));
    QCOMPARE(over.size(), 1u);
    QVERIFY(over[0].cleared);
    QVERIFY(over[0].condition == open[0].condition);
    QCOMPARE(over[0].reason, u"cpu{service=web} has been as usual for 15 min"_s);
    QVERIFY(!groups.holds(open[0].condition));
    QVERIFY(groups.tick(at(AnomalyGroups::quietMs + minute)).empty());
}

void TestAnomalyGroups::aRepeatKeepsItAlive()
{
    AnomalyGroups groups;
    static_cast<void>(groups.add(odd(u"cpu"_s, 0)));
    static_cast<void>(groups.add(again(u"cpu"_s, 10 * minute)));
    QVERIFY(groups.tick(at(AnomalyGroups::quietMs)).empty());
    QCOMPARE(groups.tick(at(10 * minute + AnomalyGroups::quietMs)).size(), 1u);
}

void TestAnomalyGroups::severity()
{
    AnomalyGroups groups;
    QVERIFY(groups.add(odd(u"a"_s, 0))[0].severity == Severity::Low);
    QVERIFY(groups.add(odd(u"b"_s, 0))[0].severity == Severity::Low);
    QVERIFY(groups.add(odd(u"c"_s, 0))[0].severity == Severity::Medium);
}

void TestAnomalyGroups::theSentenceIsBounded()
{
    AnomalyGroups groups;
    QString reason;
    for (int i = 0; i < 200; ++i)
        reason = groups.add(odd(u"m%1"_s.arg(i), 0))[0].reason;
    QCOMPARE(reason, u"m0 is odd; m1 is odd; m2 is odd; m3 is odd; and 196 more"_s);
}

void TestAnomalyGroups::clearEndsAll()
{
    AnomalyGroups groups;
    const auto web = groups.add(odd(u"cpu"_s, 0)), db = groups.add(odd(u"cpu"_s, 0, u"db"_s));
    const auto over = groups.clear(at(second));
    QCOMPARE(over.size(), 2u);
    for (const ErrorEvent &event : over) {
        QVERIFY(event.cleared);
        QCOMPARE(event.reason, u"anomaly detection was switched off"_s);
    }
    QVERIFY(!groups.holds(web[0].condition) && !groups.holds(db[0].condition));
    QVERIFY(groups.clear(at(2 * second)).empty());
}

void TestAnomalyGroups::adoptedIsOpenAndEnds()
{
    AnomalyGroups groups;
    const Condition open{ConditionKind::Anomaly, u"web"_s, keyOf(u"cpu"_s, u"web"_s), -1};
    groups.adopt(open, at(0));
    QVERIFY(groups.holds(open));
    QVERIFY(groups.add(odd(u"cpu"_s, minute)).empty()); // it is known
    QVERIFY(groups.tick(at(AnomalyGroups::quietMs)).empty());
    const auto over = groups.tick(at(minute + AnomalyGroups::quietMs));
    QCOMPARE(over.size(), 1u);
    QVERIFY(over[0].cleared && over[0].condition == open);
}

void TestAnomalyGroups::adoptIgnoresOtherKinds()
{
    AnomalyGroups groups;
    groups.adopt({ConditionKind::Threshold, u"web"_s, keyOf(u"cpu"_s, u"web"_s), -1}, at(0));
    QVERIFY(groups.tick(at(AnomalyGroups::quietMs)).empty());
}

QTEST_APPLESS_MAIN(TestAnomalyGroups)
#include "tst_anomaly_groups.moc"
