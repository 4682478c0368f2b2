#include "ui/Theme.h"

#include <QApplication>
#include <QFontDatabase>
#include <QFontMetricsF>
#include <QStyleFactory>

namespace prunella {
namespace {

const QColor LightAccent(0x6a, 0x4f, 0xb5), DarkAccent(0xa9, 0x92, 0xee); // the violet of the herb

QColor mixed(const QColor &a, const QColor &b, double partOfB)
{
    const auto part = [partOfB](int x, int y) { return int(std::lround(x + (y - x) * partOfB)); };
    return {part(a.red(), b.red()), part(a.green(), b.green()), part(a.blue(), b.blue())};
}

void setText(QPalette &palette, const QColor &text, const QColor &disabled)
{
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::ToolTipText}) {
        palette.setColor(role, text);
        palette.setColor(QPalette::Disabled, role, disabled);
    }
    palette.setColor(QPalette::PlaceholderText, disabled);
    palette.setColor(QPalette::BrightText, Qt::white);
}

void setAccent(QPalette &palette, const QColor &accent, const QColor &on)
{
    palette.setColor(QPalette::Highlight, accent);
    palette.setColor(QPalette::HighlightedText, on);
    palette.setColor(QPalette::Link, accent);
    palette.setColor(QPalette::LinkVisited, accent);
}

void setRelief(QPalette &palette, const QColor &button)
{
    palette.setColor(QPalette::Light, button.lighter(130));
    palette.setColor(QPalette::Midlight, button.lighter(112));
    palette.setColor(QPalette::Mid, button.darker(130));
    palette.setColor(QPalette::Dark, button.darker(160));
    palette.setColor(QPalette::Shadow, button.darker(250));
}

QPalette darkPalette()
{
    QPalette palette;
    // Fields lighter than the window: Fusion outlines them darker than it, which a darker field would swallow.
    const QColor window(0x17, 0x19, 0x1c), base(0x26, 0x2a, 0x2f), button(0x35, 0x39, 0x40);
    palette.setColor(QPalette::Window, window);
    palette.setColor(QPalette::Base, base);
    palette.setColor(QPalette::AlternateBase, QColor(0x2b, 0x2f, 0x35));
    palette.setColor(QPalette::ToolTipBase, QColor(0x34, 0x37, 0x3e));
    palette.setColor(QPalette::Button, button);
    setRelief(palette, button);
    setText(palette, QColor(0xe4, 0xe6, 0xea), QColor(0x7c, 0x81, 0x8a));
    setAccent(palette, QColor(0x5d, 0x49, 0x9c), Qt::white);
    palette.setColor(QPalette::Link, DarkAccent);
    palette.setColor(QPalette::LinkVisited, DarkAccent);
    return palette;
}

QPalette lightPalette()
{
    QPalette palette;
    const QColor window(0xf3, 0xf4, 0xf6), button(0xf0, 0xf1, 0xf3);
    palette.setColor(QPalette::Window, window);
    palette.setColor(QPalette::Base, Qt::white);
    palette.setColor(QPalette::AlternateBase, QColor(0xf7, 0xf8, 0xfa));
    palette.setColor(QPalette::ToolTipBase, QColor(0xff, 0xff, 0xff));
    palette.setColor(QPalette::Button, button);
    setRelief(palette, button);
    setText(palette, QColor(0x1d, 0x20, 0x26), QColor(0x8a, 0x8f, 0x99));
    setAccent(palette, LightAccent, Qt::white);
    return palette;
}

} // namespace

void Theme::apply(QApplication &app, Choice choice)
{
    if (choice == System)
        return;
    app.setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    app.setPalette(choice == Dark ? darkPalette() : lightPalette());
}

Theme::Choice Theme::fromEnvironment()
{
    const QByteArray word = qgetenv("PRUNELLA_THEME").toLower();
    return word == "dark" ? Dark : word == "light" ? Light : System;
}

bool Theme::isDark(const QPalette &palette)
{
    return palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness();
}

QColor Theme::accent(const QPalette &palette)
{
    return isDark(palette) ? DarkAccent : LightAccent;
}

QColor Theme::state(const QPalette &palette, Health health)
{
    const bool dark = isDark(palette);
    switch (health) {
    case Health::Healthy: return dark ? QColor(0x5f, 0xc1, 0x7b) : QColor(0x1f, 0x7a, 0x3d);
    case Health::Warning: return dark ? QColor(0xf2, 0xb3, 0x4b) : QColor(0x9a, 0x5b, 0x00);
    case Health::Critical: return dark ? QColor(0xff, 0x76, 0x70) : QColor(0xc2, 0x25, 0x25);
    case Health::Unknown: break;
    }
    return muted(palette);
}

QColor Theme::muted(const QPalette &palette)
{
    return mixed(palette.color(QPalette::WindowText), palette.color(QPalette::Window), 0.36);
}

QColor Theme::line(const QPalette &palette)
{
    return mixed(palette.color(QPalette::Window), palette.color(QPalette::WindowText), isDark(palette) ? 0.16 : 0.14);
}

QColor Theme::surface(const QPalette &palette)
{
    return palette.color(QPalette::Base);
}

QColor Theme::series(const QPalette &palette, int index)
{
    static const QColor light[] = {LightAccent, {0x1b, 0x6f, 0xb5}, {0x00, 0x80, 0x8c}, {0xb0, 0x3f, 0x93}, {0x6a, 0x71, 0x7d}};
    static const QColor dark[] = {DarkAccent, {0x5c, 0xb0, 0xf2}, {0x4b, 0xc6, 0xce}, {0xe2, 0x86, 0xc9}, {0xa0, 0xa7, 0xb3}};
    return (isDark(palette) ? dark : light)[index % 5];
}

QFont Theme::bold(QFont font)
{
    font.setWeight(QFont::DemiBold);
    return font;
}

QFont Theme::small(QFont font)
{
    if (font.pointSizeF() > 0)
        font.setPointSizeF(font.pointSizeF() * 0.9);
    else
        font.setPixelSize(font.pixelSize() * 9 / 10);
    return font;
}

QFont Theme::large(const QFont &font)
{
    QFont big = bold(tabular(font));
    if (big.pointSizeF() > 0)
        big.setPointSizeF(big.pointSizeF() * 1.5);
    else
        big.setPixelSize(big.pixelSize() * 3 / 2);
    return big;
}

QFont Theme::tabular(const QFont &font)
{
    const QFontMetricsF metrics(font);
    const double width = metrics.horizontalAdvance(u'0');
    for (char16_t digit = u'1'; digit <= u'9'; ++digit) {
        if (std::abs(metrics.horizontalAdvance(QChar(digit)) - width) > 0.01) {
            QFont fixed = QFontDatabase::systemFont(QFontDatabase::FixedFont);
            fixed.setPointSizeF(font.pointSizeF() > 0 ? font.pointSizeF() : fixed.pointSizeF());
            return fixed;
        }
    }
    return font;
}

QPalette Theme::withText(QPalette palette, const QColor &color)
{
    palette.setColor(QPalette::WindowText, color);
    palette.setColor(QPalette::Text, color);
    return palette;
}

} // namespace prunella
