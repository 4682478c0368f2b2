#include "core/detection/Classification.h"
#include "core/detection/ThresholdDetector.h"

#include <QElapsedTimer>
#include <QTest>

#include <cmath>
#include <limits>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 wall0 = 1'700'000'000'000;

ThresholdConfig limit(const QString &metric, std::optional<double> warning, std::optional<double> critical = {},
                      qint64 forMs = 0, std::optional<double> clear = {}, Direction direction = Direction::Above, Labels labels = {})
{
    return {metric, labels, warning, critical, clear, forMs, direction};
}

/// One series, fed in seconds; the story of what came out.
struct Feeder {
    ThresholdDetector detector;
    SeriesKey key{u"memory_usage"_s, {}};
    QString unit = u"%"_s, component = u"host"_s;

    explicit Feeder(const ThresholdConfig &config, const SeriesKey &series = {u"memory_usage"_s, {}}, const QString &itsUnit = u"%"_s)
        : detector({config}), key(series), unit(itsUnit) {}
    std::vector<ErrorEvent> at(double second, double value, double wallShift = 0)
    {
        return detector.feed({key, value, unit, component, wall0 + qint64((second + wallShift) * 1000), qint64(second * 1000) + 5'000'000});
    }
    QString story(const QList<std::pair<double, double>> &samples)
    {
        QStringList lines;
        for (const auto &[second, value] : samples) {
            for (const ErrorEvent &e : at(second, value))
                lines << QStringLiteral("%1 %2").arg(second).arg(e.cleared ? u"clear"_s : toString(e.severity));
        }
        return lines.join(u", "_s);
    }
};

} // namespace

class TestThreshold : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void courses_data();
    void courses();
    void reasonHasTheValues();
    void forgottenSeriesEndTheirCondition();
    void criticalFollowsWarning();
    void nanIsNoMeasurement();
    void gapRestartsFor();
    void suspendRestartsFor();
    void changedRateIsNoGap();
    void moreLabelsWin();
    void reload();
    void adopted();
    void statusAndLimits();
    void classification_data();
    void classification();
    void fastPathIsFast();
};

void TestThreshold::courses_data()
{
    QTest::addColumn<ThresholdConfig>("config");
    QTest::addColumn<QList<std::pair<double, double>>>("samples");
    QTest::addColumn<QString>("expected");
    using S = QList<std::pair<double, double>>;
    const auto both = limit(u"memory_usage"_s, 80, 95);
    QTest::newRow("at the limit is not over it") << both << S{{0, 80}, {10, 80}} << QString();
    QTest::newRow("over") << both << S{{0, 81}} << u"0 medium"_s;
    QTest::newRow("told once") << both << S{{0, 81}, {10, 85}, {20, 90}} << u"0 medium"_s;
    QTest::newRow("at once critical") << both << S{{0, 99}} << u"0 critical"_s;
    QTest::newRow("grows critical") << both << S{{0, 85}, {10, 96}} << u"0 medium, 10 critical"_s;
    QTest::newRow("easing is no event, its end is") << both << S{{0, 96}, {10, 85}, {20, 70}} << u"0 critical, 20 clear"_s;
    QTest::newRow("default clear is 5 % under: 76") << both << S{{0, 81}, {10, 77}, {20, 81}, {30, 76}} << u"0 medium, 30 clear"_s;
    QTest::newRow("own clear") << limit(u"memory_usage"_s, 80, {}, 0, 60) << S{{0, 81}, {10, 61}, {20, 60}} << u"0 medium, 20 clear"_s;
    QTest::newRow("critical only") << limit(u"memory_usage"_s, {}, 90) << S{{0, 85}, {10, 91}, {20, 86}, {30, 85}} << u"10 critical, 30 clear"_s;
    const auto held = limit(u"memory_usage"_s, 80, 95, 60'000);
    QTest::newRow("for") << held << S{{0, 90}, {30, 90}, {59, 90}, {60, 90}} << u"60 medium"_s;
    QTest::newRow("for is not held") << held << S{{0, 90}, {30, 79}, {40, 90}, {70, 90}, {99, 90}} << QString();
    QTest::newRow("for restarts after the dip") << held << S{{0, 90}, {30, 79}, {40, 90}, {70, 90}, {100, 90}} << u"100 medium"_s;
    QTest::newRow("for of critical counts by itself") << held << S{{0, 90}, {30, 96}, {60, 96}, {90, 96}} << u"60 medium, 90 critical"_s;
    const auto below = limit(u"memory_usage"_s, 20, 10, 0, {}, Direction::Below);
    QTest::newRow("below") << below << S{{0, 20}, {10, 19}, {20, 9}, {30, 20.9}, {40, 21}} << u"10 medium, 20 critical, 40 clear"_s;
    QTest::newRow("below 98 % clears at 100 %") << limit(u"memory_usage"_s, 98, {}, 0, {}, Direction::Below) << S{{0, 90}, {10, 100}} << u"0 medium, 10 clear"_s;
    QTest::newRow("over zero clears at zero") << limit(u"memory_usage"_s, 0) << S{{0, 1}, {10, 0}} << u"0 medium, 10 clear"_s;
}

void TestThreshold::courses()
{
    QFETCH(ThresholdConfig, config);
    using Samples = QList<std::pair<double, double>>;
    QFETCH(Samples, samples);
    QFETCH(QString, expected);
    QCOMPARE(Feeder(config).story(samples), expected);
}

/// A disk that is gone: nobody will ever measure it back under its limit.
void TestThreshold::forgottenSeriesEndTheirCondition()
{
    Feeder feeder(limit(u"memory_usage"_s, 80));
    QCOMPARE(feeder.at(0, 90).size(), 1U);
    const auto id = feeder.detector.resolve(feeder.key, feeder.component, feeder.unit);
    const auto over = feeder.detector.forget(id, wall0, 5'000'000);
    QCOMPARE(over.size(), 1U);
    QVERIFY(over[0].cleared);
    QVERIFY2(over[0].reason.contains(u"not measured any more"_s), qPrintable(over[0].reason));
    QVERIFY(feeder.detector.forget(id, wall0, 5'000'000).empty());
    QCOMPARE(feeder.at(60, 90).size(), 1U); // back, and over its limit: a new one
}

void TestThreshold::reasonHasTheValues()
{
    Feeder feeder(limit(u"memory_usage"_s, 85, {}, 60'000));
    QVERIFY(feeder.at(0, 90).empty());
    QVERIFY(feeder.at(30, 91).empty());
    const auto events = feeder.at(60, 91.3);
    QCOMPARE(events.size(), 1U);
    QCOMPARE(events[0].reason, u"memory_usage 91.3 % over warning 85 % for 60 s"_s);
    QCOMPARE(toString(events[0].type), toString(ErrorType::MemoryLeak));
    QVERIFY(events[0].condition == (Condition{ConditionKind::Threshold, u"host"_s, feeder.key, -1}));
    QCOMPARE(events[0].startedWallMs, wall0); // when it began, not when `for` was over
    QCOMPARE(events[0].wallMs, wall0 + 60'000);
    const auto cleared = feeder.at(90, 70);
    QCOMPARE(cleared[0].reason, u"memory_usage 70 % is back under 85 %"_s);

    Feeder disk(limit(u"disk_usage"_s, {}, 95, 0, {}, Direction::Above, {{u"path"_s, u"/"_s}}), {u"disk_usage"_s, {{u"path"_s, u"/"_s}}});
    QCOMPARE(disk.at(0, 96)[0].reason, u"disk_usage{path=/} 96 % over critical 95 %"_s);
    Feeder peer(limit(u"network_reachable"_s, 1, {}, 0, {}, Direction::Below), {u"network_reachable"_s, {{u"peer"_s, u"gw"_s}}}, QString());
    QVERIFY(peer.at(0, 1).empty());
    QCOMPARE(peer.at(10, 0)[0].reason, u"network_reachable{peer=gw} 0 under warning 1"_s);
    QVERIFY(peer.at(20, 1)[0].cleared); // zeros and ones clear at the limit itself
}

void TestThreshold::criticalFollowsWarning()
{
    Feeder feeder(limit(u"cpu_usage"_s, 80, 95), {u"cpu_usage"_s, {}});
    const auto warning = feeder.at(0, 85), critical = feeder.at(10, 96);
    QCOMPARE(toString(warning[0].severity), toString(Severity::Medium));
    QCOMPARE(toString(critical[0].severity), toString(Severity::High)); // a busy processor does not take the host down
    QVERIFY(critical[0].condition == warning[0].condition);
    QVERIFY(!critical[0].cleared);
    QVERIFY(feeder.detector.holds(critical[0].condition));
    QCOMPARE(feeder.detector.overForMs(feeder.key, 5'000'000 + 30'000), 30'000);
}

void TestThreshold::nanIsNoMeasurement()
{
    Feeder feeder(limit(u"memory_usage"_s, 80, {}, 20'000));
    const double nan = std::numeric_limits<double>::quiet_NaN();
    QCOMPARE(feeder.story({{0, 90}, {10, nan}, {20, 90}}), u"20 medium"_s); // neither interrupts `for` ...
    QCOMPARE(feeder.story({{30, nan}, {40, std::numeric_limits<double>::infinity()}}), QString()); // ... nor ends it
    QCOMPARE(toString(feeder.detector.statusOf(feeder.key)), toString(Health::Warning));
}

void TestThreshold::gapRestartsFor()
{
    const auto config = limit(u"memory_usage"_s, 80, {}, 60'000);
    QCOMPARE(Feeder(config).story({{0, 70}, {10, 90}, {20, 90}, {50, 90}, {70, 90}}), u"70 medium"_s);            // 3 intervals: no gap
    QCOMPARE(Feeder(config).story({{0, 70}, {10, 90}, {20, 90}, {51, 90}, {71, 90}, {110, 90}}), QString());
    QCOMPARE(Feeder(config).story({{0, 70}, {10, 90}, {20, 90}, {51, 90}, {61, 90}, {71, 90}, {91, 90}, {111, 90}}), u"111 medium"_s);
}

void TestThreshold::suspendRestartsFor()
{
    Feeder feeder(limit(u"memory_usage"_s, 80, {}, 30'000));
    QVERIFY(feeder.at(0, 90).empty());
    QVERIFY(feeder.at(10, 90).empty());
    QVERIFY(feeder.at(20, 90, 3600).empty()); // an hour asleep: monotonic time went on by ten seconds only
    QVERIFY(feeder.at(30, 90, 3600).empty()); // without the restart of `for` this would be the event
    QVERIFY(feeder.at(40, 90, 3600).empty());
    const auto events = feeder.at(50, 90, 3600);
    QCOMPARE(events.size(), 1U);
    QCOMPARE(events[0].startedWallMs, wall0 + 3'620'000);
}

void TestThreshold::changedRateIsNoGap()
{
    Feeder feeder(limit(u"memory_usage"_s, 80, {}, 60'000)); // each second while the charts are visible, then every 30 s
    QCOMPARE(feeder.story({{0, 70}, {1, 70}, {2, 70}, {32, 70}, {62, 70}, {92, 90}, {122, 90}, {152, 90}}), u"152 medium"_s);
}

void TestThreshold::moreLabelsWin()
{
    const Labels root{{u"path"_s, u"/"_s}}, var{{u"path"_s, u"/var"_s}};
    ThresholdDetector detector({limit(u"disk_usage"_s, 80), limit(u"disk_usage"_s, 90, {}, 0, {}, Direction::Above, root),
                                limit(u"disk_usage"_s, 85)});
    QCOMPARE(detector.limitsOf({u"disk_usage"_s, root})->warning, 90.0);
    QCOMPARE(detector.limitsOf({u"disk_usage"_s, var})->warning, 85.0); // of two alike the later
    QVERIFY(!detector.limitsOf({u"cpu_usage"_s, {}}));
    QCOMPARE(detector.feed({{u"disk_usage"_s, root}, 88, u"%"_s, u"host"_s, wall0, 1}).size(), 0U);
    QCOMPARE(detector.feed({{u"disk_usage"_s, var}, 88, u"%"_s, u"host"_s, wall0, 1}).size(), 1U);
}

void TestThreshold::reload()
{
    const auto memory = limit(u"memory_usage"_s, 80, {}, 60'000), cpu = limit(u"cpu_usage"_s, 80);
    Feeder feeder(memory);
    feeder.detector = ThresholdDetector({memory, cpu, limit(u"load_1"_s, 4)});
    (void)feeder.at(0, 90);
    const Sample busy{{u"cpu_usage"_s, {}}, 85, u"%"_s, u"host"_s, wall0, 5'000'000};
    const Sample load{{u"load_1"_s, {}}, 5, QString(), u"host"_s, wall0, 5'000'000};
    QCOMPARE(feeder.detector.feed(busy).size() + feeder.detector.feed(load).size(), 2U);
    const auto cleared = feeder.detector.setThresholds({limit(u"cpu_usage"_s, 90), memory}, wall0 + 30'000, 5'030'000);
    QCOMPARE(cleared.size(), 1U); // load_1 has no limit any more
    QVERIFY(cleared[0].cleared);
    QCOMPARE(cleared[0].condition.series.metric, u"load_1"_s);
    Sample again = busy;
    again.value = 89; // over what would clear it by hysteresis, but the new limit was never exceeded
    QCOMPARE(feeder.detector.feed(again).size(), 1U);
    QVERIFY(feeder.at(30, 90).empty());
    QCOMPARE(feeder.at(60, 90).size(), 1U); // the unchanged one kept its `for`
}

void TestThreshold::adopted()
{
    Feeder feeder(limit(u"memory_usage"_s, 80, 95));
    const Condition open{ConditionKind::Threshold, u"host"_s, feeder.key, -1};
    feeder.detector.adopt(open, Severity::Medium);
    QVERIFY(!feeder.detector.holds(open)); // nothing measured yet
    QVERIFY(feeder.at(0, 90).empty());     // its incident is open already
    QVERIFY(feeder.detector.holds(open));
    QCOMPARE(feeder.story({{10, 50}}), u"10 clear"_s);
}

void TestThreshold::statusAndLimits()
{
    Feeder feeder(limit(u"memory_usage"_s, 80, 95));
    QCOMPARE(toString(feeder.detector.statusOf(feeder.key)), toString(Health::Unknown));
    QStringList seen;
    for (const double value : {50.0, 85.0, 96.0, 92.0, 90.0, 50.0}) {
        (void)feeder.at(double(seen.size()) * 10, value);
        seen << toString(feeder.detector.statusOf(feeder.key));
    }
    QCOMPARE(seen.join(u' '), u"healthy warning critical critical warning healthy"_s);
    (void)feeder.detector.feed({{u"free"_s, {}}, 1, QString(), u"host"_s, wall0, 1});
    QCOMPARE(toString(feeder.detector.statusOf({u"free"_s, {}})), toString(Health::Unknown)); // nobody said what is good
}

void TestThreshold::classification_data()
{
    QTest::addColumn<QString>("metric");
    QTest::addColumn<ErrorType>("type");
    const auto row = [](const char *metric, ErrorType type) { QTest::newRow(metric) << QString::fromLatin1(metric) << type; };
    for (const char *metric : {"cpu_usage", "cpu_iowait", "load_1", "load_per_core", "unit_cpu", "process_cpu", "pressure_cpu_some"})
        row(metric, ErrorType::CpuSpike);
    for (const char *metric : {"memory_usage", "swap_usage", "unit_memory", "process_rss", "pressure_memory_full"})
        row(metric, ErrorType::MemoryLeak);
    for (const char *metric : {"disk_usage", "disk_inodes", "disk_inodes_usage"})
        row(metric, ErrorType::DiskFull);
    for (const char *metric : {"response_time", "network_connect_time", "network_reachable"})
        row(metric, ErrorType::NetworkTimeout);
    row("error_percent", ErrorType::ApiFailure);
    row("queue_depth", ErrorType::Unknown);
}

void TestThreshold::classification()
{
    QFETCH(QString, metric);
    QFETCH(ErrorType, type);
    QCOMPARE(toString(classifyMetric(metric)), toString(type));
}

void TestThreshold::fastPathIsFast()
{
    ThresholdDetector detector({limit(u"cpu_usage"_s, 80, 95)});
    const auto id = detector.resolve({u"cpu_usage"_s, {}}, u"host"_s, u"%"_s);
    constexpr int count = 1'000'000;
    QElapsedTimer timer;
    timer.start();
    std::size_t events = 0;
    for (int i = 0; i < count; ++i)
        events += detector.feed(id, 40 + i % 30, wall0 + i, i).size();
    const double perSecond = count / (double(timer.nsecsElapsed()) / 1e9);
    QCOMPARE(events, 0U);
    qInfo("%.1f million samples a second", perSecond / 1e6);
    QVERIFY2(perSecond > 1e6, "even an unoptimised build under a sanitizer does a million a second");
}

QTEST_GUILESS_MAIN(TestThreshold)
#include "tst_threshold.moc"
