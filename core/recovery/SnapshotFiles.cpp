#include "core/recovery/SnapshotParts.h"

#include "core/recovery/OpenFile.h"

#include <QFile>

#include <array>
#include <cerrno>
#include <dirent.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace prunella::snapshot {
namespace {

QString kindOf(const QString &target)
{
    if (target.endsWith(" (deleted)"_L1))
        return u"deleted file"_s;
    if (target.startsWith("/dev/"_L1))
        return u"device"_s;
    if (target.startsWith(u'/'))
        return u"file"_s;
    if (target.startsWith("anon_inode:"_L1))
        return target.mid(11).remove(u'[').remove(u']'); // eventpoll, eventfd, timerfd, ...
    return target.section(u':', 0, 0); // socket, pipe
}

} // namespace

Result<QMap<int, QString>> descriptors(qint64 pid)
{
    const QString folder = u"/proc/%1/fd"_s.arg(pid);
    DIR *directory = opendir(QFile::encodeName(folder).constData());
    if (!directory)
        return systemFailure(u"cannot read "_s + folder, errno);
    QMap<int, QString> targets;
    errno = 0;
    while (const dirent *entry = readdir(directory)) {
        std::array<char, 4096> target;
        const ssize_t size = entry->d_name[0] == '.' ? -1 : readlinkat(dirfd(directory), entry->d_name, target.data(), target.size());
        if (size > 0)
            targets.insert(QByteArray(entry->d_name).toInt(), QString::fromLocal8Bit(target.data(), size));
    }
    closedir(directory);
    return targets;
}

QString processStatus(qint64 pid)
{
    static const QStringList wanted{u"Name"_s, u"State"_s, u"Uid"_s, u"VmPeak"_s, u"VmSize"_s, u"VmHWM"_s, u"VmRSS"_s, u"RssAnon"_s, u"VmSwap"_s, u"Threads"_s,
                                    u"voluntary_ctxt_switches"_s, u"nonvoluntary_ctxt_switches"_s};
    const Result<QString> status = readSystemFile(u"/proc/%1/status"_s.arg(pid));
    if (!status)
        return status.error().message;
    QString text;
    for (const QString &line : status->split(u'\n'))
        if (wanted.contains(line.section(u':', 0, 0)))
            text += line.simplified() + u'\n';
    return text + textOrReason(u"/proc/%1/limits"_s.arg(pid));
}

QString openFiles(qint64 pid)
{
    const auto targets = descriptors(pid);
    if (!targets)
        return targets.error().message;
    QMap<QString, int> kinds;
    for (const QString &target : *targets)
        ++kinds[kindOf(target)];
    QStringList counts;
    for (auto it = kinds.cbegin(); it != kinds.cend(); ++it)
        counts.append(u"%1 %2"_s.arg(it.value()).arg(it.key()));
    QString text = u"%1 open: %2\n"_s.arg(targets->size()).arg(counts.join(u", "_s));
    int shown = 0;
    for (auto it = targets->cbegin(); it != targets->cend() && shown < mostLines; ++it, ++shown)
        text += u"%1 -> %2\n"_s.arg(it.key(), 5).arg(it.value());
    if (targets->size() > shown)
        text += u"[... %1 more ...]\n"_s.arg(targets->size() - shown);
    return text;
}

} // namespace prunella::snapshot
