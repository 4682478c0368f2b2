#pragma once
// Whose process is it? A service's, a container's, a unit's, or just a program's.
#include "core/model/ServiceConfig.h"
#include "core/monitoring/TopologyProcesses.h"

#include <QHash>
#include <QSet>

namespace prunella {

/// What a control group says. At most one of unit and container is the innermost; both may be there.
struct GroupPlace {
    QString unit;            ///< "web.service", "session-1.scope"
    bool userManager = false;///< the unit is one of a user's systemd
    quint32 uid = 0;         ///< of that user
    QString containerId;     ///< docker, podman, containerd, cri-o: 64 hexadecimal digits
    QString container;       ///< systemd-nspawn and LXC: the name itself
};

[[nodiscard]] GroupPlace placeOf(std::string_view controlGroup);

/// The best that is known of who a process belongs to. `rank` orders who is meant when several hold one socket: a service
/// of the configuration before a container, a unit and a program.
struct ProcessOwner {
    enum Rank { Service, Container, Unit, Process, Nobody };
    Rank rank = Nobody;
    QString name;            ///< "web", "container:db", "unit:cron.service", "process:curl"
    QString container;       ///< "container:db": the service runs in it
    [[nodiscard]] bool isBetterThan(const ProcessOwner &other) const { return std::tie(rank, name) < std::tie(other.rank, other.name); }
};

class TopologyOwners
{
public:
    /// `mainPids`: of services that Prunella itself starts (each leads a session). `containers`: id to name.
    TopologyOwners(const QList<ServiceConfig> &services, const QMap<QString, qint64> &mainPids, const QMap<QString, QString> &containers);

    /// Marks the programs that Prunella itself runs (checks, plugins): `ownPid` and what is below it, its services apart.
    /// They look at services and depend on nothing.
    void leaveOut(const std::vector<SeenProcess> &processes, qint64 ownPid);
    /// Children of our own process manager's services that lead a session of their own, by the mark that they inherited. Looked
    /// for in the control groups of those services only.
    void findMarked(const std::vector<SeenProcess> &processes, const ProcPaths &paths);
    /// Rank Nobody: left out.
    [[nodiscard]] ProcessOwner ownerOf(const SeenProcess &process) const;

private:
    [[nodiscard]] QString containerName(const GroupPlace &place) const;

    QHash<QString, QString> m_systemUnits, m_userUnits, m_containers; ///< unit or container's name to service
    QHash<qint64, QString> m_sessions;                                ///< of our own process manager: session to service
    QHash<qint64, QString> m_marked;                                  ///< process to service
    QMap<QString, QString> m_names;
    QSet<qint64> m_leftOut;
    quint32 m_uid;
};

} // namespace prunella
