#include "core/monitoring/PrometheusFilter.h"

#include <QHash>

namespace prunella {
namespace {

/// The limit bounds patterns that take exponential time.
QRegularExpression whole(const QString &pattern)
{
    QRegularExpression expression(QStringLiteral("(*LIMIT_MATCH=200000)") + QRegularExpression::anchoredPattern(pattern));
    expression.optimize();
    return expression;
}

bool matchesAny(const QList<QRegularExpression> &patterns, const PromSample &sample)
{
    return std::any_of(patterns.begin(), patterns.end(), [&](const QRegularExpression &pattern) {
        return pattern.match(sample.name).hasMatch() || pattern.match(sample.family).hasMatch();
    });
}

} // namespace

PrometheusFilter::PrometheusFilter(const MonitorConfig &config)
{
    for (const QString &pattern : config.include)
        m_include.append(whole(pattern));
    for (const QString &pattern : config.exclude)
        m_exclude.append(whole(pattern));
    for (auto it = config.labels.cbegin(); it != config.labels.cend(); ++it)
        m_labels.append({it.key(), whole(it.value())});
}

bool PrometheusFilter::wantsName(const PromSample &sample) const
{
    return (m_include.isEmpty() || matchesAny(m_include, sample)) && !matchesAny(m_exclude, sample);
}

bool PrometheusFilter::wantsLabels(const Labels &labels) const
{
    return std::all_of(m_labels.begin(), m_labels.end(), [&](const auto &wanted) {
        const auto label = labels.constFind(wanted.first);
        return label == labels.cend() || wanted.second.match(*label).hasMatch();
    });
}

qsizetype PrometheusFilter::apply(PromScrape &scrape, qsizetype most) const
{
    QHash<QString, bool> names; // one name has many series
    scrape.samples.removeIf([&](const PromSample &sample) {
        auto known = names.constFind(sample.name);
        if (known == names.cend())
            known = names.insert(sample.name, wantsName(sample));
        return !*known || !wantsLabels(sample.labels);
    });
    const qsizetype beyond = std::max<qsizetype>(0, scrape.samples.size() - most);
    scrape.samples.resize(scrape.samples.size() - beyond);
    return beyond;
}

} // namespace prunella
