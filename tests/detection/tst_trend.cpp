#include "core/detection/Flapping.h"
#include "core/detection/Trend.h"

#include <QTest>

#include <cmath>
#include <limits>
#include <random>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 minute = 60'000;

/// A half hour of values, one each 15 s: f(0..1) is the course, with reproducible noise of that size.
TrendWindow course(const std::function<double(double)> &f, double noise, int every = 15, unsigned seed = 42, qint64 start = 7'000'000)
{
    TrendWindow window(30 * minute);
    std::mt19937 random(seed);
    std::normal_distribution<double> shake(0, 1);
    const int count = 1800 / every;
    for (int i = 0; i <= count; ++i)
        window.add(start + i * every * 1000LL, f(double(i) / count) + noise * shake(random));
    return window;
}

} // namespace

class TestTrend : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void shapes_data();
    void shapes();
    void slopeIsPerHour();
    void outliersDoNotMoveTheSlope();
    void quantiles();
    void tooFewIsUnknown();
    void boundedAndForgetful();
    void flapping();
};

void TestTrend::shapes_data()
{
    QTest::addColumn<std::function<double(double)>>("f");
    QTest::addColumn<double>("noise");
    QTest::addColumn<TrendShape>("shape");
    using F = std::function<double(double)>;
    const auto row = [](const char *name, const F &f, double noise, TrendShape shape) { QTest::newRow(name) << f << noise << shape; };
    row("constant", [](double) { return 50.0; }, 0, TrendShape::Flat);
    row("zero", [](double) { return 0.0; }, 0, TrendShape::Flat);
    row("noise", [](double) { return 50.0; }, 2, TrendShape::Flat);
    row("leak", [](double t) { return 60 + 25 * t; }, 0.3, TrendShape::Leak);
    row("slow leak", [](double t) { return 80 + 4 * t; }, 0.1, TrendShape::Leak);
    row("noisy leak", [](double t) { return 50 + 40 * t; }, 2, TrendShape::Leak);
    row("accelerating", [](double t) { return 30 + 60 * t * t; }, 0.3, TrendShape::Leak);
    row("saw-tooth that climbs", [](double t) { return 40 + 40 * t + 3 * std::fmod(t * 20, 1.0); }, 0.2, TrendShape::Leak);
    row("spike at the end", [](double t) { return t > 0.93 ? 95.0 : 40.0; }, 0.5, TrendShape::Spike);
    row("ramp in the last minutes", [](double t) { return t > 0.9 ? 40 + (t - 0.9) * 550 : 40.0; }, 0.3, TrendShape::Spike);
    row("step in the middle", [](double t) { return t > 0.5 ? 90.0 : 40.0; }, 0.5, TrendShape::Step);
    row("rose and settled", [](double t) { return t < 0.5 ? 40 + 100 * t : 90.0; }, 0.5, TrendShape::Step);
    row("spike that is over", [](double t) { return t > 0.5 && t < 0.6 ? 95.0 : 40.0; }, 0.5, TrendShape::Falling);
    row("falling", [](double t) { return 90 - 40 * t; }, 0.5, TrendShape::Falling);
    row("a wave", [](double t) { return 50 + 3 * std::sin(t * 40); }, 0.2, TrendShape::Flat);
}

void TestTrend::shapes()
{
    using F = std::function<double(double)>;
    QFETCH(F, f);
    QFETCH(double, noise);
    QFETCH(TrendShape, shape);
    for (const int every : {1, 15, 30}) { // the rate at which it is sampled changes nothing
        for (unsigned seed = 1; seed <= 20; ++seed) {
            const Trend trend = course(f, noise, every, seed).trend();
            QVERIFY2(trend.shape == shape, qPrintable(QStringLiteral("every %1 s: %2, slope %3/h, tau %4, step %5")
                .arg(every).arg(toString(trend.shape)).arg(trend.slopePerHour).arg(trend.consistency).arg(trend.step)));
        }
    }
}

void TestTrend::slopeIsPerHour()
{
    const SeriesFacts facts = course([](double t) { return 60 + 10 * t; }, 0).facts(u"%"_s, 99);
    QVERIFY(std::abs(facts.slopePerHour - 20) < 0.2);
    QVERIFY(facts.consistency > 0.99);
    QCOMPARE(facts.last, 70.0);
    QVERIFY(std::abs(facts.median - 65) < 0.3);
    QCOMPARE(facts.unit, u"%"_s);
    QCOMPARE(facts.wallMs, 99);
    QVERIFY(facts.spanMs >= 29 * minute && facts.spanMs <= 30 * minute);
}

void TestTrend::outliersDoNotMoveTheSlope()
{
    const Trend trend = course([](double t) { return std::fmod(t * 100, 10) < 1 ? 400.0 : 60 + 10 * t; }, 0.1).trend();
    QVERIFY2(std::abs(trend.slopePerHour - 20) < 2, qPrintable(QString::number(trend.slopePerHour)));
}

/// Nearest rank, by hand: of 1 to 100, one a slice of 15 s, the 50th, 95th and 99th.
void TestTrend::quantiles()
{
    TrendWindow window(30 * minute);
    for (int i = 1; i <= 100; ++i)
        window.add(i * 15'000, (i * 37) % 101); // 1 to 100 in some order
    SeriesFacts facts = window.facts({}, 0);
    QCOMPARE(*facts.p50, 50.0);
    QCOMPARE(*facts.p95, 95.0);
    QCOMPARE(*facts.p99, 99.0);
    TrendWindow few(30 * minute);
    for (int i = 0; i < 7; ++i)
        few.add(i * 15'000, i);
    QVERIFY(!few.facts({}, 0).p50);
}

void TestTrend::tooFewIsUnknown()
{
    TrendWindow window(30 * minute);
    QCOMPARE(toString(window.trend().shape), toString(TrendShape::Unknown));
    for (int i = 0; i < 7; ++i)
        window.add(i * minute, 10.0 * i);
    QCOMPARE(toString(window.trend().shape), toString(TrendShape::Unknown));
    QCOMPARE(window.trend().last, 60.0);
    window.add(7 * minute, 70);
    window.add(8 * minute, std::numeric_limits<double>::quiet_NaN());
    QCOMPARE(toString(window.trend().shape), toString(TrendShape::Leak));
    TrendWindow brief(30 * minute); // many values, but of one minute only
    for (int i = 0; i < 600; ++i)
        brief.add(i * 100, i);
    QCOMPARE(toString(brief.trend().shape), toString(TrendShape::Unknown));
}

void TestTrend::boundedAndForgetful()
{
    TrendWindow window(30 * minute);
    for (int i = 0; i < 100'000; ++i) // days at one a second: old values leave, the last half hour is flat
        window.add(i * 1000LL, i < 90'000 ? i : 90'000);
    const Trend trend = window.trend();
    QVERIFY(trend.points <= 121);
    QVERIFY(trend.spanMs <= 30 * minute);
    QCOMPARE(toString(trend.shape), toString(TrendShape::Flat));
    window.add(5, 1); // another boot
    QCOMPARE(window.trend().points, 1);
}

void TestTrend::flapping()
{
    Flapping steady;
    for (int i = 0; i < 40; ++i)
        steady.add(false);
    QVERIFY(!steady.isFlapping());
    QCOMPARE(steady.percent(), 0.0);

    Flapping flapping; // newest weighs 1.18, oldest 0.80; six changes in a row: 100 * (1.18+1.16+...+1.08) / 20 = 33.9
    int changes = 0;
    while (!flapping.isFlapping()) {
        flapping.add(true);
        ++changes;
    }
    QCOMPARE(changes, 6);
    QVERIFY(std::abs(flapping.percent() - 33.9) < 0.01);
    int quiet = 0; // ends under 25 %, not already under 30 %
    bool under30 = false;
    while (flapping.isFlapping()) {
        flapping.add(false);
        under30 |= flapping.isFlapping() && flapping.percent() < 30;
        ++quiet;
    }
    QVERIFY(under30);
    QCOMPARE(quiet, 15); // six changes keep 100 * 6 * w / 20 >= 25 until they begin to leave the 20 reports
    Flapping all;
    for (int i = 0; i < 20; ++i)
        all.add(true);
    QVERIFY(std::abs(all.percent() - 99) < 0.01);
}

QTEST_GUILESS_MAIN(TestTrend)
#include "tst_trend.moc"
