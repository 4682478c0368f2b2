#include "core/recovery/SnapshotParts.h"

#include <array>
#include <arpa/inet.h>
#include <cstring>

using namespace Qt::StringLiterals;

namespace prunella::snapshot {
namespace {

/// "0100007F:1F90", or 32 digits for IPv6; words of four bytes in the machine's order.
QString addressText(const QString &hex)
{
    const QByteArray bytes = QByteArray::fromHex(hex.section(u':', 0, 0).toLatin1());
    const QString port = QString::number(hex.section(u':', 1).toUInt(nullptr, 16));
    std::array<quint32, 4> words{};
    std::array<char, INET6_ADDRSTRLEN> text{};
    const bool v6 = bytes.size() == 16;
    for (qsizetype i = 0; i + 4 <= bytes.size() && i < 16; i += 4) {
        quint32 word = 0;
        for (qsizetype k = 0; k < 4; ++k)
            word = (word << 8) | uchar(bytes[i + k]);
        words[std::size_t(i / 4)] = word; // read as a number, so it has the machine's order again
    }
    inet_ntop(v6 ? AF_INET6 : AF_INET, words.data(), text.data(), socklen_t(text.size()));
    const QString address = QString::fromLatin1(text.data());
    return (v6 ? u'[' + address + u']' : address) + u':' + port;
}

QString tcpState(const QString &hex)
{
    static const QStringList names{u"?"_s, u"ESTABLISHED"_s, u"SYN_SENT"_s, u"SYN_RECV"_s, u"FIN_WAIT1"_s, u"FIN_WAIT2"_s, u"TIME_WAIT"_s,
                                   u"CLOSE"_s, u"CLOSE_WAIT"_s, u"LAST_ACK"_s, u"LISTEN"_s, u"CLOSING"_s};
    return names.value(hex.toInt(nullptr, 16), u"?"_s);
}

QString inetLine(const QString &protocol, const QStringList &fields)
{
    const QString state = protocol.startsWith("tcp"_L1) ? tcpState(fields[3]) : u"-"_s;
    return u"%1 %2 %3 -> %4, queues %5"_s.arg(protocol, -4).arg(state, -11).arg(addressText(fields[1]), addressText(fields[2]), fields[4]);
}

/// Num RefCount Protocol Flags Type State Inode [Path]
QString unixLine(const QStringList &fields)
{
    const bool listens = (fields[3].toUInt(nullptr, 16) & 0x10000) != 0;
    const QString state = listens ? u"LISTEN"_s : fields[5] == "03"_L1 ? u"CONNECTED"_s : u"UNCONNECTED"_s;
    return u"unix %1 %2"_s.arg(state, -11).arg(fields.size() > 7 ? fields.mid(7).join(u' ') : u"(no name)"_s);
}

/// All sockets of the process' network namespace, by inode; what cannot be read goes to `reasons`.
QMap<QString, QString> socketLines(qint64 pid, QString &reasons)
{
    QMap<QString, QString> lines;
    for (const char *protocol : {"tcp", "tcp6", "udp", "udp6", "unix"}) {
        const bool isUnix = std::strcmp(protocol, "unix") == 0;
        const auto table = readSystemFile(u"/proc/%1/net/%2"_s.arg(pid).arg(QLatin1String(protocol)));
        if (!table)
            reasons += table.error().message + u'\n';
        const QStringList rows = table.value_or(QString()).split(u'\n').mid(1);
        for (const QString &row : rows) {
            const QStringList fields = row.simplified().split(u' ');
            if (fields.size() < (isUnix ? 7 : 10))
                continue;
            lines.insert(fields[isUnix ? 6 : 9], isUnix ? unixLine(fields) : inetLine(QString::fromLatin1(protocol), fields));
        }
    }
    return lines;
}

} // namespace

QString sockets(qint64 pid)
{
    const auto targets = descriptors(pid);
    if (!targets)
        return targets.error().message;
    QString reasons, text;
    const QMap<QString, QString> known = socketLines(pid, reasons);
    int count = 0;
    for (auto it = targets->cbegin(); it != targets->cend(); ++it) {
        if (!it.value().startsWith("socket:["_L1) || ++count > mostLines)
            continue;
        const QString inode = it.value().mid(8).chopped(1);
        text += u"%1 %2\n"_s.arg(it.key(), 5).arg(known.value(inode, u"of another kind (netlink, packet, ...), inode "_s + inode));
    }
    if (count > mostLines)
        text += u"[... %1 more ...]\n"_s.arg(count - mostLines);
    return u"%1 sockets\n"_s.arg(count) + text + reasons;
}

} // namespace prunella::snapshot
