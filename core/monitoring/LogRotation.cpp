#include "core/monitoring/LogRotation.h"

#include <QDir>
#include <QFileInfo>
#include <QRegularExpression>

#include <sys/stat.h>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kLeastCopyBytes = LogRotation::leastCopyBytes;

bool isRegular(const struct stat &facts)
{
    return S_ISREG(facts.st_mode);
}

bool isKnown(const LogHandle &handle, const QList<LogPosition> &known)
{
    return std::any_of(known.cbegin(), known.cend(), [&handle](const LogPosition &at) {
        return handle.matches(at) && (at.id == handle.id() || at.read >= kLeastCopyBytes);
    });
}

} // namespace

bool LogRotation::isCompressed(const QString &name)
{
    static const QStringList endings{u".gz"_s, u".xz"_s, u".zst"_s, u".bz2"_s, u".Z"_s, u".lz4"_s, u".lzo"_s, u".zip"_s};
    return std::any_of(endings.cbegin(), endings.cend(), [&name](const QString &ending) { return name.endsWith(ending); });
}

bool LogRotation::isRotatedName(const QString &name, const QString &base)
{
    static const QString mark = u"[.-](\\d[\\dTZ_:.-]*|old)"_s;
    const qsizetype dot = base.lastIndexOf(u'.');
    const QString stem = dot > 0 ? base.left(dot) : base;
    const QString ending = dot > 0 ? base.mid(dot) : QString();
    const auto is = [&name](const QString &pattern) {
        return QRegularExpression(QRegularExpression::anchoredPattern(pattern)).match(name).hasMatch();
    };
    return is(QRegularExpression::escape(base) + mark)
        || (!ending.isEmpty() && is(QRegularExpression::escape(stem) + mark + QRegularExpression::escape(ending)));
}

QList<LogRotation::Entry> LogRotation::listing() const
{
    QList<Entry> found;
    const QFileInfo path(m_path);
    QStringList folders{path.absolutePath()};
    if (const QString real = QFileInfo(path.canonicalFilePath()).absolutePath(); path.exists() && !folders.contains(real))
        folders.append(real);
    for (const QString &folder : std::as_const(folders)) {
        const QDir dir(folder);
        for (const QString &name : dir.entryList(QDir::Files | QDir::Hidden | QDir::System, QDir::NoSort)) {
            struct stat facts = {};
            const QString file = dir.filePath(name);
            if (isCompressed(name) || ::lstat(QFile::encodeName(file).constData(), &facts) != 0 || !isRegular(facts))
                continue;
            const qint64 modified = qint64(facts.st_mtim.tv_sec) * 1'000'000'000 + facts.st_mtim.tv_nsec;
            found.append({file, {facts.st_dev, facts.st_ino}, modified, isRotatedName(name, path.fileName())});
        }
    }
    return found;
}

/// Read until two listings show the same files: a name that changes while the directory is read may be missed by one.
QList<LogRotation::Entry> LogRotation::entries() const
{
    const auto sameFiles = [](const QList<Entry> &a, const QList<Entry> &b) {
        return std::equal(a.cbegin(), a.cend(), b.cbegin(), b.cend(),
                          [](const Entry &x, const Entry &y) { return x.id == y.id && x.path == y.path; });
    };
    constexpr int mostRounds = 10;
    QList<Entry> found = listing();
    for (int round = 0; round < mostRounds; ++round) {
        QList<Entry> again = listing();
        if (sameFiles(found, again))
            break;
        found = std::move(again);
    }
    return found;
}

/// The file that was listed, also when it was renamed since: names move while we look.
std::optional<LogHandle> LogRotation::open(Entry entry) const
{
    constexpr int mostRounds = 10;
    for (int round = 0; round < mostRounds; ++round) {
        auto handle = LogHandle::open(entry.path);
        if (handle && handle->id() == entry.id)
            return std::move(*handle);
        const QList<Entry> now = entries();
        const auto moved = std::find_if(now.cbegin(), now.cend(), [&entry](const Entry &other) { return other.id == entry.id; });
        if (moved == now.cend() || moved->path == entry.path) // gone, or not to be opened
            break;
        entry = *moved;
    }
    return std::nullopt;
}

std::optional<LogHandle> LogRotation::find(const LogPosition &at, const std::optional<LogFileId> &exceptAt) const
{
    for (const Entry &entry : entries()) {
        if (!(entry.id == at.id) || (exceptAt && entry.id == *exceptAt))
            continue;
        auto handle = open(entry);
        if (handle && handle->matches(at))
            return handle;
    }
    return findCopy(at);
}

std::optional<LogHandle> LogRotation::findCopy(const LogPosition &at) const
{
    if (at.read < kLeastCopyBytes)
        return std::nullopt;
    for (const Entry &entry : entries()) {
        if (!entry.rotated || entry.id == at.id)
            continue;
        auto handle = open(entry);
        if (handle && handle->matches(at))
            return handle;
    }
    return std::nullopt;
}

/// Oldest first.
QList<LogRotation::Entry> LogRotation::rotatedSince(const LogPosition &last) const
{
    QList<Entry> found = entries();
    found.removeIf([&last](const Entry &entry) {
        return !entry.rotated || entry.id == last.id || entry.modifiedNs < last.modifiedNs;
    });
    // Names count downwards (.2 is older than .1), dates upwards: only equal times are decided by the name.
    std::sort(found.begin(), found.end(), [](const Entry &a, const Entry &b) {
        return a.modifiedNs != b.modifiedNs ? a.modifiedNs < b.modifiedNs : a.path > b.path;
    });
    return found;
}

std::vector<LogHandle> LogRotation::copiesSince(const LogPosition &last, const QList<LogPosition> &known) const
{
    std::vector<LogHandle> handles;
    QList<LogFileId> taken;
    for (const Entry &entry : rotatedSince(last)) {
        auto handle = open(entry);
        // Not born in the same tick of the clock either: a copy from before the log was emptied may be.
        const bool younger = handle && handle->position().bornNs > last.modifiedNs;
        if (!younger || taken.contains(entry.id) || isKnown(*handle, known))
            continue;
        taken.append(entry.id);
        handles.push_back(std::move(*handle));
    }
    if (!handles.empty() && last.read < kLeastCopyBytes && handles.front().matches(last)) // of the file as it was read
        handles.front().resume(last);
    return handles;
}

std::vector<LogHandle> LogRotation::between(const LogPosition &last, const QList<LogPosition> &known, LogFileId current) const
{
    std::vector<LogHandle> handles;
    QList<LogFileId> taken{current};
    for (const Entry &entry : rotatedSince(last)) {
        auto handle = open(entry);
        // Born before the last one: an older generation that somebody has touched or still writes to.
        const bool older = handle && last.bornNs != 0 && handle->position().bornNs != 0 && handle->position().bornNs < last.bornNs;
        if (!handle || older || taken.contains(entry.id) || isKnown(*handle, known))
            continue;
        taken.append(entry.id);
        handles.push_back(std::move(*handle));
    }
    return handles;
}

} // namespace prunella
