#pragma once
#include "core/base/Clock.h"
#include "core/base/Result.h"
#include "core/model/Store.h"
#include "core/model/StoreQueries.h"
#include "core/store/StorePaths.h"
#include "core/store/WriteQueue.h"

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

namespace prunella {

namespace store {
class JournalWriter;
class MetricsWriter;
}

/// The one writer of both databases, on a thread of its own. Commits overtake samples; each call returns at once.
/// Callbacks are called on the writer's thread.
class StoreWriter
{
public:
    /// Creates or migrates the databases and takes over what an earlier engine left in the fallback file.
    [[nodiscard]] static Result<std::unique_ptr<StoreWriter>> open(StorePaths paths, int retentionDays,
                                                                   std::shared_ptr<const Clock> clock);
    /// Writes what waits, however long it takes.
    ~StoreWriter();
    StoreWriter(const StoreWriter &) = delete;
    StoreWriter &operator=(const StoreWriter &) = delete;

    /// `done` is called once the transaction is as safe as its result says, in the order of the calls.
    void commit(Transaction transaction, std::function<void(CommitResult)> done);
    /// Written after 10 s or 2000 rows; in memory, bounded, while metrics.db cannot be written.
    void append(const QList<MetricRow> &rows);
    /// `done` is called when all that was appended before has been tried to be written.
    void flushSamples(std::function<void()> done);

    /// In effect at the next upkeep.
    void setRetentionDays(int days);
    [[nodiscard]] StoreHealth health() const;
    /// Called whenever the health changes from now on.
    void setHealthListener(std::function<void(StoreHealth)> listener);
    /// A person has seen that a damaged database was replaced.
    void acknowledgeDamage();
    /// Writes what waits and ends the thread; Timeout when that takes longer. May be called again.
    [[nodiscard]] Status stop(int timeoutMs);

private:
    struct Entry {
        Transaction transaction;
        std::function<void(CommitResult)> done;
        bool acknowledgesDamage = false;
    };
    using Queue = store::WriteQueue<Entry, MetricRow>;

    StoreWriter(StorePaths paths, int retentionDays, std::shared_ptr<const Clock> clock);
    [[nodiscard]] Status start();
    void enqueue(Entry entry);
    void noteTime();
    // the rest runs on the writer's thread
    [[nodiscard]] Status openAll();
    void work();
    [[nodiscard]] bool workOnce();
    [[nodiscard]] std::chrono::milliseconds patience() const;
    void writeCommits(std::vector<Entry> entries);
    void writeSamples(std::vector<MetricRow> rows);
    void tend(bool idle);
    void answerFlushes();
    void publishHealth();

    std::shared_ptr<const Clock> m_clock;
    std::atomic<qint64> m_wallMs = 0;       ///< as the last caller saw it: the clock itself belongs to them
    std::atomic<std::size_t> m_droppedBefore = 0; ///< rows that the queue itself had to drop
    Queue m_queue;
    std::unique_ptr<store::JournalWriter> m_journal;
    std::unique_ptr<store::MetricsWriter> m_metrics;
    int m_retentionDays;
    qint64 m_nextTryMs = 0, m_lastExpiryMs = 0; ///< monotonic ms; wall ms
    mutable std::mutex m_mutex;             ///< guards what follows
    std::condition_variable m_changed;
    StoreHealth m_health;
    std::function<void(StoreHealth)> m_listener;
    std::vector<std::function<void()>> m_flushes;
    bool m_stopping = false, m_ended = false;
    std::thread m_thread;
};

} // namespace prunella
