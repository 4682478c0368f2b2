#pragma once
// Follows one log file through rotation by rename, by copy and truncation, removal, and a switched link.
#include "core/monitoring/LogHandle.h"
#include "core/monitoring/LogReader.h"
#include "core/monitoring/LogWatch.h"

namespace prunella {

/// Files of the past stay open while somebody may still write to them, and are read before their successors. What is
/// promised: every line written to a file that this reader saw, or finds uncompressed beside it, is given out once.
/// Not promised: a line written between the copy and the truncation of copytruncate exists nowhere any more.
class LogFile final : public LogReader
{
public:
    static constexpr qint64 partialMs = 5000; ///< an unfinished last line is given out after so long without a write
    static constexpr qint64 pollMs = 2000;    ///< looked at this often even if nobody tells
    static constexpr qint64 drainMs = 60'000; ///< a rotated or removed file is let go after so long without a write

    /// `saved`: position() of an earlier reader of the same path; empty: a file that exists is read from its end on,
    /// one that comes later from its start. `watch` may be null and must outlive this.
    LogFile(QString component, QString path, const QString &saved, LogWatch *watch);
    ~LogFile() override;

    [[nodiscard]] QString key() const override { return m_component + u'/' + m_source; }
    [[nodiscard]] LogTurn turn(const Now &now, qint64 budget) override;
    [[nodiscard]] qint64 dueMs() const override { return m_dueMs; }
    [[nodiscard]] QString position() const override;
    [[nodiscard]] QString problem() const override { return m_problem; }

private:
    void begin(const Now &now);
    void restore(std::optional<LogHandle> current, const Now &now);
    [[nodiscard]] std::optional<LogHandle> found(const LogPosition &at, std::optional<LogHandle> &current) const;
    void follow(const Now &now);
    void takeCurrent(LogHandle current, const Now &now);
    void addCurrent(LogHandle current, const Now &now);
    void add(LogHandle handle, const Now &now);
    void insert(std::size_t index, LogHandle handle, const Now &now);
    void addCopies(std::size_t index, const LogPosition &last, const Now &now);
    void readAll(const Now &now, qint64 budget, LogTurn &out);
    void restartTruncated(std::size_t index, const Now &now);
    void letGo(const Now &now);
    void forget(std::size_t index);
    void watchDirectory();
    [[nodiscard]] std::optional<LogHandle> openPath();
    [[nodiscard]] QString accessProblem(const Error &error) const;
    [[nodiscard]] QList<LogPosition> known() const;

    QString m_component, m_path, m_source;
    std::optional<LogPositions> m_saved;
    LogWatch *m_watch;
    std::vector<LogHandle> m_handles; ///< oldest first
    QList<LogPosition> m_done;
    LogFileId m_directory;
    int m_directoryWatch = -1;
    bool m_begun = false, m_isThere = false;
    qint64 m_dueMs = 0;
    QString m_problem;
};

} // namespace prunella
