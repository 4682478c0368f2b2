#pragma once
// Alertmanagers forget what is not sent again: keeps what is open and was told to one, and repeats it.
#include "core/base/Clock.h"
#include "core/model/Config.h"
#include "core/model/Incident.h"
#include "core/notification/ChannelSender.h"

#include <QTimer>

namespace prunella {

/// Nothing of it is stored: what was told to whom follows from an incident's own steps of the chain. So an engine that
/// starts anew goes on with note(open incidents).
class OpenAlerts : public QObject
{
    Q_OBJECT
public:
    OpenAlerts(ChannelSender &sender, std::shared_ptr<const Clock> clock, QObject *parent = nullptr);

    void setConfig(const Config &config);
    void setInterval(qint64 ms);                        ///< alertResendMs unless told otherwise
    void note(const QList<Incident> &changed);          ///< open, closed and those that never were told alike
    [[nodiscard]] bool isSending(const QString &channel) const { return m_sending.contains(channel); }

Q_SIGNALS:
    void answered(const QString &channel, const prunella::DeliveryResult &result);

private:
    void sendAll();
    [[nodiscard]] QList<Incident> toldTo(const QString &channel) const;

    ChannelSender &m_sender;
    std::shared_ptr<const Clock> m_clock;
    QMap<QString, ChannelConfig> m_channels;            ///< alertmanagers only
    QList<EscalationStepConfig> m_chain;
    QMap<QString, Incident> m_open;                     ///< by id: told to somebody, not resolved
    QSet<QString> m_sending;
    QTimer m_timer;
};

} // namespace prunella
