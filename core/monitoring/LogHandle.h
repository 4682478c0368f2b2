#pragma once
// One open log file and how far it was read. It stays the same file whatever happens to its name.
#include "core/base/Result.h"
#include "core/monitoring/LogPosition.h"

namespace prunella {

class LogHandle
{
public:
    /// Never waits, and opens regular files only (Invalid: a directory, a pipe, a device).
    [[nodiscard]] static Result<LogHandle> open(const QString &path);
    ~LogHandle();
    LogHandle(LogHandle &&other) noexcept;
    LogHandle &operator=(LogHandle &&other) noexcept;

    /// To the end, but before an unfinished last line: that one is being written now.
    void seekEnd();
    /// Goes on where `at` says; only when matches(at).
    void resume(const LogPosition &at);
    /// Is what was read up to `at` still there, unchanged? Also true for a whole copy.
    [[nodiscard]] bool matches(const LogPosition &at) const;
    /// Has the file been emptied, or written anew, since the last look? Also when it is empty as before, but changed.
    [[nodiscard]] bool isTruncated();
    /// From the start again, past the hole that a writer leaves who goes on at its old place in an emptied file.
    void restart();
    /// At most so many bytes; returns how many. 0: the end for now.
    [[nodiscard]] qint64 read(qint64 most, const LogSplitter::Sink &sink);
    void flush(const LogSplitter::Sink &sink) { m_splitter.flush(sink); }

    [[nodiscard]] LogFileId id() const { return m_id; }
    [[nodiscard]] int fd() const { return m_fd; }
    [[nodiscard]] bool hasPending() const { return m_splitter.pending() > 0; }
    [[nodiscard]] bool isUnread() const { return m_read == 0; }
    [[nodiscard]] bool isDeleted() const;
    [[nodiscard]] LogPosition position() const;
    /// errno of the last read, 0 when it went well
    [[nodiscard]] int error() const { return m_error; }

    qint64 changedAtMs = 0; ///< monotonic; when there was last something to read
    int watch = -1;         ///< LogWatch's number

private:
    LogHandle(int fd, LogFileId id, qint64 bornNs) : m_fd(fd), m_id(id), m_bornNs(bornNs) {}
    [[nodiscard]] QByteArray bytes(qint64 from, qint64 count) const;
    void remember(QByteArrayView fresh);
    void skipHole();

    int m_fd = -1;
    LogFileId m_id;
    qint64 m_bornNs = 0, m_modifiedNs = 0, m_checkedNs = -1, m_checkedSize = -1;
    qint64 m_emptyNs = -1; ///< the mtime when it was empty at the last look, -1: it was not
    qint64 m_read = 0;
    QByteArray m_head, m_tail;
    LogSplitter m_splitter;
    bool m_atHole = false;
    int m_error = 0;
};

} // namespace prunella
