#pragma once
#include "core/model/Config.h"
#include "core/model/Diagnosis.h"
#include "core/model/Recovery.h"

namespace prunella {

/// What to do next for a diagnosed incident.
struct PlannedAction {
    ActionType type = ActionType::RestartService;
    bool supported = true;
};

/// The first recommended action that has attempts left; when all are used up, the last one, so that the policy refuses it
/// with the count. Nothing when the diagnosis recommends nothing.
[[nodiscard]] std::optional<PlannedAction> plan(const Diagnosis &diagnosis, const ServiceConfig *service,
                                                const std::function<bool(ActionType)> &hasAttemptsLeft);

/// Can this version do the action for this kind of service?
[[nodiscard]] bool isSupported(ActionType type, const ServiceConfig *service);

/// The machine itself as what actions are done for: "host", with the rules at the top of the configuration.
[[nodiscard]] ServiceConfig hostTarget(const Config &config);

/// The most specific mode counts: service and action, service, action, engine.
[[nodiscard]] Mode effectiveMode(const Config &config, const ServiceConfig *service, ActionType type);

/// Names the plan an operator saw: an approval for another one is refused.
[[nodiscard]] QString planHash(const QString &incidentId, ActionType type, const QString &call);

} // namespace prunella
