#pragma once
// Between values and rows of prunella.db.
#include "core/model/Json.h"
#include "core/model/Store.h"

#include <QSqlQuery>
#include <QVariant>

namespace prunella::store {

/// Never NULL: Qt binds a null QString as NULL.
[[nodiscard]] inline QVariant text(const QString &value) { return value.isNull() ? QStringLiteral("") : value; }
/// ISO 8601; NULL for 0.
[[nodiscard]] QVariant timeText(qint64 wallMs);
[[nodiscard]] QString jsonText(const QJsonObject &object);
[[nodiscard]] QJsonObject jsonOf(const QVariant &text);

/// The columns of error_incidents that hold JSON. `document` has what no other column or table holds.
struct IncidentColumns { QVariant diagnosis, actions, score, document; };
[[nodiscard]] IncidentColumns columnsOf(const Incident &incident);
/// From a row of `SELECT id, diagnosis, recovery_actions, document, feedback FROM error_incidents`; without the timeline.
[[nodiscard]] Incident incidentOf(const QSqlQuery &row);

/// Takes an incident's id.
[[nodiscard]] QString selectTimeline();
[[nodiscard]] TimelineEntry timelineOf(const QSqlQuery &row);

/// Records of the fallback file.
[[nodiscard]] QByteArrayList recordsOf(const Transaction &transaction);
/// Adds what a record holds; an unknown one changes nothing.
void addRecord(Transaction &transaction, const QByteArray &record);

} // namespace prunella::store
