#include "core/recovery/UnitBus.h"

#include <QByteArray>

#include <array>
#include <systemd/sd-bus.h>

namespace prunella {
namespace {

constexpr auto unitInterface = "org.freedesktop.systemd1.Unit";

std::unique_ptr<BusCall> askProperty(BusConnection &bus, const QByteArray &path, const char *interface, const char *name)
{
    BusMessage message = bus.call(path.constData(), "org.freedesktop.DBus.Properties", "Get");
    if (message)
        sd_bus_message_append(message.get(), "ss", interface, name);
    return bus.send(std::move(message), 25'000);
}

QString textOf(const BusCall &call)
{
    const char *text = nullptr;
    if (!call.ok() || sd_bus_message_read(call.reply.get(), "v", "s", &text) < 0)
        return {};
    return QString::fromUtf8(text);
}

QString bytesOf(const BusCall &call)
{
    const void *bytes = nullptr;
    std::size_t size = 0;
    if (!call.ok() || sd_bus_message_enter_container(call.reply.get(), 'v', "ay") < 0
        || sd_bus_message_read_array(call.reply.get(), 'y', &bytes, &size) < 0)
        return {};
    return QString::fromLatin1(QByteArray(static_cast<const char *>(bytes), int(size)).toHex());
}

} // namespace

QByteArray typeInterface(const QString &unit)
{
    QByteArray type = unit.mid(unit.lastIndexOf(u'.') + 1).toLatin1();
    if (!type.isEmpty())
        type[0] = char(toupper(type[0]));
    return "org.freedesktop.systemd1." + type;
}

BusMessage listUnitMessage(BusConnection &bus, const QString &unit)
{
    BusMessage message = bus.managerCall("ListUnitsByNames");
    if (message)
        sd_bus_message_append(message.get(), "as", 1, unit.toUtf8().constData());
    return message;
}

Result<UnitRow> readUnitRow(BusCall &call, const QString &unit)
{
    const char *load = nullptr, *active = nullptr, *sub = nullptr, *path = nullptr;
    UnitRow row;
    if (!call.ok() || sd_bus_message_enter_container(call.reply.get(), 'a', "(ssssssouso)") < 0)
        return failure(ErrorCode::Io, QStringLiteral("systemd's answer about ") + unit + QStringLiteral(" cannot be read"));
    // systemd leaves names out that cannot be a unit's.
    if (sd_bus_message_read(call.reply.get(), "(ssssssouso)", nullptr, nullptr, &load, &active, &sub, nullptr, &path, &row.jobId, nullptr,
                            nullptr) <= 0)
        return failure(ErrorCode::Invalid, u'"' + unit + QStringLiteral("\" is no unit name: correct `unit`"));
    row.loadState = QString::fromUtf8(load);
    row.activeState = QString::fromUtf8(active);
    row.subState = QString::fromUtf8(sub);
    row.path = path;
    return row;
}

BusWait readUnitFacts(BusConnection &bus, const QString &unit, const QByteArray &path, const BusLimit &limit, UnitFacts *facts)
{
    const QByteArray type = typeInterface(unit);
    // All sent before the first answer is awaited: one round trip. State first, so that a later exit does not hide.
    const std::array calls{
        askProperty(bus, path, unitInterface, "ActiveState"), askProperty(bus, path, unitInterface, "SubState"),
        askProperty(bus, path, type.constData(), "Result"), askProperty(bus, path, unitInterface, "InvocationID"),
        askProperty(bus, path, type.constData(), "MainPID"), askProperty(bus, path, unitInterface, "ConditionResult"),
        askProperty(bus, path, unitInterface, "ConditionTimestamp")};
    const auto answered = [&] {
        return std::all_of(calls.begin(), calls.end(), [](const auto &call) { return call->answered(); });
    };
    if (const BusWait wait = bus.runUntil(answered, limit); wait != BusWait::Done)
        return wait;
    facts->activeState = textOf(*calls[0]);
    facts->subState = textOf(*calls[1]);
    facts->result = textOf(*calls[2]);
    facts->invocationId = bytesOf(*calls[3]);
    facts->mainPid = 0;
    if (calls[4]->ok())
        sd_bus_message_read(calls[4]->reply.get(), "v", "u", &facts->mainPid);
    int held = 1;
    std::uint64_t tested = 0; // never, for a oneshot unit that systemd has unloaded again
    if (calls[5]->ok() && calls[6]->ok()) {
        sd_bus_message_read(calls[5]->reply.get(), "v", "b", &held);
        sd_bus_message_read(calls[6]->reply.get(), "v", "t", &tested);
    }
    facts->conditionsHeld = held != 0 || tested == 0;
    return BusWait::Done;
}

} // namespace prunella
