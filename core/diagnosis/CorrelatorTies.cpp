#include "core/diagnosis/CorrelatorTies.h"

namespace prunella {

using namespace Qt::StringLiterals;

HostResource hostResource(const QString &metric)
{
    struct Prefix { QLatin1StringView name; HostResource resource; };
    static constexpr Prefix prefixes[]{
        {"memory"_L1, HostResource::Memory}, {"swap"_L1, HostResource::Memory}, {"pressure_memory"_L1, HostResource::Memory},
        {"cpu_iowait"_L1, HostResource::Io}, {"cpu"_L1, HostResource::Cpu}, {"load"_L1, HostResource::Cpu},
        {"pressure_cpu"_L1, HostResource::Cpu}, {"disk_usage"_L1, HostResource::Disk}, {"disk_inodes"_L1, HostResource::Disk},
        {"disk"_L1, HostResource::Io}, {"pressure_io"_L1, HostResource::Io}, {"network"_L1, HostResource::Network}};
    for (const Prefix &prefix : prefixes) {
        if (metric.startsWith(prefix.name))
            return prefix.resource;
    }
    return HostResource::None;
}

namespace correlator {
namespace {

using Found = std::optional<Tie>;
constexpr qint64 deploymentMs = 15 * 60'000, sameRolloutMs = 60'000;

bool isHost(const QString &component) { return component == u"host"; }
bool isDeath(ConditionKind kind)
{
    return kind == ConditionKind::UnitFailed || kind == ConditionKind::RestartLoop || kind == ConditionKind::ProcessExited;
}
/// Whoever asks the service notices: a failing check, slow or wrong answers.
bool isService(const ErrorEvent &event)
{
    const QString &metric = event.condition.series.metric;
    return event.condition.kind == ConditionKind::CheckFailing || event.condition.kind == ConditionKind::LogPattern
        || metric.startsWith(u"response_time") || metric.startsWith(u"error_percent") || metric.startsWith(u"client_error")
        || metric.startsWith(u"requests_per_second") || metric.startsWith(u"database_");
}

HostResource resourceOf(const Condition &condition)
{
    return isHost(condition.component) ? hostResource(condition.series.metric) : HostResource::None;
}

/// Two series of one scarce thing of the host.
Found sameResource(const TieInput &in)
{
    const HostResource one = resourceOf(in.event.condition), other = resourceOf(in.cause.condition);
    const bool otherDisk = one == HostResource::Disk
        && in.event.condition.series.labels.value(u"path"_s) != in.cause.condition.series.labels.value(u"path"_s);
    if (one == HostResource::None || one != other || otherDisk)
        return {};
    return Tie{TieReason::SameResource, 5, u"%1 and %2 measure the same thing"_s.arg(toString(in.event.condition.series), toString(in.cause.condition.series)), false};
}

/// Can this fault make others fail? A warning about its certificate or its own appetite cannot.
bool breaksOthers(const Incident &cause)
{
    const ErrorEvent opening{cause.condition, cause.type, cause.severity, false, true, {}, 0, 0, 0};
    if (cause.condition.kind == ConditionKind::RestartLoop || cause.condition.kind == ConditionKind::Threshold)
        return cause.severity >= Severity::High && (isDeath(cause.condition.kind) || isService(opening));
    return isDeath(cause.condition.kind) || isService(opening);
}

Found dependency(const TieInput &in)
{
    const QString &from = in.event.condition.component, &to = in.cause.component;
    const auto hard = in.context.graph->hardPath(from, to);
    const auto path = hard ? hard : in.context.graph->path(from, to);
    const bool backwards = !hard && in.context.graph->hardPath(to, from); // the cause needs the symptom more than the other way round
    if (!path || backwards || !breaksOthers(in.cause))
        return {};
    const double extra = in.facts.dependencyResult && isDeath(in.event.condition.kind) ? 3 : 0;
    const double base = path->isHard() ? 5 : 4;
    return Tie{TieReason::Dependency, base + extra - 0.5 * (path->hops() - 1),
               u"%1 needs %2 (%3)"_s.arg(from, in.cause.component, path->text()), false};
}

bool suffersFrom(HostResource resource, const TieInput &in)
{
    const bool dead = isDeath(in.event.condition.kind);
    switch (resource) {
    case HostResource::Memory:
        return dead || isService(in.event);
    case HostResource::Disk:
        return (dead && !in.facts.oomKilled) || isService(in.event);
    case HostResource::Cpu:
    case HostResource::Io:
        return isService(in.event);
    case HostResource::Network:
        return isService(in.event) && in.event.type != ErrorType::ServiceCrash;
    case HostResource::None:
        break;
    }
    return false;
}

/// The host lacks something, and a service on it suffers. A warning is no want yet, unless the kernel kills for it.
Found hostLacks(const TieInput &in)
{
    const HostResource resource = resourceOf(in.cause.condition);
    const QString &name = in.event.condition.component;
    const bool killed = resource == HostResource::Memory && in.facts.oomKilled;
    if (isHost(name) || !suffersFrom(resource, in) || (in.cause.severity < Severity::High && !killed))
        return {};
    const QString text = u"%1 runs on this host, whose %2 is short"_s.arg(name, toString(in.cause.condition.series));
    if (resource == HostResource::Memory)
        return Tie{TieReason::HostResource, killed ? 6.0 : 4.0, text, false};
    if (resource != HostResource::Disk)
        return Tie{TieReason::HostResource, 4, text, true};
    const QString disk = u"disk:"_s + in.cause.condition.series.labels.value(u"path"_s);
    bool anyDisk = false, thisDisk = false;
    for (const TopologyEdge &edge : in.context.graph->edgesFrom(name)) {
        anyDisk = anyDisk || edge.kind == TieKind::Disk;
        thisDisk = thisDisk || (edge.kind == TieKind::Disk && edge.to == disk);
    }
    if (thisDisk)
        return Tie{TieReason::HostResource, 4.5, u"%1 has files on %2"_s.arg(name, disk.mid(5)), true};
    if (anyDisk)
        return {};
    return Tie{TieReason::HostResource, 3, text, true};
}

/// The host's memory or processor is short because one service takes it all: that service is the cause.
Found consumer(const TieInput &in)
{
    const HostResource resource = resourceOf(in.event.condition);
    const bool memory = resource == HostResource::Memory && in.cause.type == ErrorType::MemoryLeak;
    const bool cpu = resource == HostResource::Cpu && in.cause.type == ErrorType::CpuSpike;
    if (isHost(in.cause.component) || (!memory && !cpu))
        return {};
    return Tie{TieReason::Consumer, 4, u"%1 takes the host's %2"_s.arg(in.cause.component, memory ? u"memory"_s : u"processor"_s), false};
}

const ChangeRecord *deploymentBefore(const CorrelationContext &context, const QString &component, qint64 at)
{
    const auto &changes = context.changes;
    const auto newest = std::find_if(changes.crbegin(), changes.crend(), [&](const ChangeRecord &change) {
        const bool counts = change.kind == ChangeKind::Deployment || change.kind == ChangeKind::Package;
        return counts && change.component == component && change.at <= at && at - change.at <= deploymentMs;
    });
    return newest == changes.crend() ? nullptr : &*newest;
}

Found sameDeployment(const TieInput &in)
{
    const qint64 at = in.event.startedWallMs != 0 ? in.event.startedWallMs : in.event.wallMs;
    const auto *one = deploymentBefore(in.context, in.event.condition.component, at);
    const auto *other = deploymentBefore(in.context, in.cause.component, in.cause.startedAt);
    if (!one || !other || std::abs(one->at - other->at) > sameRolloutMs || one->component == other->component)
        return {};
    return Tie{TieReason::SameDeployment, 3, u"%1 was deployed together with %2"_s.arg(one->component, other->component), true};
}

Found seenBefore(const TieInput &in)
{
    constexpr double sure = 0.5;
    for (const IncidentPattern &pattern : in.context.patterns) {
        const bool about = pattern.kind == PatternKind::FollowsIncident && pattern.component == in.event.condition.component
            && pattern.type == in.event.type && pattern.predecessor == in.cause.component
            && pattern.predecessorType.value_or(in.cause.type) == in.cause.type;
        if (about && pattern.confidence >= sure) {
            return Tie{TieReason::SeenBefore, 1.5 + 2 * pattern.confidence,
                       u"in %1 of %2 earlier cases %3 followed %4"_s.arg(pattern.support).arg(pattern.outOf).arg(pattern.component, pattern.predecessor), true};
        }
    }
    return {};
}

/// Never enough alone: it takes the same words in both logs.
Found sharedResource(const TieInput &in)
{
    const QStringList shared = in.context.graph->sharedBy(in.event.condition.component, in.cause.component);
    if (shared.isEmpty())
        return {};
    return Tie{TieReason::SharedResource, 1.5, u"%1 uses %2 as %3 does"_s.arg(in.event.condition.component, shared.first(), in.cause.component), true};
}

} // namespace

std::vector<Tie> tiesOf(const TieInput &in)
{
    std::vector<Tie> ties;
    for (const auto look : {sameResource, dependency, hostLacks, consumer, sameDeployment, seenBefore, sharedResource}) {
        if (auto tie = look(in))
            ties.push_back(std::move(*tie));
    }
    return ties;
}

bool isOwnFault(const ErrorEvent &event, const SymptomFacts &facts, TieReason kind)
{
    const bool ofHost = kind == TieReason::HostResource || kind == TieReason::SameResource || kind == TieReason::Consumer;
    if (event.condition.component == u"host")
        return !ofHost;
    if (isDeath(event.condition.kind))
        return facts.killedFromOutside || (!ofHost && facts.oomKilled);
    if (event.condition.kind != ConditionKind::Threshold)
        return false;
    return !isService(event); // it takes more memory, processor or disk than it should: nobody else does that to it
}

} // namespace correlator
} // namespace prunella
