#pragma once
// What one line of a service's log says about its health. Pure.
#include "core/detection/AccessLog.h"

#include <QJsonObject>

namespace prunella {

enum class LineLevel { Unknown, Debug, Info, Warning, Error };

struct ParsedLine {
    std::optional<AccessLine> access;
    LineLevel level = LineLevel::Unknown; ///< of a line that is no access line
};

/// An access line of any known format (see AccessLog.h; JSON: a status of 100 to 599 beside a method or a path), else
/// its level: by the line's own words, without them by `priority` (syslog's 0 to 7; -1: none).
[[nodiscard]] ParsedLine parseLogLine(QByteArrayView line, int priority = -1);

/// Keys of the usual servers and libraries, at the top or inside request, response, http, httpRequest, req, res.
/// Latencies by the key's ending (_ms, _us, _ns, _s, _seconds) or a written unit; `request_time` is seconds (nginx),
/// `Duration` nanoseconds (Traefik); of the others a whole number is milliseconds, one with a fraction seconds.
[[nodiscard]] std::optional<AccessLine> accessOfJson(const QJsonObject &object);
[[nodiscard]] LineLevel levelOfJson(const QJsonObject &object);
/// "error", "WARN", "crit", … in any case
[[nodiscard]] LineLevel levelOfWord(QByteArrayView word);
/// The first word of level in the beginning of a line: ERROR, [error], level=error, "error:" at its start.
[[nodiscard]] LineLevel levelOfText(QByteArrayView line);

} // namespace prunella
