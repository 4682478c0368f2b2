#include "core/engine/Escalator.h"

#include "core/notification/RetrySchedule.h"

namespace prunella {

Escalator::Escalator(std::shared_ptr<const Clock> clock, QObject *parent)
    : QObject(parent)
    , m_clock(std::move(clock))
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &Escalator::sendDue);
}

void Escalator::deliver(const QList<OutboxItem> &items)
{
    const qint64 now = m_clock->now().monotonicMs;
    for (const OutboxItem &item : items)
        m_waiting.emplace(item.deliveryId, Waiting{item, now + nextTryMs(item.tries), false});
    sendDue();
}

void Escalator::sendDue()
{
    const qint64 now = m_clock->now().monotonicMs;
    QStringList due;
    for (const auto &[id, waiting] : m_waiting) {
        if (!waiting.sending && waiting.dueMs <= now)
            due.append(id);
    }
    for (const QString &id : std::as_const(due)) {
        Waiting &waiting = m_waiting.at(id);
        const ChannelConfig channel = m_channels.value(waiting.item.channel);
        if (channel.type != QStringLiteral("webhook")) {
            Q_EMIT channelTrouble(waiting.item.channel, QStringLiteral("channel %1 is not in the configuration, or of a kind that "
                "cannot send yet; a message to it is dropped").arg(waiting.item.channel));
            m_waiting.erase(id);
            Q_EMIT delivered(id);
            continue;
        }
        waiting.sending = true;
        send(waiting.item, channel.url);
    }
    arm();
}

void Escalator::send(const OutboxItem &item, const QString &url)
{
    m_webhook.deliver(item, url, [this, id = item.deliveryId](const Status &status) { answered(id, status); });
}

void Escalator::answered(const QString &deliveryId, const Status &status)
{
    const auto it = m_waiting.find(deliveryId);
    if (it == m_waiting.end())
        return;
    Waiting &waiting = it->second;
    const QString channel = waiting.item.channel;
    if (status) {
        m_waiting.erase(it);
        Q_EMIT channelTrouble(channel, {});
        Q_EMIT delivered(deliveryId);
        return;
    }
    waiting.sending = false;
    ++waiting.item.tries;
    waiting.dueMs = m_clock->now().monotonicMs + nextTryMs(waiting.item.tries);
    Q_EMIT channelTrouble(channel, QStringLiteral("channel %1: %2").arg(channel, status.error().message));
    Q_EMIT triedInVain(waiting.item);
    arm();
}

void Escalator::arm()
{
    qint64 next = 0;
    for (const auto &[id, waiting] : m_waiting) {
        if (!waiting.sending && (next == 0 || waiting.dueMs < next))
            next = waiting.dueMs;
    }
    if (next == 0)
        return m_timer.stop();
    m_timer.start(int(std::max<qint64>(next - m_clock->now().monotonicMs, 0)));
}

void Escalator::showOnDesktop(const QString &event, const Incident &incident)
{
    DesktopNotification notification;
    notification.key = incident.id;
    const bool over = event == QStringLiteral("resolved");
    notification.summary = QStringLiteral("%1: %2").arg(incident.component, over ? QStringLiteral("resolved") : toString(incident.type));
    notification.lead = incident.summary;
    notification.body = incident.timeline.isEmpty() ? QString() : incident.timeline.last().reason;
    notification.critical = !over && incident.severity >= Severity::High;
    m_desktop.show(notification, [this](const Status &status) {
        Q_EMIT channelTrouble(QStringLiteral("desktop"), status ? QString() : status.error().message);
    });
}

} // namespace prunella
