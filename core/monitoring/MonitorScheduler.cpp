#include "core/monitoring/MonitorScheduler.h"

#include <QDeadlineTimer>
#include <QThread>

namespace prunella {
namespace {

constexpr qint64 kLeastIntervalMs = 10;
constexpr qint64 kPreciseBelowMs = 1000;
constexpr int kQuickThreads = 1, kBlockingThreads = 3;
constexpr qint64 kStopMs = 1500;

/// Qt's coarse timers fire up to 5 % early: that is due as well.
qint64 toleranceMs(qint64 intervalMs)
{
    return intervalMs >= kPreciseBelowMs ? intervalMs / 20 : 0;
}

/// The next multiple of the interval after this moment.
qint64 alignedAfter(qint64 nowMs, qint64 intervalMs)
{
    return (nowMs / intervalMs + 1) * intervalMs;
}

} // namespace

MonitorScheduler::MonitorScheduler(const Clock &clock, QObject *parent)
    : QObject(parent), m_clock(clock), m_timer(this)
{
    qRegisterMetaType<QList<MonitorResult>>();
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &MonitorScheduler::tick);
}

MonitorScheduler::~MonitorScheduler()
{
    stop();
}

void MonitorScheduler::setMonitors(std::vector<std::shared_ptr<Monitor>> monitors)
{
    const auto old = std::exchange(m_entries, {});
    for (auto &monitor : monitors) {
        const auto known = std::find_if(old.begin(), old.end(), [&](const Entry &entry) { return entry.monitor == monitor; });
        if (known != old.end())
            m_entries.push_back(*known);
        else
            m_entries.push_back({monitor, monitor->name(), qMax(kLeastIntervalMs, monitor->intervalMs()), 0});
    }
    for (const auto &entry : old) {
        const auto same = [&](const Entry &other) { return other.monitor == entry.monitor; };
        if (std::none_of(m_entries.begin(), m_entries.end(), same) && m_busy.contains(entry.monitor.get()))
            entry.monitor->cancel();
    }
    m_reasons.removeIf([this](const auto &reason) {
        return std::none_of(m_entries.begin(), m_entries.end(), [&](const Entry &entry) { return entry.name == reason.key(); });
    });
    if (m_running)
        tick();
}

void MonitorScheduler::start()
{
    if (std::exchange(m_running, true))
        return;
    makePools();
    for (auto &entry : m_entries)
        entry.dueMs = 0; // everything is due now
    tick();
}

void MonitorScheduler::stop()
{
    if (!std::exchange(m_running, false))
        return;
    m_timer.stop();
    closePools();
}

void MonitorScheduler::makePools()
{
    m_relay = std::shared_ptr<MonitorRelay>(new MonitorRelay(++m_round), [](MonitorRelay *relay) {
        if (relay->thread() == QThread::currentThread())
            delete relay;
        else
            relay->deleteLater();
    });
    connect(m_relay.get(), &MonitorRelay::finished, this, &MonitorScheduler::takeResults, Qt::QueuedConnection);
    m_quickPool = std::make_unique<QThreadPool>();
    m_quickPool->setMaxThreadCount(kQuickThreads);
    m_quickPool->setExpiryTimeout(-1); // used at every tick: making a thread each time costs more than the sampling
    m_blockingPool = std::make_unique<QThreadPool>();
    m_blockingPool->setMaxThreadCount(kBlockingThreads);
}

void MonitorScheduler::closePools()
{
    m_relay->stopped.store(true, std::memory_order_release);
    const QDeadlineTimer deadline(kStopMs);
    bool all = true;
    for (auto *pool : {&m_blockingPool, &m_quickPool}) {
        bool done = false;
        do { // again and again: a monitor may have begun just after it was cancelled
            for (const auto &entry : m_entries)
                entry.monitor->cancel();
            done = (*pool)->waitForDone(50);
        } while (!done && !deadline.hasExpired());
        if (!done) // it hangs in the kernel. QThreadPool would wait for it without end, so the pool is left to it.
            static_cast<void>(pool->release());
        pool->reset();
        all = all && done;
    }
    if (all) // nothing runs any more; results that are still on their way no longer count
        m_busy.removeIf([this](const auto &busy) { return busy.value() == m_round; });
}

bool MonitorScheduler::sampleNow(const QString &name)
{
    std::vector<const Entry *> wanted;
    for (const auto &entry : m_entries) {
        if (name.isEmpty() || entry.name == name)
            wanted.push_back(&entry);
    }
    if (!m_running || wanted.empty())
        return false;
    std::erase_if(wanted, [this](const Entry *entry) { return m_busy.contains(entry->monitor.get()); });
    launch(wanted);
    return true;
}

void MonitorScheduler::tick()
{
    if (!m_running)
        return;
    const qint64 nowMs = m_clock.now().monotonicMs;
    std::vector<const Entry *> due;
    QList<std::pair<QString, QString>> overdue;
    for (auto &entry : m_entries) {
        if (nowMs < entry.dueMs - toleranceMs(entry.intervalMs))
            continue;
        // The first aligned time is not taken right after the first sample: rates need some time to be measured.
        const bool first = entry.dueMs == 0;
        entry.dueMs = alignedAfter(first ? nowMs + entry.intervalMs / 2 : qMax(nowMs, entry.dueMs), entry.intervalMs);
        if (!m_busy.contains(entry.monitor.get()))
            due.push_back(&entry);
        else if (!first)
            overdue.append({entry.name, QStringLiteral("overdue: still running when it was due again, every %1 s")
                                            .arg(double(entry.intervalMs) / 1000)});
    }
    launch(due);
    armTimer(nowMs);
    for (const auto &[name, reason] : overdue) // last: who hears it may call us
        report(name, reason);
}

void MonitorScheduler::launch(const std::vector<const Entry *> &entries)
{
    std::vector<std::shared_ptr<Monitor>> quick;
    for (const auto *entry : entries) {
        m_busy.insert(entry->monitor.get(), m_round);
        if (entry->monitor->mayBlock())
            startJob(*m_blockingPool, {entry->monitor});
        else
            quick.push_back(entry->monitor);
    }
    if (!quick.empty())
        startJob(*m_quickPool, std::move(quick));
}

void MonitorScheduler::startJob(QThreadPool &pool, std::vector<std::shared_ptr<Monitor>> monitors)
{
    pool.start(new MonitorJob(std::move(monitors), m_clock, m_relay)); // the pool owns it
}

void MonitorScheduler::takeResults(const QList<MonitorResult> &results, quint64 round)
{
    QList<Sample> samples;
    for (const auto &result : results) {
        if (m_busy.value(result.monitor.get()) != round)
            continue; // from before a stop
        m_busy.remove(result.monitor.get());
        const auto entry = std::find_if(m_entries.begin(), m_entries.end(),
                                        [&](const Entry &one) { return one.monitor == result.monitor; });
        if (!m_running || !result.ran || entry == m_entries.end())
            continue;
        samples.append(result.samples);
        report(entry->name, result.problem);
    }
    if (!samples.isEmpty())
        Q_EMIT samplesReady(samples);
}

/// By value: whoever hears it may replace the monitors.
void MonitorScheduler::report(QString name, QString reason)
{
    if (m_reasons.value(name) == reason)
        return;
    if (reason.isEmpty()) {
        m_reasons.remove(name);
        Q_EMIT monitorRecovered(name);
    } else {
        m_reasons.insert(name, reason);
        Q_EMIT monitorFailed(name, reason);
    }
}

void MonitorScheduler::armTimer(qint64 nowMs)
{
    if (m_entries.empty()) {
        m_timer.stop();
        return;
    }
    qint64 next = m_entries.front().dueMs, shortest = m_entries.front().intervalMs;
    for (const auto &entry : m_entries) {
        next = qMin(next, entry.dueMs);
        shortest = qMin(shortest, entry.intervalMs);
    }
    m_timer.setTimerType(shortest < kPreciseBelowMs ? Qt::PreciseTimer : Qt::CoarseTimer);
    m_timer.start(int(qBound(qint64(1), next - nowMs, qint64(86'400'000))));
}

} // namespace prunella
