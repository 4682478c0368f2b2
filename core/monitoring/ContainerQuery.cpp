#include "core/monitoring/ContainerQuery.h"

#include <QJsonDocument>

namespace prunella {
using namespace Qt::StringLiterals;

Error containerSocketError(const QString &socket, QLocalSocket::LocalSocketError error)
{
    switch (error) {
    case QLocalSocket::SocketAccessError:
        return {ErrorCode::NotAuthorised,
                u"no right to use %1; let Prunella run as root, or as a member of the group that owns it"_s.arg(socket)};
    case QLocalSocket::ServerNotFoundError:
        return {ErrorCode::Unavailable, u"there is no %1: the container daemon does not run"_s.arg(socket)};
    case QLocalSocket::ConnectionRefusedError:
        return {ErrorCode::Unavailable, u"nobody listens at %1: the container daemon does not run"_s.arg(socket)};
    case QLocalSocket::PeerClosedError:
        return {ErrorCode::Unavailable, u"%1 was closed by the container daemon"_s.arg(socket)};
    default:
        return {ErrorCode::Io, u"%1 cannot be used"_s.arg(socket)};
    }
}

ContainerQuery::ContainerQuery(const QString &socket, int timeoutMs, QObject *parent, Answered answered)
    : QObject(parent), m_path(socket), m_answered(std::move(answered))
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, [this] { end(failure(ErrorCode::Timeout, u"the container daemon did not answer in time"_s)); });
    m_timer.start(timeoutMs);
    connect(&m_socket, &QLocalSocket::readyRead, this, &ContainerQuery::read);
    connect(&m_socket, &QLocalSocket::errorOccurred, this, [this](QLocalSocket::LocalSocketError error) {
        read();
        m_reply.peerClosed();
        read(); // may be the end of it
        end(tl::unexpected(containerSocketError(m_path, error)));
    });
}

void ContainerQuery::get(const QString &socket, const QByteArray &path, int timeoutMs, QObject *parent, Answered answered)
{
    auto *query = new ContainerQuery(socket, timeoutMs, parent, std::move(answered)); // owned by its parent until it has its answer
    const QByteArray request = "GET " + path + " HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n";
    connect(&query->m_socket, &QLocalSocket::connected, query, [query, request] { query->m_socket.write(request); });
    // Not at once: a refusal comes back within this very call, and nobody expects the answer before he has asked.
    QMetaObject::invokeMethod(query, [query] { query->m_socket.connectToServer(query->m_path); }, Qt::QueuedConnection);
}

void ContainerQuery::read()
{
    if (!m_answered)
        return;
    if (!m_reply.feed(m_socket.isOpen() ? m_socket.readAll() : QByteArray()))
        return end(failure(ErrorCode::Io, u"what answers at %1 does not speak HTTP"_s.arg(m_path)));
    if (!m_reply.isComplete())
        return;
    if (m_reply.status() == 404)
        return end(std::optional<QJsonObject>());
    const auto document = QJsonDocument::fromJson(m_reply.takeBody());
    if (m_reply.status() != 200 || !document.isObject())
        return end(failure(ErrorCode::Io, u"the container daemon answers with HTTP %1"_s.arg(m_reply.status())));
    end(std::optional(document.object()));
}

void ContainerQuery::end(const Result<std::optional<QJsonObject>> &answer)
{
    if (const auto answered = std::exchange(m_answered, nullptr)) {
        m_timer.stop();
        deleteLater();
        answered(answer);
    }
}

} // namespace prunella
