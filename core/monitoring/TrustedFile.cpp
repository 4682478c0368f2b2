#include "core/monitoring/TrustedFile.h"

#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace prunella {
namespace {

constexpr qint64 kLongestPassword = 4096;

tl::unexpected<Error> fileFailure(const QString &path, int error)
{
    const auto code = error == ENOENT ? ErrorCode::NotFound : error == EACCES ? ErrorCode::NotAuthorised : ErrorCode::Io;
    return failure(code, QStringLiteral("cannot read %1: %2").arg(path, QString::fromStdString(std::generic_category().message(error))));
}

Result<struct stat> inspect(const QString &path)
{
    struct stat info{};
    if (stat(QFile::encodeName(path).constData(), &info) != 0)
        return fileFailure(path, errno);
    if (info.st_uid != geteuid() && info.st_uid != 0)
        return failure(ErrorCode::NotAuthorised, QStringLiteral("%1 is refused: it belongs to another user").arg(path));
    return info;
}

} // namespace

Status onlyOwnerWrites(const QString &path)
{
    const auto file = inspect(path);
    if (!file)
        return tl::unexpected(file.error());
    if (!S_ISREG(file->st_mode))
        return failure(ErrorCode::Invalid, QStringLiteral("%1 is no regular file").arg(path));
    if (file->st_mode & (S_IWGRP | S_IWOTH))
        return failure(ErrorCode::NotAuthorised, QStringLiteral("%1 is refused: others can write it; do: chmod go-w %1").arg(path));
    // Where a link leads, there somebody could put another file.
    const QString folder = QFileInfo(QFileInfo(path).canonicalFilePath()).path();
    const auto parent = inspect(folder);
    if (!parent)
        return tl::unexpected(parent.error());
    if ((parent->st_mode & (S_IWGRP | S_IWOTH)) && !(parent->st_mode & S_ISVTX))
        return failure(ErrorCode::NotAuthorised, QStringLiteral("%1 is refused: others can write its folder; do: chmod go-w %2").arg(path, folder));
    return {};
}

Result<QByteArray> readPasswordFile(const QString &path)
{
    const auto info = inspect(path);
    if (!info)
        return tl::unexpected(info.error());
    if (!S_ISREG(info->st_mode)) // a pipe would wait for ever
        return failure(ErrorCode::Invalid, QStringLiteral("%1 is no regular file").arg(path));
    if (info->st_mode & (S_IRWXG | S_IRWXO))
        return failure(ErrorCode::NotAuthorised, QStringLiteral("%1 is refused: others can read the password; do: chmod 600 %1").arg(path));
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return failure(ErrorCode::NotAuthorised, QStringLiteral("cannot read %1: %2").arg(path, file.errorString()));
    QByteArray line = file.readLine(kLongestPassword);
    while (line.endsWith('\n') || line.endsWith('\r'))
        line.chop(1);
    if (line.isEmpty())
        return failure(ErrorCode::Invalid, QStringLiteral("%1 has no password in its first line").arg(path));
    return line;
}

} // namespace prunella
