// Did it help? What is worse than the rest leads, and nothing is called healed of which nothing is known.
#include "core/recovery/Verifier.h"

#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

enum Known { No, Yes, Nothing };

CheckResult checked(int index, bool ok)
{
    CheckResult result;
    result.index = index;
    result.ok = ok;
    result.text = ok ? u"HTTP 200"_s : u"HTTP 503"_s;
    return result;
}

std::optional<bool> known(int value)
{
    return value == Nothing ? std::nullopt : std::optional(value == Yes);
}

} // namespace

class TestVerifier : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void judges_data();
    void judges();
    void aValueThatWasNotMeasuredIsUnknown();
    void healsOnlyWhenNothingIsKnownToBeBroken();
    void worse();
    void judgedByWhatTheStepSays();
};

void TestVerifier::worse()
{
    VerifyInput in;
    in.conditionHolds = true;
    in.conditionText = u"memory_usage is still over its limit"_s;
    in.valueBefore = 90;
    in.valueNow = 98; // within the noise
    QCOMPARE(int(judge(in).first), int(Verdict::Unchanged));
    in.valueNow = 99.5;
    QCOMPARE(int(judge(in).first), int(Verdict::Worse));
    QCOMPARE(judge(in).second, u"memory_usage is still over its limit: 90 before, 99.5 now"_s);
    in.above = false;
    QCOMPARE(int(judge(in).first), int(Verdict::Unchanged));
    VerifyInput checks;
    checks.conditionHolds = false;
    checks.down = false;
    checks.checks = {checked(0, false), checked(1, false)};
    checks.failedBefore = 1;
    QCOMPARE(int(judge(checks).first), int(Verdict::Worse));
    QCOMPARE(judge(checks).second, u"2 of 2 health checks fail, 1 did before; health check 1 fails: HTTP 503"_s);
    checks.failedBefore = 0; // nothing was known of them: it had just died
    QCOMPARE(int(judge(checks).first), int(Verdict::Unchanged));
    VerifyInput dependents;
    dependents.conditionHolds = false;
    dependents.checks = {checked(0, true)};
    dependents.dependentsBroken = {u"shop (HTTP 500)"_s};
    QCOMPARE(int(judge(dependents).first), int(Verdict::Worse));
    QVERIFY(judge(dependents).second.contains(u"shop (HTTP 500)"_s));
}

void TestVerifier::judgedByWhatTheStepSays()
{
    VerifyInput in;
    in.conditionHolds = false;
    in.conditionText = u"condition"_s;
    in.checks = {checked(0, false)};
    in.dependentsBroken = {u"shop"_s};
    VerifyInput condition = in, checks = in, full = in;
    narrowTo(StepVerify::Full, full);
    QCOMPARE(int(judge(full).first), int(Verdict::Unchanged));
    narrowTo(StepVerify::Condition, condition);
    QCOMPARE(int(judge(condition).first), int(Verdict::Healed));
    checks.dependentsBroken.clear();
    checks.conditionHolds = true;
    checks.checks = {checked(0, true)};
    narrowTo(StepVerify::Checks, checks);
    QCOMPARE(int(judge(checks).first), int(Verdict::Healed));
    checks.conditionHolds = true;
    checks.onlyConditionTells = true; // a value that is too high is no better for an answer
    narrowTo(StepVerify::Checks, checks);
    QCOMPARE(int(judge(checks).first), int(Verdict::Unchanged));
    checks = in;
    checks.conditionHolds = true;
    checks.checks.clear(); // none: the condition tells
    narrowTo(StepVerify::Checks, checks);
    QCOMPARE(int(judge(checks).first), int(Verdict::Unchanged));
}

void TestVerifier::judges_data()
{
    QTest::addColumn<int>("holds");
    QTest::addColumn<int>("down");
    QTest::addColumn<QString>("checks"); // one letter a check: + passes, - fails
    QTest::addColumn<int>("verdict");
    QTest::addColumn<QString>("text");
    const int healed = int(Verdict::Healed), same = int(Verdict::Unchanged), unknown = int(Verdict::Unknown);
    QTest::newRow("all is well") << int(No) << int(No) << u"++"_s << healed << u"condition, 2 of 2 health checks pass"_s;
    QTest::newRow("no checks") << int(No) << int(No) << QString() << healed << u"condition"_s;
    QTest::newRow("the condition holds") << int(Yes) << int(No) << u"++"_s << same << u"condition"_s;
    QTest::newRow("it holds, and is down") << int(Yes) << int(Yes) << u"--"_s << same << u"condition"_s;
    QTest::newRow("the condition is gone, but so is the service") << int(No) << int(Yes) << u"++"_s << same << u"down"_s;
    QTest::newRow("it runs and does not answer") << int(No) << int(No) << u"+-"_s << same << u"health check 2 fails: HTTP 503"_s;
    QTest::newRow("the first failing one is told") << int(No) << int(No) << u"--"_s << same << u"health check 1 fails: HTTP 503"_s;
    QTest::newRow("nothing can be known") << int(Nothing) << int(Nothing) << QString() << unknown << u"condition"_s;
    QTest::newRow("only a failing check is known") << int(Nothing) << int(Nothing) << u"-"_s << same << u"health check 1 fails: HTTP 503"_s;
    QTest::newRow("only a passing check is known") << int(Nothing) << int(Nothing) << u"+"_s << healed << u"condition, 1 of 1 health checks pass"_s;
    QTest::newRow("only that it is down is known") << int(Nothing) << int(Yes) << QString() << same << u"down"_s;
    QTest::newRow("only that it runs is known") << int(Nothing) << int(No) << QString() << healed << u"condition"_s;
    QTest::newRow("nothing of the unit, the condition is gone") << int(No) << int(Nothing) << QString() << healed << u"condition"_s;
}

/// A value is back or not: that the service runs and answers proves nothing.
void TestVerifier::aValueThatWasNotMeasuredIsUnknown()
{
    VerifyInput input{{}, u"cpu was not measured since"_s, true, false, {}, {checked(0, true)}};
    QCOMPARE(toString(judge(input).first), toString(Verdict::Unknown));
    input.conditionHolds = false;
    QCOMPARE(toString(judge(input).first), toString(Verdict::Healed));
    input.conditionHolds = true;
    QCOMPARE(toString(judge(input).first), toString(Verdict::Unchanged));
}

void TestVerifier::judges()
{
    QFETCH(int, holds);
    QFETCH(int, down);
    QFETCH(QString, checks);
    QFETCH(int, verdict);
    QFETCH(QString, text);
    VerifyInput input{known(holds), u"condition"_s, false, known(down), u"down"_s, {}};
    for (int i = 0; i < checks.size(); ++i)
        input.checks.append(checked(i, checks[i] == u'+'));
    const auto [seen, sentence] = judge(input);
    QCOMPARE(toString(seen), toString(Verdict(verdict)));
    QCOMPARE(sentence, text);
}

/// All 3 x 3 x 3 combinations.
void TestVerifier::healsOnlyWhenNothingIsKnownToBeBroken()
{
    for (const int holds : {No, Yes, Nothing}) {
        for (const int down : {No, Yes, Nothing}) {
            for (const int check : {No, Yes, Nothing}) {
                VerifyInput input{known(holds), {}, false, known(down), {}, {}};
                if (check != Nothing)
                    input.checks.append(checked(0, check == Yes));
                const bool broken = holds == Yes || down == Yes || check == No;
                const bool told = holds != Nothing || down != Nothing || check != Nothing;
                const Verdict wanted = broken ? Verdict::Unchanged : told ? Verdict::Healed : Verdict::Unknown;
                QCOMPARE(toString(judge(input).first), toString(wanted));
            }
        }
    }
}

QTEST_GUILESS_MAIN(TestVerifier)
#include "tst_verifier.moc"
