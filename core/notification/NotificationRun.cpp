#include "core/notification/NotificationRun.h"

#include "core/notification/HttpMessage.h"

#include <QFile>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMostErrors = 4096;
constexpr int kGraceMs = 1000; // between SIGTERM and SIGKILL

QString systemText(int error)
{
    return QString::fromStdString(std::generic_category().message(error));
}

/// Ours without PRUNELLA_…, which mean other things there (see core/recovery), and the call's.
QList<QByteArray> environmentOf(const CommandCall &call)
{
    QList<QByteArray> list;
    for (char **entry = environ; *entry; ++entry) {
        if (std::strncmp(*entry, "PRUNELLA_", 9) != 0)
            list.append(*entry);
    }
    for (const QString &entry : call.environment)
        list.append(entry.toUtf8());
    return list;
}

/// A file in memory, to be read from its beginning: no pipe has to be fed, and a command may close it as it likes.
int inputFile(const QByteArray &input)
{
    const int fd = memfd_create("prunella-incident", MFD_CLOEXEC);
    if (fd >= 0 && (write(fd, input.constData(), size_t(input.size())) != input.size() || lseek(fd, 0, SEEK_SET) != 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

std::vector<char *> pointers(QList<QByteArray> &words)
{
    std::vector<char *> list;
    for (QByteArray &word : words)
        list.push_back(word.data());
    list.push_back(nullptr);
    return list;
}

int spawn(const CommandCall &call, int input, int errors, pid_t &pid)
{
    QList<QByteArray> words, environment = environmentOf(call);
    for (const QString &word : call.command)
        words.append(QFile::encodeName(word));
    const std::vector<char *> arguments = pointers(words), variables = pointers(environment);
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&files, errors, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    const int error = posix_spawnp(&pid, arguments[0], &files, &attributes, arguments.data(), variables.data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

} // namespace

NotificationRun::NotificationRun(DeliveryDone done, QObject *parent) : QObject(parent), m_done(std::move(done)), m_timer(this)
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &NotificationRun::stopIt);
}

NotificationRun::~NotificationRun()
{
    if (m_pid > 0) {
        kill(-m_pid, SIGKILL);
        waitpid(m_pid, nullptr, WNOHANG);
    }
    m_processWatch.reset();
    m_errorsWatch.reset();
    for (const int fd : {m_processFd, m_errorsFd}) {
        if (fd >= 0)
            close(fd);
    }
}

Status NotificationRun::start(const CommandCall &call, int timeoutMs)
{
    if (call.command.isEmpty() || call.command.first().isEmpty())
        return failure(ErrorCode::Invalid, u"the channel has no command"_s);
    m_program = call.command.first();
    const int input = inputFile(call.input);
    std::array<int, 2> errors{-1, -1};
    if (input < 0 || pipe2(errors.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
        const int error = errno;
        close(input);
        return failure(ErrorCode::Io, u"cannot start "_s + m_program + u": "_s + systemText(error));
    }
    fcntl(errors[1], F_SETFL, 0); // the command's end waits as it is used to
    const int error = spawn(call, input, errors[1], m_pid);
    close(input);
    close(errors[1]);
    m_errorsFd = errors[0];
    if (error != 0) {
        m_pid = -1;
        const auto code = error == ENOENT ? ErrorCode::NotFound
            : error == EACCES || error == EPERM ? ErrorCode::NotAuthorised : ErrorCode::Io;
        return failure(code, u"cannot start "_s + m_program + u": "_s + systemText(error));
    }
    watch(int(syscall(SYS_pidfd_open, m_pid, 0)), errors[0], timeoutMs);
    return {};
}

void NotificationRun::watch(int processFd, int errorsFd, int timeoutMs)
{
    m_processFd = processFd;
    m_timeoutMs = timeoutMs;
    m_errorsWatch = std::make_unique<QSocketNotifier>(errorsFd, QSocketNotifier::Read);
    connect(m_errorsWatch.get(), &QSocketNotifier::activated, this, &NotificationRun::drain);
    if (processFd >= 0) {
        m_processWatch = std::make_unique<QSocketNotifier>(processFd, QSocketNotifier::Read);
        connect(m_processWatch.get(), &QSocketNotifier::activated, this, &NotificationRun::ended);
        m_timer.start(timeoutMs);
    } else { // no descriptors left: it can be ended, but not waited for
        m_timedOut = true;
        QMetaObject::invokeMethod(this, &NotificationRun::stopIt, Qt::QueuedConnection);
    }
}

/// Bounded, so that a command which never stops talking cannot hold us up.
void NotificationRun::drain()
{
    std::array<char, 4096> buffer;
    for (int round = 0; round < 16; ++round) {
        const ssize_t count = read(m_errorsFd, buffer.data(), buffer.size());
        if (count > 0)
            m_errors = m_errors.append(buffer.data(), count).right(kMostErrors);
        else if (count < 0 && errno == EINTR)
            continue;
        else {
            if (count == 0 || errno != EAGAIN)
                m_errorsWatch->setEnabled(false);
            return;
        }
    }
}

void NotificationRun::stopIt()
{
    const bool again = std::exchange(m_timedOut, true);
    kill(-m_pid, again ? SIGKILL : SIGTERM);
    if (m_processFd < 0)
        return ended();
    if (!again)
        m_timer.start(kGraceMs);
}

void NotificationRun::ended()
{
    m_processWatch.reset();
    m_timer.stop();
    drain();
    // Before it is reaped: until then its number, and so its group's, belongs to nobody else.
    kill(-m_pid, SIGKILL);
    int status = 0;
    while (waitpid(m_pid, &status, 0) < 0 && errno == EINTR) { }
    m_pid = -1;
    if (m_timedOut)
        return finish(failure(ErrorCode::Timeout, m_program + u" did not end within "_s + QString::number(m_timeoutMs / 1000.0) + u" s and was killed"_s));
    if (WIFSIGNALED(status))
        return finish(failure(ErrorCode::Unavailable, m_program + u" was killed by signal "_s + QString::number(WTERMSIG(status))));
    if (WEXITSTATUS(status) != 0)
        return finish(failure(ErrorCode::Unavailable, m_program + u" ended with status "_s + QString::number(WEXITSTATUS(status)) + lastLine()));
    finish({});
}

QString NotificationRun::lastLine() const
{
    const QByteArray text = m_errors.trimmed();
    return text.isEmpty() ? QString() : QString(u": "_s + printableLine(text.mid(text.lastIndexOf('\n') + 1)));
}

void NotificationRun::finish(const Status &status)
{
    deleteLater();
    m_done({status, 0, {}});
}

} // namespace prunella
