// The incident's life alone: by tables, status by status. Random lives are in tst_step_random.cpp.
#include "core/engine/Step.h"

#include <QTest>

#define SAME(actual, expected) QCOMPARE(prunella::toString(actual), prunella::toString(expected))

using namespace prunella;
using namespace prunella::step;
using namespace Qt::StringLiterals;

namespace {

using enum IncidentStatus;
constexpr IncidentStatus all[] = {Detected, Diagnosing, AwaitingApproval, Recovering, Verifying, Resolved, Escalated, Suppressed, Observed};

Now at(qint64 ms = 1'000'000)
{
    return {1'700'000'000'000 + ms, ms, ms, u"boot"_s};
}

/// An incident as it stands in this status.
Incident in(IncidentStatus status)
{
    Incident incident;
    incident.id = u"i"_s;
    incident.component = u"web"_s;
    incident.summary = u"web failed"_s;
    incident.condition = {ConditionKind::CheckFailing, u"web"_s, {}, 0};
    incident.status = status;
    if (status == AwaitingApproval || status == Recovering || status == Verifying) {
        RecoveryActionRecord record;
        record.id = u"a"_s;
        record.status = status == AwaitingApproval ? ActionStatus::AwaitingApproval
            : status == Recovering                 ? ActionStatus::InProgress
                                                   : ActionStatus::Completed;
        incident.actions.append(record);
    }
    if (status == AwaitingApproval) {
        incident.approval = ApprovalRequest{};
        incident.approval->actionId = u"a"_s;
        incident.approval->planHash = u"hash"_s;
    }
    incident.verifyAtMonotonicMs = status == Verifying ? at().monotonicMs + 30'000 : 0;
    incident.finalHalt = status == Escalated;
    incident.haltReason = status == Escalated ? Reason::AttemptsExhausted : Reason::Allowed;
    return incident;
}

QString words(const Outcome &out)
{
    static const char *const names[] = {"diagnose", "decide", "run", "take_back", "verify", "ask", "withdraw", "tell", "do_again"};
    QStringList list{toString(out.incident.status)};
    for (const Effect &effect : out.effects)
        list.append(QString::fromLatin1(names[effect.index()]));
    return list.join(u' ');
}

Command says(CommandKind kind)
{
    Command command;
    command.kind = kind;
    command.actor = u"anna"_s;
    command.text = u"why"_s;
    return command;
}

Event decided(Decision decision, Reason reason = Reason::Allowed)
{
    ActionRequest request;
    request.id = u"a"_s;
    return Decided{{decision, reason, u"because"_s, decision == Decision::Wait ? at().monotonicMs + 5000 : 0}, request, u"hash"_s};
}

Event done(ActionStatus status, FailureKind failure = FailureKind::None)
{
    return ActionDone{{u"a"_s, status, failure, u"output"_s, 0}};
}

Event seen(bool holds, bool fresh = true, ConditionKind kind = ConditionKind::CheckFailing)
{
    ErrorEvent event;
    event.condition = {kind, u"web"_s, {}, 0};
    event.reason = u"again"_s;
    return ConditionSeen{holds, fresh, event};
}

} // namespace

class TestStep : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void opens();
    void decisions_data();
    void decisions();
    void answersOfActions_data();
    void answersOfActions();
    void conditionSeenAgain();
    void conditionCleared();
    void verdicts_data();
    void verdicts();
    void people_data();
    void people();
    void restarts();
    void resolvedIsTheEnd();
    void timesComeOnce();
    void takenOverWhileItRuns();
    void graverConditionOpensATurn();
};

void TestStep::opens()
{
    auto out = step::step(in(Detected), Opened{}, {}, at());
    QCOMPARE(words(out), u"detected diagnose"_s);
    QCOMPARE(out.incident.timeline.size(), 1);
    QCOMPARE(out.incident.timeline.first().at, at().wallMs);
    QCOMPARE(out.incident.timeline.first().reason, u"web failed"_s);
    Diagnosis diagnosis;
    diagnosis.rootCause = u"it was killed"_s;
    out = step::step(out.incident, Diagnosed{diagnosis}, {}, at());
    QCOMPARE(words(out), u"diagnosing decide"_s);
    QCOMPARE(out.incident.timeline.last().reason, u"it was killed"_s);
}

void TestStep::decisions_data()
{
    QTest::addColumn<int>("decision");
    QTest::addColumn<int>("reason");
    QTest::addColumn<QString>("story");
    QTest::addColumn<bool>("halted");
    const int run = int(Decision::Run), ask = int(Decision::Ask), wait = int(Decision::Wait), refuse = int(Decision::Refuse);
    QTest::newRow("run") << run << int(Reason::Allowed) << u"recovering run"_s << false;
    QTest::newRow("ask") << ask << int(Reason::ModeApprove) << u"awaiting_approval tell ask"_s << false;
    QTest::newRow("paused") << wait << int(Reason::Paused) << u"suppressed"_s << false;
    QTest::newRow("maintenance") << wait << int(Reason::Maintenance) << u"suppressed"_s << false;
    QTest::newRow("flapping") << wait << int(Reason::Flapping) << u"suppressed"_s << false;
    QTest::newRow("backoff") << wait << int(Reason::Backoff) << u"diagnosing"_s << false;
    QTest::newRow("busy") << wait << int(Reason::TargetBusy) << u"diagnosing"_s << false;
    QTest::newRow("observe") << refuse << int(Reason::ModeObserve) << u"observed"_s << false;
    QTest::newRow("systemd restarts it") << refuse << int(Reason::ManagerRestarting) << u"observed"_s << false;
    QTest::newRow("attempts") << refuse << int(Reason::AttemptsExhausted) << u"escalated tell"_s << true;
    QTest::newRow("start limit") << refuse << int(Reason::StartLimit) << u"escalated tell"_s << true;
    QTest::newRow("no action") << refuse << int(Reason::NoAction) << u"escalated tell"_s << true;
}

void TestStep::decisions()
{
    QFETCH(int, decision);
    QFETCH(int, reason);
    QFETCH(QString, story);
    QFETCH(bool, halted);
    const auto out = step::step(in(Diagnosing), decided(Decision(decision), Reason(reason)), {}, at());
    QCOMPARE(words(out), story);
    QCOMPARE(out.incident.finalHalt, halted);
    SAME(out.incident.haltReason, decision == int(Decision::Ask) ? Reason::Allowed : Reason(reason));
    QCOMPARE(out.incident.retryAtMonotonicMs, decision == int(Decision::Wait) ? at().monotonicMs + 5000 : 0);
    QCOMPARE(out.incident.timeline.size(), 1);
    QCOMPARE(out.incident.timeline.first().reason.endsWith(u"because"_s), true);
    QCOMPARE(out.incident.actions.size(), decision == int(Decision::Wait) ? 0 : 1);
    QCOMPARE(out.incident.approval.has_value(), decision == int(Decision::Ask));
}

void TestStep::answersOfActions_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<int>("failure");
    QTest::addColumn<QString>("story");
    QTest::newRow("completed") << int(ActionStatus::Completed) << int(FailureKind::None) << u"verifying"_s;
    QTest::newRow("unknown is verified, not repeated") << int(ActionStatus::Unknown) << int(FailureKind::Timeout) << u"verifying"_s;
    QTest::newRow("failed") << int(ActionStatus::Failed) << int(FailureKind::Failed) << u"diagnosing decide"_s;
    QTest::newRow("ran out of time") << int(ActionStatus::Failed) << int(FailureKind::Timeout) << u"diagnosing decide"_s;
    QTest::newRow("no rights") << int(ActionStatus::Failed) << int(FailureKind::NotAuthorised) << u"escalated tell"_s;
    QTest::newRow("start limit") << int(ActionStatus::Failed) << int(FailureKind::StartLimit) << u"escalated tell"_s;
}

void TestStep::answersOfActions()
{
    QFETCH(int, status);
    QFETCH(int, failure);
    QFETCH(QString, story);
    const auto answer = done(ActionStatus(status), FailureKind(failure));
    Incident before = in(Recovering);
    before.conditionHolds = false; // as run() leaves it
    const auto out = step::step(before, answer, {}, at());
    QCOMPARE(words(out), story);
    QCOMPARE(int(out.incident.actions.first().status), status);
    QCOMPARE(out.incident.actions.first().completedAt, at().wallMs);
    QCOMPARE(out.incident.verifyAtMonotonicMs, story == u"verifying" ? at().monotonicMs + Rules().settleMs : 0);
    QCOMPARE(words(step::step(out.incident, answer, {}, at())), toString(out.incident.status)); // told twice: nothing
    const auto other = step::step(in(Recovering), ActionDone{{u"other"_s, ActionStatus::Completed, FailureKind::None, {}, 0}}, {}, at());
    QCOMPARE(words(other), u"recovering"_s);
}

void TestStep::conditionSeenAgain()
{
    const QMap<int, QString> stories{
        {int(Detected), u"detected diagnose"_s}, {int(Diagnosing), u"diagnosing diagnose"_s}, {int(AwaitingApproval), u"awaiting_approval"_s},
        {int(Recovering), u"recovering"_s}, {int(Verifying), u"verifying verify"_s}, {int(Resolved), u"resolved"_s}, {int(Escalated), u"escalated"_s},
        {int(Suppressed), u"suppressed diagnose"_s}, {int(Observed), u"observed diagnose"_s}};
    for (const IncidentStatus status : all) {
        const auto out = step::step(in(status), seen(true), {}, at());
        QCOMPARE(words(out), stories.value(int(status)));
        QCOMPARE(out.incident.symptoms, status == Resolved ? 1 : 2);
        QCOMPARE(words(step::step(in(status), seen(true, false), {}, at())), toString(status)); // told once more: nothing new
    }
}

void TestStep::conditionCleared()
{
    for (const IncidentStatus status : all) {
        const auto out = step::step(in(status), seen(false), {}, at());
        const bool own = status == Recovering || status == Verifying || status == Resolved;
        SAME(out.incident.status, own ? status : Verifying);
        QCOMPARE(int(out.effects.size()), status == AwaitingApproval ? 1 : 0); // the question is taken back
        if (status == AwaitingApproval)
            QVERIFY(out.incident.actions.first().status == ActionStatus::Cancelled);
        if (!own)
            QCOMPARE(out.incident.verifyAtMonotonicMs, at().monotonicMs + Rules().settleMs);
    }
}

void TestStep::verdicts_data()
{
    QTest::addColumn<int>("verdict");
    QTest::addColumn<bool>("finalHalt");
    QTest::addColumn<QString>("early"); // before the settling time is over
    QTest::addColumn<QString>("story");
    const QString again = u"diagnosing take_back"_s, left = u"escalated tell"_s, waits = u"verifying"_s;
    QTest::newRow("healed") << int(Verdict::Healed) << false << waits << u"resolved"_s;
    QTest::newRow("unchanged") << int(Verdict::Unchanged) << false << again << again;
    QTest::newRow("worse") << int(Verdict::Worse) << false << again << again;
    QTest::newRow("unknown") << int(Verdict::Unknown) << false << waits << left;
    QTest::newRow("healed, given up before") << int(Verdict::Healed) << true << waits << u"resolved"_s;
    QTest::newRow("unchanged, given up before") << int(Verdict::Unchanged) << true << again << again; // what it changed is taken back first
}

void TestStep::verdicts()
{
    QFETCH(int, verdict);
    QFETCH(bool, finalHalt);
    QFETCH(QString, early);
    QFETCH(QString, story);
    Incident before = in(Verifying);
    before.finalHalt = finalHalt;
    const Verified event{Verdict(verdict), u"seen"_s};
    QCOMPARE(words(step::step(before, event, {}, at())), early);
    const auto out = step::step(before, event, {}, at(before.verifyAtMonotonicMs));
    QCOMPARE(words(out), story);
    QCOMPARE(int(out.incident.actions.first().verdict.value_or(Verdict::Healed)), verdict);
    QCOMPARE(out.incident.actions.first().verified, verdict == int(Verdict::Healed));
    for (const IncidentStatus status : all) { // a verdict that comes too late is nobody's
        if (status != Verifying)
            QCOMPARE(words(step::step(in(status), event, {}, at())), toString(status));
    }
}

void TestStep::people_data()
{
    QTest::addColumn<int>("kind");
    QTest::addColumn<QMap<int, QString>>("stories"); // where it is no refusal
    const QString decide = u" decide"_s;
    QTest::newRow("approve") << int(CommandKind::Approve) << QMap<int, QString>{{int(AwaitingApproval), u"awaiting_approval withdraw decide"_s}};
    QTest::newRow("reject") << int(CommandKind::Reject) << QMap<int, QString>{{int(AwaitingApproval), u"escalated withdraw"_s}};
    QMap<int, QString> acknowledge, resolve, recover, takeOver;
    for (const IncidentStatus status : all) {
        const bool asked = status == AwaitingApproval;
        if (status == Resolved)
            continue;
        acknowledge.insert(int(status), toString(status));
        takeOver.insert(int(status), asked ? u"escalated withdraw"_s : u"escalated"_s);
        if (status == Recovering)
            continue;
        resolve.insert(int(status), asked ? u"resolved withdraw"_s : u"resolved"_s);
        if (status != Verifying)
            recover.insert(int(status), asked ? u"awaiting_approval withdraw decide"_s : toString(status) + decide);
    }
    QTest::newRow("acknowledge") << int(CommandKind::Acknowledge) << acknowledge;
    QTest::newRow("resolve") << int(CommandKind::Resolve) << resolve;
    QTest::newRow("recover now") << int(CommandKind::RecoverNow) << recover;
    QTest::newRow("take over") << int(CommandKind::TakeOver) << takeOver;
    QTest::newRow("pause is no word on an incident") << int(CommandKind::Pause) << QMap<int, QString>{};
}

void TestStep::people()
{
    QFETCH(int, kind);
    using Stories = QMap<int, QString>;
    QFETCH(Stories, stories);
    for (const IncidentStatus status : all) {
        const auto out = step::step(in(status), PersonSaid{says(CommandKind(kind))}, {}, at());
        QCOMPARE(words(out), stories.value(int(status), toString(status)));
        QCOMPARE(out.answer.ok, stories.contains(int(status)));
        QVERIFY(!out.answer.text.isEmpty());
        if (!out.answer.ok)
            QVERIFY(out.incident.timeline.isEmpty());
    }
}

void TestStep::restarts()
{
    const QMap<int, QString> stories{
        {int(Detected), u"detected diagnose"_s}, {int(Diagnosing), u"diagnosing diagnose"_s}, {int(AwaitingApproval), u"awaiting_approval ask"_s},
        {int(Recovering), u"verifying"_s}, {int(Verifying), u"verifying"_s}, {int(Resolved), u"resolved"_s}, {int(Escalated), u"escalated"_s},
        {int(Suppressed), u"suppressed diagnose"_s}, {int(Observed), u"observed diagnose"_s}};
    for (const IncidentStatus status : all) {
        const auto out = step::step(in(status), Restored{u"a"_s}, {}, at());
        QCOMPARE(words(out), stories.value(int(status)));
        if (status == Recovering)
            QVERIFY(out.incident.actions.first().status == ActionStatus::Unknown);
    }
}

void TestStep::resolvedIsTheEnd()
{
    const Event events[] = {Opened{}, Diagnosed{}, decided(Decision::Run), done(ActionStatus::Failed), seen(true), seen(false),
                            Verified{}, TimeCame{}, Restored{}};
    for (const Event &event : events)
        QCOMPARE(words(step::step(in(Resolved), event, {}, at())), u"resolved"_s);
}

void TestStep::timesComeOnce()
{
    Incident incident = in(Verifying);
    const qint64 due = incident.verifyAtMonotonicMs;
    QCOMPARE(nextTime(incident), due);
    QCOMPARE(words(step::step(incident, TimeCame{}, {}, at(due - 1))), u"verifying"_s);
    const auto out = step::step(incident, TimeCame{}, {}, at(due));
    QCOMPARE(words(out), u"verifying verify"_s);
    QCOMPARE(nextTime(out.incident), 0);
    incident = in(Diagnosing);
    incident.retryAtMonotonicMs = due;
    QCOMPARE(words(step::step(incident, TimeCame{}, {}, at(due))), u"diagnosing diagnose"_s); // its probes were not answered
    incident.diagnosis.emplace();
    QCOMPARE(words(step::step(incident, TimeCame{}, {}, at(due - 1))), u"diagnosing"_s);
    QCOMPARE(words(step::step(incident, TimeCame{}, {}, at(due))), u"diagnosing decide"_s);
    QCOMPARE(nextTime(step::step(incident, TimeCame{}, {}, at(due)).incident), 0);
    // Taken over while it was being verified: nothing is due any more.
    const auto taken = step::step(in(Verifying), PersonSaid{says(CommandKind::TakeOver)}, {}, at());
    QCOMPARE(nextTime(taken.incident), 0);
}

/// Whoever takes over while an action runs gets no second one by itself, and the running one is seen to its end.
void TestStep::takenOverWhileItRuns()
{
    const auto taken = step::step(in(Recovering), PersonSaid{says(CommandKind::TakeOver)}, {}, at());
    QCOMPARE(words(taken), u"escalated"_s);
    QVERIFY(!step::step(taken.incident, PersonSaid{says(CommandKind::Resolve)}, {}, at()).answer.ok);
    SAME(step::step(taken.incident, seen(false), {}, at()).incident.status, Escalated);
    const auto failed = step::step(taken.incident, done(ActionStatus::Failed, FailureKind::Failed), {}, at());
    QCOMPARE(words(failed), u"escalated"_s);
    SAME(failed.incident.haltReason, Reason::Rejected);
    QCOMPARE(words(step::step(taken.incident, done(ActionStatus::Completed), {}, at())), u"verifying verify"_s);
}

void TestStep::graverConditionOpensATurn()
{
    Incident incident = in(Escalated);
    QCOMPARE(words(step::step(incident, seen(true, true, ConditionKind::UnitFailed), {}, at())), u"escalated"_s);
    incident.haltReason = Reason::NoAction; // nothing was known against the old one
    QCOMPARE(words(step::step(incident, seen(true, true, ConditionKind::UnitFailed), {}, at())), u"escalated diagnose"_s);
    QCOMPARE(words(step::step(incident, seen(true), {}, at())), u"escalated"_s);
}

QTEST_GUILESS_MAIN(TestStep)
#include "tst_step.moc"
