#include "core/detection/CrashSentences.h"

#include "core/model/Facts.h"
#include "core/model/Sentences.h"

#include <sys/wait.h>

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

QString exitCodeText(int status)
{
    const QString step = systemdExitStep(status);
    return step.isEmpty() ? QString(u"exit code "_s + QString::number(status))
                          : QStringLiteral("exit code %1 (%2: systemd could not start it)").arg(status).arg(step);
}

/// How the main process ended last; empty when it did not run at all.
QString lastExit(const UnitState &unit)
{
    switch (unit.exitCode) {
    case CLD_EXITED: return exitCodeText(unit.exitStatus);
    case CLD_KILLED: return signalText(unit.exitStatus);
    case CLD_DUMPED: return QString(signalText(unit.exitStatus) + u", core dumped"_s);
    default: return {};
    }
}

} // namespace

QString failureText(const UnitState &unit)
{
    const QString last = lastExit(unit);
    const QString suffix = last.isEmpty() ? QString() : QString(u" (last: "_s + last + u')');
    const QString failed = unit.unit + u" failed: "_s;
    if (unit.startLimitHit)
        return failed + u"it was started too often, systemd's start limit was hit"_s + suffix;
    if (unit.result == u"dependency"_s)
        return unit.unit + u" was not started: something that it requires failed"_s;
    if (unit.result == u"timeout"_s)
        return failed + u"it did not start or stop in time"_s + suffix;
    if (unit.result == u"watchdog"_s)
        return failed + u"it did not answer systemd's watchdog"_s + suffix;
    if (unit.result == u"oom-kill"_s)
        return failed + u"the kernel killed it for want of memory"_s;
    if (unit.result == u"resources"_s)
        return failed + u"systemd could not prepare what it needs to start"_s;
    if (last.isEmpty())
        return failed + u"result "_s + unit.result;
    return failed + (unit.exitCode == CLD_EXITED ? u"it ended with "_s : u"its main process was killed by "_s) + last;
}

QString failureText(const ProcessState &process)
{
    const QString who = QStringLiteral("%1 (pid %2) ").arg(process.service).arg(process.pid);
    if (!process.exitKnown)
        return who + u"is gone; how it ended is not known, it was adopted from an earlier engine"_s;
    if (process.signalled)
        return who + u"was killed by "_s + signalText(process.exitStatus);
    return who + u"exited with code "_s + QString::number(process.exitStatus) + u" without being asked to"_s;
}

QString restartLoopText(const UnitState &unit, quint32 restarts, qint64 withinMs)
{
    const QString last = lastExit(unit);
    return u"systemd restarted "_s + unit.unit + u' ' + timesText(restarts)
        + (restarts > 1 ? QString(u" in "_s + durationText(withinMs)) : QString())
        + QStringLiteral(" (NRestarts %1)").arg(unit.restarts) + (last.isEmpty() ? QString() : QString(u", last "_s + last));
}

} // namespace prunella
