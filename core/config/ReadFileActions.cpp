// What a service lets the engine change or run beside a restart: timeouts, disk rules, commands.
#include "core/config/ConfigReading.h"

#include <QDir>
#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

constexpr double kDayMs = 86'400e3;

bool isAbsolute(YamlReader &reader, QLatin1StringView key, const QString &path)
{
    if (path.isEmpty() || (path.startsWith(u'/') && QDir::cleanPath(path) == path))
        return true;
    reader.problem(key, u"is \"%1\", expected an absolute path without .. and // in it"_s.arg(path));
    return false;
}

std::optional<FileFormat> formatWord(const QString &word)
{
    static const QStringList words{u"yaml"_s, u"ini"_s, u"json"_s, u"dotenv"_s, u"systemd"_s};
    const qsizetype index = words.indexOf(word);
    return index < 0 ? std::nullopt : std::optional(FileFormat(index));
}

/// What a file's name says of it; nothing when it says nothing.
std::optional<FileFormat> formatOf(const QString &file)
{
    static const QRegularExpression unit(u"(^/(etc|run|usr/lib|lib)/systemd/.*\\.conf|\\.(service|socket|timer|mount|slice|path|swap|target|scope))$"_s);
    const QString name = file.section(u'/', -1), ending = name.section(u'.', -1).toLower();
    if (unit.match(file).hasMatch())
        return FileFormat::Systemd;
    if (name == ".env"_L1 || name.startsWith(".env."_L1) || ending == "env"_L1)
        return FileFormat::Dotenv;
    if (ending == "yaml"_L1 || ending == "yml"_L1)
        return FileFormat::Yaml;
    if (ending == "json"_L1)
        return FileFormat::Json;
    if (ending == "ini"_L1 || ending == "cfg"_L1)
        return FileFormat::Ini;
    return {};
}

void readFormat(YamlReader &reader, TimeoutConfig &out)
{
    QString word;
    const bool written = reader.choice("format"_L1, word, {u"yaml"_s, u"ini"_s, u"json"_s, u"dotenv"_s, u"systemd"_s});
    const std::optional<FileFormat> format = written ? formatWord(word) : formatOf(out.file);
    if (format)
        out.format = *format;
    else if (!reader.has("format"_L1) && !out.file.isEmpty())
        reader.problem("file"_L1, u"does not say by its name what format it has; add format: yaml, ini, json, dotenv or systemd"_s);
    if (out.format == FileFormat::Systemd && !out.key.isEmpty() && !out.key.contains(u'.'))
        reader.problem("key"_L1, u"is \"%1\", expected a section and a setting such as Service.TimeoutStopSec"_s.arg(out.key));
}

void readApply(YamlReader &reader, Manager manager, TimeoutConfig &out)
{
    QString word;
    if (reader.choice("apply"_L1, word, {u"reload"_s, u"restart"_s}))
        out.apply = word == "reload"_L1 ? ApplyBy::Reload : ApplyBy::Restart;
    const bool systemd = manager == Manager::Systemd || manager == Manager::SystemdUser;
    if (out.apply == ApplyBy::Reload && !systemd)
        reader.problem("apply"_L1, u"is reload, but only units of systemd are reloaded; expected restart"_s);
    if (out.format == FileFormat::Systemd && !systemd)
        reader.problem("file"_L1, u"is a unit file, but the service's manager is %1"_s.arg(toString(manager)));
}

TimeoutConfig readTimeout(YamlReader &reader, Manager manager, UniqueNames &names)
{
    TimeoutConfig out;
    reader.require("name"_L1, u"a name for the timeout"_s);
    if (reader.text("name"_L1, out.name))
        names.take(reader, "name"_L1, out.name);
    reader.require("file"_L1, u"the absolute path of the file"_s);
    if (reader.text("file"_L1, out.file))
        isAbsolute(reader, "file"_L1, out.file);
    reader.require("key"_L1, u"where the value stands, such as upstream.timeout"_s);
    reader.text("key"_L1, out.key);
    reader.choice("unit"_L1, out.unit, {u"ms"_s, u"s"_s, u"m"_s, u"h"_s, u"d"_s});
    if (reader.number("step"_L1, out.step, {1, 100}) && out.step == 1)
        reader.problem("step"_L1, u"is 1, which changes nothing; expected more than 1"_s);
    reader.require("max"_L1, u"the most that may be set, in %1"_s.arg(out.unit));
    reader.number("max"_L1, out.max, {0, 1e9});
    readFormat(reader, out);
    readApply(reader, manager, out);
    return out;
}

void readJournal(YamlReader &reader, DiskRuleConfig &out)
{
    out.kind = DiskRuleConfig::Kind::Journal;
    reader.map("journal"_L1, [&out](YamlReader &journal) {
        journal.size("vacuum_size"_L1, out.vacuumSize, {1, 1e15});
        journal.duration("vacuum_time"_L1, out.vacuumTimeMs, {60e3, 3650 * kDayMs});
        if (!out.vacuumSize && !out.vacuumTimeMs)
            journal.problem(u"says nothing, expected vacuum_size, vacuum_time or both"_s);
    });
}

/// A pattern stays below its folder whatever it says; what cannot match anything is a mistake.
void checkPatterns(YamlReader &reader, const QStringList &patterns)
{
    if (patterns.isEmpty() && reader.has("files"_L1))
        reader.problem("files"_L1, u"is empty, expected patterns such as [\"*.log.*\"]"_s);
    for (const QString &pattern : patterns) {
        const QStringList parts = pattern.split(u'/');
        if (parts.contains(QString()) || parts.contains(".."_L1) || parts.contains("."_L1) || parts.contains("**"_L1))
            reader.problem("files"_L1, u"has \"%1\", expected a pattern below the folder such as *.log or */*.log"_s.arg(pattern));
    }
}

void readFolder(YamlReader &reader, DiskRuleConfig &out)
{
    reader.require("folder"_L1, u"the absolute path of a folder, or journal, or package_cache"_s);
    if (reader.text("folder"_L1, out.folder) && isAbsolute(reader, "folder"_L1, out.folder) && out.folder == "/"_L1)
        reader.problem("folder"_L1, u"is the root of all files, expected the folder of what may go"_s);
    reader.require("files"_L1, u"patterns such as [\"*.log.*\"]"_s);
    reader.texts("files"_L1, out.patterns);
    checkPatterns(reader, out.patterns);
    reader.require("older_than"_L1, u"a duration such as 7d: younger files stay"_s);
    reader.duration("older_than"_L1, out.olderThanMs, {60e3, 3650 * kDayMs});
    reader.integer("keep_newest"_L1, out.keepNewest, {0, 1e6});
    reader.size("max_bytes"_L1, out.maxBytes, {1, 1e15});
}

DiskRuleConfig readDiskRule(YamlReader &reader)
{
    DiskRuleConfig rule;
    const int kinds = int(reader.has("journal"_L1)) + int(reader.has("package_cache"_L1)) + int(reader.has("folder"_L1));
    if (kinds > 1) {
        reader.problem(u"is more than one rule, expected one of journal, package_cache and folder"_s);
        reader.acceptAnyKey();
        return rule;
    }
    if (reader.has("journal"_L1)) {
        readJournal(reader, rule);
    } else if (reader.has("package_cache"_L1)) {
        QString word;
        rule.kind = DiskRuleConfig::Kind::PackageCache;
        reader.choice("package_cache"_L1, word, {u"apt"_s});
    } else {
        readFolder(reader, rule);
    }
    return rule;
}

CommandConfig readOneCommand(const QString &name, YamlReader &reader)
{
    CommandConfig out;
    out.name = name;
    reader.require("command"_L1, u"a list such as [/usr/bin/program, argument]"_s);
    readCommand(reader, "command"_L1, out.command);
    reader.text("user"_L1, out.user);
    if (reader.text("working_directory"_L1, out.workingDirectory))
        isAbsolute(reader, "working_directory"_L1, out.workingDirectory);
    reader.textMap("environment"_L1, out.environment);
    for (const QString &variable : out.environment.keys()) {
        if (variable.isEmpty() || variable.contains(u'='))
            reader.problem("environment"_L1, u"has \"%1\", which is no name of a variable"_s.arg(variable));
    }
    reader.duration("timeout"_L1, out.timeoutMs, {100, kDayMs});
    reader.boolean("idempotent"_L1, out.idempotent);
    reader.texts("causes"_L1, out.causes);
    return out;
}

} // namespace

void readDiskRules(YamlReader &reader, QList<DiskRuleConfig> &out)
{
    reader.list("disk_rules"_L1, [&out](YamlReader &rule) { out.append(readDiskRule(rule)); });
}

void readFileActions(YamlReader &service, ServiceConfig &out)
{
    UniqueNames names;
    service.list("timeouts"_L1, [&](YamlReader &reader) { out.timeouts.append(readTimeout(reader, out.manager, names)); });
    readDiskRules(service, out.diskRules);
    service.maps("commands"_L1, [&out](const QString &name, YamlReader &reader) { out.commands.append(readOneCommand(name, reader)); });
}

} // namespace prunella
