#pragma once
// kill -9 of the engine at one journal step of one action, the next engine, and what must be so then; all of it as a table.
#include "tests/system/KillSubject.h"

#include <QMap>

namespace prunella::testing {

struct KillCell {
    QString action;    ///< as killSubject() knows it
    QString step;      ///< a column: intent, started, call, outcome, settling, verified, undo
    QString point;     ///< PRUNELLA_KILL_AT
    bool vain = false; ///< the action does not help, so that it is taken back
};

/// Of one action: all its cells. `calls`: points of the action itself; `undoCalls`: points of its undo, empty when it has no inverse.
/// What only looks has no settling time.
[[nodiscard]] QList<KillCell> killCells(const QString &action, const QStringList &calls, const QStringList &undoCalls = {}, bool looks = false);

class KillTable
{
public:
    /// What is wrong; empty: nothing.
    [[nodiscard]] QString run(const KillCell &cell);
    /// Action by step, and below what the next engine did in each cell.
    [[nodiscard]] QString text() const;

private:
    int m_count = 0;
    QStringList m_actions, m_lines;
    QMap<std::pair<QString, QString>, QStringList> m_cells; ///< (action, step)
};

} // namespace prunella::testing
