#pragma once
// Processor time of the instances of a template unit, from the kernel's control groups.
#include "core/base/Clock.h"

#include <QHash>
#include <QMap>
#include <QString>
#include <optional>

namespace prunella {

/// Percent of one core that each instance used between two calls. Reads cpu.stat (usage_usec) of version 2, also of the
/// hierarchy beside version 1, else cpuacct.usage. Small files of the kernel's, which do not block.
class InstanceLoad
{
public:
    explicit InstanceLoad(QString root = QStringLiteral("/sys/fs/cgroup")) : m_root(std::move(root)) {}

    /// `controlGroups` by unit, as systemd names them: "/system.slice/system-web.slice/web@1.service". A unit is absent from
    /// the answer at its first look, after a new start of it, and when the kernel does not count for it.
    [[nodiscard]] QMap<QString, double> look(const QMap<QString, QString> &controlGroups, const Now &now);

    /// Microseconds since the control group was made.
    [[nodiscard]] std::optional<quint64> usedMicroseconds(const QString &controlGroup) const;

private:
    struct Reading { quint64 microseconds = 0; qint64 monotonicMs = 0; };
    QString m_root;
    QHash<QString, Reading> m_last; ///< by unit
};

} // namespace prunella
