#include "core/engine/SeriesTable.h"

#include "core/model/Sentences.h"

namespace prunella {

SeriesTable::SeriesTable(QList<ThresholdConfig> thresholds)
    : m_detector(std::move(thresholds))
{
}

SeriesTable::Fed SeriesTable::feed(const QList<Sample> &samples, qint64 storeEveryMs)
{
    Fed fed;
    fed.rows.reserve(samples.size());
    for (const Sample &sample : samples) {
        auto it = m_index.constFind(sample.key);
        if (it == m_index.constEnd()) {
            auto fresh = std::make_unique<Entry>();
            fresh->row.key = sample.key;
            fresh->row.component = sample.component;
            fresh->row.unit = sample.unit;
            fresh->id = m_detector.resolve(sample.key, sample.component, sample.unit);
            refreshLimits(*fresh);
            it = m_index.insert(sample.key, int(m_entries.size()));
            m_entries.push_back(std::move(fresh));
        }
        Entry &entry = *m_entries[size_t(*it)];
        entry.row.value = sample.value;
        entry.row.at = sample.wallMs;
        entry.window.add(sample.monotonicMs, sample.value);
        const Health before = entry.row.status;
        auto events = m_detector.feed(entry.id, sample.value, sample.wallMs, sample.monotonicMs);
        if (!events.empty() || entry.row.status == Health::Unknown)
            entry.row.status = m_detector.statusOf(sample.key);
        if (entry.row.warning || entry.row.critical)
            entry.flapping.add(before != Health::Unknown && before != entry.row.status);
        const bool told = !events.empty();
        std::move(events.begin(), events.end(), std::back_inserter(fed.events));
        constexpr qint64 jitterMs = 100; // timers are not exact: a sample that comes a little early is kept
        if (qAbs(sample.wallMs - entry.storedAt) >= storeEveryMs - jitterMs || told) {
            entry.storedAt = sample.wallMs;
            fed.rows.append(entry.row);
        }
        m_lastSampleAt = std::max(m_lastSampleAt, sample.wallMs);
    }
    return fed;
}

qint64 SeriesTable::measuredAt(const SeriesKey &key) const
{
    const auto it = m_index.constFind(key);
    return it == m_index.constEnd() ? 0 : m_entries[size_t(*it)]->row.at;
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
