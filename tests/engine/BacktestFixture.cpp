#include "BacktestFixture.h"

namespace prunella::test {

using namespace Qt::StringLiterals;

namespace {

const SeriesKey responseTime{u"response_time"_s, {{u"service"_s, u"web"_s}}};

} // namespace

Config recorded(double limit, Mode mode)
{
    Config config = automatic();
    config.mode = mode;
    config.detection.anomalyDetectionEnabled = false; // these stories are about limits
    ThresholdConfig threshold;
    threshold.metric = responseTime.metric;
    threshold.warning = limit;
    config.thresholds = {threshold};
    return config;
}

History::History(Config config)
    : world(config)
    , series(config.thresholds)
    , m_config(std::move(config))
{
    store.clock->jumpWall(now() - store.clock->now().wallMs);
}

void History::feed(ErrorEvent event)
{
    event.wallMs = now();
    m_events << event;
    world.feed(event);
}

void History::measure(double value, qint64 ms)
{
    constexpr qint64 interval = 30 * second;
    for (qint64 done = 0; done < ms; done += interval) {
        const Now at = world.clock.now();
        auto fed = series.feed({{responseTime, value, u"ms"_s, u"web"_s, at.wallMs, at.monotonicMs}});
        m_rows << fed.rows;
        const bool over = series.holds({ConditionKind::Threshold, u"web"_s, responseTime, -1});
        if (over)
            world.broken.insert(u"web"_s);
        else
            world.broken.remove(u"web"_s);
        for (const ErrorEvent &event : fed.events)
            feed(event);
        world.pass(interval);
    }
}

void History::pass(qint64 ms)
{
    world.pass(ms);
}

void History::crash(const QString &service)
{
    world.broken.insert(service);
    feed(World::failure(ConditionKind::UnitFailed, service));
}

void History::recovered(const QString &service)
{
    world.broken.remove(service);
    ErrorEvent event = World::failure(ConditionKind::UnitFailed, service);
    event.cleared = true;
    event.reason = u"%1 runs again"_s.arg(service);
    feed(event);
}

void History::save()
{
    store.clock->advance(now() - store.clock->now().wallMs);
    store.writer->append(m_rows);
    store.flush();
    Transaction transaction;
    transaction.incidents = world.pipeline.recent() + world.pipeline.open();
    if (recordEvents)
        transaction.events = m_events;
    QVERIFY(store.commit(transaction).state == CommitState::Durable);
}

void History::mark(const Incident &incident, Mark mark)
{
    Transaction transaction;
    transaction.marks << IncidentMark{incident.id, incident.component, incident.detectedAt, {mark, u"anna"_s, now(), u"seen"_s}};
    QVERIFY(store.commit(transaction).state == CommitState::Durable);
}

void History::markMissed(const QString &component, qint64 at)
{
    Transaction transaction;
    transaction.marks << IncidentMark{{}, component, at, {Mark::Missed, u"anna"_s, now(), {}}};
    QVERIFY(store.commit(transaction).state == CommitState::Durable);
}

Result<BacktestReport> History::replay(const Config &config, const BacktestProgress &progress) const
{
    BacktestOptions options;
    options.stateDir = store.paths().stateDir;
    options.config = config;
    options.configName = u"candidate.yaml"_s;
    return runBacktest(options, progress);
}

} // namespace prunella::test
