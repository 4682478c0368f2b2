#pragma once
#include "core/model/ActionPlan.h"
#include "core/recovery/ContainerStart.h"

namespace prunella {

/// increase_resources for a container. `subject`: memory (bytes), cpu (percent of one core) or tasks (a count); the values are
/// absolute, as the kernel has them for the container's main process. Twice is once. Acts only while the present value is one
/// of the two. The limit is the running container's: docker keeps it over a restart, podman before 5 does not.
class ContainerUpdate final : public RecoveryAction
{
public:
    explicit ContainerUpdate(ServiceConfig service) : m_service(std::move(service)) {}

    ActionResult run(const ActionRequest &request, CancelToken &token) override;

    /// What it would set: min(present * step, max, what the host has left). parameters["resource"], else what the cause is
    /// about, else the first configured one that can be raised. Blocks. Objections: NoAction, AtMaximum, NoRoom, NotAuthorised.
    [[nodiscard]] static Preflight look(const LookInput &input);
    [[nodiscard]] static QString describe(const ActionRequest &request, const ServiceConfig &service);
    [[nodiscard]] static ActionRequest inverse(const ActionRequest &done);

private:
    const ServiceConfig m_service;
};

} // namespace prunella
