#include "core/monitoring/TopologyConnections.h"
#include "core/monitoring/ProcText.h"

#include <algorithm>
#include <cstring>
#include <set>
#include <unordered_set>

namespace prunella {
namespace {

/// Journald takes the output of every service; none fails without it.
constexpr std::string_view kJournal = "/run/systemd/journal/";

/// One edge a pair of nodes; of several details the first in order, so that the same sockets give the same words.
class EdgeSet
{
public:
    void add(const ProcessOwner &from, const QString &to, bool toService, const QString &detail)
    {
        if (from.name == to || (from.rank != ProcessOwner::Service && !toService))
            return;
        QString &known = m_edges[{from.name, to}];
        if (known.isEmpty() || detail < known)
            known = detail;
    }
    void add(const ProcessOwner &from, const ProcessOwner &to, const QString &detail)
    {
        if (from.rank != ProcessOwner::Nobody && to.rank != ProcessOwner::Nobody)
            add(from, to.name, to.rank == ProcessOwner::Service, detail);
    }
    [[nodiscard]] ConnectionEdges take() const
    {
        ConnectionEdges result;
        QMap<QString, int> peers;
        for (const auto &[ends, detail] : m_edges) {
            if (ends.second.startsWith(QLatin1StringView("peer:")) && ++peers[ends.first] > kMostPeers)
                ++result.tooMany[ends.first];
            else
                result.edges.append({ends.first, ends.second, TieKind::Connection, detail});
        }
        return result;
    }

private:
    std::map<std::pair<QString, QString>, QString> m_edges;
};

struct AddressHash {
    std::size_t operator()(const SocketAddress &address) const
    {
        std::array<quint64, 2> words;
        std::memcpy(words.data(), address.bytes.data(), sizeof(words));
        return std::size_t((words[0] ^ (words[1] * 0x9e3779b97f4a7c15ULL)) + address.port * 0xff51afd7ed558ccdULL);
    }
};
struct PairHash {
    std::size_t operator()(const std::pair<SocketAddress, SocketAddress> &pair) const
    {
        return AddressHash()(pair.first) * 31 + AddressHash()(pair.second);
    }
};

/// The listening sockets of one namespace, and all addresses that are used there.
struct Listeners {
    explicit Listeners(const std::vector<TcpSocket> &sockets)
    {
        for (const TcpSocket &socket : sockets) {
            if (socket.state == TcpState::Listen)
                byPort.emplace(socket.local.port, &socket);
            if (socket.local.bytes != newest) // thousands in a row are the same
                own.insert({newest = socket.local.bytes, 0});
        }
    }
    [[nodiscard]] const TcpSocket *at(const SocketAddress &address) const
    {
        const TcpSocket *wide = nullptr;
        const auto [first, last] = byPort.equal_range(address.port);
        for (auto it = first; it != last; ++it) {
            if (it->second->local == address)
                return it->second;
            if (isAny(it->second->local))
                wide = it->second;
        }
        return wide;
    }
    [[nodiscard]] bool isHere(const SocketAddress &address) const { return isLoopback(address) || own.contains({address.bytes, 0}); }

    std::unordered_multimap<quint16, const TcpSocket *> byPort;
    std::unordered_set<SocketAddress, AddressHash> own;
    std::array<quint8, 16> newest{};
};

/// One end of a connection, with the listening sockets beside it.
struct End {
    const TcpSocket *socket = nullptr;
    const Listeners *beside = nullptr;
};
using Pairs = std::unordered_map<std::pair<SocketAddress, SocketAddress>, End, PairHash>;

class TcpEdges
{
public:
    TcpEdges(const SocketHolders &holders, EphemeralPorts ports, EdgeSet &edges) : m_holders(holders), m_ports(ports), m_edges(edges) {}

    void addAll(const std::vector<NetworkView> &networks)
    {
        std::vector<Listeners> listeners;
        for (const NetworkView &network : networks)
            listeners.emplace_back(network.tcp);
        Pairs shared; // the other end may be in another namespace
        for (std::size_t i = 0; i < networks.size(); ++i)
            collect(networks[i], listeners[i], false, shared);
        for (std::size_t i = 0; i < networks.size(); ++i) {
            Pairs loopback;
            collect(networks[i], listeners[i], true, loopback);
            for (const TcpSocket &socket : networks[i].tcp) {
                const ProcessOwner *holder = socket.state == TcpState::Listen ? nullptr : m_holders.of(socket.inode);
                if (holder)
                    addConnection({&socket, &listeners[i]}, *holder, isLoopback(socket.local) ? loopback : shared);
            }
        }
    }

private:
    static void collect(const NetworkView &network, const Listeners &listeners, bool loopback, Pairs &pairs)
    {
        for (const TcpSocket &socket : network.tcp) {
            if (socket.state != TcpState::Listen && isLoopback(socket.local) == loopback)
                pairs.emplace(std::pair(socket.local, socket.remote), End{&socket, &listeners});
        }
    }
    void addConnection(const End &end, const ProcessOwner &holder, const Pairs &pairs)
    {
        const auto found = pairs.find({end.socket->remote, end.socket->local});
        const End other = found == pairs.end() ? End() : found->second;
        if (!isClient(end, other))
            return;
        const SocketAddress &remote = end.socket->remote;
        const ProcessOwner *server = other.socket ? m_holders.of(other.socket->inode) : nullptr;
        if (!server && (other.socket || end.beside->isHere(remote))) { // not accepted yet, or by somebody that we may not see
            const TcpSocket *listener = (other.beside ? other.beside : end.beside)->at(remote);
            server = listener ? m_holders.of(listener->inode) : nullptr;
        }
        const bool outside = !server && !other.socket && !isLoopback(remote) && holder.rank == ProcessOwner::Service;
        if ((!server && !outside) || !m_told.emplace(&holder, server, remote).second)
            return; // words are made once, however many connections there are
        if (server)
            m_edges.add(holder, *server, toString(remote));
        else
            m_edges.add(holder, QStringLiteral("peer:") + toString(remote), false, toString(remote));
    }
    /// Did this end open the connection?
    [[nodiscard]] bool isClient(const End &end, const End &other) const
    {
        const TcpSocket &socket = *end.socket;
        if (socket.state == TcpState::SynSent)
            return true;
        const Listeners *there = other.beside ? other.beside : end.beside->isHere(socket.remote) ? end.beside : nullptr;
        const bool listensHere = end.beside->at(socket.local) != nullptr;
        const bool listensThere = there && there->at(socket.remote) != nullptr;
        if (listensHere != listensThere)
            return listensThere;
        const bool ephemeralHere = m_ports.contains(socket.local.port), ephemeralThere = m_ports.contains(socket.remote.port);
        if (listensHere || other.socket) // on both ports, or on none any more
            return ephemeralHere && !ephemeralThere;
        return ephemeralHere || !ephemeralThere; // the other end is not of this machine
    }

    const SocketHolders &m_holders;
    EphemeralPorts m_ports;
    EdgeSet &m_edges;
    std::set<std::tuple<const ProcessOwner *, const ProcessOwner *, SocketAddress>> m_told;
};

/// The end with a name was listened on. Without a name: a pair made by one process for its children.
void addLocal(const std::vector<NetworkView> &networks, const SocketHolders &holders, EdgeSet &edges)
{
    std::unordered_map<quint64, const UnixSocket *> byInode;
    for (const NetworkView &network : networks) {
        for (const UnixSocket &socket : network.local)
            byInode.emplace(socket.inode, &socket);
    }
    std::unordered_set<std::string_view> listened;
    for (const auto &[inode, socket] : byInode) {
        if (socket->listening)
            listened.insert(socket->name);
    }
    for (const auto &[inode, socket] : byInode) {
        const auto server = byInode.find(socket->peer);
        if (socket->listening || server == byInode.end() || server->second->name.empty() || server->second->name.starts_with(kJournal))
            continue;
        if (listened.contains(socket->name))
            continue; // this end was accepted, and the client has given itself a name
        const ProcessOwner *from = holders.of(inode), *to = holders.of(server->first);
        if (from && to)
            edges.add(*from, *to, QString::fromUtf8(server->second->name));
    }
}

} // namespace

EphemeralPorts parsePortRange(std::string_view text)
{
    EphemeralPorts ports;
    auto line = proctext::takeLine(text);
    const auto first = proctext::number<quint16>(proctext::takeField(line)), last = proctext::number<quint16>(proctext::takeField(line));
    return first && last && *first <= *last ? EphemeralPorts{*first, *last} : ports;
}

void SocketHolders::add(const std::vector<quint64> &inodes, const ProcessOwner &owner)
{
    if (inodes.empty())
        return;
    const ProcessOwner *kept = &m_owners.try_emplace(owner.name, owner).first->second;
    for (const quint64 inode : inodes) {
        const auto [it, isNew] = m_holders.try_emplace(inode, kept);
        if (!isNew && it->second != kept && kept->isBetterThan(*it->second))
            it->second = kept;
    }
}

const ProcessOwner *SocketHolders::of(quint64 inode) const
{
    const auto it = m_holders.find(inode);
    return inode == 0 || it == m_holders.end() ? nullptr : it->second;
}

ConnectionEdges connectionEdges(const std::vector<NetworkView> &networks, const SocketHolders &holders, EphemeralPorts ports)
{
    EdgeSet edges;
    TcpEdges(holders, ports, edges).addAll(networks);
    addLocal(networks, holders, edges);
    return edges.take();
}

} // namespace prunella
