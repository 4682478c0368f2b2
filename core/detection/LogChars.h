#pragma once
/// @file LogChars.h
/// Character classes and small word lists of the log tokenizer. Locale-free; bytes >= 0x80 count as letters.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace prunella::chars {

enum CharBits : std::uint8_t {
    kSpace = 1, kWord = 2, kDigit = 4, kHexLetter = 8, kAlpha = 16, kDot = 32, kSlash = 64, kAt = 128
};

constexpr std::array<std::uint8_t, 256> makeTable()
{
    std::array<std::uint8_t, 256> table{};
    for (int c = 0; c < 256; ++c) {
        std::uint8_t bits = 0;
        const bool lower = c >= 'a' && c <= 'z';
        const bool upper = c >= 'A' && c <= 'Z';
        if (c <= ' ' || c == 127) bits = kSpace;
        else if (c >= '0' && c <= '9') bits = kWord | kDigit;
        else if (lower || upper || c >= 128) bits = kWord | kAlpha;
        if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) bits |= kHexLetter;
        table[static_cast<std::size_t>(c)] = bits;
    }
    for (const char c : {'_', '-', '$', '%', '~', '+', '*', '#', '^', '`'})
        table[static_cast<unsigned char>(c)] = kWord;
    table['.'] = kWord | kDot;
    table['/'] = kWord | kSlash;
    table['\\'] = kWord | kSlash;
    table['@'] = kWord | kAt;
    return table;
}

constexpr auto kTable = makeTable();

inline std::uint8_t bitsOf(char c) { return kTable[static_cast<unsigned char>(c)]; }
inline bool isDigit(char c) { return (bitsOf(c) & kDigit) != 0; }
inline bool isHex(char c) { return (bitsOf(c) & (kDigit | kHexLetter)) != 0; }
inline bool isSpace(char c) { return (bitsOf(c) & kSpace) != 0; }
inline bool isWord(char c) { return (bitsOf(c) & kWord) != 0; }

/// True if the word is one of the three-letter names packed in a row.
inline bool inNames(std::string_view word, std::string_view packed)
{
    if (word.size() != 3) return false;
    for (std::size_t i = 0; i + 3 <= packed.size(); i += 3)
        if (packed.substr(i, 3) == word) return true;
    return false;
}

inline bool isMonth(std::string_view word) { return inNames(word, "JanFebMarAprMayJunJulAugSepOctNovDec"); }
inline bool isWeekday(std::string_view word) { return inNames(word, "MonTueWedThuFriSatSun"); }

inline bool isSizeUnit(std::string_view word)
{
    static constexpr std::string_view units[] = {"B", "KB", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB",
                                                 "ns", "us", "ms", "s", "sec", "secs", "min", "mins", "h"};
    for (const auto unit : units)
        if (word == unit) return true;
    return false;
}

/// Words that follow a name, and so are none.
inline bool isPreposition(std::string_view word)
{
    static constexpr std::string_view words[] = {"from", "by", "on", "for", "is", "in", "with", "to", "at", "has", "was"};
    for (const auto known : words)
        if (word == known) return true;
    return false;
}

inline bool isDomain(std::string_view word)
{
    return word.ends_with(".com") || word.ends_with(".net") || word.ends_with(".org") || word.ends_with(".edu")
           || word.ends_with(".gov");
}

} // namespace prunella::chars
