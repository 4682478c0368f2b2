#include "core/recovery/ReleaseSwitch.h"

#include "core/recovery/ContainerKind.h"
#include "core/recovery/ContainerRollback.h"

#include "core/recovery/DebianPackage.h"
#include "core/recovery/GitWorktree.h"
#include "core/recovery/ReleaseCommand.h"
#include "core/recovery/ReleaseDirectory.h"
#include "core/recovery/RunCommand.h"

namespace prunella {
using namespace Qt::StringLiterals;

std::unique_ptr<ReleaseSwitch> releaseSwitch(const ServiceConfig &service)
{
    if (!service.deployment)
        return nullptr;
    switch (service.deployment->type) {
    case DeploymentType::ReleaseDirectory:
        return std::make_unique<ReleaseDirectory>(*service.deployment);
    case DeploymentType::GitWorktree:
        return std::make_unique<GitWorktree>(*service.deployment);
    case DeploymentType::DebianPackage:
        return std::make_unique<DebianPackage>(*service.deployment);
    case DeploymentType::Command:
        return std::make_unique<ReleaseCommand>(service.name, *service.deployment);
    case DeploymentType::ContainerImage:
        break;
    }
    return nullptr;
}

Result<QString> currentRelease(const ServiceConfig &service)
{
    if (supportsContainerRollback(service))
        return currentContainerImage(service);
    const auto deployment = releaseSwitch(service);
    if (!deployment)
        return failure(ErrorCode::Invalid, u"%1 has no deployment whose release could be looked at"_s.arg(service.name));
    return deployment->current(CancelToken());
}

Result<ChildEnd> runTool(const QString &name, const QStringList &command, qint64 timeoutMs, const CancelToken &token, const QString &user,
                         QMap<QString, QString> environment)
{
    CommandConfig config;
    config.name = name;
    config.command = command;
    config.user = user;
    config.environment = std::move(environment);
    config.environment.insert(u"LC_ALL"_s, u"C"_s);
    const Result<ChildSpec> spec = RunCommand::prepare(config);
    if (!spec)
        return tl::unexpected(spec.error());
    return runChild(*spec, timeoutMs, RunCommand::standardGraceMs, token);
}

QString toolText(const QString &name, const ChildEnd &end)
{
    QString text = (end.signalled ? u"signal %1"_s : u"exit status %1"_s).arg(end.status);
    if (end.why == ChildEnd::Why::TimedOut)
        text = u"did not end within its time and was ended"_s;
    else if (end.why == ChildEnd::Why::Cancelled)
        text = u"was cancelled and ended"_s;
    return name + u": "_s + text + (end.output.isEmpty() ? QString() : u'\n' + end.output);
}

Switched notSwitched(const Error &error)
{
    return {ActionStatus::Failed, error.code == ErrorCode::NotAuthorised ? FailureKind::NotAuthorised : FailureKind::Failed, error.message};
}

} // namespace prunella
