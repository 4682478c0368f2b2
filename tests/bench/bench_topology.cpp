// What one look at the topology costs on a busy machine.
//   build/release/bin/bench_topology        (PROCESSES=1000 by default; 20 sockets each; on a quiet machine, release build, as root)
// Every process has a TCP and a Unix listener, 9 connections to another process and 9 accepted ones. 50 services.
#include "core/monitoring/TopologyConnections.h"
#include "core/monitoring/TopologyReader.h"
#include "core/monitoring/TopologySockDiag.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QTextStream>

#include <algorithm>
#include <arpa/inet.h>
#include <csignal>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

constexpr int kConnections = 9, kServices = 50, kFirstPort = 20'000;

sockaddr_in at(int number)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(quint16(kFirstPort + number));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

bool passOn(int fd) { return ::write(fd, "x", 1) == 1; }
bool await(int fd) { char byte = 0; return ::read(fd, &byte, 1) == 1; }

/// Never returns. `tell`: one byte a step; `go`: one byte lets one process go on; its end ends all.
[[noreturn]] void beOne(int number, int count, int tell, int go, int end)
{
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0), local = ::socket(AF_UNIX, SOCK_STREAM, 0), on = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    const sockaddr_in own = at(number), other = at((number + count / kServices + 1) % count);
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "bench%d.%d", ::getppid(), number); // abstract
    bool good = ::bind(listener, reinterpret_cast<const sockaddr *>(&own), sizeof(own)) == 0 && ::listen(listener, 64) == 0
        && ::bind(local, reinterpret_cast<const sockaddr *>(&name), sizeof(name)) == 0 && ::listen(local, 1) == 0;
    good = good && passOn(tell) && await(go);
    for (int i = 0; i < kConnections && good; ++i) {
        const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
        good = ::connect(fd, reinterpret_cast<const sockaddr *>(&other), sizeof(other)) == 0;
    }
    for (int i = 0; i < kConnections && good; ++i)
        good = ::accept(listener, nullptr, nullptr) >= 0;
    if (good && passOn(tell))
        await(end);
    ::_exit(good ? 0 : 1);
}

/// User and system time of this process, ms: what a look costs, whatever else the machine does meanwhile.
double processorMs()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto ms = [](const timeval &time) { return double(time.tv_sec) * 1e3 + double(time.tv_usec) / 1e3; };
    return ms(usage.ru_utime) + ms(usage.ru_stime);
}

template<typename Call>
void measure(const char *name, Call call)
{
    std::vector<double> times, costs;
    QElapsedTimer timer;
    for (int round = 0; round < 11; ++round) {
        const double before = processorMs();
        timer.start();
        call();
        times.push_back(double(timer.nsecsElapsed()) / 1e6);
        costs.push_back(processorMs() - before);
    }
    std::sort(times.begin(), times.end());
    std::sort(costs.begin(), costs.end());
    QTextStream(stdout) << u"%1 median %2 ms, slowest of 11 %3 ms; processor time, median %4 ms\n"_s
                               .arg(QLatin1StringView(name), -34).arg(times[5], 0, 'f', 1).arg(times.back(), 0, 'f', 1).arg(costs[5], 0, 'f', 1);
}

QByteArray slurp(const char *path)
{
    QFile file(QString::fromLatin1(path));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void report(const TopologyRequest &request, int count)
{
    const SeenTopology seen = readTopology(request);
    std::size_t descriptors = 0;
    for (const SeenProcess &process : readProcesses())
        descriptors += readOpenFiles(process.pid, false).sockets.size();
    const auto ties = std::count_if(seen.edges.cbegin(), seen.edges.cend(), [](const TopologyEdge &edge) { return edge.kind == TieKind::Connection; });
    QTextStream(stdout) << u"%1 processes of ours, %2 sockets held on the machine, %3 edges, %4 of them connections\n"_s
                               .arg(count).arg(descriptors).arg(seen.edges.size()).arg(ties);
    measure("whole look", [&request] { return readTopology(request).edges.size(); });
    measure("  /proc/PID: stat, cgroup, ns", [] { return readProcesses().size(); });
    const auto processes = readProcesses();
    measure("  /proc/PID/fd", [&processes] {
        for (const SeenProcess &process : processes)
            static_cast<void>(readOpenFiles(process.pid, true));
    });
    measure("  /proc/net/tcp, read", [] { return slurp("/proc/net/tcp").size(); });
    const QByteArray text = slurp("/proc/net/tcp");
    measure("  /proc/net/tcp, parsed", [&text] { return parseTcpSockets({text.constData(), std::size_t(text.size())}).size(); });
    measure("  inet_diag, in its place", [] { return readInetDiag().has_value(); });
    measure("  unix_diag", [] { return readUnixDiag().has_value(); });
}

/// Sessions: the first of each service leads one; the others are its children, as workers are.
class Crowd
{
public:
    explicit Crowd(int count) : m_count(count), m_good(::pipe(m_tell.data()) == 0 && ::pipe(m_go.data()) == 0 && ::pipe(m_end.data()) == 0)
    {
        for (int service = 0; service < kServices && m_good; ++service)
            startService(service, count / kServices);
        ::close(m_tell[1]); // one that fails must not leave us waiting
    }
    ~Crowd()
    {
        ::close(m_end[1]);
        for (const pid_t leader : leaders)
            ::waitpid(leader, nullptr, 0);
    }
    Crowd(const Crowd &) = delete;
    Crowd &operator=(const Crowd &) = delete;

    /// All have said so: they listen; they are connected.
    [[nodiscard]] bool isReady()
    {
        for (const bool last : {false, true}) {
            for (int i = 0; i < m_count; ++i) {
                if (!m_good || !await(m_tell[0]))
                    return false;
            }
            for (int i = 0; i < m_count && !last; ++i)
                static_cast<void>(passOn(m_go[1]));
        }
        return true;
    }

    std::vector<pid_t> leaders;

private:
    void startService(int service, int size)
    {
        const pid_t leader = ::fork();
        if (leader != 0) {
            leaders.push_back(leader);
            return;
        }
        ::setsid();
        for (const int fd : {m_tell[0], m_go[1], m_end[1]})
            ::close(fd);
        for (int i = 1; i < size; ++i) {
            if (::fork() == 0)
                beOne(service * size + i, m_count, m_tell[1], m_go[0], m_end[0]);
        }
        beOne(service * size, m_count, m_tell[1], m_go[0], m_end[0]);
    }

    int m_count;
    std::array<int, 2> m_tell{}, m_go{}, m_end{};
    bool m_good;
};

} // namespace

int main(int argc, char **argv)
{
    const int wanted = qEnvironmentVariableIntValue("PROCESSES");
    const int count = std::max(1, (wanted > 0 ? wanted : 1000) / kServices) * kServices;
    Crowd crowd(count);
    if (!crowd.isReady()) {
        QTextStream(stderr) << u"not all processes could do their part\n"_s;
        return 1;
    }
    const QCoreApplication application(argc, argv);
    TopologyRequest request; // ownPid 0: these children are no checks of ours
    for (int i = 0; i < kServices; ++i) {
        ServiceConfig service;
        service.name = u"service%1"_s.arg(i);
        service.manager = Manager::Process;
        request.services.append(service);
        request.mainPids.insert(service.name, crowd.leaders[std::size_t(i)]);
    }
    report(request, count);
    return 0;
}
