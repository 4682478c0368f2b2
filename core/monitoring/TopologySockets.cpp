#include "core/monitoring/TopologySockets.h"
#include "core/monitoring/ProcText.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>

namespace prunella {
namespace {

using proctext::takeField;

constexpr std::array<quint8, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool isMapped(const SocketAddress &address)
{
    return std::equal(kMapped.begin(), kMapped.end(), address.bytes.begin());
}

/// "0100007F:1538": words of 32 bits as they lie in memory, then the port as a number.
bool parseAddress(std::string_view text, SocketAddress &address)
{
    const auto colon = text.find(':');
    if (colon != 8 && colon != 32)
        return false;
    const bool v4 = colon == 8;
    const auto port = proctext::number<quint16>(text.substr(colon + 1), 16);
    if (v4)
        std::copy(kMapped.begin(), kMapped.end(), address.bytes.begin());
    for (std::size_t i = 0; i < colon / 8; ++i) {
        const auto word = proctext::number<quint32>(text.substr(i * 8, 8), 16);
        if (!word)
            return false;
        std::memcpy(address.bytes.data() + (v4 ? 12 : i * 4), &*word, 4);
    }
    address.port = port.value_or(0);
    return port.has_value();
}

bool isOfInterest(quint8 state)
{
    return state == quint8(TcpState::Established) || state == quint8(TcpState::SynSent) || state == quint8(TcpState::CloseWait)
        || state == quint8(TcpState::Listen);
}

/// "   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000   107        0 20234 1 ..."
bool parseTcp(std::string_view line, TcpSocket &socket)
{
    takeField(line); // its number
    const auto local = takeField(line), remote = takeField(line);
    const auto state = proctext::number<quint8>(takeField(line), 16);
    if (!state || !isOfInterest(*state))
        return false;
    for (int i = 0; i < 5; ++i) // queues, timer, retransmits, uid, timeout
        takeField(line);
    const auto inode = proctext::number(takeField(line));
    if (!inode || line.empty())
        return false;
    socket.state = TcpState(*state);
    socket.inode = *inode;
    return parseAddress(local, socket.local) && parseAddress(remote, socket.remote);
}

/// "ffff8b4c: 00000003 00000000 00000000 0001 03 20145 /run/app.sock"
bool parseUnix(std::string_view line, UnixSocket &socket)
{
    takeField(line), takeField(line), takeField(line); // address, references, protocol
    const auto flags = proctext::number<quint32>(takeField(line), 16);
    const auto type = proctext::number<quint32>(takeField(line), 16);
    const auto state = proctext::number<quint32>(takeField(line), 16);
    const auto inode = proctext::number(takeField(line));
    constexpr quint32 accepts = 0x10000, stream = 1, seqPacket = 5, connected = 3;
    if (!flags || !state || !inode || (type != stream && type != seqPacket))
        return false;
    socket.listening = (*flags & accepts) != 0;
    socket.inode = *inode;
    socket.name = line.empty() ? std::string() : std::string(line.substr(1));
    return socket.listening || *state == connected;
}

template<typename Socket, typename Parse>
std::vector<Socket> parseLines(std::string_view text, Parse parse)
{
    std::vector<Socket> sockets;
    sockets.reserve(text.size() / 150);
    proctext::takeLine(text); // the titles
    while (!text.empty()) {
        Socket socket;
        if (parse(proctext::takeLine(text), socket))
            sockets.push_back(std::move(socket));
    }
    return sockets;
}

} // namespace

bool isAny(const SocketAddress &address)
{
    const auto from = isMapped(address) ? address.bytes.begin() + 12 : address.bytes.begin();
    return std::all_of(from, address.bytes.end(), [](quint8 byte) { return byte == 0; });
}

bool isLoopback(const SocketAddress &address)
{
    if (isMapped(address))
        return address.bytes[12] == 127;
    return address.bytes[15] == 1 && std::all_of(address.bytes.begin(), address.bytes.end() - 1, [](quint8 byte) { return byte == 0; });
}

QString toString(const SocketAddress &address)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (isMapped(address)) {
        inet_ntop(AF_INET, address.bytes.data() + 12, text.data(), text.size());
        return QStringLiteral("%1:%2").arg(QLatin1StringView(text.data())).arg(address.port);
    }
    inet_ntop(AF_INET6, address.bytes.data(), text.data(), text.size());
    return QStringLiteral("[%1]:%2").arg(QLatin1StringView(text.data())).arg(address.port);
}

std::vector<TcpSocket> parseTcpSockets(std::string_view text)
{
    return parseLines<TcpSocket>(text, parseTcp);
}

std::vector<UnixSocket> parseUnixSockets(std::string_view text)
{
    return parseLines<UnixSocket>(text, parseUnix);
}

} // namespace prunella
