#include "ui/text/Format.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>
#include <cmath>

namespace prunella {
namespace {

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(Format)
};

constexpr qint64 Second = 1000, Minute = 60 * Second, Hour = 60 * Minute, Day = 24 * Hour;

/// Three significant places are what an operator can use; more only flickers.
QString number(double value)
{
    const double size = std::fabs(value);
    const int places = size >= 100 || value == std::floor(value) ? 0 : size >= 0.995 ? 1 : 2;
    return QLocale().toString(value, 'f', places);
}

QString bytes(double value)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    int step = 0;
    while (std::fabs(value) >= 1024 && step < 5) {
        value /= 1024;
        ++step;
    }
    return number(value) + QChar(0xA0) + QLatin1String(units[step]);
}

QString two(qint64 big, const QString &bigUnit, qint64 small, const QString &smallUnit)
{
    const QString first = QLocale().toString(big) + QChar(0xA0) + bigUnit;
    return small == 0 ? first : QString(first + u' ' + QLocale().toString(small) + QChar(0xA0) + smallUnit);
}

} // namespace

QString formatValue(double value, const QString &unit)
{
    if (!std::isfinite(value))
        return QStringLiteral("–");
    if (unit == u"B")
        return bytes(value);
    if (unit == u"B/s")
        return Text::tr("%1/s", "bytes per second").arg(bytes(value));
    if (unit == u"ms" && std::fabs(value) >= 1000)
        return number(value / 1000) + QChar(0xA0) + Text::tr("s", "seconds");
    if (unit == u"1/s")
        return Text::tr("%1/s", "events per second").arg(number(value));
    return unit.isEmpty() ? number(value) : QString(number(value) + QChar(0xA0) + unit);
}

QString formatDuration(qint64 ms)
{
    if (ms < 0)
        return u'-' + formatDuration(-ms);
    const QString second = Text::tr("s", "seconds");
    if (ms < Second)
        return QLocale().toString(ms) + QChar(0xA0) + Text::tr("ms", "milliseconds");
    if (ms < 10 * Second && ms % Second != 0)
        return QLocale().toString(std::floor(double(ms) / 100) / 10, 'f', 1) + QChar(0xA0) + second;
    if (ms < Minute)
        return QLocale().toString(ms / Second) + QChar(0xA0) + second;
    const QString minute = Text::tr("min", "minutes"), hour = Text::tr("h", "hours");
    if (ms < Hour)
        return two(ms / Minute, minute, ms % Minute / Second, second);
    if (ms < Day)
        return two(ms / Hour, hour, ms % Hour / Minute, minute);
    return two(ms / Day, Text::tr("d", "days"), ms % Day / Hour, hour);
}

QString formatRelative(qint64 wallMs, qint64 nowMs)
{
    if (wallMs == 0)
        return {};
    const qint64 age = nowMs - wallMs;
    if (std::llabs(age) < Second)
        return Text::tr("now");
    // One unit is enough for a glance; the exact time is on hover.
    const qint64 size = std::llabs(age);
    const qint64 unit = size < Minute ? Second : size < Hour ? Minute : size < Day ? Hour : Day;
    const QString span = formatDuration(size / unit * unit);
    return age > 0 ? Text::tr("%1 ago").arg(span) : Text::tr("in %1").arg(span);
}

QString formatAge(qint64 ms)
{
    if (ms < 10 * Second)
        return QLocale().toString(double(std::max<qint64>(ms, 0)) / Second, 'f', 1) + QChar(0xA0) + Text::tr("s", "seconds");
    return formatDuration(ms);
}

QString formatExact(qint64 wallMs)
{
    if (wallMs == 0)
        return {};
    const QDateTime time = QDateTime::fromMSecsSinceEpoch(wallMs);
    return QLocale().toString(time.date(), QLocale::ShortFormat) + u' ' + time.toString(QStringLiteral("HH:mm:ss"));
}

QString formatClock(qint64 wallMs)
{
    return wallMs == 0 ? QString() : QDateTime::fromMSecsSinceEpoch(wallMs).toString(QStringLiteral("HH:mm:ss"));
}

} // namespace prunella
