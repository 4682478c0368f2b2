#include "ui/overview/ServicesDelegate.h"
#include "ui/StateIcon.h"
#include "ui/Theme.h"
#include "ui/overview/ServicesModel.h"
#include "ui/text/Format.h"
#include "ui/text/Words.h"

#include <QPainter>

namespace prunella {
namespace {

void line(QPainter &painter, const QRect &box, const QString &text, Qt::Alignment side = Qt::AlignLeft)
{
    painter.drawText(box, int(side | Qt::AlignVCenter), painter.fontMetrics().elidedText(text, Qt::ElideRight, box.width()));
}

QString stateLine(const QModelIndex &index)
{
    QString state = words(Health(index.data(ServicesModel::HealthRole).toInt()));
    if (index.data(ServicesModel::PausedRole).toBool())
        state += ServicesDelegate::tr(", healing paused");
    if (index.data(ServicesModel::ShadowRole).toBool())
        state += ServicesDelegate::tr(", shadow mode");
    const QString reason = index.data(ServicesModel::ReasonRole).toString();
    return reason.isEmpty() ? state : QString(state + QStringLiteral(" · ") + reason);
}

} // namespace

ServicesDelegate::ServicesDelegate(std::shared_ptr<const Clock> clock, QObject *parent)
    : QStyledItemDelegate(parent), m_clock(std::move(clock))
{
}

QSize ServicesDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &) const
{
    const int height = option.fontMetrics.height() + QFontMetrics(Theme::small(option.font)).height();
    return {160, (height + 12 + Theme::Grid - 1) / Theme::Grid * Theme::Grid};
}

void ServicesDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    painter->save();
    const bool selected = option.state & QStyle::State_Selected;
    if (selected)
        painter->fillRect(option.rect, option.palette.highlight());
    const QColor text = option.palette.color(selected ? QPalette::HighlightedText : QPalette::Text);
    const QColor muted = selected ? text : Theme::muted(option.palette);
    const auto health = Health(index.data(ServicesModel::HealthRole).toInt());
    const QRect box = option.rect.adjusted(8, 6, -8, -6);
    const int nameHeight = option.fontMetrics.height();
    paintState(*painter, QRectF(box.left(), box.top() + (nameHeight - 14) / 2.0, 14, 14), health, option.palette);
    QRect top(box.left() + 22, box.top(), box.width() - 22, nameHeight);

    const QFont small = Theme::small(option.font);
    const QString since = formatRelative(index.data(ServicesModel::SinceRole).toLongLong(), m_clock->now().wallMs);
    const int sinceWidth = QFontMetrics(small).horizontalAdvance(since);
    painter->setFont(small);
    painter->setPen(muted);
    line(*painter, top, since, Qt::AlignRight);
    top.setRight(top.right() - sinceWidth - 8);
    painter->setFont(Theme::bold(option.font));
    painter->setPen(text);
    line(*painter, top, index.data(ServicesModel::NameRole).toString());

    painter->setFont(small);
    painter->setPen(muted);
    line(*painter, QRect(box.left() + 22, box.top() + nameHeight, box.width() - 22, box.height() - nameHeight), stateLine(index));
    if (option.state & QStyle::State_HasFocus) {
        painter->setPen(QPen(Theme::accent(option.palette), 2));
        painter->drawRect(option.rect.adjusted(1, 1, -1, -1));
    }
    painter->restore();
}

} // namespace prunella
