#include "core/engine/OpenAlerts.h"

#include "core/notification/AlertmanagerMessage.h"

namespace prunella {

OpenAlerts::OpenAlerts(ChannelSender &sender, std::shared_ptr<const Clock> clock, QObject *parent)
    : QObject(parent), m_sender(sender), m_clock(std::move(clock)), m_timer(this)
{
    m_timer.setInterval(int(alertResendMs));
    connect(&m_timer, &QTimer::timeout, this, &OpenAlerts::sendAll);
}

void OpenAlerts::setInterval(qint64 ms)
{
    m_timer.setInterval(int(ms));
}

void OpenAlerts::setConfig(const Config &config)
{
    m_channels.clear();
    for (const ChannelConfig &channel : config.channels) {
        if (channel.type == QStringLiteral("alertmanager"))
            m_channels.insert(channel.name, channel);
    }
    m_chain = config.escalation;
    note({});
}

void OpenAlerts::note(const QList<Incident> &changed)
{
    for (const Incident &incident : changed) {
        if (isOpen(incident) && incident.escalation.stepsTaken > 0)
            m_open.insert(incident.id, incident);
        else
            m_open.remove(incident.id);
    }
    if (m_open.isEmpty() || m_channels.isEmpty())
        m_timer.stop();
    else if (!m_timer.isActive())
        m_timer.start();
}

QList<Incident> OpenAlerts::toldTo(const QString &channel) const
{
    QList<Incident> told;
    for (const Incident &incident : m_open) {
        bool inChain = false;
        for (int step = 0; step < incident.escalation.stepsTaken && step < m_chain.size(); ++step)
            inChain = inChain || m_chain[step].channels.contains(channel);
        if (inChain)
            told.append(incident);
    }
    return told;
}

void OpenAlerts::sendAll()
{
    for (const ChannelConfig &channel : std::as_const(m_channels)) {
        const QList<Incident> told = toldTo(channel.name);
        if (told.isEmpty() || m_sending.contains(channel.name))
            continue;
        m_sending.insert(channel.name);
        m_sender.sendAlerts(told, channel, m_clock->now().wallMs, [this, name = channel.name](const DeliveryResult &result) {
            m_sending.remove(name);
            Q_EMIT answered(name, result);
        });
    }
}

} // namespace prunella
