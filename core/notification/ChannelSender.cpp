#include "core/notification/ChannelSender.h"

#include "core/notification/AlertmanagerMessage.h"
#include "core/notification/MailMessage.h"
#include "core/notification/PagerDutyMessage.h"
#include "core/notification/SlackMessage.h"
#include "core/notification/WebhookMessage.h"

namespace prunella {
using namespace Qt::StringLiterals;

ChannelSender::ChannelSender(QObject *parent) : QObject(parent) {}

ChannelSender::~ChannelSender() = default;

bool ChannelSender::canSend(const QString &type)
{
    static const QStringList types{u"webhook"_s, u"slack"_s, u"pagerduty"_s, u"smtp"_s, u"alertmanager"_s, u"command"_s};
    return types.contains(type);
}

void ChannelSender::send(const OutboxItem &item, const ChannelConfig &channel, qint64 wallMs, DeliveryDone done)
{
    withSecret(channel, [this, item, channel, wallMs](const QByteArray &secret, DeliveryDone answer) {
        sendWith(item, channel, wallMs, secret, std::move(answer));
    }, std::move(done));
}

void ChannelSender::sendAlerts(const QList<Incident> &open, const ChannelConfig &channel, qint64 wallMs, DeliveryDone done)
{
    withSecret(channel, [this, open, channel, wallMs](const QByteArray &token, DeliveryDone answer) {
        postSecretly(alertmanagerMessage(open, channel, token, wallMs), channel, std::move(answer));
    }, std::move(done));
}

void ChannelSender::withSecret(const ChannelConfig &channel, const WithSecret &then, DeliveryDone done)
{
    if (channel.secret.isEmpty())
        return then({}, std::move(done));
    m_secrets.read(channel.secret, [then, done = std::move(done)](const Result<QByteArray> &secret) {
        if (!secret)
            return done({tl::unexpected(secret.error()), 0, {}});
        // Whatever a receiver, a library or the system say on it: here is the one way out.
        then(*secret, [done, secret = *secret](DeliveryResult result) {
            if (!result.status)
                result.status = failure(result.status.error().code, redacted(result.status.error().message, secret));
            result.warning = redacted(result.warning, secret);
            done(result);
        });
    });
}

void ChannelSender::sendWith(const OutboxItem &item, const ChannelConfig &channel, qint64 wallMs, const QByteArray &secret, DeliveryDone done)
{
    const int timeoutMs = int(channel.timeoutMs);
    if (channel.type == "webhook"_L1 && channel.url.isEmpty()) { // url_secret
        ChannelConfig named = channel;
        named.url = QString::fromUtf8(secret);
        return postSecretly(webhookMessage(item, named, {}, wallMs), channel, std::move(done));
    }
    if (channel.type == "webhook"_L1) // the secret signs, it does not travel
        return m_http.post(webhookMessage(item, channel, secret, wallMs), timeoutMs, std::move(done));
    if (channel.type == "slack"_L1)
        return postSecretly(slackMessage(item, secret), channel, std::move(done));
    if (channel.type == "pagerduty"_L1)
        return postSecretly(pagerDutyMessage(item, channel, secret), channel, std::move(done));
    if (channel.type == "alertmanager"_L1)
        return postSecretly(alertmanagerMessage(item, channel, secret, wallMs), channel, std::move(done));
    if (channel.type == "smtp"_L1)
        return m_mail.send({channel, secret, mailText(item, channel)}, std::move(done));
    m_command.run(commandCall(item, channel), timeoutMs, std::move(done));
}

void ChannelSender::postSecretly(const HttpMessage &message, const ChannelConfig &channel, DeliveryDone done)
{
    if (channel.secret.isEmpty() || mayCarrySecret(message.url))
        return m_http.post(message, int(channel.timeoutMs), std::move(done));
    const DeliveryResult wrong{failure(ErrorCode::Invalid, u"a secret does not travel over http to another machine: expected a URL with https://"_s), 0, {}};
    QMetaObject::invokeMethod(this, [wrong, done = std::move(done)] { done(wrong); }, Qt::QueuedConnection);
}

} // namespace prunella
