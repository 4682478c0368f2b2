#pragma once
#include "core/model/Enums.h"

#include <QWidget>

namespace prunella {

struct TileText {
    QString title, value, detail; ///< detail: what stands after the state's word
    QString hint;                 ///< on hover
    Health state = Health::Unknown;
    QString stateText = {};       ///< instead of the state's word, where another one is truer
    bool operator==(const TileText &) const = default;
};

/// One figure with its state: title, value, and icon with word.
class Tile : public QWidget
{
    Q_OBJECT
public:
    explicit Tile(QWidget *parent = nullptr);
    void setText(const TileText &text);
    [[nodiscard]] const TileText &text() const { return m_text; }

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    [[nodiscard]] int contentHeight() const;
    [[nodiscard]] QString stateText() const;

private:
    TileText m_text;
};

} // namespace prunella
