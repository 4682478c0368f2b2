#pragma once
// A container's configuration, taken from what inspect tells, as create wants it. Pure.
#include "core/base/Result.h"

#include <QJsonObject>

namespace prunella {

struct ContainerCopy {
    QJsonObject config;                 ///< for POST /containers/create: with HostConfig, and NetworkingConfig of one network
    QMap<QString, QJsonObject> networks;///< the others, to be connected after it was made: name -> endpoint
};

/// What made the container, as far as inspect tells it, to be made anew from `image`. `imageConfig` (Config of the image it is
/// made of now; may be empty) is taken out, so that commands, variables and labels that came with that image come from the new
/// one. Volumes without a name stay with it. Names and addresses that the daemon made up are left out.
[[nodiscard]] ContainerCopy copyOf(const QJsonObject &inspected, const QString &image, const QJsonObject &imageConfig = {});

/// A second one beside it: labelled prunella.copy-of=NAME, without fixed addresses. Invalid: it holds a port of the host,
/// which only one can have.
[[nodiscard]] Result<ContainerCopy> siblingOf(const QJsonObject &inspected, const QString &name);

inline constexpr auto copyLabel = "prunella.copy-of";

} // namespace prunella
