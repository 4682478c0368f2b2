#pragma once
// Outbox items as the pipeline makes them, and one delivery waited for.
#include "core/model/Json.h"
#include "core/model/Store.h"
#include "core/notification/Delivery.h"

#include <QTest>

namespace prunella::test {

inline Incident anIncident(const QString &id = QStringLiteral("0a1b2c3d"))
{
    Incident incident;
    incident.id = id;
    incident.type = ErrorType::ServiceCrash;
    incident.severity = Severity::High;
    incident.status = IncidentStatus::Escalated;
    incident.component = QStringLiteral("wéb");
    incident.summary = QStringLiteral("killed by signal 9 <oom> & gone");
    incident.startedAt = 1'700'000'000'000;
    incident.detectedAt = 1'700'000'000'500;
    incident.timeline.append({incident.detectedAt, incident.status, QStringLiteral("3 of 3 attempts are spent")});
    return incident;
}

inline OutboxItem anItem(const QString &event = QStringLiteral("escalated"), const QString &channel = QStringLiteral("oncall"),
                         const QString &deliveryId = QStringLiteral("3f0c"), const Incident &incident = anIncident())
{
    OutboxItem item{deliveryId, incident.id, channel, event, {}, 1'700'000'100'000, 0};
    item.body = {{QStringLiteral("schema"), 1}, {QStringLiteral("delivery_id"), deliveryId}, {QStringLiteral("event"), event},
                 {QStringLiteral("incident"), toJson(incident)}};
    return item;
}

/// Calls `start` with a done function and waits for the answer, which must not come before the call returned.
template<typename Start>
DeliveryResult deliveryOf(Start start, int timeoutMs = 15'000)
{
    std::optional<DeliveryResult> result;
    start([&result](const DeliveryResult &answer) { result = answer; });
    if (result)
        qFatal("answered before the call returned");
    [&] { QTRY_VERIFY_WITH_TIMEOUT(result.has_value(), timeoutMs); }();
    return result.value_or(DeliveryResult{failure(ErrorCode::Internal, QStringLiteral("no answer")), 0, {}});
}

} // namespace prunella::test
