#pragma once
#include "core/base/Result.h"
#include "core/model/Store.h"
#include "core/model/StoreQueries.h"
#include "core/store/AuditCheck.h"
#include "core/store/SampleStream.h"

#include <memory>

namespace prunella {

namespace store {
class Database;
}

/// An action together with the incident it belongs to.
struct StoredAction {
    QString incidentId;
    QString component;
    RecoveryActionRecord action;
};

/// The steps of one action as the journal has them, wall ms; 0: not come to, or not noted.
struct JournalTimes {
    qint64 intentAt = 0, startedAt = 0, outcomeAt = 0, verifiedAt = 0, undoneAt = 0;
    QString verdict, undoneBy;
};

/// Reads the store over connections of its own, whether an engine runs or not. Used by one thread at a time.
class StoreReader
{
public:
    /// NotFound when there is no store, Invalid when its version is not this program's.
    [[nodiscard]] static Result<std::unique_ptr<StoreReader>> open(const QString &stateDir);
    ~StoreReader();
    StoreReader(const StoreReader &) = delete;
    StoreReader &operator=(const StoreReader &) = delete;

    /// Newest last; of more than `limit` the newest.
    [[nodiscard]] Result<QList<Incident>> incidents(const IncidentQuery &query);
    [[nodiscard]] Result<QList<TimelineEntry>> timeline(const QString &incidentId);
    /// The actions of incidents(query), in that order.
    [[nodiscard]] Result<QList<StoredAction>> actions(const IncidentQuery &query);
    /// Newest last; of more than `limit` the newest.
    [[nodiscard]] Result<QList<AuditRecord>> audit(qint64 sinceWallMs, int limit = 1000);
    /// Whether the audit trail is as it was written: every hash, every link, and its end (StoreReaderAudit.cpp).
    [[nodiscard]] Result<AuditVerdict> verifyAudit();
    /// Of each action that the journal knows, by its id.
    [[nodiscard]] Result<QHash<QString, JournalTimes>> journal(const QStringList &actionIds);
    /// Consistent within itself. `recentIncidents` counts back from `nowWallMs`; 0: from the newest resolution.
    /// `recentMs`: how far back resolved incidents are of interest, at least a day.
    [[nodiscard]] Result<StoredState> storedState(qint64 nowWallMs = 0, qint64 recentMs = 0);
    /// Definitions in README.md. The window begins at `sinceWallMs`, but not before the store did.
    [[nodiscard]] Result<RecoveryStats> stats(qint64 sinceWallMs, qint64 nowWallMs);
    /// As they were written last, in that order.
    [[nodiscard]] Result<QList<IncidentPattern>> patterns();
    /// The newest `limit` incidents, newest last, without what patterns do not look at. Message templates are not stored.
    [[nodiscard]] Result<QList<IncidentFact>> incidentFacts(int limit);

    /// Changes of the machine in [from, to), newest last; of more than `limit` the newest. `component` empty: all; else only
    /// what belongs to it (StoreReaderChanges.cpp).
    [[nodiscard]] Result<QList<ChangeRecord>> changes(qint64 from, qint64 to, const QString &component = {}, int limit = 1000);
    /// New versions of services, newest last: what was announced, and packages that a service belongs to.
    [[nodiscard]] Result<QList<DeploymentFact>> deployments(int limit);
    /// The edges that were in the graph at that time (wall ms; 0: those that are in it now, as last written).
    [[nodiscard]] Result<Topology> topology(qint64 atWallMs);
    /// Of one service, or of all (empty): by service, then oldest first (StoreReaderReleases.cpp).
    [[nodiscard]] Result<QList<ReleaseRecord>> releases(const QString &service = {});

    /// At most maxPoints, oldest first: raw samples where they are few enough, else the roll-up that fits.
    [[nodiscard]] Result<QList<HistoryPoint>> history(const HistoryQuery &query);
    /// The newest stored sample of every series.
    [[nodiscard]] Result<QList<MetricRow>> latestMetrics();

    /// What detectors found in [from, to), oldest first.
    [[nodiscard]] Result<QList<ErrorEvent>> errorEvents(qint64 from, qint64 to);
    /// Incidents that people say were missed in [from, to), oldest first; marks of incidents come with the incidents.
    [[nodiscard]] Result<QList<IncidentMark>> missedMarks(qint64 from, qint64 to);
    /// Wall ms of the newest sample, event or change of an incident; 0 when nothing is stored.
    [[nodiscard]] Result<qint64> newestAt();
    /// All samples of [from, to) in the order of their times; to be read to its end before this reader goes.
    [[nodiscard]] Result<SampleStream> samples(qint64 from, qint64 to);

private:
    StoreReader();
    [[nodiscard]] Result<store::Database *> metrics();
    [[nodiscard]] Result<QList<Incident>> merged(const QString &idPrefix, qint64 since);
    [[nodiscard]] Status collect(const QString &sql, const QVariantList &binds, QList<Incident> &into);
    [[nodiscard]] Status readState(StoredState &state, qint64 nowWallMs, qint64 recentMs);
    [[nodiscard]] Status readUnfinished(StoredState &state);
    [[nodiscard]] Status readChanges(StoredState &state);

    QString m_stateDir;
    std::unique_ptr<store::Database> m_journal;
    std::unique_ptr<store::Database> m_metrics; ///< opened at the first question: it may come later than the journal
};

} // namespace prunella
