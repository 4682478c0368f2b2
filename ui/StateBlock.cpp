#include "ui/StateBlock.h"
#include "ui/ElidedLabel.h"
#include "ui/StateIcon.h"
#include "ui/Theme.h"

#include <QEvent>
#include <QPainter>
#include <QVBoxLayout>

namespace prunella {
namespace {
constexpr int IconSize = 28; // px
}

StateBlock::StateBlock(QWidget *parent)
    : QWidget(parent), m_words(new ElidedLabel(this)), m_explanation(new ElidedLabel(this))
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(IconSize + 12, 0, 0, 0);
    column->setSpacing(0);
    column->addStretch(1);
    column->addWidget(m_words);
    column->addWidget(m_explanation);
    column->addStretch(1);
    m_words->setFont(Theme::bold(font()));
    m_explanation->setFont(Theme::small(font()));
    m_explanation->setColor(Theme::muted(palette()));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
}

void StateBlock::setState(Health health, const QString &words, const QString &explanation)
{
    m_health = health;
    m_words->setText(words);
    m_words->setReserve(words); // the one sentence that is never shortened
    m_explanation->setText(explanation);
    setAccessibleName(words);
    update();
}

QString StateBlock::words() const
{
    return m_words->text();
}

void StateBlock::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    paintState(painter, QRectF(0, (height() - IconSize) / 2.0, IconSize, IconSize), m_health, palette());
}

void StateBlock::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::PaletteChange)
        m_explanation->setColor(Theme::muted(palette()));
    QWidget::changeEvent(event);
}

} // namespace prunella
