#include "core/notification/IncidentText.h"

#include <QJsonArray>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

QString titleOf(const IncidentText &text, const QString &event)
{
    const QString what = text.type + u" ("_s + text.severity + u')';
    if (event == "test"_L1)
        return u"Prunella: a test of this channel"_s;
    if (event == "merged"_L1)
        return text.component + u": part of another incident"_s;
    if (text.over)
        return text.component + u": resolved"_s;
    if (event == "reminder"_L1)
        return text.component + u": still not answered: "_s + what;
    if (event == "acknowledged"_L1)
        return text.component + u": acknowledged: "_s + what;
    return text.component + u": "_s + what;
}

} // namespace

bool isOver(const QString &event)
{
    return event == "resolved"_L1 || event == "merged"_L1;
}

IncidentText incidentText(const OutboxItem &item)
{
    const QJsonObject incident = item.body[u"incident"_s].toObject();
    const auto word = [&incident](const QString &key) { return incident[key].toString(); };
    IncidentText text;
    text.id = item.incidentId.isEmpty() ? word(u"id"_s) : item.incidentId;
    text.component = word(u"component"_s);
    text.host = word(u"host"_s);
    text.type = word(u"error_type"_s);
    text.severity = word(u"severity"_s);
    text.status = word(u"status"_s);
    text.summary = word(u"summary"_s);
    text.startedAt = word(u"started_at"_s);
    text.resolvedAt = word(u"resolved_at"_s);
    const QJsonArray timeline = incident[u"timeline"_s].toArray();
    text.reason = timeline.isEmpty() ? QString() : timeline.last()[u"reason"_s].toString();
    const QJsonObject diagnosis = incident[u"diagnosis"_s].toObject(), approval = incident[u"approval"_s].toObject();
    if (const QString cause = diagnosis[u"root_cause"_s].toString(); !cause.isEmpty())
        text.cause = cause + u" ("_s + QString::number(qRound(100 * diagnosis[u"confidence"_s].toDouble())) + u" %)"_s;
    if (const QString action = approval[u"action_type"_s].toString(); !action.isEmpty())
        text.question = action + u" on "_s + approval[u"target"_s].toString();
    text.over = isOver(item.event);
    text.title = titleOf(text, item.event);
    return text;
}

QStringList plainLines(const IncidentText &text)
{
    QStringList lines;
    const auto add = [&lines](const QString &name, const QString &value) {
        if (!value.isEmpty())
            lines.append(name + u": "_s + value);
    };
    if (!text.summary.isEmpty())
        lines.append(text.summary);
    add(u"Now"_s, text.reason);
    add(u"Cause"_s, text.cause);
    add(u"Waits for an approval"_s, text.question);
    add(u"Since"_s, text.startedAt);
    add(u"Until"_s, text.resolvedAt);
    add(u"Incident"_s, text.id);
    if (!text.question.isEmpty())
        lines.append(u"Answer with: prunellactl approve "_s + text.id + u", or reject "_s + text.id + u" --reason WHY"_s);
    return lines;
}

QString clipped(const QString &text, qsizetype most)
{
    if (text.size() <= most)
        return text;
    if (most <= 1)
        return {};
    qsizetype end = most - 1;
    if (text.at(end - 1).isHighSurrogate())
        --end;
    return text.left(end) + u'…';
}

} // namespace prunella
