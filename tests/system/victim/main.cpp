// The service that is broken in the tests: it counts its own starts, one line each with pid and monotonic microseconds.
//   victim LOG [--exit N] [--after MS] [--ready-after MS] [--ignore-term] [--port P] [--needs P] [--eat [MIB]] [--once]
//              [--on-usr1] [--note-signals] [--share DIR]
// Plain C++ without Qt: its own start must cost little next to what is measured.
#include <algorithm>
#include <arpa/inet.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
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

/// Does whoever listens there say anything, if only that the question was wrong? One that hangs does not.
bool answers(int port)
{
    const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    const char request[] = "GET / HTTP/1.0\r\n\r\n";
    bool heard = connect(client, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0
        && write(client, request, sizeof request - 1) > 0;
    pollfd answer{client, POLLIN, 0};
    heard = heard && poll(&answer, 1, 500) > 0;
    close(client);
    return heard;
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

/// Takes so many MiB (0: until the kernel's OOM killer ends it); it must really be touched.
void eat(int mib)
{
    std::vector<char *> kept;
    while (mib == 0 || int(kept.size()) * 4 < mib) {
        constexpr size_t step = 4 << 20;
        kept.push_back(static_cast<char *>(std::malloc(step)));
        std::memset(kept.back(), 1, step);
    }
}

/// What follows waits for SIGUSR1; its log says when that may be sent.
void waitForSignal(const char *path)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    note(path, "waits");
    int number = 0;
    sigwait(&set, &number);
}

/// Writes "usr1" and "usr2" into its log as they come, as a service does that changes its log level.
[[noreturn]] void noteSignals(const char *path)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    note(path, "listens");
    for (int number = 0; sigwait(&set, &number) == 0;)
        note(path, number == SIGUSR1 ? "usr1" : "usr2");
    _exit(96);
}

double seconds(clockid_t clock)
{
    timespec time{};
    clock_gettime(clock, &time);
    return double(time.tv_sec) + double(time.tv_nsec) / 1e9;
}

double processorSeconds() { return seconds(CLOCK_PROCESS_CPUTIME_ID); }
double wallSeconds() { return seconds(CLOCK_MONOTONIC); }

/// How many instances run that share the work: each has a file with its pid as name.
int members(const std::string &dir)
{
    int count = 0;
    for (const auto &entry : std::filesystem::directory_iterator(dir + "/members"))
        count += kill(std::atoi(entry.path().filename().c_str()), 0) == 0 ? 1 : 0;
    return std::max(count, 1);
}

/// One of several instances that a balancer shares the work among: DIR/demand says how many percent of one processor there is to do.
[[noreturn]] void share(const std::string &dir)
{
    std::filesystem::create_directories(dir + "/members");
    std::ofstream(dir + "/members/" + std::to_string(getpid())) << "\n";
    double owed = 0; // seconds of work; what a busy machine did not let it do is made up for, up to a second
    for (double last = wallSeconds();;) {
        int demand = 0;
        std::ifstream(dir + "/demand") >> demand;
        const double now = wallSeconds(), begun = processorSeconds();
        owed = std::min(owed + (now - last) * demand / members(dir) / 100, 1.0);
        last = now;
        constexpr double turn = 0.02;
        while (processorSeconds() < begun + std::min(owed, turn)) { }
        owed = std::max(owed - (processorSeconds() - begun), 0.0);
        poll(nullptr, 0, owed > turn ? 0 : 10);
    }
}

struct Options { int port = 0, needs = 0, exitCode = -1, after = 0, readyAfter = -1, mib = 0; bool hungry = false, waits = false; };

Options parse(int argc, char **argv)
{
    Options options;
    for (int i = 2; i < argc; ++i) {
        const std::string word = argv[i];
        const int value = i + 1 < argc ? std::atoi(argv[i + 1]) : 0;
        if (word == "--ignore-term")
            std::signal(SIGTERM, SIG_IGN);
        else if (word == "--eat") options.hungry = true, options.mib = value;
        else if (word == "--on-usr1") options.waits = true;
        else if (word == "--note-signals") noteSignals(argv[1]);
        else if (word == "--share") share(argv[i + 1]);
        else if (word == "--exit")
            options.exitCode = value, ++i;
        else if (word == "--after")
            options.after = value, ++i;
        else if (word == "--ready-after")
            options.readyAfter = value, ++i;
        else if (word == "--port")
            options.port = value, ++i;
        else if (word == "--once") options.exitCode = isFirstStart(argv[1]) ? options.exitCode : -1; // an --exit before it: the first start only
        else if (word == "--needs")
            options.needs = value, ++i;
    }
    return options;
}

} // namespace

int main(int argc, char **argv)
{
    if (argc < 2)
        return 97;
    note(argv[1], "start");
    const Options options = parse(argc, argv);
    if (options.readyAfter >= 0) {
        poll(nullptr, 0, options.readyAfter);
        note(argv[1], "ready");
        sd_notify(0, "READY=1");
    }
    poll(nullptr, 0, options.after);
    if (options.exitCode >= 0)
        return options.exitCode;
    if (options.waits)
        waitForSignal(argv[1]);
    if (options.hungry)
        eat(options.mib);
    if (options.port > 0)
        return serve(options.port, options.needs);
    while (true)
        pause();
}
