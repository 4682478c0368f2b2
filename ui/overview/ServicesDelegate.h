#pragma once
#include "core/base/Clock.h"

#include <QStyledItemDelegate>
#include <memory>

namespace prunella {

/// Two lines a component: icon, name and since when; below, state and reason.
class ServicesDelegate : public QStyledItemDelegate
{
    Q_OBJECT
public:
    ServicesDelegate(std::shared_ptr<const Clock> clock, QObject *parent);

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;

private:
    std::shared_ptr<const Clock> m_clock;
};

} // namespace prunella
