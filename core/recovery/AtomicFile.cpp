#include "core/recovery/AtomicFile.h"

#include "core/base/Failpoint.h"
#include "core/recovery/OpenFile.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QRandomGenerator>

#include <cerrno>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

constexpr qint64 mostBytes = 4 * 1024 * 1024;

/// The file behind all links. NotFound when there is none.
Result<QString> realPath(const QString &file)
{
    const QByteArray name = QFile::encodeName(file);
    const std::unique_ptr<char, decltype(&free)> path(realpath(name.constData(), nullptr), &free);
    if (!path)
        return systemFailure(u"cannot find "_s + file, errno);
    return QFile::decodeName(path.get());
}

struct Place {
    OpenFile folder;
    QByteArray name;
    QString path;
};

Result<Place> placeOf(const QString &path)
{
    const QFileInfo info(path);
    Place place{openWithoutLinks(QFile::encodeName(info.absolutePath()), O_RDONLY | O_DIRECTORY), QFile::encodeName(info.fileName()), path};
    if (!place.folder.isOpen())
        return systemFailure(u"cannot open the folder "_s + info.absolutePath(), errno);
    return place;
}

Result<OpenFile> openRegular(const Place &place)
{
    // Without O_NONBLOCK a pipe in its place would hold us up.
    OpenFile file(openat(place.folder.fd(), place.name.constData(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC));
    struct stat info {};
    if (!file.isOpen() || fstat(file.fd(), &info) != 0)
        return systemFailure(u"cannot read "_s + place.path, errno);
    if (!S_ISREG(info.st_mode))
        return failure(ErrorCode::Invalid, place.path + u" is no regular file"_s);
    if (info.st_size > mostBytes)
        return failure(ErrorCode::Invalid, place.path + u" is larger than 4 MiB, expected a configuration"_s);
    return file;
}

Result<QByteArray> readAll(const OpenFile &file, const QString &path)
{
    QByteArray bytes;
    QByteArray buffer(64 * 1024, Qt::Uninitialized);
    while (bytes.size() <= mostBytes) {
        const ssize_t count = read(file.fd(), buffer.data(), std::size_t(buffer.size()));
        if (count == 0)
            return bytes;
        if (count < 0 && errno != EINTR)
            return systemFailure(u"cannot read "_s + path, errno);
        bytes.append(buffer.constData(), std::max<ssize_t>(count, 0));
    }
    return failure(ErrorCode::Invalid, path + u" grows while it is read"_s);
}

/// ACLs and attributes. What the file system does not know, and the kernel's own labels that we may not set, are left out;
/// an ACL must come along, or somebody's rights would change.
Status copyAttributes(const OpenFile &from, const OpenFile &to, const QString &path)
{
    QByteArray names(64 * 1024, '\0');
    const ssize_t size = flistxattr(from.fd(), names.data(), std::size_t(names.size()));
    if (size < 0)
        return errno == ENOTSUP ? Status() : systemFailure(u"cannot read the attributes of "_s + path, errno);
    for (const QByteArray &name : names.first(size).split('\0')) {
        if (name.isEmpty())
            continue;
        QByteArray value(64 * 1024, '\0');
        const ssize_t length = fgetxattr(from.fd(), name.constData(), value.data(), std::size_t(value.size()));
        const bool copied = length >= 0 && fsetxattr(to.fd(), name.constData(), value.constData(), std::size_t(length), 0) == 0;
        if (!copied && name.startsWith("system.posix_acl"))
            return systemFailure(u"cannot keep the access list of "_s + path, errno);
    }
    return {};
}

Status fill(const OpenFile &from, const OpenFile &to, const QByteArray &bytes, const QString &path)
{
    for (qsizetype at = 0; at < bytes.size();) {
        const ssize_t count = write(to.fd(), bytes.constData() + at, std::size_t(bytes.size() - at));
        if (count < 0 && errno != EINTR)
            return systemFailure(u"cannot write beside "_s + path, errno);
        at += std::max<ssize_t>(count, 0);
    }
    struct stat info {};
    if (fstat(from.fd(), &info) != 0)
        return systemFailure(u"cannot look at "_s + path, errno);
    // The owner first: a change of owner takes the set-id bits away.
    if (fchown(to.fd(), info.st_uid, info.st_gid) != 0)
        return systemFailure(u"cannot keep the owner of "_s + path, errno);
    if (fchmod(to.fd(), info.st_mode & 07777) != 0)
        return systemFailure(u"cannot keep the rights of "_s + path, errno);
    if (const Status copied = copyAttributes(from, to, path); !copied)
        return copied;
    return fsync(to.fd()) == 0 ? Status() : systemFailure(u"cannot write beside "_s + path, errno);
}

QByteArray newPrefix(const QByteArray &name)
{
    return ".prunella-new-" + name.left(200) + '-';
}

QByteArray backupPrefix(const QByteArray &name)
{
    return ".prunella-backup-" + name.left(200) + '-';
}

/// Numbers of the backups that are there, ascending.
QList<int> backupNumbers(const Place &place)
{
    const QString prefix = QFile::decodeName(backupPrefix(place.name));
    QList<int> numbers;
    const QStringList names = QFileInfo(place.path).dir().entryList(QDir::Files | QDir::Hidden | QDir::System);
    for (const QString &name : names) {
        bool ok = false;
        const int number = name.startsWith(prefix) ? name.mid(prefix.size()).toInt(&ok) : 0;
        if (ok && number > 0)
            numbers.append(number);
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

/// Device numbers do not tell: on an overlay files have other ones than their folder.
quint64 mountOf(int fd)
{
    struct statx info {};
    return statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &info) == 0 ? info.stx_mnt_id : 0;
}

/// Names that we gave this very file: an engine that was killed between backup and replacement leaves one.
nlink_t ownLinks(const Place &place, ino_t inode)
{
    nlink_t count = 0;
    const QList<int> numbers = backupNumbers(place);
    for (const int number : numbers) {
        struct stat info {};
        const QByteArray name = backupPrefix(place.name) + QByteArray::number(number);
        count += fstatat(place.folder.fd(), name.constData(), &info, AT_SYMLINK_NOFOLLOW) == 0 && info.st_ino == inode ? 1 : 0;
    }
    return count;
}

/// The old file itself gets a second name, so it needs no space and keeps everything.
Result<QByteArray> makeBackup(const Place &place)
{
    const QList<int> numbers = backupNumbers(place);
    const QByteArray name = backupPrefix(place.name) + QByteArray::number(numbers.isEmpty() ? 1 : numbers.constLast() + 1);
    if (linkat(place.folder.fd(), place.name.constData(), place.folder.fd(), name.constData(), 0) != 0)
        return systemFailure(u"cannot keep a backup of "_s + place.path, errno);
    return name;
}

void dropOldBackups(const Place &place)
{
    const QList<int> numbers = backupNumbers(place);
    for (qsizetype i = 0; i + keptBackups < numbers.size(); ++i) {
        const QByteArray name = backupPrefix(place.name) + QByteArray::number(numbers.at(i));
        unlinkat(place.folder.fd(), name.constData(), 0);
    }
}

/// Of engines that were killed while they wrote; the folder is locked, so nobody writes now.
void dropRests(const Place &place)
{
    const QString prefix = QFile::decodeName(newPrefix(place.name));
    const QStringList names = QFileInfo(place.path).dir().entryList({prefix + u'*'}, QDir::Files | QDir::Hidden);
    for (const QString &name : names)
        if (name.startsWith(prefix)) // the prefix may hold what is a wildcard
            unlinkat(place.folder.fd(), QFile::encodeName(name).constData(), 0);
}

/// A new file beside the old one; it goes away when it was not put in its place.
class Replacement
{
public:
    explicit Replacement(const Place &place)
        : m_place(place), m_name(newPrefix(place.name) + QByteArray::number(QRandomGenerator::global()->generate64(), 36))
    {
    }
    ~Replacement()
    {
        if (m_file.isOpen())
            unlinkat(m_place.folder.fd(), m_name.constData(), 0);
    }
    Replacement(const Replacement &) = delete;
    Replacement &operator=(const Replacement &) = delete;

    Status write(const OpenFile &old, const QByteArray &bytes)
    {
        m_file = OpenFile(openat(m_place.folder.fd(), m_name.constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (!m_file.isOpen())
            return systemFailure(u"cannot write beside "_s + m_place.path, errno);
        return fill(old, m_file, bytes, m_place.path);
    }
    Status putInPlace()
    {
        if (renameat(m_place.folder.fd(), m_name.constData(), m_place.folder.fd(), m_place.name.constData()) != 0)
            return systemFailure(u"cannot replace "_s + m_place.path, errno);
        m_file.close();
        fsync(m_place.folder.fd());
        return {};
    }

private:
    const Place &m_place;
    const QByteArray m_name;
    OpenFile m_file;
};

Status stillTheSame(const Place &place, const QByteArray &bytes)
{
    const Result<OpenFile> file = openRegular(place);
    if (!file)
        return tl::unexpected(file.error());
    const Result<QByteArray> now = readAll(*file, place.path);
    if (!now)
        return tl::unexpected(now.error());
    return *now == bytes ? Status() : failure(ErrorCode::Busy, place.path + u" was changed meanwhile by somebody else; nothing was done"_s);
}

} // namespace

Result<FileSnapshot> readWholeFile(const QString &file)
{
    const Result<QString> path = realPath(file);
    if (!path)
        return tl::unexpected(path.error());
    const Result<Place> place = placeOf(*path);
    if (!place)
        return tl::unexpected(place.error());
    const Result<OpenFile> opened = openRegular(*place);
    if (!opened)
        return tl::unexpected(opened.error());
    Result<QByteArray> bytes = readAll(*opened, *path);
    if (!bytes)
        return tl::unexpected(bytes.error());
    const QString fingerprint = QString::fromLatin1(QCryptographicHash::hash(*bytes, QCryptographicHash::Sha256).toHex());
    return FileSnapshot{*path, std::move(*bytes), fingerprint};
}

Status mayReplaceFile(const QString &file)
{
    const Result<QString> path = realPath(file);
    if (!path)
        return tl::unexpected(path.error());
    const Result<Place> place = placeOf(*path);
    if (!place)
        return tl::unexpected(place.error());
    const Result<OpenFile> opened = openRegular(*place);
    if (!opened)
        return tl::unexpected(opened.error());
    struct stat info {};
    if (fstat(opened->fd(), &info) != 0)
        return systemFailure(u"cannot look at "_s + *path, errno);
    if (faccessat(place->folder.fd(), ".", W_OK | X_OK, AT_EACCESS) != 0)
        return systemFailure(u"cannot write in the folder of "_s + *path, errno);
    if (geteuid() != 0 && info.st_uid != geteuid())
        return failure(ErrorCode::NotAuthorised, *path + u" belongs to another user, and only root could leave it to him"_s);
    if (mountOf(opened->fd()) != mountOf(place->folder.fd()))
        return failure(ErrorCode::Invalid, *path + u" is a mount of its own and cannot be replaced"_s);
    if (info.st_nlink > 1 + ownLinks(*place, info.st_ino))
        return failure(ErrorCode::Invalid, *path + u" has another name elsewhere (a hard link), which would keep the old content"_s);
    int flags = 0;
    if (ioctl(opened->fd(), FS_IOC_GETFLAGS, &flags) == 0 && (flags & (FS_IMMUTABLE_FL | FS_APPEND_FL)) != 0)
        return failure(ErrorCode::NotAuthorised, *path + u" may not be changed (chattr +i or +a)"_s);
    return {};
}

Result<QString> replaceFile(const FileSnapshot &before, const QByteArray &bytes)
{
    if (const Status may = mayReplaceFile(before.path); !may)
        return tl::unexpected(may.error());
    const Result<Place> place = placeOf(before.path);
    if (!place)
        return tl::unexpected(place.error());
    if (flock(place->folder.fd(), LOCK_EX | LOCK_NB) != 0) // two services may share a file
        return failure(ErrorCode::Busy, u"another file in the folder of "_s + before.path + u" is being changed now"_s);
    const Result<OpenFile> old = openRegular(*place);
    if (!old)
        return tl::unexpected(old.error());
    dropRests(*place);
    Replacement replacement(*place);
    Status step = replacement.write(*old, bytes);
    if (step)
        step = stillTheSame(*place, before.bytes); // as late as can be
    if (!step)
        return tl::unexpected(step.error());
    const Result<QByteArray> backup = makeBackup(*place);
    if (!backup)
        return tl::unexpected(backup.error());
    failpoint("file_written");
    step = replacement.putInPlace();
    if (!step) {
        unlinkat(place->folder.fd(), backup->constData(), 0);
        return tl::unexpected(step.error());
    }
    dropOldBackups(*place);
    return QFileInfo(before.path).dir().filePath(QFile::decodeName(*backup));
}

} // namespace prunella
