#pragma once
// Lines of access logs. Pure; the format is seen from each line by itself.
#include <QByteArrayView>
#include <QString>
#include <optional>

namespace prunella {

struct AccessLine {
    QString method;                   ///< "GET"; empty when the request was no HTTP
    QString path;                     ///< without its query, at most 256 characters
    int status = 0;                   ///< 100 to 599
    qint64 bytes = -1;                ///< of the answer; -1: not told
    std::optional<double> latencyMs;
    std::optional<qint64> wallMs;     ///< when it was written, by the line itself
};

/// Common and combined format, also behind a prefix (virtual host, syslog) and with further fields behind. Nothing when
/// it is no such line. A latency is taken from the fields behind: `rt=`, `request_time=` and a number with a point are
/// seconds (nginx), a bare whole number is microseconds (Apache's %D); a written unit (12ms) counts as written.
[[nodiscard]] std::optional<AccessLine> parseAccessLine(QByteArrayView line);

/// "GET /path?query HTTP/1.1" into method and path; whatever else leaves the method empty.
void readRequestLine(const QByteArray &request, AccessLine &out);
/// At most 256 characters, without query and fragment: these hold secrets, and every line has others.
[[nodiscard]] QString boundedPath(const QByteArray &path);
/// "0.012", "12ms", "350us", "1.5s" in milliseconds; a number without a unit is multiplied by `wholeMs`, one with a
/// point by `pointMs`. Nothing when it is no duration.
[[nodiscard]] std::optional<double> latencyOf(QByteArrayView text, double wholeMs, double pointMs);

} // namespace prunella
