#include "core/model/PlannedStep.h"

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

QString verdictText(const PlannedStep &step)
{
    const QString detail = step.verdict.detail.isEmpty() ? toString(step.verdict.reason) : step.verdict.detail;
    if (!step.due)
        return u"left out: "_s + detail;
    switch (step.verdict.decision) {
    case Decision::Run: return u"would run by itself: "_s + detail;
    case Decision::Ask: return u"would ask a person: "_s + detail;
    case Decision::Wait: return u"would wait: "_s + detail;
    case Decision::Refuse: break;
    }
    return u"not possible: "_s + detail;
}

QString failureText(const QString &onFailure)
{
    if (onFailure == u"undo"_s)
        return u"if it does not help it is taken back"_s;
    if (onFailure == u"escalate"_s)
        return u"if it does not help a person takes over"_s;
    if (onFailure == u"stop"_s)
        return u"if it does not help nothing more is done"_s;
    return {};
}

} // namespace

QStringList planLines(const IncidentPlan &plan)
{
    QStringList lines{plan.procedure.isEmpty() ? u"Plan, as the diagnosis recommends (nothing is done now):"_s
                                               : u"Plan, by procedure %1 (nothing is done now):"_s.arg(plan.procedure)};
    if (!plan.why.isEmpty())
        lines << u"  "_s + plan.why;
    if (plan.steps.isEmpty() && plan.why.isEmpty())
        lines << u"  nothing is left to be done"_s;
    int number = 0;
    for (const PlannedStep &step : plan.steps) {
        QString head = u"  %1. %2 %3"_s.arg(++number).arg(toString(step.action), step.target);
        if (!step.step.isEmpty())
            head += u" ("_s + step.step + (step.text.isEmpty() ? QString() : QString(u": "_s + step.text)) + u')';
        lines << head;
        if (!step.call.isEmpty())
            lines << u"     call: "_s + step.call;
        lines << u"     "_s + verdictText(step);
        if (const QString after = failureText(step.onFailure); step.due && !after.isEmpty())
            lines << u"     "_s + after;
    }
    return lines;
}

} // namespace prunella
