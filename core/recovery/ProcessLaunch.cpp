#include "core/recovery/ProcessLaunch.h"

#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>
#include <vector>

namespace prunella {
namespace {

QString errorText(int code)
{
    return QString::fromLocal8Bit(std::strerror(code));
}

/// Above 2 in any case: an engine without standard streams would else get a number that the child's streams replace.
int openOutput(const QString &file)
{
    const int fd = open(QFile::encodeName(file).constData(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || fd > 2)
        return fd;
    const int higher = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    close(fd);
    return higher;
}

class SpawnSettings
{
public:
    SpawnSettings(int output, const QByteArray &directory)
    {
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&actions, output, 1);
        posix_spawn_file_actions_adddup2(&actions, output, 2);
        posix_spawn_file_actions_addclosefrom_np(&actions, 3);
        if (!directory.isEmpty())
            posix_spawn_file_actions_addchdir_np(&actions, directory.constData());
        sigset_t none, all;
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_init(&attributes);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~SpawnSettings()
    {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
    SpawnSettings(const SpawnSettings &) = delete;
    SpawnSettings &operator=(const SpawnSettings &) = delete;

    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
};

std::vector<char *> pointers(const QByteArrayList &list)
{
    std::vector<char *> result;
    for (const QByteArray &item : list)
        result.push_back(const_cast<char *>(item.constData())); // posix_spawn's signature; it does not write
    result.push_back(nullptr);
    return result;
}

} // namespace

Result<qint64> launch(const ProcessLaunch &launch)
{
    if (!launch.workingDirectory.isEmpty() && !QFileInfo(launch.workingDirectory).isDir())
        return failure(ErrorCode::NotFound, QStringLiteral("cannot execute ") + launch.program + QStringLiteral(": working directory ")
                           + launch.workingDirectory + QStringLiteral(" does not exist"));
    const int output = openOutput(launch.outputFile);
    if (output < 0)
        return failure(ErrorCode::Io, QStringLiteral("cannot write the output file ") + launch.outputFile + QStringLiteral(": ") + errorText(errno));
    const SpawnSettings settings(output, QFile::encodeName(launch.workingDirectory));
    const auto arguments = pointers(launch.arguments), environment = pointers(launch.environment);
    const QByteArray program = QFile::encodeName(launch.program);
    pid_t pid = 0;
    const int code = posix_spawn(&pid, program.constData(), &settings.actions, &settings.attributes, arguments.data(), environment.data());
    close(output);
    if (code == 0)
        return qint64(pid);
    QString text = QStringLiteral("cannot execute ") + launch.program + QStringLiteral(": ") + errorText(code);
    if (code == ENOENT && QFileInfo::exists(launch.program))
        text += QStringLiteral(" (the interpreter that it names is missing)");
    if (code == ENOEXEC)
        text += QStringLiteral(" (a script needs a first line such as #!/bin/bash)");
    return failure(code == EACCES || code == EPERM ? ErrorCode::NotAuthorised : ErrorCode::NotFound, text);
}

} // namespace prunella
