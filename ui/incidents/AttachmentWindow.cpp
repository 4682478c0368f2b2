#include "ui/incidents/AttachmentWindow.h"

#include "ui/StateIcon.h"
#include "ui/Theme.h"

#include <QBoxLayout>
#include <QFile>
#include <QFileInfo>
#include <QFontDatabase>
#include <QFuture>
#include <QLabel>
#include <QLocale>
#include <QPlainTextEdit>
#include <QPromise>
#include <QShortcut>
#include <QThreadPool>
#include <memory>

namespace prunella {

void AttachmentWindow::open(const QString &path, const QString &title, QWidget *parent)
{
    QWidget *owner = parent->window();
    for (auto *known : owner->findChildren<AttachmentWindow *>()) {
        if (known->m_path != path)
            continue;
        known->raise();
        known->activateWindow();
        return;
    }
    auto *window = new AttachmentWindow(path, title, owner);
    window->show();
}

AttachmentWindow::AttachmentWindow(const QString &path, const QString &title, QWidget *parent)
    : QWidget(parent, Qt::Window), m_path(path)
{
    setObjectName(QStringLiteral("attachment"));
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(title);
    setWindowIcon(programIcon());
    build();
    resize(900, 640);
    startReading();
}

void AttachmentWindow::build()
{
    m_note = new QLabel(tr("Reading %1…").arg(m_path), this);
    m_note->setObjectName(QStringLiteral("attachmentNote"));
    m_note->setTextFormat(Qt::PlainText);
    m_note->setWordWrap(true);
    m_note->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_text = new QPlainTextEdit(this);
    m_text->setObjectName(QStringLiteral("attachmentText"));
    m_text->setAccessibleName(tr("Content of the file"));
    m_text->setReadOnly(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_text->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_text->setLineWrapMode(QPlainTextEdit::NoWrap); // columns stay columns
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(3 * Theme::Grid, 3 * Theme::Grid, 3 * Theme::Grid, 3 * Theme::Grid);
    all->setSpacing(2 * Theme::Grid);
    all->addWidget(m_note);
    all->addWidget(m_text, 1);
    connect(new QShortcut(QKeySequence(Qt::Key_Escape), this), &QShortcut::activated, this, &QWidget::close);
}

void AttachmentWindow::startReading()
{
    auto promise = std::make_shared<QPromise<Read>>();
    promise->start();
    QThreadPool::globalInstance()->start([promise, path = m_path] {
        promise->addResult(readFile(path));
        promise->finish();
    });
    promise->future().then(this, [this](const Read &read) { fill(read); });
}

AttachmentWindow::Read AttachmentWindow::readFile(const QString &path)
{
    QFile file(path);
    if (!QFileInfo(path).exists())
        return {{}, tr("The file is not there any more: %1. Only the newest ones are kept.").arg(path)};
    if (!QFileInfo(path).isFile() || !file.open(QIODevice::ReadOnly))
        return {{}, tr("The file %1 cannot be read: %2").arg(path, QFileInfo(path).isFile() ? file.errorString() : tr("it is no file"))};
    const QByteArray bytes = file.read(MostBytes + 1);
    return {QString::fromUtf8(bytes.left(MostBytes)), {}, bytes.size() > MostBytes};
}

void AttachmentWindow::fill(const Read &read)
{
    m_text->setPlainText(read.text);
    m_text->setVisible(read.problem.isEmpty());
    if (!read.problem.isEmpty()) {
        m_note->setText(read.problem);
        m_note->setAlignment(Qt::AlignCenter);
    } else {
        m_note->setText(read.cut ? tr("%1 (its first %2 are shown)").arg(m_path, QLocale().formattedDataSize(MostBytes, 0)) : m_path);
    }
}

} // namespace prunella
