// The procedures that are in use, in prunella.db.
#include "core/store/JournalDb.h"

#include "core/base/Clock.h"
#include "core/store/Rows.h"

#include <QJsonArray>
#include <QJsonDocument>

namespace prunella::store {

using namespace Qt::StringLiterals;

/// Those that are no longer in use go; one that is as it was keeps its time.
Status JournalDb::saveProcedures(const QList<ProcedureRow> &procedures)
{
    QJsonArray ids;
    for (const ProcedureRow &procedure : procedures)
        ids.append(procedure.id);
    Status done = m_db.run(u"DELETE FROM stored_procedures WHERE id NOT IN (SELECT value FROM json_each(?))"_s,
                           {QString::fromUtf8(QJsonDocument(ids).toJson(QJsonDocument::Compact))});
    for (auto it = procedures.cbegin(); done && it != procedures.cend(); ++it) {
        done = m_db.run(u"INSERT INTO stored_procedures(id, error_pattern, procedure_steps, updated_at) VALUES (?, ?, ?, ?)"
                        " ON CONFLICT(id) DO UPDATE SET error_pattern = excluded.error_pattern,"
                        " procedure_steps = excluded.procedure_steps, updated_at = excluded.updated_at"
                        " WHERE error_pattern <> excluded.error_pattern OR procedure_steps <> excluded.procedure_steps"_s,
                        {text(it->id), text(it->errorPattern), text(it->steps), timeText(it->at)});
    }
    return done;
}

} // namespace prunella::store
