// Both text formats, filters aside: what was read is bounded, rates and quantiles of any two scrapes are finite, and a
// quantile lies within the bounds of its histogram. The input is two scrapes, parted by a zero byte.
#include "core/monitoring/PrometheusRates.h"

#include <cmath>
#include <cstdint>
#include <cstdlib>

using namespace prunella;

namespace {

void require(bool held)
{
    if (!held)
        std::abort();
}

void check(const PromScrape &scrape, const PromLimits &limits)
{
    require(scrape.samples.size() <= limits.samples && scrape.problems.size() <= 20);
    require(scrape.problems.size() <= scrape.problemCount);
    for (const PromSample &sample : scrape.samples)
        require(!sample.name.isEmpty() && sample.name.startsWith(sample.family.chopped(sample.family.endsWith(QLatin1String("_total")) ? 6 : 0)));
}

void checkReadings(const QList<PromReading> &readings)
{
    for (const PromReading &reading : readings)
        require(std::isfinite(reading.value) && !reading.key.metric.isEmpty());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArray text(reinterpret_cast<const char *>(data), qsizetype(size));
    const qsizetype middle = text.indexOf('\0');
    PromLimits limits;
    limits.samples = 64;
    limits.lineBytes = 1024;
    limits.bytes = 4096;
    for (const PromFormat format : {PromFormat::Text, PromFormat::OpenMetrics}) {
        const PromScrape first = parsePrometheusText(middle < 0 ? text : text.first(middle), format, limits);
        const PromScrape second = parsePrometheusText(middle < 0 ? text : text.sliced(middle + 1), format, limits);
        check(first, limits);
        check(second, limits);
        PrometheusRates rates;
        checkReadings(rates.take(first, 0));
        checkReadings(rates.take(second, 10'000));
    }
    return 0;
}
