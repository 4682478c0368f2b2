// The arithmetic of chance against cases worked by hand and against counting.
#include "core/learning/Chance.h"

#include <QTest>

#include <cmath>
#include <random>

using namespace prunella::learning;

class TestChance : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void wilson();
    void binomial();
    void rayleighByHand();
    void ratesAndArcs();
    void arcsAreNotMoreLikelyThanSaid();
};

namespace {
bool near(double a, double b, double relative = 1e-4) { return std::abs(a - b) <= relative * std::abs(b); }
}

void TestChance::wilson()
{
    QVERIFY(near(wilsonLower(2, 2), 2 / (2 + 3.841459))); // n / (n + z^2) when all agree
    QVERIFY(near(wilsonLower(7, 7), 7 / (7 + 3.841459)));
    QVERIFY(near(wilsonLower(6, 7), 0.48687, 1e-3)); // R: prop.test(6, 7, correct = FALSE)
    QVERIFY(near(wilsonLower(50, 100), 0.40383, 1e-3));
    QCOMPARE(wilsonLower(0, 5), 0.0);
    QCOMPARE(wilsonLower(0, 0), 0.0);
}

void TestChance::binomial()
{
    QVERIFY(near(binomialTail(2, 3, 0.5), 0.5));   // 3/8 + 1/8
    QVERIFY(near(binomialTail(3, 3, 0.1), 0.001));
    QVERIFY(near(binomialTail(1, 2, 0.5), 0.75));
    QVERIFY(near(binomialTail(2, 4, 0.25), 67.0 / 256)); // (54 + 12 + 1) / 256
    QVERIFY(near(binomialTail(5000, 5000, 0.999), std::pow(0.999, 5000)));
    QCOMPARE(binomialTail(0, 4, 0.25), 1.0);
    QCOMPARE(binomialTail(5, 4, 0.25), 0.0);
    QCOMPARE(binomialTail(1, 4, 0), 0.0);
    QCOMPARE(binomialTail(4, 4, 1), 1.0);
}

void TestChance::rayleighByHand()
{
    QVERIFY(near(rayleigh(5, 1), std::exp(std::sqrt(21.0) - 11)));
    QVERIFY(near(rayleigh(10, std::sqrt(2.919 / 10)), 0.05, 0.01)); // Zar, table B.34: z = 2.919 for n = 10
    QVERIFY(near(rayleigh(8, 0), 1));
    QCOMPARE(rayleigh(0, 1), 1.0);
}

void TestChance::ratesAndArcs()
{
    QVERIFY(near(arcChance(3, 3, 1.0 / 72), 3.0 / (72 * 72)));
    QCOMPARE(arcChance(1, 3, 0.01), 1.0);
    QCOMPARE(arcChance(2, 50, 0.5), 1.0);
    QVERIFY(near(baseRate(10, 0.5, 720), 1 - std::exp(-5.0 / 720)));
    QCOMPARE(baseRate(3, 1, 0), 1.0);
}

/// 20 000 circles of n points: some arc of a tenth holds k of them not more often than the bound, and not much less.
void TestChance::arcsAreNotMoreLikelyThanSaid()
{
    std::mt19937 random(7);
    std::uniform_real_distribution<double> place(0, 1);
    for (const auto &[k, n] : {std::pair(3, 3), std::pair(5, 10), std::pair(6, 20)}) {
        int held = 0;
        constexpr int circles = 20'000;
        for (int circle = 0; circle < circles; ++circle) {
            std::vector<double> points;
            for (int i = 0; i < n; ++i)
                points.push_back(place(random));
            int most = 0;
            for (const double from : points)
                most = std::max(most, int(std::count_if(points.begin(), points.end(), [from](double at) {
                    const double after = at - from;
                    return (after < 0 ? after + 1 : after) <= 0.1;
                })));
            held += most >= k;
        }
        const double share = double(held) / circles, bound = arcChance(k, n, 0.1);
        QVERIFY2(share <= bound + 4 * std::sqrt(bound / circles), qPrintable(QStringLiteral("%1 over %2").arg(share).arg(bound)));
        QVERIFY2(share >= bound / 3, qPrintable(QStringLiteral("%1 far under %2").arg(share).arg(bound)));
    }
}

QTEST_GUILESS_MAIN(TestChance)
#include "tst_chance.moc"
