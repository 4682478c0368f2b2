#pragma once
#include <QString>

namespace prunella {

/// Where the store lives. Created with mode 0700 when missing, files with mode 0600.
struct StorePaths {
    QString stateDir;
    QString runtimeDir;  ///< for the journal's fallback file; empty: the state directory

    [[nodiscard]] QString journalDb() const { return QString(stateDir + QStringLiteral("/prunella.db")); }
    [[nodiscard]] QString metricsDb() const { return QString(stateDir + QStringLiteral("/metrics.db")); }
    /// The last records of the audit trail by number and hash, outside of the database.
    [[nodiscard]] QString auditHead() const { return QString(stateDir + QStringLiteral("/audit.head")); }
    /// Named after the state directory, because engines of several state directories share a runtime directory.
    [[nodiscard]] QString fallbackFile() const;
};

} // namespace prunella
