#include "core/store/Files.h"
#include "core/store/StorePaths.h"

#include <QCryptographicHash>
#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace prunella {

using namespace Qt::StringLiterals;

QString StorePaths::fallbackFile() const
{
    const QByteArray place = QFileInfo(stateDir).absoluteFilePath().toUtf8();
    const QString tag = QString::fromLatin1(QCryptographicHash::hash(place, QCryptographicHash::Sha1).toHex().left(8));
    const QString &dir = runtimeDir.isEmpty() ? stateDir : runtimeDir;
    return dir + u"/journal-"_s + tag + u".fallback"_s;
}

namespace store {

QString errnoText()
{
    return QString::fromLocal8Bit(std::strerror(errno));
}

Status ensurePrivateDir(const QString &path)
{
    const QFileInfo info(path);
    if (info.isDir())
        return {};
    const QString parent = info.absolutePath();
    if (!QDir().mkpath(parent) || (::mkdir(QFile::encodeName(info.absoluteFilePath()).constData(), 0700) != 0 && errno != EEXIST)) {
        return failure(errno == EACCES ? ErrorCode::NotAuthorised : ErrorCode::Io,
                       u"the directory "_s + path + u" cannot be created: "_s + errnoText()
                           + u"; create it or name another one"_s);
    }
    if (!QFileInfo(path).isDir())
        return failure(ErrorCode::Io, path + u" is not a directory; name another one"_s);
    return {};
}

Status ensurePrivateFile(const QString &path)
{
    const int fd = ::open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno != EEXIST) {
        return failure(errno == EACCES || errno == EROFS ? ErrorCode::NotAuthorised : ErrorCode::Io,
                       path + u" cannot be created: "_s + errnoText());
    }
    if (fd >= 0)
        ::close(fd);
    return {};
}

Result<QString> moveAside(const QString &path, qint64 wallMs)
{
    const QString stamp = QDateTime::fromMSecsSinceEpoch(wallMs, Qt::UTC).toString(u"yyyyMMdd'T'hhmmss'Z'"_s);
    const QString base = path + u".damaged-"_s + stamp;
    QString target = base;
    for (int i = 2; QFile::exists(target); ++i)
        target = base + u'-' + QString::number(i);
    if (!QFile::rename(path, target))
        return failure(ErrorCode::Io, path + u" is damaged and cannot be moved aside to "_s + target + u": "_s + errnoText());
    for (const QString &side : {u"-wal"_s, u"-shm"_s}) {
        if (QFile::exists(path + side) && !QFile::rename(path + side, target + side))
            QFile::remove(path + side); // a stale log must never be applied to the fresh database
    }
    syncDir(QFileInfo(path).absolutePath());
    return target;
}

void syncDir(const QString &dir)
{
    const int fd = ::open(QFile::encodeName(dir).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    ::fsync(fd);
    ::close(fd);
}

} // namespace store
} // namespace prunella
