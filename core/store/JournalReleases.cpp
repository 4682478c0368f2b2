// The releases of services in prunella.db: what makes one "the last good one".
#include "core/store/JournalDb.h"

#include "core/store/Rows.h"

namespace prunella::store {

using namespace Qt::StringLiterals;

Status JournalDb::saveReleases(const QList<ReleaseRecord> &records)
{
    for (const ReleaseRecord &record : records) {
        const Status done = m_db.run(u"INSERT OR REPLACE INTO releases(service, release, first_seen, last_seen, healthy_ms, failed_at,"
                                     " failed_why) VALUES (?, ?, ?, ?, ?, ?, ?)"_s,
                                     {text(record.service), text(record.release), timeText(record.firstSeenAt), timeText(record.lastSeenAt),
                                      record.healthyMs, timeText(record.failedAt), text(record.failedWhy)});
        if (!done)
            return done;
    }
    return {};
}

} // namespace prunella::store
