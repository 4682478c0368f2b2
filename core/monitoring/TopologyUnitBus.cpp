#include "core/monitoring/TopologyUnitBus.h"
#include "core/monitoring/SystemdBus.h"

#include <QStandardPaths>

#include <cerrno>
#include <systemd/sd-bus.h>

namespace prunella {
namespace {

using namespace Qt::StringLiterals;

struct MessageDeleter { void operator()(sd_bus_message *message) const { sd_bus_message_unref(message); } };
using Message = std::unique_ptr<sd_bus_message, MessageDeleter>;

QStringList readTexts(sd_bus_message *message)
{
    QStringList texts;
    const char *text = nullptr;
    if (sd_bus_message_enter_container(message, SD_BUS_TYPE_VARIANT, "as") <= 0)
        return texts;
    if (sd_bus_message_enter_container(message, SD_BUS_TYPE_ARRAY, "s") > 0) {
        while (sd_bus_message_read_basic(message, SD_BUS_TYPE_STRING, &text) > 0)
            texts.append(QString::fromUtf8(text));
        sd_bus_message_exit_container(message);
    }
    sd_bus_message_exit_container(message);
    return texts;
}

QString readString(sd_bus_message *message)
{
    const char *text = nullptr;
    sd_bus_message_read(message, "v", "s", &text);
    return QString::fromUtf8(text);
}

/// The lists of names by property; the folders as systemd has them: relative names below folders of their kind.
struct Properties {
    QMap<QByteArray, QStringList> lists;
    QMap<QByteArray, QString> texts;
};

bool isList(QByteArrayView name)
{
    static const QSet<QByteArray> names{"Requires", "Requisite", "BindsTo", "Wants", "After", "Triggers",
                                        "StateDirectory", "CacheDirectory", "LogsDirectory"};
    return names.contains(name.toByteArray());
}

bool isText(QByteArrayView name)
{
    return name == "Id" || name == "LoadState" || name == "WorkingDirectory";
}

void readAll(sd_bus_message *message, Properties &properties)
{
    if (sd_bus_message_enter_container(message, SD_BUS_TYPE_ARRAY, "{sv}") <= 0)
        return;
    while (sd_bus_message_enter_container(message, SD_BUS_TYPE_DICT_ENTRY, "sv") > 0) {
        const char *name = nullptr;
        if (sd_bus_message_read_basic(message, SD_BUS_TYPE_STRING, &name) <= 0)
            return;
        if (isList(name))
            properties.lists.insert(name, readTexts(message));
        else if (isText(name))
            properties.texts.insert(name, readString(message));
        else
            sd_bus_message_skip(message, "v");
        sd_bus_message_exit_container(message);
    }
}

/// systemd.exec(5), the table of StateDirectory=
QString baseOf(const QByteArray &kind, bool user)
{
    const bool state = kind == "StateDirectory", cache = kind == "CacheDirectory";
    if (!user)
        return state ? u"/var/lib/"_s : cache ? u"/var/cache/"_s : u"/var/log/"_s;
    const QString home = QStandardPaths::writableLocation(QStandardPaths::HomeLocation);
    const QString states = qEnvironmentVariable("XDG_STATE_HOME", home + u"/.local/state"_s);
    if (cache)
        return QStandardPaths::writableLocation(QStandardPaths::GenericCacheLocation) + u'/';
    return states + (state ? u"/"_s : u"/log/"_s);
}

QStringList foldersOf(const Properties &properties, bool user)
{
    QStringList folders;
    QString working = properties.texts.value("WorkingDirectory");
    if (working.startsWith(u'!') || working.startsWith(u'-'))
        working.remove(0, 1); // "may be missing"
    if (working.startsWith(u'/'))
        folders.append(working);
    for (const QByteArray &kind : {QByteArray("StateDirectory"), QByteArray("CacheDirectory"), QByteArray("LogsDirectory")}) {
        for (const QString &name : properties.lists.value(kind))
            folders.append(baseOf(kind, user) + name.section(u':', 0, 0));
    }
    return folders;
}

void takeLinks(const Properties &properties, UnitLinks &links)
{
    links.id = properties.texts.value("Id");
    links.needs = properties.lists.value("Requires") + properties.lists.value("Requisite");
    links.bindsTo = properties.lists.value("BindsTo");
    links.wants = properties.lists.value("Wants");
    links.after = properties.lists.value("After");
    links.triggers = properties.lists.value("Triggers");
    for (QStringList *list : {&links.needs, &links.bindsTo, &links.wants, &links.after, &links.triggers})
        list->sort(); // systemd's order is that of a hash
}

} // namespace

void TopologyUnitBus::BusDeleter::operator()(sd_bus *bus) const
{
    sd_bus_close_unref(bus);
}

Status TopologyUnitBus::open(int answerMs)
{
    sd_bus *bus = nullptr;
    const int opened = m_userBus ? sd_bus_open_user_with_description(&bus, "prunella topology")
                                 : sd_bus_open_system_with_description(&bus, "prunella topology");
    if (opened < 0) {
        m_problem = QStringLiteral("dependencies of units are not known: no %1: %2")
                        .arg(m_userBus ? u"user bus"_s : u"system bus"_s, errnoText(opened));
        return failure(ErrorCode::Unavailable, m_problem);
    }
    m_bus.reset(bus);
    sd_bus_set_method_call_timeout(bus, uint64_t(answerMs) * 1000);
    return {};
}

bool TopologyUnitBus::getAll(const QString &unit, const char *interface, UnitLinks &links)
{
    char *path = nullptr;
    if (!m_bus || ++m_questions > kMostQuestions || sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit.toUtf8().constData(), &path) < 0) {
        if (m_questions == kMostQuestions + 1)
            m_problem = QStringLiteral("only the first %1 units were asked for their dependencies").arg(kMostQuestions);
        return false;
    }
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *answer = nullptr;
    const int called = sd_bus_call_method(m_bus.get(), "org.freedesktop.systemd1", path, "org.freedesktop.DBus.Properties",
                                          "GetAll", &error, &answer, "s", interface);
    free(path);
    const Message message(answer);
    const bool silent = called == -ETIMEDOUT || called == -ECONNRESET || called == -ENOTCONN || called == -EPIPE;
    if (silent) {
        m_problem = QStringLiteral("systemd does not answer on the %1: %2").arg(m_userBus ? u"user bus"_s : u"system bus"_s, errnoText(called));
        m_bus.reset();
    }
    sd_bus_error_free(&error);
    if (called < 0)
        return false;
    Properties properties;
    readAll(answer, properties);
    if (QByteArrayView(interface).endsWith("Service")) {
        links.folders = foldersOf(properties, m_userBus);
        return true;
    }
    takeLinks(properties, links);
    return properties.texts.value("LoadState") == "loaded"_L1;
}

std::optional<UnitLinks> TopologyUnitBus::read(const QString &unit, bool folders)
{
    UnitLinks links;
    if (!getAll(unit, "org.freedesktop.systemd1.Unit", links))
        return std::nullopt;
    if (folders && links.id.endsWith(".service"_L1))
        static_cast<void>(getAll(unit, "org.freedesktop.systemd1.Service", links)); // folders are an extra
    return links;
}

} // namespace prunella
