#include "core/recovery/ProcessSpawner.h"

#include "core/recovery/ProcessLaunch.h"
#include "core/recovery/ProcessOutput.h"
#include "core/recovery/SafeName.h"

#include <QDir>
#include <QProcessEnvironment>
#include <QStandardPaths>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace prunella {
namespace {

using Time = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// What systemd tells the engine about itself is not for its children: they would answer in its name.
bool isOurOwn(const QString &name)
{
    static const QStringList names{
        QStringLiteral("NOTIFY_SOCKET"), QStringLiteral("WATCHDOG_USEC"), QStringLiteral("WATCHDOG_PID"), QStringLiteral("LISTEN_FDS"),
        QStringLiteral("LISTEN_PID"), QStringLiteral("LISTEN_FDNAMES"), QStringLiteral("JOURNAL_STREAM"), QStringLiteral("INVOCATION_ID"),
        QStringLiteral("MAINPID"), QStringLiteral("MANAGERPID"), QStringLiteral("SYSTEMD_EXEC_PID"), QStringLiteral("CREDENTIALS_DIRECTORY"),
        QStringLiteral("RUNTIME_DIRECTORY"), QStringLiteral("STATE_DIRECTORY"), QStringLiteral("MEMORY_PRESSURE_WATCH"),
        QStringLiteral("MEMORY_PRESSURE_WRITE")};
    return names.contains(name) || name.startsWith(QLatin1String("PRUNELLA_"));
}

QByteArrayList environmentFor(const ServiceConfig &service, const ProcessMarks &marks)
{
    QMap<QString, QString> merged;
    const QProcessEnvironment engine = QProcessEnvironment::systemEnvironment();
    for (const QString &name : engine.keys())
        if (!isOurOwn(name))
            merged.insert(name, engine.value(name));
    merged.insert(service.environment);
    QByteArrayList lines = marks.environment(); // first: getenv() takes the first
    for (auto it = merged.cbegin(); it != merged.cend(); ++it)
        lines.append(QFile::encodeName(it.key() + u'=' + it.value()));
    return lines;
}

Result<ProcessLaunch> prepareLaunch(const ServiceConfig &service, const ProcessMarks &marks, const QString &outputFile)
{
    const QString name = service.command.value(0);
    if (name.isEmpty())
        return failure(ErrorCode::Invalid, QStringLiteral("service ") + service.name + QStringLiteral(" has no command: set `command: [program, …]`"));
    ProcessLaunch launch{name, {}, environmentFor(service, marks), service.workingDirectory, outputFile};
    if (!name.contains(u'/')) {
        launch.program = QStandardPaths::findExecutable(name);
        if (launch.program.isEmpty())
            return failure(ErrorCode::NotFound, QStringLiteral("cannot execute ") + name + QStringLiteral(": not found in PATH"));
    }
    for (const QString &argument : service.command)
        launch.arguments.append(QFile::encodeName(argument));
    return launch;
}

/// The group at once, so that no fork slips through; the session's other groups one by one.
void signalAll(const QList<ProcessEntry> &entries, qint64 group, int number)
{
    ::kill(-pid_t(group), number);
    for (const ProcessEntry &entry : entries)
        if (entry.group != group)
            ::kill(pid_t(entry.pid), number);
}

/// Waits until one of the processes ends, the token is cancelled or the time is over.
void waitForAny(const QList<ProcessEntry> &entries, Time::time_point deadline, const CancelToken &token)
{
    std::vector<pollfd> polled{{token.fd(), POLLIN, 0}};
    bool oneGone = false;
    for (const ProcessEntry &entry : entries) {
        const int fd = int(syscall(SYS_pidfd_open, pid_t(entry.pid), 0));
        oneGone = oneGone || (fd < 0 && errno == ESRCH);
        if (fd >= 0)
            polled.push_back({fd, POLLIN, 0});
    }
    const auto left = std::chrono::ceil<milliseconds>(deadline - Time::now()).count();
    // At most a second: what forked meanwhile is found by looking again.
    if (!oneGone && left > 0)
        poll(polled.data(), polled.size(), int(std::min<long long>(left, polled.size() > 1 ? 1000 : 20)));
    for (std::size_t i = 1; i < polled.size(); ++i)
        close(polled[i].fd);
}

} // namespace

ProcessSpawner::ProcessSpawner(const QString &stateDir, const Clock &clock) : m_stateDir(QDir(stateDir).absolutePath()), m_clock(clock) {}

QString ProcessSpawner::outputFile(const QString &service) const
{
    return m_stateDir + QStringLiteral("/output/") + safeFileName(service) + QStringLiteral(".log");
}

ManagedProcess ProcessSpawner::describe(const QString &service, const ProcessEntry &entry) const
{
    const Now now = m_clock.now();
    const qint64 ageMs = now.bootMs - qint64(entry.startTicks) * 1000 / sysconf(_SC_CLK_TCK);
    return {service, entry.pid, entry.startTicks, now.bootId, outputFile(service), now.wallMs - std::max<qint64>(ageMs, 0)};
}

Result<ManagedProcess> ProcessSpawner::start(const ServiceConfig &service) const
{
    const QString file = outputFile(service.name);
    if (!QDir().mkpath(QFileInfo(file).absolutePath()))
        return failure(ErrorCode::Io, QStringLiteral("cannot make the folder ") + QFileInfo(file).absolutePath());
    rotateOutput(file); // a file that stays too large is no reason not to start
    const Result<ProcessLaunch> ready = prepareLaunch(service, {service.name, m_stateDir}, file);
    if (!ready)
        return tl::unexpected(ready.error());
    const Result<qint64> pid = launch(*ready);
    if (!pid)
        return tl::unexpected(pid.error());
    // Ours and not reaped yet, so it is in /proc even when it has ended already.
    const auto entry = processEntry(*pid);
    return describe(service.name, entry ? *entry : ProcessEntry{*pid, *pid, *pid, 0, '?'});
}

bool ProcessSpawner::isRunning(const ManagedProcess &process) const
{
    if (process.bootId != m_clock.now().bootId)
        return false;
    const auto entry = processEntry(process.pid);
    return entry && !entry->ended() && entry->startTicks == process.startTicks;
}

std::optional<ManagedProcess> ProcessSpawner::findRunning(const ManagedProcess &known) const
{
    return isRunning(known) ? std::optional(known) : findRunning(known.service);
}

std::optional<ManagedProcess> ProcessSpawner::findRunning(const QString &service) const
{
    const ProcessMarks marks{service, m_stateDir};
    std::optional<ProcessEntry> oldest; // a service's own daemons carry the marks, too, but are younger
    for (const ProcessEntry &entry : runningProcesses()) {
        const bool leads = entry.session == entry.pid;
        if (leads && (!oldest || entry.startTicks < oldest->startTicks) && hasMarks(entry.pid, marks))
            oldest = entry;
    }
    return oldest ? std::optional(describe(service, *oldest)) : std::nullopt;
}

QList<ProcessEntry> ProcessSpawner::members(const ManagedProcess &process, const QMap<qint64, quint64> &seen) const
{
    QList<ProcessEntry> result;
    if (process.bootId != m_clock.now().bootId)
        return result;
    for (const ProcessEntry &entry : runningProcesses())
        if (entry.session == process.pid)
            result.append(entry);
    // The number of a session is not given anew while anybody is left in it. So one that is surely ours (the leader,
    // one seen before, one with our marks) vouches for all; a leader that is gone and reaped vouches for nobody.
    const auto leader = processEntry(process.pid);
    const bool same = leader && leader->startTicks == process.startTicks;
    const bool ours = same || std::any_of(result.begin(), result.end(), [&](const ProcessEntry &entry) {
        return seen.value(entry.pid) == entry.startTicks || hasMarks(entry.pid, {process.service, m_stateDir});
    });
    return ours ? result : QList<ProcessEntry>();
}

Status ProcessSpawner::stop(const ManagedProcess &process, int graceMs, const CancelToken &token) const
{
    const auto killAt = Time::now() + milliseconds(graceMs);
    const auto giveUpAt = killAt + milliseconds(5000); // a process in disk wait ends only when the disk answers
    QMap<qint64, quint64> seen; // pid -> start time
    bool asked = false;
    while (true) {
        const QList<ProcessEntry> left = members(process, seen);
        const auto now = Time::now();
        if (left.isEmpty())
            return {};
        if (token.isCancelled())
            return failure(ErrorCode::Timeout, QStringLiteral("gave up while ") + process.service + QStringLiteral(" was being stopped"));
        if (now >= giveUpAt)
            return failure(ErrorCode::Timeout, QStringLiteral("process ") + QString::number(left.first().pid) + QStringLiteral(" of ")
                               + process.service + QStringLiteral(" does not end even after SIGKILL (state ") + QLatin1Char(left.first().state) + u')');
        const bool kill = now >= killAt;
        if (kill || !asked)
            signalAll(left, process.pid, kill ? SIGKILL : SIGTERM);
        asked = true;
        for (const ProcessEntry &entry : left)
            seen.insert(entry.pid, entry.startTicks);
        waitForAny(left, kill ? std::min(giveUpAt, now + milliseconds(100)) : killAt, token);
    }
}

} // namespace prunella
