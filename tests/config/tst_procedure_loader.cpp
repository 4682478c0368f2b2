// One procedure, and one mistake at a time: where it is said to be, and what is said.
#include "core/config/ProcedureLoader.h"
#include "core/config/ProcedureValue.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

const QByteArray good = R"(procedure: leak_then_raise
description: A leak is restarted, then raised.
applies_to: [memory_leak, unknown]
causes: [leak, strange]
managers: [systemd, process]
services: [web]
when: {fact: history.incidents, below: 9}
steps:
  - id: restart
    text: start it anew
    action: restart_service
    parameters: {how: reload}
    when: {all: [{fact: incident.trend, equals: leak}, {change: {kind: deployment, within: 1h}, below: 1}]}
    timeout: 2m
    verify: condition
    on_failure: undo
    approve: two
    repeat: true
  - id: more
    action: scale_resources
    parameters: {what: instances, by: {fact: check.failing, type: integer, min: 2, max: 5, otherwise: 3}}
    verify: {what: checks, settle: 30s}
    on_failure: escalate
  - {id: look, action: enable_monitoring, parameters: {for: 10m}, verify: none, on_failure: stop}
)";

DecisionTree tree(const QString &file, ErrorType type, const QStringList &causes)
{
    DecisionTree tree;
    tree.name = toString(type);
    tree.file = file;
    tree.appliesTo = {type};
    for (const QString &id : causes) {
        TreeCause cause;
        cause.id = id;
        tree.causes << cause;
    }
    return tree;
}

QList<DecisionTree> trees(const QString &folder = u"/shipped"_s)
{
    return {tree(folder + u"/a.yaml"_s, ErrorType::MemoryLeak, {u"leak"_s, u"burst"_s}), tree(folder + u"/b.yaml"_s, ErrorType::Unknown, {u"strange"_s})};
}

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

void write(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    QVERIFY(QDir().mkpath(QFileInfo(path).path()) && file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size());
}

QStringList names(const ProcedureSet &set)
{
    QStringList found;
    for (const Procedure &procedure : set.procedures)
        found << procedure.name;
    return found;
}

} // namespace

class TestProcedureLoader : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsAll();
    void mistakes_data();
    void mistakes();
    void warningsKeepIt();
    void foldersAndTrees();
    void ownTreeDecides();
    void values_data();
    void values();
};

void TestProcedureLoader::readsAll()
{
    const ProcedureSet set = readProcedure(u"demo.yaml"_s, good, trees());
    QCOMPARE(told(set.problems), QString());
    QCOMPARE(names(set), QStringList{u"leak_then_raise"_s});
    const Procedure &procedure = set.procedures[0];
    QCOMPARE(procedure.file + u' ' + procedure.text, u"demo.yaml A leak is restarted, then raised."_s);
    QVERIFY((procedure.appliesTo == QList{ErrorType::MemoryLeak, ErrorType::Unknown}));
    QVERIFY((procedure.managers == QList{Manager::Systemd, Manager::Process}));
    QCOMPARE(procedure.causes + procedure.services, (QStringList{u"leak"_s, u"strange"_s, u"web"_s}));
    QVERIFY(procedure.when && procedure.when->kind == FactCondition::Kind::Below);
    QCOMPARE(procedure.queries.size(), 1);
    QCOMPARE(procedure.steps.size(), 3);
    const ProcedureStep &restart = procedure.steps[0], &more = procedure.steps[1], &look = procedure.steps[2];
    QVERIFY(restart.action == ActionType::RestartService && restart.when->kind == FactCondition::Kind::All);
    QCOMPARE(restart.when->children[1].fact, procedure.queries[0].key);
    QCOMPARE(restart.text + restart.parameters[0].name + restart.parameters[0].value, u"start it anewhowreload"_s);
    QVERIFY(restart.timeoutMs == 120'000 && !restart.settleMs && restart.approvals == 2 && restart.repeat);
    QVERIFY(restart.verify == StepVerify::Condition && restart.onFailure == OnFailure::Undo);
    QVERIFY(more.verify == StepVerify::Checks && more.settleMs == 30'000 && more.onFailure == OnFailure::Escalate && more.approvals == 0);
    const StepParameter by = more.parameters[1];
    QVERIFY(by.type == ParameterType::Integer && by.min == 2 && by.max == 5);
    QCOMPARE(by.name + by.fact + by.otherwise, u"bycheck.failing3"_s);
    QVERIFY(look.verify == StepVerify::None && look.onFailure == OnFailure::Stop && !look.repeat && !look.timeoutMs);
}

void TestProcedureLoader::mistakes_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char *name, const char *from, const char *to, const QString &expected) {
        QTest::newRow(name) << changed(from, to) << expected;
    };
    row("unknown key", "services:", "servises:", u"demo.yaml:6:1: error: servises: unknown key, the nearest known one is \"services\""_s);
    row("unknown step key", "on_failure: undo", "on_failur: undo", u"demo.yaml:16:5: error: steps[0].on_failur: unknown key, the nearest known one is \"on_failure\""_s);
    row("unknown type", "unknown]", "unknwon]", u"demo.yaml:3:27: error: applies_to[1]: unknown error type \"unknwon\", the nearest known one is \"unknown\""_s);
    row("unknown cause", "[leak,", "[leek,", u"demo.yaml:4:10: error: causes[0]: unknown cause of these error types \"leek\", the nearest known one is \"leak\""_s);
    row("unknown manager", "process]", "proces]", u"demo.yaml:5:21: error: managers[1]: unknown manager \"proces\", the nearest known one is \"process\""_s);
    row("unknown action", "action: restart_service", "action: restart_servise", u"demo.yaml:11:13: error: steps[0].action: unknown action \"restart_servise\", the nearest known one is \"restart_service\""_s);
    row("step twice", "id: more", "id: restart", u"demo.yaml:19:9: error: steps[1].id: \"restart\" stands already in line 9, expected each name once"_s);
    row("no id", "{id: look, ", "{", u"demo.yaml:24:5: error: steps[2].id: missing, expected a word that names the step"_s);
    row("no action", "action: scale_resources\n", "text: x\n", u"demo.yaml:19:5: error: steps[1].action: missing, expected one of restart_service"_s);
    row("parameter of another action", "{how: reload}", "{what: instances}", u"demo.yaml:12:18: error: steps[0].parameters.what: unknown key, the nearest known one is \"how\""_s);
    row("misspelt parameter", "{how: reload}", "{haw: reload}", u"demo.yaml:12:18: error: steps[0].parameters.haw: unknown key, the nearest known one is \"how\""_s);
    row("action without parameters", "restart_service\n    parameters: {how", "health_check\n    parameters: {how", u"demo.yaml:12:17: error: steps[0].parameters: health_check takes no parameters"_s);
    row("value not allowed", "{how: reload}", "{how: hard}", u"demo.yaml:12:23: error: steps[0].parameters.how: is \"hard\", expected one of restart, reload"_s);
    row("value of another type", "for: 10m", "for: later", u"demo.yaml:24:61: error: steps[2].parameters.for: is \"later\", expected a duration such as 30s, 5m or 1h, from 1s to 1d"_s);
    row("another type", "type: integer", "type: text", u"error: steps[1].parameters.by.type: is \"text\", but this parameter is of type integer"_s);
    row("bounds", "min: 2, max: 5", "min: 6, max: 5", u"error: steps[1].parameters.by.max: is below min"_s);
    row("bounds of the action", "max: 5", "max: 5000", u"error: steps[1].parameters.by.max: is \"5000\", expected a number from 1 to 1000"_s);
    row("otherwise outside", "otherwise: 3", "otherwise: 9", u"error: steps[1].parameters.by.otherwise: is \"9\", expected a whole number of digits only from 2 to 5"_s);
    row("fact that nobody knows", "fact: check.failing", "fact: check.failling", u"demo.yaml:21:46: error: steps[1].parameters.by.fact: no fact is ever named \"check.failling\", the nearest known one is \"check.failing\""_s);
    row("no fact", "fact: check.failing, ", "", u"error: steps[1].parameters.by.fact: missing"_s);
    row("probe", "{change: {kind: deployment, within: 1h}, below: 1}", "{probe: {type: disk, path: /}, above: 1}", u"demo.yaml:13:11: error: steps[0].when: asks a probe, which only decision trees do"_s);
    row("verify", "verify: condition", "verify: conditions", u"demo.yaml:15:13: error: steps[0].verify: is \"conditions\", expected one of full, condition, checks, none"_s);
    row("approve", "approve: two", "approve: three", u"error: steps[0].approve: is \"three\", expected one of one, two"_s);
    row("timeout", "timeout: 2m", "timeout: 0s", u"demo.yaml:14:14: error: steps[0].timeout: is \"0s\", expected a duration"_s);
    row("two tests", "below: 9}", "below: 9, above: 1}", u"demo.yaml:7:7: error: when: expected exactly one test"_s);
    row("no types", "applies_to: [memory_leak, unknown]\n", "", u"error: applies_to: missing, expected a list of error types"_s);
    row("empty types", "[memory_leak, unknown]", "[]", u"demo.yaml:3:13: error: applies_to: is empty, expected one error type at least"_s);
    row("name", "procedure: leak_then_raise", "procedure: leak then raise", u"demo.yaml:1:12: error: procedure: "_s);
    QTest::newRow("no steps") << QByteArray("procedure: x\napplies_to: [unknown]\n") << u"demo.yaml:1:1: error: steps: missing, expected a list of steps"_s;
    QTest::newRow("empty steps") << QByteArray("procedure: x\napplies_to: [unknown]\nsteps: []\n") << u"demo.yaml:3:8: error: steps: is empty, expected one step at least"_s;
    QTest::newRow("no YAML") << QByteArray("procedure: [") << u"demo.yaml:"_s;
}

void TestProcedureLoader::mistakes()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, expected);
    QVERIFY2(!text.isEmpty(), "the row changes nothing");
    const ProcedureSet set = readProcedure(u"demo.yaml"_s, text, trees());
    QVERIFY2(told(set.problems).contains(expected), qPrintable(told(set.problems)));
    QVERIFY(set.procedures.isEmpty()); // half a procedure is worse than none
    QVERIFY2(set.problems.size() <= 3, qPrintable(told(set.problems)));
}

void TestProcedureLoader::warningsKeepIt()
{
    const ProcedureSet warned = readProcedure(u"demo.yaml"_s, changed("fact: history.incidents", "fact: history.incident"), trees());
    QCOMPARE(told(warned.problems), u"demo.yaml:7:14: warning: when.fact: no fact is ever named \"history.incident\", the nearest known one is \"history.incidents\""_s);
    QCOMPARE(warned.procedures.size(), 1);
    const ProcedureSet tree = readProcedure(u"t.yaml"_s, "tree: x\napplies_to: [unknown]\n", trees());
    QVERIFY(tree.procedures.isEmpty() && tree.problems.isEmpty());
    QCOMPARE(readProcedure(u"demo.yaml"_s, changed("[leak,", "[anything,"), {}).procedures.size(), 1); // no tree, nothing is known of causes
}

void TestProcedureLoader::foldersAndTrees()
{
    const QTemporaryDir shipped, own;
    write(shipped.filePath(u"a.yaml"_s), "tree: a\n");
    write(shipped.filePath(u"procedures/first.yaml"_s), good);
    write(shipped.filePath(u"procedures/second.yml"_s), changed("leak_then_raise", "second"));
    write(own.filePath(u"beside.yaml"_s), changed("leak_then_raise", "mine"));
    write(own.filePath(u"broken.yaml"_s), "procedure: [");
    const QStringList folders{shipped.path(), own.path(), u"/nonexistent"_s};
    const QList<DecisionTree> shippedTrees = trees(shipped.path());
    ProcedureSet set = loadProcedures(folders, shippedTrees);
    QCOMPARE(told(set.problems), QString()); // the missing folder and the broken file are told with the trees
    QCOMPARE(names(set), (QStringList{u"leak_then_raise"_s, u"second"_s, u"mine"_s}));
    write(own.filePath(u"again.yaml"_s), changed("restart_service", "health_check").replace("    parameters: {how: reload}\n", ""));
    set = loadProcedures(folders, shippedTrees);
    QCOMPARE(told(set.problems), QString());
    QCOMPARE(names(set), (QStringList{u"second"_s, u"leak_then_raise"_s, u"mine"_s}));
    QVERIFY(set.procedures[1].steps[0].action == ActionType::HealthCheck);
    write(own.filePath(u"procedures/twice.yaml"_s), good);
    write(own.filePath(u"procedures/wood.yaml"_s), "\ntree: x\n");
    write(own.filePath(u"procedures/words.yaml"_s), "threshold: 3\n");
    const QString problems = told(loadProcedures(folders, shippedTrees).problems);
    QVERIFY2(problems.contains(u"the procedure \"leak_then_raise\" is already in "_s + own.filePath(u"again.yaml"_s)), qPrintable(problems));
    QVERIFY2(problems.contains(u"wood.yaml:2:1: error: tree: a decision tree is not read from here"_s), qPrintable(problems));
    QVERIFY2(problems.contains(u"words.yaml:1:1: error: procedure: missing"_s), qPrintable(problems));
}

/// A tree of one's own says what is done: the shipped procedure is not for it, and its causes are not looked for in it.
void TestProcedureLoader::ownTreeDecides()
{
    const QTemporaryDir shipped, own;
    write(shipped.filePath(u"procedures/first.yaml"_s), good);
    QList<DecisionTree> all = trees(shipped.path());
    all[0] = tree(own.filePath(u"mine.yaml"_s), ErrorType::MemoryLeak, {u"other"_s});
    const ProcedureSet set = loadProcedures({shipped.path(), own.path()}, all);
    QCOMPARE(told(set.problems), QString());
    QCOMPARE(set.procedures.size(), 1);
    QVERIFY(set.procedures[0].appliesTo == QList{ErrorType::Unknown});
    write(own.filePath(u"procedures/mine.yaml"_s), changed("[leak, strange]", "[other]").replace("leak_then_raise", "mine"));
    const ProcedureSet both = loadProcedures({shipped.path(), own.path()}, all);
    QCOMPARE(told(both.problems), QString());
    QVERIFY((both.procedures.at(1).appliesTo == QList{ErrorType::MemoryLeak, ErrorType::Unknown}));
}

void TestProcedureLoader::values_data()
{
    QTest::addColumn<int>("type");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("value"); // empty: refused
    const auto row = [](ParameterType type, const QString &text, const QString &value) {
        QTest::addRow("%s %s", qPrintable(toString(type)), qPrintable(text.left(30).toHtmlEscaped())) << int(type) << text << value;
    };
    for (const QString &text : {u"-1"_s, u" 1"_s, u"1.0"_s, u"1e3"_s, u"0x10"_s, u""_s, u"12345678901234567890"_s, u"١"_s, u"1;2"_s, u"1\n"_s})
        row(ParameterType::Integer, text, {});
    row(ParameterType::Integer, u"42"_s, u"42"_s);
    row(ParameterType::Number, u"1.50"_s, u"1.5"_s);
    row(ParameterType::Number, u"nan"_s, {});
    row(ParameterType::Duration, u"90s"_s, u"90s"_s);
    row(ParameterType::Duration, u"0.5h"_s, u"30m"_s);
    row(ParameterType::Duration, u"600"_s, u"10m"_s);
    row(ParameterType::Duration, u"1.5s"_s, u"1500ms"_s);
    row(ParameterType::Duration, u"-90s"_s, {});
    row(ParameterType::Size, u"2MiB"_s, u"2097152"_s);
    for (const QString &text : {u"-rf"_s, u"a b"_s, u"a/b"_s, u"a;b"_s, u"$(x)"_s, u"ä"_s, u""_s, QString(65, u'a'), u"a\n"_s, u"--help"_s})
        row(ParameterType::Word, text, {});
    row(ParameterType::Word, u"web@1.service"_s, u"web@1.service"_s);
    row(ParameterType::Word, QString(64, u'a'), QString(64, u'a'));
    for (const QString &text : {u"etc/passwd"_s, u"/a/../b"_s, u"/a//b"_s, u"/a/"_s, u"-/a"_s, u"/a\nb"_s, u"/a\0b"_s, u""_s, u"/a/./b"_s})
        row(ParameterType::Path, text, {});
    row(ParameterType::Path, u"/srv/a b"_s, u"/srv/a b"_s);
    for (const QString &text : {u"-x"_s, u"a\nb"_s, u"a\rb"_s, u"a\x1b[0m"_s, u""_s, QString(201, u'a'), u"a\u2028b"_s, u"a\u202eb"_s})
        row(ParameterType::Text, text, {});
    row(ParameterType::Text, u"it's \"so\"; $(rm)"_s, u"it's \"so\"; $(rm)"_s); // no shell ever sees it
}

void TestProcedureLoader::values()
{
    QFETCH(int, type);
    QFETCH(QString, text);
    QFETCH(QString, value);
    StepParameter parameter;
    parameter.type = ParameterType(type);
    const auto found = typedValue(parameter, text);
    QCOMPARE(found.value_or(QString()), value);
    QVERIFY(found || (!found.error().message.contains(u'\n') && found.error().message.contains(u"expected "_s)));
}

QTEST_GUILESS_MAIN(TestProcedureLoader)
#include "tst_procedure_loader.moc"
