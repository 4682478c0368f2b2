// Probes of decision trees that look at the machine's own TCP sockets: port, local_ports.
#include "core/monitoring/TreeProbeOpenFiles.h"
#include "core/monitoring/TreeProbeParts.h"

#include "core/monitoring/PeerAddress.h"

#include <QFile>
#include <QHash>
#include <QHostAddress>

namespace prunella::treeprobe {

using namespace Qt::StringLiterals;

namespace {

constexpr int listening = 0x0a, timeWait = 0x06;

struct TcpSocket {
    QHostAddress local, remote;
    quint16 localPort = 0, remotePort = 0;
    int state = 0;
    quint64 inode = 0;
};

/// "0100007F:1F90" or 32 digits for IPv6: each 32 bits in the machine's byte order.
bool takeAddress(const QByteArray &text, QHostAddress &address, quint16 &port)
{
    const qsizetype colon = text.indexOf(':');
    const QByteArray bytes = QByteArray::fromHex(text.left(colon));
    port = quint16(text.mid(colon + 1).toUInt(nullptr, 16));
    if (bytes.size() == 4) {
        quint32 value = 0;
        for (int i = 3; i >= 0; --i)
            value = value << 8 | quint8(bytes[i]);
        address = QHostAddress(value);
        return true;
    }
    Q_IPV6ADDR six{};
    for (int i = 0; bytes.size() == 16 && i < 16; ++i)
        six[i] = quint8(bytes[i / 4 * 4 + 3 - i % 4]);
    address = QHostAddress(six);
    return bytes.size() == 16;
}

QList<TcpSocket> tcpSockets(const ProcPaths &paths)
{
    QList<TcpSocket> sockets;
    for (const QString &name : {u"/net/tcp"_s, u"/net/tcp6"_s}) {
        QFile list(paths.proc + name);
        if (!list.open(QIODevice::ReadOnly))
            continue;
        const QList<QByteArray> lines = list.readAll().split('\n');
        for (const QByteArray &line : lines.mid(1)) {
            const QList<QByteArray> fields = line.simplified().split(' ');
            TcpSocket socket;
            if (fields.size() < 10 || !takeAddress(fields[1], socket.local, socket.localPort)
                || !takeAddress(fields[2], socket.remote, socket.remotePort))
                continue;
            socket.state = fields[3].toInt(nullptr, 16);
            socket.inode = fields[9].toULongLong();
            sockets.append(socket);
        }
    }
    return sockets;
}

bool isAny(const QHostAddress &address)
{
    return address == QHostAddress(QHostAddress::AnyIPv4) || address == QHostAddress(QHostAddress::AnyIPv6);
}

/// The unit that the process's control group names; empty: none.
QString unitOf(qint64 pid, const ProcPaths &paths)
{
    const QString groups = QString::fromUtf8(smallFile(u"%1/%2/cgroup"_s.arg(paths.proc).arg(pid)));
    for (const QString &line : groups.split(u'\n')) {
        for (const QString &part : line.section(u':', 2).split(u'/')) {
            if (part.endsWith(u".service"_s) || part.endsWith(u".scope"_s) || part.endsWith(u".socket"_s))
                return part;
        }
    }
    return {};
}

qint64 parentOf(qint64 pid, const ProcPaths &paths)
{
    const QByteArray stat = smallFile(u"%1/%2/stat"_s.arg(paths.proc).arg(pid));
    return stat.mid(stat.lastIndexOf(')') + 2).split(' ').value(1).toLongLong();
}

/// In its control group, or its main process or a child of that.
bool isOwn(qint64 pid, const ProbeSubject &subject, const ProcPaths &paths)
{
    if (!subject.unit.isEmpty() && unitOf(pid, paths) == subject.unit)
        return true;
    constexpr int deepest = 32;
    for (int i = 0; i < deepest && pid > 1 && subject.pid > 1; ++i, pid = parentOf(pid, paths)) {
        if (pid == subject.pid)
            return true;
    }
    return false;
}

QString endpoint(const QHostAddress &address, quint16 port)
{
    const QString text = address.toString();
    return (text.contains(u':') ? QString(u'[' + text + u']') : text) + u':' + QString::number(port);
}

} // namespace

Fact port(const Probe &probe)
{
    const auto wanted = parsePeer(probe.order.text);
    if (!wanted)
        return unknownFact(wanted.error().message);
    const QHostAddress host(QString::fromStdString(wanted->host)); // null: a name, then every address counts
    const auto number = quint16(std::stoi(wanted->port));
    const QList<TcpSocket> sockets = tcpSockets(probe.paths);
    if (sockets.isEmpty() && !QFile::exists(probe.paths.proc + u"/net/tcp"_s))
        return unknownFact(u"the list of sockets cannot be read"_s);
    for (const TcpSocket &socket : sockets) {
        const bool same = isAny(socket.local) || host.isNull() || isAny(host) || socket.local == host;
        if (socket.state != listening || socket.localPort != number || !same)
            continue;
        const qint64 pid = holderOf(socket.inode, probe.paths, QDeadlineTimer(probe.order.timeoutMs), probe.cancel);
        const QString where = endpoint(socket.local, socket.localPort);
        if (pid == 0)
            return unknownFact(u"somebody listens on %1, but this user may not see who"_s.arg(where));
        const QString unit = unitOf(pid, probe.paths);
        const QString who = u"%1 (pid %2%3)"_s.arg(commandName(pid, probe.paths)).arg(pid).arg(unit.isEmpty() ? QString() : QString(u", "_s + unit));
        return said(isOwn(pid, probe.order.subject, probe.paths) ? "own" : "other", u"%1 is taken by %2"_s.arg(where, who));
    }
    return said("free", u"nobody listens on %1"_s.arg(probe.order.text));
}

Fact localPorts(const Probe &probe)
{
    const QList<QByteArray> range = smallFile(probe.paths.proc + u"/sys/net/ipv4/ip_local_port_range"_s).simplified().split(' ');
    const int low = range.value(0).toInt(), high = range.value(1).toInt();
    if (low <= 0 || high < low)
        return unknownFact(u"the range of local ports cannot be read"_s);
    struct Use { int all = 0, waiting = 0; };
    QHash<QString, Use> uses;
    for (const TcpSocket &socket : tcpSockets(probe.paths)) {
        if (socket.state == listening || socket.localPort < low || socket.localPort > high)
            continue;
        Use &use = uses[endpoint(socket.remote, socket.remotePort)];
        ++use.all;
        use.waiting += socket.state == timeWait ? 1 : 0;
    }
    QString most;
    for (auto it = uses.cbegin(); it != uses.cend(); ++it) {
        if (it->all > uses.value(most).all || (it->all == uses.value(most).all && it.key() < most))
            most = it.key();
    }
    const Use use = uses.value(most);
    const double percent = 100.0 * use.all / (high - low + 1);
    if (use.all == 0)
        return {0.0, u"no local port is in use"_s, 0};
    return {percent, u"%1 of %2 local ports are in use towards %3, %4 of them wait for their end (TIME_WAIT)"_s
            .arg(use.all).arg(high - low + 1).arg(most).arg(use.waiting), 0};
}

} // namespace prunella::treeprobe
