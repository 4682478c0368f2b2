#pragma once
#include <QByteArray>
#include <QMap>
#include <QString>

namespace prunella {

/// "db" of /var/lib/docker/containers/ID/config.v2.json; empty when it is not there.
[[nodiscard]] QString dockerNameOf(const QByteArray &json);
/// Id to name of podman's overlay-containers/containers.json.
[[nodiscard]] QMap<QString, QString> podmanNamesOf(const QByteArray &json);
/// The names of these containers (whole ids), as far as files that this user may read tell them. Asks no daemon, which might hang.
[[nodiscard]] QMap<QString, QString> readContainerNames(const QStringList &ids);

} // namespace prunella
