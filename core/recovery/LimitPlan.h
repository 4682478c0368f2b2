#pragma once
// What an action on limits of units does, as it stands in the intent: `plan` of a request, JSON.
#include "core/model/Recovery.h"
#include "core/recovery/LimitTarget.h"

#include <QByteArray>
#include <QList>
#include <optional>

namespace prunella {

/// One property of one unit, as systemd counts it: bytes, microseconds of processor a second, a count, a weight.
struct LimitChange {
    QString unit;
    QString property;            ///< MemoryMax, MemoryHigh, CPUQuotaPerSecUSec, TasksMax, CPUWeight, IOWeight, LimitNOFILE, LimitNOFILESoft
    quint64 from = 0, to = 0;    ///< noLimit: infinity, or not set
    std::optional<QByteArray> dropInBefore; ///< the file that will hold the value, as it was; empty: it was not there
};

struct LimitPlan {
    bool runtime = true;         ///< until the next boot; false: kept
    bool transient = false;      ///< the unit has no file of its own: systemd keeps its settings elsewhere
    bool restores = false;       ///< an undo: the file is afterwards what `dropInBefore` says
    QList<LimitChange> changes;
};

[[nodiscard]] QString toJson(const LimitPlan &plan);
/// Nothing when the text is no plan.
[[nodiscard]] std::optional<LimitPlan> limitPlanFromJson(const QString &text);

/// Takes back what a completed action did: values and plan of an absolute request. New ids are the caller's.
[[nodiscard]] ActionRequest inverseOfLimits(const ActionRequest &done);
[[nodiscard]] LimitPlan inverseOf(LimitPlan plan);

/// "335544320 (320 MiB)", "30", "infinity", "not set"
[[nodiscard]] QString limitValue(const QString &property, quint64 value);
/// "MemoryMax=335544320 (320 MiB, now 256 MiB)"
[[nodiscard]] QString describe(const LimitChange &change);
/// The exact calls, as an operator is shown them; empty: the request holds no plan.
[[nodiscard]] QString describeLimits(const ActionRequest &request);

} // namespace prunella
