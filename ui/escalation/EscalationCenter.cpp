#include "ui/escalation/EscalationCenter.h"

#include <QWidget>

namespace prunella {

EscalationCenter::EscalationCenter(EngineClient *client, QWidget *window, std::shared_ptr<const Clock> clock)
    : QObject(window), m_client(client), m_window(window), m_clock(clock ? std::move(clock) : std::make_shared<SystemClock>())
{
}

int EscalationCenter::waiting() const { return 0; }

void EscalationCenter::review() {}

} // namespace prunella
