#include "core/store/AuditHeadFile.h"

#include "core/store/Files.h"

#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace prunella::store {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 longestFile = 1024 * 1024; ///< bytes
constexpr qsizetype hashDigits = 64;        ///< SHA-256 in hexadecimal

struct Descriptor {
    int fd;
    ~Descriptor()
    {
        if (fd >= 0)
            ::close(fd);
    }
};

Status cannot(const QString &path)
{
    return failure(ErrorCode::Io, path + u" cannot be written: "_s + errnoText());
}

bool writeDurably(int fd, const QByteArray &line)
{
    // one write: the line is whole, or the disk is full and the next one starts on a line of its own
    return ::write(fd, line.constData(), std::size_t(line.size())) == line.size() && ::fdatasync(fd) == 0;
}

Status replaceWith(const QString &path, const QByteArray &line)
{
    const QByteArray fresh = QFile::encodeName(path + u".new"_s);
    const Descriptor file{::open(fresh.constData(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (file.fd < 0 || !writeDurably(file.fd, line) || ::rename(fresh.constData(), QFile::encodeName(path).constData()) != 0)
        return cannot(path);
    syncDir(QFileInfo(path).absolutePath());
    return {};
}

} // namespace

QString auditHeadText(const AuditHead &head)
{
    return QString::number(head.seq) + u' ' + head.hash;
}

std::optional<AuditHead> auditHeadOf(QStringView text)
{
    const qsizetype space = text.indexOf(u' ');
    bool ok = false;
    const AuditHead head{text.left(std::max<qsizetype>(space, 0)).toLongLong(&ok), text.mid(space + 1).toString()};
    return ok && head.seq > 0 && head.hash.size() == hashDigits ? std::optional(head) : std::nullopt;
}

Result<QList<AuditHead>> readAuditHeads(const QString &path)
{
    QFile file(path);
    if (!file.exists())
        return failure(ErrorCode::NotFound, path + u" does not exist"_s);
    if (!file.open(QIODevice::ReadOnly))
        return failure(file.error() == QFile::PermissionsError || errno == EACCES ? ErrorCode::NotAuthorised : ErrorCode::Io,
                       path + u" cannot be read: "_s + file.errorString());
    QList<AuditHead> heads;
    for (const QByteArray &line : file.readAll().split('\n')) {
        if (const auto head = auditHeadOf(QString::fromLatin1(line)))
            heads << *head;
    }
    return heads;
}

Status appendAuditHead(const QString &path, const AuditHead &head)
{
    const QByteArray line = auditHeadText(head).toLatin1() + '\n';
    const bool fresh = !QFileInfo::exists(path);
    const Descriptor file{::open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600)};
    struct stat now{};
    if (file.fd < 0 || ::fstat(file.fd, &now) != 0)
        return cannot(path);
    if (now.st_size > longestFile && replaceWith(path, line))
        return {};
    char last = '\n';
    if (now.st_size > 0)
        static_cast<void>(::pread(file.fd, &last, 1, now.st_size - 1));
    if (!writeDurably(file.fd, last == '\n' ? line : QByteArray('\n' + line)))
        return cannot(path);
    if (fresh)
        syncDir(QFileInfo(path).absolutePath());
    return {};
}

} // namespace prunella::store
