#pragma once
// A message for a Slack incoming webhook: blocks, with plain text for notifications and old clients. Pure.
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks and /reference/block-kit/blocks: a header has
// at most 150 characters, a section's text 3000, a field 2000, a section 10 fields.
#include "core/model/Store.h"
#include "core/notification/HttpMessage.h"

namespace prunella {

/// & < > as Slack wants them: nothing of ours becomes a link, a mention or a date.
[[nodiscard]] QString slackEscaped(const QString &text);
/// Escaped and at most `most` UTF-16 units long, without half of an escape at the end.
[[nodiscard]] QString slackClipped(const QString &text, qsizetype most);
[[nodiscard]] QByteArray slackBody(const OutboxItem &item);
/// `url` is the whole secret URL of the incoming webhook.
[[nodiscard]] HttpMessage slackMessage(const OutboxItem &item, const QByteArray &url);

} // namespace prunella
