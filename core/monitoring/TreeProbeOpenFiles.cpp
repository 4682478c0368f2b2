#include "core/monitoring/TreeProbeOpenFiles.h"

#include <QDir>
#include <QFile>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace prunella::treeprobe {

using namespace Qt::StringLiterals;

namespace {

/// Calls `look(pid, descriptor's path, what it points to)`; false from it ends the search.
void forEachOpen(const ProcPaths &paths, const QDeadlineTimer &deadline, const MonitorCancel &cancel,
                 const std::function<bool(qint64, const QByteArray &, const QString &)> &look)
{
    const QStringList pids = QDir(paths.proc).entryList({u"[1-9]*"_s}, QDir::Dirs);
    for (const QString &pid : pids) {
        const QString folder = paths.proc + u'/' + pid + u"/fd"_s;
        const QStringList descriptors = QDir(folder).entryList(QDir::Files | QDir::System | QDir::Dirs | QDir::NoDotAndDotDot);
        for (const QString &descriptor : descriptors) {
            if (cancel.isCancelled() || deadline.hasExpired())
                return;
            char target[4096];
            const QByteArray link = QFile::encodeName(folder + u'/' + descriptor);
            const ssize_t size = ::readlink(link.constData(), target, sizeof target);
            if (size > 0 && !look(pid.toLongLong(), link, QFile::decodeName(QByteArray(target, size))))
                return;
        }
    }
}

} // namespace

QList<OpenFile> openFilesOn(dev_t device, const ProcPaths &paths, const QDeadlineTimer &deadline, const MonitorCancel &cancel)
{
    const QString mark = u" (deleted)"_s;
    QList<OpenFile> files;
    forEachOpen(paths, deadline, cancel, [&](qint64 pid, const QByteArray &link, const QString &target) {
        struct stat file{}, own{};
        if (!target.startsWith(u'/') || ::stat(link.constData(), &file) != 0 || !S_ISREG(file.st_mode) || file.st_dev != device)
            return true;
        OpenFile one{pid, commandName(pid, paths), target, quint64(file.st_blocks) * 512, file.st_nlink == 0, false};
        one.writable = ::lstat(link.constData(), &own) == 0 && (own.st_mode & S_IWUSR) != 0; // the link's mode is the descriptor's
        if (one.path.endsWith(mark))
            one.path.chop(mark.size());
        files.append(one);
        return true;
    });
    return files;
}

qint64 holderOf(quint64 socketInode, const ProcPaths &paths, const QDeadlineTimer &deadline, const MonitorCancel &cancel)
{
    const QString wanted = u"socket:[%1]"_s.arg(socketInode);
    qint64 holder = 0;
    forEachOpen(paths, deadline, cancel, [&](qint64 pid, const QByteArray &, const QString &target) {
        holder = target == wanted ? pid : 0;
        return holder == 0;
    });
    return holder;
}

QString commandName(qint64 pid, const ProcPaths &paths)
{
    return QString::fromUtf8(smallFile(u"%1/%2/comm"_s.arg(paths.proc).arg(pid)).trimmed());
}

QByteArray smallFile(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.read(1024 * 1024) : QByteArray();
}

} // namespace prunella::treeprobe
