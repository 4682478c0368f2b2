#pragma once
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

namespace prunella {

/// Values from any thread to one owner. Std primitives only, so that the thread sanitizer can judge it.
/// The wake function is called, outside the lock, when the box turns from empty to filled; an owner with an event
/// loop posts itself a call from it, an owner with a plain thread waits instead.
template<typename T>
class Mailbox
{
public:
    explicit Mailbox(std::function<void()> wake = {}) : m_wake(std::move(wake)) {}
    Mailbox(const Mailbox &) = delete;
    Mailbox &operator=(const Mailbox &) = delete;

    /// false once closed: the value was not taken
    bool post(T value)
    {
        bool first = false;
        {
            const std::lock_guard lock(m_mutex);
            if (m_closed)
                return false;
            first = m_values.empty();
            m_values.push_back(std::move(value));
        }
        m_filled.notify_one();
        if (first && m_wake)
            m_wake();
        return true;
    }
    [[nodiscard]] std::vector<T> takeAll()
    {
        const std::lock_guard lock(m_mutex);
        std::vector<T> values(std::make_move_iterator(m_values.begin()), std::make_move_iterator(m_values.end()));
        m_values.clear();
        return values;
    }
    /// Waits for a value; nothing when closed and drained, or when the time is over.
    [[nodiscard]] std::optional<T> waitOne(std::optional<std::chrono::milliseconds> timeout = std::nullopt)
    {
        std::unique_lock lock(m_mutex);
        const auto ready = [this] { return m_closed || !m_values.empty(); };
        if (timeout)
            m_filled.wait_for(lock, *timeout, ready);
        else
            m_filled.wait(lock, ready);
        if (m_values.empty())
            return std::nullopt;
        std::optional<T> value(std::move(m_values.front()));
        m_values.pop_front();
        return value;
    }
    /// Nothing more is accepted; what is inside can still be taken.
    void close()
    {
        {
            const std::lock_guard lock(m_mutex);
            m_closed = true;
        }
        m_filled.notify_all();
    }
    [[nodiscard]] bool isClosed() const
    {
        const std::lock_guard lock(m_mutex);
        return m_closed;
    }

private:
    mutable std::mutex m_mutex;
    std::condition_variable m_filled;
    std::deque<T> m_values;
    std::function<void()> m_wake;
    bool m_closed = false;
};

} // namespace prunella
