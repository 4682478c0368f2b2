#include "core/detection/ThresholdDetector.h"

#include "core/detection/Classification.h"
#include "core/model/Sentences.h"

#include <cmath>
#include <limits>
#include <utility>

namespace prunella {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double hysteresis = 0.05; ///< of the limit, where `clear` is not given
constexpr int gapIntervals = 3;

bool equal(const ThresholdConfig &a, const ThresholdConfig &b)
{
    return a.metric == b.metric && a.labels == b.labels && a.warning == b.warning && a.critical == b.critical
        && a.clear == b.clear && a.forMs == b.forMs && a.direction == b.direction;
}

/// A series of zeros and ones cannot come back past its limit: it clears at the limit itself.
bool isSwitch(const SeriesKey &key)
{
    return key.metric.endsWith(QLatin1String("_reachable")) || key.metric.endsWith(QLatin1String("_up"));
}

/// Where a state over `limit` ends. Both already turned so that greater is worse.
double clearOf(const SeriesKey &key, const QString &unit, double limit, double sign)
{
    if (isSwitch(key) || !std::isfinite(limit))
        return limit;
    const double clear = limit - hysteresis * std::abs(limit);
    const bool percentBelow = sign < 0 && unit == QLatin1String("%");
    return percentBelow ? std::max(clear, -100.0) : clear; // a share never rises past 100 %
}

} // namespace

ThresholdDetector::ThresholdDetector(QList<ThresholdConfig> thresholds) : m_thresholds(std::move(thresholds)) {}

int ThresholdDetector::matching(const SeriesKey &key) const
{
    int best = -1;
    for (int i = 0; i < m_thresholds.size(); ++i) {
        const ThresholdConfig &candidate = m_thresholds[i];
        if (candidate.metric != key.metric || (!candidate.warning && !candidate.critical))
            continue;
        bool fits = true;
        for (auto it = candidate.labels.cbegin(); it != candidate.labels.cend() && fits; ++it)
            fits = key.labels.value(it.key()) == it.value() && key.labels.contains(it.key());
        // More labels are more specific; of two alike the later wins, as an entry follows its shorthand.
        if (fits && (best < 0 || candidate.labels.size() >= m_thresholds[best].labels.size()))
            best = i;
    }
    return best;
}

void ThresholdDetector::applyLimits(Series &series, int threshold) const
{
    series.threshold = threshold;
    series.warningSince = series.criticalSince = -1;
    if (threshold < 0)
        return;
    const ThresholdConfig &config = m_thresholds[threshold];
    series.sign = config.direction == Direction::Above ? 1 : -1;
    series.warning = config.warning ? series.sign * *config.warning : infinity;
    series.critical = config.critical ? series.sign * *config.critical : infinity;
    series.lowest = std::min(series.warning, series.critical);
    series.criticalClear = std::max(clearOf(series.key, series.unit, series.critical, series.sign), series.lowest);
    const double clear = config.clear ? series.sign * *config.clear
                                      : clearOf(series.key, series.unit, series.lowest, series.sign);
    series.clear = std::min(clear, series.lowest);
    series.forMs = config.forMs;
}

std::vector<ErrorEvent> ThresholdDetector::setThresholds(QList<ThresholdConfig> thresholds, qint64 wallMs, qint64 monotonicMs)
{
    const QList<ThresholdConfig> before = std::exchange(m_thresholds, std::move(thresholds));
    std::vector<ErrorEvent> events;
    for (Series &series : m_series) {
        const int old = series.threshold;
        const int now = matching(series.key);
        if (old >= 0 && now >= 0 && equal(before[old], m_thresholds[now])) {
            series.threshold = now;
            continue;
        }
        applyLimits(series, now);
        series.fresh = true;
        if (now < 0 && series.level != Health::Healthy) {
            series.level = Health::Healthy;
            ErrorEvent cleared = event(series, wallMs, monotonicMs);
            cleared.reason = QStringLiteral("%1 has no limit any more").arg(toString(series.key));
            events.push_back(std::move(cleared));
        }
    }
    return events;
}

void ThresholdDetector::adopt(const Condition &open, Severity severity)
{
    Series &series = m_series[std::size_t(resolve(open.series, open.component, QString()))];
    if (series.threshold >= 0)
        series.level = severity >= Severity::High && std::isfinite(series.critical) ? Health::Critical : Health::Warning;
}

ThresholdDetector::SeriesId ThresholdDetector::resolve(const SeriesKey &key, const QString &component, const QString &unit)
{
    const auto it = m_ids.constFind(key);
    if (it != m_ids.cend())
        return *it;
    Series series;
    series.key = key;
    series.component = component;
    series.unit = unit;
    applyLimits(series, matching(key));
    m_series.push_back(std::move(series));
    const SeriesId id = SeriesId(m_series.size()) - 1;
    m_ids.insert(key, id);
    return id;
}

std::vector<ErrorEvent> ThresholdDetector::forget(SeriesId id, qint64 wallMs, qint64 monotonicMs)
{
    Series &series = m_series[std::size_t(id)];
    series.lastMonotonic = series.warningSince = series.criticalSince = -1;
    if (std::exchange(series.level, Health::Healthy) == Health::Healthy)
        return {};
    ErrorEvent cleared = event(series, wallMs, monotonicMs);
    cleared.reason = QStringLiteral("%1 is not measured any more").arg(toString(series.key));
    return {std::move(cleared)};
}

std::vector<ErrorEvent> ThresholdDetector::feed(const Sample &sample)
{
    const SeriesId id = resolve(sample.key, sample.component, sample.unit);
    if (Series &series = m_series[std::size_t(id)]; series.unit.isEmpty() && !sample.unit.isEmpty()) {
        series.unit = sample.unit; // adopted before its first sample
        applyLimits(series, series.threshold);
    }
    return feed(id, sample.value, sample.wallMs, sample.monotonicMs);
}

std::vector<ErrorEvent> ThresholdDetector::feed(SeriesId id, double value, qint64 wallMs, qint64 monotonicMs)
{
    Series &series = m_series[std::size_t(id)];
    if (!std::isfinite(value)) // not measured: neither good nor bad
        return {};
    series.lastValue = value;
    keepTime(series, wallMs, monotonicMs);
    const double turned = series.sign * value;
    if (series.threshold < 0)
        return {};
    if (series.level == Health::Healthy && turned <= series.lowest) { // the usual case, and the fast one
        series.warningSince = series.criticalSince = -1;
        series.fresh = false;
        return {};
    }
    keepSince(series, turned, wallMs, monotonicMs);
    const Health level = judge(series, turned, monotonicMs);
    series.fresh = false;
    return level == series.level ? std::vector<ErrorEvent>() : change(series, level, wallMs, monotonicMs);
}

/// Learns the interval of the series; after a gap, a suspend or a step of the clock `for` starts anew.
void ThresholdDetector::keepTime(Series &series, qint64 wallMs, qint64 monotonicMs) const
{
    const qint64 step = monotonicMs - series.lastMonotonic;
    const qint64 asleep = wallMs - series.lastWall - step; // monotonic time stands still while the machine sleeps
    const bool first = series.lastMonotonic < 0;
    series.lastMonotonic = monotonicMs;
    series.lastWall = wallMs;
    if (first)
        return;
    const bool known = series.interval > 0;
    const bool gap = step < 0 || (known && (step > gapIntervals * series.interval || asleep > gapIntervals * series.interval));
    if (gap)
        series.warningSince = series.criticalSince = -1;
    if (!known || (gap && series.lastWasGap)) // twice in a row: the rate has changed, it is no gap
        series.interval = std::max<qint64>(step, 1);
    else if (!gap)
        series.interval += (step - series.interval) / 8;
    series.lastWasGap = gap;
}

void ThresholdDetector::keepSince(Series &series, double value, qint64 wallMs, qint64 monotonicMs) const
{
    if (value <= series.lowest) {
        series.warningSince = -1;
    } else if (series.warningSince < 0) {
        series.warningSince = monotonicMs;
        series.warningSinceWall = wallMs;
    }
    if (value <= series.critical) {
        series.criticalSince = -1;
    } else if (series.criticalSince < 0) {
        series.criticalSince = monotonicMs;
        series.criticalSinceWall = wallMs;
    }
}

Health ThresholdDetector::judge(const Series &series, double value, qint64 monotonicMs) const
{
    const auto heldFor = [&](qint64 since) { return since >= 0 && monotonicMs - since >= series.forMs; };
    if (heldFor(series.criticalSince))
        return Health::Critical;
    const bool wasOver = series.level != Health::Healthy;
    if (wasOver && series.fresh && value <= series.lowest)
        return Health::Healthy;
    if (wasOver && value <= series.clear)
        return Health::Healthy;
    if (series.level == Health::Critical && (value > series.criticalClear || !std::isfinite(series.warning)))
        return Health::Critical;
    if (wasOver || (std::isfinite(series.warning) && heldFor(series.warningSince)))
        return Health::Warning;
    return Health::Healthy;
}

std::vector<ErrorEvent> ThresholdDetector::change(Series &series, Health level, qint64 wallMs, qint64 monotonicMs)
{
    const bool easing = series.level == Health::Critical && level == Health::Warning;
    series.level = level;
    // From critical back to warning is the same fault getting better: the status shows it, no event is made of it.
    if (easing)
        return {};
    std::vector<ErrorEvent> events;
    events.push_back(event(series, wallMs, monotonicMs));
    return events;
}

ErrorEvent ThresholdDetector::event(const Series &series, qint64 wallMs, qint64 monotonicMs) const
{
    const bool critical = series.level == Health::Critical;
    ErrorEvent event;
    event.condition = Condition{ConditionKind::Threshold, series.component, series.key, -1};
    event.type = classifyMetric(series.key.metric);
    event.severity = severityOfMetric(series.key.metric, series.component, critical);
    event.cleared = series.level == Health::Healthy;
    event.wallMs = wallMs;
    event.monotonicMs = monotonicMs;
    const qint64 since = critical ? series.criticalSince : series.warningSince;
    event.startedWallMs = series.warningSince >= 0 ? series.warningSinceWall : wallMs;
    const bool above = series.sign > 0;
    const QString name = toString(series.key) + QLatin1Char(' ') + valueText(series.lastValue, series.unit);
    if (event.cleared) {
        event.reason = QStringLiteral("%1 is back %2 %3").arg(name, above ? QStringLiteral("under") : QStringLiteral("over"),
                                                              valueText(series.sign * series.lowest, series.unit));
        return event;
    }
    event.reason = QStringLiteral("%1 %2 %3 %4").arg(name, above ? QStringLiteral("over") : QStringLiteral("under"),
        critical ? QStringLiteral("critical") : QStringLiteral("warning"),
        valueText(series.sign * (critical ? series.critical : series.warning), series.unit));
    if (since >= 0 && monotonicMs > since)
        event.reason += QStringLiteral(" for ") + durationText(monotonicMs - since);
    return event;
}

Health ThresholdDetector::statusOf(const SeriesKey &key) const
{
    const auto it = m_ids.constFind(key);
    if (it == m_ids.cend() || m_series[std::size_t(*it)].threshold < 0 || m_series[std::size_t(*it)].lastMonotonic < 0)
        return Health::Unknown;
    return m_series[std::size_t(*it)].level;
}

std::optional<ThresholdConfig> ThresholdDetector::limitsOf(const SeriesKey &key) const
{
    const int index = matching(key);
    return index < 0 ? std::nullopt : std::optional(m_thresholds[index]);
}

bool ThresholdDetector::holds(const Condition &condition) const
{
    const Health status = statusOf(condition.series);
    return status == Health::Warning || status == Health::Critical;
}

qint64 ThresholdDetector::overForMs(const SeriesKey &key, qint64 monotonicMs) const
{
    const auto it = m_ids.constFind(key);
    if (it == m_ids.cend())
        return 0;
    const qint64 since = m_series[std::size_t(*it)].warningSince;
    return since < 0 ? 0 : monotonicMs - since;
}

} // namespace prunella
