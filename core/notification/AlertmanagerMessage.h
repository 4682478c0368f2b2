#pragma once
// Alerts for Prometheus Alertmanager, POST /api/v2/alerts. Pure.
// https://prometheus.io/docs/alerting/latest/alerts_api/: whoever sends alerts sends them again as long as they hold;
// one that is not sent again ends with its endsAt. Labels are its identity.
#include "core/model/Config.h"
#include "core/model/Incident.h"
#include "core/model/Store.h"
#include "core/notification/HttpMessage.h"

namespace prunella {

/// How often open alerts are sent again, and how long one holds that is not: Prometheus' own figures.
inline constexpr qint64 alertResendMs = 60'000, alertHoldsMs = 4 * alertResendMs;

/// labels alertname (the error type), severity, component, instance, incident_id; annotations summary and description;
/// startsAt; endsAt: when it was resolved, else `wallMs` + alertHoldsMs.
[[nodiscard]] QJsonObject alertOf(const QJsonObject &incident, bool over, qint64 wallMs);
/// One alert of one outbox item; its delivery_id stands in the annotations.
[[nodiscard]] HttpMessage alertmanagerMessage(const OutboxItem &item, const ChannelConfig &channel, const QByteArray &token, qint64 wallMs);
/// All that still hold, in one request.
[[nodiscard]] HttpMessage alertmanagerMessage(const QList<Incident> &open, const ChannelConfig &channel, const QByteArray &token, qint64 wallMs);

} // namespace prunella
