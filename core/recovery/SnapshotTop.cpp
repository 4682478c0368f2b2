#include "core/recovery/SnapshotParts.h"

#include "core/recovery/ProcessTable.h"

#include <unistd.h>

using namespace Qt::StringLiterals;

namespace prunella::snapshot {
namespace {

constexpr std::chrono::milliseconds measuredMs{300};
constexpr int mostProcesses = 20;

struct Usage {
    qint64 pid = 0;
    QString name;             ///< as the kernel has it: without arguments
    QChar state;
    quint64 ticks = 0, startTicks = 0;
    qint64 rssKiB = 0;
    int threads = 0;
    double percent = 0;       ///< of one core
};

/// proc(5): fields[0] is field 3.
std::optional<Usage> usageOf(qint64 pid)
{
    const Result<QString> stat = readSystemFile(u"/proc/%1/stat"_s.arg(pid));
    const qsizetype bracket = stat ? stat->lastIndexOf(u')') : -1;
    const QStringList fields = bracket < 0 ? QStringList() : stat->mid(bracket + 2).split(u' ');
    if (fields.size() < 22)
        return std::nullopt;
    static const qint64 pageKiB = sysconf(_SC_PAGESIZE) / 1024;
    Usage usage;
    usage.pid = pid;
    usage.name = stat->mid(stat->indexOf(u'(') + 1, bracket - stat->indexOf(u'(') - 1);
    usage.state = fields[0].isEmpty() ? u'?' : fields[0][0];
    usage.ticks = fields[11].toULongLong() + fields[12].toULongLong();
    usage.startTicks = fields[19].toULongLong();
    usage.threads = fields[17].toInt();
    usage.rssKiB = fields[21].toLongLong() * pageKiB;
    return usage;
}

QMap<qint64, Usage> allUsages()
{
    QMap<qint64, Usage> all;
    for (const ProcessEntry &entry : runningProcesses())
        if (const auto usage = usageOf(entry.pid))
            all.insert(entry.pid, *usage);
    return all;
}

/// "web.service", the last part of its control group; only asked for what is shown.
QString groupOf(qint64 pid)
{
    const QStringList lines = readSystemFile(u"/proc/%1/cgroup"_s.arg(pid)).value_or(QString()).split(u'\n');
    for (const QString &line : lines)
        if (line.startsWith("0::"_L1) || line.contains(":name=systemd:"_L1))
            if (const QString leaf = line.section(u'/', -1); !leaf.isEmpty())
                return leaf;
    return u"-"_s;
}

QString table(QList<Usage> usages, bool (*before)(const Usage &, const Usage &))
{
    std::sort(usages.begin(), usages.end(), before);
    QString text = u"    PID   CPU%    RSS KiB THREADS S NAME             GROUP\n"_s;
    for (const Usage &usage : usages.mid(0, mostProcesses))
        text += u"%1 %2 %3 %4 %5 %6 %7\n"_s.arg(usage.pid, 7).arg(usage.percent, 6, 'f', 1).arg(usage.rssKiB, 10).arg(usage.threads, 7)
                    .arg(usage.state).arg(usage.name, -16).arg(groupOf(usage.pid));
    return text;
}

} // namespace

QString topProcesses(const CancelToken &token)
{
    const auto began = std::chrono::steady_clock::now();
    const QMap<qint64, Usage> first = allUsages();
    token.wait(measuredMs);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    const double ticksPerSecond = double(sysconf(_SC_CLK_TCK));
    QList<Usage> usages = allUsages().values();
    for (Usage &usage : usages) {
        const auto it = first.constFind(usage.pid);
        const bool same = it != first.cend() && it->startTicks == usage.startTicks;
        usage.percent = double(usage.ticks - (same ? it->ticks : 0)) / ticksPerSecond / seconds * 100;
    }
    return u"%1 processes; by CPU, measured over %2 s:\n"_s.arg(usages.size()).arg(seconds, 0, 'f', 2)
        + table(usages, [](const Usage &a, const Usage &b) { return a.percent > b.percent; }) + u"by memory:\n"_s
        + table(usages, [](const Usage &a, const Usage &b) { return a.rssKiB > b.rssKiB; });
}

} // namespace prunella::snapshot
