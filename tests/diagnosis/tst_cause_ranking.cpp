// Root-cause ranking: small graphs worked by hand (core/diagnosis/README.md has the same numbers), and hundreds of made-up incidents.
#include "tests/diagnosis/CauseCases.h"

#include "core/diagnosis/CauseRanking.h"
#include "core/diagnosis/SeriesDeviation.h"

#include <QTest>

#include <cmath>
#include <limits>
#include <random>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

/// 90, 91, … 110: median 100, quartiles 95 and 105, so that sigma is 10 / 1.349 = 7.413.
std::vector<double> calm()
{
    std::vector<double> values(21);
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = 90 + double(i);
    return values;
}

constexpr double sigma = 10 / 1.349;

/// Rows a minute apart, the alarm comes with the first row of the incident.
CauseSeries series(int node, std::vector<double> window, MetricRole role = MetricRole::Latency, std::vector<double> normal = calm())
{
    static const QStringList names{u"latency"_s, u"requests"_s, u"availability"_s, u"other"_s};
    CauseSeries made;
    made.node = node;
    made.metric = names[int(role)];
    made.role = role;
    made.worse = role == MetricRole::Availability ? WorseWhen::Below : role == MetricRole::Requests ? WorseWhen::Both : WorseWhen::Above;
    made.normal = std::move(normal);
    for (std::size_t i = 0; i < window.size(); ++i)
        made.times.push_back(60.0 * double(i));
    made.window = std::move(window);
    return made;
}

std::vector<double> risen(double z = 10) { return {100, 100, 100, 100, 100 + z * sigma, 100 + z * sigma}; }
std::vector<double> level(double value) { return std::vector<double>(6, value); }

CauseInput services(const QStringList &nodes, const std::vector<CauseCall> &calls)
{
    CauseInput input;
    input.nodes = nodes;
    input.calls = calls;
    input.alarm = {0, u"latency"_s, {}, 240};
    return input;
}

QStringList namesOf(const QList<RankedCause> &ranking)
{
    QStringList names;
    for (const RankedCause &cause : ranking)
        names.append(cause.node);
    return names;
}

qsizetype rankOf(const CauseCase &made, const CauseInput &input) { return namesOf(rankCauses(input)).indexOf(made.input.nodes[made.truth]); }

struct Tally {
    int cases = 0, first = 0, firstThree = 0;
    void add(qsizetype rank) { ++cases; first += rank == 0; firstThree += rank < 3; }
    [[nodiscard]] double top1() const { return double(first) / std::max(1, cases); }
    [[nodiscard]] double top3() const { return double(firstThree) / std::max(1, cases); }
    void print(const QString &what) const
    {
        qInfo("%s", qPrintable(u"%1: %2 cases, top-1 %3, top-3 %4"_s.arg(what).arg(cases).arg(top1(), 0, 'f', 3).arg(top3(), 0, 'f', 3)));
    }
};

} // namespace

class TestCauseRanking : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void deviationByHand();
    void deviationIgnoresWhatWasSoBefore();
    void deviationWithGaps();
    void oneFailedRequestIsNoDeviation();
    void calleeBeforeCaller();
    void impactTellsTheCalleeFromAView();
    void callerWhenItsCalleesAreQuiet();
    void nodeWithoutMetrics();
    void otherMetricsThanTheAlarms();
    void fewerRequestsAreASymptom();
    void farFromTheAlarm();
    void strangeInput();
    void tiesDoNotFollowTheInput();
    void generatedCases();
    void generatedCasesWithoutMetricsAtTheFault();
    void lateAlarms();
    void moreGaps();
    void renamedAndShuffled();
};

void TestCauseRanking::deviationByHand()
{
    const SeriesDeviation d = deviationOf(series(0, risen()), 240);
    QVERIFY(d.measured);
    QVERIFY(std::abs(d.z - 20 / std::sqrt(2.0)) < 1e-9); // two rows of 10 sigma: 20 by the root of 2
    QCOMPARE(d.normal, 100.0);
    QCOMPARE(d.base, 100.0);
    QVERIFY(std::abs(d.sigma - sigma) < 1e-12);
    QCOMPARE(d.incident, 100 + 10 * sigma);
    QCOMPARE(d.onset, 240.0);
    QCOMPARE(deviationOf(series(0, {100, 100, 100, 100, 30, 30}), 240).z, 0.0); // faster is not worse
    CauseSeries both = series(0, {100, 100, 100, 100, 30, 30}, MetricRole::Requests);
    QCOMPARE(deviationOf(both, 240).sign, -1);
    // A single wild row counts no more than 30: 30, against 60 / sqrt(2) = 42.4 for two such rows.
    QCOMPARE(deviationOf(series(0, {100, 100, 100, 100, 1e9, 100}), 240).z, 30.0);
}

void TestCauseRanking::deviationIgnoresWhatWasSoBefore()
{
    QCOMPARE(deviationOf(series(0, level(150)), 240).z, 0.0);          // another level since the normal period
    QCOMPARE(deviationOf(series(0, {100, 400, 100, 100, 100, 100}), 240).z, 0.0); // a blip long before
    const double fresh = deviationOf(series(0, {150, 150, 150, 150, 300, 300}), 240).z;
    QVERIFY(fresh > 20);                                               // but what comes on top of it counts
    QCOMPARE(deviationOf(series(0, {60, 60, 100, 100, 100, 100}), 240).z, 0.0); // a lucky time before is no reference
}

void TestCauseRanking::deviationWithGaps()
{
    const double z = deviationOf(series(0, risen()), 240).z;
    QCOMPARE(deviationOf(series(0, {missing, 100, missing, missing, 100 + 10 * sigma, 100 + 10 * sigma}), 240).z, z);
    QVERIFY(!deviationOf(series(0, level(missing)), 240).measured);
    QVERIFY(!deviationOf(series(0, {missing, missing, missing, missing, 400, 400}, MetricRole::Latency, {}), 240).measured); // nothing to compare with
    QVERIFY(deviationOf(series(0, risen(), MetricRole::Latency, {}), 240).z > 4); // the rows before will do
    QVERIFY(!deviationOf(CauseSeries(), 240).measured);
    QCOMPARE(deviationOf(series(0, risen()), 300).z, z); // a minute late
}

void TestCauseRanking::oneFailedRequestIsNoDeviation()
{
    const std::vector<double> good(50, 100.0), fallen{100, 100, 100, 100, 75, 100};
    const CauseSeries few = series(0, fallen, MetricRole::Availability, good);
    QCOMPARE(deviationOf(few, 240, 4).z, 1.0);        // one of four requests
    QCOMPARE(deviationOf(few, 240, 400).z, 30.0);     // one hundred of four hundred
}

/// shop -> cart -> db; all three rise alike. db: strength 200 / (200 + 25) = 0.889; each caller is explained by its callee.
void TestCauseRanking::calleeBeforeCaller()
{
    CauseInput input = services({u"shop"_s, u"cart"_s, u"db"_s}, {{0, 1}, {1, 2}});
    for (const int node : {0, 1, 2}) {
        input.series.push_back(series(node, risen()));
        input.series.push_back(series(node, level(100), MetricRole::Requests));
    }
    const auto ranking = rankCauses(input);
    QCOMPARE(namesOf(ranking), QStringList({u"db"_s, u"shop"_s, u"cart"_s}));
    const double strength = 200.0 / 225, support = 0.7 + 0.3 * 0.5 * strength;
    // Over the four rows that may belong to the incident a request lost 5 sigma, as far as it is a symptom; cart would show that
    // with a strength of 0.44, and passes on its own symptom, or else the chance that it has one unseen.
    const double expected = strength * 5, visible = expected * expected / (expected * expected + 25);
    const double quiet = visible * 0.15 + (1 - visible) * 0.8, passes = quiet + (1 - quiet) * strength;
    QVERIFY(std::abs(ranking[0].score - strength * passes * support) < 1e-9);
    QVERIFY(std::abs(ranking[1].score - strength * (1 - strength)) < 1e-9);
    QVERIFY2(ranking[0].evidence.join(u'\n').contains(u"latency rose from 100 to 174.1"_s), qPrintable(ranking[0].evidence.join(u'\n')));
    QVERIFY(ranking[0].evidence.contains(u"on the path shop -> cart -> db"_s));
}

/// The load balancer's view of cart rises as much, but it has a tenth of the requests: it cannot account for what shop lost.
void TestCauseRanking::impactTellsTheCalleeFromAView()
{
    CauseInput input = services({u"shop"_s, u"view"_s, u"cart"_s}, {{0, 1}, {0, 2}});
    for (const int node : {0, 1, 2}) {
        input.series.push_back(series(node, risen()));
        input.series.push_back(series(node, level(node == 1 ? 10 : 100), MetricRole::Requests));
    }
    QCOMPARE(namesOf(rankCauses(input)).first(), u"cart"_s);
    std::swap(input.series[3].window, input.series[5].window); // now cart has the tenth
    QCOMPARE(namesOf(rankCauses(input)).first(), u"view"_s);
}

void TestCauseRanking::callerWhenItsCalleesAreQuiet()
{
    CauseInput input = services({u"shop"_s, u"cart"_s, u"db"_s}, {{0, 1}, {1, 2}});
    for (const int node : {0, 1, 2})
        input.series.push_back(series(node, node == 2 ? level(101) : risen()));
    const auto ranking = rankCauses(input);
    QCOMPARE(ranking[0].node, u"cart"_s);
    QVERIFY2(ranking[0].evidence.contains(u"what it calls is quiet: db"_s), qPrintable(ranking[0].evidence.join(u'\n')));
    const auto last = std::find_if(ranking.begin(), ranking.end(), [](const RankedCause &c) { return c.node == u"db"_s; });
    QVERIFY2(last->evidence.first().startsWith(u"latency is quiet"_s), qPrintable(last->evidence.first()));
}

void TestCauseRanking::nodeWithoutMetrics()
{
    CauseInput input = services({u"shop"_s, u"cart"_s, u"search"_s, u"dark"_s}, {{0, 1}, {0, 2}, {1, 3}, {2, 3}});
    for (const int node : {0, 1, 2})
        input.series.push_back(series(node, risen()));
    QCOMPARE(rankCauses(input).first().node, u"dark"_s); // two that it explains in one go
    input.series[2].window = level(100);
    QCOMPARE(namesOf(rankCauses(input)).first(2), QStringList({u"cart"_s, u"dark"_s})); // one may as well be at fault itself
}

/// As the live engine has them: metrics of any name, each with its worse side.
void TestCauseRanking::otherMetricsThanTheAlarms()
{
    CauseInput input = services({u"web"_s, u"api"_s, u"db"_s}, {{0, 1}, {1, 2}});
    input.alarm.metric = u"response_time"_s;
    input.series.push_back(series(0, risen()));
    input.series[0].metric = u"response_time"_s;
    input.series.push_back(series(1, level(100), MetricRole::Other));
    input.series.push_back(series(2, risen(), MetricRole::Other));
    input.series[1].metric = input.series[2].metric = u"cpu_usage"_s;
    QCOMPARE(namesOf(rankCauses(input)).first(), u"db"_s);
    input.series[2].worse = WorseWhen::Below; // for a metric like free memory, more is no symptom
    QCOMPARE(namesOf(rankCauses(input)).first(), u"web"_s);
}

/// cart got slow and does not call stock any more: that stock has nothing to do is no reason to suspect it.
void TestCauseRanking::fewerRequestsAreASymptom()
{
    CauseInput input = services({u"shop"_s, u"cart"_s, u"stock"_s}, {{0, 1}, {1, 2}});
    for (const int node : {0, 1, 2}) {
        input.series.push_back(series(node, node == 2 ? level(100) : risen(4)));
        input.series.push_back(series(node, node == 2 ? std::vector<double>{100, 100, 100, 100, 0, 0} : level(100), MetricRole::Requests));
    }
    QCOMPARE(namesOf(rankCauses(input)).first(2), QStringList({u"cart"_s, u"shop"_s}));
}

void TestCauseRanking::farFromTheAlarm()
{
    CauseInput input = services({u"shop"_s, u"cart"_s, u"batch"_s, u"idle"_s}, {{0, 1}, {2, 1}, {0, 3}});
    for (const int node : {0, 1, 2})
        input.series.push_back(series(node, node == 1 ? risen(3) : risen()));
    input.series.push_back(series(3, level(0), MetricRole::Requests, std::vector<double>(21, 0.0)));
    const auto ranking = rankCauses(input);
    QVERIFY(namesOf(ranking).indexOf(u"batch"_s) > namesOf(ranking).indexOf(u"cart"_s)); // shop does not call it
    QVERIFY(ranking[namesOf(ranking).indexOf(u"idle"_s)].score < 0.05);
    input.alarm.node = -1; // nobody knows where
    QCOMPARE(rankCauses(input).size(), 4);
}

void TestCauseRanking::strangeInput()
{
    QVERIFY(rankCauses(CauseInput()).isEmpty());
    CauseInput input = services({u"a"_s, u"b"_s}, {{0, 1}, {0, 1}, {1, 0}, {1, 1}, {0, 7}, {-1, 0}}); // twice, a cycle, itself, nobody
    QCOMPARE(rankCauses(input).size(), 2);
    input.series.push_back(series(1, risen()));
    input.series.push_back(series(0, risen(6)));
    input.series.push_back(series(9, risen()));
    QCOMPARE(namesOf(rankCauses(input)), QStringList({u"b"_s, u"a"_s})); // in a cycle the larger deviation explains the smaller
    input.series[0].window.pop_back(); // not as many values as times
    QCOMPARE(namesOf(rankCauses(input)).first(), u"a"_s);
    input.alarm.node = 5;
    QCOMPARE(rankCauses(input).size(), 2);
}

void TestCauseRanking::tiesDoNotFollowTheInput()
{
    CauseInput input = services({u"shop"_s, u"one"_s, u"two"_s}, {{0, 1}, {0, 2}});
    for (const int node : {0, 1, 2})
        input.series.push_back(series(node, risen()));
    input.series[1].normal[0] -= 1; // differs in a value that counts nowhere
    const QString first = rankCauses(input).first().node;
    std::swap(input.nodes[1], input.nodes[2]); // only the names change places
    QVERIFY(rankCauses(input).first().node != first);
    input.series[1].normal = input.series[2].normal; // nothing left but the name
    QCOMPARE(rankCauses(input).first().node, u"one"_s);
}

void TestCauseRanking::generatedCases()
{
    constexpr unsigned cases = 400;
    Tally all, measured;
    QMap<QString, Tally> byPlace;
    for (unsigned seed = 1; seed <= cases; ++seed) {
        const CauseCase made = causeCase(seed);
        const auto rank = rankOf(made, made.input);
        all.add(rank);
        byPlace[made.place].add(rank);
        if (made.truthMeasured)
            measured.add(rank);
    }
    all.print(u"all"_s);
    measured.print(u"something was measured on the node at fault"_s);
    for (auto place = byPlace.cbegin(); place != byPlace.cend(); ++place) {
        place.value().print(place.key());
        QVERIFY2(place.value().cases >= 20 && place.value().top1() >= 0.8, qPrintable(place.key()));
    }
    QVERIFY2(all.top1() >= 0.9, qPrintable(QString::number(all.top1())));
    QVERIFY2(all.top3() >= 0.95, qPrintable(QString::number(all.top3())));
}

/// With one caller such a node cannot be told from that caller: the first three are all that can be asked for.
void TestCauseRanking::generatedCasesWithoutMetricsAtTheFault()
{
    Tally all;
    for (unsigned seed = 1; seed <= 100; ++seed) {
        const CauseCase made = causeCase(seed, true);
        all.add(rankOf(made, made.input));
    }
    all.print(u"nothing was measured on the node at fault"_s);
    QVERIFY2(all.top3() >= 0.75, qPrintable(QString::number(all.top3())));
}

void TestCauseRanking::lateAlarms()
{
    Tally onTime, late;
    for (unsigned seed = 1; seed <= 150; ++seed) {
        CauseCase made = causeCase(seed);
        onTime.add(rankOf(made, made.input));
        made.input.alarm.at += 60;
        late.add(rankOf(made, made.input));
    }
    late.print(u"a minute later"_s);
    QVERIFY2(late.top1() >= onTime.top1() - 0.03, qPrintable(QString::number(late.top1())));
}

void TestCauseRanking::moreGaps()
{
    std::mt19937 random(1);
    Tally all;
    for (unsigned seed = 1; seed <= 150; ++seed) {
        CauseCase made = causeCase(seed);
        for (CauseSeries &one : made.input.series) {
            for (double &value : one.window)
                value = random() % 5 == 0 ? missing : value;
        }
        all.add(rankOf(made, made.input));
    }
    all.print(u"a fifth of the values missing"_s);
    QVERIFY2(all.top1() >= 0.8, qPrintable(QString::number(all.top1())));
}

void TestCauseRanking::renamedAndShuffled()
{
    for (unsigned seed = 1; seed <= 60; ++seed) {
        const CauseCase made = causeCase(seed);
        const auto ranking = rankCauses(made.input);
        std::vector<int> at;
        const CauseInput other = shuffled(made.input, seed, at);
        QMap<QString, QString> nameOf;
        for (qsizetype i = 0; i < made.input.nodes.size(); ++i)
            nameOf[other.nodes[at[std::size_t(i)]]] = made.input.nodes[i];
        const auto again = rankCauses(other);
        for (qsizetype i = 0; i < ranking.size(); ++i) {
            QCOMPARE(again[i].score, ranking[i].score);
            const bool twins = (i > 0 && ranking[i - 1].score == ranking[i].score) || (i + 1 < ranking.size() && ranking[i + 1].score == ranking[i].score);
            if (!twins || i < 3)
                QCOMPARE(nameOf.value(again[i].node), ranking[i].node);
        }
    }
}

QTEST_GUILESS_MAIN(TestCauseRanking)
#include "tst_cause_ranking.moc"
