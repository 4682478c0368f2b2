#include "core/recovery/BusConnection.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <systemd/sd-bus.h>

namespace prunella {
namespace {

using Time = std::chrono::steady_clock;
constexpr auto systemdName = "org.freedesktop.systemd1";

int onReply(sd_bus_message *message, void *userdata, sd_bus_error *)
{
    auto *call = static_cast<BusCall *>(userdata);
    if (const sd_bus_error *error = sd_bus_message_get_error(message)) {
        call->errorName = QString::fromUtf8(error->name);
        call->errorText = QString::fromUtf8(error->message ? error->message : error->name);
    }
    call->reply.reset(sd_bus_message_ref(message));
    return 0;
}

/// Milliseconds poll() may wait: until the deadline, or until sd-bus itself has something to do (a call's timeout).
int pollTime(sd_bus *bus, Time::time_point deadline)
{
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Time::now()).count();
    std::int64_t time = std::clamp<std::int64_t>(left, 0, 60'000);
    std::uint64_t until = UINT64_MAX; // microseconds of CLOCK_MONOTONIC, as steady_clock counts them
    if (sd_bus_get_timeout(bus, &until) >= 0 && until != UINT64_MAX) {
        const auto now = std::chrono::duration_cast<std::chrono::microseconds>(Time::now().time_since_epoch()).count();
        time = std::clamp<std::int64_t>((std::int64_t(until) - now + 999) / 1000, 0, time);
    }
    return int(time);
}

} // namespace

void BusFree::operator()(sd_bus *bus) const
{
    sd_bus_close_unref(bus);
}

void BusFree::operator()(sd_bus_message *message) const
{
    sd_bus_message_unref(message);
}

void BusFree::operator()(sd_bus_slot *slot) const
{
    sd_bus_slot_unref(slot);
}

Result<std::unique_ptr<BusConnection>> BusConnection::open(bool userBus)
{
    sd_bus *bus = nullptr;
    const auto connect = userBus ? sd_bus_open_user : sd_bus_open_system;
    const int code = connect(&bus);
    if (code < 0) {
        const QString kind = userBus ? QStringLiteral("user") : QStringLiteral("system");
        const QString text = QStringLiteral("no ") + kind + QStringLiteral(" bus: ") + QString::fromLocal8Bit(std::strerror(-code));
        return failure(ErrorCode::Unavailable, text);
    }
    std::unique_ptr<BusConnection> connection(new BusConnection(bus));
    // systemd sends JobRemoved only while somebody subscribed. No answer is wanted, so it costs no round trip.
    sd_bus_call_method_async(bus, nullptr, systemdName, "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
                             "Subscribe", nullptr, nullptr, nullptr);
    return connection;
}

BusConnection::~BusConnection() = default;

bool BusConnection::alive()
{
    int code = 1;
    while (code > 0)
        code = sd_bus_process(m_bus.get(), nullptr);
    return code == 0 && sd_bus_is_open(m_bus.get()) > 0;
}

BusMessage BusConnection::managerCall(const char *member)
{
    return call("/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", member);
}

BusMessage BusConnection::call(const char *path, const char *interface, const char *member)
{
    sd_bus_message *message = nullptr;
    sd_bus_message_new_method_call(m_bus.get(), &message, systemdName, path, interface, member);
    return BusMessage(message);
}

std::unique_ptr<BusCall> BusConnection::send(BusMessage message, qint64 timeoutMs)
{
    auto call = std::make_unique<BusCall>();
    sd_bus_slot *slot = nullptr;
    const std::uint64_t limit = std::uint64_t(std::max<qint64>(timeoutMs, 1)) * 1000;
    const int code = message ? sd_bus_call_async(m_bus.get(), &slot, message.get(), onReply, call.get(), limit) : -ENOMEM;
    call->slot.reset(slot);
    if (code < 0) {
        call->errorName = QStringLiteral("org.freedesktop.DBus.Error.Disconnected");
        call->errorText = QString::fromLocal8Bit(std::strerror(-code));
    }
    return call;
}

BusWait BusConnection::runUntil(const std::function<bool()> &done, const BusLimit &limit)
{
    while (true) {
        const int code = sd_bus_process(m_bus.get(), nullptr);
        if (done())
            return BusWait::Done;
        if (code < 0)
            return BusWait::Broken;
        if (code > 0)
            continue;
        if (limit.token.isCancelled())
            return BusWait::Cancelled;
        if (Time::now() >= limit.deadline)
            return BusWait::Timeout;
        const int events = sd_bus_get_events(m_bus.get());
        pollfd entries[] = {{sd_bus_get_fd(m_bus.get()), short(std::max(events, 0)), 0}, {limit.token.fd(), POLLIN, 0}};
        if (poll(entries, 2, pollTime(m_bus.get(), limit.deadline)) < 0 && errno != EINTR)
            return BusWait::Broken;
    }
}

} // namespace prunella
