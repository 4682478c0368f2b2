#include "ui/incidents/Card.h"

#include "ui/StateIcon.h"
#include "ui/Theme.h"
#include "ui/incidents/CommandText.h"

#include <QBoxLayout>
#include <QFormLayout>
#include <QLabel>
#include <QPainter>

namespace prunella {
namespace {

constexpr int captionLetters = 12;

} // namespace

Card::Card(Health sign, const QString &title, QWidget *parent) : QFrame(parent), m_form(new QFormLayout)
{
    auto *icon = new QLabel(this);
    icon->setPixmap(stateIcon(sign).pixmap(16, 16));
    auto *head = new QLabel(title, this);
    head->setFont(Theme::bold(font()));
    head->setTextFormat(Qt::PlainText);
    head->setWordWrap(true);
    auto *line = new QHBoxLayout;
    line->addWidget(icon, 0, Qt::AlignTop);
    line->addWidget(head, 1);
    m_form->setRowWrapPolicy(QFormLayout::DontWrapRows);
    m_form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    m_form->setVerticalSpacing(Theme::Grid);
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(3 * Theme::Grid, 2 * Theme::Grid, 3 * Theme::Grid, 2 * Theme::Grid);
    all->addLayout(line);
    all->addLayout(m_form);
}

void Card::paintEvent(QPaintEvent *)
{
    QPainter painter(this); // the surface of tiles: a style's panel is hardly seen in the dark
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Theme::line(palette()));
    painter.setBrush(Theme::surface(palette()));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), Theme::Grid, Theme::Grid);
}

void Card::addRow(const QString &caption, const QString &text)
{
    if (text.isEmpty())
        return;
    auto *label = new QLabel(text, this);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setMinimumWidth(1); // a word without a gap must not widen the card
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    addField(caption, label);
}

void Card::addExact(const QString &caption, const QString &text, int maximumLines)
{
    auto *exact = new CommandText(this);
    exact->setAccessibleName(caption);
    exact->setMaximumLines(maximumLines);
    exact->setText(text.trimmed());
    addField(caption, exact);
}

void Card::addField(const QString &caption, QWidget *field)
{
    auto *name = new QLabel(caption, this);
    name->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    name->setMinimumWidth(captionLetters * fontMetrics().averageCharWidth()); // cards below each other have one edge
    name->setPalette(Theme::withText(palette(), Theme::muted(palette())));
    m_form->addRow(name, field);
}

} // namespace prunella
