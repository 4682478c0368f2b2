#pragma once
#include <QMessageBox>

class QCheckBox;

namespace prunella {

/// Asked once when the window is closed: keep healing in the tray, or stop. Remembers the answer when told to.
class CloseQuestion : public QMessageBox
{
    Q_OBJECT
public:
    enum class Choice { Ask, Tray, Stop };

    /// Without a tray there is nothing to keep running in, and so nothing is remembered.
    CloseQuestion(bool trayAvailable, QWidget *window);

    [[nodiscard]] static Choice remembered();
    static void remember(Choice choice);

Q_SIGNALS:
    void chosen(prunella::CloseQuestion::Choice choice); ///< Tray or Stop; nothing on Cancel

private:
    void take(QAbstractButton *button);

    QPushButton *m_tray = nullptr;
    QPushButton *m_stop;
    QCheckBox *m_remember = nullptr;
};

} // namespace prunella
