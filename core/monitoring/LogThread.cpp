#include "core/monitoring/LogThread.h"

#include "core/monitoring/LogCommand.h"
#include "core/monitoring/LogFile.h"

#include <map>

namespace prunella {

struct LogThread::Shared {
    explicit Shared(std::function<void()> tell) : batches(std::move(tell)) {}
    Mailbox<Order> orders{[this] { wake.cancel(); }};
    Mailbox<LogBatch> batches;
    Mailbox<bool> ended;
    MonitorCancel wake;
};

/// The state of the running thread.
class LogThread::Round
{
public:
    Round(Shared &shared, const Clock &clock) : m_shared(shared), m_clock(clock) {}

    void run();

private:
    void obey();
    void setPlan(const LogPlan &plan);
    template<typename Make> void keep(const QString &key, Make make);
    bool takeTurns();
    void report(LogReader &reader, LogBatch &batch);
    void await(bool more) const;
    [[nodiscard]] bool isFull() const { return m_waiting >= mostWaiting; }

    Shared &m_shared;
    const Clock &m_clock;
    LogWatch m_watch;                                     ///< goes after the readers
    std::map<QString, std::unique_ptr<LogReader>> m_readers, m_previous;
    std::optional<JournalUnits> m_units;
    QMap<QString, QString> m_positions, m_problems;       ///< as last reported
    int m_waiting = 0;
};

void LogThread::Round::run()
{
    for (;;) {
        m_shared.wake.reset(); // before the box is looked into: what comes later wakes again
        if (m_shared.orders.isClosed())
            break;
        obey();
        const bool more = !isFull() && takeTurns();
        await(more);
    }
    for (const auto &[key, reader] : m_readers)
        reader->beginStop(); // all at once, so that they end side by side
    m_readers.clear();
}

void LogThread::Round::obey()
{
    for (const Order &order : m_shared.orders.takeAll()) {
        if (const auto *plan = std::get_if<LogPlan>(&order))
            setPlan(*plan);
        else
            m_waiting -= std::get<Taken>(order).batches;
    }
}

/// A reader that was there before goes on where it is.
template<typename Make> void LogThread::Round::keep(const QString &key, Make make)
{
    if (m_readers.contains(key))
        return;
    const auto known = m_previous.find(key);
    auto reader = known == m_previous.end() ? make() : std::move(known->second);
    m_readers.emplace(key, std::move(reader));
}

void LogThread::Round::setPlan(const LogPlan &plan)
{
    m_previous = std::exchange(m_readers, {});
    for (const LogFileSource &file : plan.files) {
        const QString key = file.component + QStringLiteral("/file:") + file.path;
        keep(key, [&] { return std::make_unique<LogFile>(file.component, file.path, plan.positions.value(key), &m_watch); });
    }
    for (const LogCommandSource &command : plan.commands) {
        auto fresh = std::make_unique<LogCommand>(command.component, command.command);
        const QString key = fresh->key();
        keep(key, [&] { return std::move(fresh); });
    }
    if (!plan.journal.system.isEmpty() || !plan.journal.user.isEmpty()) {
        const QString key = QStringLiteral("journal");
        const QString at = m_positions.value(key, plan.positions.value(key));
        if (m_units != plan.journal) // other units: another reader, from the same place
            m_previous.erase(key);
        keep(key, [&] { return std::make_unique<JournalReader>(plan.journal, at); });
    }
    m_units = plan.journal;
    LogBatch gone;
    for (const auto &[key, reader] : m_previous) {
        if (reader && !m_readers.contains(key)) {
            m_positions.remove(key);
            if (!m_problems.take(key).isEmpty())
                gone.problems.insert(key, {});
        }
    }
    m_previous.clear();
    if (!gone.problems.isEmpty()) {
        ++m_waiting;
        m_shared.batches.post(std::move(gone));
    }
}

/// One turn for each reader that has something to do; true: some have more.
bool LogThread::Round::takeTurns()
{
    m_watch.drain(); // before the look: what changes later wakes again
    bool more = false;
    for (const auto &[key, reader] : m_readers) {
        LogBatch batch;
        LogTurn turn = reader->turn(m_clock.now(), turnBytes);
        batch.lines = std::move(turn.lines);
        more |= turn.more;
        report(*reader, batch);
        if (batch.lines.isEmpty() && batch.positions.isEmpty() && batch.problems.isEmpty())
            continue;
        ++m_waiting;
        m_shared.batches.post(std::move(batch));
    }
    return more;
}

void LogThread::Round::report(LogReader &reader, LogBatch &batch)
{
    const auto note = [key = reader.key()](QMap<QString, QString> &last, const QString &now, QMap<QString, QString> &changed) {
        if (last.value(key) == now)
            return;
        last.insert(key, now);
        changed.insert(key, now);
    };
    note(m_positions, reader.position(), batch.positions);
    note(m_problems, reader.problem(), batch.problems);
}

void LogThread::Round::await(bool more) const
{
    std::vector<pollfd> waited{{m_shared.wake.fd(), POLLIN, 0}};
    static constexpr qint64 longestMs = 60'000;
    const auto wait = [&waited](qint64 ms) { ::poll(waited.data(), waited.size(), int(std::clamp<qint64>(ms, 0, longestMs))); };
    if (isFull()) // until somebody takes a batch
        return wait(longestMs);
    if (more)
        return;
    wait(restMs);
    qint64 due = longestMs;
    const qint64 now = m_clock.now().monotonicMs;
    for (const auto &[key, reader] : m_readers) {
        reader->addDescriptors(waited);
        due = std::min(due, reader->dueMs() - now);
    }
    if (m_watch.fd() >= 0)
        waited.push_back({m_watch.fd(), POLLIN, 0});
    wait(due);
}

LogThread::LogThread(std::shared_ptr<const Clock> clock, std::function<void()> wake)
    : m_shared(std::make_shared<Shared>(std::move(wake)))
    , m_thread([shared = m_shared, clock = std::move(clock)] { run(shared, clock); })
{
}

LogThread::~LogThread()
{
    stop();
}

void LogThread::run(const std::shared_ptr<Shared> &shared, const std::shared_ptr<const Clock> &clock)
{
    {
        Round round(*shared, *clock);
        round.run();
    }
    shared->ended.post(true);
}

void LogThread::setPlan(LogPlan plan)
{
    m_shared->orders.post(std::move(plan));
}

std::vector<LogBatch> LogThread::takeAll()
{
    auto batches = m_shared->batches.takeAll();
    if (!batches.empty())
        m_shared->orders.post(Taken{int(batches.size())});
    return batches;
}

void LogThread::stop()
{
    if (!m_thread.joinable())
        return;
    constexpr std::chrono::milliseconds patience{2000};
    m_shared->orders.close();
    m_shared->wake.cancel(); // closing wakes nobody who polls
    if (m_shared->ended.waitOne(patience))
        m_thread.join();
    else
        m_thread.detach();
    m_shared->batches.close();
}

} // namespace prunella
