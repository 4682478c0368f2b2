#include "ui/incidents/CommandText.h"

#include <QAbstractTextDocumentLayout>
#include <QFontDatabase>
#include <QScrollBar>
#include <QTextBlock>
#include <QTextOption>
#include <QWheelEvent>
#include <cmath>

namespace prunella {

CommandText::CommandText(QWidget *parent) : QPlainTextEdit(parent)
{
    setReadOnly(true);
    setTabChangesFocus(true);
    setFrameShape(QFrame::NoFrame);
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    setFocusPolicy(Qt::ClickFocus); // text to be copied must not lengthen the way by Tab
    setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    document()->setDocumentMargin(0);
    viewport()->setAutoFillBackground(false);
    setMonospace(true);
}

void CommandText::setMonospace(bool on)
{
    setFont(on ? QFontDatabase::systemFont(QFontDatabase::FixedFont) : QFont());
    fit();
}

void CommandText::setText(const QString &text)
{
    if (text == toPlainText())
        return;
    setPlainText(text);
    fit();
}

void CommandText::setMaximumLines(int lines)
{
    m_maximumLines = lines;
    fit();
}

void CommandText::fit()
{
    int lines = 0;
    for (QTextBlock block = document()->begin(); block.isValid(); block = block.next()) {
        document()->documentLayout()->blockBoundingRect(block); // lays the block out, so that its lines can be counted
        lines += std::max(1, block.layout()->lineCount());
    }
    const int shown = m_maximumLines > 0 ? std::min(lines, m_maximumLines) : lines;
    setVerticalScrollBarPolicy(shown < lines ? Qt::ScrollBarAsNeeded : Qt::ScrollBarAlwaysOff);
    setFixedHeight(int(std::ceil(shown * QFontMetricsF(font()).lineSpacing())) + 2);
}

void CommandText::resizeEvent(QResizeEvent *event)
{
    QPlainTextEdit::resizeEvent(event);
    if (event->size().width() != event->oldSize().width())
        fit();
}

void CommandText::wheelEvent(QWheelEvent *event)
{
    if (verticalScrollBar()->maximum() == 0)
        return event->ignore(); // the page scrolls
    QPlainTextEdit::wheelEvent(event);
}

} // namespace prunella
