#pragma once
// All log sources of a configuration. Lives in the engine thread; the reading is done in a thread of its own.
#include "core/model/ServiceConfig.h"
#include "core/monitoring/LogThread.h"

#include <QObject>

namespace prunella {

class LogSources final : public QObject
{
    Q_OBJECT
public:
    explicit LogSources(std::shared_ptr<const Clock> clock, QObject *parent = nullptr);
    ~LogSources() override;

    /// What is to be read from now on. `journal: true` is for units; a process of ours has its file, see setFile().
    void setServices(const QList<ServiceConfig> &services);
    /// One more file of a service, such as the output file of a managed process; empty: none any more. Without a
    /// position of an earlier engine it is read from its start.
    void setFile(const QString &service, const QString &path);
    /// Where an earlier engine stood, as positionsChanged() told it; before start().
    void setPositions(const QMap<QString, QString> &positions) { m_positions = positions; }
    void start();
    /// Returns within about two seconds. What was read until then, and its positions, are signalled before it returns.
    void stop();
    [[nodiscard]] bool isRunning() const { return m_thread != nullptr; }

Q_SIGNALS:
    void linesReady(const QList<prunella::LogLine> &lines);
    /// A source ("web/file:/var/log/web.log", "journal") has a problem; an empty text says that it is good again.
    void problemChanged(const QString &source, const QString &text);
    /// Told after the lines: to be stored and handed to the next engine. An empty value: to be forgotten.
    void positionsChanged(const QMap<QString, QString> &positions);

private:
    void apply();
    void take();
    void forgetOthers(const LogPlan &plan);
    [[nodiscard]] LogPlan plan() const;

    std::shared_ptr<const Clock> m_clock;
    QList<ServiceConfig> m_services;
    QMap<QString, QString> m_files;     ///< by service
    QMap<QString, QString> m_positions; ///< the newest of each source
    std::unique_ptr<LogThread> m_thread;
};

} // namespace prunella
