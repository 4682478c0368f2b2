#include "core/diagnosis/TypeByChange.h"

#include "core/model/Sentences.h"

#include <QRegularExpression>

#include <algorithm>
#include <csignal>

#include <sys/wait.h>

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 soonMs = 10 * 60'000;      // how long a change is suspected
constexpr qint64 lastWordsMs = 2 * 60'000;  // log lines older than this belong to another run
constexpr int exConfig = 78;                // sysexits.h: EX_CONFIG
constexpr qsizetype mostShown = 160;        // of a log line in a sentence

bool isCrash(ConditionKind kind)
{
    return kind == ConditionKind::UnitFailed || kind == ConditionKind::RestartLoop || kind == ConditionKind::ProcessExited;
}

/// Somebody or something else sent it; a timeout or a watchdog of systemd's is no "somebody".
bool endedFromOutside(const std::optional<ProcessEnd> &end)
{
    if (!end || !end->bySignal || (!end->result.isEmpty() && end->result != "signal"_L1))
        return false;
    constexpr int outside[]{SIGHUP, SIGINT, SIGQUIT, SIGKILL, SIGTERM};
    return std::find(std::begin(outside), std::end(outside), end->number) != std::end(outside);
}

const ChangeRecord *newestOf(const QString &component, const QList<ChangeRecord> &changes, qint64 startedMs)
{
    const ChangeRecord *newest = nullptr;
    for (const ChangeRecord &change : changes) {
        const bool inTime = change.at <= startedMs && startedMs - change.at <= soonMs;
        if (change.component == component && inTime && change.kind != ChangeKind::Kernel && (!newest || change.at >= newest->at))
            newest = &change;
    }
    return newest;
}

QString after(const ErrorEvent &event, const ChangeRecord &change)
{
    const QString what = change.detail.isEmpty() ? change.subject + u" was changed"_s : change.detail;
    return event.condition.component + u" failed "_s + durationText(event.startedWallMs - change.at) + u" after "_s + what;
}

/// A database logs the syntax errors of its clients, too: those name a place ("at or near") and are none of its own.
const LogLine *configurationWords(const ErrorEvent &event, const QList<LogLine> &lines)
{
    static const QRegularExpression words(
        u"(?i)syntax error(?! at or near)|unknown directive|(missing|required) environment variable|environment variable \\S+ (is )?(not set|missing|required)"
        "|(invalid|bad|broken) config(uration)?\\b|config(uration)? (file )?(error|test failed|is invalid)|error in config(uration)?"
        "|unrecognized (configuration|option|setting)|unknown (config|configuration) (option|key|parameter)"_s);
    const LogLine *newest = nullptr;
    for (const LogLine &line : lines) {
        const bool ours = line.component.isEmpty() || line.component == event.condition.component;
        if (ours && line.wallMs >= event.startedWallMs - lastWordsMs && words.match(QString::fromUtf8(line.text.simplified())).hasMatch())
            newest = &line;
    }
    return newest;
}

} // namespace

std::optional<ProcessEnd> processEnd(const UnitState &unit)
{
    if (unit.exitCode == 0)
        return std::nullopt;
    return ProcessEnd{unit.exitCode == CLD_KILLED || unit.exitCode == CLD_DUMPED, unit.exitStatus, unit.result};
}

std::optional<ProcessEnd> processEnd(const ProcessState &process)
{
    if (process.running || !process.exitKnown)
        return std::nullopt;
    return ProcessEnd{process.signalled, process.exitStatus};
}

std::optional<TypeReason> typeByChange(const ErrorEvent &event, const QList<ChangeRecord> &changes, const QList<LogLine> &lines,
                                       const std::optional<ProcessEnd> &end)
{
    const bool crash = event.type == ErrorType::ServiceCrash && isCrash(event.condition.kind);
    const bool silent = event.type == ErrorType::NetworkTimeout && event.condition.kind == ConditionKind::CheckFailing;
    if (event.cleared || (!crash && !silent) || (crash && endedFromOutside(end)))
        return std::nullopt;
    const ChangeRecord *change = newestOf(event.condition.component, changes, event.startedWallMs);
    if (silent) // its own tree tells wrong answers apart; an answer that stays out may be the new version's address
        return change && change->kind == ChangeKind::Deployment
            ? std::optional(TypeReason{ErrorType::DeploymentFailure, after(event, *change)}) : std::nullopt;
    if (change)
        return TypeReason{change->kind == ChangeKind::ConfigFile ? ErrorType::ConfigurationError : ErrorType::DeploymentFailure,
                          after(event, *change)};
    if (end && !end->bySignal && end->number == exConfig)
        return TypeReason{ErrorType::ConfigurationError,
                          event.condition.component + u" exited with status 78, which says that its configuration is wrong"_s};
    if (end && end->bySignal)
        return std::nullopt;
    if (const LogLine *line = configurationWords(event, lines))
        return TypeReason{ErrorType::ConfigurationError, event.condition.component + u" says in its log: "_s
                              + QString::fromUtf8(line->text.simplified()).left(mostShown)};
    return std::nullopt;
}

} // namespace prunella
