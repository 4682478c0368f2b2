#include "core/recovery/LimitDropIn.h"

#include "core/recovery/FileEditor.h"
#include "core/recovery/LimitTarget.h"
#include "core/recovery/OpenFile.h"

#include <QDir>
#include <QFileInfo>
#include <QRandomGenerator>

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

constexpr qint64 mostBytes = 64 * 1024;

QString userFolder(bool runtime)
{
    if (runtime)
        return qEnvironmentVariable("XDG_RUNTIME_DIR", u"/run/user/%1"_s.arg(getuid())) + u"/systemd"_s;
    return qEnvironmentVariable("XDG_CONFIG_HOME", QDir::homePath() + u"/.config"_s) + u"/systemd"_s;
}

QString baseFolder(bool userManager, bool runtime)
{
    return userManager ? userFolder(runtime) : runtime ? u"/run/systemd"_s : u"/etc/systemd"_s;
}

Result<DropInBytes> readIn(int folder, const QByteArray &name, const QString &path)
{
    const OpenFile file(openat(folder, name.constData(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!file.isOpen())
        return errno == ENOENT ? Result<DropInBytes>(std::nullopt) : systemFailure(u"cannot read "_s + path, errno);
    struct stat info {};
    if (fstat(file.fd(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_size > mostBytes)
        return failure(ErrorCode::Invalid, path + u" is no file of settings"_s);
    QByteArray bytes(qsizetype(info.st_size), '\0');
    qsizetype at = 0;
    while (at < bytes.size()) {
        const ssize_t count = read(file.fd(), bytes.data() + at, std::size_t(bytes.size() - at));
        if (count == 0)
            break;
        if (count < 0 && errno != EINTR)
            return systemFailure(u"cannot read "_s + path, errno);
        at += std::max<ssize_t>(count, 0);
    }
    bytes.truncate(at);
    return DropInBytes(bytes);
}

Status writeAll(const OpenFile &file, const QByteArray &bytes, const QString &path)
{
    for (qsizetype at = 0; at < bytes.size();) {
        const ssize_t count = write(file.fd(), bytes.constData() + at, std::size_t(bytes.size() - at));
        if (count < 0 && errno != EINTR)
            return systemFailure(u"cannot write "_s + path, errno);
        at += std::max<ssize_t>(count, 0);
    }
    // Readable by all, as systemd's own are, whatever the umask says.
    return fchmod(file.fd(), 0644) == 0 && fsync(file.fd()) == 0 ? Status() : systemFailure(u"cannot write "_s + path, errno);
}

Status putIn(const OpenFile &folder, const QByteArray &name, const QByteArray &bytes, const QString &path)
{
    // Without .conf at its end systemd does not read it.
    const QByteArray fresh = ".prunella-new-" + QByteArray::number(QRandomGenerator::global()->generate64(), 36);
    const OpenFile file(openat(folder.fd(), fresh.constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.isOpen())
        return systemFailure(u"cannot write "_s + path, errno);
    Status done = writeAll(file, bytes, path);
    if (done && renameat(folder.fd(), fresh.constData(), folder.fd(), name.constData()) != 0)
        done = systemFailure(u"cannot write "_s + path, errno);
    if (!done)
        unlinkat(folder.fd(), fresh.constData(), 0);
    fsync(folder.fd());
    return done;
}

Status makeFolder(const QString &path)
{
    if (QFileInfo::exists(path))
        return {};
    if (const Status above = makeFolder(QFileInfo(path).path()); !above)
        return above;
    const bool made = mkdir(QFile::encodeName(path).constData(), 0755) == 0 || errno == EEXIST;
    return made ? Status() : systemFailure(u"cannot make the folder "_s + path, errno);
}

/// An assignment of one setting in the bytes of a unit file, comments left aside.
bool assigns(const QByteArray &bytes, const QByteArray &setting)
{
    const auto lines = bytes.split('\n');
    return std::any_of(lines.cbegin(), lines.cend(), [&](const QByteArray &line) {
        const QByteArray text = line.trimmed();
        return text.startsWith(setting) && text.mid(setting.size()).trimmed().startsWith('=');
    });
}

/// Of two drop-ins with one name: SetUnitProperties' folders before all others, what is kept before what is not.
bool comesFirst(const QString &path, const QString &ours)
{
    const auto rank = [](const QString &file) {
        const int folder = file.contains(".control/"_L1) ? 0 : 2;
        const bool vendors = file.startsWith("/usr/"_L1) || file.startsWith("/lib/"_L1);
        return vendors ? 9 : folder + (file.startsWith("/run/"_L1) ? 1 : 0);
    };
    return rank(path) < rank(ours);
}

QString limitWord(quint64 value) { return value == noLimit ? u"infinity"_s : QString::number(value); }

} // namespace

QString limitSetting(const QString &property)
{
    return property == u"CPUQuotaPerSecUSec" ? u"CPUQuota"_s : property == u"LimitNOFILESoft" ? u"LimitNOFILE"_s : property;
}

QString controlDropIn(const DropInPlace &place, const QString &unit, const QString &property)
{
    const QString base = baseFolder(place.userManager, place.runtime || place.transient);
    const QString folder = place.transient ? u"transient"_s : place.userManager ? u"user.control"_s : u"system.control"_s;
    return u"%1/%2/%3.d/50-%4.conf"_s.arg(base, folder, unit, limitSetting(property));
}

QString limitsDropIn(bool userManager, bool runtime, const QString &unit)
{
    return u"%1/%2/%3.d/50-prunella-limits.conf"_s.arg(baseFolder(userManager, runtime), userManager ? u"user"_s : u"system"_s, unit);
}

Result<DropInBytes> readDropIn(const QString &path)
{
    return readIn(AT_FDCWD, QFile::encodeName(path), path);
}

Status mayWriteDropIn(const QString &path)
{
    QString folder = QFileInfo(path).path();
    while (folder.size() > 1 && !QFileInfo::exists(folder))
        folder = QFileInfo(folder).path();
    if (faccessat(AT_FDCWD, QFile::encodeName(folder).constData(), W_OK | X_OK, AT_EACCESS) == 0)
        return {};
    const int error = errno;
    return systemFailure(u"cannot write %1 (its folder must be writable for the user of the engine)"_s.arg(path), error);
}

Status replaceDropIn(const QString &path, const DropInBytes &expected, const DropInBytes &bytes)
{
    const QString parent = QFileInfo(path).path();
    const QByteArray parentName = QFile::encodeName(parent), name = QFile::encodeName(QFileInfo(path).fileName());
    if (!bytes && !QFileInfo::exists(parent))
        return {};
    if (const Status made = bytes ? makeFolder(parent) : Status(); !made)
        return made;
    const OpenFile folder(open(parentName.constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    if (!folder.isOpen())
        return systemFailure(u"cannot open the folder "_s + parent, errno);
    if (flock(folder.fd(), LOCK_EX | LOCK_NB) != 0)
        return failure(ErrorCode::Busy, u"another file in %1 is being changed now"_s.arg(parent));
    const Result<DropInBytes> now = readIn(folder.fd(), name, path);
    if (!now)
        return tl::unexpected(now.error());
    if (*now == bytes)
        return {};
    if (*now != expected)
        return failure(ErrorCode::Busy, path + u" was changed meanwhile by somebody else; it was left alone"_s);
    if (bytes)
        return putIn(folder, name, *bytes, path);
    if (unlinkat(folder.fd(), name.constData(), 0) != 0)
        return systemFailure(u"cannot remove "_s + path, errno);
    fsync(folder.fd());
    rmdir(parentName.constData()); // fails when something else is in it
    return {};
}

Result<QByteArray> withOpenFiles(const DropInBytes &before, quint64 soft, quint64 hard)
{
    const QString value = limitWord(soft) + u':' + limitWord(hard);
    if (before && !before->trimmed().isEmpty())
        return writeValue(*before, FileFormat::Systemd, u"Service.LimitNOFILE"_s, value);
    return QByteArray("# Written by Prunella (increase_resources); removed again when that is undone.\n[Service]\nLimitNOFILE=") + value.toUtf8() + '\n';
}

QString winningDropIn(const QStringList &dropIns, const QString &ours, const QString &setting)
{
    const QString name = QFileInfo(ours).fileName();
    for (const QString &path : dropIns) {
        const QString other = QFileInfo(path).fileName();
        if (other < name || path == ours || (other == name && !comesFirst(path, ours)))
            continue;
        const Result<DropInBytes> bytes = readDropIn(path);
        if (bytes && *bytes && assigns(**bytes, setting.toLatin1()))
            return path;
    }
    return {};
}

} // namespace prunella
