#pragma once
// The few questions to systemd that a restart needs.
#include "core/recovery/BusConnection.h"

namespace prunella {

/// What one ListUnitsByNames call tells: everything needed to decide whether to call RestartUnit at all.
struct UnitRow {
    QString loadState, activeState, subState;
    quint32 jobId = 0;      ///< 0: no job is queued
    QByteArray path;        ///< of the unit's object
};

/// The unit after the job.
struct UnitFacts {
    QString activeState, subState;
    QString result;         ///< systemd's word: success, exit-code, start-limit-hit, ...; empty for units without
    QString invocationId;   ///< hex
    quint32 mainPid = 0;
    bool conditionsHeld = true; ///< of the last start; false: systemd skipped it
};

/// "web.service" -> org.freedesktop.systemd1.Service, the interface that holds Result, MainPID and the limits
[[nodiscard]] QByteArray typeInterface(const QString &unit);

/// A unit systemd does not know comes back with loadState "not-found".
[[nodiscard]] BusMessage listUnitMessage(BusConnection &bus, const QString &unit);
[[nodiscard]] Result<UnitRow> readUnitRow(BusCall &call, const QString &unit);

/// Asks and waits. `facts` is untouched unless the answer is Done.
[[nodiscard]] BusWait readUnitFacts(BusConnection &bus, const QString &unit, const QByteArray &path, const BusLimit &limit,
                                    UnitFacts *facts);

} // namespace prunella
