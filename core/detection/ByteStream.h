#pragma once
/// @file ByteStream.h
/// Little-endian byte writing and bounds-checked reading for saved miner state.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace prunella::bytes {

/// Appends the low `width` bytes of `value`.
inline void put(std::string &out, std::uint64_t value, std::size_t width)
{
    for (std::size_t i = 0; i < width; ++i) out += static_cast<char>((value >> (8 * i)) & 0xffU);
}

/// Appends a length (two bytes) and the bytes; callers keep them below 64 KiB.
inline void putText(std::string &out, std::string_view text)
{
    put(out, text.size(), 2);
    out.append(text);
}

/// Takes `width` bytes; false if there are fewer.
inline bool take(std::string_view &in, std::uint64_t &value, std::size_t width)
{
    if (in.size() < width) return false;
    value = 0;
    for (std::size_t i = 0; i < width; ++i)
        value |= static_cast<std::uint64_t>(static_cast<unsigned char>(in[i])) << (8 * i);
    in.remove_prefix(width);
    return true;
}

/// Takes a text of at most `most` bytes.
inline bool takeText(std::string_view &in, std::string_view &text, std::size_t most)
{
    std::uint64_t size = 0;
    if (!take(in, size, 2) || size > most || size > in.size()) return false;
    text = in.substr(0, size);
    in.remove_prefix(size);
    return true;
}

} // namespace prunella::bytes
