#include "core/store/StateLock.h"

#include "core/base/Clock.h"
#include "core/store/Files.h"

#include <QFile>

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

/// "pid 812 since 2026-11-23T20:15:01.123Z: prunellactl run --state-dir /var/lib/prunella"
QByteArray selfDescription()
{
    QFile file(u"/proc/self/cmdline"_s);
    QByteArray command;
    if (file.open(QIODevice::ReadOnly))
        command = file.readAll().replace('\0', ' ').trimmed();
    return "pid " + QByteArray::number(qint64(::getpid())) + " since " + isoTime(SystemClock().now().wallMs).toUtf8()
        + ": " + command + '\n';
}

QString readHolder(int fd)
{
    QByteArray buffer(4096, '\0');
    const ssize_t size = ::pread(fd, buffer.data(), std::size_t(buffer.size()), 0);
    const QString text = QString::fromUtf8(buffer.left(size > 0 ? size : 0)).trimmed();
    return text.isEmpty() ? u"a process that is just starting"_s : text;
}

} // namespace

Result<StateLock> StateLock::acquire(const QString &stateDir)
{
    if (auto ready = store::ensurePrivateDir(stateDir); !ready)
        return tl::unexpected(ready.error());
    const QString path = stateDir + u"/engine.lock"_s;
    StateLock lock(::open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (lock.m_fd < 0) {
        return failure(errno == EACCES || errno == EROFS ? ErrorCode::NotAuthorised : ErrorCode::Io,
                       path + u" cannot be opened: "_s + store::errnoText() + u"; use another state directory"_s);
    }
    if (::flock(lock.m_fd, LOCK_EX | LOCK_NB) != 0) {
        const int fd = std::exchange(lock.m_fd, -1); // the holder's text is not ours to wipe
        const QString who = readHolder(fd);
        ::close(fd);
        return failure(ErrorCode::Busy, u"the state directory "_s + stateDir + u" is held by another engine ("_s
                           + who + u"); stop it or use another state directory"_s);
    }
    // Who holds it is for people only: a full disk must not keep the engine from starting.
    const QByteArray who = selfDescription();
    if (::ftruncate(lock.m_fd, 0) != 0 || ::pwrite(lock.m_fd, who.constData(), std::size_t(who.size()), 0) < 0)
        errno = 0;
    return lock;
}

StateLock::~StateLock()
{
    if (m_fd < 0)
        return;
    if (::ftruncate(m_fd, 0) != 0)
        errno = 0; // the text of a dead holder is never shown: only a failed flock reads it
    ::close(m_fd);
}

} // namespace prunella
