#pragma once
// The only door of the console into the engine: a snapshot, a stream of changes, commands as values.
#include "core/model/Frame.h"
#include "core/model/PlannedStep.h"
#include "core/model/Rights.h"
#include "core/model/Settings.h"

#include <QFuture>
#include <QObject>

namespace prunella {

class EngineClient : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    /// The newest frame; never null once the engine started.
    [[nodiscard]] virtual FramePtr frame() const = 0;
    /// Answered by commandAnswered with the returned id. Never blocks.
    virtual quint64 send(Command command) = 0;

    // Reads of the store, on another thread; a failed read gives an empty value.
    [[nodiscard]] virtual QFuture<QList<Incident>> incidents(IncidentQuery query) = 0;
    [[nodiscard]] virtual QFuture<QList<HistoryPoint>> history(HistoryQuery query) = 0;
    /// What an action does for this incident: its exact call, before anybody approves it.
    [[nodiscard]] virtual QString describe(const QString &incidentId, ActionType action) const = 0;
    /// A dry run, with the policy's word as of now: what would be done for an open incident. NotFound: it is not open any more.
    [[nodiscard]] virtual QFuture<Result<IncidentPlan>> plan(QString incidentId) = 0;
    /// What the engine's user may do for each service; empty when that cannot be known here. Takes a moment: it asks systemd.
    [[nodiscard]] virtual QFuture<QList<RightVerdict>> rights() = 0;

    [[nodiscard]] virtual QFuture<SettingsSnapshot> settings() = 0;
    /// Validates the changes against the whole configuration and shows the difference; writes nothing.
    [[nodiscard]] virtual QFuture<SettingsPreview> previewSettings(QList<SettingChange> changes) = 0;
    /// Writes the changes, every other byte unchanged, and reloads. An empty list of problems is success.
    [[nodiscard]] virtual QFuture<QList<ConfigProblem>> saveSettings(QList<SettingChange> changes) = 0;

Q_SIGNALS:
    void frameReady(prunella::FramePtr frame);
    void incidentChanged(const prunella::Incident &incident);
    void approvalAsked(const prunella::ApprovalRequest &request);
    void approvalWithdrawn(const QString &incidentId, const QString &reason);
    void noticeChanged(const prunella::Notice &notice);
    void commandAnswered(const prunella::CommandAnswer &answer);
    void eventHappened(const prunella::EngineEvent &event);
};

} // namespace prunella
