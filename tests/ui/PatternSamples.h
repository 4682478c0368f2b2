#pragma once
// Patterns as the engine finds them for crash("web").
#include "core/model/Pattern.h"

namespace prunella::samples {

inline IncidentPattern recurringPattern(qint64 now)
{
    IncidentPattern recurring;
    recurring.component = QStringLiteral("web");
    recurring.type = ErrorType::ServiceCrash;
    recurring.occurrences = 7;
    recurring.support = recurring.outOf = 6;
    recurring.confidence = 0.61;
    recurring.firstAt = now - 8 * 86'400'000LL;
    recurring.lastAt = now;
    recurring.healedBy = ActionType::RestartService;
    recurring.healed = 6;
    recurring.healedOf = 7;
    return recurring;
}

inline QList<IncidentPattern> patterns(qint64 now)
{
    const IncidentPattern recurring = recurringPattern(now);
    IncidentPattern daily = recurring;
    daily.kind = PatternKind::Periodic;
    daily.support = 6;
    daily.outOf = 7;
    daily.confidence = 0.487;
    daily.chance = 1e-6;
    daily.period = PatternPeriod::Day;
    daily.phaseMinute = 120;
    daily.spreadMinutes = 12;
    IncidentPattern after = recurring;
    after.kind = PatternKind::FollowsIncident;
    after.support = 4;
    after.outOf = 5;
    after.confidence = 0.376;
    after.predecessor = QStringLiteral("db");
    after.predecessorType = ErrorType::DatabaseConnection;
    after.lagMs = 300'000;
    after.healedBy.reset();
    IncidentPattern sequence = after;
    sequence.kind = PatternKind::Sequence;
    sequence.predecessor.clear();
    sequence.predecessorType.reset();
    sequence.sequence = {QStringLiteral("host/disk_full"), QStringLiteral("db/database_connection")};
    sequence.support = sequence.outOf = 2;
    sequence.confidence = 0.34;
    sequence.lagMs = 120'000;
    sequence.healedBy = ActionType::FreeDiskSpace;
    sequence.healed = sequence.healedOf = 2;
    return {recurring, daily, after, sequence};
}

} // namespace prunella::samples
