// What the incidents say about how well healing works. The definitions stand in README.md.
#include "core/base/Clock.h"
#include "core/store/JournalDb.h"
#include "core/store/Rows.h"
#include "core/store/StoreReader.h"

#include <QJsonDocument>

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

constexpr double hourMs = 3'600'000;

struct Mean {
    double sum = 0;
    int count = 0;
    void add(qint64 fromMs, qint64 toMs)
    {
        if (fromMs == 0 || toMs == 0)
            return;
        sum += double(std::max<qint64>(0, toMs - fromMs)) / 1000.0; // a clock set back makes no negative time
        ++count;
    }
    [[nodiscard]] std::optional<double> value() const { return count == 0 ? std::nullopt : std::optional(sum / count); }
};

struct Span { qint64 from = 0, to = 0; };

struct Row {
    qint64 started = 0, detected = 0, acknowledged = 0, resolved = 0;
    bool isResolved = false, wasEscalated = false, isDown = false; ///< isDown: a service, at least high
    QJsonArray actions;
};

Row rowOf(const QSqlQuery &query)
{
    const auto severity = fromString<Severity>(query.value(4).toString()).value_or(Severity::Medium);
    const QString component = query.value(5).toString();
    return {fromIsoTime(query.value(0).toString()), fromIsoTime(query.value(1).toString()),
            fromIsoTime(query.value(2).toString()), fromIsoTime(query.value(3).toString()),
            query.value(6).toString() == u"resolved", query.value(7).toBool(),
            component != u"host" && (severity == Severity::High || severity == Severity::Critical),
            QJsonDocument::fromJson(query.value(8).toString().toUtf8()).array()};
}

/// A repair has ended when it failed, or when it is done and its verification has spoken.
void countActions(const Row &row, RecoveryStats &stats)
{
    for (const QJsonValue &value : row.actions) {
        const RecoveryActionRecord action = actionFromJson(value.toObject());
        if (action.type == ActionType::HealthCheck)
            continue;
        const bool judged = action.status == ActionStatus::Completed && (action.verdict || row.isResolved);
        const bool ended = judged || action.status == ActionStatus::Failed || action.status == ActionStatus::RolledBack
            || action.status == ActionStatus::Unknown;
        stats.actions += ended;
        stats.verified += ended && action.verified;
        stats.failed += ended && !action.verified;
    }
}

/// How much of the window is covered by the spans, overlaps counted once.
qint64 covered(QList<Span> spans, Span window)
{
    std::sort(spans.begin(), spans.end(), [](const Span &a, const Span &b) { return a.from < b.from; });
    qint64 sum = 0, reached = window.from;
    for (const Span &span : spans) {
        const qint64 from = std::max(span.from, reached), to = std::min(span.to, window.to);
        if (to > from) {
            sum += to - from;
            reached = to;
        }
    }
    return sum;
}

RecoveryStats compute(const QList<Row> &rows, Span window)
{
    RecoveryStats stats;
    Mean detect, recover, acknowledge;
    QList<Span> down;
    for (const Row &row : rows) {
        if (row.isDown)
            down << Span{row.started != 0 ? row.started : row.detected, row.isResolved ? row.resolved : window.to};
        if (row.detected < window.from)
            continue; // began earlier and only reaches into the window
        ++stats.incidents;
        stats.resolved += row.isResolved;
        stats.escalated += row.wasEscalated;
        detect.add(row.started, row.detected);
        acknowledge.add(row.detected, row.acknowledged);
        if (row.isResolved)
            recover.add(row.detected, row.resolved);
        countActions(row, stats);
    }
    stats.mttd = detect.value();
    stats.mttr = recover.value();
    stats.mtta = acknowledge.value();
    if (stats.actions > 0)
        stats.successRate = double(stats.verified) / stats.actions;
    // A store of a few minutes does not tell a rate yet: at least an hour is taken.
    stats.errorsPerHour = stats.incidents / std::max(1.0, double(window.to - window.from) / hourMs);
    if (window.to > window.from)
        stats.uptime = 1.0 - double(covered(down, window)) / double(window.to - window.from);
    return stats;
}

} // namespace

Result<RecoveryStats> StoreReader::stats(qint64 sinceWallMs, qint64 nowWallMs)
{
    const auto created = m_journal->value(u"SELECT value FROM state WHERE key = ?"_s, {store::JournalDb::createdKey});
    if (!created)
        return failure(created.error().code, m_journal->path() + u" cannot be read: "_s + created.error().message);
    const Span window{std::max(sinceWallMs, fromIsoTime(created->toString())), nowWallMs};
    QList<Row> rows;
    auto done = m_journal->run(
        u"SELECT started_at, detected_at, acknowledged_at, resolved_at, severity, component, status,"
        " status = 'escalated' OR EXISTS (SELECT 1 FROM incident_timeline WHERE incident_id = id AND status = 'escalated'),"
        " recovery_actions FROM error_incidents WHERE detected_at <= ?"
        " AND (detected_at >= ? OR status <> 'resolved' OR resolved_at > ?)"_s,
        {isoTime(window.to), isoTime(std::max<qint64>(1, window.from)), isoTime(std::max<qint64>(1, window.from))},
        [&rows](const QSqlQuery &row) { rows << rowOf(row); });
    if (!done)
        return failure(done.error().code, m_journal->path() + u" cannot be read: "_s + done.error().message);
    return compute(rows, window);
}

} // namespace prunella
