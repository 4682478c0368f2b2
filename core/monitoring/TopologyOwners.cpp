#include "core/monitoring/TopologyOwners.h"
#include "core/monitoring/ProcText.h"

#include <algorithm>
#include <array>
#include <set>
#include <unistd.h>

namespace prunella {
namespace {

using namespace Qt::StringLiterals;

QString textOf(std::string_view text)
{
    return QString::fromUtf8(text.data(), qsizetype(text.size()));
}

bool isId(std::string_view text)
{
    constexpr std::string_view digits = "0123456789abcdef";
    return text.size() == 64 && text.find_first_not_of(digits) == std::string_view::npos;
}

/// "docker-ID.scope", "libpod-ID.scope", "libpod-payload-ID", "cri-containerd-ID.scope", "crio-ID.scope", and the bare ID that
/// docker's and podman's cgroupfs driver and Kubernetes use.
std::string_view containerIdOf(std::string_view part)
{
    if (part.ends_with(".scope"))
        part.remove_suffix(6);
    for (const std::string_view prefix : {"docker-", "libpod-payload-", "libpod-", "cri-containerd-", "crio-"}) {
        if (part.starts_with(prefix)) {
            part.remove_prefix(prefix.size());
            break;
        }
    }
    return isId(part) ? part : std::string_view();
}

/// "machine-NAME.scope", "lxc.payload.NAME"
std::string_view containerNameOf(std::string_view part, std::string_view parent)
{
    constexpr std::string_view lxc = "lxc.payload.", machine = "machine-", scope = ".scope";
    if (part.starts_with(lxc))
        return part.substr(lxc.size());
    if (parent == "lxc")
        return part;
    if (parent == "machine.slice" && part.starts_with(machine) && part.ends_with(scope))
        return part.substr(machine.size(), part.size() - machine.size() - scope.size());
    return {};
}

bool isUnit(std::string_view part)
{
    constexpr std::array<std::string_view, 5> endings{".service", ".scope", ".socket", ".mount", ".swap"};
    return std::any_of(endings.begin(), endings.end(), [part](std::string_view ending) { return part.ends_with(ending); });
}

/// "user@1000.service": below it a user's own systemd has its units.
std::optional<quint32> userOf(std::string_view part)
{
    constexpr std::string_view prefix = "user@", ending = ".service";
    if (!part.starts_with(prefix) || !part.ends_with(ending))
        return std::nullopt;
    return proctext::number<quint32>(part.substr(prefix.size(), part.size() - prefix.size() - ending.size()));
}

/// systemd puts a '_' before names that the kernel would take for its own files.
std::string_view unescaped(std::string_view part)
{
    return part.starts_with('_') ? part.substr(1) : part;
}

} // namespace

GroupPlace placeOf(std::string_view group)
{
    GroupPlace place;
    std::string_view parent;
    while (!group.empty()) {
        group.remove_prefix(std::min(group.find_first_not_of('/'), group.size()));
        const auto part = unescaped(group.substr(0, group.find('/')));
        group.remove_prefix(std::min(group.find('/'), group.size()));
        if (const auto id = containerIdOf(part); !id.empty()) {
            place.containerId = textOf(id);
            return place; // what is below are the container's own affairs
        }
        if (const auto name = containerNameOf(part, parent); !name.empty()) {
            place.container = textOf(name);
            return place;
        }
        if (const auto user = userOf(part); user && !place.userManager) {
            place.userManager = true;
            place.uid = *user;
            place.unit = textOf(part); // until one of its units follows
        } else if (isUnit(part) && (place.unit.isEmpty() || (place.userManager && place.unit.startsWith("user@"_L1)))) {
            place.unit = textOf(part);
        }
        parent = part;
    }
    if (place.userManager && place.unit.startsWith("user@"_L1))
        place.userManager = false;
    return place;
}

TopologyOwners::TopologyOwners(const QList<ServiceConfig> &services, const QMap<QString, qint64> &mainPids,
                               const QMap<QString, QString> &containers)
    : m_names(containers), m_uid(::getuid())
{
    for (const ServiceConfig &service : services) {
        if (service.manager == Manager::Systemd)
            m_systemUnits.insert(service.unit, service.name);
        else if (service.manager == Manager::SystemdUser)
            m_userUnits.insert(service.unit, service.name);
        else if (service.manager == Manager::Container)
            m_containers.insert(service.container, service.name);
        else if (service.manager == Manager::Process && mainPids.value(service.name) > 0)
            m_sessions.insert(mainPids.value(service.name), service.name);
    }
}

void TopologyOwners::leaveOut(const std::vector<SeenProcess> &processes, qint64 ownPid)
{
    m_leftOut = {ownPid};
    bool more = true;
    while (more) { // a child may have a smaller number than its parent
        more = false;
        for (const SeenProcess &process : processes) {
            const bool below = m_leftOut.contains(process.parent) && !m_leftOut.contains(process.pid);
            if (!below || m_sessions.contains(process.session))
                continue;
            m_leftOut.insert(process.pid);
            more = true;
        }
    }
}

void TopologyOwners::findMarked(const std::vector<SeenProcess> &processes, const ProcPaths &paths)
{
    std::set<std::string_view> groups;
    QSet<QString> services;
    for (const SeenProcess &process : processes) {
        if (const auto managed = m_sessions.constFind(process.session); managed != m_sessions.cend()) {
            groups.insert(process.group);
            services.insert(*managed);
        }
    }
    for (const SeenProcess &process : processes) {
        if (!groups.contains(process.group) || m_sessions.contains(process.session) || m_leftOut.contains(process.pid))
            continue;
        const QString service = textOf(serviceMarkOf(process.pid, paths));
        if (services.contains(service))
            m_marked.insert(process.pid, service);
    }
}

QString TopologyOwners::containerName(const GroupPlace &place) const
{
    if (!place.container.isEmpty())
        return place.container;
    constexpr int shortId = 12; // as docker and podman print it
    return place.containerId.isEmpty() ? QString() : m_names.value(place.containerId, place.containerId.left(shortId));
}

ProcessOwner TopologyOwners::ownerOf(const SeenProcess &process) const
{
    if (m_leftOut.contains(process.pid))
        return {};
    if (const auto managed = m_sessions.constFind(process.session); managed != m_sessions.cend())
        return {ProcessOwner::Service, *managed, {}};
    if (const auto marked = m_marked.constFind(process.pid); marked != m_marked.cend())
        return {ProcessOwner::Service, *marked, {}};
    const GroupPlace place = placeOf(process.group);
    const QString name = containerName(place);
    const QString container = name.isEmpty() ? QString() : u"container:"_s + name;
    QString service = place.userManager ? (place.uid == m_uid ? m_userUnits.value(place.unit) : QString()) : m_systemUnits.value(place.unit);
    if (service.isEmpty() && !container.isEmpty())
        service = m_containers.value(name, m_containers.value(place.containerId.left(12)));
    if (!service.isEmpty())
        return {ProcessOwner::Service, service, container};
    if (!container.isEmpty())
        return {ProcessOwner::Container, container, {}};
    if (place.unit.endsWith(".service"_L1) && !place.unit.startsWith("user@"_L1))
        return {ProcessOwner::Unit, u"unit:"_s + place.unit, {}};
    return {ProcessOwner::Process, u"process:"_s + textOf(process.command), {}};
}

} // namespace prunella
