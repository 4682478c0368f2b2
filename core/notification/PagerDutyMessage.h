#pragma once
// An event for PagerDuty's Events API v2. Pure.
// https://developer.pagerduty.com/docs/send-alert-event: summary at most 1024 characters, the whole request 512 KiB,
// dedup_key 255; 202 accepted, 400 invalid, 429 too many.
#include "core/model/Config.h"
#include "core/model/Store.h"
#include "core/notification/HttpMessage.h"

namespace prunella {

inline constexpr qsizetype pagerDutyMostBytes = 512 * 1024;

/// escalated, reminder and test trigger; acknowledged acknowledges; resolved and merged resolve.
[[nodiscard]] QString pagerDutyAction(const QString &event);
/// critical, error, warning or info.
[[nodiscard]] QString pagerDutySeverity(const QString &severity);
/// Never longer than pagerDutyMostBytes: custom_details lose evidence, then the timeline, then everything but the words.
[[nodiscard]] QByteArray pagerDutyBody(const OutboxItem &item, const QByteArray &routingKey);
[[nodiscard]] HttpMessage pagerDutyMessage(const OutboxItem &item, const ChannelConfig &channel, const QByteArray &routingKey);

} // namespace prunella
