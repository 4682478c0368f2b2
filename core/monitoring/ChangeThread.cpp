#include "core/monitoring/ChangeThread.h"

#include "core/monitoring/ChangeFiles.h"
#include "core/monitoring/LogFile.h"
#include "core/monitoring/PackageLog.h"
#include "core/monitoring/PackageOwners.h"

#include <QFileInfo>
#include <QUuid>

#include <poll.h>

namespace prunella {
using namespace Qt::StringLiterals;

struct ChangeThread::Shared {
    explicit Shared(std::function<void()> tell) : batches(std::move(tell)) {}
    Mailbox<ChangePlan> orders{[this] { wake.cancel(); }};
    Mailbox<ChangeBatch> batches;
    Mailbox<bool> ended;
    MonitorCancel wake;
};

/// The state of the running thread.
class ChangeThread::Round
{
public:
    Round(Shared &shared, const Clock &clock) : m_shared(shared), m_clock(clock) {}

    void run();

private:
    static constexpr int mostPackages = 100; ///< in a minute, of the host and of each service; of more there is one record
    static constexpr qint64 turnBytes = 256 * 1024;

    void obey();
    bool readPackages(ChangeBatch &batch);
    void giveEach(const PackageChange &change, ChangeBatch &batch);
    void findProblem(ChangeBatch &batch);
    void await() const;

    Shared &m_shared;
    const Clock &m_clock;
    ChangeFiles m_files;
    LogWatch m_logWatch;                  ///< goes after the log
    std::unique_ptr<LogFile> m_log;
    QString m_logPath, m_position, m_problem;
    PackageLog m_packages;
    std::optional<PackageOwners> m_owners;
    ChangeBurst m_burst{mostPackages, u"packages"_s};
};

void ChangeThread::Round::run()
{
    for (;;) {
        m_shared.wake.reset(); // before the box is looked into: what comes later wakes again
        if (m_shared.orders.isClosed())
            break;
        obey();
        ChangeBatch batch;
        ChangeFiles::Turn turn = m_files.turn(m_clock.now());
        batch.changes = std::move(turn.changes);
        batch.remembered = std::move(turn.remembered);
        const bool more = readPackages(batch);
        findProblem(batch);
        if (!batch.changes.isEmpty() || !batch.remembered.isEmpty() || batch.packagePosition || batch.problem)
            m_shared.batches.post(std::move(batch));
        if (!more)
            await();
    }
}

void ChangeThread::Round::obey()
{
    for (const ChangePlan &plan : m_shared.orders.takeAll()) {
        m_files.setPaths(plan.paths, plan.known);
        if (plan.packageLog.isEmpty()) {
            m_log.reset();
            continue;
        }
        if (!m_owners)
            m_owners.emplace(plan.packageInfo);
        m_owners->setPaths(plan.owned);
        if (!m_log || m_logPath != plan.packageLog) {
            m_logPath = plan.packageLog;
            m_position = plan.packagePosition;
            m_log = std::make_unique<LogFile>(u"packages"_s, plan.packageLog, plan.packagePosition, &m_logWatch);
        }
    }
}

/// true: there is more to read
bool ChangeThread::Round::readPackages(ChangeBatch &batch)
{
    m_logWatch.drain();
    if (!m_log)
        return false;
    const LogTurn turn = m_log->turn(m_clock.now(), turnBytes);
    for (const LogLine &line : turn.lines) {
        if (const auto change = m_packages.feed(line.text))
            giveEach(*change, batch);
    }
    if (const QString position = m_log->position(); position != m_position) {
        m_position = position;
        batch.packagePosition = position;
    }
    return turn.more;
}

/// One record for each service that the package belongs to; one of the host when it is nobody's.
void ChangeThread::Round::giveEach(const PackageChange &change, ChangeBatch &batch)
{
    QStringList services = m_owners->servicesOf(change.name, change.architecture);
    if (services.isEmpty())
        services.append(QString());
    for (const QString &service : std::as_const(services)) {
        const ChangeRecord record{QUuid::createUuid().toString(QUuid::WithoutBraces), ChangeKind::Package, service, change.name,
                                  change.from, change.to, packageSentence(change), {}, change.at};
        m_burst.give(record, m_clock.now(), batch.changes);
    }
}

void ChangeThread::Round::findProblem(ChangeBatch &batch)
{
    QStringList problems;
    if (m_files.fd() < 0)
        problems.append(u"the system has no inotify instance left (fs.inotify.max_user_instances); files are looked at every minute only"_s);
    else if (m_files.unwatched() > 0)
        problems.append(u"%1 directories cannot be watched (fs.inotify.max_user_watches); they are looked at every minute only"_s.arg(m_files.unwatched()));
    if (m_log && QFileInfo::exists(m_logPath) && !m_log->problem().isEmpty())
        problems.append(m_log->problem());
    const QString problem = problems.join(u"; "_s);
    if (problem == m_problem)
        return;
    m_problem = problem;
    batch.problem = problem;
}

void ChangeThread::Round::await() const
{
    static constexpr qint64 longestMs = 60'000;
    std::vector<pollfd> waited{{m_shared.wake.fd(), POLLIN, 0}};
    const auto wait = [&waited](qint64 ms) { ::poll(waited.data(), waited.size(), int(std::clamp<qint64>(ms, 0, longestMs))); };
    wait(restMs);
    if (m_files.fd() >= 0)
        waited.push_back({m_files.fd(), POLLIN, 0});
    if (m_logWatch.fd() >= 0)
        waited.push_back({m_logWatch.fd(), POLLIN, 0});
    const qint64 due = m_log ? std::min(m_files.dueMs(), m_log->dueMs()) : m_files.dueMs();
    wait(due - m_clock.now().monotonicMs);
}

ChangeThread::ChangeThread(std::shared_ptr<const Clock> clock, std::function<void()> wake)
    : m_shared(std::make_shared<Shared>(std::move(wake)))
    , m_thread([shared = m_shared, clock = std::move(clock)] { run(shared, clock); })
{
}

ChangeThread::~ChangeThread()
{
    stop();
}

void ChangeThread::run(const std::shared_ptr<Shared> &shared, const std::shared_ptr<const Clock> &clock)
{
    {
        Round round(*shared, *clock);
        round.run();
    }
    shared->ended.post(true);
}

void ChangeThread::setPlan(ChangePlan plan)
{
    m_shared->orders.post(std::move(plan));
}

std::vector<ChangeBatch> ChangeThread::takeAll()
{
    return m_shared->batches.takeAll();
}

void ChangeThread::stop()
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
