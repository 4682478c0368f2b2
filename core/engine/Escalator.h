#pragma once
// Brings notifications to people: the desktop once, all other channels at least once with a stable delivery id.
#include "core/base/Clock.h"
#include "core/engine/OpenAlerts.h"
#include "core/model/Config.h"
#include "core/model/Incident.h"
#include "core/model/Store.h"
#include "core/notification/ChannelSender.h"
#include "core/notification/DesktopNotifier.h"

#include <QTimer>

#include <map>

namespace prunella {

/// What is told of one incident through one channel keeps its order: a later item waits for an earlier one, unless the
/// receiver will never take that one. A receiver that asks for quiet (Retry-After) has it, on the whole channel.
class Escalator : public QObject
{
    Q_OBJECT
public:
    explicit Escalator(std::shared_ptr<const Clock> clock, QObject *parent = nullptr);

    void setConfig(const Config &config);
    /// Items that are durable already; those of an earlier engine among them.
    void deliver(const QList<OutboxItem> &items);
    /// Incidents as they are now, for those who must be told again and again.
    void note(const QList<Incident> &changed) { m_alerts.note(changed); }
    void showOnDesktop(const QString &event, const Incident &incident);
    void closeOnDesktop(const QString &incidentId) { m_desktop.close(incidentId); }
    [[nodiscard]] OpenAlerts &openAlerts() { return m_alerts; }

Q_SIGNALS:
    void delivered(const QString &deliveryId);
    void triedInVain(const prunella::OutboxItem &item); ///< with the new number of tries
    /// A channel that cannot work until somebody mends it; an empty text: it works again.
    void channelTrouble(const QString &channel, const QString &text);

private:
    struct Waiting { OutboxItem item; qint64 dueMs = 0; bool sending = false, refused = false; };
    void sendDue();
    [[nodiscard]] QList<quint64> dueItems() const;
    [[nodiscard]] qint64 dueTime(const Waiting &waiting) const;
    void send(quint64 number);
    void answered(quint64 number, const DeliveryResult &result);
    void done(quint64 number);
    void dropOutdated(const OutboxItem &newer, quint64 number);
    void beQuiet(const QString &channel, const DeliveryResult &result);
    void arm();

    std::shared_ptr<const Clock> m_clock;
    QMap<QString, ChannelConfig> m_channels;
    DesktopNotifier m_desktop;
    ChannelSender m_sender;
    OpenAlerts m_alerts;
    std::map<quint64, Waiting> m_waiting;     ///< in the order in which they were told
    QSet<QString> m_ids;                      ///< of those in m_waiting
    quint64 m_next = 1;
    QHash<QString, qint64> m_quietUntilMs;    ///< by channel
    QTimer m_timer;
};

} // namespace prunella
