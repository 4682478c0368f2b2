#include "core/diagnosis/NodeSymptoms.h"

#include <QMap>

#include <algorithm>
#include <cmath>

namespace prunella {
namespace {

constexpr double middleZ = 5;            // a deviation of so many sigma is as likely an accident as a symptom
constexpr double otherMetric = 0.5;      // weight of another metric when the alarm's was measured, too
constexpr double onlyOtherMetric = 0.9;  // and when it was not
constexpr double requestsMetric = 0.2;   // more or fewer requests are rarely the cause and often a symptom

/// The alarm's metric is 0, the others follow in the order of their names.
QMap<QString, int> kindsOf(const CauseInput &input)
{
    QMap<QString, int> kinds;
    for (const CauseSeries &series : input.series)
        kinds[series.metric] = 0;
    int next = 1;
    for (auto kind = kinds.begin(); kind != kinds.end(); ++kind)
        kind.value() = kind.key() == input.alarm.metric ? 0 : next++;
    return kinds;
}

/// Which statistic speaks for a metric: the alarm's, a mean, a sum, none, any other.
int preferenceOf(const CauseSeries &series, const CauseAlarm &alarm)
{
    static const QStringList order{QStringLiteral("average"), QStringLiteral("mean"), QStringLiteral("sum"), QString()};
    if (series.metric == alarm.metric && series.statistic == alarm.statistic)
        return 0;
    const int place = int(order.indexOf(series.statistic.toLower()));
    return place >= 0 ? place + 1 : int(order.size()) + 1;
}

double meanOf(const std::vector<double> &values)
{
    double sum = 0;
    int count = 0;
    for (const double x : values) {
        sum += std::isfinite(x) ? x : 0;
        count += std::isfinite(x) ? 1 : 0;
    }
    return count > 0 ? sum / count : 0;
}

/// Of each metric the measured series of the best statistic; among equal ones the larger deviation, so that the order of
/// columns does not matter. The others are not even looked at.
void choose(NodeSymptoms &node, const CauseInput &input)
{
    std::vector<Symptom> candidates = std::move(node.all);
    node.all.clear();
    std::sort(candidates.begin(), candidates.end(), [](const Symptom &a, const Symptom &b) {
        return a.kind != b.kind ? a.kind < b.kind : a.preference < b.preference;
    });
    for (Symptom &candidate : candidates) {
        Symptom *const same = !node.all.empty() && node.all.back().kind == candidate.kind ? &node.all.back() : nullptr;
        if (same && same->preference < candidate.preference)
            continue;
        candidate.deviation = deviationOf(input.series[std::size_t(candidate.series)], input.alarm.at, node.requests);
        if (!candidate.deviation.measured)
            continue;
        if (!same)
            node.all.push_back(candidate);
        else if (candidate.deviation.z > same->deviation.z)
            *same = candidate;
    }
}

/// Mean over the rows since the alarm of (value - base) times requests: what all callers together lost.
double impactOf(const CauseSeries &series, const SeriesDeviation &deviation, const CauseSeries &requests, double alarmAt)
{
    const double slack = causeSlack(series.times);
    double sum = 0;
    int rows = 0;
    for (std::size_t i = 0; i < series.window.size() && i < requests.window.size(); ++i) {
        const double lost = deviation.sign * (series.window[i] - deviation.base), count = requests.window[i];
        if (series.times[i] < alarmAt - slack || !std::isfinite(lost) || !std::isfinite(count))
            continue;
        sum += lost * count;
        ++rows;
    }
    return rows > 0 ? std::max(0.0, sum / rows) : -1;
}

bool additive(MetricRole role) { return role == MetricRole::Latency || role == MetricRole::Availability; }

/// Strengths, weights and impacts, when all series have been seen.
void finish(NodeSymptoms &node, const CauseInput &input)
{
    const bool asAlarm = node.of(0) != nullptr;
    const auto requests = std::find_if(node.all.begin(), node.all.end(), [](const Symptom &s) { return s.role == MetricRole::Requests; });
    for (Symptom &symptom : node.all) {
        node.measured = node.measured || symptom.role != MetricRole::Requests;
        symptom.strength = strengthOf(symptom.deviation.z);
        if (symptom.kind != 0)
            symptom.weight = symptom.role == MetricRole::Requests ? requestsMetric : asAlarm ? otherMetric : onlyOtherMetric;
        if (additive(symptom.role) && requests != node.all.end())
            symptom.impact = impactOf(input.series[std::size_t(symptom.series)], symptom.deviation, input.series[std::size_t(requests->series)], input.alarm.at);
    }
    node.called = requests == node.all.end() || node.requests > 0 || requests->deviation.normal > 0;
}

} // namespace

const Symptom *NodeSymptoms::of(int kind) const
{
    const auto found = std::find_if(all.begin(), all.end(), [kind](const Symptom &s) { return s.kind == kind; });
    return found == all.end() ? nullptr : &*found;
}

double strengthOf(double z)
{
    return z * z / (z * z + middleZ * middleZ);
}

std::vector<NodeSymptoms> symptomsOf(const CauseInput &input)
{
    std::vector<NodeSymptoms> nodes(std::size_t(input.nodes.size()));
    const auto known = [&nodes](const CauseSeries &series) { return series.node >= 0 && std::size_t(series.node) < nodes.size(); };
    for (const CauseSeries &series : input.series) {
        if (known(series) && series.role == MetricRole::Requests)
            nodes[std::size_t(series.node)].requests = std::max(nodes[std::size_t(series.node)].requests, meanOf(series.window));
    }
    const auto kinds = kindsOf(input);
    for (std::size_t i = 0; i < input.series.size(); ++i) {
        const CauseSeries &series = input.series[i];
        if (!known(series))
            continue;
        Symptom found;
        found.kind = kinds.value(series.metric);
        found.role = series.role;
        found.series = int(i);
        found.preference = preferenceOf(series, input.alarm);
        nodes[std::size_t(series.node)].all.push_back(found);
    }
    for (NodeSymptoms &node : nodes) {
        choose(node, input);
        finish(node, input);
    }
    return nodes;
}

} // namespace prunella
