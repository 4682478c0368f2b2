#include "core/monitoring/LogHandle.h"

#include <QFile>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kChunkBytes = 64 * 1024;

qint64 nanoseconds(const timespec &time)
{
    return qint64(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

qint64 birthTime(int fd)
{
    struct statx facts = {};
    if (::statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &facts) != 0 || (facts.stx_mask & STATX_BTIME) == 0)
        return 0;
    return qint64(facts.stx_btime.tv_sec) * 1'000'000'000 + facts.stx_btime.tv_nsec;
}

Error openError(const QString &path, int code)
{
    const auto kind = code == ENOENT || code == ENOTDIR ? ErrorCode::NotFound
        : code == EACCES || code == EPERM ? ErrorCode::NotAuthorised : ErrorCode::Io;
    return {kind, u"cannot read "_s + path + u": "_s + QString::fromLocal8Bit(std::strerror(code))};
}

} // namespace

Result<LogHandle> LogHandle::open(const QString &path)
{
    const int fd = ::open(QFile::encodeName(path).constData(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return tl::unexpected(openError(path, errno));
    struct stat facts = {};
    LogHandle handle(fd, {}, 0);
    if (::fstat(fd, &facts) != 0)
        return tl::unexpected(openError(path, errno));
    if (!S_ISREG(facts.st_mode))
        return failure(ErrorCode::Invalid, u"cannot read "_s + path + u": it is no regular file; name the log file itself"_s);
    handle.m_id = {facts.st_dev, facts.st_ino};
    handle.m_bornNs = birthTime(fd);
    handle.m_modifiedNs = nanoseconds(facts.st_mtim);
    handle.m_emptyNs = facts.st_size == 0 ? handle.m_modifiedNs : -1;
    return handle;
}

LogHandle::~LogHandle()
{
    if (m_fd >= 0)
        ::close(m_fd);
}

LogHandle::LogHandle(LogHandle &&other) noexcept : LogHandle(-1, {}, 0)
{
    *this = std::move(other);
}

LogHandle &LogHandle::operator=(LogHandle &&other) noexcept
{
    std::swap(m_fd, other.m_fd);
    std::swap(m_id, other.m_id);
    std::swap(m_bornNs, other.m_bornNs);
    std::swap(m_modifiedNs, other.m_modifiedNs);
    std::swap(m_checkedNs, other.m_checkedNs);
    std::swap(m_checkedSize, other.m_checkedSize);
    std::swap(m_emptyNs, other.m_emptyNs);
    std::swap(m_read, other.m_read);
    std::swap(m_head, other.m_head);
    std::swap(m_tail, other.m_tail);
    std::swap(m_splitter, other.m_splitter);
    std::swap(m_atHole, other.m_atHole);
    std::swap(m_error, other.m_error);
    std::swap(changedAtMs, other.changedAtMs);
    std::swap(watch, other.watch);
    return *this;
}

QByteArray LogHandle::bytes(qint64 from, qint64 count) const
{
    QByteArray found(count, Qt::Uninitialized);
    const ssize_t size = ::pread(m_fd, found.data(), size_t(count), off_t(from));
    found.truncate(std::max<qsizetype>(size, 0));
    return found;
}

void LogHandle::seekEnd()
{
    struct stat facts = {};
    const qint64 size = ::fstat(m_fd, &facts) == 0 ? facts.st_size : 0;
    const qint64 from = std::max<qint64>(size - maxLogLineBytes, 0);
    const QByteArray last = bytes(from, size - from);
    const qsizetype lineEnd = last.lastIndexOf('\n');
    // Without a line end in reach it is the middle of a very long line: nothing of that is given out.
    const bool midLine = lineEnd < 0 && from > 0;
    m_splitter.reset(midLine ? LogSplitter::State::Swallow : LogSplitter::State::Normal);
    m_read = midLine ? size : from + lineEnd + 1;
    m_head = bytes(0, std::min(m_read, logPrintBytes));
    m_tail = bytes(m_read - std::min(m_read, logPrintBytes), std::min(m_read, logPrintBytes));
    m_modifiedNs = nanoseconds(facts.st_mtim);
}

bool LogHandle::matches(const LogPosition &at) const
{
    return logPrint(bytes(0, at.head.size)) == at.head && logPrint(bytes(at.read - at.tail.size, at.tail.size)) == at.tail;
}

void LogHandle::resume(const LogPosition &at)
{
    m_splitter.reset(at.state);
    m_read = at.read - at.pending;
    m_head = bytes(0, std::min(m_read, logPrintBytes));
    m_tail = bytes(m_read - std::min(m_read, logPrintBytes), std::min(m_read, logPrintBytes));
    m_modifiedNs = at.modifiedNs;
}

bool LogHandle::isTruncated()
{
    struct stat facts = {};
    if (::fstat(m_fd, &facts) != 0)
        return false;
    const qint64 modified = nanoseconds(facts.st_mtim);
    const qint64 emptyNs = std::exchange(m_emptyNs, facts.st_size == 0 ? modified : -1);
    if (facts.st_size < m_read)
        return true;
    if (facts.st_size == 0 && emptyNs >= 0 && emptyNs != modified) // written and emptied again between two looks
        return true;
    if (modified == m_checkedNs && facts.st_size == m_checkedSize)
        return false;
    if (bytes(0, m_head.size()) != m_head || bytes(m_read - m_tail.size(), m_tail.size()) != m_tail)
        return true;
    m_checkedNs = modified;
    m_checkedSize = facts.st_size;
    return false;
}

void LogHandle::restart()
{
    m_read = 0;
    if (m_emptyNs >= 0)
        m_modifiedNs = m_emptyNs;
    m_checkedSize = -1;
    m_head.clear();
    m_tail.clear();
    m_splitter.reset();
    m_atHole = true;
}

/// The hole reads as NUL bytes. Where the file system cannot name its end it is looked for, so far a turn.
void LogHandle::skipHole()
{
    constexpr int mostBlocks = 1024;
    for (int round = 0; round < mostBlocks && m_atHole; ++round) {
        const QByteArray block = bytes(m_read, kChunkBytes);
        const auto text = std::find_if(block.cbegin(), block.cend(), [](char byte) { return byte != '\0'; });
        m_read += text - block.cbegin();
        m_atHole = text == block.cend();
        if (block.isEmpty())
            break;
        if (const off_t data = ::lseek(m_fd, off_t(m_read), SEEK_DATA); m_atHole && data > off_t(m_read))
            m_read = data;
    }
    m_head = bytes(0, std::min(m_read, logPrintBytes));
    m_tail = bytes(m_read - std::min(m_read, logPrintBytes), std::min(m_read, logPrintBytes));
}

qint64 LogHandle::read(qint64 most, const LogSplitter::Sink &sink)
{
    struct stat facts = {};
    // Before the read: what is written later is newer than this. An emptied file is isTruncated()'s to see first.
    if (::fstat(m_fd, &facts) == 0 && facts.st_size > 0)
        m_modifiedNs = nanoseconds(facts.st_mtim);
    if (m_atHole)
        skipHole();
    if (m_atHole)
        return 0;
    std::array<char, kChunkBytes> buffer;
    const ssize_t count = ::pread(m_fd, buffer.data(), size_t(std::min(most, kChunkBytes)), off_t(m_read));
    m_error = count < 0 && errno != EINTR && errno != EAGAIN ? errno : 0;
    if (count <= 0)
        return 0;
    const QByteArrayView fresh(buffer.data(), count);
    m_read += count;
    remember(fresh);
    m_splitter.feed(fresh, sink);
    return count;
}

void LogHandle::remember(QByteArrayView fresh)
{
    if (m_head.size() < logPrintBytes && m_head.size() == m_read - fresh.size())
        m_head.append(fresh.data(), std::min<qsizetype>(fresh.size(), logPrintBytes - m_head.size()));
    m_tail.append(fresh.data(), fresh.size());
    m_tail = m_tail.last(std::min<qsizetype>(m_tail.size(), logPrintBytes));
}

bool LogHandle::isDeleted() const
{
    struct stat facts = {};
    return ::fstat(m_fd, &facts) == 0 && facts.st_nlink == 0;
}

LogPosition LogHandle::position() const
{
    return {m_id, m_read, m_splitter.pending(), m_splitter.state(), logPrint(m_head), logPrint(m_tail), m_modifiedNs, m_bornNs};
}

} // namespace prunella
