#include "core/recovery/ContainerApi.h"

#include "core/config/ContainerSocket.h"
#include "core/recovery/UnixCall.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QUrl>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

constexpr int kQuickMs = 30'000;

QByteArray encoded(const QString &text) { return QUrl::toPercentEncoding(text); }

/// The daemon's own words: {"message": "no such container: web"}.
QString messageOf(const ContainerApi::Answer &answer)
{
    const QString message = QJsonDocument::fromJson(answer.body).object().value("message"_L1).toString();
    return message.isEmpty() ? QString::fromUtf8(answer.body.left(300)).trimmed() : message.left(600);
}

ErrorCode codeOf(int status)
{
    switch (status) {
    case 400: return ErrorCode::Invalid;
    case 401:
    case 403: return ErrorCode::NotAuthorised;
    case 404: return ErrorCode::NotFound;
    case 409: return ErrorCode::Busy;
    default: return ErrorCode::Io;
    }
}

Status judged(const ContainerApi::Answer &answer)
{
    if (answer.status < 400)
        return {}; // 304: it is so already
    const QString words = messageOf(answer);
    return failure(codeOf(answer.status), words.isEmpty() ? u"the container daemon answered %1"_s.arg(answer.status) : words);
}

Result<QJsonObject> objectOf(const Result<ContainerApi::Answer> &answer)
{
    if (!answer)
        return tl::unexpected(answer.error());
    if (const Status status = judged(*answer); !status)
        return tl::unexpected(status.error());
    const auto document = QJsonDocument::fromJson(answer->body);
    if (!document.isObject())
        return failure(ErrorCode::Io, u"the container daemon's answer is no JSON object"_s);
    return document.object();
}

/// Frames of the log stream: one byte of which stream, three of nothing, four of length, big-endian. A terminal's log has none.
QByteArray withoutFrames(const QByteArray &log)
{
    QByteArray text;
    for (qsizetype at = 0; at + 8 <= log.size();) {
        const auto byte = [&](qsizetype i) { return qsizetype(quint8(log.at(at + i))); };
        if (byte(0) > 2 || byte(1) != 0 || byte(2) != 0 || byte(3) != 0)
            return log;
        const qsizetype length = byte(4) << 24 | byte(5) << 16 | byte(6) << 8 | byte(7);
        text += log.mid(at + 8, length);
        at += 8 + length;
    }
    return text;
}

/// What podman's own update takes: the words of the OCI runtime specification.
QJsonObject ociResources(const QJsonObject &limits)
{
    QJsonObject memory, cpu, all;
    if (limits.contains("Memory"_L1))
        memory = {{u"limit"_s, limits.value("Memory"_L1)}, {u"swap"_s, limits.value("MemorySwap"_L1)}};
    if (limits.contains("CpuQuota"_L1))
        cpu = {{u"quota"_s, limits.value("CpuQuota"_L1)}, {u"period"_s, limits.value("CpuPeriod"_L1)}};
    if (limits.contains("NanoCpus"_L1))
        cpu = {{u"quota"_s, limits.value("NanoCpus"_L1).toInteger() / 10'000}, {u"period"_s, 100'000}};
    if (!memory.isEmpty())
        all.insert(u"memory"_s, memory);
    if (!cpu.isEmpty())
        all.insert(u"cpu"_s, cpu);
    if (limits.contains("PidsLimit"_L1))
        all.insert(u"pids"_s, QJsonObject{{u"limit"_s, limits.value("PidsLimit"_L1)}});
    return all;
}

QString containerPath(const QString &container, const char *what)
{
    return u"/v1.41/containers/"_s + QString::fromLatin1(encoded(container)) + QLatin1String(what);
}

} // namespace

Result<ContainerApi::Answer> ContainerApi::call(const QByteArray &method, const QString &path, const Pairs &query,
                                                const QJsonObject &body, int timeoutMs) const
{
    const QString socket = containerSocket(m_socket);
    if (socket.isEmpty())
        return failure(ErrorCode::Unavailable, u"neither docker nor podman listens: there is none of "_s + containerSocketPlaces().join(u", "_s)
                                                   + u"; podman: systemctl enable --now podman.socket"_s);
    QByteArray target = path.toUtf8();
    for (const auto &[name, value] : query)
        target += (target.contains('?') ? "&" : "?") + encoded(name) + '=' + encoded(value);
    const QByteArray json = body.isEmpty() ? QByteArray() : QJsonDocument(body).toJson(QJsonDocument::Compact);
    QByteArray request = method + ' ' + target + " HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n";
    if (!json.isEmpty())
        request += "Content-Type: application/json\r\n";
    request += "Content-Length: " + QByteArray::number(json.size()) + "\r\n\r\n" + json;
    auto reply = unixCall(socket, request, m_token, timeoutMs);
    // A newer docker refuses versions before 1.44; nothing used here differs in it.
    if (reply && reply->first == 400 && reply->second.contains("too old"))
        reply = unixCall(socket, request.replace(" /v1.41/", " /v1.44/"), m_token, timeoutMs);
    if (!reply)
        return tl::unexpected(reply.error());
    return Answer{reply->first, std::move(reply->second)};
}

Status ContainerApi::done(const Result<Answer> &answer) const
{
    return answer ? judged(*answer) : Status(tl::unexpected(answer.error()));
}

Result<QJsonObject> ContainerApi::inspect(const QString &container) const
{
    return objectOf(call("GET", containerPath(container, "/json"), {}, {}, kQuickMs));
}

Result<QString> ContainerApi::imageId(const QString &image) const
{
    const auto found = objectOf(call("GET", u"/v1.41/images/"_s + QString::fromLatin1(encoded(image)) + u"/json"_s));
    if (!found)
        return tl::unexpected(found.error());
    return found->value("Id"_L1).toString();
}

Result<QStringList> ContainerApi::namesWithLabel(const QString &label, const QString &value) const
{
    const QJsonObject filters{{u"label"_s, QJsonArray{QString(label + u'=' + value)}}};
    const auto answer = call("GET", u"/v1.41/containers/json"_s,
                             {{u"all"_s, u"1"_s}, {u"filters"_s, QString::fromUtf8(QJsonDocument(filters).toJson(QJsonDocument::Compact))}});
    if (const Status status = done(answer); !status)
        return tl::unexpected(status.error());
    QStringList names;
    for (const auto &entry : QJsonDocument::fromJson(answer->body).array())
        names.append(entry.toObject().value("Names"_L1).toArray().first().toString().mid(1));
    return names;
}

Status ContainerApi::start(const QString &container) const
{
    return done(call("POST", containerPath(container, "/start"), {}, {}, 60'000));
}

Status ContainerApi::restart(const QString &container, int stopSeconds, int timeoutMs) const
{
    return done(call("POST", containerPath(container, "/restart"), {{u"t"_s, QString::number(stopSeconds)}}, {}, timeoutMs));
}

Status ContainerApi::stop(const QString &container, int stopSeconds) const
{
    return done(call("POST", containerPath(container, "/stop"), {{u"t"_s, QString::number(stopSeconds)}}, {}, stopSeconds * 1000 + kQuickMs));
}

Status ContainerApi::rename(const QString &container, const QString &name) const
{
    return done(call("POST", containerPath(container, "/rename"), {{u"name"_s, name}}));
}

Status ContainerApi::create(const QString &name, const QJsonObject &config) const
{
    return done(call("POST", u"/v1.41/containers/create"_s, {{u"name"_s, name}}, config));
}

Status ContainerApi::connect(const QString &container, const QString &network, const QJsonObject &endpoint) const
{
    return done(call("POST", u"/v1.41/networks/%1/connect"_s.arg(QString::fromLatin1(encoded(network))), {},
                     {{u"Container"_s, container}, {u"EndpointConfig"_s, endpoint}}));
}

Status ContainerApi::remove(const QString &container) const
{
    return done(call("DELETE", containerPath(container, ""), {{u"force"_s, u"1"_s}}));
}

QString ContainerApi::lastLog(const QString &container) const
{
    const auto answer = call("GET", containerPath(container, "/logs"), {{u"stdout"_s, u"1"_s}, {u"stderr"_s, u"1"_s}, {u"tail"_s, u"20"_s}},
                             {}, 5000);
    if (!answer || answer->status != 200)
        return {};
    return QString::fromUtf8(withoutFrames(answer->body).right(2048)).trimmed();
}

Status ContainerApi::update(const QString &container, const QJsonObject &limits) const
{
    const auto answer = call("POST", containerPath(container, "/update"), {}, limits);
    // An unknown address is answered with plain text, an unknown container with JSON.
    if (!answer || answer->status != 404 || QJsonDocument::fromJson(answer->body).isObject())
        return done(answer);
    return done(call("POST", u"/v4.0.0/libpod/containers/"_s + QString::fromLatin1(encoded(container)) + u"/update"_s, {}, ociResources(limits)));
}

void ContainerApi::runHealthCheck(const QString &container) const
{
    (void)call("GET", u"/v4.0.0/libpod/containers/"_s + QString::fromLatin1(encoded(container)) + u"/healthcheck"_s);
}

} // namespace prunella
