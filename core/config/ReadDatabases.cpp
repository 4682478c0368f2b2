// Monitors of databases, and those of plugins.
#include "core/config/ConfigReading.h"

#include <QDir>
#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

/// A socket's path needs no more than to be absolute: it may be there only while the server runs.
void readDatabaseAddress(YamlReader &reader, QString &out)
{
    reader.require("address"_L1, u"host:port or the absolute path of a socket"_s);
    if (reader.text("address"_L1, out) && !out.startsWith(u'/'))
        checkAddress(reader, "address"_L1, out);
}

/// Relative paths count from the file that names them.
void readPath(YamlReader &reader, QLatin1StringView key, QString &out)
{
    if (!reader.text(key, out) || out.isEmpty())
        return;
    const QDir beside(QFileInfo(reader.node(key)->at.file).absolutePath());
    out = QDir::cleanPath(beside.absoluteFilePath(out));
}

void readOwner(YamlReader &reader, const QStringList &services, QString &out)
{
    if (!reader.text("service"_L1, out) || services.contains(out))
        return;
    const QString no = u"\"%1\" is no service, "_s.arg(out);
    reader.problem("service"_L1, no + (services.isEmpty() ? u"there are none"_s : u"the nearest known one is \"%1\""_s.arg(nearestWord(out, services))));
}

void readDatabase(YamlReader &reader, const QStringList &services, MonitorConfig &out)
{
    readDatabaseAddress(reader, out.address);
    readOwner(reader, services, out.service);
    if (out.type == "postgresql"_L1) {
        reader.require("user"_L1, u"the role to log in as; it needs no rights beyond LOGIN"_s);
        reader.text("database"_L1, out.database);
    }
    reader.text("user"_L1, out.user);
    readPath(reader, "password_file"_L1, out.passwordFile);
}

} // namespace

bool readDatabaseMonitor(YamlReader &reader, const QStringList &services, MonitorConfig &out)
{
    const bool database = out.type == "postgresql"_L1 || out.type == "redis"_L1;
    if (!database && out.type != "plugin"_L1)
        return false;
    reader.require("name"_L1, u"a name, which tells its series apart"_s);
    reader.duration("timeout"_L1, out.timeoutMs, {1, 3600e3});
    if (database) {
        readDatabase(reader, services, out);
        return true;
    }
    reader.require("plugin"_L1, u"the path of the plugin such as /usr/local/lib/prunella/libmine.so"_s);
    readPath(reader, "plugin"_L1, out.plugin);
    reader.textMap("settings"_L1, out.settings);
    return true;
}

bool hasDatabaseMonitor(YamlReader &selfHealing)
{
    const YamlNodePtr list = selfHealing.node("monitors"_L1);
    for (const YamlEntry &entry : list ? list->entries : QList<YamlEntry>()) {
        const QString type = entry.value->textOf(u"type");
        if (type == "postgresql"_L1 || type == "redis"_L1)
            return true;
    }
    return false;
}

} // namespace prunella
