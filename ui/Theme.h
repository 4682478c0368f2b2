#pragma once
// Colours and fonts, all derived from the palette in use, so that light and dark need no second set of widgets.
#include "core/model/Enums.h"

#include <QColor>
#include <QFont>
#include <QPalette>

class QApplication;

namespace prunella {

class Theme
{
public:
    enum Choice { System, Light, Dark };

    /// System keeps the desktop's style and palette; Light and Dark bring their own.
    static void apply(QApplication &app, Choice choice);
    /// PRUNELLA_THEME=light|dark; System when it is not set.
    [[nodiscard]] static Choice fromEnvironment();

    static constexpr int Grid = 4; ///< px; every margin and spacing is a multiple

    [[nodiscard]] static bool isDark(const QPalette &palette);
    [[nodiscard]] static QColor accent(const QPalette &palette);
    [[nodiscard]] static QColor state(const QPalette &palette, Health health);
    /// Text of second rank: captions, units, explanations; still at least 4.5:1 on the window.
    [[nodiscard]] static QColor muted(const QPalette &palette);
    /// Hairlines between parts.
    [[nodiscard]] static QColor line(const QPalette &palette);
    /// The surface of tiles, charts and the header.
    [[nodiscard]] static QColor surface(const QPalette &palette);
    /// Lines of one chart; hues that never mean a state.
    [[nodiscard]] static QColor series(const QPalette &palette, int index);

    [[nodiscard]] static QFont bold(QFont font);
    /// The size of captions.
    [[nodiscard]] static QFont small(QFont font);
    /// The size of a tile's value; digits are equally wide.
    [[nodiscard]] static QFont large(const QFont &font);
    /// The same font when its digits are equally wide, else the system's fixed one: numbers that change must not dance.
    [[nodiscard]] static QFont tabular(const QFont &font);
    /// `color` as the text colour of a palette, for labels.
    [[nodiscard]] static QPalette withText(QPalette palette, const QColor &color);
};

} // namespace prunella
