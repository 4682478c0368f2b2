// The question forms of a tree: read from YAML, counted in what was seen, asked by probes one round after the other.
#include "core/config/TreeLoader.h"
#include "core/diagnosis/Diagnose.h"
#include "core/diagnosis/EvidenceBuilder.h"
#include "core/diagnosis/Probing.h"

#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 wall0 = 1'700'000'000'000;
constexpr qint64 minute = 60'000;

const QByteArray forms = R"(tree: demo
applies_to: [network_timeout]
first: deployed
questions:
  deployed:
    ask: Was it deployed?
    when: {change: {kind: deployment, of: component, within: 30m}, at_least: 1}
    yes: {likelihood: 0.9, then: bad_deployment}
    no: {likelihood: 0.8, then: reach}
  reach:
    ask: Does the peer answer?
    cases:
      refused: {when: {probe: {type: tcp, address: "{check.address}", timeout: 2s}, equals: refused}, likelihood: 0.95, then: down}
      unknown name: {when: {probe: {type: resolve, name: "{check.host}"}, equals: not_found}, likelihood: 0.9, then: no_name}
      other: {likelihood: 0.7, then: logged}
  logged:
    ask: Does it write so?
    when: {log: {matches: "refused by {check.host}"}, above: 1}
    yes: {likelihood: 0.8, then: written}
    no: {likelihood: 0.6, then: events}
  events:
    ask: Do others fail, too?
    when: {events: {of: dependency, within: 5m}, at_least: 1}
    yes: {likelihood: 0.8, then: dependency}
    no: {likelihood: 0.6, then: unclear}
causes:
  bad_deployment: {text: deployment, prior: 0.2, summary: "{component}: {change.newest}", advice: look}
  down: {text: peer down, prior: 0.2, summary: "{probe.tcp:text}", advice: look}
  no_name: {text: no name, prior: 0.2, summary: s, advice: look}
  written: {text: written, prior: 0.1, summary: s, advice: look}
  dependency: {text: dependency, prior: 0.1, summary: s, advice: look}
  unclear: {text: unclear, prior: 0.2, summary: s, advice: look}
)";

QString told(const QList<ConfigProblem> &problems)
{
    QStringList lines;
    for (const ConfigProblem &problem : problems)
        lines << toString(problem);
    return lines.join(u'\n');
}

DecisionTree tree(const QByteArray &text = forms)
{
    const TreeSet set = readTree(u"demo.yaml"_s, text);
    if (set.trees.size() != 1)
        qFatal("%s", qPrintable(told(set.problems)));
    return set.trees.first();
}

QString keysOf(const DecisionTree &tree)
{
    QStringList keys;
    for (const TreeQuery &query : tree.queries)
        keys << query.key;
    return keys.join(u' ');
}

/// web asks db at db.test:5432; nothing else is known.
EvidenceInput webAsksDb()
{
    EvidenceInput input;
    input.condition = {ConditionKind::CheckFailing, u"web"_s, {}, 0};
    input.now = {wall0, 9'000'000, 0, {}};
    input.startedAt = wall0 - minute;
    HealthCheckConfig check;
    check.type = CheckType::Tcp;
    check.address = u"db.test:5432"_s;
    input.health = {check};
    CheckResult result;
    result.service = u"web"_s;
    result.type = CheckType::Tcp;
    result.wallMs = wall0;
    input.lastChecks = {result};
    input.lines.emplace();
    input.changes.emplace();
    input.topology.emplace();
    input.topology->edges = {{u"shop"_s, u"web"_s, TieKind::Connection, {}, 0, 0}, {u"web"_s, u"db"_s, TieKind::Declared, {}, 0, 0},
                             {u"web"_s, u"disk:/var"_s, TieKind::Disk, {}, 0, 0}, {u"web"_s, u"cron"_s, TieKind::After, {}, 0, 0}};
    return input;
}

LogLine line(const QByteArray &text, qint64 wallMs)
{
    LogLine one;
    one.component = u"web"_s;
    one.text = text;
    one.wallMs = wallMs;
    return one;
}

ErrorEvent errorOf(const QString &component, qint64 wallMs, ErrorType type = ErrorType::ServiceCrash)
{
    ErrorEvent one;
    one.condition.component = component;
    one.type = type;
    one.wallMs = wallMs;
    one.reason = component + u" failed"_s;
    return one;
}

QString ordersOf(const QList<ProbeOrder> &orders)
{
    QStringList texts;
    for (const ProbeOrder &order : orders)
        texts << toString(order);
    return texts.join(u"; "_s);
}

} // namespace

class TestTreeForms : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void keys();
    void mistakes_data();
    void mistakes();
    void logs();
    void events();
    void changes();
    void around();
    void probesOneRoundAfterTheOther();
    void whatPlainFactsAnswerAsksNothing();
    void unknownIsAnAnswer();
    void hintsAskLast();
};

void TestTreeForms::keys()
{
    const DecisionTree demo = tree();
    QCOMPARE(keysOf(demo), u"change(deployment,component,1800s) probe.tcp({check.address}) probe.resolve({check.host}) "
                           "log(refused by {check.host}) events(any,dependency,300s)"_s);
    QCOMPARE(demo.queries[1].timeoutMs, 2000);
    QCOMPARE(demo.queries[2].timeoutMs, 3000); // the default
    const QByteArray base = "tree: t\napplies_to: [cpu_spike]\nfirst: q\nquestions:\n  q:\n    ask: a\n    when: {any: [";
    const QByteArray rest = "]}\n    yes: {likelihood: 0.9, then: a}\n    no: {likelihood: 0.9, then: b}\ncauses:\n"
                            "  a: {text: a, prior: 0.5, summary: s, advice: x}\n  b: {text: b, prior: 0.5, summary: s, advice: x}\n";
    const auto key = [&](const QByteArray &form) { return keysOf(tree(base + "{" + form + "}" + rest)); };
    QCOMPARE(key("log: {matches: 'a{2,3}b', within: 10m}, above: 0"), u"log(a{2,3}b,600s)"_s);
    QCOMPARE(key("log: {template: 'Connection to <*> refused'}, above: 0"), u"log_template(Connection to <*> refused)"_s);
    QCOMPARE(key("events: {}, above: 0"), u"events(any,component,600s)"_s);
    QCOMPARE(key("change: {}, above: 0"), u"change(any,component,1800s)"_s);
    QCOMPARE(key("probe: {type: cgroup, field: oom_kills}, above: 0"), u"probe.cgroup(oom_kills)"_s);
    QCOMPARE(key("probe: {type: database}, equals: locked"), u"probe.database"_s);
    QCOMPARE(key("probe: {type: http, url: 'http://a/', expect_status: 204}, equals: ok"), u"probe.http(http://a/,204)"_s);
    QCOMPARE(key("probe: {type: nagios, command: [/bin/check, -H, '{check.host}']}, equals: ok"), u"probe.nagios(/bin/check -H {check.host})"_s);
}

void TestTreeForms::mistakes_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char *name, const char *from, const char *to, const QString &expected) {
        QByteArray text = forms;
        QVERIFY2(text.contains(from), name);
        QTest::newRow(name) << text.replace(from, to) << expected;
    };
    row("expression", "refused by {check.host}", "refused ((", u"demo.yaml:18:27: error: questions.logged.when.log.matches: is no regular expression: "_s);
    row("probe type", "type: tcp", "type: tpc", u"demo.yaml:13:38: error: questions.reach.cases.refused.when.probe.type: is \"tpc\", expected one of tcp"_s);
    row("no type", "type: resolve, ", "", u"questions.reach.cases.unknown name.when.probe.type: missing, expected one of tcp"_s);
    row("no address", "address: \"{check.address}\", ", "", u"error: questions.reach.cases.refused.when.probe.address: missing, expected host:port"_s);
    row("timeout 0", "timeout: 2s", "timeout: 0s", u"questions.reach.cases.refused.when.probe.timeout: is \"0s\", expected a duration such as 30s, 5m or 1h, from 1ms to 30s"_s);
    row("timeout 31", "timeout: 2s", "timeout: 31s", u"expected a duration such as 30s, 5m or 1h, from 1ms to 30s"_s);
    row("probe's key", "timeout: 2s", "timeuot: 2s", u"unknown key, the nearest known one is \"timeout\""_s);
    row("another probe's key", "timeout: 2s", "url: x", u"questions.reach.cases.refused.when.probe.url: unknown key"_s);
    row("placeholder", "\"{check.address}\"", "\"{check.adress}\"", u"no fact is ever named \"check.adress\", the nearest known one is \"check.address\""_s);
    row("event type", "{of: dependency, within: 5m}", "{type: service_crush}", u"questions.events.when.events.type: is \"service_crush\""_s);
    row("whose", "of: dependency", "of: depedency", u"questions.events.when.events.of: is \"depedency\", expected one of component"_s);
    row("change kind", "kind: deployment", "kind: deploy", u"questions.deployed.when.change.kind: is \"deploy\", expected one of any, deployment"_s);
    row("two forms", "within: 5m}, at", "within: 5m}, log: {matches: x}, at", u"expected exactly one of all, any, not, fact, log, events, change, probe"_s);
    row("misspelt form", "{log: {matches: \"refused by {check.host}\"}, above: 1}", "{lg: {matches: x}, above: 1}", u"questions.logged.when.lg: unknown key, the nearest known one is \"log\""_s);
    row("both", "matches: \"refused by", "template: x, matches: \"refused by", u"expected exactly one of matches, template"_s);
    row("no test", "}, equals: not_found}", "}}", u"expected exactly one test"_s);
}

void TestTreeForms::mistakes()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, expected);
    const TreeSet set = readTree(u"demo.yaml"_s, text);
    QVERIFY2(told(set.problems).contains(expected), qPrintable(told(set.problems)));
    QVERIFY(set.trees.isEmpty());
}

void TestTreeForms::logs()
{
    const DecisionTree demo = tree();
    const QString key = u"log(refused by {check.host})"_s;
    EvidenceInput input = webAsksDb();
    input.lines = {line("refused by db.test", wall0 - 12 * minute), line("refused by db.test", wall0 - 11 * minute),
                   line("refused by dbxtest", wall0), line("\xff refused by db.test: 3", wall0)};
    const Fact two = buildEvidence(input, &demo).value(key);
    QCOMPARE(two.value.toDouble(), 2.0); // ten minutes before the start, which is the second of them; the dot is a dot
    QVERIFY2(two.text.startsWith(u"2 log lines"_s) && two.text.contains(u"refused by db.test: 3"_s), qPrintable(two.text));
    input.lines->clear();
    QCOMPARE(buildEvidence(input, &demo).value(key).value.toDouble(), 0.0);
    input.health.clear(); // its host is not known any more
    const Fact unknown = buildEvidence(input, &demo).value(key);
    QVERIFY(!unknown.value.isValid() && unknown.text.contains(u"check.host is not known"_s));
    input = webAsksDb();
    input.lines.reset();
    QCOMPARE(buildEvidence(input, &demo).value(key).text, u"web has no log source"_s);
    const DecisionTree templates = tree(QByteArray(forms).replace("{matches: \"refused by {check.host}\"}", "{template: \"Connection to <*> refused (<*>)\"}"));
    input.lines = {line("12:00 Connection  to 10.0.0.5:80 refused (111)", wall0), line("Connection to refused", wall0)};
    QCOMPARE(buildEvidence(input, &templates).value(u"log_template(Connection to <*> refused (<*>))"_s).value.toDouble(), 1.0);
}

void TestTreeForms::events()
{
    const DecisionTree demo = tree();
    const QString key = u"events(any,dependency,300s)"_s;
    EvidenceInput input = webAsksDb();
    input.events = {errorOf(u"db"_s, wall0 - 7 * minute), errorOf(u"db"_s, wall0 - 6 * minute), errorOf(u"cron"_s, wall0), errorOf(u"web"_s, wall0)};
    QCOMPARE(buildEvidence(input, &demo).value(key).value.toDouble(), 1.0); // an order alone is no need, and db's first is too old
    const auto count = [&](const char *form) {
        const DecisionTree other = tree(QByteArray(forms).replace("{of: dependency, within: 5m}", form));
        return buildEvidence(input, &other).value(other.queries.last().key).value.toDouble();
    };
    QCOMPARE(count("{of: any}"), 4.0);
    QCOMPARE(count("{of: any, type: cpu_spike}"), 0.0);
    QCOMPARE(count("{of: component, type: service_crash}"), 1.0);
    QCOMPARE(count("{of: dependent}"), 0.0);
    input.events << errorOf(u"shop"_s, wall0) << errorOf(u"host"_s, wall0);
    QCOMPARE(count("{of: dependent}"), 1.0);
    QCOMPARE(count("{of: host}"), 1.0);
    input.topology.reset();
    QVERIFY(!buildEvidence(input, &demo).value(key).value.isValid());
}

void TestTreeForms::changes()
{
    const DecisionTree demo = tree();
    const QString key = u"change(deployment,component,1800s)"_s;
    EvidenceInput input = webAsksDb();
    QCOMPARE(buildEvidence(input, &demo).value(key).value.toDouble(), 0.0);
    const auto change = [](ChangeKind kind, const QString &component, qint64 at) {
        return ChangeRecord{{}, kind, component, component, u"1"_s, u"2"_s, QString(component + u" was deployed: 1 -> 2"_s), {}, at};
    };
    input.changes = {change(ChangeKind::Deployment, u"web"_s, wall0 - 3 * minute), change(ChangeKind::Deployment, u"web"_s, wall0 - 40 * minute),
                     change(ChangeKind::Deployment, u"db"_s, wall0 - 2 * minute), change(ChangeKind::Package, {}, wall0 - 4 * minute),
                     change(ChangeKind::Deployment, u"web"_s, wall0)}; // after the fault's start: no cause of it
    const Evidence evidence = buildEvidence(input, &demo);
    QCOMPARE(evidence.value(key).value.toDouble(), 1.0);
    QCOMPARE(evidence.value(key).text, u"web was deployed: 1 -> 2"_s);
    QCOMPARE(evidence.value(u"change.newest_kind"_s).value.toString(), u"deployment"_s);
    QCOMPARE(evidence.value(u"change.newest_minutes"_s).value.toDouble(), 2.0); // before the start
    const Diagnosis found = diagnose({demo}, ErrorType::NetworkTimeout, u"web"_s, evidence, input.now);
    QCOMPARE(found.rootCause, u"web: web was deployed: 1 -> 2"_s);
    input.changes.reset();
    const Evidence none = buildEvidence(input, &demo);
    QVERIFY(!none.value(key).value.isValid() && !none.contains(u"change.newest"_s));
}

void TestTreeForms::around()
{
    EvidenceInput input = webAsksDb();
    input.failing = {u"web"_s, u"db"_s, u"shop"_s, u"mail"_s, u"host"_s};
    EarlierIncident healed{wall0 - 2 * 86'400'000LL - minute, {ActionType::RestartService, ActionType::HealthCheck}, {ActionType::RestartService}};
    EarlierIncident vain{wall0 - 5 * 86'400'000LL, {ActionType::RestartService}, {}};
    input.earlier = {vain, healed};
    const Evidence evidence = buildEvidence(input);
    const auto value = [&](const char *key) { return evidence.value(QString::fromLatin1(key)).value.toString(); };
    QCOMPARE(value("check.address"), u"db.test:5432"_s);
    QCOMPARE(value("check.host"), u"db.test"_s);
    QVERIFY(!evidence.contains(u"check.url"_s));
    QCOMPARE(value("topology.dependencies"), u"1"_s);
    QCOMPARE(value("topology.dependents"), u"1"_s);
    QCOMPARE(value("topology.dependent_names"), u"shop"_s);
    QCOMPARE(value("topology.dependents_failing"), u"1"_s);
    QCOMPARE(value("topology.same_host_failing"), u"3"_s);
    QCOMPARE(value("dependency.first"), u"db"_s);
    QCOMPARE(value("history.tried.restart_service"), u"2"_s);
    QCOMPARE(value("history.healed_by.restart_service"), u"1"_s);
    QCOMPARE(value("history.healed_by.health_check"), u"0"_s);
    QCOMPARE(value("history.last_days"), u"2"_s);
    input.health[0].type = CheckType::Http;
    input.health[0].url = u"https://[::1]/x"_s;
    const Evidence http = buildEvidence(input);
    QCOMPARE(http.value(u"check.address"_s).value.toString(), u"[::1]:443"_s);
    QCOMPARE(http.value(u"check.host"_s).value.toString(), u"::1"_s);
    QCOMPARE(http.value(u"check.url"_s).value.toString(), u"https://[::1]/x"_s);
}

void TestTreeForms::probesOneRoundAfterTheOther()
{
    const DecisionTree demo = tree();
    const EvidenceInput input = webAsksDb();
    Evidence evidence = buildEvidence(input, &demo);
    QVERIFY(hasProbes(demo));
    QCOMPARE(ordersOf(neededProbes(demo, u"web"_s, evidence)), u"tcp db.test:5432; resolve db.test"_s);
    evidence.insert(u"probe.tcp({check.address})"_s, {u"refused"_s, u"db.test:5432: connection refused"_s, wall0});
    QVERIFY(neededProbes(demo, u"web"_s, evidence).isEmpty()); // the first case is true: the second matters no more
    const Diagnosis found = diagnose({demo}, ErrorType::NetworkTimeout, u"web"_s, evidence, input.now);
    QCOMPARE(found.causeId, u"down"_s);
    QCOMPARE(found.rootCause, u"db.test:5432: connection refused"_s);
    QCOMPARE(found.root.children[1].likelihood, 0.95);
}

void TestTreeForms::whatPlainFactsAnswerAsksNothing()
{
    const DecisionTree demo = tree(QByteArray(forms).replace("{probe: {type: tcp, address: \"{check.address}\", timeout: 2s}, equals: refused}",
        "{any: [{fact: check.refused, equals: true}, {probe: {type: tcp, address: \"{check.address}\"}, equals: refused}]}"));
    EvidenceInput input = webAsksDb();
    input.lastChecks[0].refused = true;
    QVERIFY(neededProbes(demo, u"web"_s, buildEvidence(input, &demo)).isEmpty());
    input.lastChecks[0].refused = false;
    QVERIFY(!neededProbes(demo, u"web"_s, buildEvidence(input, &demo)).isEmpty());
    input.changes = {ChangeRecord{{}, ChangeKind::Deployment, u"web"_s, {}, {}, {}, u"deployed"_s, {}, wall0 - 2 * minute}};
    QVERIFY(neededProbes(demo, u"web"_s, buildEvidence(input, &demo)).isEmpty()); // that question is not on the way
}

void TestTreeForms::unknownIsAnAnswer()
{
    const DecisionTree demo = tree();
    EvidenceInput input = webAsksDb();
    Evidence evidence = buildEvidence(input, &demo);
    evidence.insert(u"probe.tcp({check.address})"_s, unknownFact(u"tcp db.test:5432: no answer within 2 s"_s));
    evidence.insert(u"probe.resolve({check.host})"_s, {u"ok"_s, u"db.test has an address"_s, 0});
    QVERIFY(neededProbes(demo, u"web"_s, evidence).isEmpty()); // asked, and not again
    const Diagnosis found = diagnose({demo}, ErrorType::NetworkTimeout, u"web"_s, evidence, input.now);
    const DiagnosisNode &reach = found.root.children[1];
    QCOMPARE(reach.answer, u"unknown"_s);
    QCOMPARE(reach.likelihood, 0.0);
    QVERIFY2(reach.evidence.contains(u"not known: tcp db.test:5432: no answer within 2 s"_s), qPrintable(reach.evidence.join(u'|')));
    QVERIFY(!found.causeId.isEmpty()); // and the walk went on
    input.health.clear(); // no address: the probes are not run
    evidence = buildEvidence(input, &demo);
    QVERIFY(neededProbes(demo, u"web"_s, evidence).isEmpty());
    settleUnaskable(evidence, demo, u"web"_s);
    QCOMPARE(evidence.value(u"probe.tcp({check.address})"_s).text, u"probe.tcp({check.address}) was not asked: check.address is not known"_s);
}

void TestTreeForms::hintsAskLast()
{
    const DecisionTree demo = tree(QByteArray(forms).replace("      other: {likelihood: 0.7, then: logged}\n",
        "      other: {likelihood: 0.7, then: logged}\n    hints:\n      - {when: {probe: {type: ping, address: \"{check.host}\"}, equals: ok}, answer: other, likelihood: 0.6}\n"));
    Evidence evidence = buildEvidence(webAsksDb(), &demo);
    evidence.insert(u"probe.tcp({check.address})"_s, unknownFact(u"x"_s));
    QCOMPARE(ordersOf(neededProbes(demo, u"web"_s, evidence)), u"resolve db.test"_s); // the question first
    evidence.insert(u"probe.resolve({check.host})"_s, {u"ok"_s, {}, 0});
    QCOMPARE(ordersOf(neededProbes(demo, u"web"_s, evidence)), u"ping db.test"_s);
    evidence.insert(u"probe.tcp({check.address})"_s, {u"ok"_s, {}, 0});
    QVERIFY(neededProbes(demo, u"web"_s, evidence).isEmpty()); // answered without a hint
}

QTEST_GUILESS_MAIN(TestTreeForms)
#include "tst_tree_forms.moc"
