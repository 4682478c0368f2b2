// Probes of decision trees that look at a file system: disk, file.
#include "core/monitoring/TreeProbeParts.h"

#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <vector>

namespace prunella::treeprobe {

using namespace Qt::StringLiterals;

namespace {

/// The component's user and all groups of it; the caller's own where no user is told.
struct Identity { uid_t user = ::geteuid(); std::vector<gid_t> groups; bool known = true; };

Identity identityOf(const QString &name)
{
    Identity identity;
    if (name.isEmpty()) {
        identity.groups = {::getegid()};
        return identity;
    }
    std::vector<char> buffer(16384);
    passwd entry{}, *found = nullptr;
    const QByteArray bytes = name.toUtf8();
    if (::getpwnam_r(bytes.constData(), &entry, buffer.data(), buffer.size(), &found) != 0 || !found) {
        identity.known = false;
        return identity;
    }
    identity.user = entry.pw_uid;
    int count = 64;
    identity.groups.resize(64);
    if (::getgrouplist(bytes.constData(), entry.pw_gid, identity.groups.data(), &count) < 0)
        count = 64;
    identity.groups.resize(std::size_t(count));
    return identity;
}

/// As the kernel judges it, without access lists: owner, then group, then others. `bit` is 4 read, 1 execute.
bool mayUse(const struct stat &file, const Identity &who, unsigned bit)
{
    if (who.user == 0)
        return bit != 1 || (file.st_mode & 0111) != 0 || S_ISDIR(file.st_mode);
    if (file.st_uid == who.user)
        return (file.st_mode >> 6 & bit) != 0;
    if (std::find(who.groups.begin(), who.groups.end(), file.st_gid) != who.groups.end())
        return (file.st_mode >> 3 & bit) != 0;
    return (file.st_mode & bit) != 0;
}

/// The first directory on the way that cannot be passed; empty when all can.
QString closedDirectory(const QString &path, const Identity &who)
{
    for (qsizetype at = path.indexOf(u'/', 1); at > 0; at = path.indexOf(u'/', at + 1)) {
        struct stat directory{};
        const QString part = path.left(at);
        if (::stat(QFile::encodeName(part).constData(), &directory) == 0 && !mayUse(directory, who, 1))
            return part;
    }
    return {};
}

QString mib(quint64 blocks, quint64 size) { return u"%1 MiB"_s.arg(double(blocks) * double(size) / 1048576, 0, 'f', 0); }

} // namespace

Fact disk(const Probe &probe)
{
    constexpr quint64 leastBytes = 1024 * 1024; // less than this is full for whoever writes
    const QString &path = probe.order.text;
    struct statvfs fs{};
    if (::statvfs(QFile::encodeName(path).constData(), &fs) != 0)
        return errno == ENOENT || errno == ENOTDIR ? said("missing", u"there is no "_s + path) : said("error", path + u": "_s + errorWord(errno));
    const QString room = u"%1 has %2 of %3 free"_s.arg(path, mib(fs.f_bavail, fs.f_frsize), mib(fs.f_blocks, fs.f_frsize));
    if ((fs.f_flag & ST_RDONLY) != 0)
        return said("read_only", path + u" is mounted read-only"_s);
    const quint64 free = quint64(fs.f_bavail) * fs.f_frsize;
    if (fs.f_blocks > 0 && (fs.f_bavail == 0 || free < std::min(leastBytes, quint64(fs.f_blocks) * fs.f_frsize / 100)))
        return said("full", room);
    if (fs.f_files > 0 && fs.f_favail == 0)
        return said("inodes_full", u"%1 has no inode left of %2"_s.arg(path).arg(fs.f_files));
    return said("ok", room);
}

Fact file(const Probe &probe)
{
    const QString &path = probe.order.text;
    struct stat entry{};
    if (::stat(QFile::encodeName(path).constData(), &entry) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return said("missing", u"there is no "_s + path);
        return unknownFact(path + u": "_s + errorWord(errno));
    }
    if (S_ISDIR(entry.st_mode))
        return said("directory", path + u" is a directory"_s);
    const Identity who = identityOf(probe.order.subject.user);
    if (!who.known)
        return unknownFact(u"there is no user "_s + probe.order.subject.user);
    const QString user = probe.order.subject.user.isEmpty() ? u"this user"_s : probe.order.subject.user;
    if (const QString closed = closedDirectory(path, who); !closed.isEmpty())
        return said("not_readable", u"%1 cannot be reached by %2: %3 is closed to it"_s.arg(path, user, closed));
    if (!mayUse(entry, who, 4))
        return said("not_readable", u"%1 cannot be read by %2"_s.arg(path, user));
    // What is meant to be run can be told from its place: the component's own binary has an execute bit for somebody, or none.
    const bool program = path.contains(u"/bin/"_s) || path.contains(u"/sbin/"_s) || path.contains(u"/libexec/"_s) || path == probe.order.subject.binary;
    if (program && !mayUse(entry, who, 1))
        return said("not_executable", u"%1 cannot be run by %2"_s.arg(path, user));
    return said("ok", u"%1 can be read by %2"_s.arg(path, user));
}

} // namespace prunella::treeprobe
