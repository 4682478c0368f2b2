#include "ui/NoticeRow.h"
#include "ui/StateIcon.h"
#include "ui/Theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>

namespace prunella {
namespace {
constexpr int IconSize = 16; // px
}

NoticeRow::NoticeRow(QWidget *parent) : QWidget(parent), m_text(new QLabel(this)), m_button(new QPushButton(this))
{
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(16 + IconSize + 8, 6, 12, 6);
    row->setSpacing(12);
    m_text->setWordWrap(true);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    row->addWidget(m_text, 1);
    row->addWidget(m_button, 0, Qt::AlignTop);
    m_button->hide();
    connect(m_button, &QPushButton::clicked, this, &NoticeRow::pressed);
}

void NoticeRow::setNotice(const Notice &notice)
{
    m_level = notice.level;
    m_text->setText(notice.text);
    m_text->setAccessibleName(notice.text);
    update();
}

void NoticeRow::setButton(const QString &text)
{
    m_button->setVisible(!text.isEmpty());
    m_button->setText(text);
}

QString NoticeRow::text() const
{
    return m_text->text();
}

Health NoticeRow::state() const
{
    return m_level == NoticeLevel::Error ? Health::Critical : m_level == NoticeLevel::Warning ? Health::Warning : Health::Unknown;
}

void NoticeRow::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    QColor tint = Theme::state(palette(), state());
    tint.setAlpha(Theme::isDark(palette()) ? 40 : 28);
    painter.fillRect(rect(), tint);
    painter.setPen(Theme::line(palette()));
    painter.drawLine(rect().bottomLeft(), rect().bottomRight());
    const double top = m_text->y() + (std::min(m_text->height(), m_text->fontMetrics().height()) - IconSize) / 2.0;
    paintState(painter, QRectF(16, m_text->height() > 2 * m_text->fontMetrics().height() ? top : (height() - IconSize) / 2.0,
                               IconSize, IconSize), state(), palette());
}

} // namespace prunella
