#pragma once
// Maintenance windows: nothing is done and nobody is called while one is open, and its end releases no storm. Watching and
// recording go on.
//
// A window begins when the wall clock of its zone first shows `start` on one of its `days` (the local date of the beginning
// counts), and lasts `duration` of real time, whatever the clocks do meanwhile:
// - a start that the clocks leave out (02:30 in the spring of Berlin): it begins at the first instant after the gap, 03:00;
// - a start that comes twice (02:30 in autumn): it is held once, from the first of the two;
// - a change while it is open: 01:00 for 4 h ends at 06:00 on the wall in spring and at 04:00 in autumn;
// - a date that the zone leaves out as a whole (30 December 2011 in Samoa) has no window.
// Windows of one target that overlap or touch are as one.
#include "core/model/Config.h"

namespace prunella {

/// The time over which those that waited for the end of a window are spread.
inline constexpr qint64 releaseSpreadMs = 60'000;

/// What is told of one target's windows. Times are wall ms.
struct MaintenanceState {
    bool open = false;
    qint64 endsAt = 0;    ///< from then on none is open (looked ahead at most 31 days); 0: none is open now
    QString name;         ///< of the open one that ends last
    qint64 nextStart = 0; ///< when the next one begins, later than now; 0: none within 16 days
};

[[nodiscard]] MaintenanceState maintenanceState(const QList<MaintenanceConfig> &windows, const QString &target, qint64 wallMs);

/// `endsAt` of the state above: 0 when no window is open for `target` at `wallMs`.
[[nodiscard]] qint64 maintenanceEnd(const QList<MaintenanceConfig> &windows, const QString &target, qint64 wallMs);

/// When `target` has its turn after a window that ended at `windowEndWallMs`: within the minute after it, always the same
/// for the same names. Each of `targets` has a turn of its own, all equally far apart, in the order of a hash of the names, so that
/// neighbours by name are none in time. Without `targets`, or for a name that is not among them: the hash alone.
[[nodiscard]] qint64 releaseAt(const QString &target, qint64 windowEndWallMs, const QStringList &targets = {});

/// Until when an incident of `target` that began at `beganMs` must wait because of a window; 0: it need not. `services`: all of
/// the configuration; those that have windows take turns after the end. While one is open
/// that is at most a minute from now, for clocks jump and machines sleep: to be asked again then. The times asked for
/// are a whole number of minutes before the turn, so those that wake up together after a sleep are spread as well. What began
/// after the end need not wait for its turn. All times are wall ms.
[[nodiscard]] qint64 maintenanceHold(const QList<MaintenanceConfig> &windows, const QString &target, const QStringList &services,
                                     qint64 beganMs, qint64 wallMs);

} // namespace prunella
