#include "core/monitoring/CommandRun.h"

#include <QElapsedTimer>
#include <QFile>

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace prunella {
namespace {

constexpr int kMostOutput = 64 * 1024;

/// Closes itself.
struct Descriptor {
    int fd = -1;
    Descriptor() = default;
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    ~Descriptor() { reset(-1); }
    void reset(int other)
    {
        if (fd >= 0)
            close(fd);
        fd = other;
    }
};

struct Child {
    pid_t pid = -1;
    Descriptor process, output, errors;
};

QString systemText(int error)
{
    return QString::fromStdString(std::generic_category().message(error));
}

bool makePipe(Descriptor &readEnd, Descriptor &writeEnd)
{
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0)
        return false;
    readEnd.reset(ends[0]);
    writeEnd.reset(ends[1]);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return true;
}

/// Default signals, an own group, our ends of the pipes and nothing else that is open here.
int spawnChild(const std::vector<char *> &arguments, int outputFd, int errorsFd, pid_t &pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, outputFd, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, errorsFd, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    const int error = posix_spawnp(&pid, arguments[0], &files, &attributes, arguments.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

Status start(const QStringList &command, Child &child)
{
    std::vector<QByteArray> words;
    for (const auto &word : command)
        words.push_back(QFile::encodeName(word));
    std::vector<char *> arguments;
    for (auto &word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    Descriptor outputEnd, errorsEnd;
    if (!makePipe(child.output, outputEnd) || !makePipe(child.errors, errorsEnd))
        return failure(ErrorCode::Io, QStringLiteral("cannot make a pipe: %1").arg(systemText(errno)));
    const int error = spawnChild(arguments, outputEnd.fd, errorsEnd.fd, child.pid);
    if (error != 0) {
        const auto code = error == ENOENT ? ErrorCode::NotFound
            : error == EACCES || error == EPERM ? ErrorCode::NotAuthorised : ErrorCode::Io;
        return failure(code, QStringLiteral("cannot start %1: %2").arg(command.first(), systemText(error)));
    }
    child.process.reset(int(syscall(SYS_pidfd_open, child.pid, 0)));
    return {};
}

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
bool waitForEnd(Child &child, CommandRun &run, int timeoutMs, const MonitorCancel &cancel)
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
    Child child;
    if (const auto started = start(command, child); !started)
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
