// Probes of decision trees that ask the network: tcp, resolve, ping.
#include "core/monitoring/MonitorWait.h"
#include "core/monitoring/PeerAddress.h"
#include "core/monitoring/TreeProbeParts.h"

#include <QElapsedTimer>

#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <unistd.h>

namespace prunella::treeprobe {

using namespace Qt::StringLiterals;

namespace {

struct Socket {
    int fd = -1;
    explicit Socket(int from) : fd(from) {}
    ~Socket()
    {
        if (fd >= 0)
            ::close(fd);
    }
    Q_DISABLE_COPY_MOVE(Socket)
};

/// The word for an errno of connecting or sending.
const char *wordOf(int error)
{
    switch (error) {
    case 0: return "ok";
    case ECONNREFUSED: return "refused";
    case ETIMEDOUT: return "timeout";
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN: return "unreachable";
    default: return "error";
    }
}

/// 0 once connected, else errno; ECANCELED when it was cancelled.
int connectError(const PeerEndpoint &endpoint, const QDeadlineTimer &deadline, const MonitorCancel &cancel)
{
    const Socket socket(::socket(endpoint.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (socket.fd < 0)
        return errno;
    if (::connect(socket.fd, reinterpret_cast<const sockaddr *>(&endpoint.address), endpoint.size) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return errno;
    const Waited waited = waitReady(socket.fd, POLLOUT, deadline, cancel);
    if (waited != Waited::Ready)
        return waited == Waited::TimedOut ? ETIMEDOUT : ECANCELED;
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(socket.fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

Fact notResolved(const Error &error)
{
    switch (error.code) {
    case ErrorCode::NotFound: return said("not_found", error.message);
    case ErrorCode::Unavailable: // no name server answers
    case ErrorCode::Timeout: return said("timeout", error.message);
    default: return said("error", error.message);
    }
}

/// One echo request; the kernel of an unprivileged ICMP socket writes id and checksum, a raw one needs both.
QByteArray echoRequest(bool six)
{
    icmphdr header{};
    header.type = six ? quint8(ICMP6_ECHO_REQUEST) : quint8(ICMP_ECHO);
    header.un.echo.id = htons(quint16(::getpid()));
    header.un.echo.sequence = htons(1);
    QByteArray packet(reinterpret_cast<const char *>(&header), sizeof header);
    packet.append("prunella");
    quint32 sum = 0;
    for (qsizetype i = 0; i + 1 < packet.size(); i += 2)
        sum += quint32(quint8(packet[i]) << 8) + quint8(packet[i + 1]);
    sum = (sum & 0xffff) + (sum >> 16);
    const auto checksum = quint16(~(sum + (sum >> 16)));
    packet[2] = char(checksum >> 8);
    packet[3] = char(checksum & 0xff);
    return packet;
}

/// 0 once the echo came back, else errno. A raw socket hears the packets of others, too: only the answer counts.
int echoError(int fd, bool six, bool raw, const QDeadlineTimer &deadline, const MonitorCancel &cancel)
{
    for (;;) {
        const Waited waited = waitReady(fd, POLLIN, deadline, cancel);
        if (waited != Waited::Ready)
            return waited == Waited::TimedOut ? ETIMEDOUT : ECANCELED;
        std::array<char, 1500> buffer{};
        const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (got < 0)
            return errno;
        const std::size_t skip = raw && !six ? std::size_t(buffer[0] & 0x0f) * 4 : 0; // the IP header
        if (std::size_t(got) < skip + sizeof(icmphdr))
            continue;
        icmphdr header{};
        std::memcpy(&header, buffer.data() + skip, sizeof header);
        const bool mine = !raw || header.un.echo.id == htons(quint16(::getpid()));
        if (mine && header.type == (six ? quint8(ICMP6_ECHO_REPLY) : quint8(ICMP_ECHOREPLY)))
            return 0;
    }
}

int pingError(const PeerEndpoint &endpoint, const QDeadlineTimer &deadline, const MonitorCancel &cancel)
{
    const bool six = endpoint.address.ss_family == AF_INET6;
    const int protocol = six ? int(IPPROTO_ICMPV6) : int(IPPROTO_ICMP);
    bool raw = false;
    int fd = ::socket(endpoint.address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    if (fd < 0) { // net.ipv4.ping_group_range leaves us out: the right to raw sockets will do
        raw = true;
        fd = ::socket(endpoint.address.ss_family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    }
    if (fd < 0)
        return errno == EACCES ? EPERM : errno;
    const Socket socket(fd);
    const int on = 1; // "host unreachable" of a router on the way is told, too
    ::setsockopt(fd, six ? int(IPPROTO_IPV6) : int(IPPROTO_IP), six ? IPV6_RECVERR : IP_RECVERR, &on, sizeof on);
    if (::connect(fd, reinterpret_cast<const sockaddr *>(&endpoint.address), endpoint.size) != 0)
        return errno;
    const QByteArray packet = echoRequest(six);
    if (::send(fd, packet.constData(), std::size_t(packet.size()), 0) < 0)
        return errno;
    return echoError(fd, six, raw, deadline, cancel);
}

} // namespace

Fact tcp(const Probe &probe)
{
    const QString &address = probe.order.text;
    const QDeadlineTimer deadline(probe.order.timeoutMs, Qt::PreciseTimer);
    const auto peer = parsePeer(address);
    if (!peer)
        return said("error", peer.error().message);
    const auto endpoints = resolvePeer(*peer, int(probe.order.timeoutMs), probe.cancel);
    if (!endpoints)
        return notResolved(endpoints.error());
    int error = ETIMEDOUT;
    for (std::size_t i = 0; i < endpoints->size() && !deadline.hasExpired(); ++i) {
        const qint64 share = std::max<qint64>(1, deadline.remainingTime() / qint64(endpoints->size() - i));
        error = connectError((*endpoints)[i], QDeadlineTimer(share, Qt::PreciseTimer), probe.cancel);
        if (error == 0)
            return said("ok", address + u" takes a connection"_s);
    }
    if (error == ECANCELED)
        return unknownFact(u"stopped with the monitoring"_s);
    if (error == ETIMEDOUT)
        return said("timeout", u"%1 takes no connection within %2 s"_s.arg(address).arg(double(probe.order.timeoutMs) / 1000));
    return said(wordOf(error), u"%1: %2"_s.arg(address, errorWord(error).toLower()));
}

Fact resolve(const Probe &probe)
{
    const QString &name = probe.order.text;
    const auto endpoints = resolvePeer({name.toStdString(), "0"}, int(probe.order.timeoutMs), probe.cancel);
    if (!endpoints)
        return notResolved(endpoints.error());
    return said("ok", u"%1 has %2"_s.arg(name, endpoints->size() == 1 ? u"an address"_s : u"%1 addresses"_s.arg(endpoints->size())));
}

Fact ping(const Probe &probe)
{
    const QString &host = probe.order.text;
    const QDeadlineTimer deadline(probe.order.timeoutMs, Qt::PreciseTimer);
    const auto endpoints = resolvePeer({host.toStdString(), "0"}, int(probe.order.timeoutMs), probe.cancel);
    if (!endpoints)
        return notResolved(endpoints.error());
    QElapsedTimer timer;
    timer.start();
    const int error = endpoints->empty() ? EHOSTUNREACH : pingError(endpoints->front(), deadline, probe.cancel);
    switch (error) {
    case 0: return said("ok", u"%1 answers a ping in %2 ms"_s.arg(host).arg(double(timer.nsecsElapsed()) / 1e6, 0, 'f', 1));
    case ECANCELED: return unknownFact(u"stopped with the monitoring"_s);
    case EPERM: return said("error", u"pings are not permitted here: neither net.ipv4.ping_group_range nor CAP_NET_RAW allows them"_s);
    case ETIMEDOUT: return said("timeout", u"%1 answers no ping within %2 s"_s.arg(host).arg(double(probe.order.timeoutMs) / 1000));
    default: return said(wordOf(error), u"ping %1: %2"_s.arg(host, errorWord(error).toLower()));
    }
}

} // namespace prunella::treeprobe
