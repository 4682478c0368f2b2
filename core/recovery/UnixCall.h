#pragma once
#include "core/base/Result.h"
#include "core/recovery/CancelToken.h"

#include <QByteArray>

namespace prunella {

/// Sends one HTTP request over a unix socket and reads its whole answer: status and body. Blocks at most `timeoutMs`, and ends
/// soon after the token is cancelled (Timeout both). NotAuthorised: no right to the socket; Unavailable: nobody listens there.
[[nodiscard]] Result<std::pair<int, QByteArray>> unixCall(const QString &socket, const QByteArray &request, const CancelToken &token, int timeoutMs);

} // namespace prunella
