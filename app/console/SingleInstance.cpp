#include "app/console/SingleInstance.h"

#include <QDir>
#include <QFileInfo>
#include <QLocalSocket>

namespace prunella {

SingleInstance::SingleInstance(QObject *parent)
    : QObject(parent)
{
    m_server.setSocketOptions(QLocalServer::UserAccessOption);
    connect(&m_server, &QLocalServer::newConnection, this, [this] {
        while (QLocalSocket *socket = m_server.nextPendingConnection())
            socket->deleteLater();
        Q_EMIT raiseRequested();
    });
}

bool SingleInstance::claim(const QString &socketPath)
{
    constexpr int answerMs = 500; // before any window exists; a first console answers at once
    QLocalSocket first;
    first.connectToServer(socketPath);
    if (first.waitForConnected(answerMs))
        return false;
    QDir().mkpath(QFileInfo(socketPath).path());
    QLocalServer::removeServer(socketPath);
    (void)m_server.listen(socketPath); // without it a second start opens a second window: a nuisance, no danger
    return true;
}

} // namespace prunella
