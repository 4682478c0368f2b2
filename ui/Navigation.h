#pragma once
#include <QListWidget>

namespace prunella {

/// The pages, at the left; Ctrl+1 to Ctrl+9 choose them.
class Navigation : public QListWidget
{
    Q_OBJECT
public:
    enum class Glyph { Overview, Incidents, Settings, Rights };

    explicit Navigation(QWidget *parent = nullptr);
    void addPage(Glyph glyph, const QString &title);
    /// A number beside a page's title; 0 hides it.
    void setCount(int page, int count);

    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void applyPalette();

    QStringList m_titles;
};

} // namespace prunella
