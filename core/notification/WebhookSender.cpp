#include "core/notification/WebhookSender.h"

#include <QJsonDocument>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QTimer>
#include <QUrl>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kMaxAnswer = 64 * 1024; // nobody reads the answer's body; an endless one must not hold us

QNetworkRequest makeRequest(const QUrl &url, const QString &deliveryId)
{
    QNetworkRequest request(url);
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    request.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    request.setHeader(QNetworkRequest::ContentTypeHeader, u"application/json"_s);
    request.setHeader(QNetworkRequest::UserAgentHeader, u"prunella"_s);
    request.setRawHeader("X-Prunella-Delivery", deliveryId.toUtf8());
    return request;
}

bool isWebUrl(const QUrl &url)
{
    return url.isValid() && !url.host().isEmpty() && (url.scheme() == "http"_L1 || url.scheme() == "https"_L1);
}

} // namespace

QByteArray webhookBody(const OutboxItem &item)
{
    QJsonObject body = item.body;
    body.insert(u"schema"_s, 1);
    body.insert(u"delivery_id"_s, item.deliveryId);
    body.insert(u"event"_s, item.event);
    return QJsonDocument(body).toJson(QJsonDocument::Compact);
}

Status webhookStatus(int httpStatus)
{
    if (httpStatus >= 200 && httpStatus < 300)
        return {};
    const QString text = u"the receiver answered HTTP "_s + QString::number(httpStatus);
    if (httpStatus == 401 || httpStatus == 403)
        return failure(ErrorCode::NotAuthorised, text + u": check the channel's url and secret"_s);
    if (httpStatus == 404 || httpStatus == 410)
        return failure(ErrorCode::NotFound, text + u": check the channel's url"_s);
    if (httpStatus >= 400 && httpStatus < 500 && httpStatus != 408 && httpStatus != 429)
        return failure(ErrorCode::Invalid, text + u": it does not take this message"_s);
    if (httpStatus >= 300 && httpStatus < 400)
        return failure(ErrorCode::Unavailable, text + u": redirects are not followed, set the channel's url to the new place"_s);
    return failure(ErrorCode::Unavailable, text);
}

WebhookSender::WebhookSender(QObject *parent) : QObject(parent) {}

WebhookSender::~WebhookSender() = default;

void WebhookSender::deliver(const OutboxItem &item, const QString &url, Done done)
{
    const QUrl target(url, QUrl::StrictMode);
    if (!isWebUrl(target)) {
        const Status wrong = failure(ErrorCode::Invalid, u"webhook url \""_s + url + u"\": expected http://… or https://…"_s);
        QMetaObject::invokeMethod(this, [wrong, done = std::move(done)] { done(wrong); }, Qt::QueuedConnection);
        return;
    }
    if (!m_network)
        m_network = std::make_unique<QNetworkAccessManager>();
    QNetworkReply *reply = m_network->post(makeRequest(target, item.deliveryId), webhookBody(item));
    auto *timeout = new QTimer(reply);
    timeout->setSingleShot(true);
    timeout->start(m_timeoutMs);
    connect(timeout, &QTimer::timeout, reply, [reply] {
        reply->setProperty("timedOut", true);
        reply->abort();
    });
    connect(reply, &QNetworkReply::readyRead, reply, [reply] {
        if (reply->bytesAvailable() > kMaxAnswer)
            reply->abort();
    });
    connect(reply, &QNetworkReply::finished, this, [this, reply, done = std::move(done)] { onFinished(reply, done); });
}

void WebhookSender::onFinished(QNetworkReply *reply, const Done &done) const
{
    reply->deleteLater();
    const QVariant httpStatus = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute);
    // A status is the receiver's word, even when its body was cut short or came too slowly.
    if (httpStatus.isValid())
        return done(webhookStatus(httpStatus.toInt()));
    const QString host = reply->url().host();
    if (reply->property("timedOut").toBool())
        return done(failure(ErrorCode::Timeout, host + u" did not answer within "_s + QString::number(m_timeoutMs / 1000.0) + u" s"_s));
    if (reply->error() == QNetworkReply::ConnectionRefusedError)
        return done(failure(ErrorCode::Unavailable, host + u" refused the connection"_s));
    if (reply->error() == QNetworkReply::HostNotFoundError)
        return done(failure(ErrorCode::Unavailable, u"could not resolve host "_s + host));
    done(failure(ErrorCode::Unavailable, host + u": "_s + reply->errorString()));
}

} // namespace prunella
