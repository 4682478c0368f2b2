#pragma once
// Remembers for the next engine how far the logs were read. Lives in the engine thread.
#include "core/model/Store.h"
#include "core/monitoring/LogSources.h"

#include <QTimer>

namespace prunella {

class LogKeeper final : public QObject
{
    Q_OBJECT
public:
    /// Positions are worth a commit this often: after a crash (not after a stop) so much may be read again.
    static constexpr int rememberMs = 2000;

    explicit LogKeeper(LogSources &logs, QObject *parent = nullptr);

    /// From StoredState::state; before the sources start.
    void restore(const QMap<QString, QString> &state);
    /// What a process of ours prints goes to a file, and that is one of its service's logs.
    void follow(const std::optional<ManagedProcess> &process);
    /// What has changed since the last call, for the store; empty: nothing.
    [[nodiscard]] Transaction takeChanges();

Q_SIGNALS:
    void changesDue();

private:
    LogSources &m_logs;
    QMap<QString, QString> m_changes;
    QTimer m_timer;
};

} // namespace prunella
