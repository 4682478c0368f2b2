// How the detector behaves over time: constants, switches, daylight saving, a new normal, an incident, a restart.
#include "core/detection/AnomalyDetector.h"
#include "core/detection/AnomalySentence.h"

#include <QTest>

#include <cmath>
#include <cstring>
#include <numbers>
#include <random>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

using Course = std::function<double(long)>;

struct Seen { int alarms = 0, muted = 0; long firstAt = -1; AnomalyScore first; };

/// Samples `from` to `to` of the course.
Seen run(AnomalyState &state, long from, long to, double stepSec, const Course &course, bool learn = true)
{
    Seen seen;
    for (long i = from; i < to; ++i) {
        const auto score = update(state, qint64(double(i) * stepSec * 1000), course(i), learn);
        seen.muted += score.muted;
        if (!score.alarm || ++seen.alarms > 1)
            continue;
        seen.first = score;
        seen.firstAt = i;
    }
    return seen;
}

double day(long i, double stepSec, double shiftHours = 0)
{
    const double h = std::fmod(double(i) * stepSec / 3600.0 + shiftHours, 24.0);
    return 50 + 30 * std::sin(2 * std::numbers::pi * (h - 9) / 24) + (h >= 9 && h < 17 ? 15 : 0);
}

/// Noise of mean and deviation one around `mean`.
class Around
{
public:
    explicit Around(unsigned seed = 5) : m_random(seed) {}
    Course operator()(double mean)
    {
        return [this, mean](long) { return mean + m_z(m_random); };
    }

private:
    std::mt19937_64 m_random;
    std::normal_distribution<double> m_z;
};

} // namespace

class TestAnomalyBehaviour : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void constantThatMoves();
    void roundingNoise();
    void zerosAndOnes();
    void regularCourses();
    void flatWhereItMoved();
    void daylightSaving_data();
    void daylightSaving();
    void newNormal();
    void frozenBaseline();
    void restoredBytesGoOn();
    void repeatsAreMutedAndWorseIsNot();
    void sentences();
    void spanNeverClaimsMoreThanWasSeen();
};

void TestAnomalyBehaviour::constantThatMoves()
{
    AnomalyState state{};
    QCOMPARE(run(state, 0, 20'000, 60, [](long) { return 45.0; }).alarms, 0);
    const Seen moved = run(state, 20'000, 20'200, 60, [](long) { return 47.0; });
    QCOMPARE(moved.firstAt, 20'000);
    QVERIFY(moved.first.score >= kAnomalyAlarmScore);
    QCOMPARE(moved.first.expected, 45.0);
}

void TestAnomalyBehaviour::roundingNoise()
{
    AnomalyState state{};
    QCOMPARE(run(state, 0, 20'000, 60, [](long i) { return 45.0 + double(i % 7) * 1e-9; }).alarms, 0);
}

void TestAnomalyBehaviour::zerosAndOnes()
{
    std::mt19937_64 random(5);
    AnomalyState coin{}, rare{}, zeros{};
    const Seen tossed = run(coin, 0, 20'000, 60, [&](long) { return double(random() & 1); });
    QVERIFY2(tossed.alarms <= 12, qPrintable(QString::number(tossed.alarms)));
    const Seen seldom = run(rare, 0, 20'000, 60, [&](long) { return random() % 500 == 0 ? 1.0 : 0.0; });
    QVERIFY2(seldom.alarms <= 40, qPrintable(QString::number(seldom.alarms))); // as many as there are ones
    run(zeros, 0, 5000, 60, [](long) { return 0.0; });
    QCOMPARE(run(zeros, 5000, 5010, 60, [](long) { return 1.0; }).firstAt, 5000);
}

void TestAnomalyBehaviour::regularCourses()
{
    AnomalyState square{}, sine{};
    const Seen edges = run(square, 0, 20'000, 300, [](long i) { return (i / 144) % 2 ? 80.0 : 20.0; });
    QVERIFY2(edges.alarms <= 5, qPrintable(QString::number(edges.alarms)));
    const Seen waves = run(sine, 0, 20'000, 300, [](long i) { return std::sin(double(i) * 2 * std::numbers::pi / 288); });
    QVERIFY2(waves.alarms <= 3, qPrintable(QString::number(waves.alarms)));
}

void TestAnomalyBehaviour::flatWhereItMoved()
{
    Around around;
    AnomalyState state{};
    run(state, 0, 4000, 60, around(50));
    const Seen flat = run(state, 4000, 4100, 60, [](long) { return 50.3; });
    QVERIFY(flat.alarms >= 1);
    QVERIFY(flat.first.reason == AnomalyReason::Flat);
    QVERIFY(flat.first.spanSec >= 600 && flat.first.spanSec <= 6000);
}

void TestAnomalyBehaviour::daylightSaving_data()
{
    QTest::addColumn<double>("stepSec");
    QTest::newRow("1 min") << 60.0;
    QTest::newRow("5 min") << 300.0;
    QTest::newRow("1 h") << 3600.0;
}

void TestAnomalyBehaviour::daylightSaving()
{
    QFETCH(double, stepSec);
    std::mt19937_64 random(5);
    std::normal_distribution<double> z;
    AnomalyState state{};
    const long perDay = long(86'400 / stepSec);
    run(state, 0, 60 * perDay, stepSec, [&](long i) { return day(i, stepSec) + 2 * z(random); });
    const Seen after = run(state, 60 * perDay, 70 * perDay, stepSec, [&](long i) { return day(i, stepSec, 1) + 2 * z(random); });
    QVERIFY2(after.alarms <= 10, qPrintable(QString::number(after.alarms))); // at most one a day
}

void TestAnomalyBehaviour::newNormal()
{
    Around around;
    AnomalyState state{};
    run(state, 0, 8640, 300, around(50));
    const Seen up = run(state, 8640, 11'520, 300, around(70));
    QCOMPARE(up.firstAt, 8640);
    QVERIFY2(up.alarms <= 6, qPrintable(QString::number(up.alarms)));
    QCOMPARE(run(state, 11'520, 11'523, 300, [](long) { return 100.0; }).alarms, 1);
}

void TestAnomalyBehaviour::frozenBaseline()
{
    Around around;
    AnomalyState state{};
    run(state, 0, 8640, 300, around(50));
    const AnomalyState before = state;
    run(state, 8640, 8920, 300, around(90), false);
    QCOMPARE(state.longMean, before.longMean);
    QCOMPARE(state.longVariance, before.longVariance);
    QVERIFY(std::memcmp(&state.season, &before.season, sizeof state.season) == 0);
    QVERIFY(std::memcmp(&state.records, &before.records, sizeof state.records) == 0);
    QVERIFY(std::abs(state.shortMean - 90) < 5); // the present goes on
    run(state, 8920, 9240, 300, around(90), false);
    QVERIFY2(std::abs(state.longMean - 90) < 5, qPrintable(QString::number(state.longMean))); // after 24 h it is the normal
}

void TestAnomalyBehaviour::restoredBytesGoOn()
{
    Around around;
    AnomalyState state{};
    run(state, 0, 5000, 300, around(50));
    const QByteArray bytes(reinterpret_cast<const char *>(&state), sizeof state);
    AnomalyState restored;
    std::memcpy(&restored, bytes.constData(), sizeof restored);
    QVERIFY(isValid(restored));
    const Course course = around(55);
    for (long i = 5000; i < 8000; ++i) {
        const double value = course(i);
        const auto here = update(state, i * 300'000, value), there = update(restored, i * 300'000, value);
        QCOMPARE(here.score, there.score);
        QCOMPARE(here.alarm, there.alarm);
    }
    QVERIFY(std::memcmp(&state, &restored, sizeof state) == 0);
}

void TestAnomalyBehaviour::repeatsAreMutedAndWorseIsNot()
{
    AnomalyState state{};
    run(state, 0, 5000, 60, [](long i) { return 50.0 + double(i % 11); });
    auto next = [&state, i = 5000L](double value) mutable { return update(state, i++ * 60'000, value); };
    QVERIFY(next(61).alarm);
    const auto again = next(61.5);
    QVERIFY2(again.muted && !again.alarm && again.score < kAnomalyAlarmScore, qPrintable(QString::number(again.score)));
    QVERIFY(next(100'000).alarm);
}

void TestAnomalyBehaviour::sentences()
{
    const SeriesKey key{u"cpu_usage"_s, {}};
    AnomalyScore score;
    score.value = 97;
    score.expected = 23;
    score.level = 60;
    score.factor = 4.25;
    score.spanSec = 9 * 86'400.0;
    const auto said = [&](AnomalyReason reason) {
        score.reason = reason;
        return sentenceOf(score, key, u"%"_s);
    };
    QVERIFY(said(AnomalyReason::NewHigh).startsWith(u"cpu_usage 97 % is the highest in "_s));
    QVERIFY(said(AnomalyReason::NewLow).contains(u"is the lowest in"_s));
    QVERIFY(said(AnomalyReason::NewHigh).endsWith(u"(usually about 23 %)"_s));
    QCOMPARE(said(AnomalyReason::Spike), u"cpu_usage 97 % jumped up from about 23 %"_s);
    QCOMPARE(said(AnomalyReason::Drop), u"cpu_usage 97 % dropped from about 23 %"_s);
    QCOMPARE(said(AnomalyReason::LevelShift), u"cpu_usage 97 %: its level moved from 23 % to 60 %"_s);
    QCOMPARE(said(AnomalyReason::UnusualForTime), u"cpu_usage 97 % is unusual for this time (usually about 23 %)"_s);
    QVERIFY(said(AnomalyReason::VarianceChanged).contains(u"moves 4.2 times"_s) || said(AnomalyReason::VarianceChanged).contains(u"moves 4.3 times"_s));
    QVERIFY(said(AnomalyReason::Flat).contains(u"has been flat for"_s));
    QVERIFY(said(AnomalyReason::None).contains(u"is unusual"_s));
}

void TestAnomalyBehaviour::spanNeverClaimsMoreThanWasSeen()
{
    constexpr qint64 hourMs = 3'600'000;
    constexpr double dayS = 86'400;
    ExtremeHistory history;
    history.reset(1000 * hourMs);
    for (qint64 hour = 1000; hour <= 1000 + 10 * 24; ++hour)
        history.add(hour * hourMs, hour == 1000 + 5 * 24 ? 90.0 : 50.0);
    QCOMPARE(history.spanSec(95, false), 10 * dayS);
    const double since = history.spanSec(85, false); // 90 was five days ago
    QVERIFY2(since > 3.9 * dayS && since <= 5 * dayS, qPrintable(QString::number(since / dayS)));
    QCOMPARE(history.spanSec(50, false), 0.0);
    QCOMPARE(history.spanSec(40, true), 10 * dayS);
    history.add(900 * hourMs, 1.0); // the clock was set back by days
    QCOMPARE(history.spanSec(95, false), 0.0);
    QVERIFY(history.valid());
}

QTEST_APPLESS_MAIN(TestAnomalyBehaviour)
#include "tst_anomaly_behaviour.moc"
