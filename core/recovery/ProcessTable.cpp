#include "core/recovery/ProcessTable.h"

#include <QByteArray>
#include <QFile>

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

namespace prunella {
namespace {

QByteArray procFile(qint64 pid, const char *name)
{
    QFile file(QStringLiteral("/proc/%1/%2").arg(pid).arg(QLatin1String(name)));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

QList<QByteArray> ProcessMarks::environment() const
{
    return {QByteArray("PRUNELLA_SERVICE=" + service.toUtf8()), QByteArray("PRUNELLA_STATE_DIR=" + QFile::encodeName(stateDir))};
}

std::optional<ProcessEntry> processEntry(qint64 pid)
{
    const QByteArray stat = procFile(pid, "stat");
    // The name in brackets may hold anything, brackets and blanks too: the fields follow the last one.
    const QList<QByteArray> fields = stat.mid(stat.lastIndexOf(')') + 2).split(' ');
    if (pid <= 0 || stat.isEmpty() || fields.size() < 20)
        return std::nullopt;
    // fields[0] is field 3 of proc(5)
    return ProcessEntry{pid, fields[2].toLongLong(), fields[3].toLongLong(), fields[19].toULongLong(), fields[0].isEmpty() ? '?' : fields[0][0]};
}

QList<ProcessEntry> runningProcesses()
{
    QList<ProcessEntry> entries;
    DIR *directory = opendir("/proc");
    if (!directory)
        return entries;
    while (const dirent *item = readdir(directory)) {
        bool isPid = false;
        const qint64 pid = QByteArray(item->d_name).toLongLong(&isPid);
        const auto entry = isPid ? processEntry(pid) : std::nullopt;
        if (entry && !entry->ended())
            entries.append(*entry);
    }
    closedir(directory);
    return entries;
}

bool hasMarks(qint64 pid, const ProcessMarks &marks)
{
    struct stat owner{};
    const QByteArray path = "/proc/" + QByteArray::number(pid);
    // Anybody may put our marks on a process of his own; what root would then stop or adopt must be root's.
    if (stat(path.constData(), &owner) != 0 || owner.st_uid != geteuid())
        return false;
    const QList<QByteArray> environment = procFile(pid, "environ").split('\0');
    const QList<QByteArray> wanted = marks.environment();
    return std::all_of(wanted.begin(), wanted.end(), [&](const QByteArray &mark) { return environment.contains(mark); });
}

} // namespace prunella
