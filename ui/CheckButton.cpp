#include "ui/CheckButton.h"
#include "ui/Theme.h"

#include <QPainter>

namespace prunella {

CheckButton::CheckButton(const QString &text, QWidget *parent) : QPushButton(text, parent)
{
    setCheckable(true);
}

void CheckButton::paintEvent(QPaintEvent *event)
{
    QPushButton::paintEvent(event);
    if (!isChecked())
        return;
    QPainter painter(this);
    painter.fillRect(QRect(4, height() - 5, width() - 8, 3), Theme::accent(palette()));
}

} // namespace prunella
