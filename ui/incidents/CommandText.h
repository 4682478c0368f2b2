#pragma once
#include <QPlainTextEdit>

namespace prunella {

/// Exact text of a command or its output: monospace, selectable, broken anywhere rather than cut, as high as it needs.
class CommandText : public QPlainTextEdit
{
    Q_OBJECT
public:
    explicit CommandText(QWidget *parent = nullptr);

    void setText(const QString &text);
    [[nodiscard]] QString text() const { return toPlainText(); }
    /// Longer texts scroll. 0: no limit
    void setMaximumLines(int lines);
    /// Explanations that stand in a command's place are set like other text.
    void setMonospace(bool on);

    [[nodiscard]] QSize sizeHint() const override { return {200, height()}; }
    [[nodiscard]] QSize minimumSizeHint() const override { return {60, height()}; }

protected:
    void resizeEvent(QResizeEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;

private:
    void fit();

    int m_maximumLines = 0;
};

} // namespace prunella
