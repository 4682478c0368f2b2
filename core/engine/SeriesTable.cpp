#include "core/engine/SeriesTable.h"

#include "core/detection/AnomalySentence.h"
#include "core/detection/UsualLevel.h"
#include "core/model/Sentences.h"

#include <cstring>

namespace prunella {

SeriesTable::SeriesTable(QList<ThresholdConfig> thresholds)
    : m_detector(std::move(thresholds))
{
}

SeriesTable::Fed SeriesTable::feed(const QList<Sample> &samples, qint64 storeEveryMs)
{
    constexpr qint64 jitterMs = 100; // timers are not exact: a sample that comes a little early is kept
    Fed fed;
    fed.rows.reserve(samples.size());
    for (const Sample &sample : samples) {
        const int series = seriesOf(sample.key, sample.component, sample.unit);
        const auto before = fed.events.size();
        judge(series, sample.value, sample.wallMs, sample.monotonicMs, fed.events);
        Entry &entry = *m_entries[size_t(series)];
        if (qAbs(sample.wallMs - entry.storedAt) >= storeEveryMs - jitterMs || fed.events.size() > before) {
            entry.storedAt = sample.wallMs;
            fed.rows.append(entry.row);
        }
    }
    return fed;
}

int SeriesTable::seriesOf(const SeriesKey &key, const QString &component, const QString &unit)
{
    auto it = m_index.constFind(key);
    if (it == m_index.constEnd()) {
        auto fresh = std::make_unique<Entry>();
        fresh->row.key = key;
        fresh->row.component = component;
        fresh->row.unit = unit;
        fresh->id = m_detector.resolve(key, component, unit);
        refreshLimits(*fresh);
        it = m_index.insert(key, int(m_entries.size()));
        m_entries.push_back(std::move(fresh));
    }
    return *it;
}

void SeriesTable::judge(int series, double value, qint64 wallMs, qint64 monotonicMs, std::vector<ErrorEvent> &events)
{
    Entry &entry = *m_entries[size_t(series)];
    entry.row.value = value;
    entry.row.at = wallMs;
    entry.window.add(monotonicMs, value);
    const Health before = entry.row.status;
    const bool limited = entry.row.warning || entry.row.critical;
    auto found = m_detector.feed(entry.id, value, wallMs, monotonicMs);
    if (!found.empty() || (limited && entry.row.status == Health::Unknown))
        entry.row.status = m_detector.statusOf(entry.row.key);
    if (limited)
        entry.flapping.add(before != Health::Unknown && before != entry.row.status);
    std::move(found.begin(), found.end(), std::back_inserter(events));
    if (m_findAnomalies)
        score(entry, monotonicMs, events);
    m_lastSampleAt = std::max(m_lastSampleAt, wallMs);
}

void SeriesTable::score(Entry &entry, qint64 monotonicMs, std::vector<ErrorEvent> &events)
{
    if (!entry.normal) {
        entry.normal = std::make_unique<AnomalyState>();
        const QByteArray saved = m_saved.take(toString(entry.row.key));
        if (saved.size() == qsizetype(sizeof(AnomalyState)))
            std::memcpy(entry.normal.get(), saved.constData(), sizeof(AnomalyState));
        if (!isValid(*entry.normal))
            *entry.normal = {};
    }
    const bool learn = m_broken.isEmpty() || !m_broken.contains(entry.row.component);
    const AnomalyScore score = update(*entry.normal, entry.row.at, entry.row.value, learn);
    entry.row.anomaly = score.score;
    if (!score.alarm && !score.muted)
        return;
    auto found = m_anomalies.add({entry.row.key, entry.row.component, sentenceOf(score, entry.row.key, entry.row.unit), score.muted,
                                  entry.row.at, monotonicMs});
    std::move(found.begin(), found.end(), std::back_inserter(events));
}

std::vector<ErrorEvent> SeriesTable::findAnomalies(bool on, const Now &now)
{
    const bool was = std::exchange(m_findAnomalies, on);
    if (!was || on)
        return {};
    for (const auto &entry : m_entries)
        entry->row.anomaly = 0;
    return m_anomalies.clear(now);
}

std::vector<TrendPoint> SeriesTable::points(const SeriesKey &key) const
{
    const auto found = m_index.constFind(key);
    return found == m_index.cend() ? std::vector<TrendPoint>() : m_entries[std::size_t(*found)]->window.points();
}

void SeriesTable::adopt(const Incident &incident, const Now &now)
{
    if (incident.condition.kind == ConditionKind::Threshold)
        m_detector.adopt(incident.condition, incident.severity);
    m_anomalies.adopt(incident.condition, now);
}

QMap<QString, QByteArray> SeriesTable::saveAnomalies() const
{
    QMap<QString, QByteArray> saved = m_saved;
    for (const auto &entry : m_entries) {
        if (entry->normal)
            saved.insert(toString(entry->row.key), QByteArray(reinterpret_cast<const char *>(entry->normal.get()), sizeof(AnomalyState)));
    }
    return saved;
}

qint64 SeriesTable::measuredAt(const SeriesKey &key) const
{
    const auto it = m_index.constFind(key);
    return it == m_index.constEnd() ? 0 : m_entries[size_t(*it)]->row.at;
}

std::optional<double> SeriesTable::valueOf(const SeriesKey &key) const
{
    const auto it = m_index.constFind(key);
    if (it == m_index.constEnd() || m_entries[size_t(*it)]->row.at == 0)
        return {};
    return m_entries[size_t(*it)]->row.value;
}

bool SeriesTable::isFlapping(const SeriesKey &key) const
{
    const auto it = m_index.constFind(key);
    return it != m_index.constEnd() && m_entries[size_t(*it)]->flapping.isFlapping();
}

void SeriesTable::refreshLimits(Entry &entry)
{
    const auto limits = m_detector.limitsOf(entry.row.key);
    entry.row.warning = limits ? limits->warning : std::nullopt;
    entry.row.critical = limits ? limits->critical : std::nullopt;
}

std::vector<ErrorEvent> SeriesTable::setThresholds(const QList<ThresholdConfig> &thresholds, const Now &now)
{
    auto events = m_detector.setThresholds(thresholds, now.wallMs, now.monotonicMs);
    for (const auto &entry : m_entries) {
        refreshLimits(*entry);
        entry->row.status = m_detector.statusOf(entry->row.key);
    }
    return events;
}

QList<MetricRow> SeriesTable::rows() const
{
    QList<MetricRow> list;
    list.reserve(qsizetype(m_entries.size()));
    for (const auto &entry : m_entries)
        list.append(entry->row);
    return list;
}

QMap<SeriesKey, SeriesFacts> SeriesTable::factsFor(const QString &component, const Now &now) const
{
    QMap<SeriesKey, SeriesFacts> facts;
    for (const auto &entry : m_entries) {
        const QString &metric = entry->row.key.metric;
        const bool tellsWhoTakesMost = metric == QStringLiteral("unit_memory") || metric == QStringLiteral("unit_cpu");
        if (entry->row.component != component && entry->row.component != QStringLiteral("host") && !tellsWhoTakesMost)
            continue;
        auto known = entry->window.facts(entry->row.unit, entry->row.at);
        known.overForMs = m_detector.overForMs(entry->row.key, now.monotonicMs);
        known.anomaly = entry->row.anomaly;
        known.baseline = entry->normal ? usualLevel(*entry->normal, entry->row.at, entry->row.value) : std::nullopt;
        known.warning = entry->row.warning;
        known.critical = entry->row.critical;
        facts.insert(entry->row.key, known);
    }
    return facts;
}

std::pair<Health, QString> SeriesTable::worstOf(const QString &component) const
{
    const MetricRow *worst = nullptr;
    const auto gravity = [](Health health) { return health == Health::Unknown ? -1 : int(health); };
    for (const auto &entry : m_entries) {
        if (entry->row.component == component && (!worst || gravity(entry->row.status) > gravity(worst->status)))
            worst = &entry->row;
    }
    if (!worst)
        return {Health::Unknown, QStringLiteral("nothing was measured yet")};
    if (worst->status == Health::Unknown || worst->status == Health::Healthy)
        return {Health::Healthy, QStringLiteral("all measured values are within their limits")};
    return {worst->status, QStringLiteral("%1 is %2").arg(toString(worst->key), valueText(worst->value, worst->unit))};
}

std::vector<ErrorEvent> SeriesTable::forgetOlderThan(qint64 wallMs, const Now &now)
{
    std::vector<ErrorEvent> events;
    const auto old = [wallMs](const auto &entry) { return entry->row.at < wallMs; };
    if (std::none_of(m_entries.begin(), m_entries.end(), old))
        return events;
    for (const auto &entry : m_entries) {
        if (!old(entry))
            continue;
        auto over = m_detector.forget(entry->id, now.wallMs, now.monotonicMs);
        std::move(over.begin(), over.end(), std::back_inserter(events));
    }
    std::erase_if(m_entries, old);
    m_index.clear();
    for (size_t i = 0; i < m_entries.size(); ++i)
        m_index.insert(m_entries[i]->row.key, int(i));
    return events;
}

} // namespace prunella
