#pragma once
/// @file LogLevel.h
/// Severity of a log line, found by words and marks in its header part, for "burst of errors" detection.
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace prunella {

enum class LogLevel : std::uint8_t { Unknown, Trace, Debug, Info, Notice, Warning, Error, Critical };

/// Bytes of a line that are searched for a level: header marks come early, and a message may well speak of errors.
inline constexpr std::size_t kLevelBytes = 256;

/// Level of a whole word such as "ERROR", "warn", "E" (letters only; case is ignored but for single letters).
[[nodiscard]] LogLevel levelOfWord(std::string_view word);

/// Level of a line. Order of trust: syslog priority "<3>", key and value ("level=error", "\"level\":\"error\"",
/// "lvl=4" is not one), marks in the first columns ("[error]", "E/Tag", "ERROR:", "INFO"), else Unknown.
[[nodiscard]] LogLevel levelOf(std::string_view line);

/// English name, lower case.
[[nodiscard]] std::string_view levelName(LogLevel level);

} // namespace prunella
