#pragma once
// The words of the control socket, and a client that asks one question and waits for the answer.
#include "core/base/Result.h"
#include "core/model/Frame.h"

#include <QJsonObject>

namespace prunella {

[[nodiscard]] QJsonObject toJson(const Command &command);
[[nodiscard]] Result<Command> commandFromJson(const QJsonObject &object);

/// Blocks, at most timeoutMs. Unavailable: no engine listens there.
[[nodiscard]] Result<QJsonObject> askEngine(const QString &socketPath, const QJsonObject &request, int timeoutMs = 5000);

} // namespace prunella
