#pragma once
#include <QWidget>

class QLabel;
class QPlainTextEdit;

namespace prunella {

/// What an action brought with it, to be read: a text file, taken off this thread, its first 256 KiB.
class AttachmentWindow : public QWidget
{
    Q_OBJECT
public:
    static constexpr qint64 MostBytes = 262'144;

    /// Opens, or brings to the front what is open for this file already.
    static void open(const QString &path, const QString &title, QWidget *parent);

private:
    struct Read { QString text, problem; bool cut = false; };

    AttachmentWindow(const QString &path, const QString &title, QWidget *parent);
    void build();
    void startReading();
    void fill(const Read &read);
    [[nodiscard]] static Read readFile(const QString &path);

    QString m_path;
    QLabel *m_note = nullptr;
    QPlainTextEdit *m_text = nullptr;
};

} // namespace prunella
