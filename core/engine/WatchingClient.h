#pragma once
// A console beside an engine that somebody else runs on the same state directory: shows everything, changes nothing.
#include "core/engine/EngineClient.h"
#include "core/engine/EngineOptions.h"

#include <QTimer>

namespace prunella {

class WatchingClient final : public EngineClient
{
    Q_OBJECT
public:
    /// `holder`: who runs the engine, as the lock says
    WatchingClient(EngineOptions options, QString holder, QObject *parent = nullptr);

    [[nodiscard]] FramePtr frame() const override { return m_frame; }
    quint64 send(Command command) override; ///< always refused, with what to do instead
    [[nodiscard]] QFuture<QList<Incident>> incidents(IncidentQuery query) override;
    [[nodiscard]] QFuture<QList<HistoryPoint>> history(HistoryQuery query) override;
    [[nodiscard]] QString describe(const QString &, ActionType) const override { return {}; }
    [[nodiscard]] QFuture<Result<IncidentPlan>> plan(QString incidentId) override; ///< the running engine's answer
    [[nodiscard]] QFuture<QList<RightVerdict>> rights() override; ///< none: that engine may run as somebody else
    [[nodiscard]] QFuture<SettingsSnapshot> settings() override;
    [[nodiscard]] QFuture<SettingsPreview> previewSettings(QList<SettingChange> changes) override;
    [[nodiscard]] QFuture<QList<ConfigProblem>> saveSettings(QList<SettingChange> changes) override;

private:
    void look();

    EngineOptions m_options;
    QString m_holder;
    FramePtr m_frame;
    QTimer m_timer;
    quint64 m_nextId = 1;
    bool m_looking = false;
};

} // namespace prunella
