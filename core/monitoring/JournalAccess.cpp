#include "core/monitoring/JournalAccess.h"

#include <QDir>
#include <QFile>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

enum class Found { Nothing, Forbidden, Readable };

QString machineId()
{
    QFile file(u"/etc/machine-id"_s);
    return file.open(QIODevice::ReadOnly) ? QString::fromLatin1(file.readAll()).trimmed() : QString();
}

Found lookAt(const QString &path)
{
    if (::faccessat(AT_FDCWD, QFile::encodeName(path).constData(), R_OK, AT_EACCESS) == 0)
        return Found::Readable;
    return errno == EACCES || errno == EPERM ? Found::Forbidden : Found::Nothing;
}

} // namespace

QString readingUser()
{
    passwd entry{};
    passwd *user = nullptr;
    std::array<char, 4096> texts;
    if (::getpwuid_r(::geteuid(), &entry, texts.data(), texts.size(), &user) != 0 || !user)
        return QString::number(::geteuid());
    return QString::fromLocal8Bit(user->pw_name);
}

QString journalAccessProblem(const QStringList &folders, const QStringList &systemUnits, const QStringList &userUnits)
{
    const QString machine = machineId();
    bool forbidden = false, readable = false, readableUser = false;
    for (const QString &folder : folders) {
        const QString dir = folder + u'/' + machine;
        for (const QString &name : {u"/system.journal"_s, u"/user-%1.journal"_s.arg(::getuid())}) {
            const Found found = lookAt(dir + name);
            readable |= found == Found::Readable && name.startsWith(u"/system");
            readableUser |= found == Found::Readable;
            forbidden |= found == Found::Forbidden;
        }
    }
    if (!readableUser && !forbidden)
        return u"no journal: journald has no files in %1; check systemctl status systemd-journald; it is tried again every 5 s"_s
            .arg(folders.join(u" or "_s));
    const QStringList denied = systemUnits.isEmpty() || readable ? QStringList() : systemUnits;
    const QStringList deniedUser = userUnits.isEmpty() || readableUser ? QStringList() : userUnits;
    const QStringList all = denied + deniedUser;
    if (all.isEmpty())
        return {};
    return u"not permitted to read the journal of unit %1: add the user %2 to group systemd-journal and log in anew"_s
        .arg(all.join(u", "_s), readingUser());
}

} // namespace prunella
