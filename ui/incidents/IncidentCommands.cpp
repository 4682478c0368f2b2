#include "ui/incidents/IncidentCommands.h"

#include "ui/Theme.h"
#include "ui/incidents/CommandText.h"
#include "ui/incidents/PastSuccess.h"
#include "ui/text/Words.h"

#include <QBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QToolButton>

namespace prunella {
namespace {

QPushButton *button(QWidget *parent, const QString &text, const QString &name)
{
    auto *made = new QPushButton(text, parent);
    made->setObjectName(name);
    made->setAutoDefault(false);
    return made;
}

QLabel *lineOf(QWidget *parent, const QString &name)
{
    auto *label = new QLabel(parent);
    label->setObjectName(name);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    label->setFocusPolicy(Qt::ClickFocus); // text to be copied must not lengthen the way by Tab
    return label;
}

} // namespace

IncidentCommands::IncidentCommands(EngineClient *client, QWidget *parent) : QWidget(parent), m_client(client)
{
    build();
    connect(m_recover, &QPushButton::clicked, this, [this] { send(CommandKind::RecoverNow, recommended(m_incident)); });
    connect(m_acknowledge, &QPushButton::clicked, this, [this] { send(CommandKind::Acknowledge); });
    connect(m_resolve, &QPushButton::clicked, this, [this] { confirmResolve(true); });
    connect(m_cancel, &QPushButton::clicked, this, [this] { confirmResolve(false); });
    connect(m_confirm, &QPushButton::clicked, this, [this] {
        confirmResolve(false);
        send(CommandKind::Resolve);
    });
    connect(m_menu, &QMenu::aboutToShow, this, &IncidentCommands::fillMenu);
    connect(m_client, &EngineClient::commandAnswered, this, &IncidentCommands::answered);
    connect(m_client, &EngineClient::frameReady, this, &IncidentCommands::refreshButtons);
    confirmResolve(false);
}

void IncidentCommands::build()
{
    m_recover = button(this, tr("Recover &now"), QStringLiteral("recoverNow"));
    m_recover->setFont(Theme::bold(font()));
    m_others = new QToolButton(this);
    m_others->setObjectName(QStringLiteral("otherActions"));
    m_others->setText(tr("Other actions"));
    m_others->setPopupMode(QToolButton::MenuButtonPopup); // a whole arrow beside the words
    connect(m_others, &QToolButton::clicked, m_others, &QToolButton::showMenu);
    m_others->setFocusPolicy(Qt::StrongFocus);
    m_menu = new QMenu(m_others);
    m_menu->setToolTipsVisible(true);
    m_others->setMenu(m_menu);
    m_acknowledge = button(this, tr("&Acknowledge"), QStringLiteral("acknowledge"));
    m_acknowledge->setToolTip(tr("Say that you have seen it: the escalation stops climbing."));
    m_resolve = button(this, tr("&Resolve…"), QStringLiteral("resolve"));
    m_question = new QLabel(tr("Close it although the condition was not seen to clear?"), this);
    m_question->setWordWrap(true);
    m_confirm = button(this, tr("&Yes, resolve"), QStringLiteral("confirmResolve"));
    m_cancel = button(this, tr("&Keep open"), QStringLiteral("cancelResolve"));
    m_call = new CommandText(this);
    m_call->setObjectName(QStringLiteral("call"));
    m_call->setAccessibleName(tr("What Recover now does"));
    m_answer = lineOf(this, QStringLiteral("answer"));
    arrange();
}

void IncidentCommands::arrange()
{
    m_buttons = new QBoxLayout(QBoxLayout::LeftToRight);
    m_buttons->setSpacing(2 * Theme::Grid);
    for (const auto &pair : {std::pair<QWidget *, QWidget *>{m_recover, m_others}, {m_acknowledge, m_resolve}}) {
        auto *half = new QHBoxLayout;
        half->setSpacing(2 * Theme::Grid);
        half->addWidget(pair.first);
        half->addWidget(pair.second);
        m_buttons->addLayout(half);
    }
    m_halves = {m_buttons->itemAt(0)->layout(), m_buttons->itemAt(1)->layout()};
    m_buttons->addStretch();
    auto *question = new QHBoxLayout;
    question->addWidget(m_question, 1);
    question->addWidget(m_confirm);
    question->addWidget(m_cancel);
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins({});
    all->setSpacing(Theme::Grid);
    all->addLayout(m_buttons);
    all->addWidget(m_call); // below, in full width: a command must be read whole
    all->addLayout(question);
    all->addWidget(m_answer);
}

/// All buttons in one line where there is room, else in two.
void IncidentCommands::fitButtons()
{
    const int first = m_halves[0]->sizeHint().width(), second = m_halves[1]->sizeHint().width();
    setMinimumWidth(std::max(first, second)); // not the sum that one line asks for: it may always become two
    const bool oneLine = first + second + m_buttons->spacing() <= width();
    m_buttons->setDirection(oneLine ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
    for (QLayout *half : m_halves)
        half->setAlignment(Qt::AlignLeft);
}

void IncidentCommands::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    fitButtons();
}

std::optional<ActionType> IncidentCommands::recommended(const Incident &incident)
{
    if (incident.approval)
        return incident.approval->type;
    if (incident.diagnosis && !incident.diagnosis->actions.isEmpty())
        return incident.diagnosis->actions.first();
    return std::nullopt;
}

QString IncidentCommands::blocked(const Incident &incident, const EngineInfo &engine)
{
    if (engine.readOnly)
        return tr("Another engine holds this state directory: %1. Act from its console.").arg(engine.holder);
    switch (incident.status) {
    case IncidentStatus::Resolved: return tr("It is resolved: nothing to recover.");
    case IncidentStatus::Recovering: return tr("An action is running.");
    case IncidentStatus::Verifying: return tr("The last action is being verified.");
    default: break;
    }
    return {};
}

QString IncidentCommands::whyNot(const Incident &incident, const EngineInfo &engine)
{
    const QString reason = blocked(incident, engine);
    if (!reason.isEmpty() || recommended(incident))
        return reason;
    if (!incident.diagnosis)
        return tr("There is no diagnosis yet, so no action is recommended.");
    return tr("No action is known for this cause. Look at the diagnosis and act by hand.");
}

void IncidentCommands::setIncident(const Incident &incident)
{
    if (incident.id != m_incident.id) {
        confirmResolve(false);
        m_pending = 0;
        say({}, false);
    }
    m_incident = incident;
    refreshButtons();
}

void IncidentCommands::refreshButtons()
{
    const bool free = m_pending == 0 && !m_client->frame()->engine.readOnly;
    const bool open = isOpen(m_incident);
    refreshRecover();
    m_others->setEnabled(free && blocked(m_incident, m_client->frame()->engine).isEmpty());
    m_acknowledge->setEnabled(free && open && m_incident.acknowledgedAt == 0);
    m_resolve->setEnabled(free && open && m_incident.status != IncidentStatus::Recovering);
    m_resolve->setToolTip(m_incident.status == IncidentStatus::Recovering ? tr("An action is running; wait for its end.")
                                                                         : tr("Close this incident by hand."));
    m_acknowledge->setText(m_incident.acknowledgedAt > 0 ? tr("Acknowledged") : tr("&Acknowledge"));
}

void IncidentCommands::refreshRecover()
{
    const auto action = recommended(m_incident);
    QString reason = whyNot(m_incident, m_client->frame()->engine);
    const QString call = action ? m_client->describe(m_incident.id, *action) : QString();
    if (reason.isEmpty() && call.isEmpty())
        reason = tr("%1 is not available for %2.").arg(words(*action), m_incident.component);
    m_recover->setEnabled(reason.isEmpty() && m_pending == 0);
    m_recover->setText(action && reason.isEmpty() ? tr("Recover &now: %1").arg(words(*action)) : tr("Recover &now"));
    m_recover->setToolTip(reason.isEmpty() ? tr("Does at once: %1").arg(call) : reason);
    m_call->setText(reason.isEmpty() ? call : reason);
    m_call->setMonospace(reason.isEmpty());
    fitButtons();
}

void IncidentCommands::fillMenu()
{
    m_menu->clear();
    const auto first = recommended(m_incident);
    for (const QString &word : prunella::words<ActionType>()) {
        const ActionType type = *fromString<ActionType>(word);
        const QString call = m_client->describe(m_incident.id, type);
        if (type == first || call.isEmpty())
            continue;
        const auto past = pastSuccess(*m_client->frame(), type, m_incident.component);
        auto *action = m_menu->addAction(tr("%1 (%2)", "action (past success)").arg(words(type), shortText(past)));
        action->setToolTip(tr("Does at once: %1").arg(call));
        connect(action, &QAction::triggered, this, [this, type] { send(CommandKind::RecoverNow, type); });
    }
    if (m_menu->isEmpty())
        m_menu->addAction(tr("No other action is available for %1").arg(m_incident.component))->setEnabled(false);
}

void IncidentCommands::confirmResolve(bool asking)
{
    for (QWidget *widget : std::initializer_list<QWidget *>{m_question, m_confirm, m_cancel})
        widget->setVisible(asking);
    if (asking)
        m_cancel->setFocus(); // Space on a reflex keeps it open
}

void IncidentCommands::send(CommandKind kind, std::optional<ActionType> action)
{
    Command command;
    command.kind = kind;
    command.incidentId = m_incident.id;
    command.action = action;
    command.interactive = true;
    command.actor = QStringLiteral("console");
    say(tr("Sent, waiting for the engine…"), false);
    m_pending = m_client->send(command);
    refreshButtons();
}

void IncidentCommands::answered(const CommandAnswer &answer)
{
    if (answer.id != m_pending || m_pending == 0)
        return;
    m_pending = 0;
    say(answer.ok ? answer.text : tr("Refused: %1").arg(answer.text), !answer.ok);
    refreshButtons();
}

void IncidentCommands::say(const QString &text, bool bad)
{
    m_answer->setVisible(!text.isEmpty());
    m_answer->setText(text);
    m_answer->setPalette(Theme::withText(palette(), bad ? Theme::state(palette(), Health::Critical) : Theme::muted(palette())));
}

} // namespace prunella
