#pragma once
#include "core/recovery/ReleaseSwitch.h"

namespace prunella {

/// The user's own programs; arguments and exit codes are published in README.md ("A deployment of your own").
class ReleaseCommand final : public ReleaseSwitch
{
public:
    enum ExitCode { Done = 0, NothingToDo = 1, NothingChanged = 2, Halfway = 3, NoRights = 4 };

    ReleaseCommand(QString service, DeploymentConfig config) : m_service(std::move(service)), m_config(std::move(config)) {}

    Result<QString> current(const CancelToken &token) override;
    Status mayGo(const QString &to, const CancelToken &token) override;
    Switched go(const QString &from, const QString &to, const CancelToken &token) override;
    QString describe(const QString &from, const QString &to) const override;

private:
    [[nodiscard]] QStringList rollbackCall(const QString &from, const QString &to) const;

    const QString m_service;
    const DeploymentConfig m_config;
};

} // namespace prunella
