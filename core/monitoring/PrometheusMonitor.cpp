#include "core/monitoring/PrometheusMonitor.h"
#include "core/monitoring/HttpFetch.h"

#include <QElapsedTimer>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

// What Prometheus itself asks for, without the formats that are not read here.
constexpr auto kAccept = "application/openmetrics-text;version=1.0.0;q=0.9,text/plain;version=0.0.4;q=0.8,*/*;q=0.1";

QString nameOf(const MonitorConfig &config)
{
    return config.name.isEmpty() ? QString(u"prometheus "_s + QUrl(config.url).authority(QUrl::PrettyDecoded).section(u'@', -1)) : config.name;
}

} // namespace

PrometheusMonitor::PrometheusMonitor(const MonitorConfig &config, qint64 intervalMs)
    : m_config(config), m_name(nameOf(config)), m_intervalMs(intervalMs), m_filter(config)
{
}

QList<Sample> PrometheusMonitor::sample(const Now &now)
{
    m_cancel.reset();
    QElapsedTimer waited; // the endpoint measures when it answers, not when it is asked
    waited.start();
    auto scraped = scrape();
    const qint64 scrapedMs = now.monotonicMs + waited.elapsed();
    QList<Sample> samples;
    if (m_cancel.isCancelled())
        return samples;
    if (!scraped) {
        setProblem(scraped.error().message);
        return samples;
    }
    const qsizetype beyond = m_filter.apply(*scraped, m_config.maxSeries);
    for (const PromReading &reading : m_rates.take(*scraped, scrapedMs))
        samples.append(toSample(reading, now));
    if (beyond > 0) // how many is a number that changes
        setProblem(u"more than %1 series, the others are left out: narrow include, exclude or labels, or raise max_series"_s.arg(m_config.maxSeries));
    else
        setProblem(scraped->problems.isEmpty() ? QString() : QString(u"not all can be read: "_s + scraped->problems.first()));
    return samples;
}

Result<PromScrape> PrometheusMonitor::scrape()
{
    FetchRequest request;
    request.url = QUrl(m_config.url, QUrl::StrictMode);
    request.accept = kAccept;
    request.timeoutMs = m_config.timeoutMs;
    const auto page = fetchPage(request, m_cancel);
    if (!page)
        return tl::unexpected(page.error());
    PromScrape scrape = parsePrometheusText(page->body, promFormat(page->contentType));
    if (scrape.samples.isEmpty() && scrape.problemCount > 0) // a web page, most likely
        return failure(ErrorCode::Invalid, u"the answer is no Prometheus text: "_s + scrape.problems.first());
    return scrape;
}

Sample PrometheusMonitor::toSample(const PromReading &reading, const Now &now) const
{
    Sample sample{reading.key, reading.value, reading.unit, u"host"_s, now.wallMs, now.monotonicMs};
    if (!m_config.name.isEmpty() && !sample.key.labels.contains(u"instance"_s))
        sample.key.labels.insert(u"instance"_s, m_config.name);
    return sample;
}

} // namespace prunella
