#include "core/diagnosis/EvidenceParts.h"

#include <sys/wait.h>

namespace prunella::evidence {

using namespace Qt::StringLiterals;

namespace {

/// The same exit, whoever manages the process: what trees ask that do not care.
void addExit(Evidence &evidence, bool bySignal, int number, qint64 wallMs)
{
    if (bySignal) {
        add(evidence, u"exit.signal"_s, number, u"ended by "_s + signalText(number), wallMs);
        return;
    }
    const QString step = systemdExitStep(number);
    const QString text = QStringLiteral("exit status %1").arg(number);
    add(evidence, u"exit.status"_s, number, step.isEmpty() ? text : QString(text + u" ("_s + step + u')'), wallMs);
}

void addSettings(Evidence &evidence, const UnitState &unit, qint64 wallMs)
{
    const auto put = [&](const QString &key, const QString &value, const QString &text) {
        if (!value.isEmpty())
            add(evidence, key, value, text + value, wallMs);
    };
    const QString user = unit.user.isEmpty() && !unit.userBus ? u"root"_s : unit.user;
    put(u"unit.binary"_s, unit.binary, u"it starts "_s);
    put(u"unit.working_directory"_s, unit.workingDirectory, u"it works in "_s);
    put(u"unit.user"_s, unit.binary.isEmpty() ? QString() : user, u"it runs as "_s);
    put(u"unit.config_files"_s, unit.configFiles.join(u", "_s), u"it is set up by "_s);
}

} // namespace

void addUnit(Evidence &evidence, const UnitState &unit, qint64 wallMs)
{
    addSettings(evidence, unit, wallMs);
    const qint64 exitAt = unit.exitWallMs > 0 ? unit.exitWallMs : wallMs;
    const bool active = unit.activeState == u"active"_s || unit.activeState == u"reloading"_s;
    const QString state = unit.unit + u" is "_s + unit.activeState + u'/' + unit.subState;
    add(evidence, u"unit.name"_s, unit.unit, unit.unit, wallMs);
    add(evidence, u"unit.load_state"_s, unit.loadState, unit.unit + u" is "_s + unit.loadState, wallMs);
    add(evidence, u"unit.active_state"_s, unit.activeState, state, wallMs);
    add(evidence, u"unit.sub_state"_s, unit.subState, state, wallMs);
    add(evidence, u"unit.active"_s, active, state, wallMs);
    if (unit.mainPid != 0)
        add(evidence, u"unit.main_pid"_s, double(unit.mainPid), QStringLiteral("its main process is %1").arg(unit.mainPid), wallMs);
    add(evidence, u"unit.restarts"_s, double(unit.restarts), QStringLiteral("NRestarts %1").arg(unit.restarts), wallMs);
    if (unit.startLimitHit)
        add(evidence, u"unit.result"_s, u"start-limit-hit"_s, u"systemd refuses to start it again: its start limit is reached"_s, exitAt);
    else if (!unit.result.isEmpty() && unit.result != u"success"_s)
        add(evidence, u"unit.result"_s, unit.result, u"systemd's result is "_s + unit.result, exitAt);
    if (unit.exitCode == 0)
        return;
    const bool bySignal = unit.exitCode == CLD_KILLED || unit.exitCode == CLD_DUMPED;
    add(evidence, bySignal ? u"unit.exit_signal"_s : u"unit.exit_status"_s, unit.exitStatus,
        bySignal ? QString(u"main process ended by "_s + signalText(unit.exitStatus))
                 : QStringLiteral("main process exited with status %1").arg(unit.exitStatus), exitAt);
    add(evidence, u"unit.core_dumped"_s, unit.exitCode == CLD_DUMPED,
        unit.exitCode == CLD_DUMPED ? u"it dumped its core"_s : u"no core was dumped"_s, exitAt);
    if (const QString step = bySignal ? QString() : systemdExitStep(unit.exitStatus); !step.isEmpty())
        add(evidence, u"unit.exec_step"_s, step, u"systemd failed at step "_s + step, exitAt);
    addExit(evidence, bySignal, unit.exitStatus, exitAt);
}

void addProcess(Evidence &evidence, const ProcessState &process, qint64 wallMs)
{
    const QString who = QStringLiteral("%1 (pid %2)").arg(process.service).arg(process.pid);
    add(evidence, u"process.running"_s, process.running, who + (process.running ? u" runs"_s : u" does not run"_s), wallMs);
    add(evidence, u"process.pid"_s, double(process.pid), u"pid "_s + QString::number(process.pid), wallMs);
    if (process.running)
        return;
    add(evidence, u"process.exit_known"_s, process.exitKnown,
        process.exitKnown ? u"its exit was seen"_s : u"its exit could not be seen: it was adopted from an earlier engine"_s, wallMs);
    if (process.exitKnown)
        addExit(evidence, process.signalled, process.exitStatus, wallMs);
}

} // namespace prunella::evidence
