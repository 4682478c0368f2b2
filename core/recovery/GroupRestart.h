#pragma once
#include "core/recovery/ActionKind.h"

namespace prunella {

/// restart_service for several services: all are stopped, those that need others first, then each is started again when what
/// it needs is ready. Each by its own manager. The first that fails ends it, and the result tells what was done until then.
class GroupRestart final : public RecoveryAction
{
public:
    struct Member {
        ServiceConfig service;
        std::shared_ptr<RecoveryAction> restart; ///< waits until it is ready, too
    };
    /// `members` in the order of their start, as restartOrder() says.
    explicit GroupRestart(QList<Member> members) : m_members(std::move(members)) {}

    ActionResult run(const ActionRequest &request, CancelToken &token) override;

private:
    const QList<Member> m_members;
};

/// The target and its restart group, dependencies before what needs them (also over services that are not members);
/// otherwise as they stand in the configuration. `related` as in LookInput. A member that `related` lacks is left out.
[[nodiscard]] QList<ServiceConfig> restartOrder(const ServiceConfig &target, const QList<ServiceConfig> &related);

/// One member's own request: the call that is made for it within the group's time.
[[nodiscard]] ActionRequest memberRequest(const ActionRequest &request, const ServiceConfig &member, qint64 leftMs);

} // namespace prunella
