#include "core/engine/CauseInputs.h"

#include <limits>

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

/// The ranking compares a node's series row by row: all get the times of the first one, and a gap where they have no value near.
void align(CauseSeries &series, const std::vector<double> &times)
{
    constexpr double nearS = 15; // one slice of the window
    std::vector<double> window(times.size(), std::numeric_limits<double>::quiet_NaN());
    for (std::size_t i = 0; i < times.size(); ++i) {
        const auto after = std::lower_bound(series.times.begin(), series.times.end(), times[i] - nearS);
        const auto place = std::size_t(after - series.times.begin());
        if (after != series.times.end() && *after <= times[i] + nearS)
            window[i] = series.window[place + (place + 1 < series.times.size() && series.times[place + 1] <= times[i])];
    }
    series.times = times;
    series.window = std::move(window);
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
        std::optional<std::vector<double>> times;
        for (const Kind &kind : kinds) {
            if (auto series = split(kind, node, table.points({kind.metric, {{u"service"_s, input.nodes[node]}}}), startMs)) {
                if (!times)
                    times = series->times;
                align(*series, *times);
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
