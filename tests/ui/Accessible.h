#pragma once
#include <QAbstractButton>
#include <QHeaderView>
#include <QStringList>

namespace prunella::samples {

/// Interactive controls without a name that a screen reader could say.
inline QStringList unnamed(const QWidget &page)
{
    QStringList bad;
    for (const QWidget *widget : page.findChildren<QWidget *>()) {
        const bool control = widget->focusPolicy() & Qt::TabFocus;
        const auto *button = qobject_cast<const QAbstractButton *>(widget);
        const bool inside = qobject_cast<const QHeaderView *>(widget) || widget->objectName().startsWith(u"qt_");
        if (control && !inside && widget->accessibleName().isEmpty() && !(button && !button->text().isEmpty()))
            bad.append(QLatin1StringView(widget->metaObject()->className()) + u' ' + widget->objectName());
    }
    return bad;
}

} // namespace prunella::samples
