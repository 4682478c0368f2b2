#include "core/recovery/TargetLock.h"

#include "core/recovery/SafeName.h"

#include <QDir>
#include <QFile>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace prunella {
namespace {

Error ioError(const QString &what, const QString &path, int code)
{
    const ErrorCode kind = code == EACCES || code == EPERM ? ErrorCode::NotAuthorised : ErrorCode::Io;
    return {kind, QStringLiteral("cannot ") + what + u' ' + path + QStringLiteral(": ") + QString::fromLocal8Bit(std::strerror(code))};
}

/// The folder must be ours alone: in /tmp somebody else could have made it first.
Status makePrivate(const QString &directory)
{
    const QByteArray path = QFile::encodeName(directory);
    QDir().mkpath(QFileInfo(directory).absolutePath());
    if (mkdir(path.constData(), 0700) != 0 && errno != EEXIST)
        return tl::unexpected(ioError(QStringLiteral("make the lock directory"), directory, errno));
    struct stat info{};
    if (lstat(path.constData(), &info) != 0)
        return tl::unexpected(ioError(QStringLiteral("use the lock directory"), directory, errno));
    if (!S_ISDIR(info.st_mode) || info.st_uid != geteuid())
        return failure(ErrorCode::NotAuthorised, QStringLiteral("the lock directory ") + directory
                           + QStringLiteral(" belongs to somebody else: remove it"));
    return {};
}

/// Everybody may make files there, and nobody may remove another's.
bool isShared(const QString &directory)
{
    struct stat info{};
    return stat(QFile::encodeName(directory).constData(), &info) == 0 && S_ISDIR(info.st_mode)
        && (info.st_mode & (S_ISVTX | S_IWOTH)) == (S_ISVTX | S_IWOTH) && directory.startsWith(QStringLiteral("/run/"));
}

/// In a shared folder another user may have made the file: it is opened as it is, since the kernel refuses O_CREAT on it.
int openLock(const QByteArray &path, bool shared)
{
    constexpr int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
    if (!shared)
        return open(path.constData(), flags | O_CREAT, 0600);
    const int there = open(path.constData(), flags);
    if (there >= 0 || errno != ENOENT)
        return there;
    const int fresh = open(path.constData(), flags | O_CREAT | O_EXCL, 0666);
    if (fresh < 0)
        return errno == EEXIST ? open(path.constData(), flags) : -1;
    [[maybe_unused]] const int mode = fchmod(fresh, 0666); // whatever the umask: it holds a lock, no secret
    return fresh;
}

QString holder(int fd)
{
    char buffer[32]{};
    const ssize_t size = pread(fd, buffer, sizeof buffer - 1, 0);
    const QString pid = QString::fromLatin1(buffer, size > 0 ? int(size) : 0).trimmed();
    return pid.isEmpty() ? QStringLiteral("another process") : QStringLiteral("process ") + pid;
}

void writeHolder(int fd)
{
    const QByteArray pid = QByteArray::number(getpid()) + '\n';
    // Only a courtesy to whoever finds it busy: a full disk must not stop a repair.
    if (ftruncate(fd, 0) == 0)
        [[maybe_unused]] const auto written = pwrite(fd, pid.constData(), std::size_t(pid.size()), 0);
}

} // namespace

Result<TargetLock> TargetLock::acquire(const QString &kind, const QString &target, const QString &directory)
{
    const bool shared = isShared(directory);
    if (const Status made = shared ? Status() : makePrivate(directory); !made)
        return tl::unexpected(made.error());
    const QString name = safeFileName(kind) + u'-' + safeFileName(target) + QStringLiteral(".lock");
    const QString path = directory + (shared ? QStringLiteral("/prunella-") : QStringLiteral("/")) + name;
    const int fd = openLock(QFile::encodeName(path), shared);
    if (fd < 0)
        return tl::unexpected(ioError(QStringLiteral("open the lock"), path, errno));
    TargetLock lock(fd);
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        writeHolder(fd);
        return lock;
    }
    const int code = errno;
    lock.m_fd = -1; // not ours to unlock
    const QString who = holder(fd);
    close(fd);
    if (code != EWOULDBLOCK)
        return tl::unexpected(ioError(QStringLiteral("lock"), path, code));
    return failure(ErrorCode::Busy, who + QStringLiteral(" is already acting on ") + target
                       + QStringLiteral(" (") + path + QStringLiteral("): wait for it to end"));
}

QString TargetLock::defaultDirectory(Manager manager)
{
    // The system's units are everybody's: root's engine and a user's must meet in one place.
    if (const QString shared = QStringLiteral("/run/lock"); manager == Manager::Systemd && isShared(shared))
        return shared;
    if (geteuid() == 0)
        return QStringLiteral("/run/prunella/locks");
    const QString runtime = qEnvironmentVariable("XDG_RUNTIME_DIR");
    if (!runtime.isEmpty())
        return runtime + QStringLiteral("/prunella/locks");
    return QStringLiteral("/tmp/prunella-locks-") + QString::number(geteuid());
}

TargetLock::~TargetLock()
{
    if (m_fd < 0)
        return;
    // Unlock first: a child between fork and exec may still share the descriptor for a moment.
    flock(m_fd, LOCK_UN);
    close(m_fd);
}

} // namespace prunella
