#include "core/monitoring/CommandRun.h"

#include "core/monitoring/CommandChild.h"

#include <QElapsedTimer>

#include <array>
#include <cerrno>
#include <csignal>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace prunella {
namespace {

constexpr int kMostOutput = 64 * 1024;

/// Takes what is there, but no more than a pipe holds, so that a child which never stops talking cannot hold us up;
/// closes the descriptor at the end of the stream.
void drain(Descriptor &from, QByteArray &to)
{
    std::array<char, 4096> buffer;
    for (int round = 0; from.fd >= 0 && round < 32; ++round) {
        const ssize_t count = read(from.fd, buffer.data(), buffer.size());
        if (count > 0)
            to.append(buffer.data(), qMin<qsizetype>(count, kMostOutput - to.size()));
        else if (count < 0 && errno == EINTR)
            continue;
        else if (count < 0 && errno == EAGAIN)
            return;
        else
            from.reset(-1);
    }
}

/// Until the child ended (true), or the time is over or the wait cancelled (false).
bool waitForEnd(CommandChild &child, CommandRun &run, int timeoutMs, const MonitorCancel &cancel)
{
    QElapsedTimer timer;
    timer.start();
    for (;;) {
        const qint64 left = timeoutMs - timer.elapsed();
        if (left <= 0 || cancel.isCancelled())
            return false;
        std::array<pollfd, 4> waited{pollfd{child.process.fd, POLLIN, 0}, pollfd{child.output.fd, POLLIN, 0},
                                     pollfd{child.errors.fd, POLLIN, 0}, pollfd{cancel.fd(), POLLIN, 0}};
        // Without a pidfd (no descriptors left) the child is looked at now and then.
        poll(waited.data(), waited.size(), int(child.process.fd < 0 ? qMin<qint64>(left, 20) : left));
        siginfo_t info{};
        const int answer = waitid(P_PID, id_t(child.pid), &info, WEXITED | WNOHANG | WNOWAIT);
        // ECHILD: whoever started this program ignores SIGCHLD, so the kernel keeps no status.
        const bool ended = answer == 0 ? info.si_pid != 0 : errno == ECHILD;
        drain(child.output, run.output);
        drain(child.errors, run.errors);
        if (ended)
            return true;
    }
}

} // namespace

Result<CommandRun> runCommand(const QStringList &command, int timeoutMs, const MonitorCancel &cancel)
{
    if (command.isEmpty() || command.first().isEmpty())
        return failure(ErrorCode::Invalid, QStringLiteral("the command is empty: give a list of words, the program first"));
    CommandChild child;
    if (const auto started = child.start(command); !started)
        return tl::unexpected(started.error());
    CommandRun run;
    const bool ended = waitForEnd(child, run, timeoutMs, cancel);
    // Before it is reaped: until then its number, and so its group's, belongs to nobody else.
    kill(-child.pid, SIGKILL);
    int status = 0;
    while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR) { }
    if (!ended && cancel.isCancelled())
        return failure(ErrorCode::Unavailable, QStringLiteral("%1 was stopped with the monitoring").arg(command.first()));
    if (!ended)
        return failure(ErrorCode::Timeout, QStringLiteral("%1 did not end within %2 s and was killed")
                                               .arg(command.first()).arg(double(timeoutMs) / 1000));
    run.signalled = WIFSIGNALED(status);
    run.status = run.signalled ? WTERMSIG(status) : WEXITSTATUS(status);
    return run;
}

} // namespace prunella
