#include "core/recovery/UnitLook.h"

#include "core/recovery/UnitBus.h"

#include <array>
#include <systemd/sd-bus.h>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

using Time = std::chrono::steady_clock;
using std::chrono::milliseconds;

std::unique_ptr<BusCall> ask(BusConnection &bus, const QByteArray &path, const char *interface, const char *name)
{
    BusMessage message = bus.call(path.constData(), "org.freedesktop.DBus.Properties", "Get");
    if (message)
        sd_bus_message_append(message.get(), "ss", interface, name);
    return bus.send(std::move(message), 5000);
}

QString textOf(const BusCall &call)
{
    const char *text = nullptr;
    if (!call.ok() || sd_bus_message_read(call.reply.get(), "v", "s", &text) < 0)
        return {}; // not every kind of unit has it
    return QString::fromUtf8(text);
}

} // namespace

Result<UnitLook> lookAtUnit(const QString &unit, bool userBus, const CancelToken &token)
{
    const auto bus = BusConnection::open(userBus);
    if (!bus)
        return tl::unexpected(bus.error());
    const BusLimit limit{token, Time::now() + milliseconds(5000)};
    const auto list = (*bus)->send(listUnitMessage(**bus, unit), 5000);
    if ((*bus)->runUntil([&] { return list->answered(); }, limit) != BusWait::Done || !list->ok())
        return failure(ErrorCode::Unavailable, u"systemd does not answer about %1: "_s.arg(unit) + list->errorText);
    const Result<UnitRow> row = readUnitRow(*list, unit);
    if (!row)
        return tl::unexpected(row.error());
    constexpr auto unitInterface = "org.freedesktop.systemd1.Unit", service = "org.freedesktop.systemd1.Service";
    const std::array calls{ask(**bus, row->path, unitInterface, "CanReload"), ask(**bus, row->path, service, "MainPID"),
                           ask(**bus, row->path, service, "BusName"), ask(**bus, row->path, service, "ControlGroup")};
    const auto answered = [&] { return std::all_of(calls.begin(), calls.end(), [](const auto &call) { return call->answered(); }); };
    if ((*bus)->runUntil(answered, limit) != BusWait::Done)
        return failure(ErrorCode::Unavailable, u"systemd does not answer about "_s + unit);
    UnitLook look{row->loadState, row->activeState, false, 0, textOf(*calls[2]), textOf(*calls[3])};
    int reloads = 0;
    if (calls[0]->ok() && sd_bus_message_read(calls[0]->reply.get(), "v", "b", &reloads) >= 0)
        look.canReload = reloads != 0;
    quint32 pid = 0;
    if (calls[1]->ok() && sd_bus_message_read(calls[1]->reply.get(), "v", "u", &pid) >= 0)
        look.mainPid = pid;
    return look;
}

} // namespace prunella
