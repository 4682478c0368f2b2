#pragma once
// From an error event to a recovery: the stages in order. No clock, no thread, no I/O of its own; what is to be done in
// the world comes out as a value, so the same pipeline runs live, in a replay and in a test.
#include "core/engine/ActionLedger.h"
#include "core/engine/PipelineTypes.h"
#include "core/engine/Reversions.h"
#include "core/engine/Step.h"

#include <map>

namespace prunella {

/// How long an action is of interest to a guard, at least a day.
[[nodiscard]] qint64 longestAttemptWindow(const Config &config);

class Pipeline
{
public:
    Pipeline(Config config, PipelineHooks hooks);

    [[nodiscard]] PipelineOutput feed(ErrorEvent event, const Now &now);
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

    void setEpoch(quint64 epoch) { m_epoch = epoch; } void setJournalLost(bool lost) { m_journalLost = lost; }
    void setStoreDamaged(bool damaged) { m_storeDamaged = damaged; }
    /// What was seen of dependencies; those of the configuration are known already.
    [[nodiscard]] PipelineOutput topologySeen(const Topology &seen, const Now &now);
    void setPatterns(const QList<IncidentPattern> &patterns) { m_context.patterns = patterns; }
    [[nodiscard]] const DependencyGraph &graph() const { return m_graph; } [[nodiscard]] const Reversions &reversions() const { return m_reversions; }
    /// What the component cannot run without and that died in that time (wall ms); empty: nothing.
    [[nodiscard]] QString failedNeed(const QString &component, qint64 fromWallMs, qint64 toWallMs) const;
    [[nodiscard]] const Config &config() const { return m_config; } [[nodiscard]] Mode ceiling() const { return m_ceiling; }
    [[nodiscard]] const Incident *incident(const QString &id) const;
    [[nodiscard]] QList<Incident> open() const;
    /// Components of which something is known to be wrong; an anomaly or a pattern alone is no knowledge.
    [[nodiscard]] QSet<QString> broken() const;
    [[nodiscard]] const QList<Incident> &recent() const { return m_recent; }
    [[nodiscard]] QList<PauseInfo> pauses() const { return m_pauses.values(); } [[nodiscard]] bool isPaused(const QString &target) const;
    [[nodiscard]] const ServiceConfig *service(const QString &name) const;
    [[nodiscard]] const ServiceConfig *target(const QString &name) const; ///< a service, or the host when something can be done for it
    [[nodiscard]] QList<ServiceConfig> relatedTo(const ServiceConfig &service) const; ///< as LookInput::related
    /// The load of a service has been low for its stated time: what was scaled up last comes down.
    [[nodiscard]] PipelineOutput loadIsLow(const QString &service, const Now &now);

private:
    friend class Deliberation; // the planner's and the policy's look at all of this
    Incident &openIncident(const ErrorEvent &event);
    Incident *incidentFor(const Condition &condition); Incident *causeOfMember(const Condition &condition);
    // PipelineCorrelate.cpp
    void setTopology(const Topology &seen); void regroup(PipelineOutput &out, const Now &now);
    void dropUnknown(PipelineOutput &out, const Now &now); void releaseUntied(PipelineOutput &out, const Now &now);
    [[nodiscard]] static bool mayMerge(const Incident &incident);
    [[nodiscard]] bool mayCause(const Incident &cause, const ErrorEvent &event) const;
    void place(const ErrorEvent &event, PipelineOutput &out, const Now &now);
    void memberSeen(Incident &cause, const ErrorEvent &event, PipelineOutput &out, const Now &now);
    [[nodiscard]] QList<Symptom> gather(Incident &cause, PipelineOutput &out, const Now &now);
    [[nodiscard]] QList<Symptom> merge(Incident &part, const Incident &cause, const QString &why, PipelineOutput &out, const Now &now);
    void joinAll(Incident &cause, const QList<Symptom> &symptoms, PipelineOutput &out, const Now &now);
    bool mergeIntoCause(Incident &incident, PipelineOutput &out, const Now &now);
    [[nodiscard]] std::optional<Link> linkOf(const ErrorEvent &event, const QString &exceptId = {}) const;
    [[nodiscard]] CorrelationContext context() const; [[nodiscard]] qint64 slackMs(const Condition &condition) const;
    [[nodiscard]] CauseCandidate candidateOf(const Incident &incident) const;
    [[nodiscard]] SymptomFacts factsOf(const QString &component) const;
    void restorePauses(const QMap<QString, QString> &state, const Now &now);
    void restoreActive(const Incident &incident, const Now &now); [[nodiscard]] std::optional<ErrorEvent> gravest(const Condition &of) const; [[nodiscard]] bool isActive(const Condition &condition) const;
    void splitOff(Incident &cause, const ErrorEvent &lead, const QString &why, PipelineOutput &out, const Now &now);
    void apply(Incident &incident, const step::Event &event, PipelineOutput &out, const Now &now);
    [[nodiscard]] step::Rules rulesOf(const Incident &incident, const step::Event &event) const;
    void ended(const Incident &incident, const RecoveryActionRecord &record, PipelineOutput &out, const Now &now);
    void follow(Incident &incident, const step::Effect &effect, PipelineOutput &out, const Now &now);
    bool askProbes(Incident &incident, PipelineOutput &out, const Now &now); void forgetProbes(); // PipelineProbe.cpp
    [[nodiscard]] QStringList correlatedWith(const Incident &incident) const; [[nodiscard]] Wish stepWish(const ActionRequest &request) const;
    [[nodiscard]] Wish wishedByPerson(const Incident &incident, ActionType type) const;
    void decideNext(Incident &incident, const step::Decide &wish, PipelineOutput &out, const Now &now);
    void tell(const Incident &incident, const step::Tell &tell, PipelineOutput &out, const Now &now);
    void finish(PipelineOutput &out, const Now &now); void raiseRemaining(Incident &resolved, PipelineOutput &out, const Now &now);
    void tellIncident(const Command &command, PipelineOutput &out, const Now &now);
    void noteOthersAtWork(const Incident &incident, const Wish &wish, const Now &now);
    // PipelineUndo.cpp
    [[nodiscard]] std::optional<ActionRequest> inverseOf(const RecoveryActionRecord &record, const QString &incidentId) const;
    void takeBack(Incident &incident, const QString &actionId, PipelineOutput &out, const Now &now);
    void doAgain(Incident &incident, const QString &actionId, PipelineOutput &out, const Now &now);
    [[nodiscard]] QHash<QString, QString> unfinishedOf(const StoredState &state, PipelineOutput &out, const Now &now);
    [[nodiscard]] Incident *anyIncident(const QString &id); void touch(const Incident &incident, PipelineOutput &out) const;
    void planReversion(const Incident &incident, const RecoveryActionRecord &record, PipelineOutput &out, const Now &now);
    void revert(Reversion reversion, PipelineOutput &out, const Now &now);
    void reverted(const Reversion &reversion, const ActionResult &result, PipelineOutput &out, const Now &now);
    void revertDue(PipelineOutput &out, const Now &now); void noteRelapse(Incident &fresh, PipelineOutput &out, const Now &now);
    void askAnewWhenChanged(Incident &incident, PipelineOutput &out, const Now &now);
    void pauseOrResume(const Command &command, PipelineOutput &out, const Now &now);
    [[nodiscard]] bool askedInVain(const Incident &incident);
    struct Probing { quint64 round = 0; int rounds = 0; Evidence facts = {}; };
    QMap<QString, Probing> m_probing;         ///< by incident
    quint64 m_probeRound = 0, m_epoch = 0;
    Config m_config; ServiceConfig m_host;    ///< the machine itself as a target
    PipelineHooks m_hooks; Mode m_ceiling = Mode::Automatic;
    bool m_journalLost = false, m_storeDamaged = false, m_restoring = false;
    std::map<QString, Incident> m_open; QList<Incident> m_recent;
    QList<ErrorEvent> m_active;               ///< conditions that hold now
    QMap<QString, PauseInfo> m_pauses;
    QMap<QString, qint64> m_pauseEnds;        ///< target -> monotonic ms; 0: until resumed
    ActionLedger m_ledger; Reversions m_reversions; Now m_lastLook = {};
    QMap<QString, qint64> m_othersSince;      ///< target -> monotonic ms: since when somebody else is at work on it
    DependencyGraph m_graph; Topology m_seen; CorrelationContext m_context;
};

} // namespace prunella
