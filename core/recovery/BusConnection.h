#pragma once
#include "core/base/Result.h"
#include "core/recovery/CancelToken.h"

#include <functional>
#include <memory>

struct sd_bus;
struct sd_bus_message;
struct sd_bus_slot;

namespace prunella {

struct BusFree {
    void operator()(sd_bus *bus) const;
    void operator()(sd_bus_message *message) const;
    void operator()(sd_bus_slot *slot) const;
};
using BusMessage = std::unique_ptr<sd_bus_message, BusFree>;
using BusSlot = std::unique_ptr<sd_bus_slot, BusFree>;

/// A call under way; its answer arrives while the connection runs. Forgotten when destroyed.
struct BusCall {
    BusSlot slot;
    BusMessage reply;       ///< empty until answered
    QString errorName;      ///< D-Bus name of the error answer; empty: it worked
    QString errorText;
    [[nodiscard]] bool answered() const { return reply != nullptr || !errorName.isEmpty(); }
    [[nodiscard]] bool ok() const { return reply != nullptr && errorName.isEmpty(); }
};

enum class BusWait { Done, Cancelled, Timeout, Broken };

/// How long a wait may last.
struct BusLimit {
    const CancelToken &token;
    std::chrono::steady_clock::time_point deadline;
};

/// One connection to the system or user bus, used by one thread at a time. Nothing in it blocks beyond its BusLimit.
class BusConnection
{
public:
    [[nodiscard]] static Result<std::unique_ptr<BusConnection>> open(bool userBus);
    ~BusConnection();

    [[nodiscard]] sd_bus *bus() const { return m_bus.get(); }
    /// Looks at the connection after idle time; false: open another one.
    [[nodiscard]] bool alive();
    /// A call to the manager object of systemd, to be filled with arguments; nothing when memory is out.
    [[nodiscard]] BusMessage managerCall(const char *member);
    [[nodiscard]] BusMessage call(const char *path, const char *interface, const char *member);
    /// Sends at once, the answer may be waited for later, together with others. `timeoutMs` bounds the answer.
    [[nodiscard]] std::unique_ptr<BusCall> send(BusMessage message, qint64 timeoutMs);
    /// Runs the connection until `done` holds, looking after each message.
    [[nodiscard]] BusWait runUntil(const std::function<bool()> &done, const BusLimit &limit);

private:
    explicit BusConnection(sd_bus *bus) : m_bus(bus) {}
    std::unique_ptr<sd_bus, BusFree> m_bus;
};

} // namespace prunella
