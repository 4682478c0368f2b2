#include "core/notification/HttpSender.h"

#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QTimer>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kMaxAnswer = 64 * 1024; // a few words of the answer's body are read; an endless one must not hold us

QNetworkRequest makeRequest(const HttpMessage &message)
{
    QNetworkRequest request(message.url);
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    request.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    // What another channel's URL logged in with is not for this one.
    request.setAttribute(QNetworkRequest::AuthenticationReuseAttribute, QNetworkRequest::Manual);
    request.setHeader(QNetworkRequest::ContentTypeHeader, u"application/json"_s);
    request.setHeader(QNetworkRequest::UserAgentHeader, u"prunella"_s);
    for (const auto &[name, value] : message.headers)
        request.setRawHeader(name, value);
    return request;
}

bool isWebUrl(const QUrl &url)
{
    return url.isValid() && !url.host().isEmpty() && (url.scheme() == "http"_L1 || url.scheme() == "https"_L1);
}

/// The receiver's own word on why it refuses is worth having: "invalid_payload", "channel_is_archived".
Status withReason(Status status, QNetworkReply *reply)
{
    if (status || !isPermanent(status.error()))
        return status;
    const QString words = printableLine(reply->readAll());
    return words.isEmpty() || words.startsWith(u'<') ? status : failure(status.error().code, status.error().message + u" (it says: "_s + words + u')');
}

} // namespace

HttpSender::HttpSender(QObject *parent) : QObject(parent) {}

HttpSender::~HttpSender() = default;

void HttpSender::post(const HttpMessage &message, int timeoutMs, DeliveryDone done)
{
    if (!isWebUrl(message.url)) {
        const DeliveryResult wrong{failure(ErrorCode::Invalid, u"the channel's url is none: expected http://… or https://…"_s), 0, {}};
        QMetaObject::invokeMethod(this, [wrong, done = std::move(done)] { done(wrong); }, Qt::QueuedConnection);
        return;
    }
    if (!m_network)
        m_network = std::make_unique<QNetworkAccessManager>();
    QNetworkReply *reply = m_network->post(makeRequest(message), message.body);
    auto *timeout = new QTimer(reply);
    timeout->setSingleShot(true);
    timeout->start(timeoutMs);
    connect(timeout, &QTimer::timeout, reply, [reply] {
        reply->setProperty("timedOut", true);
        reply->abort();
    });
    connect(reply, &QNetworkReply::readyRead, reply, [reply] {
        if (reply->bytesAvailable() > kMaxAnswer)
            reply->abort();
    });
    connect(reply, &QNetworkReply::finished, this, [this, reply, timeoutMs, done = std::move(done)] { onFinished(reply, timeoutMs, done); });
}

void HttpSender::onFinished(QNetworkReply *reply, int timeoutMs, const DeliveryDone &done) const
{
    reply->deleteLater();
    const QVariant httpStatus = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute);
    const auto failed = [&done](ErrorCode code, const QString &text) { done({failure(code, text), 0, {}}); };
    // A status is the receiver's word, even when its body was cut short or came too slowly.
    if (httpStatus.isValid()) {
        const int status = httpStatus.toInt();
        const bool says = status == 429 || status == 503; // elsewhere the header means something else
        return done({withReason(httpStatusMeaning(status), reply),
                     says ? retryAfterMs(reply->rawHeader("Retry-After"), reply->rawHeader("Date")) : 0, {}});
    }
    const QString host = reply->url().host();
    if (reply->property("timedOut").toBool())
        return failed(ErrorCode::Timeout, host + u" did not answer within "_s + QString::number(timeoutMs / 1000.0) + u" s"_s);
    if (reply->error() == QNetworkReply::ConnectionRefusedError)
        return failed(ErrorCode::Unavailable, host + u" refused the connection"_s);
    if (reply->error() == QNetworkReply::HostNotFoundError)
        return failed(ErrorCode::Unavailable, u"could not resolve host "_s + host);
    if (reply->error() == QNetworkReply::SslHandshakeFailedError)
        return failed(ErrorCode::Unavailable, host + u": its certificate is not trusted, or it does not speak TLS"_s);
    if (reply->error() == QNetworkReply::RemoteHostClosedError)
        return failed(ErrorCode::Unavailable, host + u" closed the connection without an answer"_s);
    failed(ErrorCode::Unavailable, host + u" could not be reached (network error "_s + QString::number(int(reply->error())) + u')');
}

} // namespace prunella
