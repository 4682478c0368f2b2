#pragma once
// The local socket by which a terminal answers the running engine. One JSON object a line, both ways.
#include "core/base/Result.h"
#include "core/model/Frame.h"

#include <QJsonObject>
#include <QLocalServer>
#include <QPointer>

#include <map>

class QLocalSocket;

namespace prunella {

class EngineWorker;

class ControlServer : public QObject
{
    Q_OBJECT
public:
    explicit ControlServer(EngineWorker &engine);
    ~ControlServer() override;

    /// Mode 0600 in a directory of mode 0700; the peer's uid must be ours or root's.
    [[nodiscard]] Status listen(const QString &path);

private:
    void accept();
    void read(QLocalSocket *socket);
    [[nodiscard]] std::optional<QJsonObject> answerTo(const QJsonObject &request) const;
    void answer(QLocalSocket *socket, const QJsonObject &object);
    void onAnswered(const CommandAnswer &answer);

    EngineWorker &m_engine;
    QLocalServer m_server;
    std::map<quint64, QPointer<QLocalSocket>> m_asked;
    quint64 m_nextId = quint64(1) << 63; ///< apart from the console's own numbers
};

} // namespace prunella
