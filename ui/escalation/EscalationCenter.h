#pragma once
#include "core/base/Clock.h"
#include "core/engine/EngineClient.h"

#include <memory>

class QWidget;

namespace prunella {

/// Keeps the questions that wait for a person and shows them one at a time.
class EscalationCenter : public QObject
{
    Q_OBJECT
public:
    /// `window` is the parent of the dialogs; `clock` drives countdowns (absent: the system's).
    EscalationCenter(EngineClient *client, QWidget *window, std::shared_ptr<const Clock> clock = {});

    [[nodiscard]] int waiting() const;
    /// A person wants to see what waits: shows and raises the first, also one that was put off.
    void review();

Q_SIGNALS:
    void waitingChanged(int count);

private:
    EngineClient *m_client;
    QWidget *m_window;
    std::shared_ptr<const Clock> m_clock;
};

} // namespace prunella
