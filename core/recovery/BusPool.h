#pragma once
#include "core/base/Mailbox.h"
#include "core/recovery/BusConnection.h"

namespace prunella {

/// Connections that are kept open between uses (a fresh one costs about a millisecond). Any number of threads; each connection
/// belongs to one of them at a time.
class BusPool
{
public:
    /// false: the system bus, true: the user's
    explicit BusPool(bool userBus) : m_userBus(userBus) {}

    /// One that no other thread uses; opened when there is none.
    [[nodiscard]] Result<std::unique_ptr<BusConnection>> lease()
    {
        while (auto idle = m_idle.waitOne(std::chrono::milliseconds(0)))
            if ((*idle)->alive())
                return std::move(*idle);
        return BusConnection::open(m_userBus);
    }
    void giveBack(std::unique_ptr<BusConnection> connection)
    {
        if (connection->alive())
            m_idle.post(std::move(connection));
    }

private:
    const bool m_userBus;
    Mailbox<std::unique_ptr<BusConnection>> m_idle;
};

} // namespace prunella
