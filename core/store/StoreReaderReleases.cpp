// The releases of services, with their health records.
#include "core/base/Clock.h"
#include "core/store/Database.h"
#include "core/store/StoreReader.h"

namespace prunella {

using namespace Qt::StringLiterals;

Result<QList<ReleaseRecord>> StoreReader::releases(const QString &service)
{
    QList<ReleaseRecord> list;
    const QString where = service.isEmpty() ? QString() : u" WHERE service = ?"_s;
    const Status done = m_journal->run(u"SELECT service, release, first_seen, last_seen, healthy_ms, failed_at, failed_why FROM releases"_s
                                           + where + u" ORDER BY service, first_seen, last_seen, release"_s,
                                       service.isEmpty() ? QVariantList() : QVariantList{service}, [&list](const QSqlQuery &row) {
                                           list << ReleaseRecord{row.value(0).toString(), row.value(1).toString(),
                                                                 fromIsoTime(row.value(2).toString()), fromIsoTime(row.value(3).toString()),
                                                                 row.value(4).toLongLong(), fromIsoTime(row.value(5).toString()),
                                                                 row.value(6).toString()};
                                       });
    if (!done)
        return failure(done.error().code, m_journal->path() + u" cannot be read: "_s + done.error().message);
    return list;
}

} // namespace prunella
