// Which procedure, which step, with which values. That it always ends: tst_procedure_random.cpp.
#include "ProcedureSamples.h"

#include <QTest>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

namespace {

using Kind = NextStep::Kind;

} // namespace

class TestProcedurePlan : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void mostSpecificWins();
    void notForThisIncident();
    void stepsInOrder();
    void whatIsLeftOut();
    void onFailure();
    void repeats();
    void recordsOfOthers();
    void impossibleIsTold();
    void parameters_data();
    void parameters();
    void missingParameterLeavesOut();
    void dryRun();
};

void TestProcedurePlan::mostSpecificWins()
{
    ServiceConfig web;
    web.name = u"web"_s;
    web.manager = Manager::Process;
    const Evidence evidence{{u"yes"_s, {true, {}, 0}}};
    QList<Procedure> all{procedure(u"type"_s)};
    const auto chosen = [&] {
        const Procedure *found = chooseProcedure(all, incident(), &web, holdsOn(evidence));
        return found ? found->name : QString();
    };
    QCOMPARE(chosen(), u"type"_s);
    all << procedure(u"type later"_s);
    QCOMPARE(chosen(), u"type later"_s);
    all.prepend(procedure(u"when"_s));
    all.first().when = known(u"yes"_s);
    QCOMPARE(chosen(), u"when"_s);
    all.prepend(procedure(u"manager"_s));
    all.first().managers = {Manager::Systemd, Manager::Process};
    QCOMPARE(chosen(), u"manager"_s);
    all.prepend(procedure(u"cause"_s));
    all.first().causes = {u"other"_s, u"leak"_s};
    QCOMPARE(chosen(), u"cause"_s);
    all.prepend(procedure(u"service"_s));
    all.first().services = {u"web"_s};
    QCOMPARE(chosen(), u"service"_s);
    all.prepend(procedure(u"cause and manager"_s)); // less than a service, which stands above both together
    all.first().causes = {u"leak"_s};
    all.first().managers = {Manager::Process};
    QCOMPARE(chosen(), u"service"_s);
    QVERIFY(chooseProcedure({}, incident(), &web, holdsOn(evidence)) == nullptr);
}

void TestProcedurePlan::notForThisIncident()
{
    ServiceConfig web;
    web.name = u"web"_s;
    const auto fits = [&](const Procedure &one, const Incident &of, const ServiceConfig *service, const Evidence &evidence = {}) {
        return chooseProcedure({one}, of, service, holdsOn(evidence)) != nullptr;
    };
    Procedure one = procedure(u"p"_s);
    QVERIFY(fits(one, incident(), &web) && fits(one, incident(), nullptr));
    Incident undiagnosed = incident();
    undiagnosed.diagnosis.reset();
    QVERIFY(!fits(one, undiagnosed, &web));
    QVERIFY(!fits(one, incident(u"leak"_s, {}), &web)); // only a person can tell
    one.causes = {u"leak"_s};
    QVERIFY(fits(one, incident(u"leak"_s, {}), &web));  // unless it is named
    QVERIFY(!fits(one, incident(u"other"_s), &web));
    one.causes = {QString()};
    QVERIFY(!fits(one, incident(QString(), {}), &web)); // no cause is none that could be named
    one = procedure(u"p"_s);
    one.services = {u"db"_s};
    QVERIFY(!fits(one, incident(), &web) && !fits(one, incident(), nullptr));
    one.services.clear();
    one.managers = {Manager::Container};
    QVERIFY(!fits(one, incident(), &web) && !fits(one, incident(), nullptr));
    one.managers.clear();
    one.when = known(u"x"_s);
    QVERIFY(!fits(one, incident(), &web)); // unknown is no
    QVERIFY(!fits(one, incident(), &web, {{u"x"_s, {false, {}, 0}}}) && fits(one, incident(), &web, {{u"x"_s, {true, {}, 0}}}));
    one = procedure(u"p"_s);
    one.appliesTo = {ErrorType::DiskFull};
    QVERIFY(!fits(one, incident(), &web));
}

void TestProcedurePlan::stepsInOrder()
{
    const Procedure p = procedure(u"p"_s, {step(u"a"_s), step(u"b"_s), step(u"c"_s)});
    Incident i = incident();
    QCOMPARE(next(p, i), u"a"_s);
    done(i, u"p"_s, u"a"_s);
    QCOMPARE(next(p, i), u"b"_s);
    done(i, u"p"_s, u"b"_s, std::nullopt, ActionStatus::Failed);
    QCOMPARE(next(p, i), u"c"_s);
    done(i, u"p"_s, u"c"_s, Verdict::Worse, ActionStatus::RolledBack);
    QCOMPARE(next(p, i), u"ended"_s);
    Incident pending = incident();
    done(pending, u"p"_s, u"a"_s, std::nullopt, ActionStatus::Cancelled); // was not done
    done(pending, u"p"_s, u"a"_s, std::nullopt, ActionStatus::Refused);
    QCOMPARE(next(p, pending), u"a"_s);
}

void TestProcedurePlan::whatIsLeftOut()
{
    Procedure p = procedure(u"p"_s, {step(u"a"_s), step(u"b"_s), step(u"c"_s)});
    p.steps[0].when = known(u"x"_s);
    QCOMPARE(next(p, incident()), u"b"_s);
    QCOMPARE(next(p, incident(), {{u"x"_s, {true, {}, 0}}}), u"a"_s);
    QCOMPARE(next(p, incident(), {{u"x"_s, {false, {}, 0}}}), u"b"_s);
    const StepPossible notB = [](const ProcedureStep &s, const auto &) { return s.id != u"b"_s; };
    QCOMPARE(next(p, incident(), {}, notB), u"c"_s);
    Incident i = incident();
    done(i, u"p"_s, u"b"_s);
    QCOMPARE(next(p, i, {{u"x"_s, {true, {}, 0}}}), u"c"_s); // never back
}

void TestProcedurePlan::onFailure()
{
    const auto after = [](OnFailure rule, std::optional<Verdict> verdict, ActionStatus status) {
        const Procedure p = procedure(u"p"_s, {step(u"a"_s, ActionType::RestartService, rule), step(u"b"_s)});
        Incident i = incident();
        done(i, u"p"_s, u"a"_s, verdict, status);
        return next(p, i);
    };
    for (const ActionStatus status : {ActionStatus::Completed, ActionStatus::Failed}) {
        const auto verdict = status == ActionStatus::Completed ? std::optional(Verdict::Unchanged) : std::nullopt;
        QCOMPARE(after(OnFailure::Next, verdict, status), u"b"_s);
        QCOMPARE(after(OnFailure::Undo, verdict, status), u"b"_s);
        QCOMPARE(after(OnFailure::Escalate, verdict, status), u"escalate"_s);
        QCOMPARE(after(OnFailure::Stop, verdict, status), u"ended"_s);
    }
    QCOMPARE(after(OnFailure::Escalate, Verdict::Worse, ActionStatus::Completed), u"escalate"_s);
    QCOMPARE(after(OnFailure::Escalate, std::nullopt, ActionStatus::Unknown), u"escalate"_s);
    QCOMPARE(after(OnFailure::Escalate, Verdict::Unknown, ActionStatus::Completed), u"b"_s);  // nothing says that it failed
    QCOMPARE(after(OnFailure::Escalate, std::nullopt, ActionStatus::Completed), u"b"_s);      // verify: none
    QCOMPARE(after(OnFailure::Escalate, Verdict::Healed, ActionStatus::Unknown), u"b"_s);
}

void TestProcedurePlan::repeats()
{
    const Procedure p = procedure(u"p"_s, {step(u"a"_s, ActionType::RestartService, OnFailure::Escalate, true), step(u"b"_s)});
    Incident i = incident();
    int left = 3;
    const StepPossible possible = [&](const ProcedureStep &s, const auto &) { return s.id != u"a"_s || left > 0; };
    for (; left > 0; --left) {
        QCOMPARE(next(p, i, {}, possible), u"a"_s);
        done(i, u"p"_s, u"a"_s);
    }
    QCOMPARE(next(p, i, {}, possible), u"escalate"_s);
    Incident helped = incident();
    done(helped, u"p"_s, u"a"_s, Verdict::Healed);
    QCOMPARE(next(p, helped), u"b"_s); // what helped is not done again
}

void TestProcedurePlan::recordsOfOthers()
{
    const Procedure p = procedure(u"p"_s, {step(u"a"_s), step(u"b"_s)});
    Incident i = incident();
    done(i, QString(), QString());
    done(i, u"q"_s, u"a"_s);
    QCOMPARE(next(p, i), u"a"_s);
    done(i, u"p"_s, u"a"_s);
    done(i, u"p"_s, u"a"_s);
    i.actions.last().undoes = u"2"_s;
    QCOMPARE(next(p, i), u"b"_s);
    done(i, u"p"_s, u"b"_s);
    const Procedure turned = procedure(u"p"_s, {step(u"b"_s), step(u"a"_s), step(u"new"_s)}); // changed meanwhile
    QCOMPARE(next(turned, i), u"new"_s);
}

void TestProcedurePlan::impossibleIsTold()
{
    Procedure p = procedure(u"p"_s, {step(u"a"_s), step(u"b"_s)});
    p.steps[1].when = known(u"x"_s);
    const NextStep found = nextStep(p, incident(), {}, holdsOn({}), [](const ProcedureStep &, const auto &) { return false; });
    QVERIFY(found.kind == Kind::Ended && found.step == &p.steps[0]); // for the policy to say why
    QCOMPARE(found.why, u"procedure p: no step can be done here (left out: a: not possible now; b: its condition is not known to hold)"_s);
    const NextStep run = nextStep(p, incident(), {}, holdsOn({}), always);
    QCOMPARE(run.why, u"step a of procedure p"_s);
    Incident i = incident();
    done(i, u"p"_s, u"a"_s);
    QCOMPARE(nextStep(p, i, {}, holdsOn({{u"x"_s, {true, {}, 0}}}), always).why, u"step b of procedure p, after a, which did not help"_s);
}

void TestProcedurePlan::parameters_data()
{
    QTest::addColumn<int>("type");
    QTest::addColumn<QVariant>("value");
    QTest::addColumn<QString>("expected"); // empty: refused
    QTest::newRow("integer") << int(ParameterType::Integer) << QVariant(4711.0) << u"4711"_s;
    QTest::newRow("text as integer") << int(ParameterType::Integer) << QVariant(u"12"_s) << u"12"_s;
    QTest::newRow("fraction") << int(ParameterType::Integer) << QVariant(1.5) << QString();
    QTest::newRow("negative") << int(ParameterType::Integer) << QVariant(-3.0) << QString();
    QTest::newRow("truth") << int(ParameterType::Integer) << QVariant(true) << QString();
    QTest::newRow("huge") << int(ParameterType::Integer) << QVariant(1e30) << QString();
    QTest::newRow("not a number") << int(ParameterType::Integer) << QVariant(qQNaN()) << QString();
    QTest::newRow("option") << int(ParameterType::Word) << QVariant(u"--all"_s) << QString();
    QTest::newRow("shell") << int(ParameterType::Word) << QVariant(u"x;reboot"_s) << QString();
    QTest::newRow("word") << int(ParameterType::Word) << QVariant(u"web@2"_s) << u"web@2"_s;
    QTest::newRow("path") << int(ParameterType::Path) << QVariant(u"/etc/../root"_s) << QString();
    QTest::newRow("new line") << int(ParameterType::Text) << QVariant(u"a\nb"_s) << QString();
    QTest::newRow("seconds") << int(ParameterType::Duration) << QVariant(90.0) << u"90s"_s;
}

void TestProcedurePlan::parameters()
{
    QFETCH(int, type);
    QFETCH(QVariant, value);
    QFETCH(QString, expected);
    ProcedureStep one = step(u"a"_s);
    one.parameters = {taken(u"p"_s, ParameterType(type), u"the.fact"_s)};
    const auto found = resolveParameters(one, {{u"the.fact"_s, {value, {}, 0}}});
    QCOMPARE(found ? found->value(u"p"_s) : QString(), expected);
    QVERIFY(found || found.error().message.startsWith(u"p is \""_s));
}

void TestProcedurePlan::missingParameterLeavesOut()
{
    Procedure p = procedure(u"p"_s, {step(u"a"_s), step(u"b"_s)});
    p.steps[0].parameters = {taken(u"n"_s, ParameterType::Integer, u"count"_s)};
    QCOMPARE(next(p, incident()), u"b"_s);
    QCOMPARE(next(p, incident(), {{u"count"_s, {QVariant(), u"asked in vain"_s, 0}}}), u"b"_s);
    QCOMPARE(next(p, incident(), {{u"count"_s, {7.0, {}, 0}}}), u"a"_s);
    p.steps[0].parameters[0].max = 5; // outside is refused, `otherwise` is for what is not known
    p.steps[0].parameters[0].otherwise = u"3"_s;
    QCOMPARE(next(p, incident(), {{u"count"_s, {7.0, {}, 0}}}), u"b"_s);
    const NextStep found = nextStep(p, incident(), {}, holdsOn({}), always);
    QCOMPARE(found.step->id + found.parameters.value(u"n"_s), u"a3"_s);
}

void TestProcedurePlan::dryRun()
{
    Procedure p = procedure(u"p"_s, {step(u"a"_s, ActionType::RestartService, OnFailure::Next, true), step(u"b"_s), step(u"c"_s)});
    p.steps[1].when = known(u"x"_s);
    p.steps[2].parameters = {taken(u"n"_s, ParameterType::Integer, u"count"_s)};
    Incident i = incident();
    QList<StepOutlook> steps = remainingSteps(p, i, {}, holdsOn({}));
    QCOMPARE(steps.size(), 3);
    QVERIFY(steps[0].leftOut.isEmpty());
    QCOMPARE(steps[1].leftOut + u'|' + steps[2].leftOut, u"its condition is not known to hold|n: count is not known"_s);
    done(i, u"p"_s, u"a"_s);
    QCOMPARE(remainingSteps(p, i, {}, holdsOn({})).size(), 3); // it may be repeated
    done(i, u"p"_s, u"b"_s);
    steps = remainingSteps(p, i, {{u"count"_s, {4.0, {}, 0}}}, holdsOn({}));
    QCOMPARE(steps.size(), 1);
    QCOMPARE(steps[0].step->id + steps[0].parameters.value(u"n"_s), u"c4"_s);
}

QTEST_GUILESS_MAIN(TestProcedurePlan)
#include "tst_procedure_plan.moc"
