#pragma once
// `prunellactl run --json` as a child process, its events as they come, and the answers of the other calls.
#include <QJsonArray>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>

namespace prunella::testing {

/// A fresh directory on a real file system, so that a durable write costs what it costs: under $OUT of the sandbox.
[[nodiscard]] QString outDirectory(const QString &name);

class EngineProcess : public QObject
{
    Q_OBJECT
public:
    struct Answer { int code = -1; QString out, err; };

    /// The state directory lies in `dir`, and so does the configuration.
    explicit EngineProcess(const QString &dir, const QString &config = {});
    ~EngineProcess() override; ///< kill9()

    void configure(const QString &config) const;
    /// Waits for `ready`, or for the end when it does not come up. `prefix`: a command that starts the engine.
    bool start(const QStringList &environment = {}, const QStringList &prefix = {});
    void kill9();
    /// SIGTERM; the exit code, -1 when it did not end.
    int stop();
    void reload();
    /// True when the engine ended within this time.
    bool ends(int timeoutMs = 10'000);

    /// Waits until the event was seen so often since the last start of the engine; `component` empty: any.
    bool sees(const QString &event, const QString &component = {}, int timeoutMs = 10'000, int times = 1);
    /// Waits until one of these events was seen.
    bool seesAny(const QStringList &events, const QString &component, int timeoutMs = 10'000);
    /// Waits until the engine knows the component's state: what it was before is not a fault that it saw happen.
    bool knows(const QString &component, int timeoutMs = 10'000);
    /// Waits until this event comes whose reason contains the text.
    bool seesReason(const QString &event, const QString &text, int timeoutMs = 10'000);
    [[nodiscard]] QList<QJsonObject> events(const QString &event = {}, const QString &component = {}) const;
    [[nodiscard]] QString eventsText() const;

    /// Another call of prunellactl on this state directory.
    [[nodiscard]] Answer call(const QStringList &arguments) const;
    [[nodiscard]] QJsonArray incidents() const;
    /// The only incident of the component; empty when there is none or more than one.
    [[nodiscard]] QJsonObject incident(const QString &component) const;
    [[nodiscard]] QJsonObject status() const;
    [[nodiscard]] QJsonObject component(const QString &name) const; ///< of the status

    [[nodiscard]] QString stateDir() const { return m_dir + QStringLiteral("/state"); }
    [[nodiscard]] QString configFile() const { return m_dir + QStringLiteral("/config.yaml"); }
    [[nodiscard]] qint64 pid() const { return m_process.processId(); }
    [[nodiscard]] int exitCode() const { return m_process.exitCode(); }
    [[nodiscard]] bool isRunning() const { return m_process.state() != QProcess::NotRunning; }
    [[nodiscard]] QString errors() const { return QString::fromUtf8(m_errors); }

Q_SIGNALS:
    void eventRead();

private:
    void read();
    bool waitUntil(const std::function<bool()> &holds, int timeoutMs);

    QString m_dir;
    QProcess m_process;
    QByteArray m_pending, m_errors;
    QList<QJsonObject> m_events;
};

} // namespace prunella::testing
