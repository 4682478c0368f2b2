#include "core/recovery/ProcedurePlan.h"

#include "core/config/ProcedureValue.h"

#include <cmath>

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

constexpr int mostRepeats = 100; // as many attempts as can be configured

bool isFor(const Procedure &procedure, const Incident &incident, const ServiceConfig *service, const ConditionHolds &holds)
{
    const Diagnosis &diagnosis = *incident.diagnosis;
    const bool named = !diagnosis.causeId.isEmpty() && procedure.causes.contains(diagnosis.causeId);
    const bool allCauses = procedure.causes.isEmpty() && !diagnosis.actions.isEmpty();
    if (!procedure.appliesTo.contains(incident.type) || !(named || allCauses))
        return false;
    if (!procedure.services.isEmpty() && !(service && procedure.services.contains(service->name)))
        return false;
    if (!procedure.managers.isEmpty() && !(service && procedure.managers.contains(service->manager)))
        return false;
    return !procedure.when || holds(*procedure.when).value_or(false);
}

int specificity(const Procedure &procedure)
{
    return (procedure.services.isEmpty() ? 0 : 8) + (procedure.causes.isEmpty() ? 0 : 4) + (procedure.managers.isEmpty() ? 0 : 2)
        + (procedure.when ? 1 : 0);
}

bool wasDone(const RecoveryActionRecord &action)
{
    return action.undoes.isEmpty()
        && (action.status == ActionStatus::Completed || action.status == ActionStatus::Failed || action.status == ActionStatus::RolledBack
            || action.status == ActionStatus::Unknown);
}

bool didNotHelp(const RecoveryActionRecord &action)
{
    if (action.verdict)
        return *action.verdict == Verdict::Unchanged || *action.verdict == Verdict::Worse;
    return action.status != ActionStatus::Completed;
}

/// What was done of a procedure so far.
struct Course {
    QMap<QString, int> times;                     ///< by step
    qsizetype next = 0;                           ///< index of the step after the last one done
    const ProcedureStep *last = nullptr;
    const RecoveryActionRecord *record = nullptr; ///< of `last`
};

Course courseOf(const Procedure &procedure, const Incident &incident)
{
    Course course;
    for (const RecoveryActionRecord &action : incident.actions) {
        if (action.procedure != procedure.name || !wasDone(action))
            continue;
        ++course.times[action.step];
        for (qsizetype i = 0; i < procedure.steps.size(); ++i) {
            if (procedure.steps[i].id != action.step)
                continue;
            course.next = i + 1;
            course.last = &procedure.steps[i];
            course.record = &action;
        }
    }
    return course;
}

QString textOf(const QVariant &value)
{
    if (value.typeId() == QMetaType::QString || value.typeId() == QMetaType::Bool)
        return value.toString();
    bool isNumber = false;
    const double number = value.toDouble(&isNumber);
    if (!isNumber || !std::isfinite(number))
        return value.toString();
    const bool whole = number == std::floor(number) && std::fabs(number) < 1e15;
    return whole ? QString::number(qint64(number)) : QString::number(number, 'g', 15);
}

StepOutlook outlook(const ProcedureStep &step, const Evidence &evidence, const ConditionHolds &holds)
{
    StepOutlook found{&step, {}, {}};
    if (step.when) {
        const std::optional<bool> due = holds(*step.when);
        if (!due.value_or(false))
            found.leftOut = due ? u"its condition does not hold"_s : u"its condition is not known to hold"_s;
    }
    if (!found.leftOut.isEmpty())
        return found;
    if (const auto parameters = resolveParameters(step, evidence))
        found.parameters = *parameters;
    else
        found.leftOut = parameters.error().message;
    return found;
}

class StepSearch
{
public:
    StepSearch(const Procedure &procedure, const Incident &incident, const Evidence &evidence, const ConditionHolds &holds,
               const StepPossible &possible)
        : m_procedure(procedure), m_course(courseOf(procedure, incident)), m_evidence(evidence), m_holds(holds),
          m_possible(possible) {}

    NextStep find()
    {
        const bool failed = m_course.last && didNotHelp(*m_course.record);
        if (failed && m_course.last->repeat && m_course.times.value(m_course.last->id) < mostRepeats) {
            if (auto again = tried(*m_course.last, u"again, since it did not help yet"_s))
                return *again;
        }
        if (failed && m_course.last->onFailure == OnFailure::Stop)
            return end(NextStep::Kind::Ended, u"%1 did not help, and then nothing more is to be done"_s.arg(m_course.last->id));
        if (failed && m_course.last->onFailure == OnFailure::Escalate)
            return end(NextStep::Kind::Escalate, u"%1 did not help, and then a person is to be asked"_s.arg(m_course.last->id));
        for (qsizetype i = m_course.next; i < m_procedure.steps.size(); ++i) {
            const ProcedureStep &step = m_procedure.steps[i];
            if (m_course.times.value(step.id) > 0)
                continue; // a procedure that was changed meanwhile
            if (auto next = tried(step, failed ? u"after %1, which did not help"_s.arg(m_course.last->id) : QString()))
                return *next;
        }
        return end(NextStep::Kind::Ended, m_course.last ? u"no step is left"_s : u"no step can be done here"_s);
    }

private:
    std::optional<NextStep> tried(const ProcedureStep &step, const QString &reason)
    {
        const StepOutlook look = outlook(step, m_evidence, m_holds);
        if (!look.leftOut.isEmpty()) {
            m_leftOut << step.id + u": "_s + look.leftOut;
            return std::nullopt;
        }
        if (!m_possible(step, look.parameters)) {
            m_impossible = &step;
            m_parameters = look.parameters;
            m_leftOut << step.id + u": not possible now"_s;
            return std::nullopt;
        }
        return NextStep{NextStep::Kind::Run, &step, look.parameters,
                        u"step %1 of procedure %2"_s.arg(step.id, m_procedure.name) + (reason.isEmpty() ? QString() : QString(u", "_s + reason))};
    }
    NextStep end(NextStep::Kind kind, const QString &why) const
    {
        QString text = u"procedure %1: "_s.arg(m_procedure.name) + why;
        if (!m_leftOut.isEmpty())
            text += u" (left out: "_s + m_leftOut.join(u"; "_s) + u')';
        return {kind, m_impossible, m_parameters, text};
    }

    const Procedure &m_procedure;
    const Course m_course;
    const Evidence &m_evidence;
    const ConditionHolds &m_holds;
    const StepPossible &m_possible;
    const ProcedureStep *m_impossible = nullptr;
    QMap<QString, QString> m_parameters;
    QStringList m_leftOut;
};

} // namespace

const Procedure *chooseProcedure(const QList<Procedure> &procedures, const Incident &incident, const ServiceConfig *service,
                                 const ConditionHolds &holds)
{
    if (!incident.diagnosis)
        return nullptr;
    const Procedure *best = nullptr;
    for (const Procedure &procedure : procedures) {
        if (isFor(procedure, incident, service, holds) && (!best || specificity(procedure) >= specificity(*best)))
            best = &procedure;
    }
    return best;
}

NextStep nextStep(const Procedure &procedure, const Incident &incident, const Evidence &evidence, const ConditionHolds &holds,
                  const StepPossible &possible)
{
    return StepSearch(procedure, incident, evidence, holds, possible).find();
}

QList<StepOutlook> remainingSteps(const Procedure &procedure, const Incident &incident, const Evidence &evidence, const ConditionHolds &holds)
{
    const Course course = courseOf(procedure, incident);
    const bool again = course.last && course.last->repeat && didNotHelp(*course.record);
    QList<StepOutlook> steps;
    for (qsizetype i = again ? course.next - 1 : course.next; i < procedure.steps.size(); ++i)
        steps << outlook(procedure.steps[i], evidence, holds);
    return steps;
}

Result<QMap<QString, QString>> resolveParameters(const ProcedureStep &step, const Evidence &evidence)
{
    QMap<QString, QString> values;
    for (const StepParameter &parameter : step.parameters) {
        QString text = parameter.value;
        if (!parameter.fact.isEmpty()) {
            const Fact fact = evidence.value(parameter.fact);
            text = fact.value.isValid() ? textOf(fact.value) : parameter.otherwise;
            if (!fact.value.isValid() && text.isEmpty())
                return failure(ErrorCode::NotFound, u"%1: %2 is not known"_s.arg(parameter.name, parameter.fact));
        }
        const auto value = typedValue(parameter, text);
        if (!value)
            return failure(ErrorCode::Invalid, parameter.name + u' ' + value.error().message);
        values.insert(parameter.name, *value);
    }
    return values;
}

} // namespace prunella
