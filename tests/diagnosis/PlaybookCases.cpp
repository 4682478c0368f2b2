#include "tests/diagnosis/PlaybookCases.h"

using namespace Qt::StringLiterals;

namespace prunella::test {
namespace {

constexpr qint64 wall0 = 1'700'000'000'000;
using Change = std::function<void(EvidenceInput &)>;

EvidenceInput with(EvidenceInput input, const Change &change)
{
    change(input);
    return input;
}

/// The host's ordinary readings; nothing is wrong.
EvidenceInput quiet(ConditionKind kind, const QString &component)
{
    EvidenceInput input;
    input.condition.kind = kind;
    input.condition.component = component;
    input.kernelLogReadable = true;
    input.dependencies = 0;
    input.changes.emplace(); // somebody watches, and nothing was changed
    input.now = {wall0, 9'000'000, 0, {}};
    const auto host = [&](const QString &metric, double value) {
        SeriesFacts facts;
        facts.last = facts.median = value;
        facts.unit = u"%"_s;
        facts.shape = TrendShape::Flat;
        input.series.insert({metric, {}}, facts);
    };
    host(u"cpu_usage"_s, 20);
    host(u"cpu_steal"_s, 0);
    host(u"cpu_iowait"_s, 1);
    host(u"memory_usage"_s, 40);
    host(u"swap_usage"_s, 0);
    host(u"pressure_cpu_some"_s, 2);
    host(u"pressure_memory_some"_s, 0);
    return input;
}

} // namespace

EvidenceInput failed(const QString &result, int exitCode, int exitStatus)
{
    EvidenceInput input = quiet(ConditionKind::UnitFailed, u"web"_s);
    UnitState unit;
    unit.unit = u"web.service"_s;
    unit.loadState = u"loaded"_s;
    unit.activeState = unit.subState = u"failed"_s;
    unit.result = result;
    unit.exitCode = exitCode;
    unit.exitStatus = exitStatus;
    unit.exitWallMs = wall0 - 5;
    unit.controlGroup = u"/system.slice/web.service"_s;
    input.unit = unit;
    input.reason = u"web.service failed"_s;
    return input;
}

namespace {

EvidenceInput exited(bool known, bool signalled, int status)
{
    EvidenceInput input = quiet(ConditionKind::ProcessExited, u"web"_s);
    input.process = ProcessState{u"web"_s, 77, false, known, signalled, status, false};
    return input;
}

EvidenceInput over(const QString &metric, const QString &component, double value, const QString &unit, TrendShape shape, double slope = 0)
{
    EvidenceInput input = quiet(ConditionKind::Threshold, component);
    Labels labels;
    if (component != u"host"_s)
        labels.insert(u"service"_s, component);
    input.condition.series = {metric, labels};
    SeriesFacts facts;
    facts.last = value;
    facts.median = shape == TrendShape::Spike ? value / 3 : value;
    facts.unit = unit;
    facts.shape = shape;
    facts.slopePerHour = slope;
    facts.spanMs = 1'800'000;
    facts.overForMs = 60'000;
    facts.warning = value * 0.9;
    input.series[input.condition.series] = facts;
    if (component != u"host"_s) {
        input.unit = failed(u"success"_s, 0, 0).unit;
        input.unit->activeState = u"active"_s;
        input.unit->subState = u"running"_s;
        CheckResult check;
        check.service = component;
        check.ok = true;
        check.text = u"HTTP 200"_s;
        check.wallMs = wall0;
        input.lastChecks = {check};
    }
    return input;
}

EvidenceInput checkFails(const QString &text, bool refused, bool timedOut)
{
    EvidenceInput input = over(u"x"_s, u"web"_s, 0, {}, TrendShape::Flat);
    input.series.remove(input.condition.series);
    input.condition = {ConditionKind::CheckFailing, u"web"_s, {}, 0};
    input.lastChecks[0].ok = false;
    input.lastChecks[0].text = text;
    input.lastChecks[0].refused = refused;
    input.lastChecks[0].timedOut = timedOut;
    return input;
}

OomKill oomKill(const QString &group)
{
    return {4711, u"java"_s, group, 2'097'152, wall0 - 20};
}

Change down(const QString &service)
{
    return [service](EvidenceInput &input) { input.failedDependencies = {service}; };
}

Change host(const QString &metric, double value)
{
    return [metric, value](EvidenceInput &input) { input.series[{metric, {}}].last = value; };
}

Change service(const QString &metric, const QString &name, double value, TrendShape shape)
{
    return [=](EvidenceInput &input) {
        SeriesFacts facts;
        facts.last = value;
        facts.unit = u"B"_s;
        facts.shape = shape;
        facts.slopePerHour = shape == TrendShape::Leak ? value / 10 : 0;
        facts.spanMs = 1'800'000;
        input.series[{metric, {{u"service"_s, name}}}] = facts;
    };
}

QList<Case> killed()
{
    const EvidenceInput kill9 = failed(u"signal"_s, 2, 9);
    return {
        {"kill -9", kill9, "killed_by_signal", 0.9, "restart_service"},
        {"the same with an OOM kill of its group", with(kill9, [](auto &i) { i.oomKills = {oomKill(u"/system.slice/web.service"_s)}; }), "oom_kill", 0.85, "restart_service"},
        {"the same with an OOM kill of another group", with(kill9, [](auto &i) { i.oomKills = {oomKill(u"/system.slice/db.service"_s)}; }), "killed_by_signal", 0.9, "restart_service"},
        {"kill -9, kernel log not readable, memory to spare", with(kill9, [](auto &i) { i.kernelLogReadable = false; }), "killed_by_signal", 0.8, "restart_service", 0.95},
        {"kill -9, kernel log not readable, memory tight", with(kill9, [](auto &i) { i.kernelLogReadable = false; host(u"memory_usage"_s, 90)(i); }), "killed_by_signal", 0.5, "restart_service", 0.8},
        {"kill -9, kernel log not readable, memory full", with(kill9, [](auto &i) { i.kernelLogReadable = false; host(u"memory_usage"_s, 97)(i); }), "oom_kill", 0.5, "restart_service", 0.8},
        {"kill -15", failed(u"signal"_s, 2, 15), "killed_by_signal", 0.9, "restart_service"},
        {"kill -15, kernel log not readable: it is no OOM kill", with(failed(u"signal"_s, 2, 15), [](auto &i) { i.kernelLogReadable = false; }), "killed_by_signal", 0.9, "restart_service"},
        {"systemd itself saw the OOM kill", failed(u"oom-kill"_s, 2, 9), "oom_kill", 0.85, "restart_service"},
        {"segmentation fault", failed(u"signal"_s, 2, 11), "crashed_on_signal", 0.9, "restart_service"},
        {"abort with a core", failed(u"core-dump"_s, 3, 6), "crashed_on_signal", 0.9, "restart_service"},
        {"file size limit", failed(u"signal"_s, 2, 25), "limit_exceeded", 0.85, "-"},
        {"broken pipe", failed(u"signal"_s, 2, 13), "unhandled_signal", 0.85, "restart_service"},
    };
}

QList<Case> ended()
{
    const EvidenceInput code1 = failed(u"exit-code"_s, 1, 1);
    const auto loop = [](quint32 restarts, const QString &reason) {
        return with(failed(u"exit-code"_s, 1, 1), [&](EvidenceInput &input) {
            input.condition.kind = ConditionKind::RestartLoop;
            input.unit->activeState = u"activating"_s;
            input.unit->restarts = restarts;
            input.reason = reason;
        });
    };
    return {
        {"exit 1", code1, "exited_with_error", 0.85, "restart_service"},
        {"exit 1, nothing known of OOM or dependencies", with(code1, [](auto &i) { i.kernelLogReadable = false; i.dependencies.reset(); }), "exited_with_error", 0.85, "restart_service"},
        {"exit 1 with its database down", with(code1, down(u"db"_s)), "dependency_failed", 0.8, "restart_service"},
        {"exit 1 after a child was OOM-killed", with(code1, [](auto &i) { i.oomKills = {oomKill(u"/system.slice/web.service"_s)}; }), "child_out_of_memory", 0.8, "restart_service"},
        {"exit 127", failed(u"exit-code"_s, 1, 127), "command_not_runnable", 0.8, "-"},
        {"exit 203", failed(u"exit-code"_s, 1, 203), "cannot_execute", 0.9, "-"},
        {"exit 200", failed(u"exit-code"_s, 1, 200), "bad_environment", 0.85, "-"},
        {"watchdog", failed(u"watchdog"_s, 3, 6), "watchdog_timeout", 0.8, "restart_service"},
        {"start timeout", failed(u"timeout"_s, 2, 15), "start_timeout", 0.85, "restart_service"},
        {"start limit", failed(u"start-limit-hit"_s, 1, 1), "start_limit_hit", 0.85, "restart_service"},
        {"resources", failed(u"resources"_s, 0, 0), "cannot_prepare", 0.7, "-"},
        {"protocol", failed(u"protocol"_s, 0, 0), "failed_otherwise", 0.5, "-"},
        {"restarted twelve times", loop(12, u"systemd restarted web.service 12 times in 3 s (NRestarts 12)"_s), "restart_loop", 0.85, "-"},
        {"restarted once", loop(1, u"systemd restarted web.service once (NRestarts 1)"_s), "restarted_by_systemd", 0.8, "health_check"},
        {"restarted once, with a long history", loop(40, u"systemd restarted web.service once (NRestarts 40)"_s), "restarted_by_systemd", 0.8, "health_check"},
        {"own process, signal 9", exited(true, true, 9), "killed_by_signal", 0.9, "restart_service"},
        {"own process, its pid in the kernel log", with(exited(true, true, 9), [](auto &i) { i.oomKills = {oomKill({})}; i.oomKills[0].pid = 77; }), "oom_kill", 0.85, "restart_service"},
        {"own process, exit 3", exited(true, false, 3), "exited_with_error", 0.85, "restart_service"},
        {"own process, exit 0", exited(true, false, 0), "exited_unasked", 0.8, "restart_service"},
        {"own process, adopted", exited(false, false, 0), "exit_unseen", 0.8, "restart_service"},
    };
}

QList<Case> cpu()
{
    const EvidenceInput web = over(u"unit_cpu"_s, u"web"_s, 98, u"%"_s, TrendShape::Step);
    const EvidenceInput machine = over(u"cpu_usage"_s, u"host"_s, 95, u"%"_s, TrendShape::Step);
    const auto hung = [](EvidenceInput &i) { i.lastChecks[0].ok = false; i.lastChecks[0].text = u"no answer within 2 s"_s; i.lastChecks[0].timedOut = true; };
    return {
        {"a service is busy and answers", web, "busy_service", 0.85, "-"},
        {"the same and does not answer", with(web, hung), "runaway_service", 0.85, "restart_service"},
        {"the same with its database down", with(with(web, hung), down(u"db"_s)), "busy_retrying", 0.5, "-"},
        {"a service has just jumped", over(u"unit_cpu"_s, u"web"_s, 98, u"%"_s, TrendShape::Spike), "service_burst", 0.7, "health_check"},
        {"a service without checks", with(web, [](auto &i) { i.lastChecks.clear(); }), "busy_service", 0.4, "-", 0.8},
        {"the hypervisor steals", with(web, host(u"cpu_steal"_s, 35)), "stolen_by_hypervisor", 0.6, "-"},
        {"the processors wait", with(machine, host(u"cpu_iowait"_s, 45)), "waiting_for_disk", 0.6, "-"},
        {"the machine is busy with web", with(machine, service(u"unit_cpu"_s, u"web"_s, 90, TrendShape::Step)), "host_busy_with_service", 0.6, "-"},
        {"the machine is busy, nobody known", machine, "host_busy", 0.6, "-"},
        {"the machine has just jumped", over(u"cpu_usage"_s, u"host"_s, 95, u"%"_s, TrendShape::Spike), "host_burst", 0.8, "health_check"},
        {"load grows", over(u"load_1"_s, u"host"_s, 12, {}, TrendShape::Leak, 2), "host_growing", 0.8, "-"},
        {"calms down", over(u"cpu_usage"_s, u"host"_s, 85, u"%"_s, TrendShape::Falling, -30), "host_calming", 0.6, "health_check"},
    };
}

QList<Case> memory()
{
    const EvidenceInput leak = over(u"unit_memory"_s, u"web"_s, 2e9, u"B"_s, TrendShape::Leak, 3e8);
    const EvidenceInput spike = over(u"unit_memory"_s, u"web"_s, 2e9, u"B"_s, TrendShape::Spike);
    const EvidenceInput machine = over(u"memory_usage"_s, u"host"_s, 91, u"%"_s, TrendShape::Leak, 4);
    const auto hung = [](EvidenceInput &i) { i.lastChecks[0].ok = false; i.lastChecks[0].text = u"HTTP 503"_s; };
    return {
        {"a service leaks", leak, "service_leak", 0.85, "restart_service"},
        {"the same, healed before", with(leak, [](auto &i) { i.earlierIncidents = i.earlierHealed = 2; }), "returning_leak", 0.7, "restart_service"},
        {"the same value, but it has just jumped", spike, "service_burst", 0.8, "health_check"},
        {"jumped, and no longer answers", with(spike, hung), "stuck_allocation", 0.75, "restart_service"},
        {"the same value, at a higher level", over(u"unit_memory"_s, u"web"_s, 2e9, u"B"_s, TrendShape::Step), "service_grown", 0.85, "-"},
        {"course not known yet", over(u"unit_memory"_s, u"web"_s, 2e9, u"B"_s, TrendShape::Unknown), "service_grown", 0.1, "-", 0.6},
        {"the machine fills, nobody known grows", machine, "leak_elsewhere", 0.6, "-"},
        {"the machine fills and web grows", with(machine, service(u"unit_memory"_s, u"web"_s, 2e9, TrendShape::Leak)), "leak_of_service", 0.7, "-"},
        {"the machine swaps", with(machine, [](auto &i) { host(u"swap_usage"_s, 80)(i); host(u"memory_usage"_s, 95)(i); }), "swap_pressure", 0.7, "-"},
        {"the kernel kills", with(machine, [](auto &i) { i.oomKills = {oomKill(u"/user.slice"_s)}; }), "out_of_memory", 0.65, "-"},
        {"the machine has just jumped", over(u"memory_usage"_s, u"host"_s, 91, u"%"_s, TrendShape::Spike), "host_burst", 0.7, "health_check"},
        {"the machine is simply full", over(u"memory_usage"_s, u"host"_s, 91, u"%"_s, TrendShape::Flat), "host_full", 0.7, "-"},
    };
}

QList<Case> disk()
{
    const auto root = [](const QString &metric, double value, TrendShape shape, double slope = 0) {
        return with(over(metric, u"host"_s, value, u"%"_s, shape, slope), [&](EvidenceInput &i) {
            const SeriesFacts facts = i.series.take(i.condition.series);
            i.condition.series.labels.insert(u"path"_s, u"/"_s);
            i.series.insert(i.condition.series, facts);
            SeriesFacts other; // another mount, fuller, but not the one that opened the incident
            other.last = 99;
            other.shape = TrendShape::Flat;
            i.series.insert({metric, {{u"path"_s, u"/boot"_s}}}, other);
        });
    };
    return {
        {"fills in ten hours", root(u"disk_usage"_s, 90, TrendShape::Leak, 1), "filling_fast", 0.85, "-"},
        {"fills in fifty hours", root(u"disk_usage"_s, 90, TrendShape::Leak, 0.2), "filling_slowly", 0.85, "-"},
        {"has just jumped", root(u"disk_usage"_s, 90, TrendShape::Spike), "large_write", 0.85, "-"},
        {"at a higher level", root(u"disk_usage"_s, 90, TrendShape::Step), "new_data", 0.8, "-"},
        {"long so", root(u"disk_usage"_s, 90, TrendShape::Flat), "long_full", 0.85, "-"},
        {"is being freed", root(u"disk_usage"_s, 90, TrendShape::Falling, -5), "being_freed", 0.7, "health_check"},
        {"inodes rise", root(u"disk_inodes"_s, 90, TrendShape::Leak, 1), "files_pile_up", 0.8, "-"},
        {"inodes, long so", root(u"disk_inodes"_s, 90, TrendShape::Flat), "many_files", 0.8, "-"},
    };
}

QList<Case> network()
{
    const EvidenceInput refused = checkFails(u"connection refused"_s, true, false), silent = checkFails(u"no answer within 2 s"_s, false, true);
    const EvidenceInput slow = over(u"response_time"_s, u"web"_s, 4000, u"ms"_s, TrendShape::Step);
    const auto state = [](const QString &active) { return [active](EvidenceInput &i) { i.unit->activeState = active; }; };
    const EvidenceInput peer = over(u"network_reachable"_s, u"host"_s, 0, {}, TrendShape::Falling);
    return {
        {"refused while it runs", refused, "not_listening", 0.85, "restart_service"},
        {"refused, but it is starting", with(refused, state(u"activating"_s)), "still_starting", 0.8, "health_check"},
        {"refused, it does not run", with(refused, state(u"inactive"_s)), "not_running", 0.8, "restart_service"},
        {"not answered in time", silent, "hanging", 0.85, "restart_service"},
        {"the same with its database down", with(silent, down(u"db"_s)), "waits_for_dependency", 0.6, "-"},
        {"the same on an overloaded machine", with(silent, host(u"cpu_usage"_s, 100)), "machine_overloaded", 0.6, "-"},
        {"no route", checkFails(u"no route to host"_s, false, false), "no_way", 0.8, "-"},
        {"broken off", checkFails(u"connection closed by peer"_s, false, false), "broken_connection", 0.6, "-"},
        {"slow all at once", slow, "suddenly_slow", 0.7, "-"},
        {"slow, machine busy", with(slow, host(u"cpu_usage"_s, 95)), "slow_for_load", 0.6, "-"},
        {"slow, database down", with(slow, down(u"db"_s)), "slow_for_dependency", 0.6, "-"},
        {"slower and slower", over(u"response_time"_s, u"web"_s, 4000, u"ms"_s, TrendShape::Leak, 500), "degrading", 0.75, "restart_service"},
        {"a service that nobody of ours runs", with(silent, [](auto &i) { i.unit.reset(); }), "hanging", 0.8, "restart_service"},
        {"a peer is gone", with(peer, [](auto &i) { i.series[{u"network_receive"_s, {}}].last = 5000; }), "peer_down", 0.6, "-"},
        {"a peer is gone, and all other traffic", with(peer, [](auto &i) { i.series[{u"network_receive"_s, {}}].last = 0; }), "own_link_down", 0.6, "-"},
        {"the way is slow", over(u"network_connect_time"_s, u"host"_s, 900, u"ms"_s, TrendShape::Step), "peer_slow", 0.4, "-"},
    };
}

} // namespace

const std::map<ErrorType, QList<Case>> &playbookCases()
{
    static const std::map<ErrorType, QList<Case>> table{
        {ErrorType::ServiceCrash, killed() + ended()}, {ErrorType::CpuSpike, cpu()}, {ErrorType::MemoryLeak, memory()},
        {ErrorType::DiskFull, disk()}, {ErrorType::NetworkTimeout, network()}};
    return table;
}

} // namespace prunella::test
