#include "core/store/StoreWriter.h"

#include "core/store/Files.h"
#include "core/store/JournalWriter.h"
#include "core/store/MetricsWriter.h"

#include <QDeadlineTimer>

#include <future>
#include <pthread.h>

namespace prunella {

using namespace Qt::StringLiterals;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds journalRetry{2000}, metricsRetry{10'000}, quietBeforeCheckpoint{1000}, forEver{3'600'000};
constexpr qint64 dayMs = 24LL * 3600 * 1000;

/// The writer's own waiting times; never compared with a stored time.
qint64 steadyMs()
{
    return QDeadlineTimer::current().deadline();
}

} // namespace

StoreWriter::StoreWriter(StorePaths paths, int retentionDays, std::shared_ptr<const Clock> clock)
    : m_clock(std::move(clock)), m_queue(Queue::Limits{}), m_journal(std::make_unique<store::JournalWriter>(paths)),
      m_metrics(std::make_unique<store::MetricsWriter>(paths, retentionDays)), m_retentionDays(retentionDays)
{
    noteTime();
}

Result<std::unique_ptr<StoreWriter>> StoreWriter::open(StorePaths paths, int retentionDays, std::shared_ptr<const Clock> clock)
{
    if (auto ready = store::ensurePrivateDir(paths.stateDir); !ready)
        return tl::unexpected(ready.error());
    std::unique_ptr<StoreWriter> writer(new StoreWriter(std::move(paths), retentionDays, std::move(clock)));
    if (auto started = writer->start(); !started)
        return tl::unexpected(started.error());
    return writer;
}

Status StoreWriter::start()
{
    // The databases are opened by the thread that uses them.
    std::promise<Status> opened;
    auto answer = opened.get_future();
    m_thread = std::thread([this, &opened] {
        pthread_setname_np(pthread_self(), "store");
        const Status ready = openAll();
        publishHealth();
        opened.set_value(ready); // `opened` is gone after this
        if (ready)
            work();
        m_journal.reset(); // closed by the thread that opened them
        m_metrics.reset();
        const std::lock_guard lock(m_mutex);
        m_ended = true;
        m_changed.notify_all();
    });
    return answer.get();
}

StoreWriter::~StoreWriter()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_queue.close();
    if (m_thread.joinable())
        m_thread.join();
}

Status StoreWriter::stop(int timeoutMs)
{
    std::unique_lock lock(m_mutex);
    m_stopping = true;
    m_queue.close();
    if (!m_changed.wait_for(lock, milliseconds(timeoutMs), [this] { return m_ended; }))
        return failure(ErrorCode::Timeout, u"the store is still writing after "_s + QString::number(timeoutMs) + u" ms"_s);
    lock.unlock();
    if (m_thread.joinable())
        m_thread.join();
    return {};
}

void StoreWriter::noteTime()
{
    m_wallMs = m_clock->now().wallMs;
}

void StoreWriter::commit(Transaction transaction, std::function<void(CommitResult)> done)
{
    enqueue({std::move(transaction), std::move(done), false});
}

void StoreWriter::enqueue(Entry entry)
{
    noteTime();
    const auto back = m_queue.commit(std::move(entry));
    if (back && back->done)
        back->done({CommitState::Lost, u"the store is closed"_s});
}

void StoreWriter::append(const QList<MetricRow> &rows)
{
    if (rows.isEmpty())
        return;
    noteTime();
    m_droppedBefore += m_queue.append(rows);
}

void StoreWriter::flushSamples(std::function<void()> done)
{
    {
        const std::lock_guard lock(m_mutex);
        if (!m_stopping) {
            m_flushes.push_back(std::move(done));
            done = nullptr;
        }
    }
    if (done)
        done();
    else
        m_queue.requestFlush();
}

void StoreWriter::setRetentionDays(int days)
{
    m_metrics->setRetentionDays(days);
}

StoreHealth StoreWriter::health() const
{
    const std::lock_guard lock(m_mutex);
    return m_health;
}

void StoreWriter::setHealthListener(std::function<void(StoreHealth)> listener)
{
    const std::lock_guard lock(m_mutex);
    m_listener = std::move(listener);
}

void StoreWriter::acknowledgeDamage()
{
    Transaction transaction;
    transaction.state[store::JournalDb::damageKey] = QString();
    enqueue({std::move(transaction), {}, true});
}

Status StoreWriter::openAll()
{
    if (auto opened = m_journal->open(m_wallMs); !opened)
        return failure(opened.error().code, u"the store cannot be opened: "_s + m_journal->path() + u": "_s + opened.error().message);
    if (auto opened = m_metrics->open(m_wallMs); !opened)
        return failure(opened.error().code, u"the store cannot be opened: "_s + m_metrics->path() + u": "_s + opened.error().message);
    return {};
}

void StoreWriter::work()
{
    while (workOnce()) { }
}

bool StoreWriter::workOnce()
{
    Queue::Work next = m_queue.wait(patience());
    const bool idle = next.isIdle();
    writeCommits(std::move(next.commits));
    if (!next.samples.empty() || next.flush || next.closed)
        writeSamples(std::move(next.samples));
    if (next.flush || next.closed)
        answerFlushes();
    tend(idle || next.closed);
    publishHealth();
    return !next.closed;
}

milliseconds StoreWriter::patience() const
{
    if (!m_journal->isOk())
        return journalRetry;
    if (!m_metrics->isOk())
        return metricsRetry;
    return m_journal->wantsCheckpoint() ? quietBeforeCheckpoint : forEver;
}

void StoreWriter::writeCommits(std::vector<Entry> entries)
{
    if (entries.empty())
        return;
    QList<Transaction> transactions;
    for (Entry &entry : entries) {
        transactions << std::move(entry.transaction);
        if (entry.acknowledgesDamage)
            m_journal->acknowledgeDamage();
    }
    const QList<CommitResult> results = m_journal->write(std::move(transactions), m_wallMs);
    // Whoever is told that an entry is not durable finds the health telling the same.
    publishHealth();
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (entries[i].done)
            entries[i].done(results[qsizetype(i)]);
    }
}

void StoreWriter::writeSamples(std::vector<MetricRow> rows)
{
    m_metrics->countDropped(m_droppedBefore.exchange(0));
    m_metrics->add(std::move(rows));
    while (m_metrics->writeSlice(m_wallMs))
        writeCommits(m_queue.takeCommits());
    while (m_metrics->upkeepStep(m_wallMs))
        writeCommits(m_queue.takeCommits());
}

/// What needs doing while there is nothing better to do.
void StoreWriter::tend(bool idle)
{
    if ((!m_journal->isOk() || !m_metrics->isOk()) && (idle || steadyMs() >= m_nextTryMs)) {
        m_nextTryMs = steadyMs() + journalRetry.count();
        if (!m_journal->isOk())
            m_journal->retry(m_wallMs);
        if (!m_metrics->isOk())
            writeSamples({});
    }
    if (m_journal->needsCheckpoint())
        m_journal->checkpoint();
    if (!idle)
        return;
    if (m_wallMs - m_lastExpiryMs > dayMs) {
        m_lastExpiryMs = m_wallMs;
        m_journal->expire(m_wallMs - 30 * dayMs, m_wallMs - m_retentionDays * dayMs);
    }
    if (m_journal->wantsCheckpoint())
        m_journal->checkpoint();
}

void StoreWriter::answerFlushes()
{
    std::vector<std::function<void()>> flushes;
    {
        const std::lock_guard lock(m_mutex);
        flushes = std::exchange(m_flushes, {});
    }
    for (const auto &done : flushes) {
        if (done)
            done();
    }
}

void StoreWriter::publishHealth()
{
    StoreHealth health{m_journal->isOk(), m_metrics->isOk(), m_journal->isDamaged(), m_journal->text()};
    if (const QString more = m_metrics->text(); !more.isEmpty())
        health.text += (health.text.isEmpty() ? QString() : u"; "_s) + more;
    std::function<void(StoreHealth)> listener;
    {
        const std::lock_guard lock(m_mutex);
        const bool same = health.journalOk == m_health.journalOk && health.metricsOk == m_health.metricsOk
            && health.damagedAndReplaced == m_health.damagedAndReplaced && health.text == m_health.text;
        if (same)
            return;
        m_health = health;
        listener = m_listener;
    }
    if (listener)
        listener(health);
}

} // namespace prunella
