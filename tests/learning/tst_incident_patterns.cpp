// Recurring incidents, those that follow something, and what came before and healed it then.
#include "Histories.h"

#include "core/learning/IncidentPatterns.h"

#include <QElapsedTimer>
#include <QTest>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

class TestIncidentPatterns : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void recurringCounts();
    void recurringEnds();
    void nothingFromNothing();
    void healedMostOften();
    void followsWithLag();
    void bothWaysIsNoOrder();
    void aForkIsNoChain();
    void aChainIsNoFork();
    void bothCausesStand();
    void chanceIsNoFollowing();
    void afterDeployments();
    void sequenceAndWhatHealedIt();
    void circlesAreNoSequence();
    void templatesBefore();
    void orderOfInputDoesNotMatter();
    void boundedInTime();

private:
    [[nodiscard]] static QList<IncidentPattern> find(const QList<IncidentFact> &facts, PatternKind kind, qint64 now = begin + 60 * day,
                                                     const QList<DeploymentFact> &deployments = {})
    {
        return only(findPatterns(facts, deployments, now, QTimeZone::utc()), kind);
    }
};

void TestIncidentPatterns::recurringCounts()
{
    Histories h(1);
    for (int i = 0; i < 7; ++i)
        h.add(u"web"_s, begin + i * 31 * hour);
    h.add(u"web"_s, begin + 5 * hour, ErrorType::CpuSpike); // another type is another matter
    h.add(u"db"_s, begin + 6 * hour);
    const auto found = find(h.facts, PatternKind::Recurring, begin + 9 * day);
    QCOMPARE(found.size(), 1);
    const IncidentPattern &pattern = found.first();
    QCOMPARE(pattern.component, u"web"_s);
    QVERIFY(pattern.type == ErrorType::ServiceCrash);
    QCOMPARE(pattern.occurrences, 7);
    QCOMPARE(pattern.support, 6);
    QCOMPARE(pattern.outOf, 6); // whether the last comes again is not known yet
    QVERIFY(std::abs(pattern.confidence - 6 / (6 + 3.841459)) < 1e-4);
    QCOMPARE(pattern.firstAt, begin);
    QCOMPARE(pattern.lastAt, begin + 6 * 31 * hour);
    QVERIFY(!pattern.chance);
}

void TestIncidentPatterns::recurringEnds()
{
    Histories h(1);
    h.add(u"web"_s, begin);
    h.add(u"web"_s, begin + day);
    h.add(u"web"_s, begin + 50 * day);
    const auto found = find(h.facts, PatternKind::Recurring, begin + 90 * day);
    QCOMPARE(found.size(), 1);
    QCOMPARE(found.first().support, 1); // after a day, but not within 30 days after the second and the third
    QCOMPARE(found.first().outOf, 3);
}

void TestIncidentPatterns::nothingFromNothing()
{
    QVERIFY(findPatterns({}, {}, begin, QTimeZone::utc()).isEmpty());
    Histories h(1);
    h.add(u"web"_s, begin);
    QVERIFY(findPatterns(h.facts, {}, begin + day, QTimeZone::utc()).isEmpty());
    h.add(u"web"_s, begin + 2 * day); // lies in the future: the clock was set back
    QVERIFY(findPatterns(h.facts, {}, begin + day, QTimeZone::utc()).isEmpty());
}

void TestIncidentPatterns::healedMostOften()
{
    Histories h(1);
    for (int i = 0; i < 6; ++i)
        h.add(u"web"_s, begin + i * day).healedBy = i < 4 ? ActionType::RestartService : ActionType::IncreaseResources;
    h.add(u"web"_s, begin + 6 * day).healedBy.reset();
    h.add(u"web"_s, begin + 7 * day).over = false; // open: says nothing yet
    const auto found = find(h.facts, PatternKind::Recurring).first();
    QVERIFY(*found.healedBy == ActionType::RestartService);
    QCOMPARE(found.healed, 4);
    QCOMPARE(found.healedOf, 7);
}

void TestIncidentPatterns::followsWithLag()
{
    for (unsigned seed = 1; seed <= 20; ++seed) {
        Histories h(seed);
        for (int i = 0; i < 15; ++i) {
            const qint64 at = begin + i * 3 * day + h.whole(0, day);
            h.add(u"db"_s, at, ErrorType::DatabaseConnection);
            if (i % 5 != 0)
                h.add(u"web"_s, at + 5 * minute + h.whole(-60, 60) * 1000, ErrorType::ApiFailure);
        }
        h.scatter(u"web"_s, 5, 45 * day, ErrorType::ApiFailure);
        const auto found = find(h.facts, PatternKind::FollowsIncident);
        QCOMPARE(found.size(), 1); // and not the reverse
        const IncidentPattern &after = found.first();
        QCOMPARE(after.component, u"web"_s);
        QCOMPARE(after.predecessor, u"db"_s);
        QVERIFY(*after.predecessorType == ErrorType::DatabaseConnection);
        QVERIFY(after.support >= 12 && after.outOf == 15);
        QVERIFY2(std::abs(after.lagMs - 5 * minute) < 45'000 && after.lagSpreadMs <= 60'000, qPrintable(QString::number(after.lagMs)));
        QVERIFY(*after.chance < 1e-6 && after.confidence > 0.5 && after.confidence < 0.9);
    }
}

void TestIncidentPatterns::bothWaysIsNoOrder()
{
    Histories h(2);
    for (int i = 0; i < 20; ++i) {
        const qint64 at = begin + i * 2 * day;
        h.add(u"a"_s, at + (i % 2) * minute);
        h.add(u"b"_s, at + (1 - i % 2) * minute);
    }
    QVERIFY(find(h.facts, PatternKind::FollowsIncident).isEmpty());
}

namespace {

/// 40 times: a third one c, then a, then b; b hangs on a, or a and b both on c.
QList<IncidentFact> three(bool chain, unsigned seed = 3)
{
    Histories h(seed);
    for (int i = 0; i < 40; ++i) {
        const qint64 at = begin + i * day, a = at + 4 * minute + h.whole(-90, 90) * 1000;
        h.add(u"c"_s, at);
        h.add(u"a"_s, a);
        h.add(u"b"_s, (chain ? a : at + 7 * minute) + 4 * minute + h.whole(-90, 90) * 1000);
    }
    return h.facts;
}

QStringList pairsOf(const QList<IncidentPattern> &patterns)
{
    QStringList pairs;
    for (const IncidentPattern &pattern : patterns)
        pairs << pattern.predecessor + pattern.component;
    pairs.sort();
    return pairs;
}

} // namespace

void TestIncidentPatterns::aForkIsNoChain()
{
    int right = 0; // two random lags are told from their sum by their variances, which are random as well
    for (unsigned seed = 1; seed <= 20; ++seed)
        right += pairsOf(find(three(false, seed), PatternKind::FollowsIncident)) == QStringList{u"ca"_s, u"cb"_s};
    QVERIFY2(right >= 19, qPrintable(QString::number(right)));
}

void TestIncidentPatterns::aChainIsNoFork()
{
    int right = 0;
    for (unsigned seed = 1; seed <= 20; ++seed)
        right += pairsOf(find(three(true, seed), PatternKind::FollowsIncident)) == QStringList{u"ab"_s, u"ca"_s};
    QVERIFY2(right >= 19, qPrintable(QString::number(right)));
}

void TestIncidentPatterns::bothCausesStand()
{
    Histories h(4);
    h.facts = three(false);
    for (int i = 0; i < 10; ++i) { // and a brings b without any c
        h.add(u"a"_s, begin + i * 3 * day + 20 * hour);
        h.add(u"b"_s, begin + i * 3 * day + 20 * hour + 6 * minute);
    }
    QCOMPARE(pairsOf(find(h.facts, PatternKind::FollowsIncident)), (QStringList{u"ab"_s, u"ca"_s, u"cb"_s}));
}

void TestIncidentPatterns::chanceIsNoFollowing()
{
    int wrong = 0, sequences = 0;
    constexpr int histories = 500;
    for (unsigned seed = 0; seed < histories; ++seed) {
        Histories h(5000 + seed);
        QList<DeploymentFact> deployments;
        for (int i = 0; i < 8; ++i) {
            h.scatter(QString(QChar(u'a' + i)), int(h.whole(3, 40)), 30 * day);
            deployments.append({u"a"_s, u"1"_s, begin + h.whole(0, 30 * day)});
        }
        const auto all = findPatterns(h.facts, deployments, begin + 30 * day, QTimeZone::utc());
        wrong += !only(all, PatternKind::FollowsIncident).isEmpty() || !only(all, PatternKind::FollowsDeployment).isEmpty();
        sequences += !only(all, PatternKind::Sequence).isEmpty();
    }
    qInfo("of %d random histories of eight components %d had a follower, %d a sequence", histories, wrong, sequences);
    QVERIFY2(wrong * 50 < histories && sequences * 50 < histories, qPrintable(QStringLiteral("%1 %2").arg(wrong).arg(sequences)));
}

void TestIncidentPatterns::afterDeployments()
{
    Histories h(6);
    QList<DeploymentFact> deployments;
    for (int i = 0; i < 6; ++i) {
        deployments.append({u"web"_s, QString::number(i), begin + i * 5 * day});
        deployments.append({u"db"_s, QString::number(i), begin + i * 5 * day + 12 * hour});
        if (i != 2)
            h.add(u"web"_s, begin + i * 5 * day + 4 * minute, ErrorType::ApiFailure).healedBy = ActionType::RollbackDeployment;
    }
    h.scatter(u"db"_s, 6, 30 * day);
    const auto found = find(h.facts, PatternKind::FollowsDeployment, begin + 40 * day, deployments);
    QCOMPARE(found.size(), 1);
    QCOMPARE(found.first().component, u"web"_s);
    QCOMPARE(found.first().support, 5);
    QCOMPARE(found.first().outOf, 6);
    QCOMPARE(found.first().lagMs, 4 * minute);
    QVERIFY(*found.first().healedBy == ActionType::RollbackDeployment);
    deployments.append({u"web"_s, u"new"_s, begin + 40 * day - minute}); // whether this one is followed is not known yet
    QCOMPARE(find(h.facts, PatternKind::FollowsDeployment, begin + 40 * day, deployments).first().outOf, 6);
}

void TestIncidentPatterns::sequenceAndWhatHealedIt()
{
    Histories h(7);
    for (int i = 0; i < 4; ++i) {
        const qint64 at = begin + i * 9 * day;
        h.add(u"host"_s, at, ErrorType::DiskFull);
        h.add(u"db"_s, at + 3 * minute, ErrorType::DatabaseConnection);
        if (i < 3)
            h.add(u"web"_s, at + 5 * minute, ErrorType::ApiFailure).healedBy = ActionType::FreeDiskSpace;
    }
    h.scatter(u"web"_s, 4, 40 * day, ErrorType::ApiFailure);
    const auto found = find(h.facts, PatternKind::Sequence);
    QCOMPARE(found.size(), 1);
    QCOMPARE(found.first().sequence, (QStringList{u"host/disk_full"_s, u"db/database_connection"_s}));
    QCOMPARE(found.first().component, u"web"_s);
    QCOMPARE(found.first().support, 3);
    QCOMPARE(found.first().outOf, 4);
    QVERIFY(*found.first().healedBy == ActionType::FreeDiskSpace);
    QCOMPARE(found.first().healed, 3);
    QCOMPARE(found.first().lagMs, 2 * minute);
}

void TestIncidentPatterns::circlesAreNoSequence()
{
    Histories h(8);
    for (int i = 0; i < 300; ++i) // one long fault in which three take turns
        h.add(QString(QChar(u'a' + i % 3)), begin + i * minute);
    QVERIFY(find(h.facts, PatternKind::Sequence).isEmpty());
}

void TestIncidentPatterns::templatesBefore()
{
    Histories h(9);
    for (int i = 0; i < 5; ++i) {
        IncidentFact &fact = h.add(i < 4 ? u"web"_s : u"db"_s, begin + i * 3 * day);
        fact.templates = i == 3 ? QStringList{u"t7"_s} : QStringList{u"t1"_s, u"t2"_s};
    }
    const auto found = find(h.facts, PatternKind::Sequence);
    QCOMPARE(found.size(), 1);
    QCOMPARE(found.first().sequence, (QStringList{u"t1"_s, u"t2"_s}));
    QCOMPARE(found.first().component, u"web"_s);
    QCOMPARE(found.first().support, 3);
    QCOMPARE(found.first().outOf, 4);
    QVERIFY(!found.first().chance);
}

void TestIncidentPatterns::orderOfInputDoesNotMatter()
{
    Histories h(10);
    h.facts = three(true);
    h.job(u"backup"_s, QDate(2026, 3, 1), 20, 1, QTime(2, 0), 10, QTimeZone::utc());
    const auto now = begin + 60 * day;
    const auto expected = findPatterns(h.facts, {}, now, QTimeZone::utc());
    QVERIFY(expected.size() > 5);
    for (int i = 0; i < 20; ++i) {
        std::shuffle(h.facts.begin(), h.facts.end(), h.random());
        QVERIFY(findPatterns(h.facts, {}, now, QTimeZone::utc()) == expected);
    }
}

void TestIncidentPatterns::boundedInTime()
{
    Histories h(11);
    for (int i = 0; i < 200; ++i)
        h.scatter(u"s%1"_s.arg(i), 100, 60 * day);
    for (int i = 0; i < 100; ++i) // far outside the newest 5000
        h.add(u"old"_s, begin - 400 * day + i * day);
    QElapsedTimer timer;
    timer.start();
    const auto all = findPatterns(h.facts, {}, begin + 60 * day, QTimeZone("Europe/Berlin"));
    qInfo("20 100 incidents of 201 kinds: %lld ms, %lld patterns", qlonglong(timer.elapsed()), qlonglong(all.size()));
    QVERIFY(timer.elapsed() < 5000);
    for (const IncidentPattern &pattern : all)
        QVERIFY(pattern.component != u"old"_s && pattern.occurrences < 100);
}

QTEST_GUILESS_MAIN(TestIncidentPatterns)
#include "tst_incident_patterns.moc"
