#include "core/monitoring/TopologyReader.h"
#include "core/monitoring/ProcFile.h"
#include "core/monitoring/TopologyConnections.h"
#include "core/monitoring/TopologyContainers.h"
#include "core/monitoring/TopologyDisks.h"
#include "core/monitoring/TopologyUnitBus.h"
#include "core/monitoring/TopologySockDiag.h"

#include <cerrno>
#include <map>
#include <set>
#include <unistd.h>

namespace prunella {
namespace {

using namespace Qt::StringLiterals;

constexpr int kMostNamespaces = 64; // of the network; a view costs as much as its sockets

QStringList containerIds(const std::vector<SeenProcess> &processes)
{
    QSet<QString> ids;
    QString id;
    const std::string *group = nullptr; // many processes share one
    for (const SeenProcess &process : processes) {
        if (!group || *group != process.group)
            id = placeOf(process.group).containerId;
        group = &process.group;
        if (!id.isEmpty())
            ids.insert(id);
    }
    return {ids.cbegin(), ids.cend()};
}

/// All that is gathered in one look.
class Look
{
public:
    explicit Look(const TopologyRequest &request)
        : m_request(request), m_processes(readProcesses(request.paths)),
          m_owners(request.services, request.mainPids, readContainerNames(containerIds(m_processes))), m_host(mountsOf(u"self"_s))
    {
        m_owners.leaveOut(m_processes, request.ownPid);
        m_owners.findMarked(m_processes, request.paths);
        for (const SeenProcess &process : m_processes) {
            if (process.pid == ::getpid())
                m_ownNetwork = process.network, m_ownMounts = process.mounts;
        }
        m_mounts.emplace(m_ownMounts, m_host);
    }

    SeenTopology take()
    {
        lookAtProcesses();
        lookAtConnections();
        lookAtUnits(false);
        lookAtUnits(true);
        lookAtConfiguredFiles();
        sortEdges(m_seen.edges);
        const auto same = [](const TopologyEdge &a, const TopologyEdge &b) { return !isBefore(a, b) && !isBefore(b, a); };
        m_seen.edges.erase(std::unique(m_seen.edges.begin(), m_seen.edges.end(), same), m_seen.edges.end());
        return std::move(m_seen);
    }

private:
    [[nodiscard]] QString proc(const QString &file) const { return m_request.paths.proc + u'/' + file; }
    [[nodiscard]] MountView mountsOf(const QString &process) const
    {
        ProcFile file(proc(process + u"/mountinfo"_s));
        return MountView(parseMounts(file.read()));
    }
    void lookAtProcesses();
    void addDisks(const SeenProcess &process, const QString &service, const std::vector<std::string> &folders);
    void addDisk(const QString &service, std::string_view path, const MountView &view);
    void lookAtConnections();
    [[nodiscard]] NetworkView network(const QString &process, bool own);
    void lookAtUnits(bool user);
    void lookAtConfiguredFiles();

    const TopologyRequest &m_request;
    std::vector<SeenProcess> m_processes;
    TopologyOwners m_owners;
    MountView m_host;
    quint64 m_ownNetwork = 0, m_ownMounts = 0;
    std::map<quint64, MountView> m_mounts;   ///< by mount namespace
    std::map<quint64, qint64> m_networks;    ///< other network namespaces of services -> a process in it
    std::set<std::tuple<QString, quint64, std::string>> m_disksKnown;
    SocketHolders m_holders;
    SeenTopology m_seen;
};

void Look::lookAtProcesses()
{
    int unreadable = 0;
    for (const SeenProcess &process : m_processes) {
        const ProcessOwner owner = m_owners.ownerOf(process);
        if (owner.rank == ProcessOwner::Nobody)
            continue;
        const bool ours = owner.rank == ProcessOwner::Service;
        const SeenFiles files = readOpenFiles(process.pid, ours, m_request.paths);
        unreadable += files.error == EACCES || files.error == EPERM;
        m_holders.add(files.sockets, owner);
        if (!ours)
            continue;
        if (process.network != 0 && process.network != m_ownNetwork)
            m_networks.emplace(process.network, process.pid);
        addDisks(process, owner.name, files.folders);
        if (!owner.container.isEmpty())
            m_seen.edges.append({owner.name, owner.container, TieKind::Container, QString::fromStdString(process.group)});
    }
    if (unreadable > 0)
        m_seen.notes.append(u"the open files of %1 processes of other users cannot be read, so connections of theirs may be missing;"
                            " run the engine as root to see them"_s.arg(unreadable));
}

void Look::addDisks(const SeenProcess &process, const QString &service, const std::vector<std::string> &folders)
{
    if (folders.empty())
        return;
    auto view = m_mounts.find(process.mounts);
    if (view == m_mounts.end())
        view = m_mounts.emplace(process.mounts, mountsOf(QString::number(process.pid))).first;
    for (const std::string &folder : folders) {
        if (m_disksKnown.emplace(service, process.mounts, folder).second) // workers share their folders
            addDisk(service, folder, view->second);
    }
}

void Look::addDisk(const QString &service, std::string_view path, const MountView &view)
{
    if (const auto disk = diskOf(path, view, m_host)) {
        m_seen.edges.append({service, u"disk:"_s + QString::fromStdString(disk->path), TieKind::Disk,
                             QString::fromStdString(disk->type + ' ' + disk->source)});
    }
}

/// Our own network is asked for over netlink; others, and captured ones, are only to be had as text.
NetworkView Look::network(const QString &process, bool own)
{
    NetworkView view;
    const bool live = own && m_request.paths.proc == ProcPaths().proc;
    if (auto told = live ? readInetDiag() : Result<std::vector<TcpSocket>>(); told && live) {
        view.tcp = std::move(*told);
    } else {
        for (const auto &name : {u"tcp"_s, u"tcp6"_s}) {
            ProcFile file(proc(process + u"/net/"_s + name));
            const auto sockets = parseTcpSockets(file.read());
            view.tcp.insert(view.tcp.end(), sockets.begin(), sockets.end());
        }
    }
    if (auto told = live ? readUnixDiag() : Result<std::vector<UnixSocket>>(); told && live) {
        view.local = std::move(*told);
    } else {
        if (!told)
            m_seen.notes.append(told.error().message + u"; connections over Unix sockets are missing"_s);
        ProcFile file(proc(process + u"/net/unix"_s));
        view.local = parseUnixSockets(file.read());
    }
    return view;
}

void Look::lookAtConnections()
{
    std::vector<NetworkView> networks{network(u"self"_s, true)};
    for (const auto &[number, pid] : m_networks) {
        if (networks.size() <= kMostNamespaces)
            networks.push_back(network(QString::number(pid), false));
    }
    if (m_networks.size() > kMostNamespaces)
        m_seen.notes.append(u"%1 network namespaces of services were not looked into"_s.arg(m_networks.size() - kMostNamespaces));
    ProcFile ports(proc(u"sys/net/ipv4/ip_local_port_range"_s));
    const ConnectionEdges found = connectionEdges(networks, m_holders, parsePortRange(ports.read()));
    m_seen.edges.append(found.edges);
    for (auto it = found.tooMany.cbegin(); it != found.tooMany.cend(); ++it)
        m_seen.notes.append(u"%1 has %2 peers more than the %3 that are shown"_s.arg(it.key()).arg(it.value()).arg(kMostPeers));
}

void Look::lookAtUnits(bool user)
{
    QMap<QString, QString> units;
    for (const ServiceConfig &service : m_request.services) {
        if (service.manager == (user ? Manager::SystemdUser : Manager::Systemd))
            units.insert(service.unit, service.name);
    }
    TopologyUnitBus bus(user);
    if (units.isEmpty() || !bus.open()) {
        if (!bus.problem().isEmpty())
            m_seen.notes.append(bus.problem());
        return;
    }
    m_seen.edges.append(unitEdges(units, [&](const QString &unit) {
        const QString service = units.value(unit);
        auto links = bus.read(unit, !service.isEmpty());
        for (const QString &folder : links ? links->folders : QStringList())
            addDisk(service, folder.toStdString(), m_host);
        return links;
    }));
    if (!bus.problem().isEmpty())
        m_seen.notes.append(bus.problem());
}

void Look::lookAtConfiguredFiles()
{
    for (const ServiceConfig &service : m_request.services) {
        if (!service.workingDirectory.isEmpty())
            addDisk(service.name, service.workingDirectory.toStdString(), m_host);
        for (const LogSourceConfig &log : service.logs) {
            if (!log.file.isEmpty())
                addDisk(service.name, log.file.toStdString(), m_host);
        }
    }
}

} // namespace

SeenTopology readTopology(const TopologyRequest &request)
{
    return Look(request).take();
}

} // namespace prunella
