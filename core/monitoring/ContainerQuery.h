#pragma once
// One question to docker or podman inside Qt's event loop.
#include "core/base/HttpReply.h"
#include "core/base/Result.h"

#include <QJsonObject>
#include <QLocalSocket>
#include <QTimer>
#include <functional>

namespace prunella {

class ContainerQuery : public QObject
{
    Q_OBJECT
public:
    /// Nothing: the daemon answered 404.
    using Answered = std::function<void(const Result<std::optional<QJsonObject>> &)>;

    /// Asks at once and deletes itself after the answer, which comes exactly once, within `timeoutMs`; never when `parent` went before.
    static void get(const QString &socket, const QByteArray &path, int timeoutMs, QObject *parent, Answered answered);

private:
    ContainerQuery(const QString &socket, int timeoutMs, QObject *parent, Answered answered);
    void read();
    void end(const Result<std::optional<QJsonObject>> &answer);

    const QString m_path;
    QLocalSocket m_socket;
    HttpReply m_reply;
    QTimer m_timer;
    Answered m_answered;
};

/// "no right to use /run/docker.sock; …": why a connection is not there, with what to do.
[[nodiscard]] Error containerSocketError(const QString &socket, QLocalSocket::LocalSocketError error);

} // namespace prunella
