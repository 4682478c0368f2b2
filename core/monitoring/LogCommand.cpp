#include "core/monitoring/LogCommand.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMostErrors = 4096;
constexpr qint64 kIdleMs = 60'000;
constexpr qint64 kLookMs = 1000; // without a pidfd (no descriptors left) the child is looked at this often

QString lastLine(const QByteArray &text)
{
    constexpr qsizetype most = 200;
    const QByteArray line = text.trimmed().split('\n').last().trimmed().left(most);
    return line.isEmpty() ? QString() : u": "_s + QString::fromUtf8(line);
}

QString ending(int status)
{
    if (WIFSIGNALED(status))
        return u"was ended by signal "_s + QString::number(WTERMSIG(status));
    return u"ended with status "_s + QString::number(WEXITSTATUS(status));
}

/// The whole group is gone when this returns, as far as signals reach; the child is reaped.
int endGroup(const CommandChild &child, bool gently)
{
    constexpr int graceMs = 200;
    if (gently) {
        ::kill(-child.pid, SIGTERM);
        pollfd ended{child.process.fd, POLLIN, 0};
        ::poll(&ended, 1, graceMs);
    }
    // Before it is reaped: until then its number, and so its group's, belongs to nobody else.
    ::kill(-child.pid, SIGKILL);
    int status = 0;
    while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) { }
    return status;
}

} // namespace

LogCommand::LogCommand(QString component, QStringList command)
    : m_component(std::move(component)), m_source(u"command:"_s + command.join(u' ')), m_command(std::move(command))
{
}

LogCommand::~LogCommand()
{
    if (m_child)
        endGroup(*m_child, true);
}

void LogCommand::beginStop()
{
    if (m_child)
        ::kill(-m_child->pid, SIGTERM);
}

LogTurn LogCommand::turn(const Now &now, qint64 budget)
{
    LogTurn out;
    const auto sink = [&](QByteArray text, bool truncated) {
        out.lines.append({m_component, m_source, std::move(text), -1, now.wallMs, now.monotonicMs, truncated});
    };
    if (!m_child && now.monotonicMs >= m_dueMs)
        start(now);
    if (!m_child)
        return out;
    const bool ended = hasEnded(); // asked first: what it wrote before its end is then in the pipe
    readErrors();
    readOutput(now, budget, out, sink);
    if (now.monotonicMs - m_startedMs >= settledMs && !ended) {
        m_problem.clear();
        m_delayMs = firstDelayMs;
    }
    if (ended && !out.more) {
        finish(now, sink);
        return out;
    }
    if (now.monotonicMs - m_readMs >= partialMs)
        m_splitter.flush(sink);
    schedule(now, out.more);
    return out;
}

void LogCommand::start(const Now &now)
{
    auto child = std::make_unique<CommandChild>();
    m_splitter.reset();
    m_errors.clear();
    m_startedMs = m_readMs = now.monotonicMs;
    if (const auto started = child->start(m_command); !started)
        return again(now, started.error().message);
    m_child = std::move(child);
}

void LogCommand::readOutput(const Now &now, qint64 budget, LogTurn &out, const LogSplitter::Sink &sink)
{
    std::array<char, 16 * 1024> buffer;
    while (m_child->output.fd >= 0) {
        const ssize_t count = ::read(m_child->output.fd, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count == 0)
            m_child->output.reset(-1);
        if (count <= 0)
            return;
        m_readMs = now.monotonicMs;
        m_splitter.feed(QByteArrayView(buffer.data(), count), sink);
        budget -= count;
        if (budget <= 0) {
            out.more = true;
            return;
        }
    }
}

/// No more than a pipe holds a turn, so that a child which never stops complaining cannot hold us up.
void LogCommand::readErrors()
{
    std::array<char, 4096> buffer;
    for (int round = 0; m_child->errors.fd >= 0 && round < 16; ++round) {
        const ssize_t count = ::read(m_child->errors.fd, buffer.data(), buffer.size());
        if (count == 0)
            m_child->errors.reset(-1);
        if (count <= 0)
            return;
        m_errors.append(buffer.data(), count);
        m_errors = m_errors.last(std::min(m_errors.size(), kMostErrors));
    }
}

bool LogCommand::hasEnded() const
{
    siginfo_t info{};
    const int answer = ::waitid(P_PID, id_t(m_child->pid), &info, WEXITED | WNOHANG | WNOWAIT);
    // ECHILD: whoever started this program ignores SIGCHLD, so the kernel keeps no status.
    return answer == 0 ? info.si_pid != 0 : errno == ECHILD;
}

void LogCommand::finish(const Now &now, const LogSplitter::Sink &sink)
{
    m_splitter.flush(sink);
    const QString said = lastLine(m_errors);
    const int status = endGroup(*m_child, false);
    m_child.reset();
    again(now, m_command.value(0) + u' ' + ending(status) + said);
}

void LogCommand::again(const Now &now, const QString &why)
{
    m_problem = u"%1; it should keep running: started again after %2 s"_s.arg(why).arg(m_delayMs / 1000);
    m_dueMs = now.monotonicMs + m_delayMs;
    m_delayMs = std::min(m_delayMs * 2, longestDelayMs);
}

void LogCommand::addDescriptors(std::vector<pollfd> &descriptors) const
{
    if (!m_child)
        return;
    for (const Descriptor *waited : {&m_child->process, &m_child->output, &m_child->errors}) {
        if (waited->fd >= 0)
            descriptors.push_back({waited->fd, POLLIN, 0});
    }
}

void LogCommand::schedule(const Now &now, bool more)
{
    m_dueMs = now.monotonicMs + (more ? 0 : m_child->process.fd < 0 ? kLookMs : kIdleMs);
    if (m_splitter.pending() > 0)
        m_dueMs = std::min(m_dueMs, m_readMs + partialMs);
    if (!m_problem.isEmpty())
        m_dueMs = std::min(m_dueMs, m_startedMs + settledMs);
}

} // namespace prunella
