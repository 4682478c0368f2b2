#include "core/notification/SecretFiles.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kMostBytes = 1024 * 1024;

tl::unexpected<Error> systemFailure(const QString &what, const QString &path, int error)
{
    const auto code = error == ENOENT ? ErrorCode::NotFound : error == EACCES || error == EPERM ? ErrorCode::NotAuthorised : ErrorCode::Io;
    return failure(code, what + u' ' + path + u": "_s + QString::fromStdString(std::generic_category().message(error)));
}

Status checkFolder(const QString &path)
{
    struct stat info{};
    const QString folder = QFileInfo(path).path();
    if (stat(QFile::encodeName(folder).constData(), &info) != 0)
        return systemFailure(u"cannot look at"_s, folder, errno);
    if (info.st_uid != geteuid() && info.st_uid != 0)
        return failure(ErrorCode::NotAuthorised, path + u" is refused: its folder belongs to another user"_s);
    if ((info.st_mode & (S_IWGRP | S_IWOTH)) && !(info.st_mode & S_ISVTX))
        return failure(ErrorCode::NotAuthorised, path + u" is refused: others can write its folder; do: chmod go-w "_s + folder);
    return {};
}

/// What is judged is what is open: nobody can put another file in between.
Status checkOpen(int fd, const QString &path)
{
    struct stat info{};
    if (fstat(fd, &info) != 0)
        return systemFailure(u"cannot look at"_s, path, errno);
    if (!S_ISREG(info.st_mode))
        return failure(ErrorCode::Invalid, path + u" is no regular file"_s);
    if (info.st_uid != geteuid())
        return failure(ErrorCode::NotAuthorised, path + u" is refused: it belongs to another user"_s);
    if (const auto mode = info.st_mode & 07777; mode != 0600 && mode != 0400)
        return failure(ErrorCode::NotAuthorised, path + u" is refused: its mode is 0"_s + QString::number(mode, 8) + u"; do: chmod 600 "_s + path);
    if (info.st_size > kMostBytes)
        return failure(ErrorCode::Invalid, path + u" is longer than 1 MiB"_s);
    return checkFolder(path);
}

Result<QByteArray> readPrivate(const QString &path)
{
    const int fd = open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return systemFailure(u"cannot read"_s, path, errno);
    QFile file;
    if (!file.open(fd, QIODevice::ReadOnly, QFileDevice::AutoCloseHandle)) {
        close(fd);
        return failure(ErrorCode::Io, u"cannot read "_s + path);
    }
    if (const Status good = checkOpen(fd, path); !good)
        return tl::unexpected(good.error());
    return file.read(kMostBytes);
}

QByteArray withoutLineEnd(QByteArray text)
{
    if (text.endsWith('\n'))
        text.chop(1);
    if (text.endsWith('\r'))
        text.chop(1);
    return text;
}

/// The value of a NAME=VALUE line; # begins a comment line, spaces around name and value do not count.
std::optional<QByteArray> valueIn(const QByteArray &lines, const QString &name)
{
    for (const QByteArray &line : lines.split('\n')) {
        const qsizetype equals = line.indexOf('=');
        if (equals > 0 && !line.trimmed().startsWith('#') && line.first(equals).trimmed() == name.toUtf8())
            return line.sliced(equals + 1).trimmed();
    }
    return std::nullopt;
}

Status writeWhole(int fd, const QByteArray &value, const QString &path)
{
    qsizetype written = 0;
    while (written < value.size()) {
        const ssize_t count = ::write(fd, value.constData() + written, size_t(value.size() - written));
        if (count < 0 && errno != EINTR)
            return systemFailure(u"cannot write"_s, path, errno);
        written += qMax<ssize_t>(count, 0);
    }
    if (fsync(fd) != 0)
        return systemFailure(u"cannot write"_s, path, errno);
    return {};
}

} // namespace

QString secretsDirectory()
{
    const QString config = qEnvironmentVariable("XDG_CONFIG_HOME");
    return QDir(config.isEmpty() ? QString(QDir::homePath() + u"/.config"_s) : config).absoluteFilePath(u"prunella/secrets"_s);
}

SecretFiles::SecretFiles(const QString &directory, const QString &linesFile) : m_directory(directory), m_linesFile(linesFile) {}

Result<QByteArray> SecretFiles::value(const QString &name) const
{
    if (!isSecretName(name))
        return failure(ErrorCode::Invalid, u"that is no name of a secret: expected letters, digits and . _ -"_s);
    if (!m_linesFile.isEmpty()) {
        const auto lines = readPrivate(m_linesFile);
        if (!lines)
            return tl::unexpected(Error{lines.error().code == ErrorCode::NotFound ? ErrorCode::Io : lines.error().code, lines.error().message});
        if (const auto found = valueIn(*lines, name); found && !found->isEmpty())
            return *found;
    }
    auto content = readPrivate(fileOf(name));
    if (!content)
        return content;
    const QByteArray secret = withoutLineEnd(*content);
    if (secret.isEmpty())
        return failure(ErrorCode::Invalid, fileOf(name) + u" is empty"_s);
    return secret;
}

Status SecretFiles::setValue(const QString &name, const QByteArray &value) const
{
    if (!isSecretName(name))
        return failure(ErrorCode::Invalid, u"that is no name of a secret: expected letters, digits and . _ -, at most 64"_s);
    if (const Status good = checkSecret(value); !good)
        return good;
    if (!QFileInfo(m_directory).isDir() && (!QDir().mkpath(m_directory) || chmod(QFile::encodeName(m_directory).constData(), 0700) != 0))
        return systemFailure(u"cannot make"_s, m_directory, errno);
    const QString path = fileOf(name);
    if (const Status good = checkFolder(path); !good)
        return good;
    const QByteArray target = QFile::encodeName(path), fresh = QFile::encodeName(m_directory + u"/.new."_s + name);
    unlink(fresh.constData()); // of a write that was cut off
    const int fd = open(fresh.constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return systemFailure(u"cannot write"_s, path, errno);
    Status done = writeWhole(fd, value + '\n', path);
    close(fd);
    if (done && ::rename(fresh.constData(), target.constData()) != 0)
        done = systemFailure(u"cannot write"_s, path, errno);
    if (!done)
        unlink(fresh.constData());
    return done;
}

QStringList SecretFiles::allNames() const
{
    QStringList found;
    if (const auto lines = m_linesFile.isEmpty() ? QByteArray() : readPrivate(m_linesFile).value_or(QByteArray()); !lines.isEmpty()) {
        for (const QByteArray &line : lines.split('\n')) {
            const QString name = QString::fromUtf8(line.left(line.indexOf('=')).trimmed());
            if (line.contains('=') && isSecretName(name))
                found.append(name);
        }
    }
    for (const QString &name : QDir(m_directory).entryList(QDir::Files | QDir::Hidden)) {
        if (isSecretName(name))
            found.append(name);
    }
    found.removeDuplicates();
    found.sort();
    return found;
}

void SecretFiles::read(const QString &name, Read read)
{
    QMetaObject::invokeMethod(&m_context, [this, name, read = std::move(read)] { read(value(name)); }, Qt::QueuedConnection);
}

void SecretFiles::write(const QString &name, const QByteArray &value, Done done)
{
    QMetaObject::invokeMethod(&m_context, [this, name, value, done = std::move(done)] { done(setValue(name, value)); }, Qt::QueuedConnection);
}

void SecretFiles::remove(const QString &name, Done done)
{
    QMetaObject::invokeMethod(&m_context, [this, name, done = std::move(done)] {
        if (!isSecretName(name))
            return done(failure(ErrorCode::NotFound, u"there is no such secret"_s));
        if (unlink(QFile::encodeName(fileOf(name)).constData()) != 0)
            return done(systemFailure(u"cannot remove"_s, fileOf(name), errno));
        done({});
    }, Qt::QueuedConnection);
}

void SecretFiles::names(Names names)
{
    QMetaObject::invokeMethod(&m_context, [this, names = std::move(names)] { names(allNames()); }, Qt::QueuedConnection);
}

} // namespace prunella
