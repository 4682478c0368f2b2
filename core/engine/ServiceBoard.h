#pragma once
// The last known state of every service, as the event sources told it. One owner: the engine thread.
#include "core/detection/Flapping.h"
#include "core/engine/Pipeline.h"
#include "core/model/Frame.h"

namespace prunella {

class ServiceBoard
{
public:
    struct Entry {
        ServiceConfig config;
        std::optional<UnitState> unit;
        std::optional<ProcessState> process;
        QMap<int, CheckResult> checks;       ///< the newest by position
        QMap<int, Flapping> checkFlapping;   ///< of each check, fed with every answer
        QList<OomKill> oomKills;             ///< of the last ten minutes
        qint64 downSinceMs = 0;              ///< monotonic; 0: it runs, or nothing is known
        bool wasUp = false;                  ///< it ran since it is watched
        QString processText;                 ///< of a container: its state in words
        QString lost;                        ///< why its state is not known: "no system bus: …"
        Health health = Health::Unknown;
        QString reason;
        qint64 since = 0;
    };

    void setServices(const QList<ServiceConfig> &services);
    void note(const RawEvent &event);
    [[nodiscard]] const Entry *entry(const QString &service) const;
    [[nodiscard]] TargetFacts facts(const ServiceConfig &service) const;
    /// Without the templates of its log.
    [[nodiscard]] SymptomFacts symptomFacts(const QString &service) const;
    /// Components whose health changed.
    [[nodiscard]] QStringList judge(const QList<Incident> &open, const std::function<std::pair<Health, QString>(const QString &)> &worstMetric,
                                    qint64 wallMs);
    [[nodiscard]] QList<ComponentHealth> components() const;
    [[nodiscard]] Health overall() const;
    /// Is the condition that names a unit, a process or a check still there? Nothing when it cannot be known.
    [[nodiscard]] std::optional<bool> isDown(const QString &service) const;
    /// "web.service is active (running)", "pid 123 runs"
    [[nodiscard]] QString stateText(const QString &service) const;
    /// The service that an OOM kill hit; empty: none of ours.
    [[nodiscard]] QString victimOf(const OomKill &kill) const;
    /// Does the health check change its mind all the time?
    [[nodiscard]] bool isFlapping(const QString &service, int check) const;

private:
    [[nodiscard]] std::pair<Health, QString> own(const Entry &entry) const;

    std::map<QString, Entry> m_entries;      ///< "host" among them
};

} // namespace prunella
