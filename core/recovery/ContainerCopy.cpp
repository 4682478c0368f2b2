#include "core/recovery/ContainerCopy.h"

#include <QJsonArray>
#include <QStringList>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

bool isEmpty(const QJsonValue &value)
{
    return value.isNull() || value.isUndefined() || (value.isArray() && value.toArray().isEmpty())
        || (value.isObject() && value.toObject().isEmpty()) || (value.isString() && value.toString().isEmpty());
}

/// Entries that are not the image's own, and not what the daemon adds.
QJsonArray ownVariables(const QJsonArray &all, const QJsonArray &ofImage, const QString &hostname)
{
    QJsonArray own;
    for (const auto &entry : all) {
        const QString text = entry.toString();
        if (!ofImage.contains(entry) && text != QString(u"HOSTNAME="_s + hostname) && text != "container=podman"_L1)
            own.append(entry);
    }
    return own;
}

QJsonObject withoutImage(QJsonObject config, const QJsonObject &image)
{
    const QString hostname = config.value("Hostname"_L1).toString();
    config.insert(u"Env"_s, ownVariables(config.value("Env"_L1).toArray(), image.value("Env"_L1).toArray(), hostname));
    // The command belongs to its entry point: with another of these the image's must not come back.
    const bool sameStart = [&] {
        for (const QString &key : {u"Cmd"_s, u"Entrypoint"_s}) {
            const QJsonValue own = config.value(key), theirs = image.value(key);
            if (own != theirs && !(isEmpty(own) && isEmpty(theirs)))
                return false;
        }
        return true;
    }();
    if (sameStart && !image.isEmpty()) {
        config.remove("Cmd"_L1);
        config.remove("Entrypoint"_L1);
    }
    for (const QString &key : {u"WorkingDir"_s, u"User"_s, u"Healthcheck"_s, u"Volumes"_s, u"ExposedPorts"_s, u"StopSignal"_s, u"Shell"_s}) {
        if (config.value(key) == image.value(key) || isEmpty(config.value(key)))
            config.remove(key);
    }
    QJsonObject labels = config.value("Labels"_L1).toObject();
    const QJsonObject ofImage = image.value("Labels"_L1).toObject();
    for (auto it = ofImage.constBegin(); it != ofImage.constEnd(); ++it) {
        if (labels.value(it.key()) == it.value())
            labels.remove(it.key());
    }
    config.insert(u"Labels"_s, labels);
    return config;
}

/// podman tells "RLIMIT_NOFILE" and takes "nofile".
QJsonArray limitsAsTaken(const QJsonArray &told)
{
    QJsonArray limits;
    for (const auto &entry : told) {
        QJsonObject limit = entry.toObject();
        QString name = limit.value("Name"_L1).toString().toLower();
        if (name.startsWith("rlimit_"_L1))
            name.remove(0, 7);
        limit.insert(u"Name"_s, name);
        limits.append(limit);
    }
    return limits;
}

/// Volumes that were made for it without a name are found by the name that the daemon gave them.
QJsonArray bindsWithVolumes(const QJsonObject &inspected, const QJsonObject &host)
{
    QJsonArray binds = host.value("Binds"_L1).toArray();
    QStringList taken;
    for (const auto &bind : std::as_const(binds))
        taken.append(bind.toString().section(u':', 1, 1));
    for (const auto &mount : host.value("Mounts"_L1).toArray())
        taken.append(mount.toObject().value("Target"_L1).toString());
    for (const auto &entry : inspected.value("Mounts"_L1).toArray()) {
        const QJsonObject mount = entry.toObject();
        const QString place = mount.value("Destination"_L1).toString(), name = mount.value("Name"_L1).toString();
        if (mount.value("Type"_L1).toString() == "volume"_L1 && !name.isEmpty() && !taken.contains(place))
            binds.append(QString(name + u':' + place + (mount.value("RW"_L1).toBool(true) ? u""_s : u":ro"_s)));
    }
    return binds;
}

/// What a person said of the connection; not what came of it.
QJsonObject endpointOf(const QJsonObject &told, const QString &id)
{
    QJsonObject endpoint;
    for (const QString &key : {u"IPAMConfig"_s, u"Links"_s, u"DriverOpts"_s}) {
        if (!isEmpty(told.value(key)))
            endpoint.insert(key, told.value(key));
    }
    QJsonArray aliases;
    for (const auto &alias : told.value("Aliases"_L1).toArray()) {
        if (!id.startsWith(alias.toString()))
            aliases.append(alias);
    }
    if (!aliases.isEmpty())
        endpoint.insert(u"Aliases"_s, aliases);
    return endpoint;
}

bool holdsHostPort(const QJsonObject &bindings)
{
    return std::any_of(bindings.begin(), bindings.end(), [](const QJsonValue &port) {
        const QJsonArray places = port.toArray();
        return std::any_of(places.begin(), places.end(), [](const QJsonValue &place) {
            const QString number = place.toObject().value("HostPort"_L1).toString();
            return !number.isEmpty() && number != "0"_L1;
        });
    });
}

} // namespace

ContainerCopy copyOf(const QJsonObject &inspected, const QString &image, const QJsonObject &imageConfig)
{
    const QString id = inspected.value("Id"_L1).toString();
    ContainerCopy copy;
    copy.config = withoutImage(inspected.value("Config"_L1).toObject(), imageConfig);
    copy.config.insert(u"Image"_s, image);
    if (const QString hostname = copy.config.value("Hostname"_L1).toString(); !hostname.isEmpty() && id.startsWith(hostname))
        copy.config.remove("Hostname"_L1);
    QJsonObject host = inspected.value("HostConfig"_L1).toObject();
    host.insert(u"Ulimits"_s, limitsAsTaken(host.value("Ulimits"_L1).toArray()));
    host.insert(u"Binds"_s, bindsWithVolumes(inspected, host));
    host.remove("ContainerIDFile"_L1);
    if (host.value("NanoCpus"_L1).toInteger() > 0) { // podman tells the same limit twice, and takes it once
        host.remove("CpuPeriod"_L1);
        host.remove("CpuQuota"_L1);
    }
    copy.config.insert(u"HostConfig"_s, host);
    const QJsonObject networks = inspected.value("NetworkSettings"_L1).toObject().value("Networks"_L1).toObject();
    const QString mode = host.value("NetworkMode"_L1).toString();
    const QString first = networks.contains(mode) ? mode : networks.isEmpty() ? QString() : networks.constBegin().key();
    for (auto it = networks.constBegin(); it != networks.constEnd(); ++it) {
        const QJsonObject endpoint = endpointOf(it.value().toObject(), id);
        if (it.key() == first)
            copy.config.insert(u"NetworkingConfig"_s, QJsonObject{{u"EndpointsConfig"_s, QJsonObject{{first, endpoint}}}});
        else
            copy.networks.insert(it.key(), endpoint);
    }
    return copy;
}

Result<ContainerCopy> siblingOf(const QJsonObject &inspected, const QString &name)
{
    if (holdsHostPort(inspected.value("HostConfig"_L1).toObject().value("PortBindings"_L1).toObject()))
        return failure(ErrorCode::Invalid, u"container %1 holds a port of the host, which no copy can have as well; publish it by a proxy"_s.arg(name));
    ContainerCopy copy = copyOf(inspected, inspected.value("Image"_L1).toString());
    QJsonObject labels = copy.config.value("Labels"_L1).toObject();
    labels.insert(QString::fromLatin1(copyLabel), name);
    copy.config.insert(u"Labels"_s, labels);
    copy.config.remove("MacAddress"_L1);
    const auto withoutAddress = [](QJsonObject endpoint) { endpoint.remove("IPAMConfig"_L1); return endpoint; };
    for (QJsonObject &endpoint : copy.networks)
        endpoint = withoutAddress(endpoint);
    QJsonObject networking = copy.config.value("NetworkingConfig"_L1).toObject(), endpoints = networking.value("EndpointsConfig"_L1).toObject();
    for (auto it = endpoints.begin(); it != endpoints.end(); ++it)
        it.value() = withoutAddress(it.value().toObject());
    if (!endpoints.isEmpty())
        copy.config.insert(u"NetworkingConfig"_s, QJsonObject{{u"EndpointsConfig"_s, endpoints}});
    return copy;
}

} // namespace prunella
