#pragma once
// The engine as a program embeds it: start, listen to the signals, stop. The work happens in a thread of its own.
#include "core/engine/EngineClient.h"
#include "core/engine/EngineOptions.h"

#include <QThread>
#include <memory>

namespace prunella {

class EngineWorker;

class Engine final : public EngineClient
{
    Q_OBJECT
public:
    explicit Engine(EngineOptions options, QObject *parent = nullptr);
    ~Engine() override; ///< stop()

    /// With a configuration that was loaded and has no errors. started() or startFailed() tells how it went.
    void start(const LoadedConfig &config);
    /// Ends cleanly within a few seconds; idempotent.
    void stop();

    [[nodiscard]] FramePtr frame() const override { return m_frame; }
    quint64 send(Command command) override;
    [[nodiscard]] QFuture<QList<Incident>> incidents(IncidentQuery query) override;
    [[nodiscard]] QFuture<QList<HistoryPoint>> history(HistoryQuery query) override;
    [[nodiscard]] QString describe(const QString &incidentId, ActionType action) const override;
    [[nodiscard]] QFuture<Result<IncidentPlan>> plan(QString incidentId) override;
    [[nodiscard]] QFuture<QList<RightVerdict>> rights() override;
    [[nodiscard]] QFuture<SettingsSnapshot> settings() override;
    [[nodiscard]] QFuture<SettingsPreview> previewSettings(QList<SettingChange> changes) override;
    [[nodiscard]] QFuture<QList<ConfigProblem>> saveSettings(QList<SettingChange> changes) override;

Q_SIGNALS:
    void started();
    void startFailed(const prunella::Error &error);

private:
    void connectWorker();

    EngineOptions m_options;
    Config m_config;             ///< in effect, for describe()
    FramePtr m_frame;
    QThread m_thread;
    std::unique_ptr<QObject> m_host; ///< lives in the thread: the way into it
    std::unique_ptr<EngineWorker> m_worker;
    quint64 m_nextId = 1;
};

} // namespace prunella
