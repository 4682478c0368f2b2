#include "core/monitoring/UnitProperties.h"

#include <limits>
#include <systemd/sd-bus.h>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

using Setter = void (*)(sd_bus_message *, UnitState &);

template<QString UnitState::*Member>
void setText(sd_bus_message *message, UnitState &state)
{
    const char *text = nullptr;
    if (sd_bus_message_read_basic(message, SD_BUS_TYPE_STRING, &text) > 0)
        state.*Member = QString::fromUtf8(text);
}

template<auto Member, char Type, typename Wire>
void setNumber(sd_bus_message *message, UnitState &state)
{
    Wire value{};
    if (sd_bus_message_read_basic(message, Type, &value) > 0)
        state.*Member = value;
}

// Microseconds since 1970 on the wire.
void setExitTime(sd_bus_message *message, UnitState &state)
{
    uint64_t usec = 0;
    if (sd_bus_message_read_basic(message, SD_BUS_TYPE_UINT64, &usec) > 0)
        state.exitWallMs = usec == std::numeric_limits<uint64_t>::max() ? 0 : qint64(usec / 1000);
}

void setInvocation(sd_bus_message *message, UnitState &state)
{
    const void *bytes = nullptr;
    size_t size = 0;
    if (sd_bus_message_read_array(message, SD_BUS_TYPE_BYTE, &bytes, &size) > 0)
        state.invocationId = QString::fromLatin1(QByteArray(static_cast<const char *>(bytes), qsizetype(size)).toHex());
}

// systemd forgets the group when the unit stops; the evidence of an OOM kill still needs it afterwards.
void setControlGroup(sd_bus_message *message, UnitState &state)
{
    const char *text = nullptr;
    if (sd_bus_message_read_basic(message, SD_BUS_TYPE_STRING, &text) > 0 && *text)
        state.controlGroup = QString::fromUtf8(text);
}

/// The program of the first command: a(sasbttttuii).
void setBinary(sd_bus_message *message, UnitState &state)
{
    const char *path = nullptr;
    state.binary.clear();
    if (sd_bus_message_enter_container(message, SD_BUS_TYPE_ARRAY, "(sasbttttuii)") <= 0)
        return;
    while (sd_bus_message_enter_container(message, SD_BUS_TYPE_STRUCT, "sasbttttuii") > 0) {
        if (state.binary.isEmpty() && sd_bus_message_read_basic(message, SD_BUS_TYPE_STRING, &path) > 0)
            state.binary = QString::fromUtf8(path);
        else
            sd_bus_message_skip(message, "s");
        sd_bus_message_skip(message, "asbttttuii");
        sd_bus_message_exit_container(message);
    }
    sd_bus_message_exit_container(message);
}

/// systemd writes "!/path" where a missing directory is no failure.
void setWorkingDirectory(sd_bus_message *message, UnitState &state)
{
    setText<&UnitState::workingDirectory>(message, state);
    if (state.workingDirectory.startsWith(u'!'))
        state.workingDirectory.remove(0, 1);
}

/// The unit's own file stands before its drop-ins, which end in .conf.
void setFragment(sd_bus_message *message, UnitState &state)
{
    const char *path = nullptr;
    state.configFiles.removeIf([](const QString &file) { return !file.endsWith(u".conf"_s); });
    if (sd_bus_message_read_basic(message, SD_BUS_TYPE_STRING, &path) > 0 && *path)
        state.configFiles.prepend(QString::fromUtf8(path));
}

void setDropIns(sd_bus_message *message, UnitState &state)
{
    const char *path = nullptr;
    state.configFiles.removeIf([](const QString &file) { return file.endsWith(u".conf"_s); });
    if (sd_bus_message_enter_container(message, SD_BUS_TYPE_ARRAY, "s") <= 0)
        return;
    while (sd_bus_message_read_basic(message, SD_BUS_TYPE_STRING, &path) > 0)
        state.configFiles.append(QString::fromUtf8(path));
    sd_bus_message_exit_container(message);
}

struct Property { const char *type; Setter set; };

/// How it is set up: only the answer of GetAll holds it, and an invalidated one is not worth another question.
const QHash<QByteArrayView, Property> &settings()
{
    static const QHash<QByteArrayView, Property> known{
        {"ExecStart", {"a(sasbttttuii)", setBinary}},
        {"WorkingDirectory", {"s", setWorkingDirectory}},
        {"User", {"s", setText<&UnitState::user>}},
        {"FragmentPath", {"s", setFragment}},
        {"DropInPaths", {"as", setDropIns}},
    };
    return known;
}

const QHash<QByteArrayView, Property> &knownProperties()
{
    static const QHash<QByteArrayView, Property> known{
        {"LoadState", {"s", setText<&UnitState::loadState>}},
        {"ActiveState", {"s", setText<&UnitState::activeState>}},
        {"SubState", {"s", setText<&UnitState::subState>}},
        {"Result", {"s", setText<&UnitState::result>}},
        {"InvocationID", {"ay", setInvocation}},
        {"NRestarts", {"u", setNumber<&UnitState::restarts, SD_BUS_TYPE_UINT32, uint32_t>}},
        {"MainPID", {"u", setNumber<&UnitState::mainPid, SD_BUS_TYPE_UINT32, uint32_t>}},
        {"ExecMainCode", {"i", setNumber<&UnitState::exitCode, SD_BUS_TYPE_INT32, int32_t>}},
        {"ExecMainStatus", {"i", setNumber<&UnitState::exitStatus, SD_BUS_TYPE_INT32, int32_t>}},
        {"ExecMainExitTimestamp", {"t", setExitTime}},
        {"ControlGroup", {"s", setControlGroup}},
    };
    return known;
}

void readVariant(sd_bus_message *message, const char *name, UnitState &state)
{
    auto property = knownProperties().constFind(QByteArrayView(name));
    if (property == knownProperties().cend())
        property = settings().constFind(QByteArrayView(name));
    const bool ours = property != settings().cend();
    if (!ours || sd_bus_message_enter_container(message, SD_BUS_TYPE_VARIANT, property->type) <= 0) {
        sd_bus_message_skip(message, "v");
        return;
    }
    property->set(message, state);
    sd_bus_message_exit_container(message);
}

QString readTextVariant(sd_bus_message *message)
{
    const char *text = nullptr;
    if (sd_bus_message_enter_container(message, SD_BUS_TYPE_VARIANT, "s") <= 0)
        return {};
    const QString read = sd_bus_message_read_basic(message, SD_BUS_TYPE_STRING, &text) > 0 ? QString::fromUtf8(text) : QString();
    sd_bus_message_exit_container(message);
    return read;
}

bool readInvalidated(sd_bus_message *message)
{
    bool ours = false;
    const char *name = nullptr;
    if (sd_bus_message_enter_container(message, SD_BUS_TYPE_ARRAY, "s") <= 0)
        return false;
    while (sd_bus_message_read_basic(message, SD_BUS_TYPE_STRING, &name) > 0)
        ours = ours || knownProperties().contains(QByteArrayView(name));
    return ours;
}

} // namespace

UnitPropertiesRead readProperties(sd_bus_message *message, UnitState &state)
{
    UnitPropertiesRead read;
    if (sd_bus_message_enter_container(message, SD_BUS_TYPE_ARRAY, "{sv}") < 0)
        return read;
    const QString result = state.result;
    const quint32 restarts = state.restarts;
    int more = 0;
    while ((more = sd_bus_message_enter_container(message, SD_BUS_TYPE_DICT_ENTRY, "sv")) > 0) {
        const char *name = nullptr;
        if (sd_bus_message_read_basic(message, SD_BUS_TYPE_STRING, &name) <= 0)
            return read;
        if (QByteArrayView(name) == "Restart")
            read.restart = readTextVariant(message);
        else
            readVariant(message, name, state);
        sd_bus_message_exit_container(message);
    }
    sd_bus_message_exit_container(message);
    read.ok = more == 0;
    read.outcome = state.result != result || state.restarts != restarts;
    return read;
}

UnitPropertiesRead readPropertiesChanged(sd_bus_message *message, UnitState &state)
{
    const char *interface = nullptr;
    if (sd_bus_message_read_basic(message, SD_BUS_TYPE_STRING, &interface) <= 0)
        return {};
    const bool unitInterface = QByteArrayView(interface) == "org.freedesktop.systemd1.Unit";
    UnitPropertiesRead read = readProperties(message, state);
    read.unitInterface = unitInterface;
    read.invalidated = read.ok && readInvalidated(message);
    return read;
}

std::optional<quint64> readNumber(sd_bus_message *message)
{
    uint64_t value = 0;
    if (sd_bus_message_is_method_error(message, nullptr)
        || sd_bus_message_enter_container(message, SD_BUS_TYPE_VARIANT, "t") <= 0
        || sd_bus_message_read_basic(message, SD_BUS_TYPE_UINT64, &value) <= 0)
        return std::nullopt;
    if (value == std::numeric_limits<uint64_t>::max())
        return std::nullopt;
    return value;
}

QString readText(sd_bus_message *message)
{
    const char *text = nullptr;
    if (sd_bus_message_is_method_error(message, nullptr)
        || sd_bus_message_enter_container(message, SD_BUS_TYPE_VARIANT, "s") <= 0
        || sd_bus_message_read_basic(message, SD_BUS_TYPE_STRING, &text) <= 0)
        return {};
    return QString::fromUtf8(text);
}

} // namespace prunella
