#include "core/monitoring/ChangeFiles.h"

#include <QDir>
#include <QFileInfo>
#include <QUuid>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

const QString patternSeen = u"pattern"_s;

ChangeRecord recordOf(const WatchedPath &path, const QString &detail, qint64 at)
{
    return {QUuid::createUuid().toString(QUuid::WithoutBraces), ChangeKind::ConfigFile, path.component, path.path, {}, {}, detail, {}, at};
}

/// What editors and package managers leave beside a file for a moment, or for good.
bool isScratch(const QString &name)
{
    static const QStringList endings{u"~"_s, u".swp"_s, u".swx"_s, u".tmp"_s, u".bak"_s, u".dpkg-new"_s, u".dpkg-old"_s, u".dpkg-dist"_s,
                                     u".dpkg-tmp"_s, u".rpmnew"_s, u".rpmsave"_s};
    const auto endsName = [&name](const QString &ending) { return name.endsWith(ending); };
    return name == u"4913"_s || name.startsWith(u'#') || std::any_of(endings.cbegin(), endings.cend(), endsName);
}

/// When it was written or moved here, as far as the file tells.
qint64 writtenAt(const FileFingerprint &file, const Now &now)
{
    const qint64 at = std::max(file.mtimeNs, file.ctimeNs) / 1'000'000;
    return file.exists && at > 0 && at <= now.wallMs ? at : now.wallMs;
}

} // namespace

QString ChangeFiles::keyOf(const WatchedPath &path)
{
    return path.component + u' ' + path.path;
}

void ChangeFiles::setPaths(const QList<WatchedPath> &paths, const QMap<QString, QString> &known)
{
    if (!std::exchange(m_isSet, true))
        m_known = known;
    QSet<QString> wanted;
    for (const WatchedPath &path : paths) {
        wanted.insert(keyOf(path));
        add(path).ofPattern.clear();
    }
    std::erase_if(m_entries, [&](const auto &entry) {
        const bool stays = wanted.contains(entry.first) || wanted.contains(entry.second.ofPattern);
        if (!stays) {
            m_inotify.setSteps(entry.first, {});
            m_known.remove(entry.first); // should it come back, it is new
            m_forgotten.insert(entry.first, {});
        }
        return !stays;
    });
    m_dueMs = 0;
    m_sweepMs = 0;
}

/// One that is there already stays as it is.
ChangeFiles::Entry &ChangeFiles::add(const WatchedPath &path, const QString &ofPattern)
{
    Entry entry;
    entry.path = path;
    entry.ofPattern = ofPattern;
    return m_entries.try_emplace(keyOf(path), std::move(entry)).first->second;
}

/// Who is to be looked at, and when.
void ChangeFiles::touch(const Now &now)
{
    const ChangeInotify::News news = m_inotify.drain();
    const bool sweep = news.all || now.monotonicMs >= m_sweepMs;
    if (now.monotonicMs >= m_sweepMs)
        m_sweepMs = now.monotonicMs + sweepMs;
    for (auto &[key, entry] : m_entries) {
        const bool told = news.all || news.touched.contains(key);
        const bool found = !told && sweep && (entry.path.pattern || isTouched(entry.path.path, entry.seen));
        if (entry.dueMs == 0 && (told || found))
            entry.dueMs = now.monotonicMs + (entry.fresh || entry.path.pattern ? 0 : settleMs);
        if (entry.fresh)
            entry.dueMs = now.monotonicMs;
    }
}

ChangeFiles::Turn ChangeFiles::turn(const Now &now)
{
    Turn turn{{}, std::exchange(m_forgotten, {})};
    touch(now);
    QStringList due;
    for (const auto &[key, entry] : m_entries) {
        if (entry.dueMs != 0 && entry.dueMs <= now.monotonicMs)
            due.append(key);
    }
    // patterns last: the files that they find are looked at in the same turn, as new ones
    std::stable_sort(due.begin(), due.end(), [this](const QString &a, const QString &b) {
        return m_entries.at(a).path.pattern < m_entries.at(b).path.pattern;
    });
    for (const QString &key : std::as_const(due)) {
        if (const auto it = m_entries.find(key); it != m_entries.end())
            look(it->second, now, turn);
    }
    forgetGone(now);
    m_dueMs = m_sweepMs;
    for (auto &[key, entry] : m_entries) {
        if (entry.dueMs != 0)
            m_dueMs = std::min(m_dueMs, entry.dueMs);
    }
    return turn;
}

/// Files of a pattern that were removed; one that is explicitly named is waited for.
void ChangeFiles::forgetGone(const Now &now)
{
    std::erase_if(m_entries, [&](const auto &pair) {
        const Entry &entry = pair.second;
        const bool over = !entry.ongoing || now.monotonicMs - entry.ongoing->lastMs > togetherMs;
        const bool gone = !entry.ofPattern.isEmpty() && !entry.seen.exists && !entry.fresh && entry.dueMs == 0 && over;
        if (gone)
            m_inotify.setSteps(pair.first, {});
        return gone;
    });
}

/// Watched before it is looked at, and until the way has stayed the same: nothing in between is missed.
void ChangeFiles::follow(Entry &entry)
{
    constexpr int mostRounds = 5;
    for (int round = 0; round < mostRounds; ++round) {
        const auto steps = stepsTo(entry.path.path);
        if (round > 0 && steps == entry.steps)
            return;
        entry.steps = steps;
        m_inotify.setSteps(keyOf(entry.path), steps);
    }
}

void ChangeFiles::look(Entry &entry, const Now &now, Turn &turn)
{
    entry.dueMs = 0;
    follow(entry);
    if (entry.path.pattern)
        return lookForFiles(entry, now, turn);
    const FileFingerprint after = readFingerprint(entry.path.path);
    if (std::exchange(entry.fresh, false))
        return lookFirst(entry, after, now, turn);
    if (entry.ongoing && now.monotonicMs - entry.ongoing->lastMs > togetherMs)
        entry.ongoing.reset();
    if (after.sameContent(entry.seen))
        entry.seen = after;
    else
        changed(entry, after, now, turn);
}

void ChangeFiles::lookFirst(Entry &entry, const FileFingerprint &after, const Now &now, Turn &turn)
{
    const QString key = keyOf(entry.path);
    const auto before = FileFingerprint::fromText(m_known.value(key));
    entry.seen = after;
    if (before && before->sameContent(after))
        return;
    remember(key, !entry.ofPattern.isEmpty() && !after.exists ? QString() : after.toText(), turn);
    if (!before)
        return;
    const QString detail = changeSentence(entry.path.path, *before, after) + u" while nobody watched"_s;
    m_burst.give(recordOf(entry.path, detail, writtenAt(after, now)), now, turn.changes);
}

void ChangeFiles::remember(const QString &key, const QString &text, Turn &turn)
{
    if (text.isEmpty())
        m_known.remove(key);
    else
        m_known.insert(key, text);
    turn.remembered.insert(key, text);
}

/// Those that are there, and those that are remembered to have been there.
QStringList ChangeFiles::filesOf(const WatchedPath &pattern) const
{
    const QFileInfo info(pattern.path);
    const QString directory = info.path(), names = info.fileName(), prefix = pattern.component + u' ' + directory + u'/';
    QStringList paths;
    for (const QString &name : QDir(directory).entryList({names}, QDir::Files, QDir::Name)) {
        if (!isScratch(name) && paths.size() < mostPerPattern)
            paths.append(directory + u'/' + name);
    }
    for (auto it = m_known.lowerBound(prefix); it != m_known.cend() && it.key().startsWith(prefix); ++it) {
        const QString name = it.key().mid(prefix.size()), path = directory + u'/' + name;
        if (it.value() != patternSeen && !name.contains(u'/') && QDir::match(names, name) && !paths.contains(path))
            paths.append(path);
    }
    return paths;
}

void ChangeFiles::lookForFiles(Entry &pattern, const Now &now, Turn &turn)
{
    const bool live = !std::exchange(pattern.fresh, false); // what comes now came just now
    const QString key = keyOf(pattern.path);
    const bool known = m_known.value(key) == patternSeen;
    for (const QString &path : filesOf(pattern.path)) {
        const WatchedPath file{pattern.path.component, path, false};
        if (m_entries.contains(keyOf(file)))
            continue;
        Entry &entry = add(file, key);
        if (known && !m_known.contains(keyOf(file)))
            m_known.insert(keyOf(file), FileFingerprint().toText()); // it was not there before
        if (live)
            entry.fresh = false;
        look(entry, now, turn);
    }
    if (!known)
        remember(key, patternSeen, turn);
}

void ChangeFiles::changed(Entry &entry, const FileFingerprint &after, const Now &now, Turn &turn)
{
    const bool sameChange = entry.ongoing && now.monotonicMs - entry.ongoing->firstMs <= longestMs;
    if (!sameChange)
        entry.ongoing = Ongoing{recordOf(entry.path, {}, now.wallMs), entry.seen, now.monotonicMs, 0};
    Ongoing &ongoing = *entry.ongoing;
    ongoing.lastMs = now.monotonicMs;
    ongoing.record.detail = changeSentence(entry.path.path, ongoing.before, after);
    entry.seen = after;
    remember(keyOf(entry.path), !entry.ofPattern.isEmpty() && !after.exists ? QString() : after.toText(), turn);
    if (sameChange)
        turn.changes.append(ongoing.record);
    else if (!m_burst.give(ongoing.record, now, turn.changes))
        entry.ongoing.reset(); // it is one of many: nothing of its own to renew
}

} // namespace prunella
