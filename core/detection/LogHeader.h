#pragma once
/// @file LogHeader.h
/// Learns from the lines themselves where the header (time, host, level, component ...) of a raw line ends.
///
/// Why: templates of raw lines must not depend on who wrote them and when. A line's first columns are classed by shape;
/// a column index that has the shape of a header part in nearly all lines is header. No configured format is needed.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace prunella {

/// Shape classes of a leading column, as bits.
enum ColumnShape : std::uint8_t {
    kColumnTime = 1,    ///< time stamp, also in brackets
    kColumnLevel = 2,   ///< severity word, also in brackets or with ',' or ':'
    kColumnBracket = 4, ///< "[...]" with balanced nesting, may hold white space
    kColumnColon = 8,   ///< word that ends with ':' (component of syslog and log4j)
    kColumnMark = 16,   ///< punctuation alone: "-", "--", "|", ":"
    kColumnNumber = 32, ///< digits alone
    kColumnPipe = 64    ///< '|' as separator
};

/// The leading columns of one line.
struct LogColumns {
    static constexpr std::size_t kMax = 12;         ///< columns looked at
    static constexpr std::size_t kMaxBytes = 512;   ///< bytes looked at
    static constexpr std::size_t kMaxBracket = 256; ///< longest bracketed column, bytes

    struct Column {
        std::uint32_t begin = 0;
        std::uint32_t end = 0;
        std::uint8_t shape = 0;
    };

    std::array<Column, kMax> at{};
    std::size_t count = 0;

    /// Splits the start of `line`; the columns after index `last` are left out, words before `shapesFrom` get no shape.
    void parse(std::string_view line, std::size_t last = kMax - 1, std::size_t shapesFrom = 0);
};

/// Statistics over the leading columns and the header end that follows from them.
class LogHeader {
public:
    static constexpr double kShare = 0.75;      ///< share of lines with a time or level in which a column has the shape
    static constexpr double kAnchoredShare = 0.2; ///< share of lines with a time or level; others may be stack traces
    static constexpr std::size_t kMaxGap = 3;   ///< unclear columns allowed before a time stamp or level (others: one)
    static constexpr double kMainShare = 0.5; ///< share at the column itself when late comers are counted in
    static constexpr int kNone = -1;            ///< no header
    static constexpr std::size_t kMaxShift = 2; ///< columns a line's last header part may come late

    /// Counts one line's columns.
    void observe(std::string_view line);

    [[nodiscard]] std::uint32_t lines() const { return lines_; }

    /// Forgets the counts, keeps what was learnt.
    void restart();

    /// Recomputes the header end; true if it changed.
    bool learn();

    /// Offset in `line` where the message starts.
    [[nodiscard]] std::size_t messageStart(std::string_view line) const;

    /// Index of the last header column or kNone, and the shape it must have (kept over restarts).
    [[nodiscard]] int lastColumn() const { return last_; }
    [[nodiscard]] std::uint8_t lastShape() const { return lastShape_; }
    bool restore(int lastColumn, std::uint8_t lastShape);

private:
    [[nodiscard]] std::size_t unusualStart(std::string_view line) const;
    [[nodiscard]] std::uint8_t commonShape(std::size_t column) const;

    static constexpr std::size_t kShapes = 7;
    std::array<std::array<std::uint32_t, kShapes>, LogColumns::kMax> counts_{};
    std::array<std::array<std::uint32_t, kShapes>, LogColumns::kMax> late_{};
    std::uint32_t lines_ = 0;    ///< all lines
    std::uint32_t anchored_ = 0; ///< lines with a time stamp or level
    int last_ = kNone;
    std::uint8_t lastShape_ = 0;
};

} // namespace prunella
