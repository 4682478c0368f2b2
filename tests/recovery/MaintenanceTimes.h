#pragma once
// Times and windows as the tests of maintenance write them.
#include "core/model/Config.h"

#include <QDateTime>

namespace prunella::testing {

inline constexpr qint64 second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;

/// "2026-11-27 02:00:00" in UTC.
[[nodiscard]] inline qint64 utc(const QString &text)
{
    const auto time = QDateTime::fromString(text + QStringLiteral("Z"), QStringLiteral("yyyy-MM-dd HH:mm:sst"));
    return QDateTime(time.date(), time.time(), Qt::UTC).toMSecsSinceEpoch();
}

[[nodiscard]] inline MaintenanceConfig window(int startMinute, qint64 durationMs, const QString &zone = QStringLiteral("UTC"))
{
    MaintenanceConfig made;
    made.startMinute = startMinute;
    made.durationMs = durationMs;
    made.timezone = zone;
    return made;
}

} // namespace prunella::testing
