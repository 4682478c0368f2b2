#include "core/monitoring/TopologyContainers.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStandardPaths>

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kLongest = 16 * 1024 * 1024;

QByteArray fileOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.read(kLongest) : QByteArray();
}

} // namespace

QString dockerNameOf(const QByteArray &json)
{
    const QString name = QJsonDocument::fromJson(json).object().value("Name"_L1).toString();
    return name.startsWith(u'/') ? name.mid(1) : name;
}

QMap<QString, QString> podmanNamesOf(const QByteArray &json)
{
    QMap<QString, QString> names;
    const QJsonArray containers = QJsonDocument::fromJson(json).array();
    for (const QJsonValue &container : containers) {
        const QString name = container["names"_L1].toArray().first().toString();
        if (!name.isEmpty())
            names.insert(container["id"_L1].toString(), name);
    }
    return names;
}

QMap<QString, QString> readContainerNames(const QStringList &ids)
{
    QMap<QString, QString> names;
    if (ids.isEmpty())
        return names;
    const QString home = QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation); // ~/.local/share
    for (const QString &storage : QStringList{u"/var/lib/containers"_s, home + u"/containers"_s})
        names.insert(podmanNamesOf(fileOf(storage + u"/storage/overlay-containers/containers.json"_s)));
    for (const QString &id : ids) {
        const QString name = names.contains(id) ? QString() : dockerNameOf(fileOf(u"/var/lib/docker/containers/%1/config.v2.json"_s.arg(id)));
        if (!name.isEmpty())
            names.insert(id, name);
    }
    return names;
}

} // namespace prunella
