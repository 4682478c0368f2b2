#pragma once
#include "ui/incidents/CommandText.h"

#include <QLabel>

namespace prunella::samples {

/// All that a widget says.
inline QString textOf(const QWidget &widget)
{
    QString all;
    for (const QLabel *label : widget.findChildren<QLabel *>())
        all += label->text() + u'\n';
    for (const CommandText *exact : widget.findChildren<CommandText *>())
        all += exact->text() + u'\n';
    return all.replace(QChar(0xA0), u' ');
}

} // namespace prunella::samples
