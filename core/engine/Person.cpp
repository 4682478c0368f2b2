#include "core/engine/Person.h"

#include <QFile>

#include <pwd.h>
#include <sys/sysmacros.h>

namespace prunella {
namespace {

QString userText(uid_t uid)
{
    const passwd *user = ::getpwuid(uid);
    return QStringLiteral("uid %1 (%2)").arg(uid).arg(user ? QString::fromLocal8Bit(user->pw_name) : QStringLiteral("?"));
}

QByteArray read(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll().trimmed() : QByteArray();
}

/// Field 7 of /proc/PID/stat (proc(5)); the name in field 2 may hold spaces and brackets, so it is counted from its end.
QString terminalOf(const QByteArray &stat)
{
    constexpr int fieldAfterName = 4; // state, parent, group, session, then the terminal
    constexpr unsigned firstPts = 136, lastPts = 143, ttyMajor = 4, minorsPerMajor = 256, firstSerial = 64;
    const QList<QByteArray> fields = stat.mid(stat.lastIndexOf(')') + 2).split(' ');
    const auto number = dev_t(fields.value(fieldAfterName).toULongLong());
    const unsigned kind = major(number), which = minor(number);
    if (kind >= firstPts && kind <= lastPts)
        return QStringLiteral("pts/%1").arg((kind - firstPts) * minorsPerMajor + which);
    if (kind == ttyMajor)
        return which < firstSerial ? QStringLiteral("tty%1").arg(which) : QStringLiteral("ttyS%1").arg(which - firstSerial);
    return QStringLiteral("no terminal");
}

} // namespace

Person personOf(pid_t pid, uid_t uid, const QString &root)
{
    constexpr uid_t unset = uid_t(-1);
    const QString folder = QStringLiteral("%1/%2").arg(root).arg(pid);
    bool known = false;
    const auto login = uid_t(read(folder + QStringLiteral("/loginuid")).toUInt(&known));
    const bool other = known && login != unset && login != uid;
    return {other ? QStringLiteral("%1 as %2").arg(userText(login), userText(uid)) : userText(uid), terminalOf(read(folder + QStringLiteral("/stat")))};
}

} // namespace prunella
