// Which events belong together, weighed by hand; and who needs whom.
#include "core/diagnosis/Correlator.h"

#include <QTest>

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 wall0 = 1'700'000'000'000, second = 1000, minute = 60 * second;

ServiceConfig service(const QString &name, const QStringList &needs = {})
{
    ServiceConfig config;
    config.name = name;
    config.dependsOn = needs;
    return config;
}

Incident incident(const QString &component, ConditionKind kind = ConditionKind::UnitFailed, qint64 startedAt = wall0)
{
    Incident open;
    open.id = u"id-"_s + component;
    open.component = component;
    open.condition = {kind, component, {}, -1};
    open.type = ErrorType::ServiceCrash;
    open.startedAt = open.detectedAt = startedAt;
    return open;
}

ErrorEvent failing(const QString &component, ConditionKind kind, qint64 at)
{
    ErrorEvent error;
    error.condition = {kind, component, {}, -1};
    error.type = ErrorType::ApiFailure;
    error.wallMs = error.startedWallMs = at;
    return error;
}

TopologyEdge edge(const QString &from, const QString &to, TieKind kind, const QString &detail = {}) { return {from, to, kind, detail, wall0, wall0}; }

} // namespace

class TestCorrelator : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void paths();
    void circlesEnd();
    void weights();
    void timeOrder();
    void noTieNoLink();
    void hintsAreNoCause();
    void sharedThingsNeedTheSameWords();
    void seenTogetherBefore();
    void sameDeployment();
    void disksMatter();
    void tiesAreBrokenByRule();

private:
    [[nodiscard]] double weight(const ErrorEvent &symptom, const Incident &cause, const SymptomFacts &facts = {}, const SymptomFacts &causeFacts = {}) const
    {
        CorrelationContext all = context;
        all.graph = &graph;
        const auto link = weigh(symptom, facts, 2 * second, {&cause, causeFacts, 2 * second}, all);
        return link ? link->weight : -99;
    }
    DependencyGraph graph{{service(u"web"_s, {u"api"_s}), service(u"api"_s, {u"db"_s}), service(u"db"_s), service(u"mail"_s)},
                          {{edge(u"mail"_s, u"db"_s, TieKind::Connection, u"127.0.0.1:5432"_s), edge(u"mail"_s, u"web"_s, TieKind::After)}, wall0}};
    CorrelationContext context;
};

void TestCorrelator::paths()
{
    const auto far = graph.path(u"web"_s, u"db"_s);
    QVERIFY(far && far->hops() == 2 && far->isHard());
    QCOMPARE(far->text(), u"depends_on, by way of api"_s);
    const auto seen = graph.path(u"mail"_s, u"db"_s);
    QVERIFY(seen && !seen->isHard());
    QCOMPARE(seen->text(), u"connected to 127.0.0.1:5432"_s);
    QVERIFY(!graph.path(u"mail"_s, u"web"_s)); // an order is no need
    QVERIFY(!graph.path(u"db"_s, u"web"_s));
    QCOMPARE(graph.dependentsOf(u"db"_s), (QStringList{u"api"_s, u"mail"_s, u"web"_s}));
    QCOMPARE(graph.dependenciesOf(u"web"_s), (QStringList{u"api"_s, u"db"_s}));
    QCOMPARE(graph.sharedBy(u"api"_s, u"mail"_s), QStringList{u"db"_s});
}

void TestCorrelator::circlesEnd()
{
    const DependencyGraph circle({service(u"a"_s, {u"b"_s}), service(u"b"_s, {u"c"_s}), service(u"c"_s, {u"a"_s})}, {});
    QCOMPARE(circle.path(u"a"_s, u"c"_s)->hops(), 2);
    QVERIFY(!circle.path(u"a"_s, u"a"_s));
    QCOMPARE(circle.dependentsOf(u"a"_s), (QStringList{u"c"_s, u"b"_s}));
}

/// The table of core/diagnosis/README.md.
void TestCorrelator::weights()
{
    const Incident db = incident(u"db"_s);
    const auto check = [](const QString &name) { return failing(name, ConditionKind::CheckFailing, wall0 + second); };
    QCOMPARE(weight(check(u"api"_s), db), 5.0 - 2);
    QCOMPARE(weight(check(u"web"_s), db), 4.5 - 2);
    QCOMPARE(weight(check(u"mail"_s), db), 4.0 - 2);
    SymptomFacts facts;
    facts.dependencyResult = true;
    QCOMPARE(weight(failing(u"api"_s, ConditionKind::UnitFailed, wall0 + second), db, facts), 8.0 - 2);
    facts = {};
    facts.killedFromOutside = true;
    QVERIFY(weight(failing(u"api"_s, ConditionKind::UnitFailed, wall0 + second), db, facts) < 0);
    QVERIFY(weight(check(u"api"_s), db, facts) > 0); // its check fails now, whoever killed it once
    ErrorEvent own = failing(u"api"_s, ConditionKind::Threshold, wall0 + second);
    own.condition.series = {u"unit_memory"_s, {{u"service"_s, u"api"_s}}};
    QVERIFY(weight(own, db) < 0);
    own.condition.series.metric = u"response_time"_s;
    QVERIFY(weight(own, db) > 0);
}

void TestCorrelator::timeOrder()
{
    const Incident db = incident(u"db"_s);
    QVERIFY(weight(failing(u"api"_s, ConditionKind::CheckFailing, wall0 - 3 * second), db) > 0); // within what both may be late
    QVERIFY(weight(failing(u"api"_s, ConditionKind::CheckFailing, wall0 - 5 * second), db) < 0);
    QVERIFY(weight(failing(u"api"_s, ConditionKind::CheckFailing, wall0 + 120 * minute), db) > 0); // it is still down
}

void TestCorrelator::noTieNoLink()
{
    QCOMPARE(weight(failing(u"db"_s, ConditionKind::CheckFailing, wall0), incident(u"web"_s)), -99.0);
}

void TestCorrelator::hintsAreNoCause()
{
    QCOMPARE(weight(failing(u"api"_s, ConditionKind::CheckFailing, wall0), incident(u"db"_s, ConditionKind::Anomaly)), -99.0);
}

void TestCorrelator::sharedThingsNeedTheSameWords()
{
    const ErrorEvent api = failing(u"api"_s, ConditionKind::CheckFailing, wall0 + second);
    const Incident mail = incident(u"mail"_s);
    QVERIFY(weight(api, mail) < 0);
    SymptomFacts words;
    words.templates = {u"could not connect to <*>"_s};
    QVERIFY(weight(api, mail, words, words) > 0);
    QVERIFY(weight(failing(u"api"_s, ConditionKind::CheckFailing, wall0 + 10 * minute), mail, words, words) < 0); // long ago
}

void TestCorrelator::seenTogetherBefore()
{
    IncidentPattern pattern;
    pattern.kind = PatternKind::FollowsIncident;
    pattern.component = u"mail"_s;
    pattern.type = ErrorType::ApiFailure;
    pattern.predecessor = u"web"_s;
    pattern.predecessorType = ErrorType::ServiceCrash;
    pattern.confidence = 0.6;
    pattern.support = 8;
    pattern.outOf = 9;
    context.patterns = {pattern};
    QVERIFY(weight(failing(u"mail"_s, ConditionKind::CheckFailing, wall0 + second), incident(u"web"_s)) > 0);
    context.patterns[0].confidence = 0.4;
    QCOMPARE(weight(failing(u"mail"_s, ConditionKind::CheckFailing, wall0 + second), incident(u"web"_s)), -99.0);
    context.patterns.clear();
}

void TestCorrelator::sameDeployment()
{
    ChangeRecord one;
    one.kind = ChangeKind::Deployment;
    one.component = u"mail"_s;
    one.at = wall0 - minute;
    ChangeRecord other = one;
    other.component = u"web"_s;
    other.at += 20 * second;
    context.changes = {one, other};
    QCOMPARE(weight(failing(u"mail"_s, ConditionKind::CheckFailing, wall0 + second), incident(u"web"_s)), 1.0);
    context.changes[1].at += 2 * minute;
    QCOMPARE(weight(failing(u"mail"_s, ConditionKind::CheckFailing, wall0 + second), incident(u"web"_s)), -99.0);
    context.changes.clear();
}

void TestCorrelator::disksMatter()
{
    graph = DependencyGraph({service(u"db"_s), service(u"web"_s)}, {{edge(u"db"_s, u"disk:/var"_s, TieKind::Disk)}, wall0});
    Incident full = incident(u"host"_s, ConditionKind::Threshold);
    full.severity = Severity::Critical;
    full.condition.series = {u"disk_usage"_s, {{u"path"_s, u"/var"_s}}};
    const ErrorEvent crash = failing(u"db"_s, ConditionKind::UnitFailed, wall0 + second);
    QCOMPARE(weight(crash, full), 2.5);
    QCOMPARE(weight(failing(u"web"_s, ConditionKind::UnitFailed, wall0 + second), full), 1.0); // where its files are is not known
    full.severity = Severity::Medium; // a warning: nothing lacks yet
    QCOMPARE(weight(crash, full), -99.0);
    full.severity = Severity::Critical;
    full.condition.series.labels[u"path"_s] = u"/home"_s;
    QCOMPARE(weight(crash, full), -99.0);
}

void TestCorrelator::tiesAreBrokenByRule()
{
    const DependencyGraph two({service(u"web"_s, {u"b"_s, u"a"_s}), service(u"a"_s), service(u"b"_s)}, {});
    CorrelationContext all;
    all.graph = &two;
    Incident a = incident(u"a"_s), b = incident(u"b"_s);
    const ErrorEvent web = failing(u"web"_s, ConditionKind::CheckFailing, wall0 + second);
    const std::vector<CauseCandidate> ab{{&a, {}, 0}, {&b, {}, 0}}, ba{{&b, {}, 0}, {&a, {}, 0}};
    QCOMPARE(causeOf(web, {}, 0, ab, all)->incidentId, a.id);
    QCOMPARE(causeOf(web, {}, 0, ba, all)->incidentId, a.id);
    b.startedAt -= 1;
    QCOMPARE(causeOf(web, {}, 0, ab, all)->incidentId, b.id);
}

} // namespace prunella

QTEST_GUILESS_MAIN(prunella::TestCorrelator)
#include "tst_correlator.moc"
