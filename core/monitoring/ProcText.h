#pragma once
// Small scanners for the kernel's text files. They allocate nothing.
#include <QtGlobal>
#include <charconv>
#include <optional>
#include <string_view>

namespace prunella::proctext {

/// The next line without its end; `rest` moves behind it. The kernel ends every line: a last one without an end was
/// cut off, and as its last number may be cut too it counts as empty.
inline std::string_view takeLine(std::string_view &rest)
{
    const auto end = rest.find('\n');
    const auto line = end == std::string_view::npos ? std::string_view() : rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return line;
}

/// The next word, empty at the end of the line.
inline std::string_view takeField(std::string_view &line)
{
    constexpr std::string_view blanks = " \t";
    const auto start = line.find_first_not_of(blanks);
    if (start == std::string_view::npos) {
        line = {};
        return {};
    }
    line.remove_prefix(start);
    const auto end = line.find_first_of(blanks);
    const auto field = line.substr(0, end);
    line.remove_prefix(field.size());
    return field;
}

/// The whole text as a number; nothing when any of it is no digit or it does not fit.
template<typename T = quint64>
[[nodiscard]] std::optional<T> number(std::string_view text, int base = 10)
{
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

[[nodiscard]] inline std::optional<double> real(std::string_view text)
{
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

/// Reads one number for each target; false when the line has fewer or one is no number.
template<typename... T>
[[nodiscard]] bool takeNumbers(std::string_view &line, T &...targets)
{
    const auto one = [&line](auto &target) {
        const auto value = number(takeField(line));
        if (value)
            target = *value;
        return value.has_value();
    };
    return (one(targets) && ...);
}

} // namespace prunella::proctext
