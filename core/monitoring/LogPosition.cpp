#include "core/monitoring/LogPosition.h"

#include <QCryptographicHash>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr int kVersion = 1;

// 64 bits do not fit into JSON's numbers.
QString text(qint64 number)
{
    return QString::number(number);
}

QJsonArray toJson(const LogPrint &print)
{
    return {text(print.size), QString::fromLatin1(print.hash)};
}

LogPrint printFrom(const QJsonValue &value)
{
    return {value[0].toString().toLongLong(), value[1].toString().toLatin1()};
}

QJsonObject toJson(const LogPosition &at)
{
    return {{u"dev"_s, QString::number(at.id.device)}, {u"ino"_s, QString::number(at.id.inode)}, {u"read"_s, text(at.read)},
            {u"pending"_s, text(at.pending)}, {u"state"_s, int(at.state)}, {u"head"_s, toJson(at.head)},
            {u"tail"_s, toJson(at.tail)}, {u"mtime"_s, text(at.modifiedNs)}, {u"born"_s, text(at.bornNs)}};
}

LogPosition positionFrom(const QJsonValue &value)
{
    const auto number = [&value](QLatin1StringView key) { return value[key].toString().toLongLong(); };
    LogPosition at;
    at.id = {value["dev"_L1].toString().toULongLong(), value["ino"_L1].toString().toULongLong()};
    at.read = std::max<qint64>(number("read"_L1), 0);
    at.pending = std::clamp<qint64>(number("pending"_L1), 0, at.read);
    at.state = LogSplitter::State(std::clamp(value["state"_L1].toInt(), 0, int(LogSplitter::State::Continued)));
    at.head = printFrom(value["head"_L1]);
    at.tail = printFrom(value["tail"_L1]);
    at.modifiedNs = number("mtime"_L1);
    at.bornNs = number("born"_L1);
    return at;
}

QJsonArray toJson(const QList<LogPosition> &list)
{
    QJsonArray array;
    for (const LogPosition &at : list)
        array.append(toJson(at));
    return array;
}

QList<LogPosition> listFrom(const QJsonValue &value)
{
    QList<LogPosition> list;
    for (const QJsonValue &entry : value.toArray())
        list.append(positionFrom(entry));
    return list;
}

} // namespace

LogPrint logPrint(QByteArrayView bytes)
{
    if (bytes.isEmpty())
        return {};
    constexpr int hexDigits = 16; // 64 bits are plenty to tell a file from its successor
    QCryptographicHash hash(QCryptographicHash::Sha1);
    hash.addData(bytes);
    return {bytes.size(), hash.result().toHex().left(hexDigits)};
}

QString toText(const LogPositions &positions)
{
    const QJsonObject object{{u"v"_s, kVersion}, {u"open"_s, toJson(positions.open)}, {u"done"_s, toJson(positions.done)}};
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

std::optional<LogPositions> logPositionsFrom(const QString &text)
{
    const QJsonObject object = QJsonDocument::fromJson(text.toUtf8()).object();
    if (object["v"_L1].toInt() != kVersion)
        return std::nullopt;
    return LogPositions{listFrom(object["open"_L1]), listFrom(object["done"_L1])};
}

} // namespace prunella
