#include "core/config/ContainerSocket.h"

#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace prunella {

QString socketPath(const QString &written)
{
    const QString path = written.startsWith("unix://"_L1) ? written.mid(7) : written;
    return path.startsWith(u'/') && path.size() > 1 ? path : QString();
}

QStringList containerSocketPlaces()
{
    QStringList places{u"/run/docker.sock"_s, u"/var/run/docker.sock"_s, u"/run/podman/podman.sock"_s};
    if (const QString runtime = qEnvironmentVariable("XDG_RUNTIME_DIR"); runtime.startsWith(u'/'))
        places.append(runtime + u"/podman/podman.sock"_s);
    return places;
}

QString containerSocket(const QString &written)
{
    if (!written.isEmpty())
        return socketPath(written);
    if (const QString host = socketPath(qEnvironmentVariable("DOCKER_HOST")); !host.isEmpty())
        return host;
    const QStringList places = containerSocketPlaces();
    const auto found = std::find_if(places.cbegin(), places.cend(), [](const QString &place) { return QFileInfo::exists(place); });
    return found == places.cend() ? QString() : *found;
}

QString containerSource(const QString &written)
{
    const QString path = socketPath(written);
    return path.isEmpty() ? u"containers"_s : QString(u"containers at "_s + path);
}

} // namespace prunella
