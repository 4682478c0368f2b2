#pragma once
// The journal's lines of all watched units, through one reader.
#include "core/monitoring/LogReader.h"

#include <QMap>
#include <QStringList>
#include <memory>

struct sd_journal;

namespace prunella {

/// What the journal's lines are taken for: unit name to service names.
struct JournalUnits {
    QMap<QString, QStringList> system, user; ///< user: units of the user manager of the user who runs this
    bool operator==(const JournalUnits &) const = default;
};

class JournalReader final : public LogReader
{
public:
    static constexpr qint64 retryMs = 5000; ///< after a failure

    /// Takes what `journalctl -u` shows: the unit's own lines and what systemd says about it. `saved`: position() of an
    /// earlier reader; empty: from now on. `folders` are where journald keeps its files.
    JournalReader(JournalUnits units, const QString &saved,
                  QStringList folders = {QStringLiteral("/run/log/journal"), QStringLiteral("/var/log/journal")});
    ~JournalReader() override;

    [[nodiscard]] QString key() const override { return QStringLiteral("journal"); }
    [[nodiscard]] LogTurn turn(const Now &now, qint64 budget) override;
    void addDescriptors(std::vector<pollfd> &descriptors) const override;
    [[nodiscard]] qint64 dueMs() const override { return m_dueMs; }
    /// "c:" and journald's cursor of the last line given out, or "t:" and the time (wall µs) from which on to read.
    [[nodiscard]] QString position() const override { return m_position; }
    [[nodiscard]] QString problem() const override { return m_problem; }

private:
    struct Close { void operator()(sd_journal *journal) const; };

    [[nodiscard]] int open(const Now &now);
    [[nodiscard]] int addMatches();
    [[nodiscard]] int seek(const Now &now);
    [[nodiscard]] int readEntries(const Now &now, qint64 budget, LogTurn &out);
    [[nodiscard]] qint64 takeEntry(const Now &now, LogTurn &out);
    void fail(const Now &now, int negativeErrno);
    [[nodiscard]] QStringList servicesOfEntry() const;
    [[nodiscard]] QByteArray field(const char *name) const;
    [[nodiscard]] QString accessProblem() const;
    void schedule(const Now &now, bool more);

    JournalUnits m_units;
    QString m_position;
    QStringList m_folders;
    std::unique_ptr<sd_journal, Close> m_journal;
    int m_fd = -1;
    short m_events = 0;
    bool m_atEntry = false; ///< seek() stands on an entry that is not given out yet
    qint64 m_dueMs = 0, m_accessCheckedMs = -1;
    QString m_problem;
};

} // namespace prunella
