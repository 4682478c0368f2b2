#pragma once
#include "core/recovery/ReleaseSwitch.h"

namespace prunella {

/// A link `current` that names one entry of the folder `releases`: /srv/web/current -> releases/1.4.2. The entry's name is
/// the release. Switched by a new link beside it and a rename, so that there is a whole link at every moment.
class ReleaseDirectory final : public ReleaseSwitch
{
public:
    explicit ReleaseDirectory(DeploymentConfig config) : m_config(std::move(config)) {}

    Result<QString> current(const CancelToken &token) override;
    Status mayGo(const QString &to, const CancelToken &token) override;
    Switched go(const QString &from, const QString &to, const CancelToken &token) override;
    QString describe(const QString &from, const QString &to) const override;

private:
    const DeploymentConfig m_config;
};

} // namespace prunella
