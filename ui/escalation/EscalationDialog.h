#pragma once
#include "core/base/Clock.h"
#include "core/engine/EngineClient.h"

#include <QDialog>
#include <memory>

class QLabel;
class QLineEdit;
class QMenu;
class QPushButton;
class QToolButton;

namespace prunella {

class CommandText;

/// One question to a person. No default button, keys are ignored at first, and closing it answers nothing.
class EscalationDialog : public QDialog
{
    Q_OBJECT
public:
    static constexpr qint64 KeyGuardMs = 800; ///< a half-typed word elsewhere must not answer

    EscalationDialog(EngineClient *client, std::shared_ptr<const Clock> clock, QWidget *parent);

    /// Shows a question; the same incident with another plan is said to have changed.
    void ask(const ApprovalRequest &request, int waiting);
    void setWaiting(int count);
    [[nodiscard]] const ApprovalRequest &request() const { return m_request; }
    /// Moves the countdown; called by the center's timer.
    void tick();
    /// The engine said yes or no to something sent from here.
    void answered(const CommandAnswer &answer);
    [[nodiscard]] bool isPending() const { return m_pending != 0; }

Q_SIGNALS:
    void settled(const QString &incidentId); ///< the engine took the answer
    void putOff();                            ///< ask again later
    void closedByUser();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void done(int result) override;

private:
    void build();
    [[nodiscard]] QLayout *buildFacts();
    [[nodiscard]] QLayout *buildReject();
    [[nodiscard]] QLayout *buildAnswers();
    [[nodiscard]] QLabel *value(const QString &name);
    void connectAnswers();
    void showFacts();
    void fitHeight();
    void fillMenu();
    void send(Command command, const QString &text);
    void rejecting(bool on);
    void refreshButtons();
    /// Our yes was taken, and it is not the last that is needed: the question stays.
    void notedFirstYes();
    void say(const QString &text, Health health);
    [[nodiscard]] const Incident *incident() const;

    EngineClient *m_client;
    std::shared_ptr<const Clock> m_clock;
    ApprovalRequest m_request;
    quint64 m_pending = 0;
    bool m_firstYes = false; ///< what is pending is a yes after which another person must say yes
    bool m_saidYes = false;  ///< somebody has said yes here to the plan that is shown
    qint64 m_shownAt = 0;    ///< monotonic ms
    QLabel *m_icon = nullptr, *m_title = nullptr, *m_waiting = nullptr, *m_wrong = nullptr, *m_cause = nullptr;
    QLabel *m_action = nullptr, *m_why = nullptr, *m_effect = nullptr, *m_past = nullptr, *m_dependents = nullptr;
    QLabel *m_people = nullptr, *m_peopleCaption = nullptr;
    QLabel *m_countdown = nullptr, *m_message = nullptr;
    QWidget *m_facts = nullptr;
    CommandText *m_call = nullptr;
    QLineEdit *m_reason = nullptr;
    QPushButton *m_approve = nullptr, *m_reject = nullptr, *m_sendReject = nullptr, *m_cancelReject = nullptr;
    QPushButton *m_takeOver = nullptr, *m_later = nullptr;
    QToolButton *m_others = nullptr;
    QMenu *m_menu = nullptr;
};

} // namespace prunella
