#include "core/recovery/ReleaseChoice.h"

#include <algorithm>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype toldOneByOne = 8;

bool newerFirst(const ReleaseRecord &one, const ReleaseRecord &other)
{
    if (one.lastSeenAt != other.lastSeenAt)
        return one.lastSeenAt > other.lastSeenAt;
    return one.firstSeenAt > other.firstSeenAt;
}

QString wordsFor(const ReleaseRecord &record, const QString &current, qint64 goodAfterMs)
{
    QStringList words;
    if (record.release == current)
        words.append(u"runs now"_s);
    if (record.failedAt > 0)
        words.append(record.failedWhy.isEmpty() ? u"was rolled back"_s : u"was rolled back (%1)"_s.arg(record.failedWhy));
    else
        words.append(u"healthy for %1 s of %2 s"_s.arg(record.healthyMs / 1000).arg(goodAfterMs / 1000));
    return record.release + u": "_s + words.join(u", "_s);
}

} // namespace

std::optional<QString> lastGood(const QList<ReleaseRecord> &records, const QString &current, qint64 goodAfterMs)
{
    const ReleaseRecord *best = nullptr;
    for (const ReleaseRecord &record : records) {
        const bool good = record.failedAt == 0 && record.healthyMs >= goodAfterMs && !record.release.isEmpty();
        if (good && record.release != current && (!best || newerFirst(record, *best)))
            best = &record;
    }
    return best ? std::optional(best->release) : std::nullopt;
}

std::optional<QString> cameBackFrom(const QList<ReleaseRecord> &records, const QString &current)
{
    const ReleaseRecord *before = nullptr;
    for (const ReleaseRecord &record : records) {
        if (record.release != current && (!before || newerFirst(record, *before)))
            before = &record;
    }
    return before && before->failedAt > 0 ? std::optional(before->release) : std::nullopt;
}

QString whatIsKnown(const QList<ReleaseRecord> &records, const QString &current, qint64 goodAfterMs)
{
    if (records.isEmpty())
        return u"nothing is known of any release yet"_s;
    QList<ReleaseRecord> sorted = records;
    std::stable_sort(sorted.begin(), sorted.end(), newerFirst);
    QStringList told;
    const QList<ReleaseRecord> newest = sorted.first(std::min(sorted.size(), toldOneByOne));
    for (const ReleaseRecord &record : newest)
        told.append(wordsFor(record, current, goodAfterMs));
    if (sorted.size() > toldOneByOne)
        told.append(u"and %1 older ones"_s.arg(sorted.size() - toldOneByOne));
    return told.join(u"; "_s);
}

} // namespace prunella
