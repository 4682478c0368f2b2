#include "core/monitoring/PidWatcher.h"

#include <cerrno>
#include <cstring>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

// glibc before 2.36 has no wrapper. The descriptor is close-on-exec by itself.
int openPidfd(qint64 pid)
{
    return int(::syscall(SYS_pidfd_open, pid_t(pid), 0));
}

Error openError(const QString &service, qint64 pid, int code)
{
    const QString process = u"process "_s + QString::number(pid) + u" of service "_s + service;
    if (code == ESRCH || code == EINVAL)
        return {ErrorCode::NotFound, process + u" does not exist"_s};
    if (code == ENOSYS)
        return {ErrorCode::Unavailable, process + u" cannot be watched: this kernel has no pidfd, Linux 5.3 or later is needed"_s};
    return {ErrorCode::Io, process + u" cannot be watched: "_s + QString::fromLocal8Bit(std::strerror(code))};
}

// Takes the dead child's status; leaves exitKnown false when it belongs to somebody else.
void reap(int pidfd, ProcessState &state)
{
    siginfo_t info{};
    if (::waitid(P_PIDFD, id_t(pidfd), &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0)
        return;
    state.exitKnown = true;
    state.signalled = info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED;
    state.exitStatus = info.si_status;
}

} // namespace

PidWatcher::PidWatcher(std::shared_ptr<const Clock> clock, QObject *parent) : QObject(parent), m_clock(std::move(clock)) {}

PidWatcher::~PidWatcher()
{
    for (auto &[service, watched] : m_watched)
        release(watched);
}

Status PidWatcher::watch(const QString &service, qint64 pid, bool isChild)
{
    unwatch(service);
    const int fd = openPidfd(pid);
    if (fd < 0)
        return tl::unexpected(openError(service, pid, errno));
    Watched &watched = m_watched[service];
    watched = {.fd = fd, .pid = pid, .isChild = isChild};
    watched.notifier = std::make_unique<QSocketNotifier>(fd, QSocketNotifier::Read);
    connect(watched.notifier.get(), &QSocketNotifier::activated, this, [this, service] { ended(service); });
    return {};
}

void PidWatcher::unwatch(const QString &service)
{
    const auto it = m_watched.find(service);
    if (it == m_watched.end())
        return;
    release(it->second);
    m_watched.erase(it);
}

void PidWatcher::markStopRequested(const QString &service, bool requested)
{
    if (const auto it = m_watched.find(service); it != m_watched.end())
        it->second.stopRequested = requested;
}

std::optional<qint64> PidWatcher::pidOf(const QString &service) const
{
    const auto it = m_watched.find(service);
    return it == m_watched.end() ? std::nullopt : std::optional(it->second.pid);
}

void PidWatcher::ended(const QString &service)
{
    const auto it = m_watched.find(service);
    if (it == m_watched.end())
        return;
    const Now now = m_clock->now();
    RawEvent event;
    event.kind = RawEventKind::ProcessChanged;
    event.component = service;
    event.wallMs = now.wallMs;
    event.monotonicMs = now.monotonicMs;
    event.process.service = service;
    event.process.pid = it->second.pid;
    event.process.stopRequested = it->second.stopRequested;
    if (it->second.isChild)
        reap(it->second.fd, event.process);
    unwatch(service);
    Q_EMIT eventReady(event); // last: the receiver may start and watch the next process
}

// May run inside the notifier's own activated(): it is silenced before the descriptor goes, and deleted later.
void PidWatcher::release(Watched &watched)
{
    if (watched.notifier) {
        watched.notifier->setEnabled(false);
        watched.notifier.release()->deleteLater();
    }
    if (watched.fd >= 0)
        ::close(std::exchange(watched.fd, -1));
}

} // namespace prunella
