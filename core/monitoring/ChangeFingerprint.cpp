#include "core/monitoring/ChangeFingerprint.h"

#include <QCryptographicHash>
#include <QFile>
#include <QFileInfo>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 mostBytes = 4 * 1024 * 1024;
const QString absent = u"absent"_s;

qint64 nanoseconds(const statx_timestamp &time)
{
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

/// Of a path, or of an open file (with an empty path); only regular files exist.
FileFingerprint factsOf(int fd, const QByteArray &path)
{
    FileFingerprint file;
    struct statx facts = {};
    const int flags = path.isEmpty() ? AT_EMPTY_PATH : 0;
    if (::statx(fd, path.constData(), flags, STATX_BASIC_STATS | STATX_BTIME, &facts) != 0 || !S_ISREG(facts.stx_mode))
        return file;
    file.exists = true;
    file.size = qint64(facts.stx_size);
    file.mtimeNs = nanoseconds(facts.stx_mtime);
    file.ctimeNs = nanoseconds(facts.stx_ctime);
    file.inode = facts.stx_ino;
    if (facts.stx_mask & STATX_BTIME) // a number is used again at once for the next new file
        file.inode ^= quint64(nanoseconds(facts.stx_btime)) << 16;
    return file;
}

/// Reads [from, from + length); short at the file's end.
QByteArray part(int fd, qint64 from, qint64 length)
{
    QByteArray bytes(length, Qt::Uninitialized);
    qint64 done = 0;
    while (done < length) {
        const ssize_t got = ::pread(fd, bytes.data() + done, size_t(length - done), from + done);
        if (got <= 0)
            break;
        done += got;
    }
    bytes.truncate(done);
    return bytes;
}

int linesOf(const QByteArray &bytes)
{
    return int(bytes.count('\n')) + (!bytes.isEmpty() && !bytes.endsWith('\n') ? 1 : 0);
}

void readContent(FileFingerprint &file, int fd)
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    if (file.size <= mostBytes) {
        const QByteArray bytes = part(fd, 0, mostBytes);
        hash.addData(bytes);
        file.lines = linesOf(bytes);
    } else {
        hash.addData(QByteArray::number(file.size));
        hash.addData(part(fd, 0, mostBytes / 2));
        hash.addData(part(fd, file.size - mostBytes / 2, mostBytes / 2));
    }
    file.hash = hash.result().toHex().left(32);
}

QString extent(const FileFingerprint &file)
{
    if (file.lines < 0)
        return u"%1 bytes"_s.arg(file.size);
    return file.lines == 1 ? u"1 line"_s : u"%1 lines"_s.arg(file.lines);
}

QString howChanged(const FileFingerprint &before, const FileFingerprint &after)
{
    if (before.target != after.target)
        return u"by a switched link"_s;
    return before.inode != after.inode ? u"by rename"_s : u"written in place"_s;
}

} // namespace

bool FileFingerprint::sameContent(const FileFingerprint &other) const
{
    if (exists != other.exists || !exists)
        return exists == other.exists;
    if (hash.isEmpty() || other.hash.isEmpty())
        return size == other.size && mtimeNs == other.mtimeNs;
    return size == other.size && hash == other.hash;
}

QString FileFingerprint::toText() const
{
    if (!exists)
        return absent;
    return u"%1 %2 %3 %4 %5 %6"_s.arg(size).arg(mtimeNs).arg(inode).arg(lines)
        .arg(hash.isEmpty() ? u"-"_s : QString::fromLatin1(hash), target);
}

std::optional<FileFingerprint> FileFingerprint::fromText(const QString &text)
{
    if (text == absent)
        return FileFingerprint{};
    if (text.count(u' ') < 5)
        return std::nullopt;
    const auto number = [&text](int index) { return text.section(u' ', index, index).toLongLong(); };
    const QString hash = text.section(u' ', 4, 4);
    return FileFingerprint{true, number(0), number(1), 0, text.section(u' ', 2, 2).toULongLong(), int(number(3)),
                           hash == u"-"_s ? QByteArray() : hash.toLatin1(), text.section(u' ', 5)};
}

FileFingerprint readFingerprint(const QString &path)
{
    const QByteArray name = QFile::encodeName(path);
    const int fd = ::open(name.constData(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    FileFingerprint file = fd >= 0 ? factsOf(fd, {}) : factsOf(AT_FDCWD, name);
    if (file.exists) {
        const QString real = QFileInfo(path).canonicalFilePath();
        file.target = real == path ? QString() : real;
        if (fd >= 0)
            readContent(file, fd);
    }
    if (fd >= 0)
        ::close(fd);
    return file;
}

bool isTouched(const QString &path, const FileFingerprint &seen)
{
    const FileFingerprint now = factsOf(AT_FDCWD, QFile::encodeName(path));
    if (!now.exists || !seen.exists)
        return now.exists != seen.exists;
    return now.size != seen.size || now.mtimeNs != seen.mtimeNs || now.inode != seen.inode;
}

QString changeSentence(const QString &path, const FileFingerprint &before, const FileFingerprint &after)
{
    if (before.sameContent(after))
        return path + (after.exists ? u" changed and changed back"_s : u" was created and removed again"_s);
    if (!before.exists)
        return u"%1 was created (%2)"_s.arg(path, extent(after));
    if (!after.exists)
        return u"%1 was removed (it had %2)"_s.arg(path, extent(before));
    const bool counted = before.lines >= 0 && after.lines >= 0;
    const QString extents = counted ? u"%1 -> %2 lines"_s.arg(before.lines).arg(after.lines)
                                    : u"%1 -> %2 bytes"_s.arg(before.size).arg(after.size);
    return u"%1 changed (%2, %3)"_s.arg(path, extents, howChanged(before, after));
}

} // namespace prunella
