#include "core/notification/WebhookMessage.h"

#include <QJsonDocument>
#include <QMessageAuthenticationCode>

namespace prunella {
using namespace Qt::StringLiterals;

QByteArray webhookBody(const OutboxItem &item)
{
    QJsonObject body = item.body;
    body.insert(u"schema"_s, 1);
    body.insert(u"delivery_id"_s, item.deliveryId);
    body.insert(u"event"_s, item.event);
    return QJsonDocument(body).toJson(QJsonDocument::Compact);
}

QByteArray webhookSignature(const QByteArray &body, const QByteArray &secret, qint64 wallMs)
{
    const QByteArray seconds = QByteArray::number(wallMs / 1000);
    QMessageAuthenticationCode code(QCryptographicHash::Sha256, secret);
    code.addData(seconds + '.' + body);
    return "t=" + seconds + ",v1=" + code.result().toHex();
}

HttpMessage webhookMessage(const OutboxItem &item, const ChannelConfig &channel, const QByteArray &secret, qint64 wallMs)
{
    HttpMessage message{QUrl(channel.url, QUrl::StrictMode), {{deliveryHeader, item.deliveryId.toUtf8()}}, webhookBody(item)};
    if (!secret.isEmpty())
        message.headers.append({"X-Prunella-Signature", webhookSignature(message.body, secret, wallMs)});
    return message;
}

} // namespace prunella
