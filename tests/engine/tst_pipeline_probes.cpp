// Incidents whose tree asks the world: they wait for the answers, and never for those that no longer matter.
#include "PipelineFixture.h"

#include <QTest>

namespace prunella {

using namespace Qt::StringLiterals;
using namespace test;

namespace {

/// A pipeline whose tree asks `rounds` times before it knows.
struct Asking {
    explicit Asking(int howMany) : rounds(howMany), pipeline(automatic(), hooks()) {}

    PipelineHooks hooks()
    {
        PipelineHooks hooks;
        hooks.diagnose = [this](const Incident &incident) {
            ++diagnosed;
            Diagnosis found;
            found.tree = u"demo"_s;
            found.causeId = u"killed_by_signal"_s;
            found.rootCause = u"facts: "_s + QStringList(pipeline.probedFacts(incident.id).keys()).join(u',');
            found.confidence = 0.9;
            found.actions = {ActionType::RestartService};
            return found;
        };
        hooks.probes = [this](const Incident &incident) {
            const qsizetype known = pipeline.probedFacts(incident.id).size();
            ProbeOrder order;
            order.key = u"probe.tcp(%1)"_s.arg(known);
            order.type = u"tcp"_s;
            order.text = u"127.0.0.1:%1"_s.arg(known);
            return known < rounds ? QList<ProbeOrder>{order} : QList<ProbeOrder>();
        };
        hooks.facts = [](const ServiceConfig &) { return TargetFacts{}; };
        hooks.describe = [](const ActionRequest &) { return u"call"_s; };
        hooks.newId = [this] { return u"id%1"_s.arg(++ids); };
        return hooks;
    }
    PipelineOutput crash() { return pipeline.feed(World::failure(ConditionKind::UnitFailed, u"web"_s), clock.now()); }
    PipelineOutput cleared()
    {
        ErrorEvent event = World::failure(ConditionKind::UnitFailed, u"web"_s);
        event.cleared = true;
        return pipeline.feed(event, clock.now());
    }
    PipelineOutput answer(const ProbeRound &round)
    {
        ProbeAnswers answers{round.incidentId, round.round, {}};
        for (const ProbeOrder &order : round.orders)
            answers.facts.insert(order.key, {u"ok"_s, {}, 0});
        return pipeline.probed(answers, clock.now());
    }
    PipelineOutput say(CommandKind kind)
    {
        Command command = World::command(kind);
        command.incidentId = incident().id;
        command.actor = u"alice"_s;
        return pipeline.command(command, clock.now());
    }
    Incident incident() { return pipeline.open().value(0); }

    int rounds, diagnosed = 0, ids = 0;
    ManualClock clock;
    Pipeline pipeline;
};

} // namespace

class TestPipelineProbes : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void withoutProbesNothingChanges();
    void asksRoundAfterRound();
    void conditionClears();
    void personTakesOver();
    void personResolves();
    void newConditionAsksAnew();
    void nobodyAnswers();
    void boundedRounds();
};

void TestPipelineProbes::withoutProbesNothingChanges()
{
    Asking world(0);
    const PipelineOutput out = world.crash();
    QVERIFY(out.probes.isEmpty());
    QCOMPARE(out.run.size(), std::size_t(1)); // in the same turn
}

void TestPipelineProbes::asksRoundAfterRound()
{
    Asking world(2);
    PipelineOutput out = world.crash();
    QCOMPARE(out.probes.size(), 1);
    QVERIFY(out.run.empty() && world.diagnosed == 0);
    SAME(world.incident().status, IncidentStatus::Diagnosing);
    QCOMPARE(world.incident().timeline.last().reason, u"asks: tcp 127.0.0.1:0"_s);
    const ProbeRound first = out.probes[0];
    out = world.answer(first);
    QCOMPARE(out.probes.size(), 1);
    QVERIFY(world.answer(first).probes.isEmpty()); // told twice: dropped
    out = world.answer(out.probes[0]);
    QCOMPARE(world.diagnosed, 1);
    QCOMPARE(out.run.size(), std::size_t(1));
    QCOMPARE(world.incident().diagnosis->rootCause, u"facts: probe.tcp(0),probe.tcp(1)"_s);
    SAME(world.incident().status, IncidentStatus::Recovering);
}

void TestPipelineProbes::conditionClears()
{
    Asking world(1);
    const ProbeRound round = world.crash().probes.value(0);
    static_cast<void>(world.cleared());
    SAME(world.incident().status, IncidentStatus::Verifying);
    const PipelineOutput late = world.answer(round);
    QVERIFY(late.run.empty() && late.asked.isEmpty());
    SAME(world.incident().status, IncidentStatus::Verifying);
    const PipelineOutput out = world.pipeline.verified(world.incident().id, Verdict::Healed, u"well"_s, world.clock.now());
    static_cast<void>(out);
    world.clock.advance(31 * second); // the settling time is over
    static_cast<void>(world.pipeline.timeCame(world.clock.now()));
    static_cast<void>(world.pipeline.verified(world.incident().id, Verdict::Healed, u"well"_s, world.clock.now()));
    QVERIFY(world.pipeline.open().isEmpty());
}

void TestPipelineProbes::personTakesOver()
{
    Asking world(1);
    const ProbeRound round = world.crash().probes.value(0);
    static_cast<void>(world.say(CommandKind::TakeOver));
    SAME(world.incident().status, IncidentStatus::Escalated);
    const PipelineOutput out = world.answer(round);
    QVERIFY(out.run.empty());
    SAME(world.incident().status, IncidentStatus::Escalated);
    QCOMPARE(world.incident().diagnosis->causeId, u"killed_by_signal"_s); // for that person
    QCOMPARE(out.transaction.incidents.size(), 1);
}

void TestPipelineProbes::personResolves()
{
    Asking world(1);
    const ProbeRound round = world.crash().probes.value(0);
    static_cast<void>(world.say(CommandKind::Resolve));
    const PipelineOutput out = world.answer(round);
    QVERIFY(out.run.empty() && out.changed.isEmpty() && world.diagnosed == 0);
}

void TestPipelineProbes::newConditionAsksAnew()
{
    Asking world(1);
    const ProbeRound old = world.crash().probes.value(0);
    const ProbeRound fresh = world.crash().probes.value(0);
    QVERIFY(fresh.round != old.round);
    QVERIFY(world.answer(old).run.empty());
    QCOMPARE(world.answer(fresh).run.size(), std::size_t(1));
}

void TestPipelineProbes::nobodyAnswers()
{
    Asking world(1);
    const ProbeRound round = world.crash().probes.value(0);
    const qint64 due = world.pipeline.nextTime();
    QCOMPARE(due, world.clock.now().monotonicMs + 8000); // 3 s and a margin
    world.clock.advance(8000);
    const PipelineOutput out = world.pipeline.timeCame(world.clock.now());
    QCOMPARE(world.diagnosed, 1); // with what is known
    QCOMPARE(out.run.size(), std::size_t(1));
    QVERIFY(out.probes.isEmpty()); // not asked again at once
    QVERIFY(world.answer(round).run.empty());
}

void TestPipelineProbes::boundedRounds()
{
    Asking world(1000);
    PipelineOutput out = world.crash();
    int rounds = 0;
    for (; !out.probes.isEmpty(); ++rounds)
        out = world.answer(out.probes[0]);
    QCOMPARE(rounds, 16);
    QCOMPARE(out.run.size(), std::size_t(1)); // with what is known by then
}

} // namespace prunella

QTEST_GUILESS_MAIN(prunella::TestPipelineProbes)
#include "tst_pipeline_probes.moc"
