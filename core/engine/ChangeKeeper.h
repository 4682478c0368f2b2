#pragma once
// What was changed on the machine: seen by the watch or announced by a pipeline, written down, told, and kept for a day as the
// values that a diagnosis asks for. Lives in the engine thread.
#include "core/engine/Pipeline.h"
#include "core/monitoring/ChangeWatch.h"

namespace prunella {

class ChangeKeeper final : public QObject
{
    Q_OBJECT
public:
    static constexpr qint64 recentMs = 86'400'000;
    static constexpr int mostRecent = 1000;

    ChangeKeeper(std::shared_ptr<const Clock> clock, QObject *parent, const ChangeWatch::Places &places = {});

    /// What an earlier engine knew; before start().
    void restore(const StoredState &state);
    void setServices(const QList<ServiceConfig> &services);
    void start() { m_watch.start(); }
    /// Returns within about two seconds; what was seen until then is given out before.
    void stop() { m_watch.stop(); }

    /// AnnounceDeployment: the record, its audit, the event and the answer; of an unknown service the refusal alone.
    [[nodiscard]] PipelineOutput announce(const Command &command, const Now &now);
    /// A deployment that was seen; nothing when a pipeline has announced the same one a moment ago.
    void seen(const ChangeRecord &deployment);
    /// Of the last 24 h, oldest first.
    [[nodiscard]] QList<ChangeRecord> recent() const;

Q_SIGNALS:
    /// To be written down and then told.
    void due(const prunella::PipelineOutput &output);
    /// empty: good again
    void problemChanged(const QString &text);

private:
    void take(const QList<ChangeRecord> &changes, const QMap<QString, QString> &memory);
    bool keep(const ChangeRecord &change);
    [[nodiscard]] QString versionOf(const QString &service) const;
    [[nodiscard]] const ChangeRecord *sameDeployment(const QString &service, const QString &to, bool announced, qint64 at) const;

    std::shared_ptr<const Clock> m_clock;
    ChangeWatch m_watch;
    QStringList m_services;
    QList<ChangeRecord> m_recent; ///< oldest first
};

/// The event's word in `run --json`.
inline const QString changeEvent = QStringLiteral("change");

} // namespace prunella
