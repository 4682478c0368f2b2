#pragma once
#include <atomic>
#include <chrono>

namespace prunella {

/// Tells a running action to give up. Shared between the runner and the action; a blocking poll wakes by its descriptor.
class CancelToken
{
public:
    enum class Why { None, Cancelled, Timeout };

    CancelToken();
    ~CancelToken();
    CancelToken(const CancelToken &) = delete;
    CancelToken &operator=(const CancelToken &) = delete;

    /// The first call counts; from any thread.
    void cancel(Why why = Why::Cancelled);
    [[nodiscard]] bool isCancelled() const { return why() != Why::None; }
    [[nodiscard]] Why why() const { return m_why.load(std::memory_order_acquire); }
    /// Readable for good once cancelled: for poll() beside other descriptors.
    [[nodiscard]] int fd() const { return m_fd; }
    /// Waits at most so long; true when cancelled.
    bool wait(std::chrono::milliseconds time) const;

private:
    const int m_fd;
    std::atomic<Why> m_why{Why::None};
};

} // namespace prunella
