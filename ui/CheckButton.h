#pragma once
#include <QPushButton>

namespace prunella {

/// A button that stays down, with a bar of the accent colour: many styles hardly show it in the dark.
class CheckButton : public QPushButton
{
    Q_OBJECT
public:
    explicit CheckButton(const QString &text, QWidget *parent = nullptr);

protected:
    void paintEvent(QPaintEvent *event) override;
};

} // namespace prunella
