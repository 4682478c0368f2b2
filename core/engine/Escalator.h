#pragma once
// Brings notifications to people: the desktop once, webhooks at least once with a stable delivery id.
#include "core/base/Clock.h"
#include "core/model/Config.h"
#include "core/model/Incident.h"
#include "core/model/Store.h"
#include "core/notification/DesktopNotifier.h"
#include "core/notification/WebhookSender.h"

#include <QTimer>

#include <map>

namespace prunella {

class Escalator : public QObject
{
    Q_OBJECT
public:
    explicit Escalator(std::shared_ptr<const Clock> clock, QObject *parent = nullptr);

    void setChannels(const QMap<QString, ChannelConfig> &channels) { m_channels = channels; }
    /// Items that are durable already; those of an earlier engine among them.
    void deliver(const QList<OutboxItem> &items);
    void showOnDesktop(const QString &event, const Incident &incident);
    void closeOnDesktop(const QString &incidentId) { m_desktop.close(incidentId); }

Q_SIGNALS:
    void delivered(const QString &deliveryId);
    void triedInVain(const prunella::OutboxItem &item); ///< with the new number of tries
    /// A channel that cannot work until somebody mends it; an empty text: it works again.
    void channelTrouble(const QString &channel, const QString &text);

private:
    struct Waiting { OutboxItem item; qint64 dueMs = 0; bool sending = false; };
    void sendDue();
    void send(const OutboxItem &item, const QString &url);
    void answered(const QString &deliveryId, const Status &status);
    void arm();

    std::shared_ptr<const Clock> m_clock;
    QMap<QString, ChannelConfig> m_channels;
    DesktopNotifier m_desktop;
    WebhookSender m_webhook;
    std::map<QString, Waiting> m_waiting;
    QTimer m_timer;
};

} // namespace prunella
