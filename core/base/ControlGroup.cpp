#include "core/base/ControlGroup.h"

#include <QFile>

namespace prunella {
namespace {

/// Where a value stands: the controller, and the files of version 1 and 2.
struct Place { const char *controller, *first, *second; };

Place placeOf(GroupValue value)
{
    switch (value) {
    case GroupValue::MemoryLimit: return {"memory", "memory.limit_in_bytes", "memory.max"};
    case GroupValue::MemoryUsed: return {"memory", "memory.usage_in_bytes", "memory.current"};
    case GroupValue::CpuLimit: return {"cpu", "cpu.cfs_quota_us", "cpu.max"};
    case GroupValue::CpuUsed: return {"cpuacct", "cpuacct.usage", "cpu.stat"};
    case GroupValue::TasksLimit: return {"pids", "pids.max", "pids.max"};
    case GroupValue::TasksUsed: return {"pids", "pids.current", "pids.current"};
    }
    return {};
}

QByteArray read(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.read(8192).trimmed() : QByteArray();
}

/// The first word; nothing for "max", -1, and the huge number that stands for none in version 1.
std::optional<double> number(const QByteArray &text)
{
    constexpr double none = 1e18;
    bool ok = false;
    const double value = text.split(' ').first().toDouble(&ok);
    return ok && value >= 0 && value < none ? std::optional(value) : std::nullopt;
}

/// "50000 100000" of version 2 is half a core.
std::optional<double> percent(const QByteArray &text, std::optional<double> period)
{
    const auto quota = number(text);
    if (!period)
        period = number(text.split(' ').value(1));
    return quota && period && *period > 0 ? std::optional(*quota / *period * 100) : std::nullopt;
}

/// "usage_usec 1234" among the lines of version 2.
std::optional<double> usedProcessor(const QByteArray &text, bool second)
{
    if (!second)
        return number(text);
    for (const QByteArray &line : text.split('\n')) {
        if (line.startsWith("usage_usec ")) {
            const auto microseconds = number(line.mid(11));
            return microseconds ? std::optional(*microseconds * 1000) : std::nullopt;
        }
    }
    return std::nullopt;
}

} // namespace

std::optional<double> groupValue(qint64 pid, GroupValue value, const QString &proc, const QString &groups)
{
    const Place place = placeOf(value);
    QString folder;
    bool second = false;
    for (const QByteArray &line : read(QStringLiteral("%1/%2/cgroup").arg(proc).arg(pid)).split('\n')) {
        const qsizetype first = line.indexOf(':'), next = line.indexOf(':', first + 1);
        if (first < 0 || next < 0)
            continue;
        const QByteArray controllers = line.mid(first + 1, next - first - 1);
        const QString path = QString::fromUtf8(line.mid(next + 1));
        if (controllers.split(',').contains(place.controller)) { // version 1: a tree of its own
            folder = groups + u'/' + QString::fromLatin1(place.controller) + path;
            second = false;
            break;
        }
        if (controllers.isEmpty()) {
            folder = groups + path;
            second = true;
        }
    }
    if (folder.isEmpty())
        return std::nullopt;
    const QByteArray text = read(folder + u'/' + QString::fromLatin1(second ? place.second : place.first));
    if (value == GroupValue::CpuLimit)
        return percent(text, second ? std::nullopt : number(read(folder + QStringLiteral("/cpu.cfs_period_us"))));
    return value == GroupValue::CpuUsed ? usedProcessor(text, second) : number(text);
}

} // namespace prunella
