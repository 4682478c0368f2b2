#include "ui/Navigation.h"
#include "ui/Theme.h"

#include <QEvent>
#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPainterPath>
#include <QShortcut>

namespace prunella {
namespace {

constexpr int IconSize = 20, RowHeight = 36; // px

/// Paints a page's sign in a box of 20 by 20.
void paintGlyph(QPainter &painter, Navigation::Glyph glyph)
{
    switch (glyph) {
    case Navigation::Glyph::Overview:
        painter.drawPolyline(QPolygonF({{2, 3}, {2, 17}, {18, 17}}));
        painter.drawPolyline(QPolygonF({{5, 13}, {9, 8}, {12, 11}, {17, 4}}));
        break;
    case Navigation::Glyph::Incidents:
        painter.drawEllipse(QPointF(10, 10), 7.5, 7.5);
        painter.drawLine(QPointF(10, 6), QPointF(10, 10.6));
        painter.drawPoint(QPointF(10, 13.8));
        break;
    case Navigation::Glyph::Settings:
        for (const double y : {5.0, 10.0, 15.0})
            painter.drawLine(QPointF(2.5, y), QPointF(17.5, y));
        painter.setBrush(painter.pen().color());
        painter.drawEllipse(QPointF(7, 5), 1.8, 1.8);
        painter.drawEllipse(QPointF(13, 10), 1.8, 1.8);
        painter.drawEllipse(QPointF(6, 15), 1.8, 1.8);
        break;
    case Navigation::Glyph::Rights: // a key
        painter.drawEllipse(QPointF(6, 10), 3.5, 3.5);
        painter.drawPolyline(QPolygonF({{9.5, 10}, {18, 10}, {18, 13.5}}));
        painter.drawLine(QPointF(14, 10), QPointF(14, 13));
        break;
    }
}

class GlyphEngine : public QIconEngine
{
public:
    explicit GlyphEngine(Navigation::Glyph glyph) : m_glyph(glyph) {}
    void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State) override
    {
        const QPalette palette = QGuiApplication::palette();
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        const QColor color = mode == QIcon::Selected ? Theme::accent(palette) : Theme::muted(palette);
        painter->setPen(QPen(color, 1.7, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter->translate(rect.topLeft());
        painter->scale(rect.width() / 20.0, rect.height() / 20.0);
        paintGlyph(*painter, m_glyph);
        painter->restore();
    }
    QPixmap pixmap(const QSize &size, QIcon::Mode mode, QIcon::State state) override
    {
        QPixmap image(size);
        image.fill(Qt::transparent);
        QPainter painter(&image);
        paint(&painter, image.rect(), mode, state);
        return image;
    }
    [[nodiscard]] QIconEngine *clone() const override { return new GlyphEngine(m_glyph); }

private:
    Navigation::Glyph m_glyph;
};

} // namespace

Navigation::Navigation(QWidget *parent) : QListWidget(parent)
{
    setFrameShape(QFrame::NoFrame);
    setIconSize({IconSize, IconSize});
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Expanding);
    setAccessibleName(tr("Pages"));
    setUniformItemSizes(true);
    setViewportMargins(8, 12, 8, 8);
    setSpacing(1);
    applyPalette();
}

void Navigation::applyPalette()
{
    // The chosen page is told by a soft tint and weight; the full accent would shout over the states.
    QPalette colors = QGuiApplication::palette();
    QColor tint = Theme::accent(colors);
    tint.setAlpha(Theme::isDark(colors) ? 60 : 36);
    colors.setColor(QPalette::Base, colors.color(QPalette::Window));
    colors.setColor(QPalette::Highlight, tint);
    colors.setColor(QPalette::HighlightedText, colors.color(QPalette::WindowText));
    if (palette() != colors)
        setPalette(colors);
}

void Navigation::addPage(Glyph glyph, const QString &title)
{
    auto *row = new QListWidgetItem(QIcon(new GlyphEngine(glyph)), title, this);
    row->setSizeHint({0, RowHeight});
    m_titles.append(title);
    const int index = count() - 1;
    const QKeySequence key(Qt::CTRL | Qt::Key(Qt::Key_1 + index));
    row->setToolTip(key.toString(QKeySequence::NativeText));
    auto *shortcut = new QShortcut(key, window());
    connect(shortcut, &QShortcut::activated, this, [this, index] { setCurrentRow(index); });
    updateGeometry();
}

void Navigation::setCount(int page, int count)
{
    const QString title = m_titles.value(page);
    item(page)->setText(count > 0 ? tr("%1 (%2)", "page (open)").arg(title).arg(count) : title);
}

QSize Navigation::sizeHint() const
{
    int widest = 0;
    for (const QString &title : m_titles)
        widest = std::max(widest, QFontMetrics(Theme::bold(font())).horizontalAdvance(tr("%1 (%2)", "page (open)").arg(title).arg(99)));
    return {widest + IconSize + 44, 200};
}

void Navigation::paintEvent(QPaintEvent *event)
{
    QListWidget::paintEvent(event);
    QPainter painter(viewport());
    if (hasFocus() && currentItem()) {
        painter.setPen(QPen(Theme::accent(palette()), 2));
        painter.drawRect(visualItemRect(currentItem()).adjusted(1, 1, -1, -1));
    }
}

void Navigation::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::ApplicationPaletteChange)
        applyPalette();
    QListWidget::changeEvent(event);
}

} // namespace prunella
