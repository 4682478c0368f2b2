// The service that is broken in the tests: it counts its own starts, one line each with pid and monotonic microseconds.
//   victim LOG [--exit N] [--after MS] [--ready-after MS] [--ignore-term] [--port P] [--needs P] [--eat] [--once]
// Plain C++ without Qt: its own start must cost little next to what is measured.
#include <algorithm>
#include <arpa/inet.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <vector>

#include <systemd/sd-daemon.h>

namespace {

void note(const char *path, const char *what)
{
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    char line[96];
    const int size = std::snprintf(line, sizeof line, "%s %d %lld\n", what, int(getpid()),
                                   static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000);
    const int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0 || write(fd, line, size_t(size)) != size) // a victim that cannot count makes every figure worthless
        _exit(99);
    close(fd);
}

/// Is this its first start, by its own log?
bool isFirstStart(const char *path)
{
    char text[4096];
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof text);
    close(fd);
    return std::count(text, text + std::max<ssize_t>(size, 0), '\n') <= 1;
}

sockaddr_in loopback(int port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(uint16_t(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

bool answers(int port)
{
    const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    const bool connected = connect(client, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0;
    close(client);
    return connected;
}

/// Answers every connection for ever: HTTP 200, or 503 while nobody listens on the port that it needs (0: it needs none).
int serve(int port, int needs)
{
    const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int one = 1;
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    const sockaddr_in address = loopback(port);
    if (bind(server, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0 || listen(server, 16) != 0)
        return 98;
    while (true) {
        const int peer = accept(server, nullptr, nullptr);
        char request[4096];
        if (peer < 0 || read(peer, request, sizeof request) < 0)
            continue;
        const bool well = needs == 0 || answers(needs);
        const std::string answer = std::string("HTTP/1.1 ") + (well ? "200 OK" : "503 Service Unavailable")
            + "\r\nContent-Length: 2\r\nConnection: close\r\n\r\n" + (well ? "ok" : "no");
        if (write(peer, answer.data(), answer.size()) < 0)
            continue;
        shutdown(peer, SHUT_WR);
        close(peer);
    }
}

/// Takes memory until the kernel's OOM killer ends it; it must really be touched.
void eat()
{
    std::vector<char *> kept;
    while (true) {
        constexpr size_t step = 4 << 20;
        kept.push_back(static_cast<char *>(std::malloc(step)));
        std::memset(kept.back(), 1, step);
    }
}

} // namespace

int main(int argc, char **argv)
{
    if (argc < 2)
        return 97;
    note(argv[1], "start");
    int port = 0, needs = 0, exitCode = -1, after = 0, readyAfter = -1;
    bool hungry = false;
    for (int i = 2; i < argc; ++i) {
        const std::string word = argv[i];
        const int value = i + 1 < argc ? std::atoi(argv[i + 1]) : 0;
        if (word == "--ignore-term")
            std::signal(SIGTERM, SIG_IGN);
        else if (word == "--eat") hungry = true;
        else if (word == "--exit")
            exitCode = value, ++i;
        else if (word == "--after")
            after = value, ++i;
        else if (word == "--ready-after")
            readyAfter = value, ++i;
        else if (word == "--port")
            port = value, ++i;
        else if (word == "--once") exitCode = isFirstStart(argv[1]) ? exitCode : -1; // an --exit before it: the first start only
        else if (word == "--needs")
            needs = value, ++i;
    }
    if (readyAfter >= 0) {
        poll(nullptr, 0, readyAfter);
        note(argv[1], "ready");
        sd_notify(0, "READY=1");
    }
    poll(nullptr, 0, after);
    if (exitCode >= 0)
        return exitCode;
    if (hungry)
        eat();
    if (port > 0)
        return serve(port, needs);
    while (true)
        pause();
}
