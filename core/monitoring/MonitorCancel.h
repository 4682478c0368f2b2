#pragma once
#include <atomic>

namespace prunella {

/// Ends a wait from another thread: the waiting thread polls fd() beside what it waits for.
class MonitorCancel
{
public:
    MonitorCancel();
    ~MonitorCancel();
    MonitorCancel(const MonitorCancel &) = delete;
    MonitorCancel &operator=(const MonitorCancel &) = delete;

    void cancel();
    /// A new round begins: what was cancelled before does not count.
    void reset();
    [[nodiscard]] bool isCancelled() const { return m_cancelled.load(std::memory_order_acquire); }
    /// readable once cancelled; negative when the system has no descriptors left
    [[nodiscard]] int fd() const { return m_fd; }

private:
    int m_fd;
    std::atomic<bool> m_cancelled = false;
};

} // namespace prunella
