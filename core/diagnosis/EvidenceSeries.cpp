#include "core/diagnosis/EvidenceParts.h"

#include "core/model/Sentences.h"

namespace prunella::evidence {

using namespace Qt::StringLiterals;

namespace {

/// The series that speaks for a metric: the incident's own, else the component's, else the host's with the worst value.
using Chosen = QMap<QString, QMap<SeriesKey, SeriesFacts>::const_iterator>;

bool ofOtherService(const SeriesKey &key, const QString &component)
{
    const QString service = key.labels.value(u"service"_s);
    return !service.isEmpty() && service != component;
}

Chosen choose(const EvidenceInput &input)
{
    Chosen chosen;
    for (auto it = input.series.cbegin(); it != input.series.cend(); ++it) {
        if (ofOtherService(it.key(), input.condition.component))
            continue;
        const auto before = chosen.constFind(it.key().metric);
        const bool own = it.key() == input.condition.series;
        if (before == chosen.cend() || own || (before->key() != input.condition.series && it->last > before->value().last))
            chosen[it.key().metric] = it;
    }
    return chosen;
}

/// "unit_memory", "disk_usage of /", "unit_memory of db": what tells the series apart for whom the incident is about.
QString nameOf(const SeriesKey &key, const QString &component)
{
    QStringList of;
    for (auto it = key.labels.cbegin(); it != key.labels.cend(); ++it) {
        if (it.key() == u"check"_s)
            of << QString(u"check "_s + it.value());
        else if (it.key() != u"service"_s || it.value() != component)
            of << it.value();
    }
    return of.isEmpty() ? key.metric : QString(key.metric + u" of "_s + of.join(u", "_s));
}

QString perHour(const SeriesFacts &facts)
{
    return valueText(facts.slopePerHour, facts.unit) + u" an hour"_s;
}

QString trendText(const QString &name, const SeriesFacts &facts)
{
    switch (facts.shape) {
    case TrendShape::Unknown: return {};
    case TrendShape::Flat: return name + u" has been flat for "_s + durationText(facts.spanMs);
    case TrendShape::Leak: return name + u" rises steadily, "_s + perHour(facts) + u" over "_s + durationText(facts.spanMs);
    case TrendShape::Spike: return name + u" jumped from "_s + valueText(facts.median, facts.unit);
    case TrendShape::Step: return name + u" moved to a higher level, from "_s + valueText(facts.lowest, facts.unit);
    case TrendShape::Falling: return name + u" falls, "_s + perHour(facts);
    }
    return {};
}

void addQuantiles(Evidence &evidence, const QString &prefix, const QString &name, const SeriesFacts &facts)
{
    const auto put = [&](const QString &key, const std::optional<double> &value) {
        if (value)
            add(evidence, prefix + u'.' + key, *value, QString(name + u' ' + key + u' ' + valueText(*value, facts.unit)), facts.wallMs);
    };
    put(u"p50"_s, facts.p50);
    put(u"p95"_s, facts.p95);
    put(u"p99"_s, facts.p99);
    if (!facts.baseline)
        return;
    const QString usual = name + u' ' + valueText(facts.last, facts.unit) + u", usually "_s + valueText(*facts.baseline, facts.unit) + u" at this time"_s;
    add(evidence, prefix + u".baseline"_s, *facts.baseline, usual, facts.wallMs);
    if (*facts.baseline > 0)
        add(evidence, prefix + u".over_baseline"_s, facts.last / *facts.baseline, usual, facts.wallMs);
}

void addOne(Evidence &evidence, const QString &prefix, const QString &name, const SeriesFacts &facts)
{
    const QString value = name + u' ' + valueText(facts.last, facts.unit);
    add(evidence, prefix + u".value"_s, facts.last, value, facts.wallMs);
    if (facts.shape != TrendShape::Unknown) {
        const QString trend = trendText(name, facts);
        add(evidence, prefix + u".trend"_s, toString(facts.shape), trend, facts.wallMs);
        add(evidence, prefix + u".trend_per_hour"_s, facts.slopePerHour, trend, facts.wallMs);
        add(evidence, prefix + u".median"_s, facts.median, QString(name + u" median "_s + valueText(facts.median, facts.unit)), facts.wallMs);
        add(evidence, prefix + u".consistency"_s, facts.consistency, QString(), facts.wallMs);
    }
    addQuantiles(evidence, prefix, name, facts);
    if (facts.anomaly > 0)
        add(evidence, prefix + u".anomaly"_s, facts.anomaly, QString(value + u" is unusual: "_s + QString::number(facts.anomaly, 'f', 4)), facts.wallMs);
    if (facts.warning || facts.critical) {
        const double limit = facts.warning ? *facts.warning : *facts.critical;
        add(evidence, prefix + u".over_for_s"_s, double(facts.overForMs) / 1000,
            facts.overForMs > 0 ? QString(value + u", past its limit of "_s + valueText(limit, facts.unit) + u" for "_s + durationText(facts.overForMs))
                                : QString(value + u", within its limit of "_s + valueText(limit, facts.unit)), facts.wallMs);
    }
    // At its present rate a steady rise of a percentage fills what is left; beyond a year it says nothing.
    if (facts.shape == TrendShape::Leak && facts.unit == u"%"_s && facts.slopePerHour > 0 && facts.last < 100) {
        const double hours = (100 - facts.last) / facts.slopePerHour;
        if (hours < 8760)
            add(evidence, prefix + u".hours_to_full"_s, hours, QString(name + u" is full in "_s + durationText(qint64(hours * 3'600'000))), facts.wallMs);
    }
}

/// Which service uses most of what the host is short of, and which one grows: named in the advice for host incidents.
void addTopService(Evidence &evidence, const EvidenceInput &input, const QString &metric, const QString &what)
{
    auto top = input.series.cend(), growing = input.series.cend();
    for (auto it = input.series.cbegin(); it != input.series.cend(); ++it) {
        if (it.key().metric != metric)
            continue;
        if (top == input.series.cend() || it->last > top->last)
            top = it;
        if (it->shape == TrendShape::Leak && (growing == input.series.cend() || it->slopePerHour > growing->slopePerHour))
            growing = it;
    }
    if (top != input.series.cend()) {
        const QString name = top.key().labels.value(u"service"_s);
        add(evidence, u"host.top_"_s + what, name, QString(name + u" uses most: "_s + valueText(top->last, top->unit)), top->wallMs);
    }
    if (growing != input.series.cend()) {
        const QString name = growing.key().labels.value(u"service"_s);
        add(evidence, u"host.growing_"_s + what, name, trendText(nameOf(growing.key(), input.condition.component), *growing), growing->wallMs);
    }
}

} // namespace

void addSeries(Evidence &evidence, const EvidenceInput &input)
{
    const Chosen chosen = choose(input);
    for (auto it = chosen.cbegin(); it != chosen.cend(); ++it)
        addOne(evidence, u"metric."_s + it.key(), nameOf(it->key(), input.condition.component), it->value());
    addTopService(evidence, input, u"unit_memory"_s, u"memory"_s);
    addTopService(evidence, input, u"unit_cpu"_s, u"cpu"_s);
    if (input.condition.kind != ConditionKind::Threshold && input.condition.kind != ConditionKind::Anomaly)
        return;
    add(evidence, u"incident.metric"_s, input.condition.series.metric, toString(input.condition.series), input.now.wallMs);
    const Labels &labels = input.condition.series.labels;
    for (auto it = labels.cbegin(); it != labels.cend(); ++it)
        add(evidence, u"incident.label."_s + it.key(), it.value(), QString(it.key() + u' ' + it.value()), input.now.wallMs);
    const auto own = input.series.constFind(input.condition.series);
    if (own != input.series.cend())
        addOne(evidence, u"incident"_s, nameOf(own.key(), input.condition.component), *own);
}

} // namespace prunella::evidence
