#pragma once
// Questions to the store and their answers.
#include "core/model/Incident.h"
#include "core/model/Sample.h"

namespace prunella {

struct IncidentQuery {
    qint64 since = 0;                   ///< wall ms; open incidents are always included
    std::optional<IncidentStatus> status;
    QString idPrefix;
    int limit = 1000;
};

struct HistoryQuery { SeriesKey key; qint64 from = 0, to = 0; int maxPoints = 600; };

/// Minimum, mean and maximum over one pixel's time; raw points have all three equal.
struct HistoryPoint { qint64 at = 0; double low = 0, mean = 0, high = 0; };

struct MetricRow {
    SeriesKey key;
    QString component;
    double value = 0;
    QString unit;
    Health status = Health::Unknown;
    std::optional<double> warning, critical;
    qint64 at = 0;
    double anomaly = 0;                 ///< how unusual it is, 0 to 1: 0.99 is "one in a hundred"; 0 where it is not scored
};

/// All durations in seconds; absent when nothing happened to compute it from.
struct RecoveryStats {
    int incidents = 0, resolved = 0, escalated = 0;
    int actions = 0, verified = 0, failed = 0;
    std::optional<double> mtta, mttd, mttr, successRate;
    double errorsPerHour = 0;
    double uptime = 1;                  ///< fraction of the time since the first sample without a critical service
};

} // namespace prunella
