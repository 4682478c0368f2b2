#pragma once
#include "core/base/Result.h"

#include <QByteArray>
#include <optional>

namespace prunella {

/// One answer in Redis' own protocol (RESP). Arrays are not asked for and not understood.
struct RespReply {
    bool isError = false;
    QByteArray text;      ///< of a simple string, an error, an integer or a bulk string
};

/// What has come so far: an answer, nothing while it is incomplete, Invalid when this is no Redis.
[[nodiscard]] Result<std::optional<RespReply>> parseResp(const QByteArray &bytes);
/// A command as an array of bulk strings.
[[nodiscard]] QByteArray respCommand(const QList<QByteArray> &words);
/// "connected_clients:3" of INFO's answer; nothing when it is not there or no number.
[[nodiscard]] std::optional<double> respInfo(const QByteArray &info, const QByteArray &key);

} // namespace prunella
