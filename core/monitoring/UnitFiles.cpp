#include "core/monitoring/UnitFiles.h"

#include <systemd/sd-bus.h>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr auto managerPath = "/org/freedesktop/systemd1";
constexpr auto manager = "org.freedesktop.systemd1.Manager";
constexpr int retryMs = 30'000;

QString textOf(sd_bus_message *message)
{
    const char *text = nullptr;
    return sd_bus_message_read_basic(message, SD_BUS_TYPE_STRING, &text) > 0 ? QString::fromUtf8(text) : QString();
}

QStringList textsOf(sd_bus_message *message)
{
    QStringList texts;
    if (sd_bus_message_enter_container(message, SD_BUS_TYPE_ARRAY, "s") < 0)
        return texts;
    const char *text = nullptr;
    while (sd_bus_message_read_basic(message, SD_BUS_TYPE_STRING, &text) > 0)
        texts.append(QString::fromUtf8(text));
    sd_bus_message_exit_container(message);
    return texts;
}

/// a(sb): path, whether it may be missing
void readEnvironmentFiles(sd_bus_message *message, UnitFileFacts &facts)
{
    if (sd_bus_message_enter_container(message, SD_BUS_TYPE_ARRAY, "(sb)") < 0)
        return;
    const char *path = nullptr;
    int optional = 0;
    while (sd_bus_message_read(message, "(sb)", &path, &optional) > 0)
        facts.environmentFiles.append(QString::fromUtf8(path));
    sd_bus_message_exit_container(message);
}

/// a(sasbttttuii): program, arguments, and how it ran last
void readCommands(sd_bus_message *message, UnitFileFacts &facts)
{
    if (sd_bus_message_enter_container(message, SD_BUS_TYPE_ARRAY, "(sasbttttuii)") < 0)
        return;
    while (sd_bus_message_enter_container(message, SD_BUS_TYPE_STRUCT, "sasbttttuii") > 0) {
        const QString program = textOf(message);
        QStringList command = textsOf(message);
        if (!command.isEmpty())
            command[0] = program; // argv[0] may be any name
        facts.commands.append(command);
        sd_bus_message_skip(message, "bttttuii");
        sd_bus_message_exit_container(message);
    }
    sd_bus_message_exit_container(message);
}

struct Property { const char *type; void (*read)(sd_bus_message *, UnitFileFacts &); };

const QHash<QByteArrayView, Property> &knownProperties()
{
    static const QHash<QByteArrayView, Property> known{
        {"FragmentPath", {"s", [](sd_bus_message *message, UnitFileFacts &facts) { facts.fragment = textOf(message); }}},
        {"SourcePath", {"s", [](sd_bus_message *message, UnitFileFacts &facts) { facts.source = textOf(message); }}},
        {"DropInPaths", {"as", [](sd_bus_message *message, UnitFileFacts &facts) { facts.dropIns = textsOf(message); }}},
        {"EnvironmentFiles", {"a(sb)", readEnvironmentFiles}},
        {"ExecStart", {"a(sasbttttuii)", readCommands}},
        {"ExecStartPre", {"a(sasbttttuii)", readCommands}},
        {"ExecReload", {"a(sasbttttuii)", readCommands}},
    };
    return known;
}

} // namespace

bool readUnitFiles(sd_bus_message *answer, UnitFileFacts &facts)
{
    if (sd_bus_message_enter_container(answer, SD_BUS_TYPE_ARRAY, "{sv}") < 0)
        return false;
    while (sd_bus_message_enter_container(answer, SD_BUS_TYPE_DICT_ENTRY, "sv") > 0) {
        const char *name = nullptr;
        if (sd_bus_message_read_basic(answer, SD_BUS_TYPE_STRING, &name) <= 0)
            return false;
        const auto property = knownProperties().constFind(QByteArrayView(name));
        if (property != knownProperties().cend() && sd_bus_message_enter_container(answer, SD_BUS_TYPE_VARIANT, property->type) > 0) {
            property->read(answer, facts);
            sd_bus_message_exit_container(answer);
        } else {
            sd_bus_message_skip(answer, "v");
        }
        sd_bus_message_exit_container(answer);
    }
    sd_bus_message_exit_container(answer);
    return true;
}

UnitFiles::UnitFiles(bool userBus, QObject *parent) : QObject(parent), m_bus(userBus)
{
    m_retry.setSingleShot(true);
    m_retry.setInterval(retryMs);
    connect(&m_retry, &QTimer::timeout, this, &UnitFiles::connectBus);
    connect(&m_bus, &SystemdBus::lost, &m_retry, qOverload<>(&QTimer::start));
}

void UnitFiles::setUnits(const QStringList &units)
{
    std::erase_if(m_units, [&units](const auto &entry) { return !units.contains(entry.first); });
    for (const QString &unit : units) {
        const bool fresh = m_units.try_emplace(unit).second;
        if (fresh && m_bus.isOpen())
            read(unit);
    }
}

void UnitFiles::start()
{
    if (!std::exchange(m_started, true))
        connectBus();
}

void UnitFiles::stop()
{
    m_started = false;
    m_retry.stop();
    m_matches.clear();
    m_bus.close();
}

void UnitFiles::connectBus()
{
    m_matches.clear();
    m_bus.close();
    if (!m_bus.open())
        return m_retry.start();
    m_matches.push_back(m_bus.addMatch(u"type='signal',sender='org.freedesktop.systemd1',path='/org/freedesktop/systemd1',"
                                       "interface='org.freedesktop.systemd1.Manager',member='Reloading'"_s,
                                       [this](sd_bus_message *message) {
                                           int active = 0;
                                           if (sd_bus_message_read(message, "b", &active) > 0 && !active)
                                               readAll();
                                       }));
    m_matches.push_back(m_bus.addMatch(u"type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
                                       "member='NameOwnerChanged',arg0='org.freedesktop.systemd1'"_s,
                                       [this](sd_bus_message *) { subscribe(); })); // early in the boot systemd comes after its bus
    subscribe();
}

/// Without it systemd sends no signals. An error may mean that this connection has subscribed before: asked all the same.
void UnitFiles::subscribe()
{
    m_bus.call(managerPath, manager, "Subscribe", {}, [this](sd_bus_message *) { readAll(); });
}

void UnitFiles::readAll()
{
    for (const auto &[unit, facts] : m_units)
        read(unit);
}

void UnitFiles::read(const QString &unit)
{
    m_bus.call(managerPath, manager, "LoadUnit", {unit.toUtf8()}, [this, unit](sd_bus_message *answer) {
        const char *path = nullptr;
        if (!busError(answer).isEmpty() || sd_bus_message_read(answer, "o", &path) < 0)
            return; // such a unit has no files yet; asked again after the next daemon-reload
        m_bus.call(path, "org.freedesktop.DBus.Properties", "GetAll", {""}, [this, unit](sd_bus_message *all) { onRead(unit, all); });
    });
}

void UnitFiles::onRead(const QString &unit, sd_bus_message *answer)
{
    const auto it = m_units.find(unit);
    UnitFileFacts facts;
    if (it == m_units.end() || !busError(answer).isEmpty() || !readUnitFiles(answer, facts) || it->second == facts)
        return;
    it->second = facts;
    Q_EMIT told(unit, facts); // last: a receiver may change the units
}

} // namespace prunella
