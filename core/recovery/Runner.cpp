#include "core/recovery/Runner.h"

#include "core/base/Mailbox.h"

#include <atomic>
#include <csignal>

namespace prunella {
namespace {

using Time = std::chrono::steady_clock;
/// What a cancelled action gets to say its own last word, before the runner speaks for it.
constexpr std::chrono::milliseconds grace{500};

} // namespace

struct RunnerJob {
    ActionRequest request;
    std::shared_ptr<RecoveryAction> action;
    Time::time_point deadline;
    CancelToken token;
    std::atomic<bool> reported{false};
    std::atomic<bool> finished{false};
};

/// Outlives the Runner when a thread hangs in an action.
struct RunnerShared {
    Mailbox<std::shared_ptr<RunnerJob>> queue;
    Mailbox<std::shared_ptr<RunnerJob>> watch;
    Mailbox<std::size_t> exited;
    Runner::Done done;
    std::atomic<bool> closed{false};  ///< nothing is reported any more
    std::atomic<int> reporting{0};    ///< calls of `done` under way
};

namespace {

QString seconds(int ms)
{
    return QString::number(ms / 1000.0) + QStringLiteral(" s");
}

ActionResult timedOut(const RunnerJob &job, const QString &detail)
{
    const QString text = QStringLiteral("gave up after ") + seconds(job.request.timeoutMs);
    return failed(job.request, FailureKind::Timeout, detail.isEmpty() ? text : text + QStringLiteral(": ") + detail);
}

void report(RunnerShared &shared, RunnerJob &job, ActionResult result)
{
    if (job.reported.exchange(true))
        return;
    result.actionId = job.request.id;
    // Sequentially consistent, as in stop(): either we see `closed` or stop() sees us and waits.
    ++shared.reporting;
    if (!shared.closed)
        shared.done(std::move(result));
    --shared.reporting;
    shared.reporting.notify_all();
}

/// An action that gave up cannot know whether a person or the time made it; the token does.
ActionResult judged(const RunnerJob &job, ActionResult result)
{
    const bool gaveUp = result.failure == FailureKind::Cancelled || result.failure == FailureKind::Failed;
    if (!gaveUp || result.status == ActionStatus::Completed)
        return result;
    if (job.token.why() == CancelToken::Why::Timeout)
        return timedOut(job, result.output);
    if (job.token.why() == CancelToken::Why::Cancelled)
        return cancelled(job.request, result.output);
    return result;
}

void runJob(RunnerShared &shared, RunnerJob &job)
{
    ActionResult result = job.token.isCancelled()
        ? cancelled(job.request, QStringLiteral("cancelled before it was started"))
        : job.action->run(job.request, job.token);
    result = judged(job, std::move(result));
    job.action.reset();
    job.finished = true; // before the report: who hears of the end may start the next one on this target
    report(shared, job, std::move(result));
}

void work(const std::shared_ptr<RunnerShared> &shared, std::size_t index)
{
    while (const auto job = shared->queue.waitOne())
        runJob(*shared, **job);
    shared->exited.post(index);
}

using Jobs = std::vector<std::shared_ptr<RunnerJob>>;

std::optional<std::chrono::milliseconds> untilNext(const Jobs &jobs)
{
    std::optional<std::chrono::milliseconds> next;
    for (const auto &job : jobs) {
        const auto at = job->deadline + (job->token.isCancelled() ? grace : std::chrono::milliseconds{0});
        const auto left = std::max(std::chrono::ceil<std::chrono::milliseconds>(at - Time::now()), std::chrono::milliseconds{1});
        next = next ? std::min(*next, left) : left;
    }
    return next;
}

/// true: the watch over this job is over.
bool checkTime(RunnerShared &shared, RunnerJob &job)
{
    if (job.finished)
        return true;
    const auto now = Time::now();
    if (now < job.deadline)
        return false;
    job.token.cancel(CancelToken::Why::Timeout);
    if (now < job.deadline + grace)
        return false;
    report(shared, job, timedOut(job, QStringLiteral("the action does not react, its target stays busy until it does")));
    return true;
}

void watchTime(const std::shared_ptr<RunnerShared> &shared, std::size_t index)
{
    Jobs jobs;
    while (!shared->watch.isClosed()) {
        if (auto job = shared->watch.waitOne(untilNext(jobs)))
            jobs.push_back(std::move(*job));
        std::erase_if(jobs, [&](const auto &job) { return checkTime(*shared, *job); });
    }
    shared->exited.post(index);
}

/// Signals are for the main thread; threads inherit the mask of the one that makes them.
class SignalsBlocked
{
public:
    SignalsBlocked()
    {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &m_before);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &m_before, nullptr); }
    SignalsBlocked(const SignalsBlocked &) = delete;
    SignalsBlocked &operator=(const SignalsBlocked &) = delete;

private:
    sigset_t m_before;
};

} // namespace

Runner::Runner(int threads, Done done) : m_shared(std::make_shared<RunnerShared>())
{
    m_shared->done = std::move(done);
    const SignalsBlocked blocked;
    for (int i = 0; i < std::max(threads, 1); ++i)
        m_threads.emplace_back(work, m_shared, m_threads.size());
    m_threads.emplace_back(watchTime, m_shared, m_threads.size());
}

void Runner::grow(int threads)
{
    const SignalsBlocked blocked;
    while (!m_stopped && int(m_threads.size()) - 1 < threads) // one of them watches the time
        m_threads.emplace_back(work, m_shared, m_threads.size());
}

Runner::~Runner()
{
    stop();
}

bool Runner::start(ActionRequest request, std::shared_ptr<RecoveryAction> action)
{
    std::erase_if(m_jobs, [](const auto &job) { return job->finished.load(); });
    if (m_stopped || !action || isBusy(request.target))
        return false;
    auto job = std::make_shared<RunnerJob>();
    job->deadline = Time::now() + std::chrono::milliseconds(request.timeoutMs);
    job->request = std::move(request);
    job->action = std::move(action);
    m_jobs.push_back(job);
    m_shared->watch.post(job);
    m_shared->queue.post(std::move(job));
    return true;
}

bool Runner::cancel(const QString &actionId)
{
    bool found = false;
    for (const auto &job : m_jobs) {
        if (job->finished || job->reported || job->request.id != actionId)
            continue;
        job->token.cancel();
        found = true;
    }
    return found;
}

bool Runner::isBusy(const QString &target) const
{
    return std::any_of(m_jobs.begin(), m_jobs.end(),
                       [&](const auto &job) { return !job->finished && job->request.target == target; });
}

int Runner::running() const
{
    return int(std::count_if(m_jobs.begin(), m_jobs.end(), [](const auto &job) { return !job->finished; }));
}

void Runner::stop(int timeoutMs)
{
    if (m_stopped)
        return;
    m_stopped = true;
    for (const auto &job : m_jobs)
        job->token.cancel();
    m_shared->queue.close();
    m_shared->watch.close();
    const auto deadline = Time::now() + std::chrono::milliseconds(timeoutMs);
    for (std::size_t left = m_threads.size(); left > 0; --left) {
        const auto time = std::chrono::ceil<std::chrono::milliseconds>(deadline - Time::now());
        const auto index = m_shared->exited.waitOne(std::max(time, std::chrono::milliseconds{0}));
        if (!index)
            break;
        m_threads[*index].join();
    }
    for (const auto &job : m_jobs)
        if (!job->finished)
            report(*m_shared, *job, cancelled(job->request, QStringLiteral("did not end in time when the engine stopped")));
    m_shared->closed = true;
    for (int busy = m_shared->reporting; busy != 0; busy = m_shared->reporting)
        m_shared->reporting.wait(busy);
    for (auto &thread : m_threads)
        if (thread.joinable())
            thread.detach();
    m_threads.clear();
}

} // namespace prunella
