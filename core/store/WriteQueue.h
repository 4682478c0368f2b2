#pragma once
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace prunella::store {

/// What waits for the one writer: commits at once, samples gathered until they are many or old enough.
/// Std primitives only, so that the thread sanitizer can judge it.
template<typename Commit, typename Sample>
class WriteQueue
{
public:
    using Milliseconds = std::chrono::milliseconds;
    struct Limits {
        std::size_t batch = 2000;       ///< so many samples are handed out at once
        Milliseconds age{10'000};       ///< or when the oldest has waited so long
        std::size_t capacity = 50'000;  ///< more are not kept: the oldest go
    };
    struct Work {
        std::vector<Commit> commits;    ///< in the order they came
        std::vector<Sample> samples;    ///< empty while they may wait
        bool flush = false;             ///< somebody asked that everything be written now
        bool closed = false;            ///< nothing follows: all that was waiting is in here
        [[nodiscard]] bool isIdle() const { return commits.empty() && samples.empty() && !flush && !closed; }
    };

    explicit WriteQueue(Limits limits) : m_limits(limits) {}
    WriteQueue(const WriteQueue &) = delete;
    WriteQueue &operator=(const WriteQueue &) = delete;

    /// Gives the commit back when the queue is closed.
    [[nodiscard]] std::optional<Commit> commit(Commit entry)
    {
        {
            const std::lock_guard lock(m_mutex);
            if (m_closed)
                return std::optional<Commit>(std::move(entry));
            m_commits.push_back(std::move(entry));
        }
        m_changed.notify_one();
        return std::nullopt;
    }
    /// Returns how many old samples had to go; all of the new ones once closed.
    template<typename Range>
    std::size_t append(const Range &samples)
    {
        const std::lock_guard lock(m_mutex);
        if (m_closed)
            return std::size_t(std::size(samples));
        const bool first = m_samples.empty(); // the writer sleeps without a deadline until there is one
        if (first)
            m_due = Steady::now() + m_limits.age;
        m_samples.insert(m_samples.end(), std::begin(samples), std::end(samples));
        const std::size_t dropped = m_samples.size() - std::min(m_samples.size(), m_limits.capacity);
        m_samples.erase(m_samples.begin(), m_samples.begin() + std::ptrdiff_t(dropped));
        if (first || m_samples.size() >= m_limits.batch)
            m_changed.notify_one();
        return dropped;
    }
    /// The next work carries all samples.
    void requestFlush() { set(m_flush); }
    void close() { set(m_closed); }

    /// Asked between two steps of work that can wait: the commits alone, without waiting.
    [[nodiscard]] std::vector<Commit> takeCommits()
    {
        const std::lock_guard lock(m_mutex);
        return std::exchange(m_commits, {});
    }
    /// Waits for work; idle work after `patience`.
    [[nodiscard]] Work wait(Milliseconds patience)
    {
        std::unique_lock lock(m_mutex);
        const auto end = Steady::now() + patience;
        while (m_commits.empty() && !samplesDue() && Steady::now() < end)
            m_changed.wait_until(lock, m_samples.empty() ? end : std::min(end, m_due));
        Work work;
        if (samplesDue()) {
            work.samples.assign(std::make_move_iterator(m_samples.begin()), std::make_move_iterator(m_samples.end()));
            m_samples.clear();
        }
        work.commits = std::exchange(m_commits, {});
        work.flush = std::exchange(m_flush, false);
        work.closed = m_closed;
        return work;
    }

private:
    using Steady = std::chrono::steady_clock; // only ever a waiting time, never a stored one

    void set(bool &flag)
    {
        const std::lock_guard lock(m_mutex);
        flag = true;
        m_changed.notify_one();
    }
    [[nodiscard]] bool samplesDue() const
    {
        return m_closed || m_flush
            || (!m_samples.empty() && (m_samples.size() >= m_limits.batch || Steady::now() >= m_due));
    }

    const Limits m_limits;
    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    std::vector<Commit> m_commits;
    std::deque<Sample> m_samples;
    Steady::time_point m_due;
    bool m_flush = false, m_closed = false;
};

} // namespace prunella::store
