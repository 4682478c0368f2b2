#pragma once
// A program that listens, connects and opens files as it is told, so that a test finds real processes with real sockets.
//   listen:PORT connect:PORT (TCP, 127.0.0.1)  ulisten:PATH uconnect:PATH (Unix)  open:PATH
#include <QByteArrayList>

#include <arpa/inet.h>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

namespace prunella::test {

inline int tcpSocket(const QByteArray &port, bool listens)
{
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(quint16(port.toInt()));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    const auto *raw = reinterpret_cast<const sockaddr *>(&address);
    const bool good = listens ? ::bind(fd, raw, sizeof(address)) == 0 && ::listen(fd, 64) == 0 : ::connect(fd, raw, sizeof(address)) == 0;
    return good ? fd : (::close(fd), -1);
}

inline int unixSocket(const QByteArray &path, bool listens)
{
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.constData(), std::min(sizeof(address.sun_path) - 1, std::size_t(path.size())));
    const auto *raw = reinterpret_cast<const sockaddr *>(&address);
    const bool good = listens ? ::bind(fd, raw, sizeof(address)) == 0 && ::listen(fd, 64) == 0 : ::connect(fd, raw, sizeof(address)) == 0;
    return good ? fd : (::close(fd), -1);
}

/// Ends only when it is killed; 1 when something does not work (its unit starts it again).
inline int play(const QByteArrayList &orders)
{
    std::vector<pollfd> listening;
    for (const QByteArray &order : orders) {
        const QByteArray what = order.left(order.indexOf(':')), where = order.mid(order.indexOf(':') + 1);
        const bool listens = what.endsWith("listen");
        const int fd = what == "open" ? ::open(where.constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)
            : what.startsWith('u')    ? unixSocket(where, listens)
                                      : tcpSocket(where, listens);
        if (fd < 0)
            return 1;
        if (listens)
            listening.push_back({fd, POLLIN, 0});
    }
    for (;;) {
        ::poll(listening.data(), listening.size(), -1);
        for (const pollfd &one : listening) {
            if ((one.revents & POLLIN) != 0)
                static_cast<void>(::accept4(one.fd, nullptr, nullptr, SOCK_CLOEXEC)); // kept as long as the process lives
        }
    }
}

} // namespace prunella::test
