#pragma once
// A unit of the sandbox with a process of any kind; it ends with this object.
#include "tests/system/VictimUnit.h"

#include <QFile>

namespace prunella::testing {

class RealUnit
{
public:
    /// Written and known to systemd, not started. `lines` is the text of [Service], `unitLines` of [Unit].
    RealUnit(const QString &name, const QString &lines, const QString &unitLines = {})
        : m_unit(name + QStringLiteral(".service"))
    {
        QFile file(path());
        if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate))
            qFatal("%s cannot be written; run this test in tests/support/systemd-sandbox", qPrintable(path()));
        file.write(QStringLiteral("[Unit]\nStartLimitIntervalSec=0\n%1\n[Service]\n%2\n").arg(unitLines, lines).toUtf8());
        file.close();
        systemctl({QStringLiteral("daemon-reload")});
    }
    ~RealUnit()
    {
        systemctl({QStringLiteral("kill"), QStringLiteral("-s"), QStringLiteral("KILL"), m_unit});
        systemctl({QStringLiteral("stop"), m_unit});
        QFile::remove(path());
        systemctl({QStringLiteral("daemon-reload")});
        systemctl({QStringLiteral("reset-failed"), m_unit});
    }
    Q_DISABLE_COPY_MOVE(RealUnit)

    void start() const { systemctl({QStringLiteral("start"), m_unit}); }
    [[nodiscard]] QString unit() const { return m_unit; }

private:
    [[nodiscard]] QString path() const { return QStringLiteral("/run/systemd/system/") + m_unit; }
    QString m_unit;
};

} // namespace prunella::testing
