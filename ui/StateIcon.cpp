#include "ui/StateIcon.h"
#include "ui/Theme.h"

#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPainterPath>
#include <QtMath>
#include <functional>

namespace prunella {
namespace {

QPolygonF regular(int corners, double turn)
{
    QPolygonF polygon;
    for (int i = 0; i < corners; ++i) {
        const double angle = 2 * M_PI * i / corners + turn;
        polygon << QPointF(std::cos(angle), std::sin(angle));
    }
    return polygon;
}

/// Paints in a box from -1 to 1.
void paintShape(QPainter &painter, Health health, const QColor &color, const QColor &mark)
{
    const QPen stroke(mark, 0.28, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin);
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    switch (health) {
    case Health::Healthy:
        painter.drawEllipse(QPointF(0, 0), 0.92, 0.92);
        painter.setBrush(Qt::NoBrush);
        painter.setPen(stroke);
        painter.drawPolyline(QPolygonF({{-0.42, 0.04}, {-0.12, 0.36}, {0.44, -0.32}}));
        break;
    case Health::Warning:
        painter.setPen(QPen(color, 0.2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter.drawPolygon(QPolygonF({{0, -0.82}, {0.88, 0.76}, {-0.88, 0.76}}));
        painter.setPen(stroke);
        painter.drawLine(QPointF(0, -0.28), QPointF(0, 0.2));
        painter.drawPoint(QPointF(0, 0.54));
        break;
    case Health::Critical:
        painter.drawPolygon(QTransform::fromScale(0.98, 0.98).map(regular(8, M_PI / 8)));
        painter.setPen(stroke);
        painter.drawLine(QPointF(-0.34, -0.34), QPointF(0.34, 0.34));
        painter.drawLine(QPointF(-0.34, 0.34), QPointF(0.34, -0.34));
        break;
    case Health::Unknown:
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(color, 0.24));
        painter.drawEllipse(QPointF(0, 0), 0.78, 0.78);
        painter.setPen(QPen(color, 0.4, Qt::SolidLine, Qt::RoundCap));
        painter.drawPoint(QPointF(0, 0));
        break;
    }
}

/// A leaf with a pulse through it.
void paintProgram(QPainter &painter)
{
    QPainterPath leaf;
    leaf.moveTo(0, -0.96);
    leaf.cubicTo(0.9, -0.6, 1.0, 0.4, 0, 0.96);
    leaf.cubicTo(-1.0, 0.4, -0.9, -0.6, 0, -0.96);
    painter.setPen(Qt::NoPen);
    painter.setBrush(QColor(0x6a, 0x4f, 0xb5));
    painter.drawPath(leaf);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(Qt::white, 0.15, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.drawPolyline(QPolygonF({{-0.56, 0.1}, {-0.24, 0.1}, {-0.08, -0.42}, {0.14, 0.46}, {0.28, 0.1}, {0.56, 0.1}}));
}

/// Lets a function paint in the box from -1 to 1, in whatever size is asked for.
class ShapeEngine : public QIconEngine
{
public:
    using Paint = std::function<void(QPainter &)>;
    explicit ShapeEngine(Paint paintUnit) : m_paint(std::move(paintUnit)) {}

    void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State) override
    {
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        if (mode == QIcon::Disabled)
            painter->setOpacity(0.4);
        const double half = std::min(rect.width(), rect.height()) / 2.0;
        painter->translate(QRectF(rect).center());
        painter->scale(half, half);
        m_paint(*painter);
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
    [[nodiscard]] QIconEngine *clone() const override { return new ShapeEngine(m_paint); }

private:
    Paint m_paint;
};

void paintInCurrentPalette(QPainter &painter, Health health)
{
    const QPalette palette = QGuiApplication::palette();
    paintShape(painter, health, Theme::state(palette, health), Theme::surface(palette));
}

} // namespace

void paintState(QPainter &painter, const QRectF &box, Health health, const QPalette &palette)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const double half = std::min(box.width(), box.height()) / 2;
    painter.translate(box.center());
    painter.scale(half, half);
    paintShape(painter, health, Theme::state(palette, health), Theme::surface(palette));
    painter.restore();
}

QIcon stateIcon(Health health)
{
    return QIcon(new ShapeEngine([health](QPainter &painter) { paintInCurrentPalette(painter, health); }));
}

Health stateOf(Severity severity)
{
    switch (severity) {
    case Severity::Low: return Health::Unknown;
    case Severity::Medium: return Health::Warning;
    default: return Health::Critical;
    }
}

Health stateOf(IncidentStatus status)
{
    switch (status) {
    case IncidentStatus::Resolved: return Health::Healthy;
    case IncidentStatus::Escalated:
    case IncidentStatus::AwaitingApproval: return Health::Critical;
    case IncidentStatus::Suppressed:
    case IncidentStatus::Observed: return Health::Unknown;
    default: return Health::Warning;
    }
}

QIcon signIcon(Sign sign)
{
    return QIcon(new ShapeEngine([sign](QPainter &painter) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(QGuiApplication::palette().color(QPalette::ButtonText));
        if (sign == Sign::Resume) {
            painter.drawPolygon(QPolygonF({{-0.5, -0.7}, {0.7, 0}, {-0.5, 0.7}}));
            return;
        }
        painter.drawRect(QRectF(-0.6, -0.7, 0.45, 1.4));
        painter.drawRect(QRectF(0.15, -0.7, 0.45, 1.4));
    }));
}

QIcon programIcon()
{
    return QIcon(new ShapeEngine(paintProgram));
}

QIcon trayIcon(Health health, bool paused)
{
    return QIcon(new ShapeEngine([health, paused](QPainter &painter) {
        painter.setOpacity(paused ? 0.5 : 1.0);
        paintProgram(painter);
        painter.setOpacity(1.0);
        painter.translate(0.44, 0.44);
        painter.scale(0.56, 0.56);
        paintInCurrentPalette(painter, health);
    }));
}

} // namespace prunella
