#include "ui/incidents/ActionCards.h"

#include "ui/StateIcon.h"
#include "ui/Theme.h"
#include "ui/incidents/CommandText.h"
#include "ui/incidents/IncidentText.h"
#include "ui/text/Format.h"
#include "ui/text/Words.h"

#include <QBoxLayout>
#include <QFormLayout>
#include <QFrame>
#include <QLabel>

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
    if (!action.approvedBy.isEmpty())
        parts.append(ActionCards::tr("approved by %1").arg(action.approvedBy));
    return parts.join(ActionCards::tr(", "));
}

/// Everything a card shows, as one text to compare.
QString fingerprint(const Incident &incident)
{
    QString all = incident.id;
    for (const RecoveryActionRecord &action : incident.actions)
        all += u'\n' + action.id + titleOf(action) + timesOf(action) + words(action.decision) + action.call + action.verifyText + action.output;
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
        m_cards->addWidget(card(*it));
    if (incident.actions.isEmpty()) {
        auto *empty = new QLabel(isOpen(incident) ? tr("Nothing was done yet. %1").arg(lastReason(incident))
                                                  : tr("Nothing was done: the incident ended without an action."), this);
        empty->setWordWrap(true);
        m_cards->addWidget(empty);
    }
    m_cards->addStretch();
}

QWidget *ActionCards::card(const RecoveryActionRecord &action)
{
    auto *frame = new QFrame(this);
    frame->setObjectName(QStringLiteral("actionCard"));
    frame->setFrameShape(QFrame::StyledPanel);
    auto *all = new QVBoxLayout(frame);
    all->setContentsMargins(3 * Theme::Grid, 2 * Theme::Grid, 3 * Theme::Grid, 2 * Theme::Grid);
    auto *head = new QHBoxLayout;
    auto *icon = new QLabel(frame);
    icon->setPixmap(stateIcon(healthOf(action)).pixmap(16, 16));
    auto *title = new QLabel(titleOf(action), frame);
    title->setFont(Theme::bold(font()));
    title->setWordWrap(true);
    head->addWidget(icon, 0, Qt::AlignTop);
    head->addWidget(title, 1);
    all->addLayout(head);
    auto *form = new QFormLayout;
    form->setRowWrapPolicy(QFormLayout::DontWrapRows);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    form->setVerticalSpacing(Theme::Grid);
    addExact(form, tr("Command"), action.call, 0);
    addRow(form, tr("Why"), words(action.decision));
    addRow(form, tr("When"), timesOf(action));
    if (action.failure != FailureKind::None)
        addRow(form, tr("Failure"), words(action.failure));
    if (!action.output.isEmpty())
        addExact(form, tr("Output"), action.output, 12);
    else if (action.startedAt > 0) // what never ran has nothing to tell
        addRow(form, tr("Output"), tr("none"));
    if (action.startedAt > 0 || !action.verifyText.isEmpty())
        addRow(form, tr("Verified"), action.verifyText.isEmpty() ? tr("not yet") : action.verifyText);
    all->addLayout(form);
    return frame;
}

QWidget *ActionCards::caption(const QString &text)
{
    auto *label = new QLabel(text, this);
    label->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    label->setPalette(Theme::withText(palette(), Theme::muted(palette())));
    return label;
}

void ActionCards::addRow(QFormLayout *form, const QString &name, const QString &text)
{
    auto *label = new QLabel(text, this);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setMinimumWidth(1); // a word without a gap must not widen the card
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    form->addRow(caption(name), label);
}

void ActionCards::addExact(QFormLayout *form, const QString &name, const QString &text, int maximumLines)
{
    auto *exact = new CommandText(this);
    exact->setAccessibleName(name);
    exact->setMaximumLines(maximumLines);
    exact->setText(text.trimmed());
    form->addRow(caption(name), exact);
}

} // namespace prunella
