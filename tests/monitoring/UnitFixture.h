#pragma once
// A real systemd to play with: the one of tests/support/systemd-sandbox.
#include "core/monitoring/UnitWatcher.h"

#include <QFile>
#include <QProcess>
#include <QTest>

namespace prunella::test {

[[nodiscard]] inline bool inSandbox()
{
    return QFile::exists(QStringLiteral("/run/out")) && QFile::exists(QStringLiteral("/run/systemd/private"));
}

/// Into the sandbox's own /run. `service` is the text of the [Service] section.
inline void writeUnit(const QString &name, const QString &service)
{
    QFile file(QStringLiteral("/run/systemd/system/") + name);
    QVERIFY(file.open(QIODevice::WriteOnly));
    const QString text = QStringLiteral("[Unit]\nStartLimitIntervalSec=0\n[Service]\n") + service + QStringLiteral("\n");
    file.write(text.toUtf8());
}

inline int systemctl(const QStringList &arguments)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::ForwardedChannels);
    process.start(QStringLiteral("systemctl"), arguments);
    return process.waitForFinished(20'000) ? process.exitCode() : -1;
}

/// Early in the boot systemd is not on the bus yet; tests begin when it is.
inline void awaitBus()
{
    UnitWatcher early(false, std::make_shared<SystemClock>());
    early.start();
    QTRY_VERIFY_WITH_TIMEOUT(early.isConnected(), 20'000);
}

} // namespace prunella::test
