// Which procedure, which step, with which values; and that it always comes to an end.
#include "core/recovery/ProcedurePlan.h"

#include <QRandomGenerator>
#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

using Kind = NextStep::Kind;

FactCondition known(const QString &fact) // true when the fact is there and true, unknown when it is not there
{
    FactCondition condition;
    condition.kind = FactCondition::Kind::Equals;
    condition.fact = fact;
    condition.values = {true};
    return condition;
}

ConditionHolds holdsOn(const Evidence &evidence)
{
    return [evidence](const FactCondition &condition) -> std::optional<bool> {
        const auto fact = evidence.constFind(condition.fact);
        return fact == evidence.cend() || !fact->value.isValid() ? std::nullopt : std::optional(fact->value == condition.values[0]);
    };
}

ProcedureStep step(const QString &id, ActionType action = ActionType::RestartService, OnFailure onFailure = OnFailure::Next, bool repeat = false)
{
    ProcedureStep step;
    step.id = id;
    step.action = action;
    step.onFailure = onFailure;
    step.repeat = repeat;
    return step;
}

Procedure procedure(const QString &name, const QList<ProcedureStep> &steps = {step(u"restart"_s)})
{
    Procedure procedure;
    procedure.name = name;
    procedure.appliesTo = {ErrorType::MemoryLeak};
    procedure.steps = steps;
    return procedure;
}

Incident incident(const QString &cause = u"leak"_s, const QList<ActionType> &actions = {ActionType::RestartService})
{
    Incident incident;
    incident.type = ErrorType::MemoryLeak;
    incident.component = u"web"_s;
    incident.diagnosis.emplace();
    incident.diagnosis->tree = u"memory_leak"_s;
    incident.diagnosis->causeId = cause;
    incident.diagnosis->actions = actions;
    return incident;
}

void done(Incident &incident, const QString &procedure, const QString &step, std::optional<Verdict> verdict = Verdict::Unchanged,
          ActionStatus status = ActionStatus::Completed)
{
    RecoveryActionRecord record;
    record.id = QString::number(incident.actions.size());
    record.procedure = procedure;
    record.step = step;
    record.verdict = verdict;
    record.status = status;
    incident.actions << record;
}

const StepPossible always = [](const ProcedureStep &, const QMap<QString, QString> &) { return true; };

QString next(const Procedure &procedure, const Incident &incident, const Evidence &evidence = {}, const StepPossible &possible = always)
{
    const NextStep found = nextStep(procedure, incident, evidence, holdsOn(evidence), possible);
    switch (found.kind) {
    case Kind::Run: return found.step->id;
    case Kind::Ended: return u"ended"_s;
    case Kind::Escalate: break;
    }
    return u"escalate"_s;
}

StepParameter taken(const QString &name, ParameterType type, const QString &fact, const QString &otherwise = {})
{
    StepParameter parameter;
    parameter.name = name;
    parameter.type = type;
    parameter.fact = fact;
    parameter.otherwise = otherwise;
    return parameter;
}

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
    void anyIncidentEnds();
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
    QTest::newRow("seconds") << int(ParameterType::Duration) << QVariant(90.0) << u"90000"_s;
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

/// Random procedures, outcomes, evidence and answers: a step is given once, one with `repeat` only after it failed, and it ends.
void TestProcedurePlan::anyIncidentEnds()
{
    QRandomGenerator random(20261127);
    const auto chance = [&](int percent) { return random.bounded(100) < percent; };
    int given = 0, ends[3] = {};
    for (int round = 0; round < 3000; ++round) {
        QList<ProcedureStep> steps;
        for (int i = 0, n = 1 + int(random.bounded(6)); i < n; ++i) {
            steps << step(QString::number(i), ActionType(random.bounded(9)), OnFailure(random.bounded(4)), chance(25));
            if (chance(40))
                steps.last().when = known(QString::number(random.bounded(4)));
            if (chance(30))
                steps.last().parameters = {taken(u"n"_s, ParameterType::Integer, u"count"_s, chance(50) ? u"1"_s : QString())};
        }
        const Procedure p = procedure(u"p"_s, steps);
        const int willing = int(random.bounded(3)) * 50; // never, at times, always possible
        const StepPossible possible = [&](const ProcedureStep &, const auto &) { return chance(willing); };
        Incident i = incident();
        QMap<QString, int> times;
        QString last;
        bool failed = false;
        int turns = 0;
        for (;; ++turns) {
            QVERIFY2(turns < 1000, "it does not end");
            Evidence evidence;
            for (int fact = 0; fact < 4; ++fact) {
                if (chance(60))
                    evidence.insert(QString::number(fact), {chance(50), {}, 0});
            }
            if (chance(50))
                evidence.insert(u"count"_s, {double(random.bounded(100)) - 10, {}, 0});
            const NextStep found = nextStep(p, i, evidence, holdsOn(evidence), possible);
            ++ends[int(found.kind)];
            QVERIFY(!found.why.isEmpty());
            if (found.kind != Kind::Run)
                break;
            QVERIFY(found.step);
            const bool again = times[found.step->id]++ > 0;
            QVERIFY2(!again || (found.step->repeat && failed && last == found.step->id), "given twice");
            ++given;
            last = found.step->id;
            const auto verdict = chance(70) ? std::optional(Verdict(random.bounded(4))) : std::nullopt;
            const ActionStatus status = chance(70) ? ActionStatus::Completed : ActionStatus::Failed;
            failed = verdict ? *verdict == Verdict::Unchanged || *verdict == Verdict::Worse : status == ActionStatus::Failed;
            done(i, u"p"_s, found.step->id, verdict, status);
        }
    }
    QVERIFY(given > 3000 && ends[int(Kind::Ended)] > 500 && ends[int(Kind::Escalate)] > 100);
    const Procedure forever = procedure(u"p"_s, {step(u"a"_s, ActionType::RestartService, OnFailure::Next, true)});
    Incident i = incident();
    int turns = 0;
    for (; next(forever, i) == u"a"_s && turns < 1000; ++turns)
        done(i, u"p"_s, u"a"_s);
    QCOMPARE(turns, 100); // even where everything is always possible and nothing ever helps
}

QTEST_GUILESS_MAIN(TestProcedurePlan)
#include "tst_procedure_plan.moc"
