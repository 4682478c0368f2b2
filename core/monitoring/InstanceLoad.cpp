#include "core/monitoring/InstanceLoad.h"

#include <QFile>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

QByteArray textOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.read(4096) : QByteArray();
}

} // namespace

std::optional<quint64> InstanceLoad::usedMicroseconds(const QString &controlGroup) const
{
    if (controlGroup.isEmpty())
        return {};
    for (const QString &mount : {m_root, QString(m_root + u"/unified"_s)}) {
        const auto lines = textOf(mount + controlGroup + u"/cpu.stat"_s).split('\n');
        for (const QByteArray &line : lines)
            if (line.startsWith("usage_usec "))
                return line.mid(11).trimmed().toULongLong();
    }
    const QByteArray nanoseconds = textOf(m_root + u"/cpuacct"_s + controlGroup + u"/cpuacct.usage"_s).trimmed();
    return nanoseconds.isEmpty() ? std::nullopt : std::optional(nanoseconds.toULongLong() / 1000);
}

QMap<QString, double> InstanceLoad::look(const QMap<QString, QString> &controlGroups, const Now &now)
{
    QHash<QString, Reading> readings;
    QMap<QString, double> percents;
    for (auto it = controlGroups.cbegin(); it != controlGroups.cend(); ++it) {
        const auto used = usedMicroseconds(it.value());
        if (!used)
            continue;
        const auto last = m_last.constFind(it.key());
        readings.insert(it.key(), {*used, now.monotonicMs});
        // Less than before: the group was made anew with a new start.
        if (last == m_last.constEnd() || *used < last->microseconds || now.monotonicMs <= last->monotonicMs)
            continue;
        percents.insert(it.key(), double(*used - last->microseconds) / double(now.monotonicMs - last->monotonicMs) / 10);
    }
    m_last = std::move(readings);
    return percents;
}

} // namespace prunella
