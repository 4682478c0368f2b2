// Every shipped tree on the cases of tests/diagnosis/cases: evidence in, path, cause and confidence out.
#include "tests/diagnosis/TreeCases.h"

#include "core/config/TreeLoader.h"
#include "core/diagnosis/Diagnose.h"
#include "core/model/Facts.h"

#include <QDir>
#include <QTest>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

namespace {

const DecisionTree *treeNamed(const QList<DecisionTree> &trees, const QString &name)
{
    const auto tree = std::find_if(trees.begin(), trees.end(), [&](const DecisionTree &t) { return t.name == name; });
    return tree == trees.end() ? nullptr : &*tree;
}

/// Neither a fact nor a question form of its tree: nobody would ever ask for it.
QStringList unknownKeys(const TreeCase &one, const DecisionTree &tree)
{
    QStringList keys = one.evidence.keys();
    keys.removeIf([&](const QString &key) {
        return isKnownFact(key) || std::any_of(tree.queries.begin(), tree.queries.end(), [&](const TreeQuery &q) { return q.key == key; });
    });
    return keys;
}

/// What is missing of six cases, half of them made from another by one reading that changes the cause; empty: nothing.
QString lacking(const QList<TreeCase> &cases)
{
    qsizetype derived = 0;
    for (const TreeCase &one : cases) {
        const auto base = std::find_if(cases.begin(), cases.end(), [&](const TreeCase &c) { return c.name == one.from; });
        derived += base != cases.end() && one.changed == 1 && base->cause != one.cause ? 1 : 0;
    }
    if (cases.size() < 6)
        return u"%1 cases, expected six"_s.arg(cases.size());
    return 2 * derived < cases.size() ? u"%1 of %2 cases differ from another by one reading and in the cause, expected half"_s.arg(derived).arg(cases.size())
                                      : QString();
}

} // namespace

class TestTreeCases : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void cases_data();
    void cases();
    void everyTreeHasEnough_data();
    void everyTreeHasEnough();
    void everyCauseIsReached();
    void judgesItself();

private:
    QList<DecisionTree> m_trees;
    QList<TreeCase> m_cases;
};

void TestTreeCases::initTestCase()
{
    m_trees = loadTrees({QStringLiteral(SOURCE_DIR "/resources/playbooks")}).trees;
    QVERIFY(!m_trees.isEmpty());
    const QDir folder(QStringLiteral(SOURCE_DIR "/tests/diagnosis/cases"));
    for (const QString &name : folder.entryList({u"*.yaml"_s}, QDir::Files)) {
        QFile file(folder.filePath(name));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const TreeCases read = readTreeCases(name, file.readAll());
        QVERIFY2(read.problems.isEmpty(), qPrintable(read.problems.join(u'\n')));
        m_cases << read.cases;
    }
}

void TestTreeCases::cases_data()
{
    QTest::addColumn<int>("index");
    for (int i = 0; i < m_cases.size(); ++i)
        QTest::newRow(qPrintable(m_cases[i].tree + u": "_s + m_cases[i].name)) << i;
}

void TestTreeCases::cases()
{
    QFETCH(int, index);
    const TreeCase &one = m_cases[index];
    const DecisionTree *tree = treeNamed(m_trees, one.tree);
    QVERIFY2(tree, qPrintable(u"there is no tree "_s + one.tree));
    QVERIFY2(unknownKeys(one, *tree).isEmpty(), qPrintable(u"nothing is ever named "_s + unknownKeys(one, *tree).join(u", "_s)));
    const Diagnosis found = diagnose({*tree}, tree->appliesTo.value(0), u"web"_s, one.evidence, {1'700'000'000'000, 0, 0, {}});
    const QString way = pathOf(found.root).join(u", "_s);
    QVERIFY2(one.path.isEmpty() || way == one.path.join(u", "_s), qPrintable(u"walked "_s + way));
    QVERIFY2(found.causeId == one.cause, qPrintable(found.causeId + u" by "_s + way));
    QVERIFY2(found.confidence >= one.atLeast && found.confidence <= one.atMost, qPrintable(u"confidence %1"_s.arg(found.confidence)));
    QVERIFY2(!found.rootCause.contains(u"unknown"_s) || one.cause.contains(u"unknown"_s), qPrintable(found.rootCause));
}

void TestTreeCases::everyTreeHasEnough_data()
{
    QTest::addColumn<QString>("tree");
    for (const DecisionTree &tree : std::as_const(m_trees))
        QTest::newRow(qPrintable(tree.name)) << tree.name;
}

void TestTreeCases::everyTreeHasEnough()
{
    QFETCH(QString, tree);
    QList<TreeCase> own = m_cases;
    own.removeIf([&](const TreeCase &one) { return one.tree != tree; });
    QVERIFY2(lacking(own).isEmpty(), qPrintable(tree + u": "_s + lacking(own)));
}

/// Said, not demanded: a cause that no case reaches is one that nobody has thought through.
void TestTreeCases::everyCauseIsReached()
{
    for (const DecisionTree &tree : std::as_const(m_trees)) {
        QStringList missing;
        for (const TreeCause &cause : tree.causes) {
            if (std::none_of(m_cases.begin(), m_cases.end(), [&](const TreeCase &c) { return c.tree == tree.name && c.cause == cause.id; }))
                missing << cause.id;
        }
        if (!missing.isEmpty())
            qInfo().noquote() << tree.name << "has no case for" << missing.join(u", "_s);
    }
}

void TestTreeCases::judgesItself()
{
    const QByteArray two = "tree: t\ncases:\n  - {name: a, evidence: {unit.result: signal, unit.exit_signal: 9}, cause: x}\n"
                           "  - {name: b, from: a, change: {unit.exit_signal: null}, cause: y, confidence: [0.5, 1]}\n";
    TreeCases read = readTreeCases(u"t.yaml"_s, two);
    QCOMPARE(read.problems.join(u' '), QString());
    QCOMPARE(read.cases[1].evidence.keys(), QStringList{u"unit.result"_s});
    QCOMPARE(lacking(read.cases), u"2 cases, expected six"_s);
    const QList<TreeCase> both = read.cases;
    read.cases += both + both;
    QCOMPARE(lacking(read.cases), QString()); // three of six
    read.cases[5].cause = u"x"_s;
    QVERIFY(lacking(read.cases).startsWith(u"2 of 6"_s));
    QVERIFY(!readTreeCases(u"t.yaml"_s, QByteArray(two).replace("from: a", "from: c")).problems.isEmpty());
    QVERIFY(!readTreeCases(u"t.yaml"_s, QByteArray(two).replace("cause: x", "couse: x")).problems.isEmpty());
    DecisionTree tree;
    tree.queries.emplaceBack().key = u"probe.database"_s;
    TreeCase one;
    one.evidence = {{u"unit.result"_s, {}}, {u"unit.resalt"_s, {}}, {u"probe.database"_s, {}}, {u"probe.cgroup(x)"_s, {}}};
    QCOMPARE(unknownKeys(one, tree), (QStringList{u"probe.cgroup(x)"_s, u"unit.resalt"_s}));
}

QTEST_GUILESS_MAIN(TestTreeCases)
#include "tst_tree_cases.moc"
