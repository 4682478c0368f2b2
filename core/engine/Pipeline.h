#pragma once
// From an error event to a recovery: the stages in order. No clock, no thread, no I/O of its own; what is to be done in
// the world comes out as a value, so the same pipeline runs live, in a replay and in a test.
#include "core/engine/ActionLedger.h"
#include "core/engine/Step.h"
#include "core/model/Store.h"

#include <map>

namespace prunella {

/// What the pipeline needs to know of the world at the moment of a decision; answers must be values at hand.
struct TargetFacts {
    QString stateBefore;         ///< "failed/failed result=signal" or "pid 123 ended"
    QString invocation;
    bool managerRestarting = false;
    bool startLimitHit = false;
};

struct PipelineHooks {
    std::function<Diagnosis(const Incident &)> diagnose;
    std::function<QList<ProbeOrder>(const Incident &)> probes; ///< what its tree asks of the world next; absent: never (a replay)
    std::function<TargetFacts(const ServiceConfig &)> facts;
    std::function<QString(const ActionRequest &)> describe; ///< the exact call, for people
    std::function<bool(const Condition &)> flapping; ///< absent: never
    std::function<QString()> newId;
};

struct Told { QString event; QString incidentId; }; ///< for the desktop

/// Everything that follows from one input. `transaction` commits first; `run` and `verify` start after it.
struct PipelineOutput {
    Transaction transaction;
    std::vector<ActionRequest> run;
    QList<ProbeRound> probes;              ///< to run at once; always answered by probed()
    QStringList verify;                    ///< incident ids
    QList<ApprovalRequest> asked;
    QList<std::pair<QString, QString>> withdrawn; ///< incident id, reason
    QList<Told> desktop;
    QStringList changed;                   ///< incident ids
    QList<EngineEvent> events;
    std::optional<CommandAnswer> answer;
};

/// How long an action is of interest to a guard, at least a day.
[[nodiscard]] qint64 longestAttemptWindow(const Config &config);

class Pipeline
{
public:
    Pipeline(Config config, PipelineHooks hooks);

    [[nodiscard]] PipelineOutput feed(const ErrorEvent &event, const Now &now);
    [[nodiscard]] PipelineOutput actionDone(const ActionResult &result, const Now &now);
    [[nodiscard]] PipelineOutput verified(const QString &incidentId, Verdict verdict, const QString &text, const Now &now);
    /// The answers of one round; those of an earlier round, or of an incident that went on without them, are dropped.
    [[nodiscard]] PipelineOutput probed(const ProbeAnswers &answers, const Now &now);
    [[nodiscard]] Evidence probedFacts(const QString &incidentId) const { return m_probing.value(incidentId).facts; }
    [[nodiscard]] PipelineOutput command(const Command &command, const Now &now);
    /// Feedback; `matches`: the stored incidents whose ids begin with the command's.
    [[nodiscard]] PipelineOutput feedback(const Command &command, const QList<Incident> &matches, const Now &now);
    [[nodiscard]] PipelineOutput timeCame(const Now &now);
    /// Another configuration: what it was asked with that no longer stands is asked anew, and what holds already when
    /// `enabled` becomes true gets its incident.
    [[nodiscard]] PipelineOutput reconfigure(Config config, const Now &now);
    [[nodiscard]] PipelineOutput restore(const StoredState &state, const Now &now);
    [[nodiscard]] qint64 nextTime() const; ///< monotonic ms; 0: never

    void setEpoch(quint64 epoch) { m_epoch = epoch; }
    void setJournalLost(bool lost) { m_journalLost = lost; }
    void setStoreDamaged(bool damaged) { m_storeDamaged = damaged; }
    [[nodiscard]] const Config &config() const { return m_config; }
    [[nodiscard]] Mode ceiling() const { return m_ceiling; }
    [[nodiscard]] const Incident *incident(const QString &id) const;
    [[nodiscard]] QList<Incident> open() const;
    /// Components of which something is known to be wrong; an anomaly or a pattern alone is no knowledge.
    [[nodiscard]] QSet<QString> broken() const;
    [[nodiscard]] const QList<Incident> &recent() const { return m_recent; }
    [[nodiscard]] QList<PauseInfo> pauses() const { return m_pauses.values(); }
    [[nodiscard]] bool isPaused(const QString &target) const;
    [[nodiscard]] const ServiceConfig *service(const QString &name) const;
    [[nodiscard]] ActionRequest requestFor(const Incident &incident, ActionType type, const Now &now) const;

private:
    Incident &openIncident(const ErrorEvent &event);
    Incident *incidentFor(const Condition &condition);
    void apply(Incident &incident, const step::Event &event, PipelineOutput &out, const Now &now);
    void follow(Incident &incident, const step::Effect &effect, PipelineOutput &out, const Now &now);
    bool askProbes(Incident &incident, PipelineOutput &out, const Now &now); // PipelineProbe.cpp
    void forgetProbes();
    [[nodiscard]] QStringList correlatedWith(const Incident &incident) const;
    void decideNext(Incident &incident, const step::Decide &wish, PipelineOutput &out, const Now &now);
    void tell(const Incident &incident, const step::Tell &tell, PipelineOutput &out, const Now &now);
    void finish(PipelineOutput &out, const Now &now);
    void raiseRemaining(const Incident &resolved, PipelineOutput &out, const Now &now);
    void tellIncident(const Command &command, PipelineOutput &out, const Now &now);
    [[nodiscard]] RecoveryDecision withoutPlan(const Incident &incident, const Now &now) const;
    void askAnewWhenChanged(Incident &incident, PipelineOutput &out, const Now &now);
    void pauseOrResume(const Command &command, PipelineOutput &out, const Now &now);
    [[nodiscard]] struct PolicyInput policyInput(const Incident &incident, ActionType type, bool approved, const Now &now) const;
    void setPauses(struct PolicyInput &in, const Incident &incident, const ServiceConfig *target, const Now &now) const;
    [[nodiscard]] int unhealthyServices() const;

    struct Probing { quint64 round = 0; int rounds = 0; Evidence facts = {}; };
    QMap<QString, Probing> m_probing;         ///< by incident
    quint64 m_probeRound = 0;
    Config m_config;
    PipelineHooks m_hooks;
    quint64 m_epoch = 0;
    Mode m_ceiling = Mode::Automatic;
    bool m_journalLost = false, m_storeDamaged = false;
    std::map<QString, Incident> m_open;
    QList<Incident> m_recent;
    QList<ErrorEvent> m_active;               ///< conditions that hold now
    QMap<QString, PauseInfo> m_pauses;
    QMap<QString, qint64> m_pauseEnds;        ///< target -> monotonic ms; 0: until resumed
    ActionLedger m_ledger;
};

} // namespace prunella
