// What the recognition of patterns reads and what it found.
#include "core/base/Clock.h"
#include "core/model/JsonWords.h"
#include "core/store/Database.h"
#include "core/store/Rows.h"
#include "core/store/StoreReader.h"

#include <QJsonDocument>

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

IncidentFact factOf(const QSqlQuery &row)
{
    IncidentFact fact{row.value(0).toString(), row.value(1).toString(),
                      fromString<ErrorType>(row.value(2).toString()).value_or(ErrorType::Unknown),
                      fromIsoTime(row.value(3).toString()), row.value(4).toBool(), {}, {}};
    const QJsonArray actions = QJsonDocument::fromJson(row.value(5).toString().toUtf8()).array();
    for (const QJsonValue &value : actions) {
        const RecoveryActionRecord action = actionFromJson(value.toObject());
        if (action.verified)
            fact.healedBy = action.type;
    }
    for (const QString &event : json::textsOf(store::jsonOf(row.value(6))[u"correlated_events"_s])) {
        if (event.startsWith(logEventPrefix))
            fact.templates << event.mid(logEventPrefix.size());
    }
    return fact;
}

} // namespace

Result<QList<IncidentPattern>> StoreReader::patterns()
{
    QList<IncidentPattern> list;
    auto done = m_journal->run(u"SELECT document FROM incident_patterns ORDER BY seq"_s, {},
                               [&list](const QSqlQuery &row) { list << patternFromJson(store::jsonOf(row.value(0))); });
    if (!done)
        return failure(done.error().code, m_journal->path() + u" cannot be read: "_s + done.error().message);
    return list;
}

Result<QList<IncidentFact>> StoreReader::incidentFacts(int limit)
{
    QList<IncidentFact> list;
    auto done = m_journal->run(u"SELECT id, component, error_type, coalesce(started_at, detected_at), status = 'resolved',"
                               " recovery_actions, diagnosis FROM error_incidents ORDER BY detected_at DESC, rowid DESC LIMIT ?"_s,
                               {limit}, [&list](const QSqlQuery &row) { list << factOf(row); });
    if (!done)
        return failure(done.error().code, m_journal->path() + u" cannot be read: "_s + done.error().message);
    std::reverse(list.begin(), list.end());
    return list;
}

} // namespace prunella
