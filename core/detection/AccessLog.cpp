#include "core/detection/AccessLog.h"

#include <QDateTime>

#include <algorithm>
#include <array>
#include <cmath>

namespace prunella {
namespace {

constexpr qsizetype kLongestLine = 64 * 1024, kLongestPath = 256, kLongestMethod = 20;
constexpr int kMostBrackets = 8;

bool isDigit(char c) { return c >= '0' && c <= '9'; }

/// Exactly `count` digits at `at`, else -1.
int digits(QByteArrayView text, qsizetype at, qsizetype count)
{
    if (text.size() < at + count)
        return -1;
    int value = 0;
    for (qsizetype i = at; i < at + count; ++i) {
        if (!isDigit(text[i]))
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

int monthOf(QByteArrayView name)
{
    static constexpr QByteArrayView months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const qsizetype at = months.indexOf(name);
    return at >= 0 && at % 3 == 0 ? int(at / 3) + 1 : 0;
}

/// Seconds east of UTC of "+0200"; nothing when there is none.
std::optional<int> zoneOf(QByteArrayView text)
{
    const int hours = digits(text, 1, 2), minutes = digits(text, 3, 2);
    if (text.size() != 5 || (text[0] != '+' && text[0] != '-') || hours < 0 || hours > 14 || minutes < 0 || minutes > 59)
        return std::nullopt;
    return (text[0] == '-' ? -1 : 1) * (hours * 60 + minutes) * 60;
}

/// "10/Oct/2000:13:55:36 -0700", or ISO 8601 as nginx can write it.
std::optional<qint64> clfTime(QByteArrayView text)
{
    if (text.size() > 40 || text.size() < 19)
        return std::nullopt;
    if (text[4] == '-') {
        const QDateTime time = QDateTime::fromString(QString::fromLatin1(text), Qt::ISODateWithMs);
        return time.isValid() ? std::optional(time.toMSecsSinceEpoch()) : std::nullopt;
    }
    const QDate date(digits(text, 7, 4), monthOf(text.sliced(3, 3)), digits(text, 0, 2));
    const QTime time(digits(text, 12, 2), digits(text, 15, 2), std::min(digits(text, 18, 2), 59)); // a leap second, too
    const qsizetype blank = text.lastIndexOf(' ');
    const auto zone = blank < 0 ? std::optional(0) : zoneOf(text.sliced(blank + 1));
    if (date.year() < 1970 || text[2] != '/' || text[6] != '/' || text[11] != ':' || !date.isValid() || !time.isValid() || !zone)
        return std::nullopt;
    constexpr qint64 unixEpoch = 2'440'588; // as a Julian day
    return (date.toJulianDay() - unixEpoch) * 86'400'000 + time.msecsSinceStartOfDay() - *zone * 1000LL;
}

/// The bracket with the date, behind at least host, identity and user. `end` is where it closes.
std::optional<qint64> findTime(QByteArrayView line, qsizetype &end)
{
    qsizetype open = -1;
    for (int i = 0; i < kMostBrackets; ++i) {
        open = line.indexOf('[', open + 1);
        if (open < 0)
            return std::nullopt;
        end = line.indexOf(']', open);
        if (end < 0)
            return std::nullopt;
        const auto time = clfTime(line.sliced(open + 1, end - open - 1));
        if (time)
            return line.first(open).count(' ') >= 3 ? time : std::nullopt;
    }
    return std::nullopt;
}

/// Behind the quote that closes what begins at `start`; a backslash protects the character after it. -1: never closed.
qsizetype closingQuote(QByteArrayView line, qsizetype start)
{
    for (qsizetype i = start; i < line.size(); ++i) {
        if (line[i] == '\\')
            ++i;
        else if (line[i] == '"')
            return i;
    }
    return -1;
}

std::optional<double> latencyOfField(QByteArrayView field)
{
    const qsizetype equals = field.indexOf('=');
    if (equals < 0)
        return latencyOf(field, 0.001, 1000);
    static constexpr std::array<QByteArrayView, 7> keys{"rt", "request_time", "duration", "latency", "time", "took", "elapsed"};
    const QByteArrayView key = field.first(equals);
    if (std::find(keys.begin(), keys.end(), key) == keys.end())
        return std::nullopt;
    return latencyOf(field.sliced(equals + 1), key == keys[0] || key == keys[1] ? 1000 : 1, 1000);
}

/// The first duration among the unquoted fields behind status and bytes.
std::optional<double> latencyBehind(QByteArrayView rest)
{
    for (qsizetype at = 0; at < rest.size();) {
        if (rest[at] == ' ') {
            ++at;
        } else if (rest[at] == '"') {
            const qsizetype close = closingQuote(rest, at + 1);
            if (close < 0)
                return std::nullopt;
            at = close + 1;
        } else {
            qsizetype end = rest.indexOf(' ', at);
            end = end < 0 ? rest.size() : end;
            if (const auto latency = latencyOfField(rest.sliced(at, end - at)))
                return latency;
            // a quoted value (urt="0.1") may have blanks: it is left as a whole
            const qsizetype quote = rest.indexOf('"', at);
            const qsizetype close = quote >= 0 && quote < end ? closingQuote(rest, quote + 1) : end - 1;
            at = close < 0 ? rest.size() : close + 1;
        }
    }
    return std::nullopt;
}

/// "200 2326 …" or "200 - …"
bool readAnswer(QByteArrayView rest, AccessLine &out)
{
    out.status = digits(rest, 0, 3);
    if (out.status < 100 || out.status > 599 || (rest.size() > 3 && rest[3] != ' '))
        return false;
    rest = rest.sliced(std::min<qsizetype>(4, rest.size()));
    qsizetype end = rest.indexOf(' ');
    end = end < 0 ? rest.size() : end;
    const QByteArrayView size = rest.first(end);
    bool ok = false;
    const qlonglong bytes = size.toLongLong(&ok);
    if (ok && bytes >= 0)
        out.bytes = bytes;
    else if (size != "-" && !size.isEmpty())
        return false;
    out.latencyMs = latencyBehind(rest.sliced(end));
    return true;
}

} // namespace

std::optional<double> latencyOf(QByteArrayView text, double wholeMs, double pointMs)
{
    if (text.isEmpty() || !isDigit(text[0]))
        return std::nullopt;
    qsizetype end = 0;
    while (end < text.size() && (isDigit(text[end]) || text[end] == '.'))
        ++end;
    const QByteArrayView number = text.first(end), unit = text.sliced(end);
    bool ok = false;
    const double value = number.toDouble(&ok);
    double factor = number.contains('.') ? pointMs : wholeMs;
    if (unit == "ms")
        factor = 1;
    else if (unit == "s")
        factor = 1000;
    else if (unit == "us" || unit == "\xC2\xB5s" || unit == "\xCE\xBCs") // both signs for micro
        factor = 0.001;
    else if (unit == "ns")
        factor = 1e-6;
    else if (!unit.isEmpty())
        return std::nullopt;
    const double latency = value * factor;
    return ok && std::isfinite(latency) ? std::optional(latency) : std::nullopt;
}

QString boundedPath(const QByteArray &path)
{
    const auto ends = [](char c) { return c == '?' || c == '#' || c == ';'; };
    const auto end = std::find_if(path.cbegin(), path.cend(), ends);
    return QString::fromUtf8(path.first(std::min<qsizetype>(end - path.cbegin(), 4 * kLongestPath))).left(kLongestPath);
}

void readRequestLine(const QByteArray &request, AccessLine &out)
{
    const qsizetype blank = request.indexOf(' ');
    const QByteArray method = request.left(blank);
    const bool word = blank > 0 && blank <= kLongestMethod
        && std::all_of(method.cbegin(), method.cend(), [](char c) { return (c >= 'A' && c <= 'Z') || c == '-' || c == '_'; });
    if (!word)
        return; // a TLS greeting on a plain port, or nothing at all: the status still counts
    qsizetype end = request.lastIndexOf(" HTTP/");
    end = end <= blank ? request.size() : end;
    out.method = QString::fromLatin1(method);
    out.path = boundedPath(request.mid(blank + 1, end - blank - 1));
}

std::optional<AccessLine> parseAccessLine(QByteArrayView line)
{
    if (line.size() > kLongestLine)
        return std::nullopt;
    while (!line.isEmpty() && (line.back() == '\n' || line.back() == '\r' || line.back() == ' '))
        line.chop(1);
    qsizetype at = -1;
    AccessLine out;
    out.wallMs = findTime(line, at);
    if (!out.wallMs || !line.sliced(at + 1).startsWith(" \""))
        return std::nullopt;
    const qsizetype start = at + 3;
    const qsizetype close = closingQuote(line, start);
    if (close < 0 || close + 2 > line.size() || !line.sliced(close + 1).startsWith(' '))
        return std::nullopt;
    if (!readAnswer(line.sliced(close + 2), out))
        return std::nullopt;
    readRequestLine(line.sliced(start, close - start).toByteArray(), out);
    return out;
}

} // namespace prunella
