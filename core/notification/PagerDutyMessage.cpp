#include "core/notification/PagerDutyMessage.h"

#include "core/notification/IncidentText.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QSysInfo>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kSummary = 1024, kWord = 1024;

/// The incident, with less and less of it.
QJsonObject details(const OutboxItem &item, const IncidentText &text, int less)
{
    QJsonObject incident = item.body[u"incident"_s].toObject();
    if (less >= 1)
        incident.remove(u"diagnosis"_s);
    if (less >= 2) {
        for (const auto &key : {u"timeline"_s, u"members"_s, u"recovery_actions"_s})
            incident.remove(key);
    }
    if (less >= 3)
        incident = {{u"summary"_s, clipped(text.summary, 8 * kWord)}};
    if (less >= 1)
        incident.insert(u"cause"_s, clipped(text.cause, kWord));
    incident.insert(u"event"_s, item.event);
    incident.insert(u"delivery_id"_s, item.deliveryId);
    return incident;
}

QJsonObject payload(const OutboxItem &item, const IncidentText &text, int less)
{
    const QString summary = text.summary.isEmpty() ? text.title : QString(text.title + u": "_s + text.summary);
    const QString source = text.host.isEmpty() || text.host == "local"_L1 ? QSysInfo::machineHostName() : text.host;
    QJsonObject object{{u"summary"_s, clipped(summary, kSummary)},
                       {u"source"_s, clipped(source.isEmpty() ? u"prunella"_s : source, kWord)},
                       {u"severity"_s, pagerDutySeverity(text.severity)},
                       {u"custom_details"_s, details(item, text, less)}};
    if (!text.component.isEmpty())
        object.insert(u"component"_s, clipped(text.component, kWord));
    if (!text.type.isEmpty())
        object.insert(u"class"_s, clipped(text.type, kWord));
    if (!text.startedAt.isEmpty())
        object.insert(u"timestamp"_s, text.startedAt);
    return object;
}

} // namespace

QString pagerDutyAction(const QString &event)
{
    if (isOver(event))
        return u"resolve"_s;
    return event == "acknowledged"_L1 ? u"acknowledge"_s : u"trigger"_s;
}

QString pagerDutySeverity(const QString &severity)
{
    if (severity == "critical"_L1)
        return u"critical"_s;
    if (severity == "high"_L1)
        return u"error"_s;
    return severity == "low"_L1 ? u"info"_s : u"warning"_s;
}

QByteArray pagerDutyBody(const OutboxItem &item, const QByteArray &routingKey)
{
    const IncidentText text = incidentText(item);
    const QString action = pagerDutyAction(item.event);
    // A test has no incident: it must not join the one of another test.
    const QString key = text.id.isEmpty() ? item.deliveryId : text.id;
    QJsonObject body{{u"routing_key"_s, QString::fromUtf8(routingKey)}, {u"event_action"_s, action}, {u"dedup_key"_s, key.left(255)}};
    if (action != "trigger"_L1)
        return QJsonDocument(body).toJson(QJsonDocument::Compact);
    body.insert(u"client"_s, u"Prunella"_s);
    QByteArray bytes;
    for (int less = 0; less <= 3; ++less) {
        body.insert(u"payload"_s, payload(item, text, less));
        bytes = QJsonDocument(body).toJson(QJsonDocument::Compact);
        if (bytes.size() <= pagerDutyMostBytes)
            break;
    }
    return bytes;
}

HttpMessage pagerDutyMessage(const OutboxItem &item, const ChannelConfig &channel, const QByteArray &routingKey)
{
    return {QUrl(channel.url, QUrl::StrictMode), {{deliveryHeader, item.deliveryId.toUtf8()}}, pagerDutyBody(item, routingKey)};
}

} // namespace prunella
