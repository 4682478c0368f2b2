#pragma once
// The other files of a log: what rotation has made of it.
#include "core/monitoring/LogHandle.h"

#include <QStringList>

namespace prunella {

class LogRotation
{
public:
    /// A copy is told by its content alone; fewer bytes would say too little.
    static constexpr qint64 leastCopyBytes = 16;

    explicit LogRotation(const QString &path) : m_path(path) {}

    /// The file that was read up to `at`, under whatever name it has in the directory now. First by its number, then,
    /// for a copy (copytruncate), by its content. Compressed files are left alone. `exceptAt` is no candidate.
    [[nodiscard]] std::optional<LogHandle> find(const LogPosition &at, const std::optional<LogFileId> &exceptAt) const;
    /// A whole copy of what was read up to `at`, in another file.
    [[nodiscard]] std::optional<LogHandle> findCopy(const LogPosition &at) const;
    /// Copies that were made since `last` was read, of what was written after that and emptied away again unseen, oldest
    /// first. They were born since, which is all that tells them: without birth times there are none.
    [[nodiscard]] std::vector<LogHandle> copiesSince(const LogPosition &last, const QList<LogPosition> &known) const;
    /// Files that had the log's name after `last` and were rotated away unseen, oldest first. `known` are files and
    /// contents that were read, or are being read; `current` has the log's name now.
    [[nodiscard]] std::vector<LogHandle> between(const LogPosition &last, const QList<LogPosition> &known, LogFileId current) const;

    /// .gz .xz .zst .bz2 .Z .lz4 .lzo .zip
    [[nodiscard]] static bool isCompressed(const QString &name);
    /// web.log.1, web.log-20261127, web.log.2026-11-27, web.log.old, web-20261127.log and web.1.log of web.log
    [[nodiscard]] static bool isRotatedName(const QString &name, const QString &base);

private:
    struct Entry { QString path; LogFileId id; qint64 modifiedNs = 0; bool rotated = false; };
    [[nodiscard]] QList<Entry> entries() const;
    [[nodiscard]] QList<Entry> listing() const;
    [[nodiscard]] QList<Entry> rotatedSince(const LogPosition &last) const;
    [[nodiscard]] std::optional<LogHandle> open(Entry entry) const;

    QString m_path;
};

} // namespace prunella
