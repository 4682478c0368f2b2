#include "core/monitoring/HttpFetch.h"

#include <QEventLoop>
#include <QNetworkAccessManager>
#include <QNetworkProxy>
#include <QNetworkReply>
#include <QSocketNotifier>
#include <QTimer>
#include <memory>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr int kMostRedirects = 3;
constexpr qint64 kReadBuffer = 256 * 1024;

/// "127.0.0.1:9100", with the port that counts when none is written.
QString endpoint(const QUrl &url)
{
    const QString host = url.host().contains(u':') ? QString(u'[' + url.host() + u']') : url.host();
    return host + u':' + QString::number(url.port(url.scheme() == "https"_L1 ? 443 : 80));
}

QNetworkRequest makeRequest(const FetchRequest &wanted)
{
    QNetworkRequest request(wanted.url);
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::NoLessSafeRedirectPolicy);
    request.setMaximumRedirectsAllowed(kMostRedirects);
    request.setAttribute(QNetworkRequest::CacheLoadControlAttribute, QNetworkRequest::AlwaysNetwork);
    request.setAttribute(QNetworkRequest::CacheSaveControlAttribute, false);
    request.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
    request.setRawHeader("Accept", wanted.accept);
    request.setRawHeader("Accept-Encoding", "identity"); // the size limit is about what is really there
    request.setRawHeader("Connection", "close");
    request.setHeader(QNetworkRequest::UserAgentHeader, u"prunella"_s);
    return request;
}

tl::unexpected<Error> networkFailure(const QNetworkReply &reply)
{
    const QString who = endpoint(reply.url());
    switch (reply.error()) {
    case QNetworkReply::ConnectionRefusedError: return failure(ErrorCode::Unavailable, u"connection refused by "_s + who);
    case QNetworkReply::HostNotFoundError: return failure(ErrorCode::Unavailable, u"could not resolve host "_s + reply.url().host());
    case QNetworkReply::RemoteHostClosedError:
        return failure(ErrorCode::Io, who + u" closed the connection before its answer was complete"_s);
    case QNetworkReply::TooManyRedirectsError:
        return failure(ErrorCode::Invalid, u"%1 redirects more than %2 times"_s.arg(who).arg(kMostRedirects));
    case QNetworkReply::InsecureRedirectError:
        return failure(ErrorCode::Invalid, who + u" redirects to an address that is not followed"_s);
    case QNetworkReply::SslHandshakeFailedError: return failure(ErrorCode::Io, u"TLS with %1: %2"_s.arg(who, reply.errorString()));
    default: return failure(ErrorCode::Io, u"%1: %2"_s.arg(who, reply.errorString()));
    }
}

/// One request and the loop that waits for its end.
class Fetch
{
public:
    Fetch(const FetchRequest &request, const MonitorCancel &cancel) : m_request(request), m_cancel(cancel) {}

    Result<FetchedPage> run()
    {
        m_network.setProxy(QNetworkProxy::NoProxy);
        m_reply.reset(m_network.get(makeRequest(m_request)));
        m_reply->setReadBufferSize(kReadBuffer);
        QObject::connect(m_reply.get(), &QNetworkReply::readyRead, &m_loop, [this] { read(); });
        QObject::connect(m_reply.get(), &QNetworkReply::finished, &m_loop, &QEventLoop::quit);
        QTimer timer;
        timer.setSingleShot(true);
        QObject::connect(&timer, &QTimer::timeout, &m_loop, [this] { m_timedOut = true; m_loop.quit(); });
        timer.start(int(std::clamp<qint64>(m_request.timeoutMs, 1, 3'600'000)));
        QSocketNotifier cancelled(qintptr(m_cancel.fd()), QSocketNotifier::Read);
        cancelled.setEnabled(m_cancel.fd() >= 0);
        QObject::connect(&cancelled, &QSocketNotifier::activated, &m_loop, &QEventLoop::quit);
        if (!m_cancel.isCancelled())
            m_loop.exec();
        cancelled.setEnabled(false);
        return judge();
    }

private:
    void read()
    {
        m_page.body += m_reply->readAll();
        if (m_page.body.size() > m_request.mostBytes)
            m_loop.quit();
    }

    Result<FetchedPage> judge()
    {
        const QString who = endpoint(m_request.url);
        if (m_cancel.isCancelled())
            return failure(ErrorCode::Unavailable, u"stopped with the monitoring"_s);
        if (m_timedOut)
            return failure(ErrorCode::Timeout, u"no complete answer from %1 within %2 s"_s.arg(who).arg(double(m_request.timeoutMs) / 1000));
        const int status = m_reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
        // Errors from 201 on are statuses in Qt's words; those below are the network's.
        if (m_reply->error() != QNetworkReply::NoError && (status == 0 || m_reply->error() < QNetworkReply::ContentAccessDenied))
            return networkFailure(*m_reply);
        if (status != 200)
            return failure(ErrorCode::Io, u"%1 answers with HTTP %2"_s.arg(who).arg(status));
        read();
        if (m_page.body.size() > m_request.mostBytes)
            return failure(ErrorCode::Invalid, u"the answer of %1 is larger than %2 bytes"_s.arg(who).arg(m_request.mostBytes));
        m_page.contentType = m_reply->rawHeader("Content-Type");
        return std::move(m_page);
    }

    const FetchRequest &m_request;
    const MonitorCancel &m_cancel;
    QEventLoop m_loop;
    QNetworkAccessManager m_network;
    std::unique_ptr<QNetworkReply> m_reply; ///< goes before its network
    FetchedPage m_page;
    bool m_timedOut = false;
};

} // namespace

Result<FetchedPage> fetchPage(const FetchRequest &request, const MonitorCancel &cancel)
{
    const QString scheme = request.url.scheme();
    if (!request.url.isValid() || request.url.host().isEmpty() || (scheme != "http"_L1 && scheme != "https"_L1))
        return failure(ErrorCode::Invalid, u"url \"%1\": expected http://… or https://…"_s
                                               .arg(request.url.toDisplayString(QUrl::RemoveUserInfo)));
    return Fetch(request, cancel).run();
}

} // namespace prunella
