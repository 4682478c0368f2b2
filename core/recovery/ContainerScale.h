#pragma once
#include "core/model/ActionPlan.h"
#include "core/recovery/ContainerStart.h"

namespace prunella {

/// scale_resources for a container: copies of it named NAME-2, NAME-3, …, made with its configuration and the label
/// prunella.copy-of=NAME. `subject` is "instances", the values are counts with the original. `plan`: JSON {"make": [names],
/// "remove": [names]}. What is there already is not made again, what is gone not removed. The original is never touched.
class ContainerScale final : public RecoveryAction
{
public:
    explicit ContainerScale(ServiceConfig service, ContainerTiming timing = {}) : m_service(std::move(service)), m_timing(timing) {}

    ActionResult run(const ActionRequest &request, CancelToken &token) override;

    /// parameters["by"], absent 1; negative: as many fewer, the highest first. Blocks. Objections: NoAction (not configured, a
    /// port that only one can hold), AtMaximum (also: at the least), NoRoom, NotAuthorised.
    [[nodiscard]] static Preflight look(const LookInput &input);
    [[nodiscard]] static QString describe(const ActionRequest &request, const ServiceConfig &service);
    [[nodiscard]] static ActionRequest inverse(const ActionRequest &done);

private:
    [[nodiscard]] Status make(const ContainerApi &api, const QString &name, const CancelToken &token, ContainerDeadline deadline) const;
    [[nodiscard]] Status remove(const ContainerApi &api, const QString &name, int timeoutMs) const;

    const ServiceConfig m_service;
    const ContainerTiming m_timing;
};

} // namespace prunella
