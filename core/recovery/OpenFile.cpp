#include "core/recovery/OpenFile.h"

#include <QByteArray>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace prunella {
namespace {

OpenFile openResolved(int folder, const QByteArray &path, int flags, quint64 resolve)
{
    open_how how{};
    how.flags = quint64(flags | O_CLOEXEC);
    how.resolve = resolve;
    int fd = -1;
    do
        fd = int(syscall(SYS_openat2, folder, path.constData(), &how, sizeof how));
    while (fd < 0 && (errno == EINTR || errno == EAGAIN)); // EAGAIN: a rename elsewhere went on meanwhile
    return OpenFile(fd);
}

} // namespace

OpenFile::~OpenFile()
{
    close();
}

void OpenFile::close()
{
    const int kept = errno; // of the call that failed before
    if (m_fd >= 0)
        ::close(m_fd);
    m_fd = -1;
    errno = kept;
}

tl::unexpected<Error> systemFailure(const QString &what, int error)
{
    const bool rights = error == EACCES || error == EPERM || error == EROFS;
    const ErrorCode code = rights ? ErrorCode::NotAuthorised : error == ENOENT ? ErrorCode::NotFound : ErrorCode::Io;
    return failure(code, what + QStringLiteral(": ") + QString::fromLocal8Bit(std::strerror(error)));
}

OpenFile openBeneath(int folder, const QByteArray &path, int flags)
{
    return openResolved(folder, path, flags, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV);
}

OpenFile openWithoutLinks(const QByteArray &path, int flags)
{
    return openResolved(AT_FDCWD, path, flags, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

} // namespace prunella
