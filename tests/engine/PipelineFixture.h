#pragma once
// A small simulated world around a real pipeline: actions are answered, verifications judged, a disk remembers what was
// committed, and everything that happens is kept as a story that a test compares as a whole.
#include "core/engine/Pipeline.h"

#include <functional>

/// QCOMPARE of our words: QTest's own toString and ours cannot be told apart.
#define SAME(actual, expected) QCOMPARE(prunella::toString(actual), prunella::toString(expected))
/// Compares everything that happened since the last look; prints all of it when it is not as told.
#define STORY(world, expected) \
    do { \
        const QString story_ = (world).takeStory(); \
        if (story_ != (expected)) \
            qWarning().noquote() << story_; \
        QVERIFY(story_ == (expected)); \
    } while (false)

namespace prunella::test {

inline constexpr qint64 second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;

/// Mode automatic, three attempts an hour, 30 s of settling, backoff 1 s x 2, a webhook and nobody else in the chain.
[[nodiscard]] Config automatic(const QStringList &services = {QStringLiteral("web")});
/// The same; "web>db" is a service web that depends on db.
[[nodiscard]] Config withNeeds(const QStringList &services);

class World
{
public:
    explicit World(Config config = automatic(), qint64 wallMs = 1'700'000'000'000);

    [[nodiscard]] static ErrorEvent failure(ConditionKind kind, const QString &component, Severity severity = Severity::High);
    [[nodiscard]] static Command command(CommandKind kind, const QString &text = {});

    void feed(ErrorEvent event);
    void crash(const QString &service = QStringLiteral("web")) { feed(failure(ConditionKind::UnitFailed, service)); }
    void clear(ErrorEvent event);
    void recovered(const QString &service = QStringLiteral("web")) { clear(failure(ConditionKind::UnitFailed, service)); }
    /// A person's word on the service's open incident, or on the id or target that the command names.
    CommandAnswer say(Command command, const QString &service = QStringLiteral("web"));
    CommandAnswer say(CommandKind kind, const QString &text = {}) { return say(command(kind, text)); }
    void loadIsLow(const QString &service) { take(pipeline.loadIsLow(service, clock.now())); }
    void setConfig(const Config &config) { take(pipeline.reconfigure(config, clock.now())); }
    /// Lets the time pass, from one of the pipeline's own times to the next.
    void pass(qint64 ms);
    /// Answers an action that was left open with `answering = false`.
    void answerNow(const QString &output = QStringLiteral("active"));
    /// The engine dies and starts again from what was committed; `downMs` of real time later.
    void restartEngine(qint64 downMs = second, bool reboot = false);

    [[nodiscard]] Incident incident(const QString &service = QStringLiteral("web")) const; ///< open, or else the newest
    [[nodiscard]] RecoveryActionRecord lastAction() const { return incident().actions.value(incident().actions.size() - 1); }
    [[nodiscard]] int count(const QString &part) const; ///< lines of the story that contain it
    [[nodiscard]] QString takeStory();
    [[nodiscard]] const QStringList &lines() const { return m_story; }

    ManualClock clock;
    Diagnosis diagnosis;                   ///< the answer for every incident
    QMap<QString, TargetFacts> facts;
    QMap<QString, SymptomFacts> symptoms;
    QSet<QString> broken;                  ///< what a verification finds not to run
    std::optional<Verdict> verdict;        ///< instead of looking at `broken`
    int stepApprovals = 0;                 ///< that the procedure's steps demand for any action
    std::function<Preflight(const LookInput &)> preflight; ///< absent: nothing is found
    QList<ProcedureStep> steps;            ///< of the only procedure, "p", which is followed step by step; empty: there is none
    std::function<ActionResult(const ActionRequest &)> answer;
    std::function<std::optional<ProcedureWord>(const Incident &, const std::function<bool(const Wish &)> &)> procedure; ///< absent: none
    std::function<std::optional<ProcedureStep>(const QString &, const QString &)> procedureStep;
    std::function<void(const ActionRequest &)> started; ///< told of each request before anything else follows
    qint64 actionMs = 200;
    bool answering = true;
    std::vector<ActionRequest> asked;      ///< every request that was run, in order
    StoredState disk;                      ///< as the next engine would find it
    Pipeline pipeline;
    int writes = 0;                        ///< incidents that were written
    quint64 turns = 0;                     ///< how often a time came

private:
    void take(const PipelineOutput &out);
    void remember(const Transaction &transaction);
    void note(const QString &text);
    [[nodiscard]] PipelineHooks hooks();
    [[nodiscard]] std::optional<ProcedureWord> procedureWord(const Incident &incident) const;
    [[nodiscard]] qint64 nextAnswer() const;

    struct Running { ActionRequest request; qint64 doneAt; };
    std::vector<Running> m_running;
    QStringList m_story;
    qint64 m_startedAt = 0;
    int m_ids = 0;
    std::map<QString, Incident> m_incidents;
};

/// web has one timeout that may be raised ...
[[nodiscard]] Config withTimeout();
/// ... from 30 to 45, and the diagnosis names that first.
void raisesTheTimeoutFirst(World &world);

} // namespace prunella::test
