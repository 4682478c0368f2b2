#include "core/recovery/DebianPackage.h"

#include "core/recovery/OpenFile.h"

#include <QDir>
#include <QRegularExpression>

#include <fcntl.h>
#include <unistd.h>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

const QString archives = u"/var/cache/apt/archives"_s;
constexpr const char *lockFile = "/var/lib/dpkg/lock-frontend";

/// The process that holds dpkg's lock; 0: nobody.
pid_t packageManagerAtWork()
{
    const OpenFile file(open(lockFile, O_RDWR | O_CLOEXEC));
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return file.isOpen() && fcntl(file.fd(), F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK ? lock.l_pid : 0;
}

Status nobodyAtWork()
{
    if (const pid_t pid = packageManagerAtWork(); pid != 0)
        return failure(ErrorCode::Busy, u"a package manager is at work (pid %1 holds %2)"_s.arg(pid).arg(QString::fromLatin1(lockFile)));
    return {};
}

bool isPlain(const QString &version)
{
    static const QRegularExpression form(u"^[0-9][A-Za-z0-9.+~:-]*$"_s);
    return form.match(version).hasMatch();
}

} // namespace

Result<QString> DebianPackage::current(const CancelToken &token)
{
    const QStringList command{u"dpkg-query"_s, u"--show"_s, u"--showformat=${db:Status-Status} ${Version}\n"_s, u"--"_s, m_config.package};
    const Result<ChildEnd> end = runTool(u"dpkg-query"_s, command, m_config.timeoutMs, token);
    if (!end)
        return tl::unexpected(end.error());
    if (!succeeded(*end))
        return failure(ErrorCode::NotFound, toolText(u"dpkg-query"_s, *end));
    const QStringList lines = end->output.split(u'\n');
    if (lines.size() != 1)
        return failure(ErrorCode::Invalid, u"%1 is installed for more than one architecture; name one, as in %1:amd64"_s.arg(m_config.package));
    const QString state = lines.first().section(u' ', 0, 0), version = lines.first().section(u' ', 1);
    if (state == u"not-installed" || state == u"config-files")
        return failure(ErrorCode::NotFound, u"the package %1 is not installed"_s.arg(m_config.package));
    if (state != u"installed")
        return failure(ErrorCode::Invalid, u"the package %1 is %2: finish that with dpkg --configure -a"_s.arg(m_config.package, state));
    return version;
}

Result<ChildEnd> DebianPackage::apt(const QString &what, bool simulate, const CancelToken &token) const
{
    QStringList command{u"apt-get"_s, u"install"_s, u"--yes"_s, u"--allow-downgrades"_s, u"--no-remove"_s, u"--no-install-recommends"_s,
                        u"-o"_s, u"Dpkg::Options::=--force-confold"_s, u"-o"_s, u"Dpkg::Use-Pty=0"_s, u"-o"_s, u"DPkg::Lock::Timeout=0"_s};
    if (simulate)
        command.append(u"--simulate"_s);
    return runTool(u"apt-get"_s, command + QStringList{u"--"_s, what}, m_config.timeoutMs, token, {}, {{u"DEBIAN_FRONTEND"_s, u"noninteractive"_s}});
}

/// Asked by a simulation: it knows the sources, the dependencies and the holds as the doing will.
Result<QString> DebianPackage::source(const QString &version, const CancelToken &token) const
{
    if (!isPlain(version))
        return failure(ErrorCode::Invalid, u"\"%1\" is no version of a package"_s.arg(version));
    const QString fromSources = m_config.package + u'=' + version, name = m_config.package.section(u':', 0, 0);
    const Result<ChildEnd> end = apt(fromSources, true, token);
    if (!end)
        return tl::unexpected(end.error());
    if (succeeded(*end))
        return fromSources;
    const QString encoded = QString(version).replace(u':', u"%3a"_s);
    const QStringList kept = QDir(archives).entryList({u"%1_%2_*.deb"_s.arg(name, encoded)}, QDir::Files);
    for (const QString &file : kept) {
        const QString path = archives + u'/' + file;
        const Result<ChildEnd> local = apt(path, true, token);
        if (local && succeeded(*local))
            return path;
    }
    return failure(ErrorCode::NotFound, u"%1 cannot be had, from the sources or %2: "_s.arg(fromSources, archives)
                                            + end->output.section(u'\n', -1).simplified());
}

Status DebianPackage::mayGo(const QString &to, const CancelToken &token)
{
    if (geteuid() != 0)
        return failure(ErrorCode::NotAuthorised, u"only root may install %1=%2; run the engine as a system unit"_s.arg(m_config.package, to));
    if (const Status free = nobodyAtWork(); !free)
        return free;
    const Result<QString> found = source(to, token);
    return found ? Status() : tl::unexpected(found.error());
}

Switched DebianPackage::go(const QString &from, const QString &to, const CancelToken &token)
{
    const Result<QString> found = source(to, token);
    if (!found)
        return notSwitched(found.error());
    const Result<ChildEnd> end = apt(*found, false, token);
    if (!end)
        return notSwitched(end.error());
    const Result<QString> now = current(CancelToken()); // apt's word alone is not enough
    const QString text = toolText(u"apt-get"_s, *end);
    if (now && *now == to && succeeded(*end))
        return {ActionStatus::Completed, FailureKind::None, u"%1 is %2 now (was %3)"_s.arg(m_config.package, to, from)};
    if (now && *now == from)
        return {ActionStatus::Failed, FailureKind::Failed, u"%1 is still %2\n"_s.arg(m_config.package, from) + text};
    return {ActionStatus::Unknown, FailureKind::Failed, (now ? u"%1 is %2\n"_s.arg(m_config.package, *now) : now.error().message + u'\n') + text};
}

QString DebianPackage::describe(const QString &from, const QString &to) const
{
    return u"apt-get install --allow-downgrades --no-remove %1=%2 (now %3; configuration files are kept)"_s.arg(m_config.package, to, from);
}

} // namespace prunella
