#include "core/monitoring/HttpProbe.h"

#include <QNetworkAccessManager>
#include <QRegularExpression>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QSslError>
#include <QUrl>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kReadBuffer = 64 * 1024;
constexpr double kMsPerDay = 86'400'000;

QString tlsWords(const QSslError &error)
{
    switch (error.error()) {
    case QSslError::CertificateExpired: return u"certificate expired"_s;
    case QSslError::CertificateNotYetValid: return u"certificate is not yet valid"_s;
    case QSslError::SelfSignedCertificate: return u"certificate is self-signed"_s;
    case QSslError::SelfSignedCertificateInChain: return u"a certificate in the chain is self-signed"_s;
    case QSslError::HostNameMismatch: return u"certificate is for another host name"_s;
    case QSslError::UnableToGetLocalIssuerCertificate:
    case QSslError::UnableToVerifyFirstCertificate: return u"certificate's issuer is not trusted here"_s;
    default: return error.errorString().toLower();
    }
}

QNetworkRequest makeRequest(const QUrl &url)
{
    QNetworkRequest request(url);
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    request.setAttribute(QNetworkRequest::CacheLoadControlAttribute, QNetworkRequest::AlwaysNetwork);
    request.setAttribute(QNetworkRequest::CacheSaveControlAttribute, false);
    // A connection kept from the last check would hide that nobody accepts new ones.
    request.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
    request.setRawHeader("Connection", "close");
    request.setHeader(QNetworkRequest::UserAgentHeader, u"prunella"_s);
    return request;
}

} // namespace

HttpProbe::HttpProbe(const HealthCheckConfig &config, const std::shared_ptr<const Clock> &clock,
                     QNetworkAccessManager *network, QObject *parent)
    : HealthProbe(config, clock, parent), m_network(network)
{
}

void HttpProbe::run()
{
    const QUrl url(m_config.url, QUrl::StrictMode);
    if (!url.isValid() || url.host().isEmpty() || (url.scheme() != "http"_L1 && url.scheme() != "https"_L1))
        return fail(u"url \""_s + m_config.url + u"\": expected http://… or https://…"_s);
    m_reply = m_network->get(makeRequest(url));
    m_reply->setReadBufferSize(kReadBuffer);
    connect(m_reply, &QNetworkReply::readyRead, this, &HttpProbe::read);
    connect(m_reply, &QNetworkReply::encrypted, this, &HttpProbe::learnCertificate);
    connect(m_reply, &QNetworkReply::sslErrors, this, &HttpProbe::onTlsErrors);
    connect(m_reply, &QNetworkReply::finished, this, &HttpProbe::onFinished);
}

void HttpProbe::abort()
{
    if (!m_reply)
        return;
    m_reply->disconnect(this);
    m_reply->abort();
    std::exchange(m_reply, nullptr)->deleteLater();
}

void HttpProbe::read()
{
    m_body += m_reply->read(kMaxBody - m_body.size());
    if (m_body.size() >= kMaxBody)
        judge(); // enough to tell; an endless answer must not hold us
}

void HttpProbe::onFinished()
{
    const bool hasStatus = m_reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).isValid();
    const QNetworkReply::NetworkError error = m_reply->error();
    // Errors from 201 on are statuses in Qt's words; those below are the network's.
    if (error != QNetworkReply::NoError && (!hasStatus || error < QNetworkReply::ContentAccessDenied)) {
        m_result.refused = error == QNetworkReply::ConnectionRefusedError;
        return fail(errorText());
    }
    if (m_reply->bytesAvailable() > 0)
        m_body += m_reply->read(kMaxBody - m_body.size());
    judge();
}

void HttpProbe::onTlsErrors(const QList<QSslError> &errors)
{
    learnCertificate();
    QStringList words;
    for (const QSslError &error : errors)
        words.append(tlsWords(error));
    words.removeDuplicates();
    m_tlsError = words.join(u", "_s);
}

void HttpProbe::learnCertificate()
{
    const QDateTime expiry = m_reply->sslConfiguration().peerCertificate().expiryDate();
    if (expiry.isValid())
        m_result.tlsDaysLeft = std::max(0.0, double(expiry.toMSecsSinceEpoch() - m_clock->now().wallMs) / kMsPerDay);
}

void HttpProbe::judge()
{
    const int status = m_reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    const QString answer = u"HTTP "_s + QString::number(status);
    if (!statusExpected(status))
        return fail(m_config.expectStatus ? QString(answer + u", expected "_s + QString::number(m_config.expectStatus))
                                          : answer);
    if (m_config.expectBody.isEmpty())
        return pass(answer);
    // The limit bounds patterns that take exponential time: a check must not hold the engine.
    const QRegularExpression pattern(u"(*LIMIT_MATCH=200000)"_s + m_config.expectBody);
    if (!pattern.isValid())
        return fail(u"expect_body is no regular expression: "_s + pattern.errorString());
    if (pattern.match(QString::fromUtf8(m_body)).hasMatch())
        return pass(answer);
    const QString cut = m_body.size() >= kMaxBody ? u" in its first 1 MiB"_s : QString();
    fail(answer + u", body does not match /"_s + m_config.expectBody + u"/"_s + cut);
}

bool HttpProbe::statusExpected(int status) const
{
    return m_config.expectStatus ? status == m_config.expectStatus : status >= 200 && status < 400;
}

QString HttpProbe::errorText() const
{
    switch (m_reply->error()) {
    case QNetworkReply::ConnectionRefusedError: return u"connection refused"_s;
    case QNetworkReply::HostNotFoundError: return u"could not resolve host "_s + m_reply->url().host();
    case QNetworkReply::RemoteHostClosedError: return u"connection closed before the answer was complete"_s;
    case QNetworkReply::SslHandshakeFailedError:
        return u"TLS: "_s + (m_tlsError.isEmpty() ? m_reply->errorString() : m_tlsError);
    default: return m_reply->errorString();
    }
}

} // namespace prunella
