// One tree, and one mistake at a time: where it is said to be, and what is said.
#include "core/config/TreeLoader.h"

#include <QTemporaryDir>
#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

const QByteArray good = R"(tree: demo
applies_to: [service_crash, cpu_spike]
first: killed
questions:
  killed:
    ask: Was it killed?
    when:
      all:
        - {fact: unit.result, in: [signal, core-dump]}
        - not: {fact: unit.exit_signal, equals: 15}
    yes: {likelihood: 0.9, then: which}
    no: {likelihood: 0.8, then: other}
    unknown: no
    hints:
      - {when: {fact: oom.killed, equals: true}, answer: yes, likelihood: 0.7}
  which:
    ask: Which signal?
    cases:
      kill: {when: {fact: unit.exit_signal, equals: 9}, likelihood: 0.95, then: killed_hard}
      crash: {when: {fact: unit.exit_signal, in: [6, 11]}, likelihood: 0.95, then: crashed}
      rest: {likelihood: 0.9, then: signalled}
causes:
  killed_hard: {text: killed, prior: 0.3, summary: "{component} got {unit.exit_signal:signal}.", actions: [restart_service, health_check]}
  crashed: {text: crashed, prior: 0.3, summary: "it crashed[ at {unit.exit_status}]", advice: look}
  signalled: {text: signalled, prior: 0.1, summary: s, advice: look}
  other: {text: something else, prior: 0.3, summary: s, advice: look}
)";

QByteArray changed(const char *from, const char *to)
{
    QByteArray text = good;
    const qsizetype at = text.indexOf(from);
    return at < 0 ? QByteArray() : text.replace(at, qsizetype(qstrlen(from)), to);
}

QString told(const QList<ConfigProblem> &problems)
{
    QStringList lines;
    for (const ConfigProblem &problem : problems)
        lines << toString(problem);
    return lines.join(u'\n');
}

} // namespace

class TestTreeLoader : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsAll();
    void mistakes_data();
    void mistakes();
    void severalMistakesAtOnce();
    void otherFiles();
    void usersTreeReplaces();
};

void TestTreeLoader::readsAll()
{
    const TreeSet set = readTree(u"demo.yaml"_s, good);
    QCOMPARE(told(set.problems), QString());
    QCOMPARE(set.trees.size(), 1);
    const DecisionTree &tree = set.trees[0];
    QCOMPARE(tree.name + u' ' + tree.first + u' ' + tree.file, u"demo killed demo.yaml"_s);
    QVERIFY((tree.appliesTo == QList{ErrorType::ServiceCrash, ErrorType::CpuSpike}));
    QCOMPARE(tree.questions.size(), 2);
    const TreeQuestion &killed = tree.questions[0], &which = tree.questions[1];
    QCOMPARE(killed.answers[0].name + killed.answers[1].name + killed.unknown, u"yesnono"_s);
    QVERIFY(killed.answers[0].when && !killed.answers[1].when);
    const FactCondition &when = *killed.answers[0].when;
    QVERIFY(when.kind == FactCondition::Kind::All && when.children[0].kind == FactCondition::Kind::In);
    QVERIFY(when.children[1].kind == FactCondition::Kind::Not);
    QCOMPARE(when.children[0].values, (QList<QVariant>{u"signal"_s, u"core-dump"_s}));
    QCOMPARE(when.children[1].children[0].values, (QList<QVariant>{15.0}));
    QCOMPARE(killed.hints.at(0).answer, u"yes"_s);
    QCOMPARE(killed.hints.at(0).when.values, (QList<QVariant>{true}));
    QCOMPARE(which.answers.size(), 3);
    QCOMPARE(which.answers[1].name, u"crash"_s); // in the order of the file
    QVERIFY(!which.answers[2].when);
    QCOMPARE(tree.causes[0].prior, 0.3);
    QVERIFY((tree.causes[0].actions == QList{ActionType::RestartService, ActionType::HealthCheck}));
    QCOMPARE(tree.causes[1].advice, u"look"_s);
}

void TestTreeLoader::mistakes_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char *name, const char *from, const char *to, const QString &expected) {
        QTest::newRow(name) << changed(from, to) << expected;
    };
    row("unknown key", "ask: Was", "aks: Was", u"demo.yaml:6:5: error: questions.killed.aks: unknown key, the nearest known one is \"ask\""_s);
    row("unknown test", "in: [signal, core-dump]", "inn: [signal]", u"demo.yaml:9:31: error: questions.killed.when.all[0].inn: unknown key, the nearest known one is \"in\""_s);
    row("likelihood 1", "likelihood: 0.9, then: which", "likelihood: 1, then: which", u"demo.yaml:11:23: error: questions.killed.yes.likelihood: is \"1\", expected a number from 0.001 to 0.999"_s);
    row("likelihood 0", "likelihood: 0.8", "likelihood: 0", u"expected a number from 0.001 to 0.999"_s);
    row("likelihood missing", "{likelihood: 0.8, then: other}", "{then: other}", u"questions.killed.no.likelihood: missing"_s);
    row("unknown cause", "then: crashed", "then: crahsed", u"demo.yaml:20:84: error: questions.which.cases.crash.then: there is no question or cause \"crahsed\", the nearest known one is \"crashed\""_s);
    row("reached twice", "then: other", "then: which", u"demo.yaml:12:33: error: questions.killed.no.then: \"which\" is reached a second time"_s);
    row("unreachable leaf", "causes:\n", "causes:\n  lost: {text: t, prior: 0.001, summary: s, advice: a}\n", u"error: causes.lost: \"lost\" cannot be reached from the first question"_s);
    row("priors", "prior: 0.1", "prior: 0.4", u"error: causes: the priors sum to 1.3, expected 1"_s);
    row("prior range", "prior: 0.1", "prior: -0.1", u"error: causes.signalled.prior: is \"-0.1\", expected a number from 0.001 to 1"_s);
    row("unknown action", "restart_service, health_check", "restart_servise", u"error: causes.killed_hard.actions: unknown action \"restart_servise\", the nearest known one is \"restart_service\""_s);
    row("unknown error type", "cpu_spike]", "cpu_spikes]", u"error: applies_to: unknown error type \"cpu_spikes\", the nearest known one is \"cpu_spike\""_s);
    row("no actions and no advice", "summary: s, advice: look", "summary: s", u"error: causes.signalled: neither actions nor advice: nobody would know what to do"_s);
    row("duplicate id", "causes:\n", "causes:\n  crashed: {text: t, prior: 0.1, summary: s, advice: a}\n", u"crashed"_s);
    row("question and cause alike", "  other: {text", "  which: {text", u"\"which\" is a question and a cause; expected an id of its own"_s);
    row("first missing", "first: killed\n", "", u"error: first: missing, expected the id of the first question"_s);
    row("unknown answer", "unknown: no", "unknown: perhaps", u"error: questions.killed.unknown: is \"perhaps\", expected one of yes, no"_s);
    row("two tests", "equals: 15}", "equals: 15, above: 3}", u"expected exactly one test: equals"_s);
    row("no test", ", equals: 15}", "}", u"expected exactly one test: equals"_s);
    row("fact and all", "- not: {fact", "- all: [{fact: unit.name, exists: true}]\n          fact: unit.name\n          exists: true\n        - not: {fact", u"expected exactly one of all, any, not, fact"_s);
    row("bad expression", "equals: 9}", "matches: \"(\"}", u"error: questions.which.cases.kill.when.matches: is no regular expression"_s);
    row("brace", "{component} got", "{component got", u"error: causes.killed_hard.summary: { inside { }"_s);
    row("unknown fact in a sentence", "{unit.exit_status}]", "{unit.exit_state}]", u"no fact is ever named \"unit.exit_state\", the nearest known one is \"unit.exit_status\""_s);
    row("one case", "      crash: {when: {fact: unit.exit_signal, in: [6, 11]}, likelihood: 0.95, then: crashed}\n      rest: {likelihood: 0.9, then: signalled}\n", "", u"error: questions.which.cases: a question needs two cases at least"_s);
    QTest::newRow("no YAML") << QByteArray("tree: [") << u"demo.yaml:"_s;
    QTest::newRow("no tree") << QByteArray("threshold: 3\n") << u"error: tree: missing, expected the tree's name"_s;
}

void TestTreeLoader::mistakes()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, expected);
    QVERIFY2(!text.isEmpty(), "the row changes nothing");
    const TreeSet set = readTree(u"demo.yaml"_s, text);
    QVERIFY2(told(set.problems).contains(expected), qPrintable(told(set.problems)));
    QVERIFY(set.trees.isEmpty()); // half a tree is worse than none
    QVERIFY2(set.problems.size() <= 3, qPrintable(told(set.problems)));
}

void TestTreeLoader::severalMistakesAtOnce()
{
    QByteArray text = changed("likelihood: 0.8", "likelihood: 7");
    text.replace("prior: 0.1", "prior: x");
    text.replace("restart_service", "restart");
    QVERIFY2(readTree(u"demo.yaml"_s, text).problems.size() >= 3, "all at once, not only the first");
    const TreeSet warned = readTree(u"demo.yaml"_s, changed("fact: oom.killed", "fact: oom.kiled"));
    QCOMPARE(told(warned.problems), u"demo.yaml:15:23: warning: questions.killed.hints[0].when.fact: no fact is ever named \"oom.kiled\", the nearest known one is \"oom.killed\""_s);
    QCOMPARE(warned.trees.size(), 1); // a warning keeps the tree
}

void TestTreeLoader::otherFiles()
{
    const TreeSet procedure = readTree(u"p.yaml"_s, "procedure: restart_gently\nsteps: []\n");
    QVERIFY(procedure.trees.isEmpty() && procedure.problems.isEmpty());
    const TreeSet missing = loadTrees({u"/nonexistent/playbooks"_s});
    QCOMPARE(told(missing.problems), u"/nonexistent/playbooks: error: playbooks: there is no such folder"_s);
}

void TestTreeLoader::usersTreeReplaces()
{
    QTemporaryDir shipped, own;
    const auto write = [](const QTemporaryDir &dir, const QString &name, const QByteArray &text) {
        QFile file(dir.filePath(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
    };
    write(shipped, u"a.yaml"_s, good);
    write(shipped, u"b.yaml"_s, changed("tree: demo", "tree: second"));
    write(own, u"z.yml"_s, changed("Was it killed?", "My own question?"));
    const TreeSet set = loadTrees({shipped.path(), own.path()});
    QCOMPARE(told(set.problems), QString());
    QCOMPARE(set.trees.size(), 2);
    QCOMPARE(set.trees[0].questions[0].text, u"My own question?"_s); // in the place it had
    QCOMPARE(set.trees[1].name, u"second"_s);
    write(own, u"zz.yaml"_s, good);
    const TreeSet twice = loadTrees({shipped.path(), own.path()});
    QVERIFY2(told(twice.problems).contains(u"the tree \"demo\" is already in "_s), qPrintable(told(twice.problems)));
}

QTEST_GUILESS_MAIN(TestTreeLoader)
#include "tst_treeloader.moc"
