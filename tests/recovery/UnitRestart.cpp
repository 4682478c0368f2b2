#include "tests/recovery/UnitRestart.h"

#include "core/recovery/SystemdRestart.h"

#include <QProcess>

#include <cstdio>
#include <grp.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace prunella::testing {

QString systemctl(const QStringList &arguments)
{
    QProcess process;
    process.start(u"systemctl"_s, arguments);
    process.waitForFinished();
    return QString::fromLocal8Bit(process.readAllStandardOutput()).trimmed();
}

QString unitProperty(const QString &unit, const QString &name, const QStringList &scope)
{
    return systemctl(scope + QStringList{u"show"_s, u"--value"_s, u"-p"_s, name, unit});
}

ActionRequest requestFor(const QString &unit, int timeoutMs)
{
    ActionRequest request;
    request.id = u"action"_s;
    request.target = u"web"_s;
    request.unit = unit;
    request.timeoutMs = timeoutMs;
    request.invocationBefore = unitProperty(unit, u"InvocationID"_s);
    return request;
}

ActionResult restart(const QString &unit, int timeoutMs)
{
    CancelToken token;
    return SystemdRestart(false).run(requestFor(unit, timeoutMs), token);
}

int restartAsNobody(const QString &unit)
{
    if (setgroups(0, nullptr) != 0 || setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0)
        return 9;
    CancelToken token;
    ActionRequest request;
    request.unit = unit;
    request.timeoutMs = 20'000;
    const ActionResult result = SystemdRestart(false).run(request, token);
    std::printf("%d %d %s", int(result.status), int(result.failure), qPrintable(result.output));
    return 0;
}

int restartHere(const QString &unit)
{
    CancelToken token;
    ActionRequest request;
    request.unit = unit;
    request.timeoutMs = 20'000;
    return SystemdRestart(false).run(request, token).status == ActionStatus::Completed ? 0 : 1;
}

} // namespace prunella::testing
