#include "core/notification/AlertmanagerMessage.h"

#include "core/base/Clock.h"
#include "core/model/Json.h"
#include "core/notification/IncidentText.h"

#include <QJsonDocument>
#include <QSysInfo>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kText = 4096;

HttpMessage message(const QJsonArray &alerts, const ChannelConfig &channel, const QByteArray &token)
{
    QUrl url(channel.url, QUrl::StrictMode);
    QString path = url.path();
    while (path.endsWith(u'/'))
        path.chop(1);
    if (!path.endsWith("/api/v2/alerts"_L1))
        url.setPath(path + u"/api/v2/alerts"_s);
    HttpMessage made{url, {}, QJsonDocument(alerts).toJson(QJsonDocument::Compact)};
    if (!token.isEmpty())
        made.headers.append({"Authorization", "Bearer " + token});
    return made;
}

} // namespace

QJsonObject alertOf(const QJsonObject &incident, bool over, qint64 wallMs)
{
    OutboxItem item;
    item.event = over ? u"resolved"_s : u"escalated"_s;
    item.body = {{u"incident"_s, incident}};
    const IncidentText text = incidentText(item);
    const QString instance = text.host.isEmpty() || text.host == "local"_L1 ? QSysInfo::machineHostName() : text.host;
    QJsonObject labels{{u"alertname"_s, text.type}, {u"severity"_s, text.severity}, {u"component"_s, text.component},
                       {u"instance"_s, instance}, {u"incident_id"_s, text.id}, {u"job"_s, u"prunella"_s}};
    for (const QString &key : labels.keys()) { // Alertmanager refuses empty labels
        if (labels[key].toString().isEmpty())
            labels.remove(key);
    }
    const QJsonObject annotations{{u"summary"_s, clipped(text.summary, kText)}, {u"description"_s, clipped(plainLines(text).join(u'\n'), kText)}};
    QJsonObject alert{{u"labels"_s, labels}, {u"annotations"_s, annotations}};
    if (!text.startedAt.isEmpty())
        alert.insert(u"startsAt"_s, text.startedAt);
    const QString now = isoTime(wallMs);
    alert.insert(u"endsAt"_s, over ? (text.resolvedAt.isEmpty() ? now : text.resolvedAt) : isoTime(wallMs + alertHoldsMs));
    return alert;
}

HttpMessage alertmanagerMessage(const OutboxItem &item, const ChannelConfig &channel, const QByteArray &token, qint64 wallMs)
{
    QJsonObject alert = alertOf(item.body[u"incident"_s].toObject(), isOver(item.event), wallMs);
    QJsonObject annotations = alert[u"annotations"_s].toObject();
    annotations.insert(u"delivery_id"_s, item.deliveryId);
    alert.insert(u"annotations"_s, annotations);
    HttpMessage made = message({alert}, channel, token);
    made.headers.append({deliveryHeader, item.deliveryId.toUtf8()});
    return made;
}

HttpMessage alertmanagerMessage(const QList<Incident> &open, const ChannelConfig &channel, const QByteArray &token, qint64 wallMs)
{
    QJsonArray alerts;
    for (const Incident &incident : open)
        alerts.append(alertOf(toJson(incident), false, wallMs));
    return message(alerts, channel, token);
}

} // namespace prunella
