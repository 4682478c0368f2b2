#include "core/model/Sentences.h"

#include <cmath>

namespace prunella {
namespace {

QString number(double value)
{
    const int digits = std::abs(value) >= 1000 || value == std::round(value) ? 0 : std::abs(value) < 1 ? 3 : 1;
    QString text = QString::number(value, 'f', digits);
    if (text.contains(QLatin1Char('.'))) {
        while (text.endsWith(QLatin1Char('0')))
            text.chop(1);
        if (text.endsWith(QLatin1Char('.')))
            text.chop(1);
    }
    return text == QLatin1String("-0") ? QStringLiteral("0") : text;
}

QString bytes(double value)
{
    static const QString units[] = {QStringLiteral("B"), QStringLiteral("KiB"), QStringLiteral("MiB"),
                                    QStringLiteral("GiB"), QStringLiteral("TiB")};
    int step = 0;
    for (; std::abs(value) >= 1024 && step < 4; ++step)
        value /= 1024;
    return number(value) + QLatin1Char(' ') + units[step];
}

} // namespace

QString valueText(double value, const QString &unit)
{
    if (unit == QLatin1String("B"))
        return bytes(value);
    if (unit == QLatin1String("B/s"))
        return bytes(value) + QStringLiteral("/s");
    return unit.isEmpty() ? number(value) : QString(number(value) + QLatin1Char(' ') + unit);
}

QString durationText(qint64 ms)
{
    if (ms < 1000)
        return QStringLiteral("%1 ms").arg(ms);
    if (ms < 120'000)
        return number(double(ms) / 1000) + QStringLiteral(" s");
    if (ms < 7'200'000)
        return number(double(ms) / 60'000) + QStringLiteral(" min");
    return number(double(ms) / 3'600'000) + QStringLiteral(" h");
}

QString timesText(qint64 count)
{
    return count == 1 ? QStringLiteral("once") : QStringLiteral("%1 times").arg(count);
}

} // namespace prunella
