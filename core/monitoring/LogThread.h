#pragma once
// The thread that reads all logs. One of its own, and not the engine's: reading a file can hang for minutes (a dead NFS
// server) and opening a journal takes long, and nothing of that may delay a repair.
#include "core/base/Mailbox.h"
#include "core/monitoring/JournalReader.h"
#include "core/monitoring/LogReader.h"
#include "core/monitoring/MonitorCancel.h"

#include <QMap>
#include <thread>

namespace prunella {

struct LogFileSource { QString component, path; auto operator<=>(const LogFileSource &) const = default; };
struct LogCommandSource { QString component; QStringList command; auto operator<=>(const LogCommandSource &) const = default; };

/// Everything that is to be read.
struct LogPlan {
    JournalUnits journal;
    QList<LogFileSource> files;
    QList<LogCommandSource> commands;
    QMap<QString, QString> positions; ///< by LogReader::key(), of an earlier engine; for readers that are new here
};

/// What was read in one round.
struct LogBatch {
    QList<LogLine> lines;
    QMap<QString, QString> positions; ///< those that have changed; they count once `lines` were taken
    QMap<QString, QString> problems;  ///< those that have changed; empty text: good again
};

class LogThread
{
public:
    /// Bytes of one source a turn, and batches that may wait to be taken: a flooded log waits on the disk, not in memory.
    static constexpr qint64 turnBytes = 256 * 1024;
    static constexpr int mostWaiting = 4;
    /// After a turn the thread rests a moment, so that a chatty writer costs a hundred looks a second, not one a line.
    static constexpr int restMs = 10;

    /// `wake` is called in the thread when takeAll() has something new.
    LogThread(std::shared_ptr<const Clock> clock, std::function<void()> wake);
    ~LogThread();

    void setPlan(LogPlan plan);
    /// Each batch that is taken makes room for another.
    [[nodiscard]] std::vector<LogBatch> takeAll();
    /// Returns within two seconds, also when a read hangs: then the thread is left to it. What was read until then
    /// can still be taken. Commands are ended.
    void stop();

private:
    struct Taken { int batches = 0; };
    using Order = std::variant<LogPlan, Taken>;
    struct Shared;
    class Round;
    static void run(const std::shared_ptr<Shared> &shared, const std::shared_ptr<const Clock> &clock);

    std::shared_ptr<Shared> m_shared; ///< outlives this when the thread hangs
    std::thread m_thread;
};

} // namespace prunella
