#pragma once
#include "core/recovery/ReleaseSwitch.h"

namespace prunella {

/// A Debian package. The release is its version; going back is `apt-get install PACKAGE=VERSION` where the sources have that
/// version, else the .deb that is still in apt's cache. Configuration files stay as they are, nothing is removed for it, and
/// a hold (apt-mark) is respected. Only root may do it.
class DebianPackage final : public ReleaseSwitch
{
public:
    explicit DebianPackage(DeploymentConfig config) : m_config(std::move(config)) {}

    Result<QString> current(const CancelToken &token) override;
    Status mayGo(const QString &to, const CancelToken &token) override;
    Switched go(const QString &from, const QString &to, const CancelToken &token) override;
    QString describe(const QString &from, const QString &to) const override;

private:
    /// What apt is to install: PACKAGE=VERSION, or the path of a .deb. NotFound: it cannot be had.
    [[nodiscard]] Result<QString> source(const QString &version, const CancelToken &token) const;
    [[nodiscard]] Result<ChildEnd> apt(const QString &what, bool simulate, const CancelToken &token) const;

    const DeploymentConfig m_config;
};

} // namespace prunella
