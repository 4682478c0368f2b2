#pragma once
#include "core/base/Result.h"
#include "core/model/ServiceConfig.h"
#include "core/recovery/RecoveryAction.h"

#include <functional>
#include <memory>

namespace prunella {

class Clock;

/// What a closer look is to do, found beforehand and kept in the request's `plan`.
struct ClosePeekPlan {
    qint64 forMs = 0;             ///< from the end of the action until its undo
    qint64 intervalMs = 0;        ///< sampling and health checks meanwhile
    QString busName, levelBefore; ///< of LogControl1; empty: not that way
};
[[nodiscard]] QString toJson(const ClosePeekPlan &plan);
/// Invalid for anything else, also for an empty text.
[[nodiscard]] Result<ClosePeekPlan> closePeekPlanFromJson(const QString &json);

/// enable_monitoring: a snapshot of a service beside the incident, and its debug log level turned on. Sampling faster is the
/// engine's part: it does so when this is completed, until the undo (the time over), which turns the level back.
/// A request whose valueTarget is closePeekBefore is that undo.
class ClosePeek final : public RecoveryAction
{
public:
    /// `mainPid`: asked when it is needed, 0: it does not run. `clock` tells people when the snapshot was taken.
    ClosePeek(ServiceConfig service, QString stateDir, std::function<qint64(const CancelToken &)> mainPid, std::shared_ptr<const Clock> clock);

    /// The snapshot comes first, so that it shows the service as it was found, and is kept even where the level cannot be set.
    ActionResult run(const ActionRequest &request, CancelToken &token) override;
    /// The exact call, as an operator is shown it.
    [[nodiscard]] static QString describe(const ActionRequest &request, const ServiceConfig &service);
    [[nodiscard]] static ActionRequest inverseOf(const ActionRequest &done);
    /// debug.command or debug.quiet_command as run_command knows it.
    [[nodiscard]] static CommandConfig commandOf(const QStringList &vector);

private:
    /// What was done, in words; empty: no way is configured.
    [[nodiscard]] Result<QString> setLevel(bool debug, const ClosePeekPlan &plan, const ActionRequest &request, CancelToken &token) const;
    [[nodiscard]] Result<QString> keepSnapshot(const ActionRequest &request, const CancelToken &token) const;

    const ServiceConfig m_service;
    const QString m_stateDir;
    const std::function<qint64(const CancelToken &)> m_mainPid;
    const std::shared_ptr<const Clock> m_clock;
};

/// valueBefore of a closer look, and valueTarget of its undo.
[[nodiscard]] QString closePeekBefore();

} // namespace prunella
