// How the dialog is put together; what it does is in EscalationDialog.cpp.
#include "ui/Theme.h"
#include "ui/escalation/EscalationDialog.h"
#include "ui/incidents/CommandText.h"

#include <QBoxLayout>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QScreen>
#include <QScrollArea>
#include <QToolButton>

namespace prunella {
namespace {

QPushButton *button(QWidget *parent, const QString &text, const QString &name)
{
    auto *made = new QPushButton(text, parent);
    made->setObjectName(name);
    return made;
}

} // namespace

void EscalationDialog::build()
{
    m_icon = new QLabel(this);
    m_title = new QLabel(this);
    m_title->setFont(Theme::bold(font()));
    m_title->setWordWrap(true);
    m_waiting = new QLabel(this);
    m_waiting->setObjectName(QStringLiteral("waiting"));
    auto *head = new QHBoxLayout;
    head->setSpacing(2 * Theme::Grid);
    head->addWidget(m_icon, 0, Qt::AlignTop);
    head->addWidget(m_title, 1);
    head->addWidget(m_waiting, 0, Qt::AlignTop);
    m_facts = new QWidget(this);
    m_facts->setLayout(buildFacts());
    auto *area = new QScrollArea(this); // a long command must stay readable on a small screen
    area->setFrameShape(QFrame::NoFrame);
    area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    area->setWidgetResizable(true);
    area->setWidget(m_facts);
    area->setAccessibleName(tr("Facts"));
    m_countdown = value(QStringLiteral("countdown"));
    m_message = value(QStringLiteral("message"));
    m_message->hide();
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(4 * Theme::Grid, 4 * Theme::Grid, 4 * Theme::Grid, 4 * Theme::Grid);
    all->setSpacing(3 * Theme::Grid);
    all->addLayout(head);
    all->addWidget(area, 1);
    all->addWidget(m_countdown);
    all->addWidget(m_message);
    all->addLayout(buildReject());
    all->addLayout(buildAnswers());
    setMinimumSize(480, 320);
}

void EscalationDialog::fitHeight()
{
    const QMargins margins = layout()->contentsMargins();
    const int width = std::max(minimumWidth(), 680) - margins.left() - margins.right();
    int height = m_facts->layout()->totalHeightForWidth(width - 2 * Theme::Grid) + margins.top() + margins.bottom();
    for (const QLabel *label : {m_title, m_countdown, m_message})
        height += label->isHidden() ? 0 : label->heightForWidth(width) + layout()->spacing();
    height += 2 * (m_approve->sizeHint().height() + layout()->spacing()); // the answers, and the line of the rejection
    const int room = screen()->availableGeometry().height() * 9 / 10;
    resize(std::max(minimumWidth(), 680), std::clamp(height, minimumHeight(), std::max(minimumHeight(), room)));
}

QLabel *EscalationDialog::value(const QString &name)
{
    auto *label = new QLabel(this);
    label->setObjectName(name);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setMinimumWidth(1); // a word without a gap must not widen the dialog
    label->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    return label;
}

QLayout *EscalationDialog::buildFacts()
{
    auto *form = new QFormLayout;
    form->setContentsMargins({});
    form->setVerticalSpacing(2 * Theme::Grid);
    form->setHorizontalSpacing(3 * Theme::Grid);
    const auto add = [&](const QString &caption, QWidget *field) {
        auto *what = new QLabel(caption, this);
        what->setPalette(Theme::withText(palette(), Theme::muted(palette())));
        what->setAlignment(Qt::AlignTop | Qt::AlignLeft);
        form->addRow(what, field);
        return what;
    };
    const auto row = [&](const QString &caption, QLabel *&label, const QString &name) {
        label = value(name);
        return add(caption, label);
    };
    row(tr("What is wrong"), m_wrong, QStringLiteral("wrong"));
    row(tr("Cause"), m_cause, QStringLiteral("cause"));
    row(tr("Proposed"), m_action, QStringLiteral("action"));
    m_call = new CommandText(this);
    m_call->setObjectName(QStringLiteral("call"));
    m_call->setAccessibleName(tr("Command"));
    add(tr("Command"), m_call);
    row(tr("Effect"), m_effect, QStringLiteral("effect"));
    row(tr("Depends on it"), m_dependents, QStringLiteral("dependents"));
    row(tr("Past success"), m_past, QStringLiteral("past"));
    row(tr("Why you are asked"), m_why, QStringLiteral("why"));
    m_peopleCaption = row(tr("Two people"), m_people, QStringLiteral("people"));
    m_action->setFont(Theme::bold(font()));
    return form;
}

QLayout *EscalationDialog::buildReject()
{
    m_reason = new QLineEdit(this);
    m_reason->setObjectName(QStringLiteral("reason"));
    m_reason->setPlaceholderText(tr("Why not? The reason is kept with the incident."));
    m_reason->setAccessibleName(tr("Reason of the rejection"));
    m_sendReject = button(this, tr("&Send rejection"), QStringLiteral("sendReject"));
    m_cancelReject = button(this, tr("&Back"), QStringLiteral("cancelReject"));
    auto *line = new QHBoxLayout;
    line->addWidget(m_reason, 1);
    line->addWidget(m_sendReject);
    line->addWidget(m_cancelReject);
    return line;
}

QLayout *EscalationDialog::buildAnswers()
{
    m_approve = button(this, tr("&Approve"), QStringLiteral("approve"));
    m_reject = button(this, tr("&Reject…"), QStringLiteral("reject"));
    m_others = new QToolButton(this);
    m_others->setObjectName(QStringLiteral("others"));
    m_others->setText(tr("Another action"));
    m_others->setPopupMode(QToolButton::MenuButtonPopup); // a whole arrow beside the words
    connect(m_others, &QToolButton::clicked, m_others, &QToolButton::showMenu);
    m_others->setFocusPolicy(Qt::StrongFocus);
    m_menu = new QMenu(m_others);
    m_menu->setToolTipsVisible(true);
    m_others->setMenu(m_menu);
    m_takeOver = button(this, tr("I &take over"), QStringLiteral("takeOver"));
    m_takeOver->setToolTip(tr("Prunella does nothing more about this incident until you resolve it."));
    m_later = button(this, tr("Ask again in &10 min"), QStringLiteral("later"));
    m_later->setToolTip(tr("Hides this question for ten minutes. The countdown goes on meanwhile; nothing is approved."));
    auto *line = new QHBoxLayout;
    line->setSpacing(2 * Theme::Grid);
    for (QWidget *widget : std::initializer_list<QWidget *>{m_approve, m_reject, m_others, m_takeOver})
        line->addWidget(widget);
    line->addStretch();
    line->addWidget(m_later);
    return line;
}

} // namespace prunella
