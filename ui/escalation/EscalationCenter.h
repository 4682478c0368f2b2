#pragma once
#include "core/base/Clock.h"
#include "core/engine/EngineClient.h"

#include <QHash>
#include <QTimer>
#include <memory>

class QWidget;

namespace prunella {

class EscalationDialog;

/// Keeps the questions that wait for a person and shows them one at a time.
class EscalationCenter : public QObject
{
    Q_OBJECT
public:
    static constexpr qint64 AskAgainMs = 600'000;

    /// `window` is the parent of the dialog; `clock` drives countdowns (absent: the system's).
    EscalationCenter(EngineClient *client, QWidget *window, std::shared_ptr<const Clock> clock = {});
    ~EscalationCenter() override;

    [[nodiscard]] int waiting() const { return int(m_queue.size()); }
    /// A person wants to see what waits: shows and raises the first, also one that was put off.
    void review();
    /// Moves countdowns and shows again what was put off; called by its own timer once a second.
    void tick();

Q_SIGNALS:
    void waitingChanged(int count);

private:
    void ask(const ApprovalRequest &request);
    void withdraw(const QString &incidentId);
    /// The frame knows all that waits: a question asked before this console opened is found here.
    void reconcile();
    void settle(const QString &incidentId);
    void putOff();
    void closed();
    void showNext();
    void show(const QString &incidentId);
    void count();
    [[nodiscard]] bool isShowing() const;

    EngineClient *m_client;
    std::shared_ptr<const Clock> m_clock;
    std::unique_ptr<EscalationDialog> m_dialog;
    QTimer m_timer;
    QList<ApprovalRequest> m_queue;         ///< oldest first
    QHash<QString, qint64> m_hiddenUntil;   ///< incident -> monotonic ms; put off or closed by a person
    int m_told = 0;
};

} // namespace prunella
