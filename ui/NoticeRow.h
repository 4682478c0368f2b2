#pragma once
#include "core/model/Frame.h"

#include <QWidget>

class QLabel;
class QPushButton;

namespace prunella {

/// One notice: icon, text, and a button where something can be done about it.
class NoticeRow : public QWidget
{
    Q_OBJECT
public:
    explicit NoticeRow(QWidget *parent);
    void setNotice(const Notice &notice);
    void setButton(const QString &text); ///< empty: none
    [[nodiscard]] QString text() const;

Q_SIGNALS:
    void pressed();

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    [[nodiscard]] Health state() const;

    NoticeLevel m_level = NoticeLevel::Info;
    QLabel *m_text;
    QPushButton *m_button;
};

} // namespace prunella
