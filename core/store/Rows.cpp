#include "core/store/Rows.h"

#include "core/base/Clock.h"

#include <QJsonDocument>

namespace prunella::store {

using namespace Qt::StringLiterals;

namespace {

const QStringList noteWords{u"started"_s, u"verified"_s, u"undone"_s}; ///< by JournalNote::Kind

} // namespace

QVariant timeText(qint64 wallMs)
{
    return wallMs == 0 ? QVariant(QMetaType::fromType<QString>()) : QVariant(isoTime(wallMs));
}

QString jsonText(const QJsonObject &object)
{
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

QJsonObject jsonOf(const QVariant &value)
{
    return QJsonDocument::fromJson(value.toString().toUtf8()).object();
}

IncidentColumns columnsOf(const Incident &incident)
{
    QJsonObject object = toJson(incident);
    const QJsonValue diagnosis = object.take(u"diagnosis"_s);
    const QJsonArray actions = object.take(u"recovery_actions"_s).toArray();
    object.remove(u"timeline"_s);
    const auto score = effectivenessScore(incident);
    return {diagnosis.isObject() ? QVariant(jsonText(diagnosis.toObject())) : QVariant(QMetaType::fromType<QString>()),
            QString::fromUtf8(QJsonDocument(actions).toJson(QJsonDocument::Compact)),
            score ? QVariant(*score) : QVariant(QMetaType::fromType<double>()), jsonText(object)};
}

Incident incidentOf(const QSqlQuery &row)
{
    QJsonObject object = jsonOf(row.value(3));
    if (!row.isNull(1))
        object[u"diagnosis"_s] = jsonOf(row.value(1));
    object[u"recovery_actions"_s] = QJsonDocument::fromJson(row.value(2).toString().toUtf8()).array();
    if (!row.isNull(4)) // a person's last word, also on an incident that the engine has long forgotten
        object[u"feedback"_s] = jsonOf(row.value(4));
    return incidentFromJson(object);
}

QString selectTimeline()
{
    return u"SELECT at, status, reason FROM incident_timeline WHERE incident_id = ? ORDER BY seq"_s;
}

TimelineEntry timelineOf(const QSqlQuery &row)
{
    return {fromIsoTime(row.value(0).toString()),
            fromString<IncidentStatus>(row.value(1).toString()).value_or(IncidentStatus::Detected), row.value(2).toString()};
}

QByteArrayList recordsOf(const Transaction &transaction)
{
    QByteArrayList records;
    const auto add = [&records](const QJsonObject &object) {
        records << QJsonDocument(object).toJson(QJsonDocument::Compact);
    };
    for (const JournalIntent &intent : transaction.intents) {
        add({{u"intent"_s, toJson(intent.request)}, {u"epoch"_s, qint64(intent.epoch)}, {u"at"_s, isoTime(intent.at)}});
    }
    for (const JournalOutcome &outcome : transaction.outcomes)
        add({{u"outcome"_s, toJson(outcome.result)}, {u"at"_s, isoTime(outcome.at)}});
    for (const JournalNote &note : transaction.notes) {
        add({{u"note"_s, noteWords[int(note.kind)]}, {u"action"_s, note.actionId}, {u"text"_s, note.text}, {u"at"_s, isoTime(note.at)}});
    }
    return records;
}

void addRecord(Transaction &transaction, const QByteArray &record)
{
    const QJsonObject object = QJsonDocument::fromJson(record).object();
    const qint64 at = fromIsoTime(object[u"at"_s].toString());
    if (object.contains(u"intent"_s)) {
        transaction.intents << JournalIntent{requestFromJson(object[u"intent"_s].toObject()),
                                             quint64(object[u"epoch"_s].toInteger()), at};
    } else if (object.contains(u"outcome"_s)) {
        transaction.outcomes << JournalOutcome{resultFromJson(object[u"outcome"_s].toObject()), at};
    } else if (const qsizetype kind = noteWords.indexOf(object[u"note"_s].toString()); kind >= 0) {
        transaction.notes << JournalNote{object[u"action"_s].toString(), JournalNote::Kind(kind), object[u"text"_s].toString(), at};
    }
}

} // namespace prunella::store
