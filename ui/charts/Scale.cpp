#include "ui/charts/Scale.h"
#include "ui/text/Format.h"

#include <QDateTime>
#include <algorithm>
#include <cmath>

namespace prunella {
namespace {

/// 1, 2 or 5 times a power of ten, or a power of two for bytes; at least `least`.
double roundStep(double least, bool binary)
{
    if (binary)
        return std::exp2(std::ceil(std::log2(least)));
    const double power = std::pow(10, std::floor(std::log10(least)));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (factor * power >= least * 0.999'999)
            return factor * power;
    }
    return 10 * power;
}

} // namespace

void Scale::fit(double low, double high, const QString &unit)
{
    low = std::min(low, 0.0);
    high = std::max(high, low + (unit == u"%" ? 1 : unit == u"B/s" ? 1024 : unit.isEmpty() ? 1 : 10));
    const bool holds = low >= m_low && high <= m_high;
    const bool wasteful = (m_high - m_low) > 3 * (high - low);
    if (m_high > m_low && holds && !wasteful)
        return;
    const double step = roundStep((high - low) * 1.05 / 4, unit.startsWith(u'B'));
    set(std::floor(low / step) * step, std::ceil(high * 1.02 / step) * step, step, unit);
}

void Scale::fix(double high, const QString &unit)
{
    if (m_low != 0 || m_high != high)
        set(0, high, high / 4, unit);
}

void Scale::set(double low, double high, double step, const QString &unit)
{
    m_low = low;
    m_high = high;
    m_ticks.clear();
    m_labels.clear();
    for (int i = 0; low + i * step <= high + step / 1000; ++i) {
        m_ticks.append(low + i * step);
        m_labels.append(formatValue(m_ticks.last(), unit));
    }
}

QList<qint64> timeTicks(qint64 from, qint64 to, int most)
{
    static constexpr qint64 steps[] = {10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400};
    QList<qint64> ticks;
    if (to <= from || most < 1)
        return ticks;
    qint64 step = steps[0] * 1000;
    for (const qint64 seconds : steps) {
        step = seconds * 1000;
        if ((to - from) / step <= most)
            break;
    }
    const qint64 offset = QDateTime::fromMSecsSinceEpoch(from).offsetFromUtc() * qint64(1000);
    for (qint64 at = ((from + offset) / step + 1) * step - offset; at < to; at += step)
        ticks.append(at);
    return ticks;
}

} // namespace prunella
