#include "core/recovery/Maintenance.h"

#include <QDateTime>
#include <QTimeZone>

namespace prunella {
namespace {

QTimeZone zoneOf(const MaintenanceConfig &window)
{
    if (window.timezone.isEmpty())
        return QTimeZone::systemTimeZone();
    return QTimeZone(window.timezone.toLatin1());
}

bool concerns(const MaintenanceConfig &window, const QString &target)
{
    return window.targets.isEmpty() || window.targets.contains(target);
}

} // namespace

qint64 maintenanceEnd(const QList<MaintenanceConfig> &windows, const QString &target, qint64 wallMs)
{
    qint64 end = 0;
    for (const auto &window : windows) {
        if (!concerns(window, target))
            continue;
        const QTimeZone zone = zoneOf(window);
        const QDate today = QDateTime::fromMSecsSinceEpoch(wallMs, zone).date();
        // A long window may have begun on one of the days before.
        const int daysBack = int(window.durationMs / 86'400'000) + 1;
        for (int back = 0; back <= daysBack; ++back) {
            const QDate day = today.addDays(-back);
            if (!window.days.isEmpty() && !window.days.contains(day.dayOfWeek()))
                continue;
            const QTime at = QTime::fromMSecsSinceStartOfDay(window.startMinute * 60'000);
            const qint64 start = QDateTime(day, at, zone).toMSecsSinceEpoch();
            if (start <= wallMs && wallMs < start + window.durationMs)
                end = std::max(end, start + window.durationMs);
        }
    }
    return end;
}

} // namespace prunella
