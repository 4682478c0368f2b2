#include "core/config/ConfigSources.h"

#include <QDir>
#include <QFileInfo>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

QStringList confDirectory(const QString &baseFile)
{
    const QDir folder(QFileInfo(baseFile).absolutePath() + u"/conf.d"_s);
    QStringList files;
    const QStringList names = folder.entryList({u"*.yaml"_s}, QDir::Files, QDir::Name);
    for (const QString &name : names)
        files.append(folder.filePath(name));
    return files;
}

} // namespace

QString userConfigFile()
{
    QString folder = qEnvironmentVariable("XDG_CONFIG_HOME");
    if (!QDir::isAbsolutePath(folder)) // the XDG specification: a relative path is ignored
        folder = QDir::homePath() + u"/.config"_s;
    return QDir::cleanPath(folder + u"/prunella/config.yaml"_s);
}

ConfigSources defaultSources(const QString &configFlag, const QString &environmentFlag)
{
    ConfigSources sources;
    sources.environment = environmentFlag.isEmpty() ? qEnvironmentVariable("PRUNELLA_ENVIRONMENT") : environmentFlag;
    sources.explicitFile = !configFlag.isEmpty();
    QStringList bases{configFlag};
    if (!sources.explicitFile)
        bases = {u"/etc/prunella/config.yaml"_s, userConfigFile()};
    for (const QString &base : std::as_const(bases)) {
        if (sources.explicitFile || QFileInfo::exists(base))
            sources.files.append(base);
    }
    for (const QString &base : std::as_const(bases))
        sources.files += confDirectory(base);
    return sources;
}

std::optional<ConfigProblem> ownershipProblem(const QString &file)
{
    const QFileInfo info(file);
    if (!info.isFile())
        return std::nullopt;
    const auto refused = [&file](const QString &text) {
        return ConfigProblem{ProblemLevel::Error, file, 0, 0, {}, text};
    };
    const uint owner = info.ownerId();
    if (owner != 0 && owner != geteuid()) {
        return refused(u"refused: it belongs to user %1, who could decide which commands run; do: chown %2 %3"_s
                           .arg(owner).arg(geteuid()).arg(file));
    }
    if (info.permissions() & (QFile::WriteGroup | QFile::WriteOther)) {
        const QString who = info.permissions() & QFile::WriteOther ? u"everybody"_s : u"its group"_s;
        return refused(u"refused: %1 can write it and so decide which commands run; do: chmod go-w %2"_s.arg(who, file));
    }
    return std::nullopt;
}

} // namespace prunella
