// The probe of decision trees that asks a web server, and the one that asks the checks of the dependencies.
#include "core/monitoring/TreeProbeParts.h"

#include "core/monitoring/HealthProbe.h"

#include <QEventLoop>
#include <QNetworkAccessManager>
#include <QNetworkProxy>
#include <QNetworkReply>
#include <QSocketNotifier>
#include <QTimer>

namespace prunella::treeprobe {

using namespace Qt::StringLiterals;

namespace {

QNetworkRequest makeRequest(const QUrl &url)
{
    QNetworkRequest request(url);
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    request.setAttribute(QNetworkRequest::CacheLoadControlAttribute, QNetworkRequest::AlwaysNetwork);
    request.setAttribute(QNetworkRequest::CacheSaveControlAttribute, false);
    request.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
    request.setRawHeader("Connection", "close");
    request.setHeader(QNetworkRequest::UserAgentHeader, u"prunella"_s);
    return request;
}

/// false: the time was over, or it was cancelled
bool waitFor(QEventLoop &loop, qint64 timeoutMs, const MonitorCancel &cancel)
{
    bool over = false;
    QTimer timer;
    timer.setSingleShot(true);
    QObject::connect(&timer, &QTimer::timeout, &loop, [&] { over = true; loop.quit(); });
    timer.start(int(timeoutMs));
    QSocketNotifier cancelled(qintptr(cancel.fd()), QSocketNotifier::Read);
    cancelled.setEnabled(cancel.fd() >= 0);
    QObject::connect(&cancelled, &QSocketNotifier::activated, &loop, &QEventLoop::quit);
    if (!cancel.isCancelled())
        loop.exec();
    cancelled.setEnabled(false);
    return !over && !cancel.isCancelled();
}

Fact networkFault(const QNetworkReply &reply, const QString &url)
{
    const QString text = url + u": "_s + reply.errorString();
    switch (reply.error()) {
    case QNetworkReply::ConnectionRefusedError: return said("refused", url + u": connection refused"_s);
    case QNetworkReply::HostNotFoundError: return said("not_found", u"could not resolve host "_s + reply.url().host());
    case QNetworkReply::SslHandshakeFailedError: return said("tls", text);
    case QNetworkReply::TimeoutError: return said("timeout", text);
    case QNetworkReply::NetworkSessionFailedError:
    case QNetworkReply::TemporaryNetworkFailureError: return said("unreachable", text);
    default: break;
    }
    // Qt has no error of its own for a host or network without a route.
    return said(text.contains(u"unreachable"_s, Qt::CaseInsensitive) ? "unreachable" : "error", text);
}

/// One run of all health checks of one service.
QStringList failingChecks(const ServiceConfig &service, qint64 timeoutMs, const MonitorCancel &cancel)
{
    QStringList failing;
    const auto clock = std::make_shared<SystemClock>();
    for (HealthCheckConfig config : service.health) {
        QEventLoop loop;
        std::unique_ptr<QNetworkAccessManager> network;
        QObject owner;
        config.timeoutMs = std::min(config.timeoutMs, timeoutMs);
        HealthProbe *probe = makeHealthProbe(config, clock, network, &owner);
        QString wrong = u"no answer"_s;
        QObject::connect(probe, &HealthProbe::finished, &loop, [&](const CheckResult &result) {
            wrong = result.ok ? QString() : result.text;
            loop.quit();
        });
        QTimer::singleShot(0, probe, [probe] { probe->start(); });
        if (!waitFor(loop, timeoutMs, cancel) || !wrong.isEmpty())
            failing << QString(service.name + u" ("_s + wrong + u')');
    }
    return failing;
}

} // namespace

Fact http(const Probe &probe)
{
    const QUrl url(probe.order.text);
    const QString shown = url.toDisplayString(QUrl::RemoveUserInfo);
    if (!url.isValid() || url.host().isEmpty() || (url.scheme() != u"http"_s && url.scheme() != u"https"_s))
        return said("error", u"\"%1\" is no http or https address"_s.arg(shown));
    QEventLoop loop;
    QNetworkAccessManager network;
    network.setProxy(QNetworkProxy::NoProxy);
    const std::unique_ptr<QNetworkReply> reply(network.get(makeRequest(url)));
    QObject::connect(reply.get(), &QNetworkReply::metaDataChanged, &loop, &QEventLoop::quit); // the status is all that is asked
    QObject::connect(reply.get(), &QNetworkReply::finished, &loop, &QEventLoop::quit);
    if (!waitFor(loop, probe.order.timeoutMs, probe.cancel)) {
        return probe.cancel.isCancelled() ? unknownFact(u"stopped with the monitoring"_s)
            : said("timeout", u"%1 does not answer within %2 s"_s.arg(shown).arg(double(probe.order.timeoutMs) / 1000));
    }
    const int status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    if (status == 0)
        return networkFault(*reply, shown);
    const bool good = probe.order.expectStatus != 0 ? status == probe.order.expectStatus : status >= 200 && status < 400;
    const QString text = u"%1 answers with HTTP %2"_s.arg(shown).arg(status);
    return {good ? u"ok"_s : u"status_%1xx"_s.arg(status / 100), text, 0};
}

Fact dependencyCheck(const Probe &probe)
{
    QStringList failing;
    int checks = 0;
    for (const ServiceConfig &service : probe.order.subject.dependencies) {
        checks += int(service.health.size());
        failing << failingChecks(service, probe.order.timeoutMs, probe.cancel);
    }
    if (probe.cancel.isCancelled())
        return unknownFact(u"stopped with the monitoring"_s);
    if (checks == 0)
        return unknownFact(u"no service that %1 depends on has a health check"_s.arg(probe.order.subject.component));
    if (!failing.isEmpty())
        return said("failing", u"just asked, and not well: "_s + failing.join(u", "_s));
    return said("ok", u"all services that %1 depends on answer their health checks"_s.arg(probe.order.subject.component));
}

} // namespace prunella::treeprobe
