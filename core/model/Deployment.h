#pragma once
// How a service is deployed, and what is known of each of its releases. Durations are milliseconds.
#include <QString>
#include <QStringList>

namespace prunella {

enum class DeploymentType { ReleaseDirectory, ContainerImage, DebianPackage, GitWorktree, Command };

struct DeploymentConfig {
    DeploymentType type = DeploymentType::ReleaseDirectory;
    QString current;                  ///< ReleaseDirectory: the link, absolute
    QString releases;                 ///< ReleaseDirectory: the folder whose entries are the releases, absolute
    QString package;                  ///< DebianPackage
    QString path;                     ///< GitWorktree: the work tree, absolute
    QString tags;                     ///< GitWorktree: which tags are releases, with * and ?; empty: all
    QStringList deployCommand, rollbackCommand, currentCommand; ///< Command: interface in core/recovery/README.md
    qint64 timeoutMs = 120'000;       ///< of one command
    qint64 goodAfterMs = 300'000;     ///< so long healthy in all, and a release counts as good
};

/// The health record of one release of one service: what makes it "the last good one".
struct ReleaseRecord {
    QString service;
    QString release;                  ///< the entry below `releases`, the image's id, the package's version, the tag
    qint64 firstSeenAt = 0;           ///< wall ms
    qint64 lastSeenAt = 0;            ///< wall ms: when it was last the running one
    qint64 healthyMs = 0;             ///< how long it ran with the service healthy, in all
    qint64 failedAt = 0;              ///< wall ms: it was rolled back; never chosen again; 0: it was not
    QString failedWhy;
    bool operator==(const ReleaseRecord &) const = default;
};

} // namespace prunella
