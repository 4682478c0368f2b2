#include "ui/settings/DiffView.h"

#include "ui/Theme.h"

#include <QFontDatabase>
#include <QSyntaxHighlighter>

namespace prunella {
namespace {

class DiffColors : public QSyntaxHighlighter
{
public:
    explicit DiffColors(QPlainTextEdit *edit) : QSyntaxHighlighter(edit->document()), m_edit(edit) {}

protected:
    void highlightBlock(const QString &line) override
    {
        const QPalette palette = m_edit->palette();
        QTextCharFormat format;
        if (line.startsWith(u"+++") || line.startsWith(u"---") || line.startsWith(u"@@"))
            format.setForeground(Theme::muted(palette));
        else if (line.startsWith(u'+'))
            format.setForeground(Theme::state(palette, Health::Healthy));
        else if (line.startsWith(u'-'))
            format.setForeground(Theme::state(palette, Health::Critical));
        else
            return;
        setFormat(0, int(line.size()), format);
    }

private:
    QPlainTextEdit *m_edit;
};

} // namespace

DiffView::DiffView(QWidget *parent) : QPlainTextEdit(parent)
{
    setReadOnly(true);
    setTabChangesFocus(true);
    setLineWrapMode(QPlainTextEdit::NoWrap);
    setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    setAccessibleName(tr("Difference to the file"));
    new DiffColors(this);
}

void DiffView::setDiff(const QString &diff)
{
    if (diff == m_diff)
        return;
    m_diff = diff;
    setPlainText(diff);
}

} // namespace prunella
