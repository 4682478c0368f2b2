#pragma once
// What a single written value means: pure functions from text, shared by the loaders and the settings.
#include <QString>
#include <QStringList>
#include <limits>
#include <optional>

namespace prunella {

/// Inclusive bounds of a number. Durations are bounded in milliseconds, sizes in bytes.
struct Range {
    double min = std::numeric_limits<double>::lowest();
    double max = std::numeric_limits<double>::max();
    [[nodiscard]] bool contains(double value) const { return value >= min && value <= max; }
};

/// Ten years: longer than any sensible duration, far from overflow.
inline constexpr double kLongestDurationMs = 10.0 * 365 * 24 * 3600 * 1000;

[[nodiscard]] std::optional<double> parseNumber(const QString &text);       ///< finite, decimal
[[nodiscard]] std::optional<bool> parseBoolean(const QString &text);        ///< true false yes no on off
[[nodiscard]] std::optional<double> parseDuration(const QString &text);     ///< "30s" in ms; a plain number is seconds; may be negative
[[nodiscard]] std::optional<double> parseSize(const QString &text);         ///< "2GiB" in bytes; a plain number is bytes
[[nodiscard]] std::optional<double> parsePercent(const QString &text);      ///< "80", "80%"

/// As a person would write it: 90000 -> "90s", 300000 -> "5m", 1500 -> "1500ms".
[[nodiscard]] QString writeDuration(double ms);
/// The shortest text that reads back as this number.
[[nodiscard]] QString writeNumber(double value);

/// "from 0 to 100", "at least 1", "at most 5"; empty when unbounded. `write` makes a bound readable.
[[nodiscard]] QString describeRange(Range range, QString (*write)(double) = writeNumber);

/// The known word with the least edit distance (swapped neighbours count once); empty when there is none.
[[nodiscard]] QString nearestWord(const QString &word, const QStringList &known);

} // namespace prunella
