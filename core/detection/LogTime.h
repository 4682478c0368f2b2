#pragma once
/// @file LogTime.h
/// Recognizes time stamps by the shape of time itself: dates, clocks, epochs and their joints; no list of formats.
#include <cstddef>
#include <string_view>

namespace prunella {

/// Longest stamp that is recognized, in bytes.
inline constexpr std::size_t kMaxTimeBytes = 64;

/// End of the time stamp that starts exactly at `pos`, or `pos` if there is none. Covers syslog ("Jun  4 15:16:01"),
/// ISO 8601 and RFC 3339, log4j (comma millis), mm-dd and yy/mm/dd with a clock, "20171223-22:15:29:606", ctime with
/// year, "10/Oct/2000:13:55:36 -0700", yymmdd hhmmss, lone dates, lone clocks with seconds, epoch seconds, ms and us.
[[nodiscard]] std::size_t scanTime(std::string_view text, std::size_t pos);

} // namespace prunella
