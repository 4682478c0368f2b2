#include "ui/escalation/EscalationDialog.h"

#include "ui/StateIcon.h"
#include "ui/Theme.h"
#include "ui/escalation/EscalationText.h"
#include "ui/incidents/CommandText.h"
#include "ui/incidents/PastSuccess.h"
#include "ui/text/Words.h"

#include <QApplication>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QToolButton>

namespace prunella {
namespace {

/// Reasons are parts of sentences; beside a caption one stands alone.
QString sentence(QString text)
{
    if (!text.isEmpty())
        text[0] = text[0].toUpper();
    return text;
}

} // namespace

EscalationDialog::EscalationDialog(EngineClient *client, std::shared_ptr<const Clock> clock, QWidget *parent)
    : QDialog(parent), m_client(client), m_clock(std::move(clock))
{
    setObjectName(QStringLiteral("escalationDialog"));
    setModal(false);
    setAttribute(Qt::WA_ShowWithoutActivating);
    setWindowIcon(programIcon());
    build();
    for (QPushButton *button : findChildren<QPushButton *>()) {
        button->setAutoDefault(false); // Enter typed for another window must not press anything
        button->setDefault(false);
    }
    connectAnswers();
    rejecting(false);
    qApp->installEventFilter(this); // also sees keys on their way to a child or to a shortcut
}

void EscalationDialog::connectAnswers()
{
    connect(m_approve, &QPushButton::clicked, this, [this] {
        Command command;
        command.kind = CommandKind::Approve;
        command.actionId = m_request.actionId;
        command.planHash = m_request.planHash;
        m_firstYes = m_request.given.size() + 1 < m_request.needed;
        send(command, tr("Approved, waiting for the engine…"));
    });
    connect(m_reject, &QPushButton::clicked, this, [this] { rejecting(true); });
    connect(m_cancelReject, &QPushButton::clicked, this, [this] { rejecting(false); });
    connect(m_reason, &QLineEdit::textChanged, this, &EscalationDialog::refreshButtons);
    connect(m_sendReject, &QPushButton::clicked, this, [this] {
        Command command;
        command.kind = CommandKind::Reject;
        command.text = m_reason->text().trimmed();
        send(command, tr("Rejected, waiting for the engine…"));
    });
    connect(m_takeOver, &QPushButton::clicked, this, [this] {
        Command command;
        command.kind = CommandKind::TakeOver;
        send(command, tr("Taken over, waiting for the engine…"));
    });
    connect(m_later, &QPushButton::clicked, this, &EscalationDialog::putOff);
    connect(m_menu, &QMenu::aboutToShow, this, &EscalationDialog::fillMenu);
}

void EscalationDialog::ask(const ApprovalRequest &request, int waiting)
{
    const bool changed = request.incidentId == m_request.incidentId && request.planHash != m_request.planHash;
    const bool other = request.incidentId != m_request.incidentId;
    m_saidYes = m_saidYes && !other && !changed;
    m_request = request;
    if (other) { // an answer on its way about the same incident is still waited for
        m_pending = 0;
        m_reason->clear();
        rejecting(false);
        say({}, Health::Unknown);
    }
    if (changed)
        say(tr("The plan has changed. What is shown now is the new one: look at it again before you answer."), Health::Warning);
    m_shownAt = m_clock->now().monotonicMs; // the answers mean something else now: keys wait again
    setWaiting(waiting);
    showFacts();
    tick();
    refreshButtons();
    fitHeight();
}

void EscalationDialog::setWaiting(int count)
{
    m_waiting->setText(count > 1 ? tr("%n more waiting", nullptr, count - 1) : QString());
}

const Incident *EscalationDialog::incident() const
{
    const FramePtr frame = m_client->frame();
    const auto it = std::ranges::find(frame->open, m_request.incidentId, &Incident::id);
    return it == frame->open.cend() ? nullptr : &*it;
}

void EscalationDialog::showFacts()
{
    const FramePtr frame = m_client->frame(); // keeps the incident alive
    const Incident *known = incident();
    const Incident about = known ? *known : Incident{};
    setWindowTitle(known ? tr("Prunella asks: %1 on %2").arg(words(about.type), about.component)
                         : tr("Prunella asks: %1 on %2").arg(words(m_request.type), m_request.target));
    m_icon->setPixmap(stateIcon(stateOf(known ? about.severity : Severity::High)).pixmap(24, 24));
    m_title->setText(known ? tr("%1 on %2, severity %3").arg(words(about.type), about.component, words(about.severity).toLower())
                           : m_request.target);
    m_wrong->setText(known ? whatIsWrong(about, m_clock->now().wallMs) : tr("The incident is not in the engine's picture yet."));
    m_cause->setText(causeLine(about));
    m_action->setText(tr("%1 on %2").arg(words(m_request.type), m_request.target));
    m_call->setText(m_request.call);
    m_why->setText(sentence(words(m_request.why)));
    m_effect->setText(expectedEffect(m_request.type, m_request.target, about.condition));
    m_dependents->setText(dependentsOf(*frame, m_request.target));
    m_past->setText(longText(pastSuccess(*frame, m_request.type, m_request.target), m_request.type, m_request.target));
    m_people->setText(peopleWords(m_request));
    m_people->setVisible(m_request.needed > 1);
    m_peopleCaption->setVisible(m_request.needed > 1);
}

void EscalationDialog::tick()
{
    m_countdown->setText(countdownText(m_request, m_request.deadlineMonotonicMs - m_clock->now().monotonicMs));
    if (const Incident *known = incident())
        m_wrong->setText(whatIsWrong(*known, m_clock->now().wallMs));
}

void EscalationDialog::answered(const CommandAnswer &answer)
{
    if (m_pending == 0 || answer.id != m_pending)
        return;
    m_pending = 0;
    if (answer.ok && m_firstYes)
        return notedFirstYes();
    if (answer.ok) {
        Q_EMIT settled(m_request.incidentId);
        return;
    }
    say(tr("The engine refused: %1").arg(answer.text), Health::Critical);
    const FramePtr frame = m_client->frame();
    if (const Incident *known = incident(); known && known->approval && known->approval->planHash != m_request.planHash) {
        m_request = *known->approval; // the new plan, to be looked at
        m_shownAt = m_clock->now().monotonicMs;
        showFacts();
        tick();
    }
    refreshButtons();
}

void EscalationDialog::notedFirstYes()
{
    m_saidYes = true;
    say(tr("Your yes is noted. Nothing is done yet: a second person must agree, from a session of their own or with prunellactl approve."),
        Health::Warning);
    refreshButtons();
    fitHeight();
}

void EscalationDialog::send(Command command, const QString &text)
{
    if (m_pending != 0)
        return;
    m_firstYes = m_firstYes && command.kind == CommandKind::Approve;
    command.incidentId = m_request.incidentId;
    command.actor = QStringLiteral("console");
    command.interactive = true;
    say(text, Health::Unknown);
    m_pending = m_client->send(command);
    refreshButtons();
}

void EscalationDialog::fillMenu()
{
    m_menu->clear();
    for (const QString &word : prunella::words<ActionType>()) {
        const ActionType type = *fromString<ActionType>(word);
        const QString call = m_client->describe(m_request.incidentId, type);
        if (type == m_request.type || call.isEmpty())
            continue;
        const QString past = shortText(pastSuccess(*m_client->frame(), type, m_request.target));
        auto *action = m_menu->addAction(tr("%1 (%2)", "action (past success)").arg(words(type), past));
        action->setToolTip(tr("Does at once: %1").arg(call));
        connect(action, &QAction::triggered, this, [this, type] {
            Command command;
            command.kind = CommandKind::RecoverNow;
            command.action = type;
            send(command, tr("Chosen, waiting for the engine…"));
        });
    }
    if (m_menu->isEmpty())
        m_menu->addAction(tr("No other action is available for %1").arg(m_request.target))->setEnabled(false);
}

void EscalationDialog::rejecting(bool on)
{
    for (QWidget *widget : std::initializer_list<QWidget *>{m_reason, m_sendReject, m_cancelReject})
        widget->setVisible(on);
    m_reject->setVisible(!on);
    refreshButtons();
    if (on)
        m_reason->setFocus();
}

void EscalationDialog::refreshButtons()
{
    const bool free = m_pending == 0;
    for (QWidget *widget : std::initializer_list<QWidget *>{m_approve, m_reject, m_others, m_takeOver, m_later, m_reason})
        widget->setEnabled(free);
    m_approve->setEnabled(free && !m_saidYes);
    m_approve->setText(m_saidYes ? tr("You have approved (%1 of %2)").arg(m_request.given.size()).arg(m_request.needed) : approveButtonText(m_request));
    const bool last = m_request.given.size() + 1 >= m_request.needed;
    m_approve->setToolTip(m_saidYes ? tr("You have said yes; another person must, too.")
                          : last    ? tr("Does at once: %1").arg(m_request.call)
                                    : tr("Does nothing until a second person agrees, then: %1").arg(m_request.call));
    m_sendReject->setEnabled(free && !m_reason->text().trimmed().isEmpty());
    m_sendReject->setToolTip(m_sendReject->isEnabled() ? QString() : tr("Write a reason first: it is kept with the incident."));
}

void EscalationDialog::say(const QString &text, Health health)
{
    m_message->setVisible(!text.isEmpty());
    m_message->setText(text);
    m_message->setPalette(Theme::withText(palette(), health == Health::Unknown ? Theme::muted(palette()) : Theme::state(palette(), health)));
}

bool EscalationDialog::eventFilter(QObject *watched, QEvent *event)
{
    const auto type = event->type();
    if (type != QEvent::KeyPress && type != QEvent::KeyRelease && type != QEvent::ShortcutOverride && type != QEvent::Shortcut)
        return QDialog::eventFilter(watched, event);
    const auto *widget = qobject_cast<QWidget *>(watched);
    const bool ours = isVisible() && widget && widget->window() == this;
    return ours && m_clock->now().monotonicMs - m_shownAt < KeyGuardMs;
}

void EscalationDialog::showEvent(QShowEvent *event)
{
    m_shownAt = m_clock->now().monotonicMs;
    QDialog::showEvent(event);
}

void EscalationDialog::done(int result)
{
    const bool shown = isVisible();
    QDialog::done(result); // closing is no answer: the question goes on waiting
    if (shown)
        Q_EMIT closedByUser();
}

} // namespace prunella
