#include "ui/CloseQuestion.h"
#include "ui/ConsoleSettings.h"

#include <QCheckBox>
#include <QPushButton>

namespace prunella {
namespace {
const QString Key = QStringLiteral("window/on_close"); // tray | stop; absent: ask
}

CloseQuestion::CloseQuestion(bool trayAvailable, QWidget *window)
    : QMessageBox(window), m_stop(nullptr)
{
    setWindowTitle(tr("Close Prunella"));
    setIcon(QMessageBox::Question);
    setAttribute(Qt::WA_DeleteOnClose);
    if (trayAvailable) {
        setText(tr("Keep healing after the window is closed?"));
        setInformativeText(tr("In the tray Prunella goes on watching and healing. "
                              "Stopped, nothing is watched until it is started again."));
        m_tray = addButton(tr("Keep healing in the tray"), QMessageBox::AcceptRole);
        m_remember = new QCheckBox(tr("Do not ask again"), this);
        m_remember->setChecked(true);
        setCheckBox(m_remember);
        setDefaultButton(m_tray);
    } else {
        setText(tr("Stop healing and quit?"));
        setInformativeText(tr("This desktop has no tray to stay in. Once Prunella is closed, nothing is watched and nothing is "
                              "healed. Without a window, “prunellactl run” does the same work."));
    }
    m_stop = addButton(tr("Stop healing and quit"), QMessageBox::DestructiveRole);
    QPushButton *cancel = addButton(QMessageBox::Cancel);
    if (!trayAvailable)
        setDefaultButton(cancel);
    connect(this, &QMessageBox::buttonClicked, this, &CloseQuestion::take);
}

void CloseQuestion::take(QAbstractButton *button)
{
    if (button != m_tray && button != m_stop)
        return;
    const Choice choice = button == m_stop ? Choice::Stop : Choice::Tray;
    if (m_remember && m_remember->isChecked())
        remember(choice);
    Q_EMIT chosen(choice);
}

CloseQuestion::Choice CloseQuestion::remembered()
{
    const QString word = consoleSettings().value(Key).toString();
    return word == u"tray" ? Choice::Tray : word == u"stop" ? Choice::Stop : Choice::Ask;
}

void CloseQuestion::remember(Choice choice)
{
    QSettings settings = consoleSettings();
    if (choice == Choice::Ask)
        settings.remove(Key);
    else
        settings.setValue(Key, choice == Choice::Tray ? QStringLiteral("tray") : QStringLiteral("stop"));
}

} // namespace prunella
