#include "core/detection/LogLevel.h"

#include <array>

namespace prunella {

namespace {

struct Name {
    std::string_view word;
    LogLevel level;
};

constexpr std::array<Name, 28> kNames{{
    {"trace", LogLevel::Trace},      {"finest", LogLevel::Trace},    {"verbose", LogLevel::Trace},
    {"debug", LogLevel::Debug},      {"dbg", LogLevel::Debug},       {"fine", LogLevel::Debug},
    {"info", LogLevel::Info},        {"inf", LogLevel::Info},        {"information", LogLevel::Info},
    {"informational", LogLevel::Info}, {"notice", LogLevel::Notice}, {"warn", LogLevel::Warning},
    {"warning", LogLevel::Warning},  {"wrn", LogLevel::Warning},     {"error", LogLevel::Error},
    {"err", LogLevel::Error},        {"eror", LogLevel::Error},      {"severe", LogLevel::Error},
    {"failure", LogLevel::Error},    {"critical", LogLevel::Critical}, {"crit", LogLevel::Critical},
    {"fatal", LogLevel::Critical},   {"alert", LogLevel::Critical},  {"emerg", LogLevel::Critical},
    {"emergency", LogLevel::Critical}, {"panic", LogLevel::Critical}, {"ftl", LogLevel::Critical},
    {"crt", LogLevel::Critical},
}};

bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool equalsLower(std::string_view word, std::string_view name)
{
    if (word.size() != name.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i)
        if (lower(word[i]) != name[i]) return false;
    return true;
}

LogLevel levelOfLetter(char c)
{
    switch (c) {
    case 'V': return LogLevel::Trace;
    case 'D': return LogLevel::Debug;
    case 'I': return LogLevel::Info;
    case 'N': return LogLevel::Notice;
    case 'W': return LogLevel::Warning;
    case 'E': return LogLevel::Error;
    case 'F': return LogLevel::Critical;
    default: return LogLevel::Unknown;
    }
}

/// "<3>" and "<27>1 ...": severity is the priority modulo eight (RFC 5424).
LogLevel levelOfPriority(std::string_view line)
{
    static constexpr std::array<LogLevel, 8> bySeverity{LogLevel::Critical, LogLevel::Critical, LogLevel::Critical,
                                                        LogLevel::Error,    LogLevel::Warning,  LogLevel::Notice,
                                                        LogLevel::Info,     LogLevel::Debug};
    if (line.size() < 3 || line[0] != '<') return LogLevel::Unknown;
    unsigned value = 0;
    std::size_t at = 1;
    while (at < line.size() && at < 4 && line[at] >= '0' && line[at] <= '9')
        value = value * 10 + static_cast<unsigned>(line[at++] - '0');
    if (at == 1 || at >= line.size() || line[at] != '>' || value > 191) return LogLevel::Unknown;
    return bySeverity[value % 8];
}

/// Value of a key such as level, severity, lvl, loglevel: `level=error`, `"level":"error"`, `level: warn`.
LogLevel levelOfKey(std::string_view line)
{
    static constexpr std::array<std::string_view, 5> keys{"level", "severity", "lvl", "loglevel", "priority"};
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (!isLetter(line[i]) || (i > 0 && isLetter(line[i - 1]))) continue;
        std::size_t end = i;
        while (end < line.size() && (isLetter(line[end]) || line[end] == '_')) ++end;
        bool known = false;
        for (const auto key : keys) known = known || equalsLower(line.substr(i, end - i), key);
        if (!known) continue;
        std::size_t at = end;
        bool assigned = false;
        for (; at < line.size() && std::string_view("\"' =:").find(line[at]) != std::string_view::npos; ++at)
            assigned |= line[at] == '=' || line[at] == ':';
        std::size_t stop = at;
        while (stop < line.size() && isLetter(line[stop])) ++stop;
        const LogLevel level = levelOfWord(line.substr(at, stop - at));
        if (assigned && level != LogLevel::Unknown) return level;
    }
    return LogLevel::Unknown;
}

bool upperWord(std::string_view word)
{
    for (const char c : word)
        if (c < 'A' || c > 'Z') return false;
    return true;
}

/// A mark counts if it is capital, bracketed, or ends with ':' — "error" in the middle of a sentence does not.
LogLevel levelOfMark(std::string_view line)
{
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (!isLetter(line[i])) continue;
        std::size_t end = i;
        while (end < line.size() && isLetter(line[end])) ++end;
        const auto word = line.substr(i, end - i);
        const char before = i > 0 ? line[i - 1] : ' ';
        const char after = end < line.size() ? line[end] : ' ';
        const bool open = std::string_view(" \t[(<|").find(before) != std::string_view::npos;
        const bool close = std::string_view(" \t])>|:,/;").find(after) != std::string_view::npos;
        const LogLevel level = open && close ? levelOfWord(word) : LogLevel::Unknown;
        const bool boxed = before == '[' || before == '(' || before == '|' || after == ':' || after == '/';
        const bool titled = upperWord(word.substr(0, 1)) && i < 64;
        const bool marked = upperWord(word) || boxed || titled;
        if (level != LogLevel::Unknown && marked && (word.size() > 1 || i < 48)) return level;
        i = end;
    }
    return LogLevel::Unknown;
}

} // namespace

LogLevel levelOfWord(std::string_view word)
{
    if (word.size() == 1) return levelOfLetter(word[0]);
    if (word.size() > 13) return LogLevel::Unknown;
    for (const auto &name : kNames)
        if (equalsLower(word, name.word)) return name.level;
    return LogLevel::Unknown;
}

LogLevel levelOf(std::string_view line)
{
    const auto head = line.substr(0, kLevelBytes);
    if (const auto level = levelOfPriority(head); level != LogLevel::Unknown) return level;
    if (const auto level = levelOfKey(head); level != LogLevel::Unknown) return level;
    return levelOfMark(head);
}

std::string_view levelName(LogLevel level)
{
    static constexpr std::array<std::string_view, 8> names{"unknown", "trace",   "debug", "info",
                                                           "notice",  "warning", "error", "critical"};
    return names[static_cast<std::size_t>(level) % names.size()];
}

} // namespace prunella
