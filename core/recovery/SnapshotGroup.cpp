#include "core/recovery/SnapshotParts.h"

#include <QFile>

using namespace Qt::StringLiterals;

namespace prunella::snapshot {
namespace {

/// The files of one folder, "name: value", those of several lines indented below their name.
QString filesOf(const QString &folder, const QStringList &names)
{
    QString text = folder + u":\n"_s;
    for (const QString &name : names) {
        const Result<QString> value = readSystemFile(folder + u'/' + name);
        const QString shown = value ? value->trimmed() : value.error().message;
        text += u"  %1:%2%3\n"_s.arg(name, shown.contains(u'\n') ? u"\n    "_s : u" "_s, QString(shown).replace(u'\n', u"\n    "_s));
    }
    return text;
}

} // namespace

QString controlGroup(qint64 pid)
{
    const Result<QString> own = readSystemFile(u"/proc/%1/cgroup"_s.arg(pid));
    if (!own)
        return own.error().message;
    const QString top = u"/sys/fs/cgroup"_s;
    const bool unified = QFile::exists(top + u"/cgroup.controllers"_s);
    static const QMap<QString, QStringList> firstVersion{
        {u"memory"_s, {u"memory.usage_in_bytes"_s, u"memory.max_usage_in_bytes"_s, u"memory.limit_in_bytes"_s, u"memory.failcnt"_s, u"memory.oom_control"_s}},
        {u"cpu"_s, {u"cpu.stat"_s, u"cpu.cfs_quota_us"_s, u"cpu.shares"_s}},
        {u"cpuacct"_s, {u"cpuacct.usage"_s}},
        {u"pids"_s, {u"pids.current"_s, u"pids.max"_s, u"pids.events"_s}}};
    QString text;
    for (const QString &line : own->split(u'\n', Qt::SkipEmptyParts)) { // id:controllers:path
        const QString path = line.section(u':', 2);
        text += line + u'\n';
        if (line.startsWith("0::"_L1) && unified)
            text += filesOf(top + path, {u"memory.current"_s, u"memory.high"_s, u"memory.max"_s, u"memory.events"_s, u"memory.stat"_s, u"cpu.stat"_s, u"cpu.max"_s,
                                         u"pids.current"_s, u"pids.max"_s, u"pids.events"_s, u"io.stat"_s, u"memory.pressure"_s, u"cpu.pressure"_s});
        for (const QString &controller : line.section(u':', 1, 1).split(u','))
            if (firstVersion.contains(controller))
                text += filesOf(top + u'/' + controller + path, firstVersion.value(controller));
    }
    return text;
}

} // namespace prunella::snapshot
