#pragma once
#include <QWidget>

namespace prunella {

/// One line that gives way: shortened with an ellipsis where space is short, whole in its tooltip.
class ElidedLabel : public QWidget
{
    Q_OBJECT
public:
    explicit ElidedLabel(QWidget *parent = nullptr);

    void setText(const QString &text);
    [[nodiscard]] QString text() const { return m_text; }
    /// Shown on hover instead of the text: the exact time, for example.
    void setExplanation(const QString &text);
    void setColor(const QColor &color); ///< invalid: the palette's text
    /// Never narrower than this text.
    void setReserve(const QString &text);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;

private:
    QString m_text, m_explanation, m_reserve;
    QColor m_color;
};

} // namespace prunella
