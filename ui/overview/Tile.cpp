#include "ui/overview/Tile.h"
#include "ui/StateIcon.h"
#include "ui/Theme.h"
#include "ui/text/Words.h"

#include <QPainter>

namespace prunella {
namespace {
constexpr int PadX = 12, PadY = 8; // px
}

Tile::Tile(QWidget *parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAttribute(Qt::WA_OpaquePaintEvent);
}

void Tile::setText(const TileText &text)
{
    if (m_text == text)
        return;
    TileText before = std::exchange(m_text, text);
    before.hint = text.hint;
    setToolTip(text.hint);
    if (before == text) // only the hint is new: nothing to paint
        return;
    setAccessibleName(tr("%1: %2, %3").arg(text.title, text.value, stateText()));
    update();
}

QString Tile::stateText() const
{
    return m_text.stateText.isEmpty() ? words(m_text.state) : m_text.stateText;
}

int Tile::contentHeight() const
{
    const int small = QFontMetrics(Theme::small(font())).height();
    return 2 * PadY + 2 * small + QFontMetrics(Theme::large(font())).height();
}

QSize Tile::sizeHint() const
{
    return {150, contentHeight()};
}

QSize Tile::minimumSizeHint() const
{
    return {104, contentHeight()};
}

void Tile::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), Theme::surface(palette()));
    painter.setPen(Theme::line(palette()));
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
    QRect row = rect().adjusted(PadX, PadY, -PadX, 0);
    const QColor muted = Theme::muted(palette()), text = palette().color(QPalette::WindowText);
    const auto line = [&](const QFont &font, const QColor &color, const QString &words, int indent) {
        painter.setFont(font);
        painter.setPen(color);
        const QFontMetrics metrics = painter.fontMetrics();
        row.setHeight(metrics.height());
        const QRect box = row.adjusted(indent, 0, 0, 0);
        painter.drawText(box, Qt::AlignLeft | Qt::AlignVCenter, metrics.elidedText(words, Qt::ElideMiddle, box.width()));
        row.translate(0, metrics.height());
    };
    const QFont small = Theme::small(font());
    line(small, muted, m_text.title, 0);
    QFont value = Theme::large(font());
    const int valueHeight = QFontMetrics(value).height();
    // A long figure gets smaller letters rather than an ellipsis.
    while (QFontMetrics(value).horizontalAdvance(m_text.value) > row.width() && value.pointSizeF() > font().pointSizeF())
        value.setPointSizeF(value.pointSizeF() * 0.93);
    line(value, text, m_text.value, 0);
    row.translate(0, valueHeight - QFontMetrics(value).height());
    const int size = QFontMetrics(small).ascent();
    paintState(painter, QRectF(row.left(), row.top() + 2, size, size), m_text.state, palette());
    QString state = stateText();
    if (!m_text.detail.isEmpty()) {
        const QString both = state + QStringLiteral(" · ") + m_text.detail;
        // The detail is left out whole where it does not fit: half of it says nothing.
        if (QFontMetrics(small).horizontalAdvance(both) <= row.width() - size - 4)
            state = both;
    }
    line(small, m_text.state == Health::Healthy ? muted : text, state, size + 4);
}

} // namespace prunella
