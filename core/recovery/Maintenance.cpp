#include "core/recovery/Maintenance.h"

#include <QDateTime>
#include <QTimeZone>

#include <limits>

namespace prunella {
namespace {

constexpr qint64 dayMs = 86'400'000;
constexpr qint64 farthestEndMs = 31 * dayMs; // windows that follow each other without a gap never end
constexpr int lookAheadDays = 16;            // a week's day that the zone leaves out comes again a week later
constexpr qint64 never = std::numeric_limits<qint64>::max();

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

QStringList concerned(QStringList names, const QList<MaintenanceConfig> &windows)
{
    names.removeIf([&](const QString &name) {
        return std::none_of(windows.cbegin(), windows.cend(), [&](const auto &window) { return concerns(window, name); });
    });
    return names;
}

qint64 offsetAt(const QTimeZone &zone, qint64 wallMs)
{
    return 1000 * qint64(zone.offsetFromUtc(QDateTime::fromMSecsSinceEpoch(wallMs, Qt::UTC)));
}

/// The wall clock of a zone as a number: ms since 1970 as if it were UTC.
qint64 localOf(QDate date, int minute)
{
    return QDate(1970, 1, 1).daysTo(date) * dayMs + minute * qint64(60'000);
}

/// The first instant at which the wall clock of `zone` shows `minute` of `date` or a later time; nothing when the zone leaves the whole
/// date out. By the zone's offsets alone: a QDateTime of a local time that does not exist takes it for UTC (Qt 6.4), and of the two
/// that a time in autumn may mean it takes the second.
std::optional<qint64> startOn(QDate date, int minute, const QTimeZone &zone)
{
    constexpr qint64 farthest = 26 * 3'600'000; // no zone is ahead of or behind UTC by more
    const qint64 wanted = localOf(date, minute), first = wanted - farthest, last = wanted + farthest;
    qint64 since = first, offset = offsetAt(zone, first);
    const auto changes = zone.transitions(QDateTime::fromMSecsSinceEpoch(first + 1, Qt::UTC), QDateTime::fromMSecsSinceEpoch(last, Qt::UTC));
    for (const auto &change : changes) {
        const qint64 at = change.atUtc.toMSecsSinceEpoch();
        if (std::max(since, wanted - offset) < at)
            break;
        const qint64 after = 1000 * qint64(change.offsetFromUtc);
        if (at + offset <= localOf(date, 0) && at + after >= localOf(date.addDays(1), 0))
            return std::nullopt;
        since = at;
        offset = after;
    }
    return std::max(since, wanted - offset);
}

/// Start of the window on that date of its zone, when it is held then.
std::optional<qint64> heldOn(const MaintenanceConfig &window, QDate date, const QTimeZone &zone)
{
    if (!window.days.isEmpty() && !window.days.contains(date.dayOfWeek()))
        return std::nullopt;
    return startOn(date, window.startMinute, zone);
}

struct OpenWindow { qint64 end = 0; QString name; };

/// The window that ends last of those open for the target.
OpenWindow openAt(const QList<MaintenanceConfig> &windows, const QString &target, qint64 wallMs)
{
    OpenWindow open;
    for (const auto &window : windows) {
        if (!concerns(window, target))
            continue;
        const QTimeZone zone = zoneOf(window);
        const QDate today = QDate(1970, 1, 1).addDays((wallMs + offsetAt(zone, wallMs)) / dayMs);
        // A long window may have begun on one of the days before; clocks that go back over midnight have begun tomorrow's.
        const int daysBack = int(window.durationMs / dayMs) + 2;
        for (int back = -1; back <= daysBack; ++back) {
            const auto start = heldOn(window, today.addDays(-back), zone);
            if (start && *start <= wallMs && wallMs < *start + window.durationMs && *start + window.durationMs > open.end)
                open = {*start + window.durationMs, window.name};
        }
    }
    return open;
}

qint64 nextStartAfter(const QList<MaintenanceConfig> &windows, const QString &target, qint64 wallMs)
{
    qint64 next = never;
    for (const auto &window : windows) {
        if (!concerns(window, target))
            continue;
        const QTimeZone zone = zoneOf(window);
        const QDate today = QDate(1970, 1, 1).addDays((wallMs + offsetAt(zone, wallMs)) / dayMs);
        for (int ahead = -1; ahead <= lookAheadDays; ++ahead) {
            if (const auto start = heldOn(window, today.addDays(ahead), zone); start && *start > wallMs) {
                next = std::min(next, *start);
                break;
            }
        }
    }
    return next == never ? 0 : next;
}

/// FNV-1a, mixed once more, for its low bits differ too little in short names; qHash may differ from one process to the next.
quint64 hashOf(const QString &name)
{
    quint64 hash = 14695981039346656037ULL;
    for (const char byte : name.toUtf8())
        hash = (hash ^ quint8(byte)) * 1099511628211ULL;
    hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdULL;
    return hash ^ (hash >> 33);
}

} // namespace

qint64 maintenanceEnd(const QList<MaintenanceConfig> &windows, const QString &target, qint64 wallMs)
{
    qint64 end = 0;
    for (OpenWindow open = openAt(windows, target, wallMs); open.end > end; open = openAt(windows, target, end)) {
        end = open.end;
        if (end - wallMs > farthestEndMs)
            break;
    }
    return end;
}

MaintenanceState maintenanceState(const QList<MaintenanceConfig> &windows, const QString &target, qint64 wallMs)
{
    const OpenWindow open = openAt(windows, target, wallMs);
    return {open.end != 0, maintenanceEnd(windows, target, wallMs), open.name, nextStartAfter(windows, target, wallMs)};
}

qint64 releaseAt(const QString &target, qint64 windowEndWallMs, const QStringList &targets)
{
    const quint64 own = hashOf(target);
    if (!targets.contains(target))
        return windowEndWallMs + qint64(own % quint64(releaseSpreadMs));
    const auto before = std::count_if(targets.cbegin(), targets.cend(), [&](const QString &other) {
        const quint64 hash = hashOf(other);
        return hash < own || (hash == own && other < target);
    });
    return windowEndWallMs + before * releaseSpreadMs / targets.size();
}

qint64 maintenanceHold(const QList<MaintenanceConfig> &windows, const QString &target, const QStringList &services, qint64 beganMs,
                       qint64 wallMs)
{
    if (const qint64 end = maintenanceEnd(windows, target, wallMs); end != 0) {
        const qint64 turn = releaseAt(target, end, concerned(services, windows));
        return turn - (turn - wallMs - 1) / releaseSpreadMs * releaseSpreadMs;
    }
    // Open so long ago at most: then it ended within the minute that is over now.
    const qint64 ended = maintenanceEnd(windows, target, wallMs - releaseSpreadMs);
    if (ended == 0 || beganMs >= ended)
        return 0;
    const qint64 turn = releaseAt(target, ended, concerned(services, windows));
    return turn > wallMs ? turn : 0;
}

} // namespace prunella
