#include "core/recovery/DiskFolder.h"

#include "core/recovery/OpenFile.h"

#include <QFile>

#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

constexpr int mostEntries = 100'000;

DiskFile fileOf(const QByteArray &name, const struct stat &info)
{
    return {QFile::decodeName(name), info.st_dev, info.st_ino, qint64(info.st_mtim.tv_sec) * 1'000'000'000 + info.st_mtim.tv_nsec,
            qint64(info.st_blocks) * 512};
}

Result<OpenFile> openFolder(const QString &folder)
{
    OpenFile opened = openWithoutLinks(QFile::encodeName(folder), O_RDONLY | O_DIRECTORY);
    if (opened.isOpen())
        return opened;
    if (errno == ELOOP)
        return failure(ErrorCode::Invalid, u"%1, or a folder above it, is a link; name the folder that it leads to"_s.arg(folder));
    return systemFailure(u"cannot open the folder "_s + folder, errno);
}

/// May names be taken out of this folder? In a sticky one only those of one's own files.
bool mayDeleteIn(int folder, const struct stat &info)
{
    struct stat self {};
    if (faccessat(folder, ".", W_OK | X_OK, AT_EACCESS) != 0 || fstat(folder, &self) != 0)
        return false;
    return (self.st_mode & S_ISVTX) == 0 || geteuid() == 0 || geteuid() == self.st_uid || geteuid() == info.st_uid;
}

struct CloseDir {
    void operator()(DIR *dir) const { closedir(dir); }
};

/// Walks one pattern, part by part. Every folder is opened anew from the rule's own, beneath it and without links.
class Walk
{
public:
    Walk(int root, DiskListing &out) : m_root(root), m_out(out) {}

    void pattern(const QByteArray &text)
    {
        m_parts = text.split('/');
        visit({}, 0);
    }

private:
    void visit(const QByteArray &prefix, qsizetype part)
    {
        OpenFile opened = openBeneath(m_root, prefix.isEmpty() ? QByteArray(".") : prefix, O_RDONLY | O_DIRECTORY);
        const int kept = opened.isOpen() ? fcntl(opened.fd(), F_DUPFD_CLOEXEC, 3) : -1;
        const std::unique_ptr<DIR, CloseDir> dir(kept >= 0 ? fdopendir(kept) : nullptr);
        if (!dir) {
            if (kept >= 0)
                close(kept);
            return; // gone meanwhile, a link, or not ours to read
        }
        while (const dirent *entry = readdir(dir.get())) {
            if (++m_entries > mostEntries) {
                m_out.complete = false;
                return;
            }
            look(opened.fd(), prefix, entry->d_name, part);
        }
    }
    void look(int folder, const QByteArray &prefix, const QByteArray &name, qsizetype part)
    {
        struct stat info {};
        if (name == "." || name == ".." || fnmatch(m_parts.at(part).constData(), name.constData(), FNM_PERIOD) != 0
            || QFile::encodeName(QFile::decodeName(name)) != name || fstatat(folder, name.constData(), &info, AT_SYMLINK_NOFOLLOW) != 0)
            return;
        const QByteArray path = prefix.isEmpty() ? name : QByteArray(prefix + '/' + name);
        const bool last = part + 1 == m_parts.size();
        if (!last && S_ISDIR(info.st_mode))
            visit(path, part + 1);
        else if (last && S_ISREG(info.st_mode) && info.st_nlink == 1)
            add(folder, prefix, path, info);
    }
    void add(int folder, const QByteArray &prefix, const QByteArray &path, const struct stat &info)
    {
        const DiskFile file = fileOf(path, info);
        if (!mayDeleteIn(folder, info)) {
            const QString name = QFile::decodeName(prefix);
            if (!m_out.locked.contains(name))
                m_out.locked.append(name);
        } else if (!m_seen.contains(file.name)) {
            m_seen.insert(file.name);
            m_out.files.append(file);
        }
    }

    const int m_root;
    DiskListing &m_out;
    QList<QByteArray> m_parts;
    QSet<QString> m_seen;
    int m_entries = 0;
};

} // namespace

Result<DiskListing> listDiskFiles(const QString &folder, const QStringList &patterns)
{
    const Result<OpenFile> root = openFolder(folder);
    if (!root)
        return tl::unexpected(root.error());
    DiskListing listing;
    Walk walk(root->fd(), listing);
    for (const QString &pattern : patterns)
        walk.pattern(QFile::encodeName(pattern));
    return listing;
}

QString deleteDiskFile(const QString &folder, const DiskFile &file)
{
    const Result<OpenFile> root = openFolder(folder);
    if (!root)
        return root.error().message;
    const qsizetype slash = file.name.lastIndexOf(u'/');
    const QByteArray path = QFile::encodeName(slash < 0 ? u"."_s : file.name.first(slash)), name = QFile::encodeName(file.name.sliced(slash + 1));
    const OpenFile parent = openBeneath(root->fd(), path, O_RDONLY | O_DIRECTORY);
    struct stat info {};
    if (!parent.isOpen() && (errno == ELOOP || errno == EXDEV))
        return u"its folder is a link by now"_s;
    if (!parent.isOpen() || fstatat(parent.fd(), name.constData(), &info, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? u"it is gone already"_s : QString::fromLocal8Bit(std::strerror(errno));
    const DiskFile now = fileOf(QFile::encodeName(file.name), info);
    if (!S_ISREG(info.st_mode) || info.st_nlink != 1 || !(now == file))
        return u"it is not the file any more that was listed"_s;
    // Whatever takes its place in this moment: a name in this folder goes, nothing that a link leads to.
    return unlinkat(parent.fd(), name.constData(), 0) == 0 ? QString() : QString::fromLocal8Bit(std::strerror(errno));
}

} // namespace prunella
