#include "core/diagnosis/EvidenceBuilder.h"

#include "core/diagnosis/EvidenceParts.h"
#include "core/model/Sentences.h"

#include <QRegularExpression>

namespace prunella {

using namespace Qt::StringLiterals;

namespace evidence {
namespace {

constexpr qint64 oomNearExitMs = 10'000;
constexpr qint64 oomRecentMs = 60'000;
constexpr qint64 hostOomMs = 3'600'000;

/// Is this the kill of our component? By process, or by its control group: the kernel writes it as seen from the root,
/// systemd as seen from its own, and after the death systemd may have forgotten it, so the unit's name in it will do.
bool isOurs(const OomKill &kill, const EvidenceInput &input)
{
    if (input.process && kill.pid != 0 && kill.pid == input.process->pid)
        return true;
    if (!input.unit)
        return false;
    if (kill.pid != 0 && kill.pid == qint64(input.unit->mainPid))
        return true;
    const QString group = kill.controlGroup + u'/';
    if (!input.unit->controlGroup.isEmpty() && input.unit->controlGroup != u"/"_s
        && group.contains(QString(input.unit->controlGroup + u'/')))
        return true;
    return !input.unit->unit.isEmpty() && group.contains(QString(u'/' + input.unit->unit + u'/'));
}

bool isInTime(const OomKill &kill, const EvidenceInput &input)
{
    const qint64 exit = input.unit ? input.unit->exitWallMs : 0;
    const qint64 nearExit = exit > 0 ? std::abs(kill.wallMs - exit) : oomNearExitMs + 1;
    return nearExit <= oomNearExitMs || std::abs(input.now.wallMs - kill.wallMs) <= oomRecentMs;
}

} // namespace

void add(Evidence &evidence, const QString &key, const QVariant &value, const QString &text, qint64 wallMs)
{
    evidence.insert(key, Fact{value, text, wallMs});
}

void addOomKills(Evidence &evidence, const EvidenceInput &input)
{
    int recent = 0;
    for (const OomKill &kill : input.oomKills) {
        recent += input.now.wallMs - kill.wallMs <= hostOomMs ? 1 : 0;
        if (!isOurs(kill, input) || !isInTime(kill, input))
            continue;
        const double mib = double(kill.rssKiB) / 1024;
        add(evidence, u"oom.killed"_s, true, QStringLiteral("kernel log: out of memory, killed %1 (pid %2) at %3")
            .arg(kill.command).arg(kill.pid).arg(valueText(double(kill.rssKiB) * 1024, u"B"_s)), kill.wallMs);
        add(evidence, u"oom.command"_s, kill.command, u"the killed process was "_s + kill.command, kill.wallMs);
        add(evidence, u"oom.pid"_s, double(kill.pid), QStringLiteral("the killed process had pid %1").arg(kill.pid), kill.wallMs);
        add(evidence, u"oom.rss_mib"_s, mib, QStringLiteral("it used %1").arg(valueText(mib, u"MiB"_s)), kill.wallMs);
    }
    if (!evidence.contains(u"oom.killed"_s) && input.kernelLogReadable)
        add(evidence, u"oom.killed"_s, false, u"no OOM kill of it in the kernel log"_s, input.now.wallMs);
    if (recent > 0 || input.kernelLogReadable)
        add(evidence, u"oom.host_recent"_s, recent, recent == 0 ? u"no OOM kill on this host within the last hour"_s
            : QString(u"OOM kills on this host within the last hour: "_s + QString::number(recent)), input.now.wallMs);
}

void addChecks(Evidence &evidence, const EvidenceInput &input)
{
    if (input.lastChecks.isEmpty())
        return;
    int failing = 0;
    const CheckResult *told = nullptr; // the check that opened the incident, else the first failing one
    for (const CheckResult &check : input.lastChecks) {
        failing += check.ok ? 0 : 1;
        const bool opened = input.condition.kind == ConditionKind::CheckFailing && check.index == input.condition.check;
        if (opened || (!told && !check.ok))
            told = &check;
    }
    const qint64 at = input.lastChecks.last().wallMs;
    add(evidence, u"check.total"_s, int(input.lastChecks.size()), QStringLiteral("%1 health checks").arg(input.lastChecks.size()), at);
    add(evidence, u"check.failing"_s, failing, QStringLiteral("%1 of %2 health checks fail").arg(failing).arg(input.lastChecks.size()), at);
    if (!told)
        told = &input.lastChecks.last();
    const QString text = u"health check: "_s + (told->ok && told->text.isEmpty() ? u"passes"_s : told->text);
    add(evidence, u"check.ok"_s, told->ok, text, told->wallMs);
    add(evidence, u"check.refused"_s, told->refused, text, told->wallMs);
    add(evidence, u"check.timed_out"_s, told->timedOut, text, told->wallMs);
    add(evidence, u"check.type"_s, toString(told->type), text, told->wallMs);
    add(evidence, u"check.text"_s, told->text, text, told->wallMs);
    if (told->ok)
        add(evidence, u"check.latency_ms"_s, told->latencyMs, QStringLiteral("answered in %1").arg(valueText(told->latencyMs, u"ms"_s)), told->wallMs);
    static const QRegularExpression status(u"^HTTP (\\d{3})"_s);
    if (const auto match = status.match(told->text); match.hasMatch())
        add(evidence, u"check.http_status"_s, match.captured(1).toDouble(), text, told->wallMs);
    addCheckAddress(evidence, input, *told);
}

} // namespace evidence

namespace {

QString word(ConditionKind kind)
{
    switch (kind) {
    case ConditionKind::Threshold: return u"threshold"_s;
    case ConditionKind::UnitFailed: return u"unit_failed"_s;
    case ConditionKind::RestartLoop: return u"restart_loop"_s;
    case ConditionKind::Anomaly: return u"anomaly"_s;
    case ConditionKind::LogPattern: return u"log_pattern"_s;
    case ConditionKind::ProcessExited: return u"process_exited"_s;
    case ConditionKind::CheckFailing: return u"check_failing"_s;
    }
    return {};
}

void addContext(Evidence &evidence, const EvidenceInput &input)
{
    using evidence::add;
    const bool host = input.condition.component == u"host"_s;
    add(evidence, u"component"_s, input.condition.component, u"component "_s + input.condition.component);
    add(evidence, u"component.kind"_s, host ? u"host"_s : u"service"_s,
        host ? u"the machine itself"_s : QString(input.condition.component + u" is a service"_s));
    const QString condition = word(input.condition.kind);
    add(evidence, u"incident.condition"_s, condition, input.reason.isEmpty() ? QString(u"opened by "_s + condition) : input.reason, input.now.wallMs);
    if (!input.reason.isEmpty())
        add(evidence, u"incident.reason"_s, input.reason, input.reason, input.now.wallMs);
    if (input.dependencies || !input.failedDependencies.isEmpty()) {
        const bool down = !input.failedDependencies.isEmpty();
        add(evidence, u"dependency.down"_s, down, down ? QString(u"not healthy, and needed by it: "_s + input.failedDependencies.join(u", "_s))
            : input.dependencies.value_or(0) == 0 ? u"it depends on no other service"_s : u"all services it depends on are healthy"_s, input.now.wallMs);
        if (down)
            add(evidence, u"dependency.names"_s, input.failedDependencies.join(u", "_s), QString(), input.now.wallMs);
    }
    add(evidence, u"history.incidents"_s, input.earlierIncidents,
        QStringLiteral("%1 like it within the last day").arg(input.earlierIncidents));
    add(evidence, u"history.healed"_s, input.earlierHealed, QStringLiteral("%1 of them healed by an action").arg(input.earlierHealed));
    add(evidence, u"incident.recurrence"_s, input.recurrence,
        QStringLiteral("healed by an action %1 times within the last day, and here again").arg(input.recurrence));
}

} // namespace

Evidence buildEvidence(const EvidenceInput &input, const DecisionTree *tree)
{
    Evidence evidence;
    addContext(evidence, input);
    if (input.unit)
        evidence::addUnit(evidence, *input.unit, input.now.wallMs);
    if (input.process)
        evidence::addProcess(evidence, *input.process, input.now.wallMs);
    evidence::addOomKills(evidence, input);
    evidence::addChecks(evidence, input);
    evidence::addSeries(evidence, input);
    evidence::addTopology(evidence, input);
    evidence::addHistory(evidence, input);
    evidence::addChanges(evidence, input);
    if (tree)
        evidence::addQueries(evidence, input, tree->queries);
    return evidence;
}

const DecisionTree *treeFor(const QList<DecisionTree> &trees, ErrorType type)
{
    const auto tree = std::find_if(trees.begin(), trees.end(), [type](const DecisionTree &t) { return t.appliesTo.contains(type); });
    return tree == trees.end() ? nullptr : &*tree;
}

} // namespace prunella
