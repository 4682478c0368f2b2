#include "core/config/SettingsFiles.h"

#include "core/base/Result.h"
#include "core/config/ConfigEditor.h"
#include "core/config/ConfigPath.h"
#include "core/config/TextDiff.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSaveFile>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

bool isBase(const QString &file)
{
    return QFileInfo(file).dir().dirName() != "conf.d"_L1;
}

/// Saving replaces the file, so the folder must be writable as well.
bool isWritable(const QString &file)
{
    const QFileInfo info(file);
    if (info.exists())
        return info.isWritable() && QFileInfo(QFileInfo(info.canonicalFilePath()).path()).isWritable();
    QString folder = info.absolutePath();
    while (!QFileInfo::exists(folder) && !QDir(folder).isRoot())
        folder = QFileInfo(folder).path();
    return QFileInfo(folder).isDir() && QFileInfo(folder).isWritable();
}

ConfigProblem failed(const QString &file, const QString &text)
{
    return {ProblemLevel::Error, file, 0, 0, {}, text};
}

} // namespace

SettingsFiles::SettingsFiles(const ConfigSources &sources) : m_sources(sources)
{
    for (const QString &file : sources.files) {
        QFile device(file);
        const bool open = device.open(QIODevice::ReadOnly);
        const QByteArray bytes = open ? device.readAll() : QByteArray();
        m_layers.append({file, bytes, bytes, open});
    }
    if (sources.explicitFile || sources.files.contains(userConfigFile()))
        return;
    // the user's own file, which does not exist yet, lies behind the other base files and before every conf.d
    qsizetype index = 0;
    while (index < m_layers.size() && isBase(m_layers.at(index).file))
        ++index;
    m_layers.insert(index, {userConfigFile(), {}, {}, false});
    m_sources.files.insert(index, userConfigFile());
}

const SettingsFiles::Layer *SettingsFiles::layer(const QString &file) const
{
    const auto found = std::find_if(m_layers.cbegin(), m_layers.cend(), [&](const Layer &layer) { return layer.file == file; });
    return found == m_layers.cend() ? nullptr : &*found;
}

/// The layer itself, or a base file after it, which wins over it.
QString SettingsFiles::writableFrom(qsizetype index) const
{
    for (qsizetype i = index; i < m_layers.size(); ++i) {
        if ((i == index || isBase(m_layers.at(i).file)) && isWritable(m_layers.at(i).file))
            return m_layers.at(i).file;
    }
    return {};
}

QString SettingsFiles::newValuesFile() const
{
    QString file;
    for (const Layer &layer : m_layers) {
        const bool candidate = isBase(layer.file) && isWritable(layer.file);
        if (candidate && (layer.exists || file.isEmpty()))
            file = layer.file;
    }
    return file;
}

SettingPlace SettingsFiles::place(const QString &setting) const
{
    SettingPlace place;
    const QString plain = u"self_healing."_s + setting;
    QStringList paths{plain};
    if (!m_sources.environment.isEmpty())
        paths.prepend(u"environments.%1.%2"_s.arg(m_sources.environment, plain));
    for (const QString &path : std::as_const(paths)) {
        for (qsizetype i = m_layers.size() - 1; i >= 0 && !place.isSet; --i) {
            const auto entry = ConfigPath(path).find(parseYaml(m_layers.at(i).file, m_layers.at(i).after).root);
            if (!entry || entry->value->kind == YamlNode::Kind::Null)
                continue;
            place = {writableFrom(i), path, true, entry->value->text, m_layers.at(i).file, entry->at.line, {}};
        }
    }
    if (!place.isSet) {
        place.path = plain;
        place.file = newValuesFile();
    }
    if (place.file.isEmpty())
        place.whyNot = place.isSet ? u"it is set in %1, which you cannot write"_s.arg(place.holder) : u"no configuration file can be written"_s;
    return place;
}

Status SettingsFiles::change(const QString &setting, const QString &value)
{
    const SettingPlace where = place(setting);
    if (!where.whyNot.isEmpty())
        return failure(ErrorCode::NotAuthorised, where.whyNot);
    const auto target = std::find_if(m_layers.begin(), m_layers.end(), [&](const Layer &layer) { return layer.file == where.file; });
    const Result<QByteArray> bytes = setScalar(target->after, where.path, value);
    if (!bytes)
        return tl::unexpected(bytes.error());
    target->after = *bytes;
    return {};
}

LoadedConfig SettingsFiles::load() const
{
    ConfigSources sources = m_sources;
    FileContents contents;
    for (const Layer &layer : m_layers) {
        if (layer.before != layer.after)
            contents.insert(layer.file, layer.after);
        else if (!layer.exists && !(m_sources.explicitFile && layer.file == m_sources.files.constFirst()))
            sources.files.removeAll(layer.file);
    }
    return loadConfig(sources, contents);
}

QString SettingsFiles::diff() const
{
    QString text;
    for (const Layer &layer : m_layers)
        text += unifiedDiff(layer.file, layer.before, layer.after);
    return text;
}

QList<ConfigProblem> SettingsFiles::write() const
{
    for (const Layer &layer : m_layers) {
        if (layer.before == layer.after)
            continue;
        if (!layer.exists && !QDir().mkpath(QFileInfo(layer.file).absolutePath()))
            return {failed(layer.file, u"its folder cannot be made"_s)};
        const QFile::Permissions rights = layer.exists ? QFile::permissions(layer.file) : QFile::ReadOwner | QFile::WriteOwner;
        QSaveFile file(layer.file);
        if (!file.open(QIODevice::WriteOnly) || file.write(layer.after) != layer.after.size() || !file.setPermissions(rights) || !file.commit())
            return {failed(layer.file, u"cannot be written: "_s + file.errorString())};
    }
    return {};
}

} // namespace prunella
