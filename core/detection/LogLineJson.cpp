// Lines of JSON: what the usual servers and libraries call things.
#include "core/detection/LogLineParser.h"

#include <QDateTime>
#include <QJsonValue>

#include <array>
#include <cmath>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

using Keys = std::initializer_list<QLatin1StringView>;

/// The object itself and the ones inside that describe the request and its answer.
QList<QJsonObject> partsOf(const QJsonObject &object)
{
    QList<QJsonObject> parts{object};
    for (const char *name : {"http", "request", "response", "req", "res", "httpRequest", "http_request"}) {
        const QJsonObject part = object.value(QLatin1StringView(name)).toObject();
        if (part.isEmpty())
            continue;
        parts.append(part);
        for (const char *inner : {"request", "response"}) { // http.request.method of the Elastic Common Schema
            const QJsonObject deeper = part.value(QLatin1StringView(inner)).toObject();
            if (!deeper.isEmpty())
                parts.append(deeper);
        }
    }
    return parts;
}

/// The first of these keys that any part has with a scalar value.
QJsonValue find(const QList<QJsonObject> &parts, Keys keys, QLatin1StringView *found = nullptr)
{
    for (const QLatin1StringView key : keys) {
        for (const QJsonObject &part : parts) {
            const QJsonValue value = part.value(key);
            if (!value.isString() && !value.isDouble())
                continue;
            if (found)
                *found = key;
            return value;
        }
    }
    return QJsonValue(QJsonValue::Undefined);
}

std::optional<double> numberOf(const QJsonValue &value)
{
    bool ok = value.isDouble();
    const double number = ok ? value.toDouble() : value.toString().toDouble(&ok);
    return ok && std::isfinite(number) ? std::optional(number) : std::nullopt;
}

/// 0: none of them
int statusOf(const QList<QJsonObject> &parts, bool hasMethod)
{
    const QJsonValue value = find(parts, {"status"_L1, "status_code"_L1, "statusCode"_L1,
        "http_status"_L1, "httpStatus"_L1, "response_code"_L1, "response_status"_L1,
        "http.response.status_code"_L1, "DownstreamStatus"_L1});
    auto number = numberOf(value);
    if (!number && hasMethod) // a code alone may be anything
        number = numberOf(find(parts, {"code"_L1}));
    const double status = number.value_or(0);
    return status >= 100 && status <= 599 && std::floor(status) == status ? int(status) : 0;
}

struct LatencyKey { QLatin1StringView name; double wholeMs, pointMs; };
constexpr std::array kLatencies{
    LatencyKey{"latency_ms"_L1, 1, 1}, LatencyKey{"duration_ms"_L1, 1, 1},
    LatencyKey{"elapsed_ms"_L1, 1, 1}, LatencyKey{"response_time_ms"_L1, 1, 1},
    LatencyKey{"durationMs"_L1, 1, 1}, LatencyKey{"latencyMs"_L1, 1, 1},
    LatencyKey{"responseTime"_L1, 1, 1}, // pino
    LatencyKey{"latency_us"_L1, 1e-3, 1e-3}, LatencyKey{"duration_us"_L1, 1e-3, 1e-3},
    LatencyKey{"latency_ns"_L1, 1e-6, 1e-6}, LatencyKey{"duration_ns"_L1, 1e-6, 1e-6},
    LatencyKey{"Duration"_L1, 1e-6, 1e-6}, // Traefik
    LatencyKey{"event.duration"_L1, 1e-6, 1e-6}, // Elastic Common Schema
    LatencyKey{"latency_s"_L1, 1e3, 1e3}, LatencyKey{"duration_s"_L1, 1e3, 1e3},
    LatencyKey{"duration_seconds"_L1, 1e3, 1e3}, LatencyKey{"request_time"_L1, 1e3, 1e3}, // nginx
    LatencyKey{"latency"_L1, 1, 1e3}, LatencyKey{"duration"_L1, 1, 1e3},
    LatencyKey{"elapsed"_L1, 1, 1e3}, LatencyKey{"response_time"_L1, 1, 1e3},
    LatencyKey{"took"_L1, 1, 1e3},
};

std::optional<double> jsonLatency(const QList<QJsonObject> &parts)
{
    for (const LatencyKey &key : kLatencies) {
        const QJsonValue value = find(parts, {key.name});
        if (value.isString())
            return latencyOf(value.toString().toUtf8(), key.wholeMs, key.pointMs);
        const double number = value.toDouble(-1);
        const double latency = number * (std::floor(number) == number ? key.wholeMs : key.pointMs);
        if (number >= 0 && std::isfinite(latency))
            return latency;
    }
    return std::nullopt;
}

std::optional<qint64> jsonTime(const QJsonObject &object)
{
    const QJsonValue value = find({object}, {"time"_L1, "timestamp"_L1, "@timestamp"_L1, "ts"_L1});
    if (value.isString()) {
        const QDateTime time = QDateTime::fromString(value.toString().left(40), Qt::ISODateWithMs);
        return time.isValid() ? std::optional(time.toMSecsSinceEpoch()) : std::nullopt;
    }
    const double number = value.toDouble();
    if (number > 1e8 && number < 1e11) // seconds
        return qint64(number * 1000);
    return number > 1e12 && number < 1e14 ? std::optional(qint64(number)) : std::nullopt; // milliseconds
}

} // namespace

std::optional<AccessLine> accessOfJson(const QJsonObject &object)
{
    const QList<QJsonObject> parts = partsOf(object);
    AccessLine out;
    out.method = find(parts, {"method"_L1, "request_method"_L1, "http_method"_L1, "requestMethod"_L1,
        "verb"_L1, "http.request.method"_L1, "RequestMethod"_L1}).toString().left(20);
    const QString path = find(parts, {"path"_L1, "uri"_L1, "request_uri"_L1, "request_path"_L1,
        "url"_L1, "requestUrl"_L1, "url.path"_L1, "RequestPath"_L1}).toString();
    out.path = boundedPath(path.left(4096).toUtf8());
    if (out.method.isEmpty() && out.path.isEmpty())
        readRequestLine(find({object}, {"request"_L1}).toString().left(4096).toUtf8(), out);
    out.status = statusOf(parts, !out.method.isEmpty());
    if (out.status == 0 || (out.method.isEmpty() && out.path.isEmpty()))
        return std::nullopt;
    const auto bytes = numberOf(find(parts, {"bytes"_L1, "body_bytes_sent"_L1, "bytes_sent"_L1,
        "size"_L1, "responseSize"_L1, "content_length"_L1}));
    if (bytes && *bytes >= 0 && *bytes < 1e18)
        out.bytes = qint64(*bytes);
    out.latencyMs = jsonLatency(parts);
    out.wallMs = jsonTime(object);
    return out;
}

LineLevel levelOfJson(const QJsonObject &object)
{
    const QList<QJsonObject> parts{object, object.value("log"_L1).toObject()};
    const QJsonValue value = find(parts, {"level"_L1, "severity"_L1, "lvl"_L1, "levelname"_L1,
        "log.level"_L1, "loglevel"_L1, "@level"_L1, "LogLevel"_L1});
    if (value.isString())
        return levelOfWord(value.toString().left(20).toUtf8());
    const double number = value.toDouble(-1); // pino and bunyan: 10 trace to 60 fatal
    if (number < 10 || number > 60)
        return LineLevel::Unknown;
    return number >= 50 ? LineLevel::Error : number >= 40 ? LineLevel::Warning : number >= 30 ? LineLevel::Info : LineLevel::Debug;
}

} // namespace prunella
