#pragma once
// Mails over SMTP, by libcurl, in threads of its own.
#include "core/base/Mailbox.h"
#include "core/model/Config.h"
#include "core/notification/Delivery.h"

#include <QObject>
#include <QThreadPool>

#include <atomic>
#include <map>

namespace prunella {

/// Everything of one mail.
struct MailCall {
    ChannelConfig channel;        ///< server, from, to, user, caFile, startTls, timeoutMs
    QByteArray password;
    QByteArray mail;              ///< header and body
};

class MailSender : public QObject
{
    Q_OBJECT
public:
    explicit MailSender(QObject *parent = nullptr);
    ~MailSender() override;       ///< within about a second, whatever a server does

    /// Delivered means: the server took it for every recipient; for some, when it refused the others for good (5xx), which
    /// is a warning. A recipient that is refused for now (4xx) is tried again, with the whole mail. Always answers, later.
    void send(const MailCall &call, DeliveryDone done);

private:
    struct Answer { quint64 number; DeliveryResult result; };
    void drain();

    std::shared_ptr<Mailbox<Answer>> m_inbox;
    std::shared_ptr<std::atomic<bool>> m_stopping; ///< looked at by libcurl's progress call
    std::map<quint64, DeliveryDone> m_open;
    quint64 m_next = 1;
    QThreadPool m_pool;           ///< last: its destructor waits
};

/// One mail, in the calling thread; returns early when `stopping` turns true.
[[nodiscard]] DeliveryResult sendMail(const MailCall &call, const std::atomic<bool> &stopping);

} // namespace prunella
