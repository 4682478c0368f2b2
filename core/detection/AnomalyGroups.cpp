#include "core/detection/AnomalyGroups.h"

#include "core/detection/Classification.h"

namespace prunella {
namespace {

const QString hostName = QStringLiteral("host");

} // namespace

/// The series' own group first, then one that began within the last minute on the same component or its host.
AnomalyGroups::Group *AnomalyGroups::groupOf(const Anomaly &anomaly)
{
    for (Group &group : m_groups) {
        if (std::any_of(group.members.begin(), group.members.end(), [&](const Member &member) { return member.key == anomaly.key; }))
            return &group;
    }
    for (Group &group : m_groups) {
        const bool related = group.component == anomaly.component || group.component == hostName || anomaly.component == hostName;
        if (related && anomaly.monotonicMs - group.firstMonotonic <= togetherMs)
            return &group;
    }
    return nullptr;
}

std::vector<ErrorEvent> AnomalyGroups::add(const Anomaly &anomaly)
{
    Group *group = groupOf(anomaly);
    if (!group) {
        if (anomaly.repeat) // of a group that is over
            return {};
        m_groups.push_back({anomaly.component, {}, anomaly.wallMs, anomaly.monotonicMs, anomaly.monotonicMs, false});
        group = &m_groups.back();
    }
    group->lastMonotonic = std::max(group->lastMonotonic, anomaly.monotonicMs);
    const bool fresh = std::none_of(group->members.begin(), group->members.end(), [&](const Member &member) { return member.key == anomaly.key; });
    if (fresh)
        group->members.push_back({anomaly.key, anomaly.reason});
    const bool opens = int(group->members.size()) >= enough || group->lastMonotonic - group->firstMonotonic >= lastingMs;
    const bool first = opens && !std::exchange(group->opened, group->opened || opens);
    if (!fresh && !first)
        return {};
    return {event(*group, anomaly.wallMs, anomaly.monotonicMs)};
}

ErrorEvent AnomalyGroups::event(const Group &group, qint64 wallMs, qint64 monotonicMs)
{
    constexpr std::size_t named = 4;
    ErrorEvent event;
    event.condition = Condition{ConditionKind::Anomaly, group.component, group.members.front().key, -1};
    event.type = classifyMetric(group.members.front().key.metric);
    event.severity = int(group.members.size()) >= enough ? Severity::Medium : Severity::Low;
    event.opens = group.opened;
    event.startedWallMs = group.firstWall;
    event.wallMs = wallMs;
    event.monotonicMs = monotonicMs;
    event.reason = group.members.front().reason;
    for (std::size_t i = 1; i < std::min(named, group.members.size()); ++i)
        event.reason += QStringLiteral("; ") + group.members[i].reason;
    if (group.members.size() > named)
        event.reason += QStringLiteral("; and %1 more").arg(group.members.size() - named);
    return event;
}

std::vector<ErrorEvent> AnomalyGroups::tick(const Now &now)
{
    std::vector<ErrorEvent> events;
    std::erase_if(m_groups, [&](const Group &group) {
        if (now.monotonicMs - group.lastMonotonic < quietMs)
            return false;
        ErrorEvent over = event(group, now.wallMs, now.monotonicMs);
        over.cleared = true;
        over.reason = QStringLiteral("%1 has been as usual for %2 min").arg(toString(group.members.front().key)).arg(quietMs / 60'000);
        events.push_back(std::move(over));
        return true;
    });
    return events;
}

std::vector<ErrorEvent> AnomalyGroups::clear(const Now &now)
{
    for (Group &group : m_groups)
        group.lastMonotonic = now.monotonicMs - quietMs;
    auto events = tick(now);
    for (ErrorEvent &event : events)
        event.reason = QStringLiteral("anomaly detection was switched off");
    return events;
}

bool AnomalyGroups::holds(const Condition &condition) const
{
    return std::any_of(m_groups.begin(), m_groups.end(), [&](const Group &group) {
        return group.component == condition.component && group.members.front().key == condition.series;
    });
}

void AnomalyGroups::adopt(const Condition &open, const Now &now)
{
    if (open.kind == ConditionKind::Anomaly)
        m_groups.push_back({open.component, {{open.series, toString(open.series)}}, now.wallMs, now.monotonicMs, now.monotonicMs, true});
}

} // namespace prunella
