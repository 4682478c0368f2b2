// 150 000 random events on the step function, as the pipeline would send them, and what must hold after each one.
#include "core/engine/Step.h"

#include <QTest>

#include <random>

using namespace prunella;
using namespace prunella::step;
using namespace Qt::StringLiterals;

namespace {

constexpr int lives = 3000, eventsPerLife = 50;

/// A seeded source of choices.
struct Dice
{
    std::mt19937 engine;
    int upTo(int most) { return int(engine() % unsigned(most + 1)); }
    bool oneIn(int many) { return upTo(many - 1) == 0; }
    template<typename T, std::size_t N>
    T of(const T (&choices)[N]) { return choices[engine() % N]; }
};

int inProgress(const Incident &incident)
{
    return int(std::count_if(incident.actions.begin(), incident.actions.end(),
                             [](const auto &record) { return record.status == ActionStatus::InProgress; }));
}

template<typename E>
bool has(const Outcome &out)
{
    return std::any_of(out.effects.begin(), out.effects.end(), [](const Effect &effect) { return std::holds_alternative<E>(effect); });
}

bool asksToRecover(const Event &event)
{
    const auto *said = std::get_if<PersonSaid>(&event);
    return said && said->command.kind == CommandKind::RecoverNow;
}

/// Only a person starts anything again. (NoAction: a graver condition may be looked at afresh.)
bool isGivenUp(const Incident &incident)
{
    const Reason why = incident.haltReason;
    return incident.status == IncidentStatus::Escalated && incident.finalHalt
        && (why == Reason::AttemptsExhausted || why == Reason::StartLimit || why == Reason::NotAuthorised || why == Reason::Rejected);
}

/// What must hold between an incident, an event and what follows; the first sentence that does not.
QString broken(const Incident &before, const Event &event, const Outcome &out, const Now &now)
{
    const Incident &after = out.incident;
    const bool moved = after.status != before.status;
    const auto *decided = std::get_if<Decided>(&event);
    if (inProgress(after) > 1)
        return u"two actions in progress"_s;
    if (after.status == IncidentStatus::Recovering && inProgress(after) != 1)
        return u"recovering without an action"_s;
    if (before.status == IncidentStatus::Resolved && (moved || after.resolvedAt != before.resolvedAt || !out.effects.empty() || out.answer.ok))
        return u"resolved is not the end"_s;
    if (after.status == IncidentStatus::Resolved && (inProgress(after) != 0 || after.approval || after.resolvedAt == 0 || nextTime(after) != 0))
        return u"resolved with unfinished business"_s;
    if (after.timeline.size() < before.timeline.size() || (moved && after.timeline.size() == before.timeline.size()))
        return u"a status change without its entry"_s;
    if (after.timeline.size() > before.timeline.size() && (after.timeline.last().status != after.status || after.timeline.last().at != now.wallMs))
        return u"the timeline tells another status or time"_s;
    if (has<RunAction>(out) && (!decided || decided->decision.decision != Decision::Run))
        return u"an action without a decision"_s;
    if (has<RunAction>(out) && (inProgress(before) != 0 || after.status != IncidentStatus::Recovering))
        return u"an action beside another one"_s;
    if (isGivenUp(before) && !decided && !asksToRecover(event) && (has<Decide>(out) || has<Diagnose>(out)))
        return u"a final halt is left without a person"_s;
    if (after.approval && after.status != IncidentStatus::AwaitingApproval)
        return u"a question that nobody may answer"_s;
    if (before.approval && !after.approval && !has<WithdrawApproval>(out))
        return u"a question that is not taken back"_s;
    if (std::holds_alternative<TimeCame>(event) && nextTime(after) != 0 && nextTime(after) < now.monotonicMs)
        return u"the next time is in the past"_s;
    return {};
}

/// One incident, the people and the world around it.
class Life
{
public:
    explicit Life(unsigned seed)
        : m_dice{std::mt19937(seed)}
        , m_seed(seed)
    {
        m_incident.id = u"i"_s;
        m_incident.component = u"web"_s;
        m_incident.summary = u"web failed"_s;
        m_incident.condition = condition();
        m_rules.settleMs = m_dice.of({0, 1000, 30'000});
        m_rules.approvalStepMs = m_rules.alertStepMs = m_dice.of({0, 60'000, 300'000});
        m_rules.chainAfterMs = m_dice.oneIn(2) ? QList<qint64>{0} : QList<qint64>{0, 300'000, 300'000, 900'000};
        send(Opened{});
    }
    void live()
    {
        for (int i = 0; i < eventsPerLife && fault.isEmpty(); ++i) {
            m_now.monotonicMs += m_dice.of({0, 1, 500, 20'000, 400'000});
            m_now.wallMs = 1'700'000'000'000 + m_now.monotonicMs;
            send(next());
        }
    }
    [[nodiscard]] const Incident &incident() const { return m_incident; }

    QString fault;
    int events = 0, runs = 0;

private:
    void send(const Event &event)
    {
        const Incident before = m_incident;
        Outcome out = step::step(before, event, m_rules, m_now);
        ++events;
        m_story.append(u"%1 -> %2"_s.arg(event.index()).arg(toString(out.incident.status)));
        m_incident = out.incident;
        if (fault.isEmpty()) {
            if (const QString wrong = broken(before, event, out, m_now); !wrong.isEmpty())
                fault = u"seed %1: %2 (%3)"_s.arg(m_seed).arg(wrong, m_story.join(u", "_s));
        }
        for (const Effect &effect : out.effects)
            follow(effect);
    }
    /// As Pipeline::follow: diagnosing and deciding are done at once.
    void follow(const Effect &effect)
    {
        if (std::holds_alternative<Diagnose>(effect)) {
            Diagnosis diagnosis;
            diagnosis.rootCause = m_dice.oneIn(4) ? QString() : u"it was killed"_s;
            send(Diagnosed{diagnosis});
        } else if (const auto *wish = std::get_if<Decide>(&effect)) {
            decide(*wish);
        } else if (const auto *run = std::get_if<RunAction>(&effect)) {
            m_running = run->request.id;
            ++runs;
        }
    }
    void decide(Decide wish)
    {
        for (const auto &record : std::as_const(m_incident.actions)) { // approved, and had to wait
            if (record.status == ActionStatus::AwaitingApproval && !record.approvedBy.isEmpty() && wish.approvedBy.isEmpty())
                wish = {record.type, record.approvedBy, false, record.id};
        }
        ActionRequest request;
        request.id = wish.actionId.isEmpty() ? QString::number(++m_ids) : wish.actionId;
        const auto decision = decision_(!wish.approvedBy.isEmpty());
        send(Decided{decision, request, request.id});
        if (decision.decision != Decision::Wait || wish.approvedBy.isEmpty() || !isOpen(m_incident))
            return;
        if (wish.actionId.isEmpty()) { // as Pipeline's rememberApproval
            RecoveryActionRecord record;
            record.id = request.id;
            record.status = ActionStatus::AwaitingApproval;
            m_incident.actions.append(record);
        }
        for (auto &record : m_incident.actions) {
            if (record.id == request.id)
                record.approvedBy = wish.approvedBy;
        }
    }
    /// Any word of the policy, but never a second action beside a running one (guard targetBusy).
    RecoveryDecision decision_(bool approved)
    {
        const qint64 soon = m_now.monotonicMs + m_dice.of({1000, 60'000});
        if (inProgress(m_incident) != 0)
            return {Decision::Wait, Reason::TargetBusy, u"busy"_s, soon};
        switch (m_dice.upTo(approved ? 4 : 5)) {
        case 0:
            return {Decision::Refuse,
                m_dice.of({Reason::AttemptsExhausted, Reason::ModeObserve, Reason::NoAction, Reason::StartLimit}), u"no"_s, 0};
        case 1:
            return {Decision::Wait,
                m_dice.of({Reason::Paused, Reason::Maintenance, Reason::Backoff, Reason::TooManyRunning}), u"wait"_s, m_dice.oneIn(5) ? 0 : soon};
        case 5:
            return {Decision::Ask, Reason::ModeApprove, u"ask"_s, 0};
        default:
            return {Decision::Run, approved ? Reason::Approved : Reason::Allowed, u"run"_s, 0};
        }
    }
    Event next()
    {
        switch (m_dice.upTo(7)) {
        case 0:
        case 1:
            return TimeCame{};
        case 2:
            return seen();
        case 3:
        case 4:
            return m_running.isEmpty() ? Event(Verified{verdict(), u"seen"_s}) : Event(done());
        case 5:
            return Verified{verdict(), u"seen"_s};
        case 6:
            return said();
        default:
            return m_dice.oneIn(4) ? restored() : Event(TimeCame{});
        }
    }
    Event restored()
    {
        return Restored{std::exchange(m_running, {})}; // the next engine never hears of that action's end
    }
    Event said()
    {
        Command command;
        command.kind = m_dice.of({CommandKind::Approve, CommandKind::Approve, CommandKind::Reject, CommandKind::Acknowledge, CommandKind::Resolve,
                                  CommandKind::RecoverNow, CommandKind::RecoverNow, CommandKind::TakeOver, CommandKind::Pause});
        if (command.kind == CommandKind::Resolve && !m_dice.oneIn(8)) // or few lives would be long
            command.kind = CommandKind::Approve;
        command.actor = u"anna"_s;
        return PersonSaid{command};
    }
    Event done()
    {
        ActionResult result;
        result.actionId = m_dice.oneIn(20) ? u"unheard of"_s : std::exchange(m_running, {});
        result.status = m_dice.of({ActionStatus::Completed, ActionStatus::Failed, ActionStatus::Unknown, ActionStatus::Cancelled});
        result.failure = m_dice.of({FailureKind::None, FailureKind::Failed, FailureKind::NotAuthorised, FailureKind::StartLimit});
        return ActionDone{result};
    }
    Event seen()
    {
        ErrorEvent event;
        event.condition = condition();
        event.severity = m_dice.of({Severity::Medium, Severity::High});
        return ConditionSeen{!m_dice.oneIn(3), !m_dice.oneIn(3), event};
    }
    Condition condition()
    {
        return {m_dice.of({ConditionKind::Threshold, ConditionKind::UnitFailed, ConditionKind::RestartLoop, ConditionKind::CheckFailing}), u"web"_s, {}, 0};
    }
    Verdict verdict() { return m_dice.of({Verdict::Healed, Verdict::Unchanged, Verdict::Unchanged, Verdict::Worse, Verdict::Unknown}); }

    Dice m_dice;
    unsigned m_seed;
    Incident m_incident;
    Rules m_rules;
    Now m_now{1'700'000'000'000, 1'000'000, 1'000'000, u"boot"_s};
    QString m_running;
    int m_ids = 0;
    QStringList m_story;
};

} // namespace

class TestStepRandom : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void manyLives();
};

void TestStepRandom::manyLives()
{
    QStringList faults;
    QMap<QString, int> ends;
    qint64 events = 0, runs = 0;
    for (unsigned seed = 1; seed <= lives; ++seed) {
        Life life(seed);
        life.live();
        events += life.events;
        runs += life.runs;
        ++ends[toString(life.incident().status)];
        if (!life.fault.isEmpty())
            faults.append(life.fault);
    }
    QVERIFY2(faults.isEmpty(), qPrintable(u"%1 of %2 lives; %3"_s.arg(faults.size()).arg(lives).arg(faults.value(0))));
    QVERIFY2(events >= 150'000, qPrintable(QString::number(events)));
    QVERIFY2(runs > lives, qPrintable(QString::number(runs))); // the lives are real ones
    QVERIFY2(ends.size() >= 7, qPrintable(QStringList(ends.keys()).join(u' ')));
}

QTEST_GUILESS_MAIN(TestStepRandom)
#include "tst_step_random.moc"
