#pragma once
// What was changed on the machine: the first question of whoever looks for a cause.
#include <QString>

namespace prunella {

enum class ChangeKind {
    Deployment,   ///< announced by a pipeline, or a release link that moved
    ConfigFile,   ///< a file that a service is configured by
    Package,      ///< installed, upgraded or removed, from the package log
    Kernel,       ///< another kernel runs since the last boot
};

struct ChangeRecord {
    QString id;              ///< UUID
    ChangeKind kind = ChangeKind::ConfigFile;
    QString component;       ///< the service it belongs to; empty: the whole host
    QString subject;         ///< the file, package, or "kernel"; of a deployment the service
    QString from, to;        ///< versions where known
    QString detail;          ///< one sentence: "web was deployed: 1.4.1 -> 1.4.2 (announced by uid 1000)"
    QString by;              ///< who announced it; empty: it was seen
    qint64 at = 0;           ///< wall ms
    bool operator==(const ChangeRecord &) const = default;
};

} // namespace prunella
