#include "core/monitoring/PrometheusRates.h"

#include "core/monitoring/CounterRate.h"
#include "core/monitoring/PrometheusHistogram.h"
#include "core/monitoring/PrometheusLine.h"

#include <array>
#include <cmath>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

struct Quantile { double q; QLatin1StringView text; };
constexpr std::array kQuantiles{Quantile{0.5, "0.5"_L1}, Quantile{0.9, "0.9"_L1}, Quantile{0.99, "0.99"_L1}};

/// Belongs to what is only understood together, or with the scrape before.
bool isGrouped(const PromSample &sample)
{
    const bool quantile = sample.type == PromType::Summary && sample.role == PromRole::Value;
    return !quantile && (sample.type == PromType::Counter || sample.type == PromType::Histogram || sample.type == PromType::Summary
                         || sample.type == PromType::GaugeHistogram);
}

QString unitWord(const QString &word)
{
    if (word == "bytes"_L1)
        return u"B"_s;
    if (word == "seconds"_L1)
        return u"s"_s;
    return word == "percent"_L1 ? u"%"_s : QString();
}

/// By its UNIT line, else by the ending of its name.
QString unitOf(const PromScrape &scrape, const QString &family)
{
    const QString told = scrape.families.value(family).unit;
    if (!told.isEmpty())
        return unitWord(told).isEmpty() ? told : unitWord(told);
    const QString name = family.endsWith("_total"_L1) ? family.chopped(6) : family;
    return unitWord(name.section(u'_', -1));
}

void put(QList<PromReading> &out, const QString &name, const Labels &labels, double value, const QString &unit)
{
    if (std::isfinite(value))
        out.append({{name, labels}, value, unit});
}

/// The endpoint's own clock where it tells both times. 0: no newer value.
template<typename Point>
qint64 elapsed(const Point &before, const Point &now, qint64 scrapedMs)
{
    return before.timestampMs && now.timestampMs ? std::max<qint64>(0, *now.timestampMs - *before.timestampMs) : scrapedMs;
}

} // namespace

void PrometheusRates::collect(const PromSample &sample, Groups &groups, QList<SeriesKey> &order)
{
    Labels labels = sample.labels;
    if (sample.role == PromRole::Bucket)
        labels.remove(u"le"_s);
    const SeriesKey key{sample.family, labels};
    if (!groups.contains(key))
        order.append(key);
    Group &group = groups[key];
    group.family = sample.family;
    group.labels = labels;
    group.type = sample.type;
    switch (sample.role) {
    case PromRole::Value:
        group.name = sample.name;
        group.total = Point{sample.value, sample.timestampMs};
        break;
    case PromRole::Count: group.count = Point{sample.value, sample.timestampMs}; break;
    case PromRole::Sum: group.sum = Point{sample.value, sample.timestampMs}; break;
    case PromRole::Created: group.created = sample.value; break;
    case PromRole::Bucket: group.buckets.insert(sample.labels.value(u"le"_s), sample.value); break;
    }
}

bool PrometheusRates::restarted(const Group &before, const Group &now)
{
    const auto fell = [](const auto &a, const auto &b) { return a && b && b->value < a->value; };
    if ((before.created && now.created && *before.created != *now.created) || fell(before.count, now.count))
        return true;
    return std::any_of(now.buckets.keyValueBegin(), now.buckets.keyValueEnd(),
                       [&](const auto &bucket) { return bucket.second < before.buckets.value(bucket.first, bucket.second); });
}

void PrometheusRates::readCounter(const Group *before, const Group &now, qint64 elapsedMs, const QString &unit, QList<PromReading> &out)
{
    if (!before || !before->total || !now.total)
        return;
    const auto rate = counterRate(before->total->value, now.total->value, elapsed(*before->total, *now.total, elapsedMs), restarted(*before, now));
    if (rate)
        put(out, now.name, now.labels, *rate, unit.isEmpty() ? u"1/s"_s : QString(unit + u"/s"_s));
}

void PrometheusRates::readObservations(const Group *before, const Group &now, qint64 elapsedMs, const QString &unit, QList<PromReading> &out)
{
    if (!before || !before->count || !now.count)
        return;
    const bool fresh = restarted(*before, now);
    const auto rate = counterRate(before->count->value, now.count->value, elapsed(*before->count, *now.count, elapsedMs), fresh);
    if (!rate)
        return;
    put(out, now.family + u"_count"_s, now.labels, *rate, u"1/s"_s);
    const double observed = counterIncrease(before->count->value, now.count->value, fresh);
    // A sum may fall without a restart: observations may be negative.
    if (before->sum && now.sum && observed > 0)
        put(out, now.family + u"_mean"_s, now.labels, (fresh ? now.sum->value : now.sum->value - before->sum->value) / observed, unit);
}

void PrometheusRates::readQuantiles(const Group *before, const Group &now, bool fresh, const QString &unit, QList<PromReading> &out)
{
    std::vector<PromBucket> buckets;
    for (auto it = now.buckets.cbegin(); it != now.buckets.cend(); ++it) {
        double bound = 0;
        const QByteArray le = it.key().toLatin1();
        const bool known = !before || fresh || before->buckets.contains(it.key()); // else: how much is new is not known
        if (!known || !promNumber({le.constData(), std::size_t(le.size())}, bound))
            continue;
        const double was = before && !fresh ? before->buckets.value(it.key()) : 0;
        buckets.push_back({bound, std::max(0.0, it.value() - was)});
    }
    for (const Quantile &quantile : kQuantiles) {
        const auto value = histogramQuantile(quantile.q, buckets);
        if (!value)
            return;
        Labels labels = now.labels;
        labels.insert(u"quantile"_s, quantile.text);
        put(out, now.family, labels, *value, unit);
    }
}

/// What stands for itself; of one series with several points the last.
QList<PromReading> PrometheusRates::readValues(const PromScrape &scrape)
{
    QList<PromReading> out;
    QHash<SeriesKey, qsizetype> places;
    for (const PromSample &sample : scrape.samples) {
        if (isGrouped(sample) || sample.type == PromType::Info || !std::isfinite(sample.value))
            continue;
        const SeriesKey key{sample.name, sample.labels};
        const PromReading reading{key, sample.value, unitOf(scrape, sample.family)};
        const auto place = places.constFind(key);
        if (place != places.cend()) {
            out[*place] = reading;
        } else {
            places.insert(key, out.size());
            out.append(reading);
        }
    }
    return out;
}

void PrometheusRates::readGroup(const Group *before, const Group &now, qint64 elapsedMs, const QString &unit, QList<PromReading> &out)
{
    if (now.type == PromType::GaugeHistogram) {
        readQuantiles(nullptr, now, true, unit, out);
        if (now.count)
            put(out, now.family + u"_gcount"_s, now.labels, now.count->value, {});
    } else if (now.type == PromType::Counter) {
        readCounter(before, now, elapsedMs, unit, out);
    } else {
        readObservations(before, now, elapsedMs, unit, out);
        if (before && now.type == PromType::Histogram && elapsedMs >= kLeastRateMs)
            readQuantiles(before, now, restarted(*before, now), unit, out);
    }
}

QList<PromReading> PrometheusRates::take(const PromScrape &scrape, qint64 monotonicMs)
{
    QList<PromReading> out = readValues(scrape);
    Groups groups;
    QList<SeriesKey> order;
    for (const PromSample &sample : scrape.samples) {
        if (isGrouped(sample))
            collect(sample, groups, order);
    }
    const qint64 elapsedMs = monotonicMs - m_beforeMs;
    for (const SeriesKey &key : std::as_const(order)) {
        const auto now = groups.constFind(key);
        const auto before = m_before.constFind(key);
        if (now != groups.cend())
            readGroup(before == m_before.cend() ? nullptr : &*before, *now, elapsedMs, unitOf(scrape, now->family), out);
    }
    if (m_beforeMs < 0 || elapsedMs >= kLeastRateMs) {
        m_before = std::move(groups);
        m_beforeMs = monotonicMs;
    }
    return out;
}

} // namespace prunella
