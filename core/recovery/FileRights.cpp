#include "core/recovery/FileRights.h"

#include "core/recovery/AtomicFile.h"
#include "core/recovery/DiskFolder.h"
#include "core/recovery/RunCommand.h"

#include <QFile>
#include <QFileInfo>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

QString userName(uid_t user)
{
    passwd entry{};
    passwd *found = nullptr;
    std::array<char, 4096> texts;
    if (getpwuid_r(user, &entry, texts.data(), texts.size(), &found) != 0 || !found)
        return QString::number(user);
    return QString::fromLocal8Bit(found->pw_name);
}

QString us()
{
    return userName(geteuid());
}

/// With the rights that count (access(2) asks for those of the real user).
bool may(const QString &path, int mode)
{
    return faccessat(AT_FDCWD, QFile::encodeName(path).constData(), mode, AT_EACCESS) == 0;
}

Right refusedFor(const Error &error, const QString &advice)
{
    return {RightState::Refused, error.message + advice};
}

} // namespace

Right rootRight(const QString &what)
{
    if (geteuid() == 0)
        return {RightState::Permitted, u"root may "_s + what};
    return {RightState::Refused, u"only root may %1; run the engine as root for that (prunellactl run as a system unit)"_s.arg(what)};
}

Right fileRight(const QString &file)
{
    const QString advice = u"; give the file to %1, and the right to write in its folder, or run the engine as root"_s.arg(us());
    if (const auto read = readWholeFile(file); !read)
        return refusedFor(read.error(), read.error().code == ErrorCode::NotAuthorised ? advice : QString());
    if (const Status replaced = mayReplaceFile(file); !replaced)
        return refusedFor(replaced.error(), replaced.error().code == ErrorCode::NotAuthorised ? advice : QString());
    return {RightState::Permitted, u"%1 may be replaced"_s.arg(file)};
}

Right readRight(const QString &file)
{
    if (may(file, R_OK))
        return {RightState::Permitted, u"%1 may be read"_s.arg(file)};
    const int error = errno;
    if (error == ENOENT)
        return {RightState::Refused, u"there is no file %1; once its writer has created it, it is read"_s.arg(file)};
    return {RightState::Refused, u"%1 may not be read by %2: %3"_s.arg(file, us(), QString::fromLocal8Bit(std::strerror(error)))
                                     + (error == EACCES ? u"; add the user to the group that may (often adm), or run the engine as root"_s : QString())};
}

Right folderRight(const QString &folder, const QString &why)
{
    QString existing = folder;
    while (!QFileInfo::exists(existing) && existing.size() > 1)
        existing = QFileInfo(existing).path();
    if (may(existing, W_OK | X_OK))
        return {RightState::Permitted, u"%1 may be written"_s.arg(existing)};
    return {RightState::Refused, u"%1 may not write in %2 (%3), and %4; give %1 the right (setfacl -m u:%1:rwx %2), or run the engine as root"_s
                                     .arg(us(), existing, QString::fromLocal8Bit(std::strerror(errno)), why)};
}

Right folderOfRight(const QString &path, const QString &why)
{
    return folderRight(QFileInfo(path).path(), why);
}

Right ownerRight(const QString &path, const QString &why)
{
    struct stat info {};
    if (stat(QFile::encodeName(path).constData(), &info) != 0)
        return {RightState::Refused, u"%1: %2"_s.arg(path, QString::fromLocal8Bit(std::strerror(errno)))};
    if (geteuid() == 0 || info.st_uid == geteuid())
        return {RightState::Permitted, u"%1 belongs to %2"_s.arg(path, userName(info.st_uid))};
    return {RightState::Refused, u"%1 belongs to %2, and %3; run the engine as %2 or as root"_s.arg(path, userName(info.st_uid), why)};
}

Right socketRight(const QString &socket)
{
    struct stat info {};
    if (stat(QFile::encodeName(socket).constData(), &info) != 0 && errno == ENOENT)
        return {RightState::Refused, u"there is no socket %1; start the container engine's (systemctl start podman.socket), or name it as socket of the service"_s.arg(socket)};
    if (may(socket, R_OK | W_OK) && S_ISSOCK(info.st_mode))
        return {RightState::Permitted, u"%1 may be spoken to"_s.arg(socket)};
    const QString why = info.st_mode != 0 && !S_ISSOCK(info.st_mode) ? u"it is no socket"_s : QString::fromLocal8Bit(std::strerror(errno));
    return {RightState::Refused, u"%1 may not speak to %2 (%3); add the user to the socket's group, or use the user's own container engine"_s.arg(us(), socket, why)};
}

Right commandRight(const CommandConfig &command)
{
    if (const auto ready = RunCommand::prepare(command); !ready)
        return {RightState::Refused, u"%1: %2"_s.arg(command.name, ready.error().message)};
    return {RightState::Permitted, u"%1 may be run"_s.arg(command.name)};
}

Right commandRight(const QString &name, const QStringList &words)
{
    CommandConfig command;
    command.name = name;
    command.command = words;
    return commandRight(command);
}

Right diskRight(const DiskRuleConfig &rule)
{
    if (rule.kind == DiskRuleConfig::Kind::Journal)
        return rootRight(u"make the journal smaller"_s);
    if (rule.kind == DiskRuleConfig::Kind::PackageCache)
        return rootRight(u"empty the package cache"_s);
    const auto listing = listDiskFiles(rule.folder, rule.patterns);
    if (!listing)
        return refusedFor(listing.error(), {});
    if (!listing->locked.isEmpty())
        return {RightState::Refused, u"%1 may not delete in %2; give it the right to write there, or run the engine as root"_s.arg(us(), listing->locked.join(u", "_s))};
    if (listing->files.isEmpty()) // nothing matches now: what counts is the folder itself
        return folderRight(rule.folder, u"files in it are deleted"_s);
    return {RightState::Permitted, u"files in %1 may be deleted"_s.arg(rule.folder)};
}

} // namespace prunella
