#pragma once
// What the kernel says of a process' control group, version 1 or 2.
#include <QFile>
#include <QMap>
#include <QString>
#include <QStringList>

namespace prunella::testing {

inline QString textOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()).trimmed() : QString();
}

/// "memory" in bytes, "cpu" in microseconds of each 100 ms, "pids". -1: no limit, or no such file.
inline qint64 kernelLimit(qint64 pid, const QString &what)
{
    static const QMap<QString, QStringList> files{
        {QStringLiteral("memory"), {QStringLiteral("memory.limit_in_bytes"), QStringLiteral("memory.max")}},
        {QStringLiteral("cpu"), {QStringLiteral("cpu.cfs_quota_us"), QStringLiteral("cpu.max")}},
        {QStringLiteral("pids"), {QStringLiteral("pids.max"), QStringLiteral("pids.max")}}};
    QString file;
    for (const QString &line : textOf(QStringLiteral("/proc/%1/cgroup").arg(pid)).split(u'\n')) {
        if (line.section(u':', 1, 1).split(u',').contains(what))
            file = QStringLiteral("/sys/fs/cgroup/") + what + line.section(u':', 2) + u'/' + files.value(what).value(0);
        else if (file.isEmpty() && line.startsWith(QStringLiteral("0::")))
            file = QStringLiteral("/sys/fs/cgroup") + line.mid(3) + u'/' + files.value(what).value(1);
    }
    bool ok = false;
    const qint64 number = textOf(file).section(u' ', 0, 0).toLongLong(&ok);
    return ok && number < (Q_INT64_C(1) << 60) ? number : -1;
}

} // namespace prunella::testing
