#include "core/engine/CauseInputs.h"

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

struct Kind { QLatin1StringView metric; MetricRole role; WorseWhen worse; };

constexpr Kind kinds[]{{"response_time"_L1, MetricRole::Latency, WorseWhen::Above},
                       {"error_percent"_L1, MetricRole::Availability, WorseWhen::Below}, // turned into the share of good requests
                       {"requests_per_second"_L1, MetricRole::Requests, WorseWhen::Below},
                       {"unit_cpu"_L1, MetricRole::Other, WorseWhen::Above},
                       {"unit_memory"_L1, MetricRole::Other, WorseWhen::Above}};
constexpr qint64 beforeMs = 120'000; // of the window lie before the fault: a change is seen against it
constexpr std::size_t fewest = 5;    // normal values: fewer have no spread

double valueOf(const Kind &kind, double value)
{
    return kind.role == MetricRole::Availability ? 100 - value : value;
}

/// The points before the fault are the normal, those around and after it the window.
std::optional<CauseSeries> split(const Kind &kind, int node, const std::vector<TrendPoint> &points, qint64 startMs)
{
    CauseSeries series;
    series.node = node;
    series.metric = kind.metric;
    series.role = kind.role;
    series.worse = kind.worse;
    for (const TrendPoint &point : points) {
        if (point.monotonicMs < startMs)
            series.normal.push_back(valueOf(kind, point.value));
        if (point.monotonicMs >= startMs - beforeMs) {
            series.times.push_back(double(point.monotonicMs) / 1000);
            series.window.push_back(valueOf(kind, point.value));
        }
    }
    if (series.normal.size() < fewest || series.window.empty())
        return {};
    return series;
}

} // namespace

std::optional<CauseInput> causeInput(const Incident &incident, const QList<ServiceConfig> &services, const DependencyGraph &graph,
                                     const SeriesTable &table, const Now &now)
{
    CauseInput input;
    input.nodes << incident.component;
    for (const QString &need : graph.dependenciesOf(incident.component)) {
        if (std::any_of(services.begin(), services.end(), [&](const ServiceConfig &service) { return service.name == need; }))
            input.nodes << need;
    }
    const qint64 startMs = now.monotonicMs - std::max<qint64>(0, now.wallMs - incident.startedAt);
    QSet<int> measured;
    for (int node = 0; node < input.nodes.size(); ++node) {
        for (const TopologyEdge &edge : graph.edgesFrom(input.nodes[node])) {
            if (const auto to = input.nodes.indexOf(edge.to); to >= 0)
                input.calls.push_back({node, int(to)});
        }
        for (const Kind &kind : kinds) {
            if (auto series = split(kind, node, table.points({kind.metric, {{u"service"_s, input.nodes[node]}}}), startMs)) {
                input.series.push_back(std::move(*series));
                measured.insert(node);
            }
        }
    }
    input.alarm = {0, incident.condition.series.metric, {}, double(startMs) / 1000};
    if (measured.size() < 2)
        return {};
    return input;
}

std::optional<RankedCause> suspectOf(const QList<RankedCause> &ranking, const QString &component)
{
    constexpr double least = 0.5, ahead = 1.5; // of the scores, which sum to no more than 1 each
    if (ranking.isEmpty() || ranking[0].node == component || ranking[0].score < least)
        return {};
    for (const RankedCause &other : ranking) {
        if (other.node == component && ranking[0].score < ahead * other.score)
            return {};
    }
    return ranking[0];
}

} // namespace prunella
