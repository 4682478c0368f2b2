#include "core/monitoring/RespReply.h"

#include <QList>

namespace prunella {
namespace {

constexpr qsizetype kLongestLine = 4096, kLongestAnswer = 1 << 20;

tl::unexpected<Error> noRedis()
{
    return failure(ErrorCode::Invalid, QStringLiteral("it does not speak Redis' protocol"));
}

/// `start` is where the bytes begin, behind their length.
Result<std::optional<RespReply>> parseBulk(const QByteArray &bytes, const QByteArray &length, qsizetype start)
{
    bool ok = false;
    const qlonglong size = length.toLongLong(&ok);
    if (!ok || size < -1 || size > kLongestAnswer)
        return noRedis();
    if (size == -1) // null
        return std::optional(RespReply{});
    if (bytes.size() < start + size + 2)
        return std::nullopt;
    return std::optional(RespReply{false, bytes.mid(start, size)});
}

} // namespace

Result<std::optional<RespReply>> parseResp(const QByteArray &bytes)
{
    if (bytes.isEmpty())
        return std::nullopt;
    const char kind = bytes.front();
    if (kind != '+' && kind != '-' && kind != ':' && kind != '$')
        return noRedis();
    const qsizetype end = bytes.left(kLongestLine).indexOf("\r\n");
    if (end < 0) {
        if (bytes.size() >= kLongestLine)
            return noRedis();
        return std::nullopt;
    }
    const QByteArray line = bytes.mid(1, end - 1);
    if (kind == '$')
        return parseBulk(bytes, line, end + 2);
    return std::optional(RespReply{kind == '-', line});
}

QByteArray respCommand(const QList<QByteArray> &words)
{
    QByteArray out = '*' + QByteArray::number(words.size()) + "\r\n";
    for (const QByteArray &word : words)
        out += '$' + QByteArray::number(word.size()) + "\r\n" + word + "\r\n";
    return out;
}

std::optional<double> respInfo(const QByteArray &info, const QByteArray &key)
{
    const QList<QByteArray> lines = info.split('\n');
    for (const QByteArray &line : lines) {
        if (!line.startsWith(key) || line.size() <= key.size() || line[key.size()] != ':')
            continue;
        bool ok = false;
        const double value = line.mid(key.size() + 1).trimmed().toDouble(&ok);
        return ok ? std::optional(value) : std::nullopt;
    }
    return std::nullopt;
}

} // namespace prunella
