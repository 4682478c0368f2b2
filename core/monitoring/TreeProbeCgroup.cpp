// The probe of decision trees that reads the component's control group, of either version.
#include "core/monitoring/MonitorWait.h"
#include "core/monitoring/TreeProbeOpenFiles.h"
#include "core/monitoring/TreeProbeParts.h"

#include <QFile>

namespace prunella::treeprobe {

using namespace Qt::StringLiterals;

namespace {

constexpr double mibBytes = 1048576;
constexpr double unlimited = 4e18; // version 1 writes a number near 2^63 for "no limit"

/// The group in one controller's hierarchy: as the kernel tells it of the main process, else as systemd named it.
struct Group {
    QString mount, path;   ///< "/sys/fs/cgroup/memory", "/system.slice/web.service"
    bool v2 = false;
    [[nodiscard]] QString file(const QString &name) const { return mount + path + u'/' + name; }
    [[nodiscard]] bool isThere() const { return QFile::exists(mount + path); }
};

QString pathInHierarchy(const Probe &probe, const QString &controller)
{
    if (probe.order.subject.pid <= 0)
        return probe.order.subject.controlGroup;
    const QString all = QString::fromUtf8(smallFile(u"%1/%2/cgroup"_s.arg(probe.paths.proc).arg(probe.order.subject.pid)));
    for (const QString &line : all.split(u'\n')) {
        const QString controllers = line.section(u':', 1, 1);
        if (controller.isEmpty() ? line.startsWith(u"0::"_s) : controllers.split(u',').contains(controller))
            return line.section(u':', 2);
    }
    return probe.order.subject.controlGroup;
}

Group groupOf(const Probe &probe, const QString &controller)
{
    const QString top = probe.paths.sys + u"/fs/cgroup"_s;
    const bool v2 = QFile::exists(top + u"/cgroup.controllers"_s);
    return v2 ? Group{top, pathInHierarchy(probe, {}), true} : Group{top + u'/' + controller, pathInHierarchy(probe, controller), false};
}

std::optional<double> number(const QString &path)
{
    bool ok = false;
    const double value = smallFile(path).trimmed().toDouble(&ok);
    return ok ? std::optional(value) : std::nullopt;
}

/// "name value" lines.
std::optional<double> field(const QString &path, const QByteArray &name)
{
    for (const QByteArray &line : smallFile(path).split('\n')) {
        if (line.startsWith(QByteArray(name + ' ')))
            return line.mid(name.size() + 1).trimmed().toDouble();
    }
    return std::nullopt;
}

std::optional<double> usage(const Group &group) { return number(group.file(group.v2 ? u"memory.current"_s : u"memory.usage_in_bytes"_s)); }

/// Of the group, or of the nearest one above it that has a limit.
Fact limitPercent(Group group)
{
    while (group.path.size() > 1) {
        const auto limit = number(group.file(group.v2 ? u"memory.max"_s : u"memory.limit_in_bytes"_s));
        const auto used = usage(group);
        if (limit && used && *limit > 0 && *limit < unlimited) {
            return {100 * *used / *limit, u"%1 uses %2 of its %3 MiB"_s.arg(group.path).arg(*used / mibBytes, 0, 'f', 0)
                    .arg(*limit / mibBytes, 0, 'f', 0), 0};
        }
        group.path = group.path.section(u'/', 0, -2);
    }
    return unknownFact(u"no memory limit is set for its control group"_s);
}

Fact mib(const Group &group, const std::optional<double> &bytes, const QString &what)
{
    if (!bytes)
        return unknownFact(u"%1 does not tell its %2"_s.arg(group.path, what));
    return {*bytes / mibBytes, u"%1 has %2 MiB of %3"_s.arg(group.path).arg(*bytes / mibBytes, 0, 'f', 1).arg(what), 0};
}

Fact filePercent(const Group &group)
{
    const auto cache = field(group.file(u"memory.stat"_s), group.v2 ? "file" : "total_cache");
    const auto used = usage(group);
    if (!cache || !used || *used <= 0)
        return unknownFact(group.path + u" does not tell its page cache"_s);
    const double percent = 100 * *cache / *used;
    return {percent, u"%1 % of the memory of %2 is page cache"_s.arg(percent, 0, 'f', 0).arg(group.path), 0};
}

Fact oomKills(const Group &group)
{
    const auto kills = field(group.file(group.v2 ? u"memory.events"_s : u"memory.oom_control"_s), "oom_kill");
    if (!kills)
        return unknownFact(group.path + u" does not count its OOM kills"_s);
    return {*kills, u"%1 had %2 OOM kills since it was made"_s.arg(group.path).arg(*kills, 0, 'f', 0), 0};
}

/// Over the next second: the counters run since the group was made, which tells nothing of now.
Fact throttledPercent(const Probe &probe, const Group &group)
{
    constexpr qint64 lookMs = 1000;
    const auto read = [&](const char *name) { return field(group.file(u"cpu.stat"_s), name); };
    const auto periods = read("nr_periods"), throttled = read("nr_throttled");
    if (!periods || !throttled)
        return unknownFact(group.path + u" does not count its throttling"_s);
    const QDeadlineTimer until(std::min(lookMs, probe.order.timeoutMs / 2), Qt::PreciseTimer);
    if (waitReady(probe.cancel.fd(), 0, until, probe.cancel) == Waited::Cancelled)
        return unknownFact(u"stopped with the monitoring"_s);
    const double passed = read("nr_periods").value_or(*periods) - *periods;
    if (passed <= 0)
        return {0.0, group.path + u" is not throttled: it has no CPU quota, or did not run"_s, 0};
    const double percent = 100 * (read("nr_throttled").value_or(*throttled) - *throttled) / passed;
    return {percent, u"%1 was throttled in %2 % of the last %3 periods"_s.arg(group.path).arg(percent, 0, 'f', 0).arg(passed, 0, 'f', 0), 0};
}

} // namespace

Fact cgroup(const Probe &probe)
{
    const QString &what = probe.order.text;
    const Group group = groupOf(probe, what == u"throttled_percent"_s ? u"cpu"_s : u"memory"_s);
    if (group.path.isEmpty())
        return unknownFact(u"its control group is not known"_s);
    if (!group.isThere())
        return unknownFact(u"its control group %1 is gone"_s.arg(group.path));
    if (what == u"limit_percent"_s)
        return limitPercent(group);
    if (what == u"file_percent"_s)
        return filePercent(group);
    if (what == u"anon_mib"_s)
        return mib(group, field(group.file(u"memory.stat"_s), group.v2 ? "anon" : "total_rss"), u"memory that is no page cache"_s);
    if (what == u"oom_kills"_s)
        return oomKills(group);
    if (what == u"throttled_percent"_s)
        return throttledPercent(probe, group);
    return mib(group, group.v2 ? number(group.file(u"memory.swap.current"_s)) : field(group.file(u"memory.stat"_s), "total_swap"), u"swap"_s);
}

} // namespace prunella::treeprobe
