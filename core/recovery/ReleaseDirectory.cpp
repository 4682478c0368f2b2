#include "core/recovery/ReleaseDirectory.h"

#include "core/base/Failpoint.h"
#include "core/recovery/OpenFile.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

/// The link as it stands.
struct Link {
    QByteArray text;      ///< where it leads to, byte for byte
    QByteArray folder;    ///< that without its last part and without slashes behind it: "releases", "/srv/web/releases"
    QString release;      ///< the last part
    uid_t uid = 0;
    gid_t gid = 0;
};

QByteArray folderOf(const QString &path) { return QFile::encodeName(QFileInfo(path).path()); }
QByteArray nameOf(const QString &path) { return QFile::encodeName(QFileInfo(path).fileName()); }

QByteArray withoutSlashes(QByteArray path)
{
    while (path.size() > 1 && path.endsWith('/'))
        path.chop(1);
    return path;
}

/// Neither the link itself nor the entry that it names has to be there any more: only the folder must be `releases`.
Result<Link> readLink(const DeploymentConfig &config)
{
    const QByteArray path = QFile::encodeName(config.current);
    struct stat info {};
    if (lstat(path.constData(), &info) != 0)
        return systemFailure(u"cannot read the link "_s + config.current, errno);
    if (!S_ISLNK(info.st_mode))
        return failure(ErrorCode::Invalid, config.current + u" is no symbolic link, so that it names no release"_s);
    QByteArray text(PATH_MAX, '\0');
    const ssize_t size = readlink(path.constData(), text.data(), std::size_t(text.size()));
    if (size < 0)
        return systemFailure(u"cannot read the link "_s + config.current, errno);
    text.truncate(size);
    const QByteArray trimmed = withoutSlashes(text);
    const qsizetype slash = trimmed.lastIndexOf('/');
    Link link{text, slash < 0 ? QByteArray() : withoutSlashes(trimmed.left(slash + 1)), QFile::decodeName(trimmed.mid(slash + 1)), info.st_uid,
              info.st_gid};
    const QString beside = QFile::decodeName(link.folder.startsWith('/') ? link.folder : folderOf(config.current) + '/' + link.folder);
    const QString folder = QFileInfo(beside).canonicalFilePath(), releases = QFileInfo(config.releases).canonicalFilePath();
    if (releases.isEmpty())
        return failure(ErrorCode::NotFound, u"there is no folder "_s + config.releases);
    if (folder != releases || link.release == u"." || link.release == u"..")
        return failure(ErrorCode::Invalid, u"%1 leads to %2, which is no entry of %3"_s.arg(config.current, QFile::decodeName(text), config.releases));
    return link;
}

Status mayWriteBeside(const DeploymentConfig &config, const Link &link)
{
    const QByteArray folder = folderOf(config.current);
    const QString name = QFile::decodeName(folder);
    if (faccessat(AT_FDCWD, folder.constData(), W_OK | X_OK, AT_EACCESS) != 0)
        return failure(errno == EACCES || errno == EPERM || errno == EROFS ? ErrorCode::NotAuthorised : ErrorCode::Io,
                       u"cannot switch %1: no right to write in %2 (%3); give the engine's user that right, or run the engine as root"_s.arg(
                           config.current, name, QString::fromLocal8Bit(strerrordesc_np(errno))));
    if (geteuid() != 0 && link.uid != geteuid())
        return failure(ErrorCode::NotAuthorised, u"cannot switch %1: it belongs to another user (uid %2), and its owner would change"_s.arg(config.current)
                                                     .arg(link.uid));
    return {};
}

/// A link of that name that a killed engine left is in the way and holds nothing.
Status makeLink(int folder, const QByteArray &name, const QByteArray &text, const Link &old)
{
    struct stat left {};
    if (fstatat(folder, name.constData(), &left, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(left.st_mode))
        unlinkat(folder, name.constData(), 0);
    if (symlinkat(text.constData(), folder, name.constData()) != 0)
        return systemFailure(u"cannot make the new link beside the old one"_s, errno);
    if (fchownat(folder, name.constData(), old.uid, old.gid, AT_SYMLINK_NOFOLLOW) != 0) {
        const int error = errno;
        unlinkat(folder, name.constData(), 0);
        return systemFailure(u"cannot give the new link the owner of the old one"_s, error);
    }
    return {};
}

} // namespace

Result<QString> ReleaseDirectory::current(const CancelToken &)
{
    const Result<Link> link = readLink(m_config);
    if (!link)
        return tl::unexpected(link.error());
    return link->release;
}

Status ReleaseDirectory::mayGo(const QString &to, const CancelToken &)
{
    const QString path = m_config.releases + u'/' + to;
    if (to.isEmpty() || to.contains(u'/') || to == u"." || to == u"..")
        return failure(ErrorCode::Invalid, u"\"%1\" is no name of a release"_s.arg(to));
    struct stat info {};
    if (lstat(QFile::encodeName(path).constData(), &info) != 0)
        return errno == ENOENT ? failure(ErrorCode::NotFound, path + u" is not there any more"_s) : systemFailure(u"cannot look at "_s + path, errno);
    if (S_ISLNK(info.st_mode)) // what it leads to may lie anywhere, and may be another release tomorrow
        return failure(ErrorCode::Invalid, path + u" is a link and no release of its own"_s);
    if (!S_ISDIR(info.st_mode))
        return failure(ErrorCode::Invalid, path + u" is no folder"_s);
    const Result<Link> link = readLink(m_config);
    return link ? mayWriteBeside(m_config, *link) : tl::unexpected(link.error());
}

Switched ReleaseDirectory::go(const QString &from, const QString &to, const CancelToken &)
{
    const QByteArray name = nameOf(m_config.current), beside = ".prunella-new-" + name;
    const OpenFile folder(open(folderOf(m_config.current).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.isOpen())
        return notSwitched(systemFailure(u"cannot open the folder of "_s + m_config.current, errno).value());
    const Result<Link> link = readLink(m_config);
    if (!link)
        return notSwitched(link.error());
    if (link->release != from)
        return notSwitched({ErrorCode::Busy, u"%1 leads to %2 by now, not to %3: nothing was done"_s.arg(m_config.current, link->release, from)});
    // The same form as before: relative stays relative, and a link in the middle of the way stays in it.
    const QByteArray target = (link->folder.isEmpty() ? QByteArray() : link->folder == "/" ? QByteArray("/") : link->folder + '/') + QFile::encodeName(to);
    if (const Status made = makeLink(folder.fd(), beside, target, *link); !made)
        return notSwitched(made.error());
    failpoint("link_made");
    if (renameat(folder.fd(), beside.constData(), folder.fd(), name.constData()) != 0) {
        const int error = errno;
        unlinkat(folder.fd(), beside.constData(), 0);
        return notSwitched(systemFailure(u"cannot put the new link in the place of "_s + m_config.current, error).value());
    }
    failpoint("link_moved");
    const bool synced = fsync(folder.fd()) == 0;
    return {ActionStatus::Completed, FailureKind::None, u"%1 leads to %2 now (was %3)"_s.arg(m_config.current, QFile::decodeName(target),
            QFile::decodeName(link->text)) + (synced ? QString() : u", but the disk did not confirm it"_s)};
}

QString ReleaseDirectory::describe(const QString &from, const QString &to) const
{
    return u"switch the link %1 from %2 to %3"_s.arg(m_config.current, from, m_config.releases + u'/' + to);
}

} // namespace prunella
