#include "core/recovery/ProcessRestart.h"

#include "core/base/Failpoint.h"
#include "core/recovery/ProcessOutput.h"

#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace prunella {
namespace {

/// A child that nobody else knows about yet, so nobody else reaps it. Empty: its end was not ours to see.
QString reap(qint64 pid)
{
    siginfo_t info{};
    int code = 0;
    do
        code = waitid(P_PID, id_t(pid), &info, WEXITED);
    while (code != 0 && errno == EINTR);
    if (code != 0)
        return {};
    if (info.si_code == CLD_EXITED)
        return QStringLiteral("exit status ") + QString::number(info.si_status);
    return QStringLiteral("signal ") + QString::number(info.si_status) + QStringLiteral(" (")
        + QString::fromLatin1(sigabbrev_np(info.si_status)) + u')';
}

/// true: it ended within the time. A zombie has ended.
bool endsWithin(qint64 pid, int ms)
{
    const int fd = int(syscall(SYS_pidfd_open, pid_t(pid), 0));
    if (fd < 0)
        return errno == ESRCH;
    pollfd entry{fd, POLLIN, 0};
    const int ready = poll(&entry, 1, ms);
    close(fd);
    return ready > 0;
}

} // namespace

ProcessRestart::ProcessRestart(const ProcessSpawner &spawner, ServiceConfig service, std::optional<ManagedProcess> current, Started started)
    : ProcessRestart(spawner, std::move(service), std::move(current), std::move(started), Timing())
{
}

ProcessRestart::ProcessRestart(const ProcessSpawner &spawner, ServiceConfig service, std::optional<ManagedProcess> current, Started started,
                               Timing timing)
    : m_spawner(spawner), m_service(std::move(service)), m_current(std::move(current)), m_started(std::move(started)), m_timing(timing)
{
}

QString ProcessRestart::describe(const ServiceConfig &service)
{
    QStringList words;
    for (const QString &word : service.command)
        words.append(u'"' + QString(word).replace(u'"', QStringLiteral("\\\"")) + u'"');
    const QString where = service.workingDirectory.isEmpty() ? QString() : QStringLiteral(" in ") + service.workingDirectory;
    return QStringLiteral("start [") + words.join(QStringLiteral(", ")) + u']' + where;
}

Status ProcessRestart::stopOld(const ActionRequest &request, const CancelToken &token) const
{
    // Half of the time is for the start, whatever the grace.
    const int grace = std::clamp(request.timeoutMs / 2, 1, m_timing.graceMs);
    if (m_current)
        if (const Status stopped = m_spawner.stop(*m_current, grace, token); !stopped)
            return stopped;
    while (const auto other = m_spawner.findRunning(m_service.name))
        if (const Status stopped = m_spawner.stop(*other, grace, token); !stopped)
            return stopped;
    return {};
}

ActionResult ProcessRestart::stop(const ActionRequest &request, CancelToken &token)
{
    const Status stopped = stopOld(request, token);
    if (stopped)
        return completed(request, QStringLiteral("stopped"));
    return token.isCancelled() ? cancelled(request, stopped.error().message) : failed(request, FailureKind::Failed, stopped.error().message);
}

ActionResult ProcessRestart::run(const ActionRequest &request, CancelToken &token)
{
    if (const Status stopped = stopOld(request, token); !stopped)
        return token.isCancelled() ? cancelled(request, stopped.error().message)
                                   : failed(request, FailureKind::Failed, stopped.error().message);
    if (token.isCancelled())
        return cancelled(request, m_service.name + QStringLiteral(" was stopped but not started again"));
    const Result<ManagedProcess> process = m_spawner.start(m_service);
    if (!process)
        return failed(request, process.error().code == ErrorCode::NotAuthorised ? FailureKind::NotAuthorised : FailureKind::Failed,
                      process.error().message);
    failpoint("call_sent");
    if (endsWithin(process->pid, m_timing.aliveMs))
        return endedAtOnce(request, *process);
    failpoint("job_done");
    if (m_started)
        m_started(*process);
    return completed(request, QStringLiteral("running, pid ") + QString::number(process->pid) + QStringLiteral(", output in ") + process->outputFile,
                     process->pid);
}

ActionResult ProcessRestart::endedAtOnce(const ActionRequest &request, const ManagedProcess &process) const
{
    const QString status = reap(process.pid);
    // What it left behind would hold its port or lock against the next start. Without a leader only marked ones count.
    const CancelToken own;
    const Status swept = m_spawner.stop(process, 1000, own);
    QString text = m_service.command.value(0) + QStringLiteral(" ended right after its start");
    if (!status.isEmpty())
        text += QStringLiteral(": ") + status;
    if (status == QLatin1String("exit status 0"))
        text += QStringLiteral(" (a managed program must stay in the foreground)");
    if (!swept)
        text += QStringLiteral("; ") + swept.error().message;
    const QString output = tailOutput(process.outputFile, 2048).trimmed();
    return failed(request, FailureKind::Failed, output.isEmpty() ? text : text + u'\n' + output);
}

} // namespace prunella
