#pragma once
// The engine thread's object: owns all state, feeds the pipeline and does what comes out of it.
#include "core/base/Mailbox.h"
#include "core/engine/ActionCenter.h"
#include "core/engine/ChangeKeeper.h"
#include "core/engine/Detectors.h"
#include "core/engine/EngineOptions.h"
#include "core/engine/Escalator.h"
#include "core/engine/Examiner.h"
#include "core/engine/LogKeeper.h"
#include "core/engine/PatternKeeper.h"
#include "core/engine/ProbeCenter.h"
#include "core/engine/ProcedureGuide.h"
#include "core/engine/ProcessKeeper.h"
#include "core/engine/Sources.h"
#include "core/recovery/Verifier.h"
#include "core/store/StateLock.h"
#include "core/store/StoreWriter.h"

namespace prunella {

class EngineWorker : public QObject
{
    Q_OBJECT
public:
    EngineWorker(EngineOptions options, LoadedConfig config, std::shared_ptr<const Clock> clock);
    ~EngineWorker() override;

    void start();
    void stop();
    void command(Command command);
    bool reload(); ///< false: the configuration has errors, the old one stays
    [[nodiscard]] FramePtr buildFrame();
    [[nodiscard]] Result<IncidentPlan> plan(const QString &incidentId); ///< a dry run: nothing is done; for one of the open incidents
    [[nodiscard]] const class TopologyKeeper &topology() const { return *m_topology; }

Q_SIGNALS:
    void started();
    void startFailed(const prunella::Error &error);
    void frameReady(prunella::FramePtr frame);
    void configChanged(const prunella::Config &config);
    void incidentChanged(const prunella::Incident &incident);
    void approvalAsked(const prunella::ApprovalRequest &request);
    void approvalWithdrawn(const QString &incidentId, const QString &reason);
    void noticeChanged(const prunella::Notice &notice);
    void commandAnswered(const prunella::CommandAnswer &answer);
    void eventHappened(const prunella::EngineEvent &event);

private:
    struct Committed { quint64 token; CommitResult result; }; struct Looked { Command command; QList<Incident> matches; };
    using Message = std::variant<Committed, StoreHealth, RecoveryStats, Looked>;
    struct AfterCommit { PipelineOutput output; bool hasOutcome = false; };

    // EngineStart.cpp
    [[nodiscard]] Status open();
    [[nodiscard]] PipelineHooks hooks();
    void goLive(); void adoptRestored();
    void wire(); void wireKeepers(); void wireChanges(); void wireReleases(); void wireLoad(); [[nodiscard]] PipelineOutput withRollbacks(PipelineOutput output); // EngineReleases.cpp
    void applyConfig(const LoadedConfig &loaded);
    void loadTrees();
    void onEvent(RawEvent event);
    void onSamples(const QList<Sample> &samples);
    void take(const Detectors::Found &found);
    void raise(const std::vector<ErrorEvent> &events);
    void handle(PipelineOutput output);
    void announce(const PipelineOutput &output); void drainInbox();
    void committed(const Committed &message);
    void startActions(const PipelineOutput &output); void actionEnded(const ActionResult &result); void lookCloserAgain();
    [[nodiscard]] ActionCenter::StartInput startInput(const ServiceConfig &service) const;
    void timeCame();
    void arm();
    void onLines(const QList<LogLine> &lines);
    // EngineVerify.cpp
    void verify(const QString &incidentId, bool late = false); ///< late: whether its series was measured since or not
    void verifyWaiting(); void noteBefore(const ActionRequest &request); [[nodiscard]] QStringList askedWith(const Incident &incident) const;
    void checkAll(const Incident &incident); void probed(const ProbeAnswers &answers);
    void tellDetectors(const QList<CheckResult> &checks);
    void giveVerdict(const QString &incidentId, const QList<CheckResult> &checks);
    void lookAtCondition(const Incident &incident, struct VerifyInput &input) const;
    void tell(const EngineEvent &event); // EngineReport.cpp, as what follows
    void notice(const QString &id, NoticeLevel level, const QString &text);
    void storeHealthChanged(const StoreHealth &health);
    void judgeHealth();
    void markDirty(); void readStatistics();
    void keepPatterns(const QList<IncidentPattern> &patterns);
    void findIncident(const Command &command);
    void rememberUnits(); void keepLearnt(); void beat();
    EngineOptions m_options;
    LoadedConfig m_loaded;
    std::shared_ptr<const Clock> m_clock;
    std::shared_ptr<Mailbox<Message>> m_inbox;
    std::optional<StateLock> m_lock;
    std::unique_ptr<StoreWriter> m_store;
    Detectors m_detectors;
    ServiceBoard m_board;
    Pipeline m_pipeline;
    Escalator m_escalator; Sources m_sources;
    LogKeeper m_logKeeper;
    ActionCenter m_actions;
    ProcessKeeper m_processes;
    std::unique_ptr<class ControlServer> m_control;
    Examiner m_examiner; ProcedureGuide m_guide;
    ProbeCenter m_probes;
    StoredState m_restored;
    QMap<QString, QString> m_unitMemory;      ///< as last written
    QMap<QString, BeforeAction> m_before;     ///< by incident: how it stood before its last action
    QMap<QString, qint64> m_unmeasured;       ///< incidents to verify at the next reading -> no later than, monotonic ms
    std::map<quint64, AfterCommit> m_waiting; ///< effects that wait for their commit
    QMap<QString, Notice> m_notices;
    RecoveryStats m_stats;
    StoreHealth m_storeHealth;
    quint64 m_nextToken = 1, m_epoch = 1, m_frameVersion = 0; qint64 m_startedAt = 0, m_heartbeatAt = 0, m_learntAt = 0;
    QTimer m_timer, m_frameTimer, m_beatTimer, m_memoryTimer;
    bool m_live = false, m_stopped = false, m_statisticsRunning = false;
    PatternKeeper m_patterns;
    ChangeKeeper m_changes;
    std::unique_ptr<class TopologyKeeper> m_topology; std::unique_ptr<class ReleaseKeeper> m_releases; ///< what depends on what; what is deployed
};

} // namespace prunella
