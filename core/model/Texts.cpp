// The small texts of the vocabulary: reasons, series names, configuration problems; and the score of an incident.
#include "core/model/ConfigProblem.h"
#include "core/model/Incident.h"
#include "core/model/Sample.h"

#include <QStringList>

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

QString firstWords(Reason reason)
{
    switch (reason) {
    case Reason::Allowed: return u"allowed"_s;
    case Reason::Approved: return u"approved"_s;
    case Reason::ModeObserve: return u"mode_observe"_s;
    case Reason::ModeApprove: return u"mode_approve"_s;
    case Reason::CeilingLower: return u"ceiling_lower"_s;
    case Reason::LowConfidence: return u"low_confidence"_s;
    case Reason::CoolDown: return u"cool_down"_s;
    case Reason::RateLimit: return u"rate_limit"_s;
    case Reason::TargetBusy: return u"target_busy"_s;
    case Reason::TooManyRunning: return u"too_many_running"_s;
    case Reason::AttemptsExhausted: return u"attempts_exhausted"_s;
    case Reason::Backoff: return u"backoff"_s;
    case Reason::Paused: return u"paused"_s;
    case Reason::ManagerRestarting: return u"manager_restarting"_s;
    case Reason::StartLimit: return u"start_limit"_s;
    case Reason::NoAction: return u"no_action"_s;
    case Reason::NotSupported: return u"not_supported"_s;
    case Reason::TooManyUnhealthy: return u"too_many_unhealthy"_s;
    default: return {};
    }
}

QString lastWords(Reason reason)
{
    switch (reason) {
    case Reason::JournalLost: return u"journal_lost"_s;
    case Reason::StoreDamaged: return u"store_damaged"_s;
    case Reason::Maintenance: return u"maintenance"_s;
    case Reason::Flapping: return u"flapping"_s;
    case Reason::NotAuthorised: return u"not_authorised"_s;
    case Reason::Rejected: return u"rejected"_s;
    case Reason::Withdrawn: return u"withdrawn"_s;
    case Reason::NotAnswered: return u"not_answered"_s;
    case Reason::HintAlone: return u"hint_alone"_s;
    case Reason::DependencyFirst: return u"dependency_first"_s;
    case Reason::BreakerOpen: return u"breaker_open"_s;
    case Reason::ChangedByOthers: return u"changed_by_others"_s;
    case Reason::Shadow: return u"shadow"_s;
    case Reason::SecondPerson: return u"second_person"_s;
    case Reason::SwitchedOff: return u"switched_off"_s;
    case Reason::AtMaximum: return u"at_maximum"_s;
    case Reason::NoRoom: return u"no_room"_s;
    case Reason::NoGoodRelease: return u"no_good_release"_s;
    case Reason::UndoFailed: return u"undo_failed"_s;
    default: return {};
    }
}

} // namespace

// Public words (JSON, log); a test asks for the word of every one.
QString toString(Reason reason)
{
    const QString word = firstWords(reason);
    return word.isEmpty() ? lastWords(reason) : word;
}

QString toString(const SeriesKey &key)
{
    if (key.labels.isEmpty())
        return key.metric;
    QStringList parts;
    for (auto it = key.labels.cbegin(); it != key.labels.cend(); ++it)
        parts << QString(it.key() + u'=' + it.value());
    return key.metric + u'{' + parts.join(u',') + u'}';
}

QString toString(const ConfigProblem &problem)
{
    QString text = problem.file;
    if (problem.line > 0) {
        text += u':' + QString::number(problem.line);
        if (problem.column > 0)
            text += u':' + QString::number(problem.column);
    }
    switch (problem.level) {
    case ProblemLevel::Error: text += u": error: "_s; break;
    case ProblemLevel::Warning: text += u": warning: "_s; break;
    case ProblemLevel::NotYetInEffect: text += u": not yet in effect: "_s; break;
    }
    if (!problem.key.isEmpty())
        text += problem.key + u": "_s;
    return text + problem.text;
}

std::optional<double> effectivenessScore(const Incident &incident)
{
    if (isOpen(incident))
        return std::nullopt;
    int tried = 0; // repairs that really started; a look repairs nothing, and what takes one back is none
    for (const RecoveryActionRecord &action : incident.actions) {
        const bool looks = action.type == ActionType::HealthCheck || action.type == ActionType::EnableMonitoring;
        if (action.startedAt == 0 || looks || !action.undoes.isEmpty())
            continue;
        ++tried;
        if (action.verified)
            return 1.0 / tried;
    }
    return 0.0;
}

} // namespace prunella
