#pragma once
// How the release of a service is looked at and changed: one class a type of deployment (model/Deployment.h).
#include "core/base/Result.h"
#include "core/model/ServiceConfig.h"
#include "core/recovery/ChildRun.h"
#include "core/recovery/RecoveryAction.h"

#include <memory>

namespace prunella {

/// What came of a switch; the service was not restarted yet.
struct Switched {
    ActionStatus status = ActionStatus::Completed; ///< Unknown: it broke off halfway, a person must look
    FailureKind failure = FailureKind::None;
    QString text;
};

/// Everything here blocks, for at most the deployment's timeout. One object a look or an action.
class ReleaseSwitch
{
public:
    virtual ~ReleaseSwitch() = default;
    /// The release that is in place now. NotFound: there is none; Invalid: it cannot be told by this kind of deployment.
    [[nodiscard]] virtual Result<QString> current(const CancelToken &token) = 0;
    /// Whether `to` can be had and may be switched to; nothing is changed. NotFound, Invalid: not this one, another may do.
    /// Busy: somebody else is changing it now, later it may do. Unavailable: a person has left it unfinished. NotAuthorised and
    /// all else: none will do.
    [[nodiscard]] virtual Status mayGo(const QString &to, const CancelToken &token) = 0;
    /// From the one that is in place now. Twice is once.
    [[nodiscard]] virtual Switched go(const QString &from, const QString &to, const CancelToken &token) = 0;
    /// The exact call, for people; looks at nothing.
    [[nodiscard]] virtual QString describe(const QString &from, const QString &to) const = 0;
};

/// Null: the service has no deployment, or one that is not switched here (container-image).
[[nodiscard]] std::unique_ptr<ReleaseSwitch> releaseSwitch(const ServiceConfig &service);
/// The release that is in place now; for a pool thread. Invalid: the service has no such deployment.
[[nodiscard]] Result<QString> currentRelease(const ServiceConfig &service);

/// One of the fixed programs, with the rights and the environment of run_command, in English.
[[nodiscard]] Result<ChildEnd> runTool(const QString &name, const QStringList &command, qint64 timeoutMs, const CancelToken &token,
                                       const QString &user = {}, QMap<QString, QString> environment = {});
/// It ended by itself with exit status 0.
[[nodiscard]] inline bool succeeded(const ChildEnd &end) { return end.why == ChildEnd::Why::Ended && !end.signalled && end.status == 0; }
/// "git: exit status 128\nfatal: …", as run_command tells it.
[[nodiscard]] QString toolText(const QString &name, const ChildEnd &end);
/// Failed by an error: nothing was changed.
[[nodiscard]] Switched notSwitched(const Error &error);

} // namespace prunella
