#include "core/detection/LogHeader.h"

#include "core/detection/LogLevel.h"
#include "core/detection/LogTime.h"

#include <algorithm>

namespace prunella {

namespace {

bool blank(char c) { return static_cast<unsigned char>(c) <= ' '; }
bool digit(char c) { return c >= '0' && c <= '9'; }
bool alnum(char c)
{
    return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 128;
}

/// End of a balanced "[...]" that starts at `pos`, or `pos`.
std::size_t bracketEnd(std::string_view text, std::size_t pos)
{
    int depth = 0;
    const std::size_t stop = std::min(text.size(), pos + LogColumns::kMaxBracket);
    for (std::size_t i = pos; i < stop; ++i) {
        depth += text[i] == '[';
        depth -= text[i] == ']';
        if (depth == 0) return i + 1;
    }
    return pos;
}

std::size_t wordEnd(std::string_view text, std::size_t pos)
{
    while (pos < text.size() && !blank(text[pos]) && text[pos] != '|') ++pos;
    return pos;
}

std::size_t skipBlanks(std::string_view line, std::size_t pos)
{
    while (pos < line.size() && blank(line[pos])) ++pos;
    return pos;
}

std::uint8_t shapeOfWord(std::string_view word)
{
    std::size_t numbers = 0;
    std::size_t letters = 0;
    for (const char c : word) {
        numbers += digit(c);
        letters += alnum(c) && !digit(c);
    }
    if (numbers + letters == 0) return kColumnMark;
    const bool sign = word.size() > 1 && (word[0] == '-' || word[0] == '+');
    std::uint8_t shape = numbers + sign == word.size() ? kColumnNumber : 0;
    auto core = word;
    if (core.size() > 1 && core.back() == ':') shape |= kColumnColon;
    while (!core.empty() && (core.back() == ':' || core.back() == ',')) core.remove_suffix(1);
    if (levelOfWord(core) != LogLevel::Unknown) shape |= kColumnLevel;
    if (core.size() > 2 && core[1] == '/' && levelOfWord(core.substr(0, 1)) != LogLevel::Unknown) shape |= kColumnLevel;
    return shape;
}

/// Column in brackets: a time stamp, a level or something else; a ':' after it makes it a component.
std::uint8_t shapeOfBracket(std::string_view text, std::size_t begin, std::size_t end)
{
    std::uint8_t shape = kColumnBracket;
    const auto inner = text.substr(begin + 1, end - begin - 2);
    if (levelOfWord(inner) != LogLevel::Unknown) shape |= kColumnLevel;
    const std::size_t stamp = scanTime(text, begin + 1);
    if (stamp > begin + 1 && stamp + 1 <= end) shape |= kColumnTime;
    return shape;
}

} // namespace

void LogColumns::parse(std::string_view line, std::size_t last, std::size_t shapesFrom)
{
    const auto text = line.substr(0, kMaxBytes);
    count = 0;
    std::size_t pos = 0;
    while (count <= last && count < kMax) {
        while (pos < text.size() && blank(text[pos])) ++pos;
        if (pos >= text.size()) break;
        Column &column = at[count++];
        column.begin = static_cast<std::uint32_t>(pos);
        std::size_t end = pos;
        if (text[pos] == '|') {
            end = pos + 1;
            column.shape = kColumnMark | kColumnPipe;
        } else if (text[pos] == '[' && (end = bracketEnd(text, pos)) > pos) {
            column.shape = shapeOfBracket(text, pos, end);
            const std::size_t rest = wordEnd(text, end);
            if (rest > end && text[rest - 1] == ':') column.shape |= kColumnColon;
            end = rest;
        } else if ((end = scanTime(text, pos)) > pos && (end == text.size() || !alnum(text[end]))) {
            column.shape = kColumnTime;
            while (end < text.size() && (text[end] == ',' || text[end] == ':' || text[end] == ']')) ++end;
            if (end < text.size() && !blank(text[end]) && text[end] != '|') {
                end = wordEnd(text, end);
                column.shape = 0;
            }
        } else {
            end = wordEnd(text, pos);
            column.shape = count > shapesFrom ? shapeOfWord(text.substr(pos, end - pos)) : std::uint8_t{0};
        }
        column.end = static_cast<std::uint32_t>(end);
        pos = end;
    }
}

void LogHeader::observe(std::string_view line)
{
    LogColumns columns;
    columns.parse(line);
    ++lines_;
    std::uint8_t all = 0;
    for (std::size_t i = 0; i < columns.count; ++i) all |= columns.at[i].shape;
    if ((all & (kColumnTime | kColumnLevel)) == 0) return;
    ++anchored_;
    for (std::size_t i = 0; i < columns.count; ++i)
        for (std::size_t bit = 0; bit < kShapes; ++bit) {
            const bool here = ((columns.at[i].shape >> bit) & 1U) != 0;
            bool late = false;
            for (std::size_t k = i + 1; k <= i + kMaxShift && k < columns.count; ++k)
                late = late || ((columns.at[k].shape >> bit) & 1U) != 0;
            counts_[i][bit] += here;
            late_[i][bit] += !here && late;
        }
}

void LogHeader::restart()
{
    counts_ = {};
    late_ = {};
    lines_ = 0;
    anchored_ = 0;
}

/// Shapes of a column in nearly all lines; ':' and marks may come up to kMaxShift columns late ("Google Chrome[12]:").
std::uint8_t LogHeader::commonShape(std::size_t column) const
{
    std::uint8_t shape = 0;
    for (std::size_t bit = 0; bit < kShapes; ++bit) {
        const std::uint32_t here = counts_[column][bit];
        const bool shifts = ((1U << bit) & (kColumnColon | kColumnMark)) != 0 && here >= kMainShare * anchored_;
        const std::uint32_t seen = here + (shifts ? late_[column][bit] : 0);
        if (seen >= kShare * anchored_) shape |= static_cast<std::uint8_t>(1U << bit);
    }
    return shape;
}

bool LogHeader::learn()
{
    const bool enough = anchored_ > 0 && anchored_ >= kAnchoredShare * lines_;
    int found = kNone;
    std::uint8_t foundShape = 0;
    bool anchored = false;
    bool component = false;
    std::size_t gap = 0;
    for (std::size_t i = 0; enough && i < LogColumns::kMax && gap <= kMaxGap; ++i) {
        const std::uint8_t shape = commonShape(i);
        if (shape == 0) ++gap;
        const bool anchor = (shape & (kColumnTime | kColumnLevel)) != 0;
        const bool plain = (shape & ~kColumnNumber) == 0 || (!anchor && gap > 1)
                           || (shape == kColumnColon && component);
        const bool numberAfterTime = shape == kColumnNumber && (foundShape & kColumnTime)
                                     && found + 1 == static_cast<int>(i);
        if (plain && !numberAfterTime) continue;
        gap = 0;
        anchored = anchored || anchor;
        component = component || (shape & kColumnColon) != 0;
        found = static_cast<int>(i);
        foundShape = shape;
    }
    if (!anchored) found = kNone;
    const bool changed = found != last_ || (found != kNone && foundShape != lastShape_);
    last_ = found;
    lastShape_ = found == kNone ? 0 : foundShape;
    return changed;
}

std::size_t LogHeader::messageStart(std::string_view line) const
{
    if (last_ == kNone) return 0;
    LogColumns columns;
    const auto last = static_cast<std::size_t>(last_);
    columns.parse(line, last, last);
    if (columns.count <= last) return 0;
    const auto &column = columns.at[last];
    return (column.shape & lastShape_) == lastShape_ ? skipBlanks(line, column.end) : unusualStart(line);
}

/// A line whose last header column is late ("Google Chrome[12]:") or missing ("last message repeated 3 times").
std::size_t LogHeader::unusualStart(std::string_view line) const
{
    LogColumns columns;
    const auto last = static_cast<std::size_t>(last_);
    columns.parse(line, last + kMaxShift);
    bool anchored = false;
    for (std::size_t i = 0; i < columns.count && i <= last; ++i)
        anchored = anchored || (columns.at[i].shape & (kColumnTime | kColumnLevel)) != 0;
    if (!anchored) return 0;
    for (std::size_t i = last + 1; i < columns.count; ++i)
        if ((columns.at[i].shape & lastShape_) == lastShape_) return skipBlanks(line, columns.at[i].end);
    for (std::size_t i = std::min(columns.count, last + 1); i-- > 0;)
        if (columns.at[i].shape & ~kColumnNumber) return skipBlanks(line, columns.at[i].end);
    return 0;
}

bool LogHeader::restore(int lastColumn, std::uint8_t lastShape)
{
    if (lastColumn < kNone || lastColumn >= static_cast<int>(LogColumns::kMax) || (lastShape & 0x80U)) return false;
    last_ = lastColumn;
    lastShape_ = lastShape;
    return true;
}

} // namespace prunella
