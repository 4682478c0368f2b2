#pragma once
#include "core/recovery/ActionKind.h"

namespace prunella {

/// A restart (or reload) that is over when the service is *ready*: its health checks pass once. systemd waits for
/// Type=notify by itself; this is for what only a request can tell. Where they do not pass within the service's
/// restart.ready_timeout the action is completed all the same (the service was restarted), and its output says what fails.
class ReadyRestart final : public RecoveryAction
{
public:
    /// `inner` restarts; without health checks, or with a ready_timeout of 0, nothing is waited for.
    ReadyRestart(std::shared_ptr<RecoveryAction> inner, const ServiceConfig &service, const ActionTools &tools);

    ActionResult run(const ActionRequest &request, CancelToken &token) override;
    ActionResult stop(const ActionRequest &request, CancelToken &token) override { return m_inner->stop(request, token); }

private:
    [[nodiscard]] QString waitUntilReady(qint64 timeoutMs, CancelToken &token) const;

    const std::shared_ptr<RecoveryAction> m_inner;
    const ServiceConfig m_service;
    const std::function<QList<CheckResult>(const QString &, int, CancelToken &)> m_checkNow;
};

} // namespace prunella
