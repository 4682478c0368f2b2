#pragma once
// One try to bring one outbox item to its channel, whatever the channel's type is.
#include "core/model/Config.h"
#include "core/model/Incident.h"
#include "core/model/Store.h"
#include "core/notification/CommandSender.h"
#include "core/notification/HttpSender.h"
#include "core/notification/MailSender.h"
#include "core/notification/Secrets.h"

namespace prunella {

class ChannelSender : public QObject
{
    Q_OBJECT
public:
    explicit ChannelSender(QObject *parent = nullptr);
    ~ChannelSender() override;

    void setSecretsFile(const QString &path) { m_secrets.setLinesFile(path); }
    /// webhook, slack, pagerduty, smtp, alertmanager or command. The desktop has a notifier of its own.
    [[nodiscard]] static bool canSend(const QString &type);
    /// Always answers, later. The secret is read anew for each try, so
    /// that one that was changed counts at once; it is in no error text. `wallMs`: the time that the message tells.
    void send(const OutboxItem &item, const ChannelConfig &channel, qint64 wallMs, DeliveryDone done);
    /// The alerts of these incidents to an alertmanager, once more.
    void sendAlerts(const QList<Incident> &open, const ChannelConfig &channel, qint64 wallMs, DeliveryDone done);

private:
    using WithSecret = std::function<void(const QByteArray &secret, DeliveryDone done)>;
    void withSecret(const ChannelConfig &channel, const WithSecret &then, DeliveryDone done);
    void sendWith(const OutboxItem &item, const ChannelConfig &channel, qint64 wallMs, const QByteArray &secret, DeliveryDone done);
    void postSecretly(const HttpMessage &message, const ChannelConfig &channel, DeliveryDone done);

    Secrets m_secrets;
    HttpSender m_http;
    MailSender m_mail;
    CommandSender m_command;
};

} // namespace prunella
