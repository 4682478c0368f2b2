#pragma once
#include "core/recovery/ReleaseSwitch.h"

namespace prunella {

/// A work tree of git. The release is the oldest tag at HEAD that is one (`tags`), else the commit's id; going back is
/// `git checkout --detach TAG` with the rights of the work tree's owner. What git follows is never thrown away: a work tree
/// with changes of tracked files is refused.
class GitWorktree final : public ReleaseSwitch
{
public:
    explicit GitWorktree(DeploymentConfig config) : m_config(std::move(config)) {}

    Result<QString> current(const CancelToken &token) override;
    Status mayGo(const QString &to, const CancelToken &token) override;
    Switched go(const QString &from, const QString &to, const CancelToken &token) override;
    QString describe(const QString &from, const QString &to) const override;

private:
    /// Its output. An exit status other than 0 is NotFound with git's words.
    [[nodiscard]] Result<QString> git(const QStringList &arguments, const CancelToken &token) const;
    [[nodiscard]] Result<ChildEnd> runGit(const QStringList &arguments, const CancelToken &token) const;
    [[nodiscard]] Result<QString> owner() const;

    const DeploymentConfig m_config;
};

} // namespace prunella
