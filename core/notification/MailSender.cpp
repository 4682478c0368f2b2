#include "core/notification/MailSender.h"

namespace prunella {

MailSender::MailSender(QObject *parent)
    : QObject(parent)
    , m_inbox(std::make_shared<Mailbox<Answer>>([this] { QMetaObject::invokeMethod(this, &MailSender::drain, Qt::QueuedConnection); }))
    , m_stopping(std::make_shared<std::atomic<bool>>(false))
{
    m_pool.setMaxThreadCount(2); // a server that hangs must not hold up the one that answers
}

MailSender::~MailSender()
{
    *m_stopping = true;
    m_inbox->close();
    m_pool.clear();
    m_pool.waitForDone();
}

void MailSender::send(const MailCall &call, DeliveryDone done)
{
    const quint64 number = m_next++;
    m_open.emplace(number, std::move(done));
    m_pool.start([call, number, inbox = m_inbox, stopping = m_stopping] { inbox->post({number, sendMail(call, *stopping)}); });
}

void MailSender::drain()
{
    for (const Answer &answer : m_inbox->takeAll()) {
        const auto it = m_open.find(answer.number);
        if (it == m_open.end())
            continue;
        const DeliveryDone done = std::move(it->second);
        m_open.erase(it);
        done(answer.result);
    }
}

} // namespace prunella
