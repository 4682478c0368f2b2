// The arithmetic and the logic, on small trees worked by hand (core/diagnosis/README.md has the same numbers).
#include "core/diagnosis/Diagnose.h"
#include "core/diagnosis/FactLogic.h"
#include "core/diagnosis/Posterior.h"
#include "core/diagnosis/Template.h"

#include <QTest>

#include <cmath>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

using Kind = FactCondition::Kind;

FactCondition test(Kind kind, const QString &fact, const QList<QVariant> &values = {}, double number = 0)
{
    FactCondition condition;
    condition.kind = kind;
    condition.fact = fact;
    condition.values = values;
    condition.number = number;
    return condition;
}

FactCondition group(Kind kind, const QList<FactCondition> &children)
{
    FactCondition condition;
    condition.kind = kind;
    condition.children = children;
    return condition;
}

/// first: is it A (prior 0.2)?  no -> second: is it B (0.3) or C (0.5)?
DecisionTree smallTree()
{
    DecisionTree tree;
    tree.name = u"small"_s;
    tree.appliesTo = {ErrorType::ServiceCrash};
    tree.first = u"first"_s;
    tree.questions = {{u"first"_s, u"Is it A?"_s, {{u"yes"_s, test(Kind::Equals, u"a"_s, {true}), 0.9, u"A"_s}, {u"no"_s, {}, 0.8, u"second"_s}}, {}, {}},
                      {u"second"_s, u"Is it B?"_s, {{u"yes"_s, test(Kind::Equals, u"b"_s, {true}), 0.7, u"B"_s}, {u"no"_s, {}, 0.6, u"C"_s}}, {}, {}}};
    tree.causes = {{u"A"_s, u"cause A"_s, 0.2, u"{component} A."_s, {}, u"see {component}"_s},
                   {u"B"_s, u"cause B"_s, 0.3, u"{component} B."_s, {ActionType::RestartService}, {}},
                   {u"C"_s, u"cause C"_s, 0.5, u"C"_s, {}, {}}};
    return tree;
}

Evidence facts(const QList<std::pair<QString, QVariant>> &list)
{
    Evidence evidence;
    for (const auto &[key, value] : list)
        evidence.insert(key, {value, QString(), 0});
    return evidence;
}

Diagnosis judge(const DecisionTree &tree, const Evidence &evidence)
{
    return diagnose({tree}, ErrorType::ServiceCrash, u"web"_s, evidence, Now{1234, 0, 0, {}});
}

bool near(double a, double b) { return std::abs(a - b) < 1e-9; }

} // namespace

class TestDiagnose : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void workedByHand();
    void manyAnswersByHand();
    void outsideIsNeutral();
    void unknownAnswers();
    void hints();
    void explainedTree();
    void noTree();
    void brokenTrees();
    void conditions_data();
    void conditions();
    void templates_data();
    void templates();
};

void TestDiagnose::workedByHand()
{
    // a = false: A 0.2 * (1 - 0.9) = 0.02, B 0.3 * 0.8 = 0.24, C 0.5 * 0.8 = 0.40; sum 0.66 (the factor 2 cancels)
    // b = true: B 0.24 * 2 * 0.7 = 0.336, C 0.40 * 2 * (1 - 0.6) = 0.32, A stays 0.02; sum 0.676
    const Diagnosis found = judge(smallTree(), facts({{u"a"_s, false}, {u"b"_s, true}}));
    QCOMPARE(found.causeId, u"B"_s);
    QVERIFY2(near(found.confidence, 0.336 / 0.676), qPrintable(QString::number(found.confidence, 'g', 12)));
    QCOMPARE(found.rootCause, u"web B."_s);
    QCOMPARE(found.tree, u"small"_s);
    QCOMPARE(found.wallMs, 1234);
    QVERIFY(found.actions == QList<ActionType>{ActionType::RestartService});
    // a = true: A 0.2 * 0.9 = 0.18, B and C 0.8 * (1 - 0.8) = 0.16
    const Diagnosis other = judge(smallTree(), facts({{u"a"_s, true}, {u"b"_s, true}}));
    QCOMPARE(other.causeId, u"A"_s);
    QVERIFY(near(other.confidence, 0.18 / 0.34));
    QCOMPARE(other.advice, u"see web"_s);
}

void TestDiagnose::manyAnswersByHand()
{
    // Four answers over all causes, l = 0.9, priors 0.1 0.2 0.3 0.4; the first is observed:
    // 0.1 * 0.9 = 0.09 against 0.9 * 0.1/3 = 0.03
    std::vector<double> p{0.1, 0.2, 0.3, 0.4};
    observe(p, {{0.9, {0}}, {0.9, {1}}, {0.9, {2}}, {0.9, {3}}}, 0);
    QVERIFY(near(p[0], 0.75));
    QVERIFY(near(p[3], 0.25 * 0.4 / 0.9));
    QVERIFY(near(massOf(p, {0, 1, 2, 3}), 1));
    std::vector<double> weaker{0.5, 0.5};
    observe(weaker, {{0.99, {0}}, {0.99, {1}}}, 0, 0.8);
    QVERIFY(near(weaker[0], 0.8));
}

void TestDiagnose::outsideIsNeutral()
{
    // Cause 2 lies outside the question: it keeps its odds against an average answer, 1/2 of two.
    std::vector<double> p{0.3, 0.3, 0.4};
    observe(p, {{0.8, {0}}, {0.8, {1}}}, 0); // 0.3*2*0.8 = 0.48, 0.3*2*0.2 = 0.12, 0.4
    QVERIFY(near(p[0], 0.48) && near(p[1], 0.12) && near(p[2], 0.4));
    std::vector<double> same{0.3, 0.3, 0.4}; // an answer no better than a guess changes nothing
    observe(same, {{0.5, {0}}, {0.5, {1}}}, 1);
    QVERIFY(near(same[0], 0.3) && near(same[2], 0.4));
}

void TestDiagnose::unknownAnswers()
{
    const Diagnosis found = judge(smallTree(), {});
    QCOMPARE(found.causeId, u"C"_s); // towards the larger prior mass: B and C together, then C
    QVERIFY(near(found.confidence, 0.5)); // nothing was learned
    QCOMPARE(found.root.answer, u"unknown"_s);
    QVERIFY(found.ruledOut.isEmpty());
    QCOMPARE(found.root.evidence, (QList<QString>{u"a is not known"_s}));
    DecisionTree named = smallTree();
    named.questions[0].unknown = u"yes"_s;
    QCOMPARE(judge(named, {}).causeId, u"A"_s);
    DecisionTree cases = smallTree(); // cases without an `otherwise`: none true is unknown, too
    cases.questions[0].answers[1].when = test(Kind::Equals, u"a"_s, {u"no"_s});
    QVERIFY(near(judge(cases, facts({{u"a"_s, u"perhaps"_s}, {u"b"_s, false}})).root.confidence, 1));
    QCOMPARE(judge(cases, facts({{u"a"_s, u"perhaps"_s}})).root.answer, u"unknown"_s);
}

void TestDiagnose::hints()
{
    DecisionTree tree = smallTree();
    tree.questions[0].hints = {{test(Kind::Below, u"m"_s, {}, 80), u"no"_s, 0.75}, {test(Kind::Above, u"m"_s, {}, 95), u"yes"_s, 0.75}};
    // m = 50: A 0.2 * 0.25 = 0.05, B and C 0.8 * 0.75 = 0.6 (0.225 and 0.375); b = true: B 0.225*1.4, C 0.375*0.8
    const Diagnosis found = judge(tree, facts({{u"m"_s, 50}, {u"b"_s, true}}));
    QVERIFY(near(found.confidence, 0.225 * 1.4 / (0.225 * 1.4 + 0.375 * 0.8 + 0.05)));
    QCOMPARE(found.root.answer, u"no"_s);
    QVERIFY(found.root.evidence.contains(u"m = 50"_s));
    QVERIFY(found.ruledOut.contains(u"cause A: m = 50"_s));
    QCOMPARE(judge(tree, facts({{u"m"_s, 99}})).causeId, u"A"_s);
    QCOMPARE(judge(tree, facts({{u"m"_s, 90}})).root.answer, u"unknown"_s);
    QCOMPARE(judge(tree, facts({{u"m"_s, 99}, {u"a"_s, false}})).root.answer, u"no"_s); // the question itself comes first
}

void TestDiagnose::explainedTree()
{
    Evidence evidence;
    evidence[u"a"_s] = {false, u"no sign of A"_s, 1'700'000'000'000};
    evidence[u"b"_s] = {true, u"B was seen"_s, 1'700'000'001'000};
    const Diagnosis found = judge(smallTree(), evidence);
    const DiagnosisNode &root = found.root, &a = root.children.at(0), &second = root.children.at(1), &b = second.children.at(0);
    QVERIFY(root.held && root.asked && !a.held && second.held && second.asked && b.held && !second.children.at(1).held);
    QCOMPARE(root.id + u' ' + root.answer + u' ' + second.answer, u"first no yes"_s);
    QCOMPARE(root.evidence, (QList<QString>{u"no sign of A (22:13:20 UTC)"_s}));
    QCOMPARE(b.evidence, (QList<QString>{u"B was seen (22:13:21 UTC)"_s}));
    QVERIFY(near(root.confidence, 1) && near(root.confidenceBefore, 1));
    QVERIFY(near(a.confidenceBefore, 0.2) && near(a.confidence, 0.02 / 0.676));
    QVERIFY(near(second.confidenceBefore, 0.8) && near(second.confidence, 0.656 / 0.676));
    QVERIFY(near(b.confidenceBefore, 0.24 / 0.66) && near(b.confidence, found.confidence));
    QCOMPARE(found.ruledOut, (QList<QString>{u"cause A: no sign of A (22:13:20 UTC)"_s, u"cause C: B was seen (22:13:21 UTC)"_s}));
    const Diagnosis other = judge(smallTree(), facts({{u"a"_s, true}}));
    QVERIFY(!other.root.children.at(1).held && !other.root.children.at(1).asked); // what was not needed is there, unasked
    QCOMPARE(other.root.children.at(1).children.size(), 2);
    QVERIFY(near(other.root.children.at(1).children.at(0).confidenceBefore, other.root.children.at(1).children.at(0).confidence));
}

void TestDiagnose::noTree()
{
    const Diagnosis found = diagnose({smallTree()}, ErrorType::ApiFailure, u"web"_s,
                                     facts({{u"incident.reason"_s, u"HTTP check of web failed 3 times in a row: HTTP 503"_s}}), {});
    QVERIFY(found.tree.isEmpty() && found.actions.isEmpty() && found.causeId.isEmpty());
    QCOMPARE(found.confidence, 0.0);
    QCOMPARE(found.rootCause, u"HTTP check of web failed 3 times in a row: HTTP 503; no decision tree covers api_failure"_s);
    QCOMPARE(diagnose({}, ErrorType::Unknown, u"web"_s, {}, {}).rootCause, u"unknown on web; no decision tree covers unknown"_s);
}

void TestDiagnose::brokenTrees()
{
    DecisionTree circle = smallTree(); // never from the loader, but must not hang
    circle.questions[1].answers[1].then = u"first"_s;
    QVERIFY(judge(circle, facts({{u"a"_s, false}, {u"b"_s, false}})).causeId.isEmpty());
    DecisionTree loose = smallTree();
    loose.questions[0].answers[1].then = u"nowhere"_s;
    QCOMPARE(judge(loose, facts({{u"a"_s, false}})).confidence, 0.0);
    DecisionTree empty;
    empty.appliesTo = {ErrorType::ServiceCrash};
    QVERIFY(judge(empty, {}).causeId.isEmpty());
}

void TestDiagnose::conditions_data()
{
    QTest::addColumn<FactCondition>("condition");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char *name, const FactCondition &condition, const char *expected) {
        QTest::newRow(name) << condition << QString::fromLatin1(expected);
    };
    const FactCondition yes = test(Kind::Equals, u"word"_s, {u"signal"_s}), no = test(Kind::Equals, u"word"_s, {u"x"_s}),
                        unknown = test(Kind::Equals, u"missing"_s, {1.0});
    row("equals", yes, "true");
    row("equals not", no, "false");
    row("missing fact", unknown, "unknown");
    row("number by value", test(Kind::Equals, u"nine"_s, {9.0}), "true");
    row("number is no word", test(Kind::Equals, u"nine"_s, {u"9"_s}), "false");
    row("true is not 1", test(Kind::Equals, u"truth"_s, {1.0}), "false");
    row("truth", test(Kind::Equals, u"truth"_s, {true}), "true");
    row("not equals", test(Kind::NotEquals, u"word"_s, {u"x"_s}), "true");
    row("not equals of a missing", test(Kind::NotEquals, u"missing"_s, {u"x"_s}), "unknown");
    row("in", test(Kind::In, u"nine"_s, {1.0, 9.0}), "true");
    row("in not", test(Kind::In, u"nine"_s, {1.0, 2.0}), "false");
    row("exists", test(Kind::Exists, u"word"_s), "true");
    row("exists not", test(Kind::Exists, u"missing"_s), "false");
    row("missing", test(Kind::Missing, u"missing"_s), "true");
    row("above its own", test(Kind::Above, u"nine"_s, {}, 9), "false");
    row("at least its own", test(Kind::AtLeast, u"nine"_s, {}, 9), "true");
    row("below", test(Kind::Below, u"nine"_s, {}, 9.5), "true");
    row("at most", test(Kind::AtMost, u"nine"_s, {}, 8), "false");
    row("a word is over nothing", test(Kind::Above, u"word"_s, {}, 0), "unknown");
    FactCondition matches = test(Kind::Matches, u"word"_s);
    matches.pattern = QRegularExpression(u"^sig"_s);
    row("matches", matches, "true");
    row("all", group(Kind::All, {yes, yes}), "true");
    row("all with an unknown", group(Kind::All, {yes, unknown}), "unknown");
    row("all with a false", group(Kind::All, {unknown, no}), "false");
    row("any with a true", group(Kind::Any, {unknown, yes}), "true");
    row("any with an unknown", group(Kind::Any, {no, unknown}), "unknown");
    row("any of false", group(Kind::Any, {no, no}), "false");
    row("not", group(Kind::Not, {yes}), "false");
    row("not of unknown", group(Kind::Not, {unknown}), "unknown");
}

void TestDiagnose::conditions()
{
    QFETCH(FactCondition, condition);
    const Evidence evidence = facts({{u"word"_s, u"signal"_s}, {u"nine"_s, 9}, {u"truth"_s, true}});
    const std::optional<bool> held = holds(condition, evidence);
    const QString found = !held ? u"unknown"_s : *held ? u"true"_s : u"false"_s;
    QTEST(found, "expected");
}

void TestDiagnose::templates_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("expected");
    QTest::newRow("plain") << u"nothing to fill"_s << u"nothing to fill"_s;
    QTest::newRow("component") << u"{component} died"_s << u"web died"_s;
    QTest::newRow("value") << u"status {status}"_s << u"status 3"_s;
    QTest::newRow("first known") << u"{gone|status}"_s << u"3"_s;
    QTest::newRow("signal") << u"by {gone|sig:signal}"_s << u"by signal 9 (SIGKILL)"_s;
    QTest::newRow("text") << u"{sig:text}"_s << u"main process ended by signal 9"_s;
    QTest::newRow("unknown") << u"status {gone}"_s << u"status unknown"_s;
    QTest::newRow("optional, known") << u"died[ with {status}]."_s << u"died with 3."_s;
    QTest::newRow("optional, unknown") << u"died[ with {gone}]."_s << u"died."_s;
    QTest::newRow("two optionals") << u"a[ {gone}][ {status}]b"_s << u"a 3b"_s;
}

void TestDiagnose::templates()
{
    QFETCH(QString, text);
    Evidence evidence = facts({{u"status"_s, 3}});
    evidence[u"sig"_s] = {9, u"main process ended by signal 9"_s, 0};
    QTEST(fillTemplate(text, u"web"_s, evidence), "expected");
}

QTEST_GUILESS_MAIN(TestDiagnose)
#include "tst_diagnose.moc"
