// The loop on a manual clock: whole lives of incidents, compared as stories.
#include "PipelineFixture.h"

#include <QTest>

namespace prunella {

using namespace Qt::StringLiterals;
using namespace test;

class TestPipeline : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void crashIsRestartedVerifiedResolved();
    void severalEventsOfOneCrashAreOneIncident();
    void lateEventDoesNotCutTheSettlingShort();
    void breakingWhileSettlingIsTheNextAttemptAtOnce();
    void diesAtEveryStartForSevenDays();
    void attemptsCountAcrossIncidents();
    void attemptsCountPerTargetAndAction();
    void attemptWindowLongerThanADay();
    void failedActionIsTriedAgainWithBackoff();
    void notAuthorisedIsNeverTriedAgain();
    void startLimitInTheAnswerEscalates();
    void unknownOutcomeIsVerifiedNotRepeated();
    void unknownVerdictEscalates();
    void clearsBeforeAnythingWasDone();
    void clearsForAMomentWhileEscalated();
};

void TestPipeline::crashIsRestartedVerifiedResolved()
{
    World world;
    world.crash();
    world.pass(hour);
    STORY(world, uR"(00:00 web detected: web failed
00:00 web diagnosing: killed by signal 9
00:00 web recovering: restart_service: automatic, confidence 0.90, attempt 1 of 3
00:00 -> run: restart_service web, attempt 1
00:00 web verifying: restart_service completed: active
00:30 -> verified: healed
00:30 web resolved: it runs)"_s);
    const Incident incident = world.incident();
    QVERIFY(incident.actions.first().verified);
    QVERIFY(incident.actions.first().verdict == std::optional(Verdict::Healed));
    QCOMPARE(incident.resolvedAt - incident.detectedAt, 30'200);
    QVERIFY(world.disk.unfinished.isEmpty());
    QCOMPARE(world.pipeline.nextTime(), 0);
}

void TestPipeline::severalEventsOfOneCrashAreOneIncident()
{
    World world;
    world.crash();
    world.crash();
    world.pass(second / 10);
    world.crash();
    world.pass(hour);
    QCOMPARE(world.count(u"detected"_s), 1);
    QCOMPARE(world.asked.size(), 1U);
    QCOMPARE(world.incident().symptoms, 3);
    SAME(world.incident().status, IncidentStatus::Resolved);
}

void TestPipeline::lateEventDoesNotCutTheSettlingShort()
{
    World world;
    world.crash();
    world.pass(second);
    world.crash();
    SAME(world.incident().status, IncidentStatus::Verifying);
    world.verdict = Verdict::Unknown;
    world.crash();
    SAME(world.incident().status, IncidentStatus::Verifying);
    world.verdict.reset();
    world.pass(28 * second);
    SAME(world.incident().status, IncidentStatus::Verifying);
    world.pass(2 * second);
    SAME(world.incident().status, IncidentStatus::Resolved);
    QCOMPARE(world.asked.size(), 1U);
}

void TestPipeline::breakingWhileSettlingIsTheNextAttemptAtOnce()
{
    World world;
    world.broken = {u"web"_s};
    world.crash();
    world.pass(5 * second);
    world.crash();
    QCOMPARE(world.asked.size(), 2U); // the backoff of one second is over already
    QVERIFY(world.incident().actions.first().verdict == std::optional(Verdict::Unchanged));
}

void TestPipeline::diesAtEveryStartForSevenDays()
{
    World world;
    world.broken = {u"web"_s};
    world.crash();
    for (int i = 0; i < 40; ++i) { // it dies half a second after every start
        world.pass(second / 2);
        if (world.incident().status == IncidentStatus::Verifying)
            world.crash();
    }
    QCOMPARE(world.count(u"hook told: escalated"_s), 1);
    STORY(world, uR"(00:00 web detected: web failed
00:00 web diagnosing: killed by signal 9
00:00 web recovering: restart_service: automatic, confidence 0.90, attempt 1 of 3
00:00 -> run: restart_service web, attempt 1
00:00 web verifying: restart_service completed: active
00:00 -> verified: unchanged
00:00 web diagnosing: did not help (unchanged): it does not run
00:00 web diagnosing: killed by signal 9
00:00 web diagnosing: waits 0.7 s before attempt 2 of 3
00:01 web recovering: restart_service: automatic, confidence 0.90, attempt 2 of 3
00:01 -> run: restart_service web, attempt 2
00:01 web verifying: restart_service completed: active
00:01 -> verified: unchanged
00:01 web diagnosing: did not help (unchanged): it does not run
00:01 web diagnosing: killed by signal 9
00:01 web diagnosing: waits 1.9 s before attempt 3 of 3
00:03 web recovering: restart_service: automatic, confidence 0.90, attempt 3 of 3
00:03 -> run: restart_service web, attempt 3
00:03 web verifying: restart_service completed: active
00:04 -> verified: unchanged
00:04 web diagnosing: did not help (unchanged): it does not run
00:04 web diagnosing: killed by signal 9
00:04 web escalated: 3 of 3 attempts of restart_service on web within 3600 s
00:04 -> hook told: escalated)"_s);
    world.pass(7 * day);
    QCOMPARE(world.count(u"hook told: escalated"_s), 0); // not once more
    QCOMPARE(world.count(u"hook told: reminder"_s), 7 * 24);
    QVERIFY2(world.turns < 7 * 24 + 20, "a timer turns without need");
}

void TestPipeline::attemptsCountAcrossIncidents()
{
    World world;
    for (int i = 0; i < 3; ++i) { // each restart survives its settling time and dies later
        world.crash();
        world.pass(10 * minute);
        SAME(world.incident().status, IncidentStatus::Resolved);
    }
    world.crash();
    world.pass(minute);
    QCOMPARE(world.asked.size(), 3U);
    SAME(world.incident().status, IncidentStatus::Escalated);
    SAME(world.incident().haltReason, Reason::AttemptsExhausted);
    world.say(CommandKind::Resolve);
    world.pass(hour); // the window moved on
    world.crash();
    QCOMPARE(world.asked.size(), 4U);
    QCOMPARE(world.asked.back().attempt, 1);
}

void TestPipeline::attemptsCountPerTargetAndAction()
{
    World world(automatic({u"web"_s, u"db"_s}));
    world.broken = {u"web"_s};
    world.crash();
    world.pass(2 * minute);
    SAME(world.incident().haltReason, Reason::AttemptsExhausted);
    world.crash(u"db"_s);
    QCOMPARE(world.asked.back().target, u"db"_s);
    QCOMPARE(world.asked.back().attempt, 1);
}

void TestPipeline::attemptWindowLongerThanADay()
{
    Config config = automatic();
    config.services[0].recovery.attemptWindowMs = 3 * day;
    config.services[0].recovery.maxRetryAttempts = 1;
    World world(config);
    world.crash();
    world.pass(2 * day);
    world.crash();
    world.pass(minute);
    QCOMPARE(world.asked.size(), 1U);
    SAME(world.incident().haltReason, Reason::AttemptsExhausted);
}

void TestPipeline::failedActionIsTriedAgainWithBackoff()
{
    Config config = automatic();
    config.recovery.backoff = {10 * second, 3, 25 * second};
    config.recovery.maxRetryAttempts = 4;
    config.recovery.circuitBreakerEnabled = false;
    World world(config);
    world.answer = [](const ActionRequest &r) { return ActionResult{r.id, ActionStatus::Failed, FailureKind::Failed, u"job failed\nmore"_s, 0}; };
    world.crash();
    world.pass(2 * minute);
    STORY(world, uR"(00:00 web detected: web failed
00:00 web diagnosing: killed by signal 9
00:00 web recovering: restart_service: automatic, confidence 0.90, attempt 1 of 4
00:00 -> run: restart_service web, attempt 1
00:00 web diagnosing: restart_service failed: job failed
00:00 web diagnosing: waits 10 s before attempt 2 of 4
00:10 web recovering: restart_service: automatic, confidence 0.90, attempt 2 of 4
00:10 -> run: restart_service web, attempt 2
00:10 web diagnosing: restart_service failed: job failed
00:10 web diagnosing: waits 25 s before attempt 3 of 4
00:35 web recovering: restart_service: automatic, confidence 0.90, attempt 3 of 4
00:35 -> run: restart_service web, attempt 3
00:35 web diagnosing: restart_service failed: job failed
00:35 web diagnosing: waits 25 s before attempt 4 of 4
01:00 web recovering: restart_service: automatic, confidence 0.90, attempt 4 of 4
01:00 -> run: restart_service web, attempt 4
01:00 web diagnosing: restart_service failed: job failed
01:00 web escalated: 4 of 4 attempts of restart_service on web within 3600 s
01:00 -> hook told: escalated)"_s);
}

void TestPipeline::notAuthorisedIsNeverTriedAgain()
{
    World world;
    world.answer = [](const ActionRequest &r) { return ActionResult{r.id, ActionStatus::Failed, FailureKind::NotAuthorised, u"not authorised by polkit for unit web.service"_s, 0}; };
    world.crash();
    world.pass(day);
    QCOMPARE(world.asked.size(), 1U);
    SAME(world.incident().haltReason, Reason::NotAuthorised);
    QCOMPARE(world.count(u"web escalated: not authorised by polkit for unit web.service"_s), 1);
    QCOMPARE(world.count(u"hook told: escalated"_s), 1);
    world.crash(); // the same failure told again changes nothing
    world.pass(minute);
    QCOMPARE(world.asked.size(), 1U);
}

void TestPipeline::startLimitInTheAnswerEscalates()
{
    World world;
    world.answer = [](const ActionRequest &r) { return ActionResult{r.id, ActionStatus::Failed, FailureKind::StartLimit, u"start limit hit"_s, 0}; };
    world.crash();
    world.pass(day);
    QCOMPARE(world.asked.size(), 1U);
    SAME(world.incident().haltReason, Reason::StartLimit);
}

void TestPipeline::unknownOutcomeIsVerifiedNotRepeated()
{
    World world;
    world.answer = [](const ActionRequest &r) { return ActionResult{r.id, ActionStatus::Unknown, FailureKind::Timeout, u"no answer"_s, 0}; };
    world.crash();
    world.pass(hour);
    QCOMPARE(world.asked.size(), 1U);
    SAME(world.incident().status, IncidentStatus::Resolved);
    SAME(world.incident().actions.first().status, ActionStatus::Unknown);
    QVERIFY(world.incident().actions.first().verified);
}

void TestPipeline::unknownVerdictEscalates()
{
    World world;
    world.verdict = Verdict::Unknown;
    world.crash();
    world.pass(minute);
    SAME(world.incident().status, IncidentStatus::Escalated);
    QCOMPARE(world.count(u"escalated: could not be verified"_s), 1);
    QCOMPARE(world.asked.size(), 1U);
}

void TestPipeline::clearsBeforeAnythingWasDone()
{
    World world;
    world.facts[u"web"_s].managerRestarting = true;
    world.crash();
    world.pass(5 * second);
    QCOMPARE(world.count(u"systemd is already starting web"_s), 1);
    world.recovered();
    world.pass(minute);
    SAME(world.incident().status, IncidentStatus::Resolved);
    QVERIFY(world.asked.empty());
    QVERIFY(effectivenessScore(world.incident()) == std::optional(0.0));
}

void TestPipeline::clearsForAMomentWhileEscalated()
{
    World world;
    world.broken = {u"web"_s};
    world.crash();
    world.pass(2 * minute);
    SAME(world.incident().status, IncidentStatus::Escalated);
    world.recovered();
    world.pass(10 * second);
    world.crash(); // and down again: the same escalation, not a new one
    SAME(world.incident().status, IncidentStatus::Escalated);
    world.recovered();
    world.pass(minute); // a clearing that the verification does not believe
    SAME(world.incident().status, IncidentStatus::Escalated);
    SAME(world.incident().haltReason, Reason::AttemptsExhausted);
    QCOMPARE(world.count(u"hook told: escalated"_s), 1);
    world.pass(hour);
    QCOMPARE(world.count(u"hook told: reminder"_s), 1);
    world.broken.clear();
    world.recovered();
    world.pass(minute);
    SAME(world.incident().status, IncidentStatus::Resolved);
    QCOMPARE(world.count(u"hook told: resolved"_s), 1);
    QCOMPARE(world.asked.size(), 3U);
}

} // namespace prunella

QTEST_GUILESS_MAIN(prunella::TestPipeline)
#include "tst_pipeline.moc"
