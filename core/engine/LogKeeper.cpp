#include "core/engine/LogKeeper.h"

namespace prunella {
namespace {

const QLatin1StringView prefix("log/");

} // namespace

LogKeeper::LogKeeper(LogSources &logs, QObject *parent) : QObject(parent), m_logs(logs), m_timer(this)
{
    m_timer.setSingleShot(true);
    m_timer.setInterval(rememberMs);
    connect(&m_timer, &QTimer::timeout, this, &LogKeeper::changesDue);
    connect(&m_logs, &LogSources::positionsChanged, this, [this](const QMap<QString, QString> &positions) {
        for (auto it = positions.cbegin(); it != positions.cend(); ++it)
            m_changes.insert(prefix + it.key(), it.value());
        if (!m_timer.isActive())
            m_timer.start();
    });
}

void LogKeeper::restore(const QMap<QString, QString> &state)
{
    QMap<QString, QString> positions;
    for (auto it = state.lowerBound(prefix); it != state.cend() && it.key().startsWith(prefix); ++it)
        positions.insert(it.key().mid(prefix.size()), it.value());
    m_logs.setPositions(positions);
}

void LogKeeper::follow(const std::optional<ManagedProcess> &process)
{
    if (process)
        m_logs.setFile(process->service, process->outputFile);
}

Transaction LogKeeper::takeChanges()
{
    m_timer.stop();
    Transaction transaction;
    transaction.state = std::exchange(m_changes, {});
    return transaction;
}

} // namespace prunella
