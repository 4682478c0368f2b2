#pragma once
// Containers, told by docker or podman over their socket: no polling. Lives in the engine thread and never blocks.
#include "core/base/Clock.h"
#include "core/base/HttpReply.h"
#include "core/monitoring/ContainerState.h"

#include <QLocalSocket>
#include <QMap>
#include <QObject>
#include <QTimer>
#include <map>
#include <memory>

namespace prunella {

class ContainerWatcher : public QObject
{
    Q_OBJECT
public:
    /// `socket`: as the configuration has it, empty for the usual places (config/ContainerSocket.h).
    ContainerWatcher(QString socket, std::shared_ptr<const Clock> clock, QObject *parent = nullptr);
    ~ContainerWatcher() override;

    /// Container name to the service it belongs to. May be called at any time; containers that stay keep their state.
    void setContainers(const QMap<QString, QString> &serviceByContainer);
    void start();
    void stop();
    /// Its next end is no crash: we are about to end it. Forgotten at its next start, and after a minute.
    void markStopRequested(const QString &service);
    [[nodiscard]] bool isConnected() const { return m_connected; }
    void setRetryInterval(int ms) { m_retry.setInterval(ms); } ///< 2 s unless told otherwise

Q_SIGNALS:
    /// ProcessChanged with the main process as the host sees it, and its state in words as `text`; SourceLost, SourceBack.
    void eventReady(const prunella::RawEvent &event);

private:
    struct Entry {
        QString service;
        ContainerState told = {};      ///< as the last event said
        bool known = false;            ///< an event said something
        qint64 lastPid = 0;
        bool asking = false, again = false;
        bool endAsked = false;         ///< somebody asked for its end since its last start
        qint64 markedUntilMs = 0;      ///< we did; monotonic
        std::shared_ptr<QTimer> grace = {}; ///< its end is not told yet: perhaps it is being restarted
    };
    void open();
    void read();
    void lose(const QString &why);
    void take(const ContainerEvent &event);
    void askAll();
    void ask(const QString &container);
    void answered(const QString &container, const std::optional<QJsonObject> &inspected);
    void judge(const QString &container, Entry &entry, const ContainerState &now);
    void tell(const QString &container, Entry &entry, const ContainerState &state, bool stopRequested);
    void emitSource(RawEventKind kind, const QString &text);

    const QString m_written;
    std::shared_ptr<const Clock> m_clock;
    std::map<QString, Entry> m_entries;
    QString m_path;                        ///< of the socket in use
    QLocalSocket m_stream;                 ///< of events
    std::unique_ptr<HttpReply> m_reply;
    QByteArray m_lines;                    ///< what has no end of line yet
    QTimer m_retry, m_look;
    bool m_started = false, m_connected = false, m_lostTold = false;
};

} // namespace prunella
