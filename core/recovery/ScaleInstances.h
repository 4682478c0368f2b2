#pragma once
#include "core/base/Result.h"
#include "core/model/Resources.h"
#include "core/recovery/RecoveryAction.h"

#include <QList>
#include <QStringList>

namespace prunella {

class UnitCalls;

/// One unit made of a template.
struct Instance {
    QString unit;                ///< web@2.service
    int number = 0;              ///< 2
    QString controlGroup;        ///< "/system.slice/system-web.slice/web@2.service"
};

/// "web@.service" and "web@2.service" give 2; 0: it is no numbered instance of the template.
[[nodiscard]] int instanceNumber(const QString &templateUnit, const QString &unit);
/// Those that run or start, by number. Others than numbered ones (web@blue) are somebody else's. Blocks.
[[nodiscard]] Result<QList<Instance>> runningInstances(UnitCalls &calls, const QString &templateUnit);
/// The same over a connection of its own, for the engine: 5 s at most.
[[nodiscard]] Result<QList<Instance>> runningInstances(const QString &templateUnit, bool userManager);

/// What is started or stopped, in this order; JSON in the intent's `plan`.
struct ScalePlan { QStringList start, stop; };
[[nodiscard]] QString toJson(const ScalePlan &plan);
[[nodiscard]] std::optional<ScalePlan> scalePlanFromJson(const QString &text);
/// `by` more: the lowest free numbers; fewer: the highest first. Never beyond min and max. Objections: AtMaximum, and
/// NoAction at the least.
[[nodiscard]] tl::expected<ScalePlan, RecoveryDecision> planScale(const InstancesConfig &config, const QList<int> &running, int by);

/// scale_resources by instances: StartUnit of each, its job and its state waited for; StopUnit. When one does not start, all
/// that this action started are stopped again. What is as wanted already is left alone.
class ScaleInstances final : public RecoveryAction
{
public:
    ScaleInstances(bool userManager, QString templateUnit);

    /// Failed, and nothing was done: beside those of the plan, other instances run than when it was decided.
    ActionResult run(const ActionRequest &request, CancelToken &token) override;

private:
    [[nodiscard]] ActionResult startAll(UnitCalls &calls, const ActionRequest &request, const QStringList &units, CancelToken &token) const;
    [[nodiscard]] ActionResult stopAll(UnitCalls &calls, const ActionRequest &request, const QStringList &units, CancelToken &token) const;

    const bool m_userManager;
    const QString m_template;
};

} // namespace prunella
