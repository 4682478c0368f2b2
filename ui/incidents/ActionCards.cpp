#include "ui/incidents/ActionCards.h"

#include "ui/Theme.h"
#include "ui/incidents/ActionText.h"
#include "ui/incidents/AttachmentWindow.h"
#include "ui/incidents/Card.h"
#include "ui/incidents/IncidentText.h"
#include "ui/text/Format.h"
#include "ui/text/Words.h"

#include <QBoxLayout>
#include <QLabel>
#include <QPushButton>

namespace prunella {
namespace {

Health healthOf(const RecoveryActionRecord &action)
{
    if (action.verdict)
        return *action.verdict == Verdict::Healed ? Health::Healthy
             : *action.verdict == Verdict::Unknown ? Health::Unknown : Health::Critical;
    switch (action.status) {
    case ActionStatus::Failed: return Health::Critical;
    case ActionStatus::Completed:
    case ActionStatus::InProgress:
    case ActionStatus::AwaitingApproval: return Health::Warning;
    default: return Health::Unknown;
    }
}

QString titleOf(const RecoveryActionRecord &action)
{
    const QString state = action.verdict ? ActionCards::tr("%1, %2").arg(words(action.status), words(*action.verdict).toLower())
                                         : words(action.status);
    return ActionCards::tr("%1 on %2: %3").arg(words(action.type), action.target, state);
}

QString timesOf(const RecoveryActionRecord &action)
{
    QStringList parts{ActionCards::tr("attempt %1").arg(action.attempt)};
    parts.append(action.startedAt > 0 ? ActionCards::tr("started %1").arg(formatExact(action.startedAt)) : ActionCards::tr("not started"));
    if (action.completedAt > 0)
        parts.append(ActionCards::tr("took %1").arg(formatDuration(action.completedAt - action.startedAt)));
    return parts.join(ActionCards::tr(", "));
}

/// Everything a card shows, as one text to compare.
QString fingerprint(const Incident &incident)
{
    QString all = incident.id;
    for (const RecoveryActionRecord &action : incident.actions) {
        all += u'\n' + action.id + titleOf(action) + timesOf(action) + words(action.decision) + action.call + action.verifyText + action.output
             + changeWords(action) + undoWords(action, incident) + approvalWords(action).join(u' ') + action.attachment;
    }
    return all;
}

} // namespace

ActionCards::ActionCards(QWidget *parent) : QScrollArea(parent)
{
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setAccessibleName(tr("Actions taken"));
    auto *inside = new QWidget(this);
    m_cards = new QVBoxLayout(inside);
    m_cards->setContentsMargins(0, Theme::Grid, Theme::Grid, 0);
    m_cards->setSpacing(2 * Theme::Grid);
    setWidget(inside);
}

void ActionCards::setIncident(const Incident &incident)
{
    const QString wanted = fingerprint(incident);
    if (wanted == m_shown)
        return;
    m_shown = wanted;
    while (QLayoutItem *item = m_cards->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    for (auto it = incident.actions.crbegin(); it != incident.actions.crend(); ++it)
        m_cards->addWidget(card(*it, incident));
    if (incident.actions.isEmpty()) {
        auto *empty = new QLabel(isOpen(incident) ? tr("Nothing was done yet. %1").arg(lastReason(incident))
                                                  : tr("Nothing was done: the incident ended without an action."), this);
        empty->setWordWrap(true);
        m_cards->addWidget(empty);
    }
    m_cards->addStretch();
}

QWidget *ActionCards::card(const RecoveryActionRecord &action, const Incident &incident)
{
    auto *card = new Card(healthOf(action), titleOf(action), this);
    card->setObjectName(QStringLiteral("actionCard"));
    card->addExact(tr("Command"), action.call, 0);
    card->addRow(tr("Changes"), changeWords(action));
    card->addRow(tr("Part of"), stepWords(action.procedure, action.step));
    card->addRow(tr("Undo"), undoWords(action, incident));
    card->addRow(tr("Why"), words(action.decision));
    card->addRow(tr("Approved by"), approvalWords(action).join(u'\n'));
    card->addRow(tr("When"), timesOf(action));
    card->addRow(tr("Failure"), words(action.failure));
    if (!action.output.isEmpty())
        card->addExact(tr("Output"), action.output, 12);
    else if (action.startedAt > 0) // what never ran has nothing to tell
        card->addRow(tr("Output"), tr("none"));
    if (action.startedAt > 0 || !action.verifyText.isEmpty())
        card->addRow(tr("Verified"), action.verifyText.isEmpty() ? tr("not yet") : action.verifyText);
    if (!action.attachment.isEmpty())
        card->addField(tr("Attached"), snapshotButton(action));
    return card;
}

QWidget *ActionCards::snapshotButton(const RecoveryActionRecord &action)
{
    auto *button = new QPushButton(tr("Show snapshot"), this);
    button->setObjectName(QStringLiteral("showSnapshot"));
    button->setAutoDefault(false);
    button->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    button->setToolTip(action.attachment);
    const QString title = tr("Snapshot of %1, %2").arg(action.target, formatExact(action.startedAt));
    connect(button, &QPushButton::clicked, this, [this, path = action.attachment, title] { AttachmentWindow::open(path, title, this); });
    return button;
}

} // namespace prunella
