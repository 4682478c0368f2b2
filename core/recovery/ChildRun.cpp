#include "core/recovery/ChildRun.h"

#include "core/base/Failpoint.h"
#include "core/recovery/OpenFile.h"
#include "core/recovery/ProcessTable.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace prunella {
namespace {

using Time = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// Where a child failed before it became the program.
struct ExecError { int stage = 0, error = 0; };
enum Stage { RightsStage = 1, FolderStage, ProgramStage };

std::vector<char *> pointers(const QByteArrayList &list)
{
    std::vector<char *> result;
    for (const QByteArray &item : list)
        result.push_back(const_cast<char *>(item.constData())); // execve's signature; it does not write
    result.push_back(nullptr);
    return result;
}

/// Everything that the child touches, made before the fork: afterwards only system calls are allowed.
struct Prepared {
    const ChildSpec &spec;
    std::vector<char *> arguments, environment;
    int null, output, errors;
};

/// Raw calls: glibc's own tell the other threads, which the child does not have.
bool takeRights(const ChildUser &user)
{
    return syscall(SYS_setgroups, user.groups.size(), user.groups.data()) == 0 && syscall(SYS_setresgid, user.gid, user.gid, user.gid) == 0
        && syscall(SYS_setresuid, user.uid, user.uid, user.uid) == 0;
}

[[noreturn]] void fail(int stage, int fd)
{
    const ExecError error{stage, errno};
    (void)!write(fd, &error, sizeof error);
    _exit(127);
}

[[noreturn]] void becomeProgram(const Prepared &ready)
{
    setsid();
    for (int number = 1; number < NSIG; ++number)
        signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    dup2(ready.null, 0);
    dup2(ready.output, 1);
    dup2(ready.output, 2);
    // The only other one that stays open, until the program is executed.
    const int errors = dup3(ready.errors, 3, O_CLOEXEC);
    syscall(SYS_close_range, 4U, ~0U, 0U);
    if (ready.spec.user && !takeRights(*ready.spec.user))
        fail(RightsStage, errors);
    if (chdir(ready.spec.workingDirectory.constData()) != 0)
        fail(FolderStage, errors);
    execve(ready.spec.program.constData(), ready.arguments.data(), ready.environment.data());
    fail(ProgramStage, errors);
}

tl::unexpected<Error> startFailure(const ChildSpec &spec, const ExecError &error)
{
    const QString program = QString::fromLocal8Bit(spec.program), folder = QString::fromLocal8Bit(spec.workingDirectory);
    if (error.stage == RightsStage)
        return systemFailure(QStringLiteral("cannot take the rights of the user for ") + program, error.error);
    if (error.stage == FolderStage)
        return systemFailure(QStringLiteral("cannot enter the working directory ") + folder, error.error);
    return systemFailure(QStringLiteral("cannot execute ") + program, error.error);
}

/// The first and the last part of what a child says.
class KeptOutput
{
public:
    explicit KeptOutput(qsizetype keptBytes) : m_tailBytes(keptBytes - headBytes) {}
    void add(const char *data, qsizetype size)
    {
        const qsizetype toHead = std::min(size, headBytes - m_head.size());
        m_head.append(data, toHead);
        m_tail.append(data + toHead, size - toHead);
        if (m_tail.size() > 2 * m_tailBytes) {
            m_dropped += m_tail.size() - m_tailBytes;
            m_tail = m_tail.last(m_tailBytes);
        }
    }
    [[nodiscard]] QString text() const
    {
        const qsizetype more = std::max<qsizetype>(m_tail.size() - m_tailBytes, 0), dropped = m_dropped + more;
        if (dropped == 0)
            return QString::fromUtf8(m_head + m_tail).trimmed();
        return QString::fromUtf8(m_head).trimmed() + QStringLiteral("\n[... %1 bytes left out ...]\n").arg(dropped)
            + QString::fromUtf8(m_tail.last(m_tailBytes)).trimmed();
    }

private:
    static constexpr qsizetype headBytes = 1000;
    const qsizetype m_tailBytes;
    QByteArray m_head, m_tail;
    qint64 m_dropped = 0;
};

class Child
{
public:
    explicit Child(const ChildSpec &spec) : m_spec(spec), m_kept(spec.keptBytes) {}
    Status start();
    ChildEnd run(qint64 timeoutMs, qint64 graceMs, const CancelToken &token);
    [[nodiscard]] const std::optional<ExecError> &startError() const { return m_startError; }

private:
    bool ended() const;
    void drain();
    void readStartError();
    ChildEnd::Why waitForEnd(Time::time_point deadline, const CancelToken &token);
    QList<ProcessEntry> others() const;
    void signalAll(int number) const;
    void waitUntilGone(Time::time_point deadline);

    const ChildSpec &m_spec;
    pid_t m_pid = -1;
    OpenFile m_process, m_output, m_errors;
    std::optional<ExecError> m_startError;
    KeptOutput m_kept;
};

Status Child::start()
{
    std::array<int, 2> output{}, errors{};
    if (pipe2(output.data(), O_CLOEXEC) != 0)
        return systemFailure(QStringLiteral("cannot make a pipe"), errno);
    m_output = OpenFile(output[0]);
    const OpenFile outputEnd(output[1]);
    if (pipe2(errors.data(), O_CLOEXEC) != 0)
        return systemFailure(QStringLiteral("cannot make a pipe"), errno);
    m_errors = OpenFile(errors[0]);
    // Above 3 in any case: 0 to 3 are given anew in the child.
    const OpenFile low(errors[1]), errorsEnd(fcntl(errors[1], F_DUPFD_CLOEXEC, 4)), highOutput(fcntl(output[1], F_DUPFD_CLOEXEC, 4));
    const OpenFile null(open("/dev/null", O_RDONLY | O_CLOEXEC)), highNull(fcntl(null.fd(), F_DUPFD_CLOEXEC, 4));
    if (!errorsEnd.isOpen() || !highOutput.isOpen() || !highNull.isOpen())
        return systemFailure(QStringLiteral("cannot open what a child needs"), errno);
    fcntl(m_output.fd(), F_SETFL, O_NONBLOCK);
    fcntl(m_errors.fd(), F_SETFL, O_NONBLOCK);
    const Prepared ready{m_spec, pointers(m_spec.arguments), pointers(m_spec.environment), highNull.fd(), highOutput.fd(), errorsEnd.fd()};
    m_pid = fork();
    if (m_pid == 0)
        becomeProgram(ready);
    if (m_pid < 0)
        return systemFailure(QStringLiteral("cannot make a process"), errno);
    m_process = OpenFile(int(syscall(SYS_pidfd_open, m_pid, 0)));
    return {};
}

bool Child::ended() const
{
    siginfo_t info{};
    return waitid(P_PID, id_t(m_pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
}

/// No more than a pipe holds at once, so that a child which never stops talking cannot hold us up.
void Child::drain()
{
    std::array<char, 4096> buffer;
    for (int round = 0; m_output.isOpen() && round < 32; ++round) {
        const ssize_t count = read(m_output.fd(), buffer.data(), buffer.size());
        if (count > 0)
            m_kept.add(buffer.data(), count);
        else if (count == 0 || (errno != EINTR && errno != EAGAIN))
            m_output.close();
        else if (errno == EAGAIN)
            return;
    }
}

void Child::readStartError()
{
    ExecError error;
    const ssize_t count = m_errors.isOpen() ? read(m_errors.fd(), &error, sizeof error) : 0;
    if (count == ssize_t(sizeof error))
        m_startError = error;
    if (count == 0 || count == ssize_t(sizeof error))
        m_errors.close(); // it has become the program
}

ChildEnd::Why Child::waitForEnd(Time::time_point deadline, const CancelToken &token)
{
    while (true) {
        const auto left = std::chrono::ceil<milliseconds>(deadline - Time::now()).count();
        const bool over = ended(); // before the reading, so that nothing it said is missed
        readStartError();
        drain();
        if (over)
            return ChildEnd::Why::Ended;
        if (token.isCancelled())
            return token.why() == CancelToken::Why::Timeout ? ChildEnd::Why::TimedOut : ChildEnd::Why::Cancelled;
        if (left <= 0)
            return ChildEnd::Why::TimedOut;
        std::array<pollfd, 4> waited{pollfd{m_process.fd(), POLLIN, 0}, pollfd{m_output.fd(), POLLIN, 0}, pollfd{m_errors.fd(), POLLIN, 0},
                                     pollfd{token.fd(), POLLIN, 0}};
        poll(waited.data(), waited.size(), int(std::min<long long>(left, m_process.isOpen() ? 60'000 : 20)));
    }
}

/// The leader is not reaped yet, so that its number, and the session's, belong to nobody else.
QList<ProcessEntry> Child::others() const
{
    QList<ProcessEntry> result;
    const QList<ProcessEntry> all = runningProcesses();
    for (const ProcessEntry &entry : all)
        if (entry.session == m_pid && entry.pid != m_pid)
            result.append(entry);
    return result;
}

void Child::signalAll(int number) const
{
    kill(-m_pid, number); // the group at once, so that no fork slips through
    const QList<ProcessEntry> left = others();
    for (const ProcessEntry &entry : left)
        if (entry.group != m_pid)
            kill(pid_t(entry.pid), number);
}

void Child::waitUntilGone(Time::time_point deadline)
{
    while (Time::now() < deadline && !(ended() && others().isEmpty())) {
        drain();
        std::array<pollfd, 1> waited{pollfd{ended() ? -1 : m_process.fd(), POLLIN, 0}};
        poll(waited.data(), waited.size(), 20);
    }
}

ChildEnd Child::run(qint64 timeoutMs, qint64 graceMs, const CancelToken &token)
{
    ChildEnd end;
    end.why = waitForEnd(Time::now() + milliseconds(timeoutMs), token);
    end.leftBehind = int(others().size());
    if (end.why != ChildEnd::Why::Ended || end.leftBehind > 0) {
        signalAll(SIGTERM);
        waitUntilGone(Time::now() + milliseconds(graceMs));
    }
    for (int round = 0; round < 50 && !(ended() && others().isEmpty()); ++round) { // one in disk wait ends when the disk answers
        signalAll(SIGKILL);
        waitUntilGone(Time::now() + milliseconds(100));
    }
    drain();
    int status = 0;
    if (ended())
        while (waitpid(m_pid, &status, 0) < 0 && errno == EINTR) { }
    end.signalled = WIFSIGNALED(status);
    end.status = end.signalled ? WTERMSIG(status) : WEXITSTATUS(status);
    end.output = m_kept.text();
    return end;
}

} // namespace

Result<ChildEnd> runChild(const ChildSpec &spec, qint64 timeoutMs, qint64 graceMs, const CancelToken &token)
{
    Child child(spec);
    if (const Status started = child.start(); !started)
        return tl::unexpected(started.error());
    failpoint("child_started");
    ChildEnd end = child.run(timeoutMs, graceMs, token);
    failpoint("child_ended");
    if (child.startError())
        return startFailure(spec, *child.startError());
    return end;
}

} // namespace prunella
