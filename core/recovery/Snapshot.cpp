#include "core/recovery/Snapshot.h"

#include "core/recovery/OpenFile.h"
#include "core/recovery/SnapshotParts.h"

#include <QDir>
#include <QFile>
#include <QSysInfo>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

constexpr qsizetype mostOfSystemFile = 64 * 1024;
constexpr qsizetype mostOfPart = 56 * 1024; // so that no part leaves no room for the others

/// From its beginning, with what is missing said at the end. Never cuts within a character.
QByteArray bounded(const QString &text, qsizetype most)
{
    const QByteArray bytes = text.toUtf8();
    if (bytes.size() <= most)
        return bytes;
    qsizetype end = most - 60; // the words below need less
    while (end > 0 && (uchar(bytes[end]) & 0xC0) == 0x80)
        --end;
    return bytes.left(end) + "\n[... " + QByteArray::number(bytes.size() - end) + " bytes left out ...]\n";
}

QString header(const SnapshotSubject &subject, const Now &now)
{
    return u"Prunella snapshot of %1\ntime: %2\nhost: %3\nincident: %4\naction: %5\nmanager: %6%7\nmain process: %8\n"_s
        .arg(subject.service.name, isoTime(now.wallMs), QSysInfo::machineHostName(), subject.incidentId, subject.actionId, toString(subject.service.manager),
             subject.service.unit.isEmpty() ? QString() : u", unit "_s + subject.service.unit,
             subject.pid > 0 ? QString::number(subject.pid) : u"none known, so nothing of one below"_s);
}

/// The newest so many stay: an incident that returns every hour must not fill the disk.
void removeOldest(const QString &folder)
{
    constexpr int kept = 200;
    const QFileInfoList newestFirst = QDir(folder).entryInfoList({u"*.txt"_s}, QDir::Files, QDir::Time);
    for (const QFileInfo &old : newestFirst.mid(kept))
        QFile::remove(old.filePath());
}

bool writeAll(int fd, const QByteArray &bytes)
{
    for (qsizetype done = 0; done < bytes.size();) {
        const ssize_t count = write(fd, bytes.constData() + done, std::size_t(bytes.size() - done));
        if (count < 0 && errno != EINTR)
            return false;
        done += std::max<ssize_t>(count, 0);
    }
    return fsync(fd) == 0;
}

} // namespace

namespace snapshot {

Result<QString> readSystemFile(const QString &path)
{
    const OpenFile file(open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!file.isOpen())
        return systemFailure(u"cannot read "_s + path, errno);
    QByteArray text;
    std::array<char, 8192> buffer;
    while (text.size() < mostOfSystemFile) {
        const ssize_t count = read(file.fd(), buffer.data(), buffer.size());
        if (count < 0 && errno != EINTR)
            return systemFailure(u"cannot read "_s + path, errno);
        if (count == 0)
            break;
        text.append(buffer.data(), std::max<ssize_t>(count, 0));
    }
    return QString::fromUtf8(text);
}

QString textOrReason(const QString &path)
{
    const Result<QString> text = readSystemFile(path);
    return text ? *text : text.error().message + u'\n';
}

} // namespace snapshot

QByteArray takeSnapshot(const SnapshotSubject &subject, const Now &now, const CancelToken &token)
{
    using namespace snapshot;
    QByteArray text = header(subject, now).toUtf8();
    const auto part = [&](const QString &title, const QString &body) {
        text += "\n== " + title.toUtf8() + " ==\n" + bounded(body, mostOfPart);
        if (!text.endsWith('\n'))
            text += '\n';
    };
    part(u"Processes"_s, topProcesses(token));
    part(u"Log"_s, lastLogLines(subject, token));
    if (subject.pid > 0) {
        part(u"Main process"_s, processStatus(subject.pid));
        part(u"Control group"_s, controlGroup(subject.pid));
        part(u"Sockets"_s, sockets(subject.pid));
        part(u"Open files"_s, openFiles(subject.pid));
        if (subject.service.closePeek.stack) {
            part(u"Kernel stacks"_s, kernelStacks(subject.pid));
            part(u"User stacks"_s, userStacks(subject.pid, token));
        } else {
            part(u"Stacks"_s, u"not asked for (monitoring.stack)"_s);
        }
    }
    return bounded(QString::fromUtf8(text), maxSnapshotBytes);
}

Result<QString> writeAttachment(const QString &stateDir, const QString &name, const QByteArray &bytes)
{
    const QString folder = stateDir + u"/attachments"_s, path = folder + u'/' + name;
    if (mkdir(QFile::encodeName(folder).constData(), 0700) != 0 && errno != EEXIST)
        return systemFailure(u"cannot make the folder "_s + folder, errno);
    const OpenFile opened(open(QFile::encodeName(folder).constData(), O_DIRECTORY | O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!opened.isOpen())
        return systemFailure(u"cannot open the folder "_s + folder, errno);
    const QByteArray own = QFile::encodeName(name), fresh = '.' + own + ".new";
    unlinkat(opened.fd(), fresh.constData(), 0); // left behind by an engine that was killed
    const OpenFile file(openat(opened.fd(), fresh.constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.isOpen())
        return systemFailure(u"cannot write "_s + path, errno);
    if (fchmod(file.fd(), 0600) != 0 || !writeAll(file.fd(), bytes) || renameat(opened.fd(), fresh.constData(), opened.fd(), own.constData()) != 0) {
        const int error = errno;
        unlinkat(opened.fd(), fresh.constData(), 0);
        return systemFailure(u"cannot write "_s + path, error);
    }
    fsync(opened.fd());
    removeOldest(folder);
    return path;
}

} // namespace prunella
