// What the scores mean: one in a hundred is one in a hundred on noise of any shape and at any interval; odd input and bytes.
#include "core/detection/AnomalyDetector.h"

#include <QTest>

#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>
#include <random>

using namespace prunella;

namespace {

using Random = std::mt19937_64;
using Noise = std::function<double(Random &, long)>;

double day(long i, double stepSec)
{
    const double h = std::fmod(double(i) * stepSec / 3600.0, 24.0);
    return 50 + 30 * std::sin(2 * std::numbers::pi * (h - 9) / 24) + (h >= 9 && h < 17 ? 15 : 0);
}

Noise gaussian()
{
    return [z = std::normal_distribution<double>()](Random &random, long) mutable { return z(random); };
}

Noise laplace()
{
    return [e = std::exponential_distribution<double>()](Random &random, long) mutable { return (random() & 1 ? 1 : -1) * e(random); };
}

Noise lognormal()
{
    return [z = std::normal_distribution<double>()](Random &random, long) mutable { return std::exp(z(random)); };
}

Noise autoregressive()
{
    return [z = std::normal_distribution<double>(), x = 0.0](Random &random, long) mutable { return x = 0.9 * x + z(random); };
}

Noise uniform()
{
    return [](Random &random, long) { return double(random() >> 11) * 0x1p-53; };
}

Noise daily(double stepSec)
{
    return [z = std::normal_distribution<double>(), stepSec](Random &random, long i) mutable { return day(i, stepSec) + 2 * z(random); };
}

} // namespace

class TestAnomalyDetector : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void calibration_data();
    void calibration();
    void intervals_data();
    void intervals();
    void oddValuesAndClocks();
    void oneTimestampForAll();
    void randomBytesAreRefused();
    void brokenFieldsAreRefused();
    void emptyIsValid();
    void ignoredValuesChangeNothing();
    void sameInputSameScores();
};

void TestAnomalyDetector::calibration_data()
{
    QTest::addColumn<Noise>("noise");
    QTest::addColumn<long>("samples");
    for (const long samples : {10'000L, 60'000L, 400'000L}) {
        const auto row = [samples](const char *name, const Noise &noise) { QTest::addRow("%s %ld", name, samples) << noise << samples; };
        row("gaussian", gaussian());
        row("laplace", laplace());
        row("lognormal", lognormal());
        row("ar1", autoregressive());
        row("uniform", uniform());
        row("season", daily(300));
    }
}

void TestAnomalyDetector::calibration()
{
    QFETCH(Noise, noise);
    QFETCH(long, samples);
    constexpr long warm = 2000;
    Random random(7);
    AnomalyState state{};
    int hundredth = 0, thousandth = 0;
    for (long i = 0; i < samples; ++i) {
        const double score = update(state, i * 300'000, noise(random, i)).score;
        if (i < warm)
            continue;
        hundredth += score > 0.99;
        thousandth += score > 0.999;
    }
    const double counted = double(samples - warm);
    const QByteArray seen = QByteArray::number(hundredth / counted) + " over 0.99, " + QByteArray::number(thousandth / counted) + " over 0.999";
    QVERIFY2(hundredth / counted > 1e-2 / 3 && hundredth / counted < 3e-2, seen.constData());
    if (samples >= 20'000) // fewer are too few to see one in a thousand
        QVERIFY2(thousandth / counted > 1e-3 / 3 && thousandth / counted < 3e-3, seen.constData());
}

void TestAnomalyDetector::intervals_data()
{
    QTest::addColumn<double>("stepSec");
    QTest::addColumn<double>("days");
    QTest::newRow("1 s") << 1.0 << 14.0;
    QTest::newRow("10 s") << 10.0 << 14.0;
    QTest::newRow("60 s") << 60.0 << 14.0;
    QTest::newRow("5 min") << 300.0 << 14.0;
    QTest::newRow("15 min") << 900.0 << 21.0;
    QTest::newRow("1 h") << 3600.0 << 84.0;
}

void TestAnomalyDetector::intervals()
{
    QFETCH(double, stepSec);
    QFETCH(double, days);
    Random random(11);
    AnomalyState state{};
    const Noise noise = daily(stepSec);
    const long samples = long(days * 86'400 / stepSec);
    const auto at = [stepSec](long i) { return qint64(double(i) * stepSec * 1000); };
    int quiet = 0, hit = 0;
    for (long i = 0; i < samples; ++i)
        quiet += update(state, at(i), noise(random, i)).alarm;
    for (long i = samples; i < samples + 5; ++i)
        hit += update(state, at(i), day(i, stepSec) + 45).alarm;
    QVERIFY2(quiet <= 2 * days, qPrintable(QString::number(quiet))); // plain noise, start included
    QCOMPARE(hit, 1);
}

void TestAnomalyDetector::oddValuesAndClocks()
{
    using Limits = std::numeric_limits<qint64>;
    constexpr double inf = std::numeric_limits<double>::infinity();
    const double odd[] = {std::nan(""), inf, -inf, 1e100, -1e100, 1e300, 0.0, -0.0, 5e-324};
    Random random(3);
    std::normal_distribution<double> z;
    AnomalyState state{};
    for (int i = 0; i < 200'000; ++i) {
        qint64 at = qint64(i) * 1000;
        if (i % 7 == 0)
            at -= 5000;
        if (i % 11 == 0)
            at = 42;
        if (i % 9973 == 0)
            at = Limits::min() + i;
        if (i % 9967 == 0)
            at = Limits::max() - i;
        const auto score = update(state, at, i % 13 == 0 ? odd[(i / 13) % 9] : z(random), i % 5 != 0);
        QVERIFY2(score.score >= 0 && score.score <= 1, qPrintable(QString::number(i)));
        QVERIFY2(std::isfinite(score.expected) && std::isfinite(score.deviation), qPrintable(QString::number(i)));
        if (i % 1000 == 0)
            QVERIFY2(isValid(state), qPrintable(QString::number(i)));
    }
}

void TestAnomalyDetector::oneTimestampForAll()
{
    Random random(3);
    std::normal_distribution<double> z;
    AnomalyState state{};
    for (int i = 0; i < 5000; ++i)
        update(state, 1000, z(random));
    QVERIFY(isValid(state));
}

void TestAnomalyDetector::randomBytesAreRefused()
{
    Random random(9);
    for (int k = 0; k < 2000; ++k) {
        unsigned char raw[sizeof(AnomalyState)];
        for (auto &byte : raw)
            byte = static_cast<unsigned char>(random());
        AnomalyState state;
        std::memcpy(&state, raw, sizeof state);
        QVERIFY(!isValid(state));
        state.magic = AnomalyState::kMagic;
        state.version = AnomalyState::kVersion;
        QVERIFY(!isValid(state));
    }
}

void TestAnomalyDetector::brokenFieldsAreRefused()
{
    Random random(4);
    const Noise noise = gaussian();
    AnomalyState whole{};
    for (long i = 0; i < 1000; ++i)
        update(whole, i * 60'000, noise(random, i));
    QVERIFY(isValid(whole));
    const auto refused = [&whole](const std::function<void(AnomalyState &)> &spoil) {
        AnomalyState state = whole;
        spoil(state);
        return !isValid(state);
    };
    QVERIFY(refused([](AnomalyState &s) { ++s.version; }));
    QVERIFY(refused([](AnomalyState &s) { s.magic ^= 1; }));
    QVERIFY(refused([](AnomalyState &s) { s.longMean = std::nan(""); }));
    QVERIFY(refused([](AnomalyState &s) { s.longVariance = -1; }));
    QVERIFY(refused([](AnomalyState &s) { s.recording = 2; }));
    QVERIFY(refused([](AnomalyState &s) { s.muteLeft = 1'000'000; }));
    QVERIFY(refused([](AnomalyState &s) { std::swap(s.records[0].high, s.records[0].low); }));
    QVERIFY(refused([](AnomalyState &s) { s.season.lastSlot = SeasonProfile::kWeekHours; }));
    QVERIFY(refused([](AnomalyState &s) { s.extremes.since = s.extremes.hour + 1; }));
    QVERIFY(refused([](AnomalyState &s) { s.tail.bins[3] = -1; }));
}

void TestAnomalyDetector::emptyIsValid()
{
    QVERIFY(isValid(AnomalyState{}));
    AnomalyState counted{};
    counted.samples = 1;
    QVERIFY(!isValid(counted));
}

void TestAnomalyDetector::ignoredValuesChangeNothing()
{
    Random random(4);
    const Noise noise = gaussian();
    AnomalyState plain{}, holed{};
    for (long i = 0; i < 3000; ++i) {
        const double value = noise(random, i);
        update(holed, i * 60'000, std::nan(""));
        QCOMPARE(update(holed, i * 60'000, value).score, update(plain, i * 60'000, value).score);
    }
    const auto ignored = update(holed, 0, 2e100);
    QCOMPARE(ignored.score, 0.0);
    QVERIFY(!ignored.alarm && !ignored.learnt);
}

void TestAnomalyDetector::sameInputSameScores()
{
    AnomalyState states[2] = {};
    QList<double> scores[2];
    for (int run = 0; run < 2; ++run) {
        Random random(21);
        const Noise noise = daily(60);
        for (long i = 0; i < 5000; ++i)
            scores[run].append(update(states[run], i * 60'000, noise(random, i)).score);
    }
    QCOMPARE(scores[0], scores[1]);
}

QTEST_APPLESS_MAIN(TestAnomalyDetector)
#include "tst_anomaly_detector.moc"
