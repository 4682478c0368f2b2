#include "core/monitoring/ChangePaths.h"

#include "core/monitoring/ChangeInotify.h"

#include <QDir>
#include <QFileInfo>
#include <QSet>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

bool looksLikeConfiguration(const QString &path, const QString &optionBefore)
{
    static const QSet<QString> endings{u"conf"_s, u"cfg"_s, u"cnf"_s, u"config"_s, u"ini"_s, u"yaml"_s, u"yml"_s, u"json"_s,
        u"toml"_s, u"xml"_s, u"properties"_s, u"env"_s, u"rules"_s, u"py"_s, u"rb"_s, u"pl"_s, u"sh"_s, u"php"_s, u"js"_s, u"jar"_s};
    return path.startsWith(u"/etc/"_s) || endings.contains(QFileInfo(path).suffix().toLower())
        || optionBefore.contains(u"conf"_s, Qt::CaseInsensitive);
}

QString directoryOf(const QString &pattern)
{
    return QFileInfo(pattern).path();
}

QStringList unitDirectories(bool userManager)
{
    QStringList base{u"/etc/systemd"_s, u"/run/systemd"_s, u"/usr/local/lib/systemd"_s, u"/usr/lib/systemd"_s};
    QStringList directories;
    for (const QString &folder : base)
        directories.append(folder + (userManager ? u"/user"_s : u"/system"_s));
    if (userManager) {
        const QString home = qEnvironmentVariable("XDG_CONFIG_HOME", QDir::homePath() + u"/.config"_s);
        directories.prepend(home + u"/systemd/user"_s);
    }
    return directories;
}

void add(QList<WatchedPath> &out, const QString &component, const QString &path, bool pattern = false)
{
    const WatchedPath entry{component, QDir::cleanPath(path), pattern};
    if (path.startsWith(u'/') && !out.contains(entry))
        out.append(entry);
}

} // namespace

QStringList configArguments(const QStringList &command, const QString &workingDirectory)
{
    QStringList found;
    for (qsizetype i = 1; i < command.size(); ++i) {
        QString option = command[i - 1].startsWith(u'-') ? command[i - 1] : QString();
        QString word = command[i];
        if (word.startsWith(u'-') && word.contains(u'=')) {
            option = word.section(u'=', 0, 0);
            word = word.section(u'=', 1);
        }
        if (word.isEmpty() || word.startsWith(u'-') || word.contains(u'\n') || (!word.startsWith(u'/') && workingDirectory.isEmpty()))
            continue;
        const QString path = QDir::cleanPath(word.startsWith(u'/') ? word : QString(workingDirectory + u'/' + word));
        if (looksLikeConfiguration(path, option) && QFileInfo(path).isFile() && !found.contains(path))
            found.append(path);
    }
    return found;
}

QStringList unitPatterns(const QString &unit, bool userManager)
{
    QStringList names{unit};
    if (const qsizetype at = unit.indexOf(u'@'), dot = unit.lastIndexOf(u'.'); at > 0 && dot > at + 1)
        names.append(unit.left(at + 1) + unit.mid(dot));
    QStringList patterns;
    for (const QString &directory : unitDirectories(userManager)) {
        for (const QString &name : std::as_const(names))
            patterns.append(directory + u'/' + name + u".d/*.conf"_s);
    }
    return patterns;
}

QList<WatchedPath> configuredPaths(const ServiceConfig &service)
{
    QList<WatchedPath> paths;
    for (const QString &path : service.configFiles)
        add(paths, service.name, path, hasWildcard(path.section(u'/', -1)));
    if (service.manager == Manager::Process) {
        for (const QString &path : configArguments(service.command, service.workingDirectory))
            add(paths, service.name, path);
    }
    return paths;
}

QList<WatchedPath> unitPaths(const ServiceConfig &service, const UnitFileFacts &facts)
{
    QList<WatchedPath> paths;
    const bool user = service.manager == Manager::SystemdUser;
    const QStringList patterns = unitPatterns(service.unit, user);
    QSet<QString> directories;
    for (const QString &pattern : patterns) {
        add(paths, service.name, pattern, true);
        directories.insert(directoryOf(pattern));
    }
    for (const QString &directory : unitDirectories(user))
        add(paths, service.name, directory + u'/' + service.unit); // one that comes before the present one may appear
    add(paths, service.name, facts.fragment);
    add(paths, service.name, facts.source);
    for (const QString &path : facts.dropIns) {
        if (!directories.contains(QFileInfo(path).path()))
            add(paths, service.name, path);
    }
    for (const QString &path : facts.environmentFiles)
        add(paths, service.name, path, hasWildcard(path.section(u'/', -1)));
    for (const QStringList &command : facts.commands) {
        for (const QString &path : configArguments(command))
            add(paths, service.name, path);
    }
    return paths;
}

QStringList ownedPaths(const ServiceConfig &service, const UnitFileFacts &facts)
{
    QStringList paths{facts.fragment};
    for (const QStringList &command : facts.commands)
        paths.append(command.value(0));
    if (service.manager == Manager::Process)
        paths.append(service.command.value(0));
    paths.removeIf([](const QString &path) { return !path.startsWith(u'/'); });
    paths.removeDuplicates();
    return paths;
}

} // namespace prunella
