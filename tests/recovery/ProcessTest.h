#pragma once
// What tests of processes share: a spawner with a directory of its own, victims, and none of them left afterwards.
#include "core/recovery/ProcessOutput.h"
#include "core/recovery/ProcessSpawner.h"

#include <QTemporaryDir>

namespace prunella::testing {

class ProcessTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void cleanup();

protected:
    ServiceConfig service(const QStringList &command, const QString &name = QStringLiteral("web")) const;
    ManagedProcess startReady(const QStringList &arguments);
    QString output() const { return tailOutput(m_spawner.outputFile(QStringLiteral("web")), 4096); }
    QList<qint64> inSession(qint64 pid) const;

    QTemporaryDir m_dir;
    SystemClock m_clock;
    ProcessSpawner m_spawner{m_dir.path(), m_clock};
    CancelToken m_token;
    QList<ManagedProcess> m_started;
};

} // namespace prunella::testing
