#include "core/monitoring/LogFile.h"

#include "core/monitoring/JournalAccess.h"
#include "core/monitoring/LogRotation.h"

#include <QFile>
#include <QFileInfo>

#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMostDone = 8;
constexpr std::size_t kMostHandles = 64;

std::optional<LogFileId> idOf(const QString &path)
{
    struct stat facts = {};
    if (::stat(QFile::encodeName(path).constData(), &facts) != 0)
        return std::nullopt;
    return LogFileId{facts.st_dev, facts.st_ino};
}

bool isSameFile(const LogHandle &handle, const LogPosition &at)
{
    return handle.matches(at) && (handle.id() == at.id || at.read >= LogRotation::leastCopyBytes);
}

/// A number is used again after a removal, then with another birth time.
bool isSameInode(const LogPosition &a, const LogPosition &b)
{
    return a.id == b.id && (a.bornNs == b.bornNs || a.bornNs == 0 || b.bornNs == 0);
}

} // namespace

LogFile::LogFile(QString component, QString path, const QString &saved, LogWatch *watch)
    : m_component(std::move(component))
    , m_path(std::move(path))
    , m_source(u"file:"_s + m_path)
    , m_saved(logPositionsFrom(saved))
    , m_watch(watch)
{
}

LogFile::~LogFile()
{
    while (!m_handles.empty())
        forget(m_handles.size() - 1);
    if (m_watch)
        m_watch->remove(m_directoryWatch);
}

LogTurn LogFile::turn(const Now &now, qint64 budget)
{
    LogTurn out;
    watchDirectory();
    if (!m_begun)
        begin(now);
    readAll(now, budget, out);
    if (m_begun && !out.more) {
        const auto before = m_handles.size();
        follow(now);
        out.more = m_handles.size() > before;
        if (!out.more)
            letGo(now);
    }
    m_dueMs = now.monotonicMs + (out.more ? 0 : pollMs);
    return out;
}

QString LogFile::position() const
{
    if (!m_begun) // not yet able to look: what was known stays known
        return m_saved ? toText(*m_saved) : QString();
    LogPositions positions;
    for (const LogHandle &handle : m_handles)
        positions.open.append(handle.position());
    positions.done = m_done;
    return toText(positions);
}

/// The file of this name; sets the problem and m_isThere.
std::optional<LogHandle> LogFile::openPath()
{
    auto opened = LogHandle::open(m_path);
    const auto failed = [&opened](ErrorCode code) { return !opened && opened.error().code == code; };
    m_isThere = !failed(ErrorCode::NotFound) && !failed(ErrorCode::Invalid); // a directory's successor is a new file
    m_problem = opened || failed(ErrorCode::NotFound) ? QString() : accessProblem(opened.error());
    return opened ? std::optional(std::move(*opened)) : std::nullopt;
}

QString LogFile::accessProblem(const Error &error) const
{
    QString text = error.message;
    if (error.code != ErrorCode::NotAuthorised)
        return text;
    struct stat facts = {};
    const bool seen = ::stat(QFile::encodeName(m_path).constData(), &facts) == 0;
    const QString user = readingUser();
    const QString group = QFileInfo(m_path).group();
    if (seen && (facts.st_mode & S_IRGRP) && facts.st_gid != 0 && !group.isEmpty())
        text += u"; add the user %1 to group %2 and log in anew"_s.arg(user, group);
    else if (seen)
        text += u"; let the user %1 read it (for example: setfacl -m u:%1:r %2)"_s.arg(user, m_path);
    else
        text += u"; let the user %1 into its directory (for example: setfacl -m u:%1:x %2)"_s.arg(user, QFileInfo(m_path).absolutePath());
    return text + u"; it is tried again every 2 s"_s;
}

void LogFile::begin(const Now &now)
{
    auto current = openPath();
    if (!current && m_isThere)
        return;
    m_begun = true;
    if (m_saved)
        return restore(std::move(current), now);
    if (!current)
        return;
    current->seekEnd();
    add(std::move(*current), now);
}

void LogFile::restore(std::optional<LogHandle> current, const Now &now)
{
    const LogPositions saved = std::move(*std::exchange(m_saved, std::nullopt));
    m_done = saved.done;
    for (const LogPosition &at : saved.open) {
        if (auto handle = found(at, current)) {
            // Nothing was read that could tell whether it was emptied meanwhile.
            if (at.read == 0 && &at == &saved.open.last() && handle->position().modifiedNs != at.modifiedNs)
                addCopies(m_handles.size(), at, now);
            handle->resume(at);
            add(std::move(*handle), now);
        } else if (at.read > 0) { // gone, compressed, or emptied: not to be taken for news if it shows up again
            m_done.append(at);
        }
    }
    if (!current)
        return;
    if (!saved.open.isEmpty() && isSameInode(current->position(), saved.open.last())) { // emptied, perhaps more than once
        addCopies(m_handles.size(), saved.open.last(), now);
    } else if (!saved.open.isEmpty()) {
        for (LogHandle &handle : LogRotation(m_path).between(saved.open.last(), known(), current->id()))
            add(std::move(handle), now);
    }
    addCurrent(std::move(*current), now);
}

/// Takes `current` when it is the one.
std::optional<LogHandle> LogFile::found(const LogPosition &at, std::optional<LogHandle> &current) const
{
    if (current && isSameFile(*current, at))
        return std::exchange(current, std::nullopt);
    return LogRotation(m_path).find(at, current ? std::optional(current->id()) : std::nullopt);
}

void LogFile::add(LogHandle handle, const Now &now)
{
    handle.changedAtMs = now.monotonicMs;
    if (m_watch)
        handle.watch = m_watch->addFile(handle.fd());
    m_handles.push_back(std::move(handle));
}

/// What was written and emptied away since `last` is read from where it was copied to. While a file has the log's name
/// none but its copies are born among the rotated ones; of one that was renamed they could be its successors.
void LogFile::addCopies(std::size_t index, const LogPosition &last, const Now &now)
{
    std::vector<LogHandle> copies = LogRotation(m_path).copiesSince(last, known());
    if (idOf(m_path) != last.id)
        return;
    for (LogHandle &handle : copies)
        insert(index++, std::move(handle), now);
}

void LogFile::insert(std::size_t index, LogHandle handle, const Now &now)
{
    add(std::move(handle), now);
    std::rotate(m_handles.begin() + std::ptrdiff_t(index), m_handles.end() - 1, m_handles.end());
}

/// Oldest first; a younger file only when the older ones have no more.
void LogFile::readAll(const Now &now, qint64 budget, LogTurn &out)
{
    const auto sink = [&](QByteArray text, bool truncated) {
        out.lines.append({m_component, m_source, std::move(text), -1, now.wallMs, now.monotonicMs, truncated});
    };
    for (std::size_t i = 0; i < m_handles.size(); ++i) {
        if (m_handles[i].isTruncated())
            restartTruncated(i, now); // may put copies at this place, to be read first
        LogHandle &handle = m_handles[i];
        while (budget > 0) {
            const qint64 count = handle.read(budget, sink);
            if (count == 0)
                break;
            handle.changedAtMs = now.monotonicMs;
            budget -= count;
        }
        if (budget <= 0) {
            out.more = true;
            return;
        }
        if (now.monotonicMs - handle.changedAtMs >= partialMs)
            handle.flush(sink);
    }
}

/// What was written after the last read and before the truncation is in the copy, where there is one.
void LogFile::restartTruncated(std::size_t index, const Now &now)
{
    const LogPosition at = m_handles[index].position();
    m_handles[index].restart();
    m_handles[index].changedAtMs = now.monotonicMs;
    const bool isNewest = index + 1 == m_handles.size();
    if (auto copy = LogRotation(m_path).findCopy(at)) {
        copy->resume(at);
        insert(index++, std::move(*copy), now);
    } else if (at.read > 0) {
        m_done.append(at);
    }
    if (isNewest)
        addCopies(index, at, now);
}

void LogFile::follow(const Now &now)
{
    const auto there = idOf(m_path);
    if (there && !m_handles.empty() && *there == m_handles.back().id()) {
        const int error = m_handles.back().error();
        m_problem = error == 0 ? QString() : QString(u"cannot read "_s + m_path + u": "_s + QString::fromLocal8Bit(std::strerror(error)));
        return;
    }
    auto current = openPath();
    if (current)
        takeCurrent(std::move(*current), now);
}

void LogFile::takeCurrent(LogHandle current, const Now &now)
{
    const auto open = std::find_if(m_handles.begin(), m_handles.end(), [&](const LogHandle &handle) { return handle.id() == current.id(); });
    if (open != m_handles.end()) { // moved back
        std::rotate(open, open + 1, m_handles.end());
        return;
    }
    if (!m_handles.empty()) {
        for (LogHandle &handle : LogRotation(m_path).between(m_handles.back().position(), known(), current.id()))
            add(std::move(handle), now);
    }
    addCurrent(std::move(current), now);
}

/// From its start, unless it was read before: a link may be switched back.
void LogFile::addCurrent(LogHandle current, const Now &now)
{
    const auto read = std::find_if(m_done.cbegin(), m_done.cend(), [&](const LogPosition &at) {
        return isSameInode(at, current.position()) && current.matches(at);
    });
    if (read != m_done.cend())
        current.resume(*read);
    add(std::move(current), now);
}

QList<LogPosition> LogFile::known() const
{
    QList<LogPosition> all = m_done;
    for (const LogHandle &handle : m_handles)
        all.append(handle.position());
    return all;
}

void LogFile::letGo(const Now &now)
{
    for (std::size_t i = 0; i < m_handles.size();) {
        const LogHandle &handle = m_handles[i];
        // Whose successor is still empty is perhaps still written to: its writer has not opened the new one.
        const bool over = i + 1 < m_handles.size() && !m_handles.back().isUnread();
        const bool quiet = now.monotonicMs - handle.changedAtMs >= drainMs;
        if ((quiet && (over || handle.isDeleted())) || m_handles.size() > kMostHandles)
            forget(i);
        else
            ++i;
    }
    while (m_done.size() > kMostDone)
        m_done.removeFirst();
}

void LogFile::forget(std::size_t index)
{
    const LogHandle &handle = m_handles[index];
    if (m_watch)
        m_watch->remove(handle.watch);
    if (!handle.isUnread())
        m_done.append(handle.position());
    m_handles.erase(m_handles.begin() + std::ptrdiff_t(index));
}

void LogFile::watchDirectory()
{
    if (!m_watch)
        return;
    const QString folder = QFileInfo(m_path).absolutePath();
    const LogFileId id = idOf(folder).value_or(LogFileId());
    if (id == m_directory)
        return;
    m_watch->remove(m_directoryWatch);
    m_directory = id;
    m_directoryWatch = id == LogFileId() ? -1 : m_watch->addDirectory(folder);
}

} // namespace prunella
