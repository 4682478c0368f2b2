// The probe of decision trees that finds what fills a disk.
#include "core/monitoring/TreeProbeOpenFiles.h"
#include "core/monitoring/TreeProbeParts.h"

#include <QDeadlineTimer>
#include <QFile>
#include <QHash>

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace prunella::treeprobe {

using namespace Qt::StringLiterals;

namespace {

constexpr int mostEntries = 500'000;
constexpr qint64 recentS = 3600;
constexpr double mibBytes = 1048576;

struct Kind { const char *word; QStringList names; };

/// Names of directories that tell what is in them.
const QList<Kind> &kinds()
{
    static const QList<Kind> table{{"journal", {u"journal"_s}},
                                   {"logs", {u"log"_s, u"logs"_s}},
                                   {"package_cache", {u"apt"_s, u"dnf"_s, u"yum"_s, u"pacman"_s, u"zypp"_s, u"pip"_s}},
                                   {"core_dumps", {u"coredump"_s, u"coredumps"_s, u"cores"_s, u"crash"_s}},
                                   {"temporary", {u"tmp"_s, u"temp"_s}}};
    return table;
}

/// Where the files of a directory are counted, and as what: the nearest directory above with a telling name, else itself.
struct Place { QString path; const char *kind = "data"; };

Place placeOf(const QString &directory)
{
    for (qsizetype end = directory.size(); end > 0; end = directory.lastIndexOf(u'/', end - 1)) {
        const QString path = directory.left(end);
        const QString name = path.section(u'/', -1);
        for (const Kind &kind : kinds()) {
            if (kind.names.contains(name))
                return {path, kind.word};
        }
    }
    return {directory, "data"};
}

struct Grown { QHash<QString, quint64> bytes; QHash<QString, const char *> kinds; bool complete = true; };

/// Everything below a directory on its own device: without following links, bounded in time and number.
class Walk
{
public:
    Walk(const QString &top, qint64 wallMs, qint64 timeoutMs, const MonitorCancel &cancel)
        : m_since(wallMs / 1000 - recentS), m_deadline(timeoutMs), m_cancel(cancel), m_left{top}
    {
    }
    Grown run(dev_t device)
    {
        while (!m_left.isEmpty()) {
            if (m_cancel.isCancelled() || m_deadline.hasExpired() || m_entries > mostEntries) {
                m_grown.complete = false;
                break;
            }
            look(m_left.takeLast(), device);
        }
        return m_grown;
    }

private:
    void look(const QString &directory, dev_t device)
    {
        DIR *open = ::opendir(QFile::encodeName(directory).constData());
        if (!open)
            return;
        quint64 bytes = 0;
        while (const dirent *entry = ::readdir(open)) {
            struct stat file{};
            const QByteArrayView name(entry->d_name);
            if (name == "." || name == ".." || ::fstatat(::dirfd(open), entry->d_name, &file, AT_SYMLINK_NOFOLLOW) != 0 || file.st_dev != device)
                continue;
            ++m_entries;
            if (S_ISDIR(file.st_mode))
                m_left.append((directory == u"/"_s ? QString() : directory) + u'/' + QFile::decodeName(entry->d_name));
            else if (S_ISREG(file.st_mode) && file.st_mtime >= m_since)
                bytes += quint64(file.st_blocks) * 512;
        }
        ::closedir(open);
        if (bytes == 0)
            return;
        const Place place = placeOf(directory);
        m_grown.bytes[place.path] += bytes;
        m_grown.kinds[place.path] = place.kind;
    }

    qint64 m_since;
    QDeadlineTimer m_deadline;
    const MonitorCancel &m_cancel;
    QStringList m_left;
    int m_entries = 0;
    Grown m_grown;
};

/// The first process that writes below the directory; empty when none is seen.
QString writerBelow(const QString &directory, const QList<OpenFile> &files)
{
    for (const OpenFile &file : files) {
        if (file.writable && !file.deleted && file.path.startsWith(QString(directory + u'/')))
            return u", written by %1 (pid %2)"_s.arg(file.process).arg(file.pid);
    }
    return {};
}

} // namespace

Fact diskGrowth(const Probe &probe)
{
    const QString &path = probe.order.text;
    struct stat top{};
    if (::stat(QFile::encodeName(path).constData(), &top) != 0)
        return unknownFact(path + u": "_s + errorWord(errno));
    const qint64 each = std::max<qint64>(probe.order.timeoutMs / 2, 100); // half for the walk, half for the processes
    const Grown grown = Walk(path, probe.now.wallMs, each, probe.cancel).run(top.st_dev);
    const QList<OpenFile> files = openFilesOn(top.st_dev, probe.paths, QDeadlineTimer(each), probe.cancel);
    QString most;
    for (auto it = grown.bytes.cbegin(); it != grown.bytes.cend(); ++it) {
        const quint64 best = grown.bytes.value(most);
        if (it.value() > best || (it.value() == best && it.key() < most))
            most = it.key();
    }
    const OpenFile *held = nullptr;
    for (const OpenFile &file : files) {
        if (file.deleted && (!held || file.bytes > held->bytes))
            held = &file;
    }
    const quint64 bytes = grown.bytes.value(most);
    if (held && held->bytes > bytes && held->bytes >= quint64(mibBytes)) {
        return said("deleted_open", u"%1 is deleted, but %2 (pid %3) holds it open: %4 MiB"_s
                    .arg(held->path, held->process).arg(held->pid).arg(double(held->bytes) / mibBytes, 0, 'f', 0));
    }
    if (bytes >= quint64(mibBytes)) {
        return said(grown.kinds.value(most), u"%1 holds %2 MiB of files written within the last hour%3"_s
                    .arg(most).arg(double(bytes) / mibBytes, 0, 'f', 0).arg(writerBelow(most, files)));
    }
    if (!grown.complete)
        return unknownFact(u"%1 holds more files than could be looked at in time"_s.arg(path));
    return said("nothing", u"below %1 nothing of size was written within the last hour"_s.arg(path));
}

} // namespace prunella::treeprobe
