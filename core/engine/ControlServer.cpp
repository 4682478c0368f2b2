#include "core/engine/ControlServer.h"

#include "core/engine/ControlProtocol.h"
#include "core/engine/EngineWorker.h"
#include "core/engine/Person.h"
#include "core/engine/TopologyKeeper.h"
#include "core/model/Json.h"
#include "core/model/JsonProcedure.h"
#include "core/model/JsonTopology.h"

#include <QDir>
#include <QFileInfo>
#include <QLocalSocket>

#include <sys/socket.h>
#include <unistd.h>

namespace prunella {
namespace {

constexpr qint64 longestRequest = 64 * 1024;

/// Nothing when the peer may not speak to us.
std::optional<Person> trustedPeer(const QLocalSocket &socket)
{
    ucred peer{};
    socklen_t length = sizeof(peer);
    if (::getsockopt(int(socket.socketDescriptor()), SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0)
        return std::nullopt;
    if (peer.uid != ::getuid() && peer.uid != 0)
        return std::nullopt;
    return personOf(peer.pid, peer.uid);
}

QJsonObject planAnswer(const Result<IncidentPlan> &plan)
{
    if (!plan)
        return {{QStringLiteral("ok"), false}, {QStringLiteral("code"), int(plan.error().code)}, {QStringLiteral("text"), plan.error().message}};
    QJsonObject object = toJson(*plan);
    object.insert(QStringLiteral("ok"), true);
    return object;
}

} // namespace

ControlServer::ControlServer(EngineWorker &engine)
    : m_engine(engine)
{
    m_server.setSocketOptions(QLocalServer::UserAccessOption);
    connect(&m_server, &QLocalServer::newConnection, this, &ControlServer::accept);
    connect(&m_engine, &EngineWorker::commandAnswered, this, &ControlServer::onAnswered);
}

ControlServer::~ControlServer()
{
    m_server.close();
}

Status ControlServer::listen(const QString &path)
{
    const QString directory = QFileInfo(path).path();
    if (!QDir().mkpath(directory))
        return failure(ErrorCode::Io, QStringLiteral("%1 cannot be created; the control socket belongs there").arg(directory));
    QFile::setPermissions(directory, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    QLocalServer::removeServer(path); // the state directory's lock is ours, so a socket that is left is a dead engine's
    constexpr int longestPath = 107; // sockaddr_un
    if (QFile::encodeName(path).size() > longestPath)
        return failure(ErrorCode::Invalid, QStringLiteral("the control socket's path has %1 bytes, the system allows %2: choose a shorter --state-dir (%3)")
                                               .arg(QFile::encodeName(path).size()).arg(longestPath).arg(path));
    if (!m_server.listen(path))
        return failure(ErrorCode::Io, QStringLiteral("control socket %1: %2").arg(path, m_server.errorString()));
    return {};
}

void ControlServer::accept()
{
    while (QLocalSocket *socket = m_server.nextPendingConnection()) {
        connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
        connect(socket, &QLocalSocket::readyRead, this, [this, socket] { read(socket); });
    }
}

/// Questions that change nothing; nothing: it is a command.
std::optional<QJsonObject> ControlServer::answerTo(const QJsonObject &request) const
{
    const QString asked = request.value(QStringLiteral("ask")).toString();
    if (asked == QStringLiteral("status"))
        return statusJson(*m_engine.buildFrame());
    if (asked == QStringLiteral("topology"))
        return toJson(m_engine.topology().topology(), m_engine.topology().notes());
    if (request.value(QStringLiteral("command")) == QStringLiteral("plan"))
        return planAnswer(m_engine.plan(request.value(QStringLiteral("incident")).toString()));
    if (asked != QStringLiteral("metrics"))
        return {};
    QJsonArray rows;
    const FramePtr frame = m_engine.buildFrame();
    for (const MetricRow &row : frame->metrics)
        rows.append(toJson(row));
    return QJsonObject{{QStringLiteral("metrics"), rows}};
}

void ControlServer::read(QLocalSocket *socket)
{
    while (socket->canReadLine()) {
        const QByteArray line = socket->readLine(longestRequest);
        const auto peer = trustedPeer(*socket);
        if (!peer)
            return answer(socket, {{QStringLiteral("ok"), false}, {QStringLiteral("code"), int(ErrorCode::NotAuthorised)},
                                   {QStringLiteral("text"), QStringLiteral("this engine belongs to another user")}});
        const QJsonObject request = QJsonDocument::fromJson(line).object();
        if (const auto known = answerTo(request)) {
            answer(socket, *known);
            continue;
        }
        auto command = commandFromJson(request);
        if (!command) {
            answer(socket, {{QStringLiteral("ok"), false}, {QStringLiteral("code"), int(ErrorCode::Invalid)}, {QStringLiteral("text"), command.error().message}});
            continue;
        }
        command->actor = peer->name;
        command->origin = peer->from;
        command->id = m_nextId++;
        m_asked.emplace(command->id, socket);
        m_engine.command(*command);
    }
    if (socket->bytesAvailable() > longestRequest)
        socket->abort();
}

void ControlServer::onAnswered(const CommandAnswer &given)
{
    const auto it = m_asked.find(given.id);
    if (it == m_asked.end())
        return;
    if (it->second)
        answer(it->second, {{QStringLiteral("ok"), given.ok}, {QStringLiteral("code"), int(given.code)}, {QStringLiteral("text"), given.text}});
    m_asked.erase(it);
}

void ControlServer::answer(QLocalSocket *socket, const QJsonObject &object)
{
    socket->write(QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n');
    socket->flush();
}

} // namespace prunella
