#pragma once
// A webhook's request: the documented JSON, signed when the channel has a secret (README.md, "Webhook"). Pure.
#include "core/model/Config.h"
#include "core/model/Store.h"
#include "core/notification/HttpMessage.h"

namespace prunella {

/// The JSON that a receiver gets: the item's body with schema, delivery_id and event.
[[nodiscard]] QByteArray webhookBody(const OutboxItem &item);
/// "t=SECONDS,v1=HEX": HMAC-SHA256 with the secret over the seconds since 1970 in decimal, a dot, and the body as sent.
[[nodiscard]] QByteArray webhookSignature(const QByteArray &body, const QByteArray &secret, qint64 wallMs);
/// `secret` empty: not signed.
[[nodiscard]] HttpMessage webhookMessage(const OutboxItem &item, const ChannelConfig &channel, const QByteArray &secret, qint64 wallMs);

} // namespace prunella
