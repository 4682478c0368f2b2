#include "core/engine/Escalator.h"

#include "core/model/Json.h"
#include "core/notification/RetrySchedule.h"

namespace prunella {
namespace {

constexpr int mostAtOnce = 4; ///< tries under way on one channel

/// Such a receiver keeps a state by the incident: what is older than what it knows must not come after it.
bool keepsState(const QString &type)
{
    return type == QStringLiteral("pagerduty") || type == QStringLiteral("alertmanager");
}

} // namespace

Escalator::Escalator(std::shared_ptr<const Clock> clock, QObject *parent)
    : QObject(parent)
    , m_clock(std::move(clock))
    , m_alerts(m_sender, m_clock)
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &Escalator::sendDue);
    connect(&m_alerts, &OpenAlerts::answered, this, [this](const QString &channel, const DeliveryResult &result) {
        beQuiet(channel, result);
        Q_EMIT channelTrouble(channel, result.status ? QString() : QStringLiteral("channel %1: %2").arg(channel, result.status.error().message));
        sendDue(); // what waited for it
    });
}

void Escalator::setConfig(const Config &config)
{
    m_channels = config.channels;
    m_sender.setSecretsFile(config.secretsFile);
    m_alerts.setConfig(config);
}

void Escalator::deliver(const QList<OutboxItem> &items)
{
    const qint64 now = m_clock->now().monotonicMs;
    for (const OutboxItem &item : items) {
        if (m_ids.contains(item.deliveryId))
            continue;
        m_ids.insert(item.deliveryId);
        m_waiting.emplace(m_next++, Waiting{item, now + nextTryMs(item.tries)});
    }
    sendDue();
}

/// Those whose time has come, that nothing older of the same incident holds up, and not too many at once.
QList<quint64> Escalator::dueItems() const
{
    const qint64 now = m_clock->now().monotonicMs;
    QSet<std::pair<QString, QString>> held;
    QHash<QString, int> underWay;
    for (const auto &[number, waiting] : m_waiting)
        underWay[waiting.item.channel] += waiting.sending ? 1 : 0;
    QList<quint64> due;
    for (const auto &[number, waiting] : m_waiting) {
        const OutboxItem &item = waiting.item;
        const std::pair subject(item.channel, item.incidentId);
        const bool mayGo = !held.contains(subject) && !m_alerts.isSending(item.channel);
        if (mayGo && !waiting.sending && dueTime(waiting) <= now && underWay[item.channel] < mostAtOnce) {
            ++underWay[item.channel];
            due.append(number);
        }
        if (!waiting.refused || waiting.sending || due.contains(number))
            held.insert(subject);
    }
    return due;
}

qint64 Escalator::dueTime(const Waiting &waiting) const
{
    return std::max(waiting.dueMs, m_quietUntilMs.value(waiting.item.channel));
}

void Escalator::sendDue()
{
    for (const quint64 number : dueItems())
        send(number);
    arm();
}

void Escalator::send(quint64 number)
{
    Waiting &waiting = m_waiting.at(number);
    const OutboxItem &item = waiting.item;
    const ChannelConfig channel = m_channels.value(item.channel);
    if (channel.type == QStringLiteral("desktop")) { // one by another name than desktop
        showOnDesktop(item.event, incidentFromJson(item.body[QStringLiteral("incident")].toObject()));
        return done(number);
    }
    if (!ChannelSender::canSend(channel.type)) {
        Q_EMIT channelTrouble(item.channel, QStringLiteral("channel %1 is not in the configuration, or of a kind that "
            "cannot send yet; a message to it is dropped").arg(item.channel));
        return done(number);
    }
    waiting.sending = true;
    m_sender.send(item, channel, m_clock->now().wallMs, [this, number](const DeliveryResult &result) { answered(number, result); });
}

void Escalator::done(quint64 number)
{
    const QString id = m_waiting.at(number).item.deliveryId;
    m_waiting.erase(number);
    m_ids.remove(id);
    Q_EMIT delivered(id);
}

void Escalator::answered(quint64 number, const DeliveryResult &result)
{
    const auto it = m_waiting.find(number);
    if (it == m_waiting.end())
        return;
    Waiting &waiting = it->second;
    const QString channel = waiting.item.channel;
    beQuiet(channel, result);
    if (result.status) {
        const OutboxItem item = waiting.item;
        done(number);
        dropOutdated(item, number);
        Q_EMIT channelTrouble(channel, result.warning.isEmpty() ? QString() : QStringLiteral("channel %1: %2").arg(channel, result.warning));
        return sendDue();
    }
    waiting.sending = false;
    waiting.refused = result.status.error().code == ErrorCode::Invalid;
    ++waiting.item.tries;
    waiting.dueMs = m_clock->now().monotonicMs + nextTryMs(waiting.item.tries);
    Q_EMIT channelTrouble(channel, QStringLiteral("channel %1: %2").arg(channel, result.status.error().message));
    Q_EMIT triedInVain(waiting.item);
    sendDue();
}

void Escalator::dropOutdated(const OutboxItem &newer, quint64 number)
{
    if (!keepsState(m_channels.value(newer.channel).type))
        return;
    QList<quint64> outdated;
    for (const auto &[other, waiting] : m_waiting) {
        if (other < number && !waiting.sending && waiting.item.channel == newer.channel && waiting.item.incidentId == newer.incidentId)
            outdated.append(other);
    }
    for (const quint64 other : std::as_const(outdated))
        done(other);
}

void Escalator::beQuiet(const QString &channel, const DeliveryResult &result)
{
    if (result.retryAfterMs > 0)
        m_quietUntilMs[channel] = m_clock->now().monotonicMs + result.retryAfterMs;
    else if (result.status)
        m_quietUntilMs.remove(channel);
}

void Escalator::arm()
{
    const qint64 now = m_clock->now().monotonicMs;
    qint64 next = 0;
    for (const auto &[number, waiting] : m_waiting) {
        const qint64 due = dueTime(waiting);
        // One that is due but held up is looked at again with the answer that it waits for.
        if (!waiting.sending && due > now && (next == 0 || due < next))
            next = due;
    }
    if (next == 0)
        return m_timer.stop();
    m_timer.start(int(std::max<qint64>(next - now, 0)));
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
