#pragma once
// What the tests of container actions share: a service whose container is `web` of the test's own podman.
#include "core/model/ActionPlan.h"
#include "core/recovery/RecoveryAction.h"
#include "tests/support/ContainerKernel.h"
#include "tests/support/Podman.h"

namespace prunella::testing {

inline ServiceConfig containerService(const Podman &podman)
{
    ServiceConfig config;
    config.name = u"shop"_s;
    config.manager = Manager::Container;
    config.container = u"web"_s;
    config.socket = u"unix://"_s + podman.socket();
    config.resources.memory = LimitConfig{2, 200.0 * 1024 * 1024};
    config.resources.cpu = LimitConfig{1.5, 60};
    config.resources.tasks = LimitConfig{2, 1000};
    config.resources.instances = InstancesConfig{{}, 1, 3};
    config.deployment = DeploymentConfig{};
    config.deployment->type = DeploymentType::ContainerImage;
    config.deployment->goodAfterMs = 1000;
    return config;
}

inline LookInput containerInput(const Podman &podman, ActionType type, const QMap<QString, QString> &parameters = {})
{
    LookInput input;
    input.target = containerService(podman);
    input.type = type;
    input.parameters = parameters;
    return input;
}

inline ActionRequest requestOf(const Preflight &look, ActionType type)
{
    ActionRequest request;
    request.id = u"a1"_s;
    request.type = type;
    request.target = u"shop"_s;
    request.timeoutMs = 30'000;
    request.subject = look.subject;
    request.valueBefore = look.valueBefore;
    request.valueTarget = look.valueTarget;
    request.plan = look.plan;
    return request;
}

/// Names of the containers that run.
inline QStringList runningContainers(const Podman &podman)
{
    QStringList names = podman.run({u"ps"_s, u"--format"_s, u"{{.Names}}"_s}).split(u'\n', Qt::SkipEmptyParts);
    names.sort();
    return names;
}

} // namespace prunella::testing
