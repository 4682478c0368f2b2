#include "core/monitoring/CommandChild.h"

#include <QFile>

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

namespace prunella {
namespace {

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

} // namespace

void Descriptor::reset(int other)
{
    if (fd >= 0)
        close(fd);
    fd = other;
}

Status CommandChild::start(const QStringList &command)
{
    std::vector<QByteArray> words;
    for (const auto &word : command)
        words.push_back(QFile::encodeName(word));
    std::vector<char *> arguments;
    for (auto &word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    Descriptor outputEnd, errorsEnd;
    if (!makePipe(output, outputEnd) || !makePipe(errors, errorsEnd))
        return failure(ErrorCode::Io, QStringLiteral("cannot make a pipe: %1").arg(systemText(errno)));
    const int error = spawnChild(arguments, outputEnd.fd, errorsEnd.fd, pid);
    if (error != 0) {
        const auto code = error == ENOENT ? ErrorCode::NotFound
            : error == EACCES || error == EPERM ? ErrorCode::NotAuthorised : ErrorCode::Io;
        return failure(code, QStringLiteral("cannot start %1: %2").arg(command.first(), systemText(error)));
    }
    process.reset(int(syscall(SYS_pidfd_open, pid, 0)));
    return {};
}

} // namespace prunella
