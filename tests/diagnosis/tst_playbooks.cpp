// The shipped trees on cases as operators meet them.
#include "core/config/TreeLoader.h"
#include "core/diagnosis/Diagnose.h"
#include "tests/diagnosis/PlaybookCases.h"

#include <QTest>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

class TestPlaybooks : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void shipped();
    void cases_data();
    void cases();
    void everyCauseIsReached();
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
    QCOMPARE(names, (QStringList{u"cpu_spike"_s, u"disk_full"_s, u"memory_leak"_s, u"network_timeout"_s, u"service_crash"_s}));
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
    const Diagnosis found = diagnose(m_trees, type, one.input.condition.component, buildEvidence(one.input), one.input.now);
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

void TestPlaybooks::everyCauseIsReached()
{
    QStringList missing; // a cause that no case reaches is a guess nobody has looked at
    for (const DecisionTree &tree : std::as_const(m_trees)) {
        QSet<QString> reached;
        for (const Case &one : playbookCases().at(tree.appliesTo.first()))
            reached.insert(QString::fromLatin1(one.cause));
        for (const TreeCause &cause : tree.causes) {
            if (!reached.contains(cause.id))
                missing << cause.id;
        }
    }
    // The mirror images of causes that are reached: calming down, always so, and a link's own errors.
    QCOMPARE(missing.join(u' '), u"service_calming service_calming host_calming slow_for_a_while always_slow link_errors link_saturated"_s);
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
