#pragma once
// What was changed for a while and is taken back later: a closer look when its time is over, an instance when the load is low.
#include "core/model/Incident.h"
#include "core/model/Store.h"

namespace prunella {

struct Reversion {
    QString actionId;         ///< the action that is taken back
    QString incidentId;
    ActionRequest inverse;    ///< without an id: each try has its own
    qint64 dueAt = 0;         ///< wall ms; 0: when the load of the target is low
    int tries = 0;
    QString runningId;        ///< id of the try that runs now; empty: none
};

/// Plain state with its durable form: a value of the store's state table for each, so that the next engine goes on.
class Reversions
{
public:
    static constexpr int mostTries = 3;
    static constexpr qint64 againMs = 60'000; ///< after a try that failed

    void add(const Reversion &reversion, Transaction &transaction);
    void remove(const QString &actionId, Transaction &transaction);
    void restore(const QMap<QString, QString> &state);

    /// Those whose time has come and that do not run, the newest first: what was done last is taken back first.
    [[nodiscard]] QList<Reversion> due(qint64 wallMs) const;
    /// The newest that waits for low load on this target.
    [[nodiscard]] std::optional<Reversion> whenLow(const QString &target) const;
    [[nodiscard]] std::optional<Reversion> runningAs(const QString &requestId) const;
    [[nodiscard]] qint64 nextAt() const; ///< wall ms; 0: none waits for a time
    void begun(const QString &actionId, const QString &requestId);
    /// The try that ran has failed; false: it was the last one, and it is given up.
    [[nodiscard]] bool failed(const QString &actionId, qint64 wallMs, Transaction &transaction);
    [[nodiscard]] const QList<Reversion> &all() const { return m_all; }

private:
    Reversion *find(const QString &actionId);
    QList<Reversion> m_all;   ///< in the order in which they were done
};

} // namespace prunella
