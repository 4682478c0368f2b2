#include "core/recovery/UnitLimits.h"

#include "core/base/Failpoint.h"

#include <QFile>
#include <QMap>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

constexpr int kernelLooks = 40;                        ///< systemd answers before it writes the kernel's files
constexpr std::chrono::milliseconds kernelPause{50};
constexpr quint64 pageBytes = 4096;

QByteArray textOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.read(4096).trimmed() : QByteArray();
}

bool isUnified(const QString &root) { return QFile::exists(root + u"/cgroup.controllers"_s); }

QString kernelFile(const QString &property, const QString &group, const QString &root)
{
    static const QMap<QString, QString> v2{{u"MemoryMax"_s, u"memory.max"_s}, {u"MemoryHigh"_s, u"memory.high"_s},
                                           {u"CPUQuotaPerSecUSec"_s, u"cpu.max"_s}, {u"TasksMax"_s, u"pids.max"_s},
                                           {u"CPUWeight"_s, u"cpu.weight"_s}, {u"IOWeight"_s, u"io.weight"_s}};
    static const QMap<QString, QString> v1{{u"MemoryMax"_s, u"memory/memory.limit_in_bytes"_s}, {u"CPUQuotaPerSecUSec"_s, u"cpu/cpu.cfs_quota_us"_s},
                                           {u"TasksMax"_s, u"pids/pids.max"_s}, {u"CPUWeight"_s, u"cpu/cpu.shares"_s}};
    if (group.isEmpty())
        return {};
    if (isUnified(root))
        return root + group + u'/' + v2.value(property);
    const QString file = v1.value(property);
    return file.isEmpty() ? QString() : u"%1/%2%3/%4"_s.arg(root, file.section(u'/', 0, 0), group, file.section(u'/', 1));
}

/// Quota and period in microseconds, as systemd counts: microseconds a second.
std::optional<quint64> perSecond(const QByteArray &quota, const QByteArray &period)
{
    const double part = quota.toDouble(), whole = period.toDouble();
    if (quota == "max" || part < 0)
        return noLimit;
    return whole > 0 ? std::optional(quint64(part * 1e6 / whole + 0.5)) : std::nullopt;
}

/// The values as systemd has them now, in the order of the changes.
Result<QList<quint64>> present(UnitCalls &calls, const LimitPlan &plan)
{
    QList<quint64> values;
    for (const LimitChange &change : plan.changes) {
        const Result<UnitRow> row = calls.unit(change.unit);
        if (!row)
            return tl::unexpected(row.error());
        const Result<quint64> value = calls.number(change.unit, *row, change.property.toLatin1().constData());
        if (!value)
            return tl::unexpected(value.error());
        values.append(*value);
    }
    return values;
}

Status stillAsDecided(const LimitPlan &plan, const QList<quint64> &values)
{
    for (qsizetype i = 0; i < values.size(); ++i) {
        const LimitChange &change = plan.changes.at(i);
        if (values.at(i) != change.from && values.at(i) != change.to)
            return failure(ErrorCode::Busy, u"%1 of %2 is %3, not %4 as when the action was decided; nothing was done"_s
                               .arg(change.property, change.unit, limitValue(change.property, values.at(i)),
                                    limitValue(change.property, change.from)));
    }
    return {};
}

Status haveTaken(UnitCalls &calls, const LimitPlan &plan)
{
    const Result<QList<quint64>> values = present(calls, plan);
    if (!values)
        return tl::unexpected(values.error());
    for (qsizetype i = 0; i < values->size(); ++i) {
        const LimitChange &change = plan.changes.at(i);
        if (values->at(i) != change.to)
            return failure(ErrorCode::Io, u"%1 of %2 is %3 after it was set to %4"_s
                               .arg(change.property, change.unit, limitValue(change.property, values->at(i)),
                                    limitValue(change.property, change.to)));
    }
    return {};
}

Status setAll(UnitCalls &calls, const LimitPlan &plan, const QList<quint64> &values)
{
    QMap<QString, QList<UnitCalls::Value>> wanted;
    for (qsizetype i = 0; i < values.size(); ++i)
        if (values.at(i) != plan.changes.at(i).to)
            wanted[plan.changes.at(i).unit].append({plan.changes.at(i).property.toLatin1(), plan.changes.at(i).to});
    for (auto it = wanted.cbegin(); it != wanted.cend(); ++it)
        if (const Status set = calls.setProperties(it.key(), plan.runtime, it.value()); !set)
            return set;
    return {};
}

/// The files as they were before; a note about those that only root may touch. systemd then reads them again.
Result<QString> restoreDropIns(UnitCalls &calls, bool userManager, const LimitPlan &plan)
{
    bool changed = false;
    QStringList notes;
    for (const LimitChange &change : plan.changes) {
        const QString path = controlDropIn({userManager, plan.runtime, plan.transient}, change.unit, change.property);
        const Result<DropInBytes> now = readDropIn(path);
        if (now && *now == change.dropInBefore)
            continue;
        const Status put = now ? replaceDropIn(path, *now, change.dropInBefore) : tl::unexpected(now.error());
        changed |= put.has_value();
        if (!put && put.error().code != ErrorCode::NotAuthorised)
            return tl::unexpected(put.error());
        if (!put)
            notes.append(u"%1 stays and holds the old value, for only its owner may remove it"_s.arg(path));
    }
    if (changed)
        if (const Status read = calls.reloadManager(); !read)
            return tl::unexpected(read.error());
    return notes.join("; "_L1);
}

/// The kernel's files follow after systemd's answer; version 1 refuses a memory limit below what is in use.
Status kernelFollows(UnitCalls &calls, const CancelToken &token, const LimitPlan &plan)
{
    for (const LimitChange &change : plan.changes) {
        const Result<UnitLimits> limits = readUnitLimits(calls, change.unit);
        if (!limits)
            return tl::unexpected(limits.error());
        const bool weight = change.property.endsWith("Weight"_L1);
        const auto differs = [&](quint64 value) {
            const quint64 to = change.to;
            return to == noLimit ? !weight && value != noLimit : value / pageBytes != to / pageBytes || (!change.property.startsWith("Memory"_L1) && value != to);
        };
        std::optional<quint64> value = kernelLimit(change.property, limits->controlGroup);
        for (int i = 0; value && differs(*value) && i < kernelLooks && !token.wait(kernelPause); ++i)
            value = kernelLimit(change.property, limits->controlGroup);
        if (value && differs(*value))
            return failure(ErrorCode::Io, u"%1 of %2 is %3 for systemd, but the kernel keeps %4; memory in use is not taken away"_s
                               .arg(change.property, change.unit, limitValue(change.property, change.to), limitValue(change.property, *value)));
    }
    return {};
}

} // namespace

Result<UnitLimits> readUnitLimits(UnitCalls &calls, const QString &unit)
{
    const Result<UnitRow> row = calls.unit(unit);
    if (!row)
        return tl::unexpected(row.error());
    const Result<QString> group = calls.text(unit, *row, "ControlGroup");
    const Result<quint64> transient = calls.number(unit, *row, "Transient");
    const Result<QStringList> dropIns = calls.texts(*row, "DropInPaths");
    if (!group || !transient || !dropIns)
        return tl::unexpected(!group ? group.error() : !transient ? transient.error() : dropIns.error());
    return UnitLimits{*row, *group, *transient != 0, *dropIns};
}

std::optional<quint64> kernelLimit(const QString &property, const QString &controlGroup, const QString &root)
{
    const QString file = kernelFile(property, controlGroup, root);
    const QByteArray text = file.isEmpty() ? QByteArray() : textOf(file);
    if (text.isEmpty())
        return {};
    const QList<QByteArray> words = text.split(' ');
    if (property == u"CPUQuotaPerSecUSec")
        return isUnified(root) ? perSecond(words.value(0), words.value(1)) : perSecond(text, textOf(file.chopped(8) + u"period_us"_s));
    if (text == "max")
        return noLimit;
    const quint64 number = words.constLast().toULongLong();
    if (file.endsWith(u"cpu.shares"))
        return (number * 100 + 512) / 1024;
    return number > quint64(4e18) ? noLimit : number; // version 1 writes a number near 2^63 for "no limit"
}

bool kernelEnforces(const QString &property, const QString &controlGroup, const QString &root)
{
    return controlGroup.isEmpty() || kernelLimit(property, controlGroup, root).has_value();
}

std::optional<std::pair<quint64, quint64>> openFilesOf(qint64 pid)
{
    const auto lines = textOf(u"/proc/%1/limits"_s.arg(pid)).split('\n');
    const auto number = [](const QByteArray &word) { return word == "unlimited" ? noLimit : word.toULongLong(); };
    for (const QByteArray &line : lines) {
        if (!line.startsWith("Max open files"))
            continue;
        const QList<QByteArray> words = line.simplified().split(' ');
        return std::pair(number(words.value(3)), number(words.value(4)));
    }
    return {};
}

Result<QString> applyLimits(UnitCalls &calls, const CancelToken &token, bool userManager, const LimitPlan &plan)
{
    const Result<QList<quint64>> values = present(calls, plan);
    if (!values)
        return tl::unexpected(values.error());
    Status step = stillAsDecided(plan, *values);
    if (step)
        step = setAll(calls, plan, *values);
    if (step) {
        failpoint("limits_set");
        step = haveTaken(calls, plan);
    }
    QString note;
    if (step && plan.restores) {
        const Result<QString> restored = restoreDropIns(calls, userManager, plan);
        if (!restored)
            return restored;
        note = *restored;
        step = haveTaken(calls, plan);
    }
    if (step)
        step = kernelFollows(calls, token, plan);
    if (!step)
        return tl::unexpected(step.error());
    QStringList done;
    for (const LimitChange &change : plan.changes)
        done.append(u"%1 of %2"_s.arg(describe(change).replace("now "_L1, "was "_L1), change.unit));
    return done.join("; "_L1) + (note.isEmpty() ? QString() : u"; "_s + note);
}

} // namespace prunella
