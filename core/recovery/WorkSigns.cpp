#include "core/recovery/WorkSigns.h"

#include "core/recovery/OpenFile.h"

#include <QByteArray>
#include <QFile>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace prunella {
namespace {

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QString folderOf(const WorkPlaces &places, qint64 pid)
{
    return places.proc + u'/' + QString::number(pid);
}

QString programOf(const WorkPlaces &places, qint64 pid)
{
    return QString::fromLocal8Bit(contentOf(folderOf(places, pid) + QStringLiteral("/comm"))).trimmed();
}

QString userName(uid_t uid)
{
    std::array<char, 4096> buffer{};
    passwd entry{}, *found = nullptr;
    if (getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found)
        return QString::fromLocal8Bit(found->pw_name);
    return QStringLiteral("uid ") + QString::number(uid);
}

/// "gdb (process 4711) of anna"
QString whoIs(const WorkPlaces &places, qint64 pid)
{
    if (pid <= 0) // an open file description's lock, or a holder in another pid namespace
        return QStringLiteral("a process that the kernel does not name");
    const QString program = programOf(places, pid);
    const QString text = QStringLiteral("%1 (process %2)").arg(program.isEmpty() ? QStringLiteral("a program") : program).arg(pid);
    struct stat owner{};
    if (stat(QFile::encodeName(folderOf(places, pid)).constData(), &owner) != 0)
        return text;
    return text + QStringLiteral(" of ") + userName(owner.st_uid);
}

bool isPackageManager(const QString &program)
{
    // as in comm: the first 15 bytes
    static const QStringList known{QStringLiteral("apt"), QStringLiteral("apt-get"), QStringLiteral("aptitude"), QStringLiteral("dpkg"),
                                   QStringLiteral("unattended-upgr"), QStringLiteral("packagekitd"), QStringLiteral("synaptic")};
    return known.contains(program);
}

/// A line of /proc/locks: "1: POSIX  ADVISORY  WRITE 1234 08:01:131090 0 EOF"; one that waits has "->" behind its number.
std::optional<qint64> holderByTable(const WorkPlaces &places, const struct stat &file)
{
    for (const QByteArray &line : contentOf(places.proc + QStringLiteral("/locks")).split('\n')) {
        const QList<QByteArray> words = line.simplified().split(' ');
        if (words.size() < 8 || words[1] == "->" || words[3] != "WRITE")
            continue;
        const QList<QByteArray> place = words[5].split(':');
        if (place.size() != 3 || place[2].toULongLong() != file.st_ino)
            continue;
        const bool sameDevice = place[0].toUInt(nullptr, 16) == major(file.st_dev) && place[1].toUInt(nullptr, 16) == minor(file.st_dev);
        const qint64 pid = words[4].toLongLong();
        // On overlay and btrfs stat() tells another device than the lock table; then the program must be one.
        if (sameDevice || isPackageManager(programOf(places, pid)))
            return pid;
    }
    return std::nullopt;
}

/// Process that holds a write lock on the file; 0 or less: held, but the kernel does not tell by whom.
std::optional<qint64> lockHolder(const WorkPlaces &places, const QString &path)
{
    const QByteArray name = QFile::encodeName(path);
    const OpenFile file(::open(name.constData(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!file.isOpen()) {
        struct stat entry{};
        return errno == EACCES && stat(name.constData(), &entry) == 0 ? holderByTable(places, entry) : std::nullopt;
    }
    struct flock lock{};
    lock.l_type = F_RDLCK; // would it be in the way of a reader?
    lock.l_whence = SEEK_SET;
    if (fcntl(file.fd(), F_OFD_GETLK, &lock) != 0 || lock.l_type == F_UNLCK)
        return std::nullopt;
    return lock.l_pid;
}

struct ProcessState { QString program; char state = '?'; qint64 tracer = 0; };

std::optional<ProcessState> stateOf(const WorkPlaces &places, qint64 pid)
{
    const QByteArray status = contentOf(folderOf(places, pid) + QStringLiteral("/status"));
    if (status.isEmpty())
        return std::nullopt; // it ended meanwhile
    ProcessState process;
    for (const QByteArray &line : status.split('\n')) {
        const QByteArray value = line.mid(line.indexOf(':') + 1).trimmed();
        if (line.startsWith("Name:"))
            process.program = QString::fromLocal8Bit(value);
        else if (line.startsWith("State:") && !value.isEmpty())
            process.state = value[0];
        else if (line.startsWith("TracerPid:"))
            process.tracer = value.toLongLong();
    }
    return process;
}

} // namespace

QString packageWork(const WorkPlaces &places)
{
    for (const char *name : {"lock-frontend", "lock"}) {
        const QString path = places.dpkg + u'/' + QLatin1String(name);
        if (const auto holder = lockHolder(places, path))
            return whoIs(places, *holder) + QStringLiteral(" is changing packages (it holds ") + path + u')';
    }
    return {};
}

QString processWork(const WorkPlaces &places, const QString &unit, const QList<qint64> &pids)
{
    for (const qint64 pid : pids) {
        const auto process = stateOf(places, pid);
        if (!process)
            continue;
        const QString which = QStringLiteral("process %1 (%2) of %3").arg(QString::number(pid), process->program, unit);
        if (process->tracer != 0 && !pids.contains(process->tracer))
            return which + QStringLiteral(" is being traced by ") + whoIs(places, process->tracer);
        // Stopped by a signal (T) is no sign of work: a program that hangs so is to be healed like any other.
    }
    return {};
}

} // namespace prunella
