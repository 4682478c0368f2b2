// The shipped procedures: one for each error type at least, each no worse than what its tree recommends; and their schema.
#include "core/config/ProcedureLoader.h"
#include "core/config/TreeLoader.h"

#include <QDir>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

const QString playbooks = QStringLiteral(SOURCE_DIR "/resources/playbooks");

const QByteArray good = R"(procedure: demo
applies_to: [memory_leak]
causes: [service_leak]
managers: [systemd]
when: {fact: history.incidents, below: 9}
steps:
  - id: restart
    action: restart_service
    parameters: {how: reload}
    when: {any: [{fact: incident.trend, equals: leak}, {log: {matches: x}, above: 1}]}
    timeout: 2m
    verify: {what: checks, settle: 30s}
    on_failure: undo
    approve: two
    repeat: true
  - {id: more, action: scale_resources, parameters: {by: {fact: check.failing, type: integer, min: 1, otherwise: 3}}}
  - {id: look, action: enable_monitoring, parameters: {for: 10m}, verify: none}
)";

struct Mistake { const char *name, *from, *to; };
const QList<Mistake> mistakes{
    {"unknown top key", "managers:", "manager:"},
    {"no name", "procedure: demo", "description: demo"},
    {"unknown error type", "[memory_leak]", "[memory_leaks]"},
    {"no error type", "[memory_leak]", "[]"},
    {"unknown manager", "[systemd]", "[sytemd]"},
    {"no id", "id: restart\n    ", ""},
    {"unknown action", "action: restart_service", "action: restart"},
    {"unknown step key", "timeout: 2m", "time: 2m"},
    {"parameter of another action", "{how: reload}", "{resource: memory}"},
    {"value not allowed", "{how: reload}", "{how: hard}"},
    {"another type", "type: integer", "type: text"},
    {"parameter without a fact", "fact: check.failing, ", ""},
    {"two subjects", "{fact: incident.trend, equals", "{fact: incident.trend, change: {}, equals"},
    {"probe", "{log: {matches: x}, above: 1}", "{probe: {type: disk, path: /}, above: 1}"},
    {"verification", "what: checks", "what: all"},
    {"settle", "settle: 30s", "settle: soon"},
    {"on_failure", "on_failure: undo", "on_failure: retry"},
    {"approve", "approve: two", "approve: 3"},
    {"repeat", "repeat: true", "repeat: twice"},
};

QStringList shippedFiles()
{
    const QDir folder(playbooks + u"/procedures"_s);
    QStringList files;
    for (const QString &name : folder.entryList({u"*.yaml"_s}, QDir::Files))
        files << folder.filePath(name);
    return files;
}

/// "ok" or a mistake for each file.
QStringList bySchema(const QStringList &files)
{
    QProcess python;
    python.start(u"python3"_s, QStringList{QStringLiteral(TEST_DATA "/validate-trees.py"),
                                           QStringLiteral(SOURCE_DIR "/resources/schemas/procedure.schema.json")} + files);
    if (!python.waitForFinished(60'000) || python.exitCode() != 0)
        qFatal("python3 with jsonschema and yaml is needed (installer/packages.txt): %s", python.readAllStandardError().constData());
    return QString::fromUtf8(python.readAllStandardOutput()).trimmed().split(u'\n');
}

/// A step that is done whatever the evidence says.
bool isAlways(const ProcedureStep &step) { return !step.when; }

} // namespace

class TestProcedures : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void schemaTakesAllShipped();
    void bothRefuse();
    void everyErrorTypeHasOne();
    void noneIsWorseThanItsTree();
    void noCauseHasTwo();
    void crashIsRestartedFirst();
    void treesAreNotDisturbed();

private:
    [[nodiscard]] const TreeCause *causeOf(ErrorType type, const QString &id) const;
    QList<DecisionTree> m_trees;
    ProcedureSet m_set;
};

void TestProcedures::initTestCase()
{
    m_trees = loadTrees({playbooks}).trees;
    m_set = loadProcedures({playbooks}, m_trees);
    for (const ConfigProblem &problem : std::as_const(m_set.problems))
        QFAIL(qPrintable(toString(problem)));
}

const TreeCause *TestProcedures::causeOf(ErrorType type, const QString &id) const
{
    for (const DecisionTree &tree : m_trees) {
        for (const TreeCause &cause : tree.causes) {
            if (tree.appliesTo.contains(type) && cause.id == id)
                return &cause;
        }
    }
    return nullptr;
}

void TestProcedures::schemaTakesAllShipped()
{
    const QStringList files = shippedFiles(), found = bySchema(files);
    QCOMPARE(found.size(), files.size());
    QCOMPARE(m_set.procedures.size(), files.size());
    for (qsizetype i = 0; i < files.size(); ++i) {
        QVERIFY2(found[i] == u"ok"_s, qPrintable(files[i] + u": "_s + found[i]));
        QCOMPARE(QFileInfo(files[i]).completeBaseName(), m_set.procedures[i].name);
        QVERIFY2(m_set.procedures[i].text.endsWith(u'.'), qPrintable(files[i]));
    }
}

void TestProcedures::bothRefuse()
{
    const QTemporaryDir folder;
    QStringList files{folder.filePath(u"good.yaml"_s)};
    QList<QByteArray> texts{good};
    for (const Mistake &mistake : mistakes) {
        QByteArray text = good;
        const qsizetype at = text.indexOf(mistake.from);
        QVERIFY2(at >= 0, mistake.name);
        texts << text.replace(at, qsizetype(qstrlen(mistake.from)), mistake.to);
        files << folder.filePath(u"%1.yaml"_s.arg(files.size()));
    }
    for (qsizetype i = 0; i < files.size(); ++i) {
        QFile file(files[i]);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(texts[i]) == texts[i].size());
    }
    const QStringList found = bySchema(files);
    QCOMPARE(found.size(), files.size());
    for (qsizetype i = 0; i < files.size(); ++i) {
        const char *name = i == 0 ? "good" : mistakes[i - 1].name;
        QVERIFY2((found[i] == u"ok"_s) == (i == 0), qPrintable(QString::fromLatin1(name) + found[i]));
        QVERIFY2(readProcedure(files[i], texts[i], m_trees).procedures.isEmpty() == (i != 0), name);
    }
}

void TestProcedures::everyErrorTypeHasOne()
{
    for (const QString &word : words<ErrorType>()) {
        const ErrorType type = *fromString<ErrorType>(word);
        QVERIFY2(std::any_of(m_set.procedures.begin(), m_set.procedures.end(), [&](const Procedure &p) { return p.appliesTo.contains(type); }),
                 qPrintable(word));
    }
}

/// Every action that the tree recommends is a step as well; what is added beside them only watches, gives more, or goes back.
void TestProcedures::noneIsWorseThanItsTree()
{
    for (const Procedure &procedure : std::as_const(m_set.procedures)) {
        QVERIFY2(!procedure.causes.isEmpty(), qPrintable(procedure.name)); // never for causes that only a person can tell
        for (const QString &id : procedure.causes) {
            const TreeCause *cause = causeOf(procedure.appliesTo.at(0), id);
            QVERIFY2(cause, qPrintable(procedure.name + u' ' + id));
            const auto has = [&](ActionType action) {
                return std::any_of(procedure.steps.begin(), procedure.steps.end(), [&](const ProcedureStep &step) { return step.action == action; });
            };
            for (const ActionType action : cause->actions)
                QVERIFY2(has(action), qPrintable(procedure.name + u' ' + id + u": "_s + toString(action)));
            for (const ProcedureStep &step : procedure.steps) {
                const bool onlyLooks = step.action == ActionType::EnableMonitoring || step.action == ActionType::HealthCheck;
                QVERIFY2(onlyLooks || !cause->actions.isEmpty(), qPrintable(procedure.name + u" acts on "_s + id));
                if (step.action == ActionType::RestartService && isAlways(step))
                    QVERIFY2(cause->actions.contains(ActionType::RestartService) || cause->actions.contains(ActionType::IncreaseResources),
                             qPrintable(procedure.name + u" restarts on "_s + id));
            }
        }
    }
}

void TestProcedures::noCauseHasTwo()
{
    QMap<QString, QString> seen;
    for (const Procedure &procedure : std::as_const(m_set.procedures)) {
        QCOMPARE(procedure.appliesTo.size(), 1);
        for (const QString &id : procedure.causes) {
            const QString key = toString(procedure.appliesTo[0]) + u'/' + id;
            QVERIFY2(!seen.contains(key), qPrintable(key + u' ' + seen.value(key) + u' ' + procedure.name));
            seen.insert(key, procedure.name);
        }
    }
}

/// Before the first restart of a crash stands only what comes into question from the third time within a day, or is needed to run at all.
void TestProcedures::crashIsRestartedFirst()
{
    for (const Procedure &procedure : std::as_const(m_set.procedures)) {
        if (!procedure.appliesTo.contains(ErrorType::ServiceCrash))
            continue;
        for (const ProcedureStep &step : procedure.steps) {
            if (step.action == ActionType::RestartService) {
                QVERIFY2(isAlways(step), qPrintable(procedure.name));
                break;
            }
            const bool later = step.when && step.when->fact == u"incident.recurrence"_s && step.when->number >= 2;
            const bool needed = step.action == ActionType::FreeDiskSpace || step.action == ActionType::RollbackDeployment;
            QVERIFY2(later || needed, qPrintable(procedure.name + u' ' + step.id));
        }
    }
}

void TestProcedures::treesAreNotDisturbed()
{
    QVERIFY(loadTrees({playbooks}).problems.isEmpty());
    QCOMPARE(m_trees.size(), words<ErrorType>().size());
    QVERIFY(m_trees.size() < m_set.procedures.size());
}

QTEST_GUILESS_MAIN(TestProcedures)
#include "tst_procedures.moc"
