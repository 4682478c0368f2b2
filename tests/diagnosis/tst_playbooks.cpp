// The shipped trees on cases as operators meet them.
#include "core/config/TreeLoader.h"
#include "core/diagnosis/Diagnose.h"
#include "core/diagnosis/Probing.h"
#include "tests/diagnosis/PlaybookCases.h"

#include <QTest>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

namespace {

/// What a probe finds where nothing else is wrong.
QVariant quietAnswer(const ProbeOrder &order)
{
    static const QHash<QString, QVariant> words{
        {u"cgroup"_s, 0.0}, {u"local_ports"_s, 2.0}, {u"disk_growth"_s, u"nothing"_s}, {u"port"_s, u"free"_s}, {u"ping"_s, u"timeout"_s},
        {u"resolve"_s, u"not_found"_s}, {u"config_syntax"_s, u"ok"_s}, {u"tcp"_s, u"ok"_s}, {u"disk"_s, u"ok"_s}, {u"file"_s, u"ok"_s},
        {u"dependency_check"_s, u"ok"_s}};
    return words.value(order.type);
}

/// As the engine does it: probes are run where the walk needs them.
Evidence evidenceFor(const EvidenceInput &input, const DecisionTree &tree, QStringList *asked = nullptr)
{
    Evidence evidence = buildEvidence(input, &tree);
    for (int round = 0; round < 16; ++round) {
        settleUnaskable(evidence, tree, input.condition.component);
        const QList<ProbeOrder> orders = neededProbes(tree, input.condition.component, evidence);
        for (const ProbeOrder &order : orders) {
            evidence.insert(order.key, {quietAnswer(order), order.type, input.now.wallMs});
            if (asked)
                *asked << order.type;
        }
        if (orders.isEmpty())
            break;
    }
    return evidence;
}

} // namespace

class TestPlaybooks : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void shipped();
    void cases_data();
    void cases();
    void aRestartWaitsForNoProbe();
    void killNineNamesItsSignal();
    void leastFacts();

private:
    QList<DecisionTree> m_trees;
};

void TestPlaybooks::initTestCase()
{
    const TreeSet set = loadTrees({QStringLiteral(SOURCE_DIR "/resources/playbooks")});
    for (const ConfigProblem &problem : set.problems)
        qWarning().noquote() << toString(problem);
    QVERIFY(set.problems.isEmpty());
    m_trees = set.trees;
}

void TestPlaybooks::shipped()
{
    QStringList names;
    for (const DecisionTree &tree : std::as_const(m_trees))
        names << tree.name;
    QStringList types = words<ErrorType>(); // one tree for each error type, of the same name
    types.sort();
    QCOMPARE(names, types);
    for (const DecisionTree &tree : std::as_const(m_trees)) {
        QCOMPARE(tree.appliesTo.size(), 1);
        QCOMPARE(toString(tree.appliesTo.first()), tree.name);
        QVERIFY2(tree.causes.size() >= 10, qPrintable(tree.name));
    }
}

void TestPlaybooks::cases_data()
{
    QTest::addColumn<ErrorType>("type");
    QTest::addColumn<int>("index");
    for (const auto &[type, list] : playbookCases()) {
        for (int i = 0; i < list.size(); ++i)
            QTest::addRow("%s: %s", qPrintable(toString(type)), list[i].name) << type << i;
    }
}

void TestPlaybooks::cases()
{
    QFETCH(ErrorType, type);
    QFETCH(int, index);
    const Case &one = playbookCases().at(type).at(index);
    const Diagnosis found = diagnose(m_trees, type, one.input.condition.component,
                                     evidenceFor(one.input, *treeFor(m_trees, type)), one.input.now);
    QStringList actions;
    for (const ActionType action : found.actions)
        actions << toString(action);
    const QString summary = QStringLiteral("%1 (%2): %3").arg(found.causeId).arg(found.confidence, 0, 'f', 3).arg(found.rootCause);
    qInfo().noquote() << summary;
    QCOMPARE(found.causeId, QString::fromLatin1(one.cause));
    QVERIFY2(found.confidence >= one.atLeast && found.confidence <= one.atMost, qPrintable(summary));
    QCOMPARE(actions.isEmpty() ? u"-"_s : actions.join(u','), QString::fromLatin1(one.actions));
    QVERIFY2(!found.rootCause.contains(u"unknown"_s), qPrintable(summary));
    QVERIFY2(!found.rootCause.contains(u'{') && !found.rootCause.contains(u'['), qPrintable(summary));
    QVERIFY(found.root.held && found.root.asked);
}

/// The way from a crash to its restart costs no look at anything; an exit before its program ran does.
void TestPlaybooks::aRestartWaitsForNoProbe()
{
    const DecisionTree &tree = *treeFor(m_trees, ErrorType::ServiceCrash);
    for (const Case &one : playbookCases().at(ErrorType::ServiceCrash)) {
        QStringList asked;
        static_cast<void>(evidenceFor(one.input, tree, &asked));
        const bool restarts = QString::fromLatin1(one.actions).contains(u"restart_service"_s);
        QVERIFY2(!restarts || asked.isEmpty(), one.name);
    }
    QStringList asked;
    static_cast<void>(evidenceFor(failed(u"exit-code"_s, 1, 203), tree, &asked));
    QCOMPARE(asked, QStringList()); // nobody told where its program is
    EvidenceInput known = failed(u"exit-code"_s, 1, 203);
    known.unit->binary = u"/usr/bin/web"_s;
    static_cast<void>(evidenceFor(known, tree, &asked));
    QCOMPARE(asked, QStringList{u"file"_s});
}

void TestPlaybooks::killNineNamesItsSignal()
{
    const Diagnosis found = diagnose(m_trees, ErrorType::ServiceCrash, u"web"_s, buildEvidence(failed(u"signal"_s, 2, 9)), {});
    QVERIFY(found.rootCause.contains(u"signal 9 (SIGKILL)"_s));
    QCOMPARE(found.ruledOut.filter(u"out of memory: "_s).join(u'|').section(u": "_s, 1).section(u" ("_s, 0, 0), u"no OOM kill of it in the kernel log"_s);
    const DiagnosisNode *node = &found.root; // the lit path leads to the cause
    QStringList path;
    while (!node->children.isEmpty()) {
        path << node->answer;
        const auto next = std::find_if(node->children.begin(), node->children.end(), [](const DiagnosisNode &n) { return n.held; });
        QVERIFY(next != node->children.end());
        node = &*next;
    }
    QCOMPARE(path.join(u", "_s), u"signal, from outside, no"_s);
    QCOMPARE(node->id, u"killed_by_signal"_s);
    QVERIFY(node->confidence > node->confidenceBefore);
}

void TestPlaybooks::leastFacts()
{
    const auto judge = [this](const QList<std::pair<QString, QVariant>> &list) {
        Evidence evidence;
        for (const auto &[key, value] : list)
            evidence.insert(key, {value, QString(), 0});
        return diagnose(m_trees, ErrorType::ServiceCrash, u"web"_s, evidence, {});
    };
    const Diagnosis killed = judge({{u"unit.result"_s, u"signal"_s}, {u"unit.exit_signal"_s, 9}, {u"oom.killed"_s, false}});
    QCOMPARE(killed.causeId, u"killed_by_signal"_s);
    QVERIFY2(killed.confidence >= 0.9, qPrintable(QString::number(killed.confidence)));
    QVERIFY(killed.rootCause.contains(u"signal 9 (SIGKILL)"_s));
    const Diagnosis exited = judge({{u"unit.result"_s, u"exit-code"_s}, {u"unit.exit_status"_s, 1}});
    QCOMPARE(exited.causeId, u"exited_with_error"_s);
    QVERIFY2(exited.confidence >= 0.85, qPrintable(QString::number(exited.confidence)));
    QVERIFY(judge({}).confidence < 0.5); // nothing known is no reason to act
}

QTEST_GUILESS_MAIN(TestPlaybooks)
#include "tst_playbooks.moc"
