#pragma once
#include "core/model/ServiceConfig.h"
#include "core/recovery/ContainerStart.h"

namespace prunella {

/// restart_service for a container: the daemon stops it (its own stop signal and timeout, SIGKILL only after that) and starts
/// it; completed when it runs, and is healthy where its image has a HEALTHCHECK. One that ends at once has failed, with exit
/// code and log.
class ContainerRestart final : public RecoveryAction
{
public:
    explicit ContainerRestart(ServiceConfig service, ContainerTiming timing = {}) : m_service(std::move(service)), m_timing(timing) {}

    ActionResult run(const ActionRequest &request, CancelToken &token) override;
    /// The exact call, as an operator is shown it.
    [[nodiscard]] static QString describe(const ServiceConfig &service);

private:
    const ServiceConfig m_service;
    const ContainerTiming m_timing;
};

} // namespace prunella
