// enable_monitoring as a row of the table.
// Parameter of a procedure's step: for = how long ("10m"); absent: the service's monitoring.for.
// subject: "closer look"; valueBefore "as before"; valueTarget "every 1 s for 600 s"; plan: ClosePeekPlan. The undo has the values swapped.
#include "core/base/Clock.h"
#include "core/config/YamlScalar.h"
#include "core/recovery/ActionKind.h"
#include "core/recovery/ClosePeek.h"
#include "core/recovery/DebugLevel.h"
#include "core/recovery/ProcessSpawner.h"
#include "core/recovery/RunCommand.h"
#include "core/recovery/UnitLook.h"

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

constexpr double longestMs = 86'400e3;

bool isSystemd(const ServiceConfig &service)
{
    return service.manager == Manager::Systemd || service.manager == Manager::SystemdUser;
}

/// Whatever runs as a process; of a container the snapshot shows the host and its logs.
bool supports(const ServiceConfig &service)
{
    return service.manager != Manager::Command;
}

Result<qint64> durationOf(const LookInput &input)
{
    const QString text = input.parameters.value(u"for"_s);
    if (text.isEmpty())
        return input.target.closePeek.durationMs;
    const auto ms = parseDuration(text);
    if (!ms || *ms < 1000 || *ms > longestMs)
        return failure(ErrorCode::Invalid, u"for is \"%1\", expected a duration from 1s to 24h"_s.arg(text));
    return qint64(*ms);
}

/// Fills in who is asked, and what the level is now.
Status lookAtLogControl(const ServiceConfig &service, const UnitLook &unit, ClosePeekPlan &plan, const CancelToken &token)
{
    plan.busName = service.closePeek.busName.isEmpty() ? unit.busName : service.closePeek.busName;
    if (plan.busName.isEmpty())
        return failure(ErrorCode::NotFound, u"%1 has no BusName: set monitoring.debug.bus_name"_s.arg(service.unit.isEmpty() ? service.name : service.unit));
    auto level = readLogLevel({plan.busName, service.manager == Manager::SystemdUser}, token);
    if (!level)
        return tl::unexpected(level.error());
    plan.levelBefore = *level;
    return {};
}

/// Whether the debug level could be set, as far as that can be seen without doing it.
Status lookAtLevel(const ServiceConfig &service, ClosePeekPlan &plan)
{
    const CancelToken token;
    const ClosePeekConfig &config = service.closePeek;
    UnitLook unit;
    if (isSystemd(service) && (config.debugSignal != 0 || config.logControl))
        unit = lookAtUnit(service.unit, service.manager == Manager::SystemdUser, token).value_or(UnitLook());
    if (config.debugSignal != 0 && unit.mainPid > 0)
        return maySignal(unit.mainPid, config.debugSignal);
    if (config.logControl)
        return lookAtLogControl(service, unit, plan, token);
    for (const QStringList &vector : {config.debugCommand, config.quietCommand}) {
        if (vector.isEmpty())
            continue;
        if (const auto ready = RunCommand::prepare(ClosePeek::commandOf(vector)); !ready)
            return tl::unexpected(ready.error());
    }
    return {};
}

Preflight look(const LookInput &input)
{
    const ClosePeekConfig &config = input.target.closePeek;
    Preflight look;
    // Twice is once, but for a signal that turns the level over each time.
    look.idempotent = config.debugSignal == 0 || config.debugSignal != config.quietSignal;
    const Result<qint64> forMs = durationOf(input);
    ClosePeekPlan plan{forMs.value_or(config.durationMs), config.intervalMs, {}, {}};
    const Status fine = forMs ? lookAtLevel(input.target, plan) : Status(tl::unexpected(forMs.error()));
    if (!fine)
        look.objection = refusalOf(fine.error());
    look.subject = u"closer look"_s;
    look.valueBefore = closePeekBefore();
    look.valueTarget = u"every %1 s for %2 s"_s.arg(double(plan.intervalMs) / 1000).arg(double(plan.forMs) / 1000);
    look.plan = toJson(plan);
    return look;
}

std::shared_ptr<RecoveryAction> make(const ActionRequest &, const ServiceConfig &service, const ActionTools &tools)
{
    const auto clock = std::make_shared<SystemClock>();
    const auto mainPid = [service, clock, stateDir = tools.stateDir, known = tools.mainPidOf](const CancelToken &token) -> qint64 {
        if (const qint64 pid = known ? known(service) : 0; pid > 0)
            return pid;
        if (isSystemd(service))
            return lookAtUnit(service.unit, service.manager == Manager::SystemdUser, token).value_or(UnitLook()).mainPid;
        if (service.manager != Manager::Process)
            return 0;
        const auto process = ProcessSpawner(stateDir, *clock).findRunning(service.name);
        return process ? process->pid : 0;
    };
    return std::make_shared<ClosePeek>(service, tools.stateDir, mainPid, clock);
}

} // namespace

ActionKind closePeekKind() { return {supports, look, ClosePeek::describe, ClosePeek::inverseOf, make}; }

} // namespace prunella
