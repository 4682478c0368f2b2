#pragma once
#include "core/model/ActionPlan.h"
#include "core/recovery/ContainerStart.h"

namespace prunella {

/// rollback_deployment for a container: made anew, with the same configuration, from the image in `valueTarget` (image ids).
/// The old one is kept as NAME-prunella-old until the new one runs, and is healthy where its image says how to tell; else it
/// gets its name back and is started again: nothing is left not running that ran. Acts only while the image is one of the two.
/// Twice is once; one that broke off halfway is brought to an end.
class ContainerRollback final : public RecoveryAction
{
public:
    explicit ContainerRollback(ServiceConfig service, ContainerTiming timing = {}) : m_service(std::move(service)), m_timing(timing) {}

    ActionResult run(const ActionRequest &request, CancelToken &token) override;

    /// The image that ran last among those known to be good and still here. Blocks. Objections: NoGoodRelease, NoAction (removed
    /// by the daemon when it stops, so that there would be no way back), NotAuthorised.
    [[nodiscard]] static Preflight look(const LookInput &input);
    [[nodiscard]] static QString describe(const ActionRequest &request, const ServiceConfig &service);

private:
    const ServiceConfig m_service;
    const ContainerTiming m_timing;
};

/// Id of the image that the service's container is made of now: what a health record is kept of. Blocks.
[[nodiscard]] Result<QString> currentContainerImage(const ServiceConfig &service);

} // namespace prunella
