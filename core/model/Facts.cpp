#include "core/model/Facts.h"

#include "core/model/TreeQuery.h"

#include <QStringList>

#include <array>
#include <csignal>

namespace prunella {
namespace {

struct Named { int number; const char *name; };

constexpr std::array signalNames{
    Named{SIGHUP, "SIGHUP"}, Named{SIGINT, "SIGINT"}, Named{SIGQUIT, "SIGQUIT"}, Named{SIGILL, "SIGILL"},
    Named{SIGTRAP, "SIGTRAP"}, Named{SIGABRT, "SIGABRT"}, Named{SIGBUS, "SIGBUS"}, Named{SIGFPE, "SIGFPE"},
    Named{SIGKILL, "SIGKILL"}, Named{SIGUSR1, "SIGUSR1"}, Named{SIGSEGV, "SIGSEGV"}, Named{SIGUSR2, "SIGUSR2"},
    Named{SIGPIPE, "SIGPIPE"}, Named{SIGALRM, "SIGALRM"}, Named{SIGTERM, "SIGTERM"}, Named{SIGXCPU, "SIGXCPU"},
    Named{SIGXFSZ, "SIGXFSZ"}, Named{SIGSYS, "SIGSYS"},
};

// systemd.exec(5), "Process Exit Codes"; 207 and 211 are not in use there or have no meaning today.
constexpr std::array exitSteps{
    Named{200, "CHDIR"}, Named{201, "NICE"}, Named{202, "FDS"}, Named{203, "EXEC"}, Named{204, "MEMORY"},
    Named{205, "LIMITS"}, Named{206, "OOM_ADJUST"}, Named{207, "SIGNAL_MASK"}, Named{208, "STDIN"},
    Named{209, "STDOUT"}, Named{210, "CHROOT"}, Named{211, "IOPRIO"}, Named{212, "TIMERSLACK"},
    Named{213, "SECUREBITS"}, Named{214, "SETSCHEDULER"}, Named{215, "CPUAFFINITY"}, Named{216, "GROUP"},
    Named{217, "USER"}, Named{218, "CAPABILITIES"}, Named{219, "CGROUP"}, Named{220, "SETSID"},
    Named{221, "CONFIRM"}, Named{222, "STDERR"}, Named{224, "PAM"}, Named{225, "NETWORK"}, Named{226, "NAMESPACE"},
    Named{227, "NO_NEW_PRIVILEGES"}, Named{228, "SECCOMP"}, Named{229, "SELINUX_CONTEXT"},
    Named{230, "PERSONALITY"}, Named{231, "APPARMOR_PROFILE"}, Named{232, "ADDRESS_FAMILIES"},
    Named{233, "RUNTIME_DIRECTORY"}, Named{235, "CHOWN"}, Named{236, "SMACK_PROCESS_LABEL"}, Named{237, "KEYRING"},
    Named{238, "STATE_DIRECTORY"}, Named{239, "CACHE_DIRECTORY"}, Named{240, "LOGS_DIRECTORY"},
    Named{241, "CONFIGURATION_DIRECTORY"}, Named{242, "NUMA_POLICY"}, Named{243, "CREDENTIALS"}, Named{245, "BPF"},
};

template<std::size_t N>
QString nameOf(const std::array<Named, N> &table, int number)
{
    const auto it = std::find_if(table.begin(), table.end(), [number](const Named &entry) { return entry.number == number; });
    return it == table.end() ? QString() : QString::fromLatin1(it->name);
}

} // namespace

QString toString(TrendShape shape)
{
    static const QStringList words{QStringLiteral("unknown"), QStringLiteral("flat"), QStringLiteral("leak"),
                                   QStringLiteral("spike"), QStringLiteral("step"), QStringLiteral("falling")};
    return words.value(int(shape));
}

const QStringList &probeTypes()
{
    static const QStringList types = QStringLiteral("tcp http resolve ping nagios disk disk_growth port local_ports database "
                                                    "cgroup file config_syntax dependency_check").split(QLatin1Char(' '));
    return types;
}

const QStringList &knownFacts()
{
    static const QStringList keys = QStringLiteral(
        "component component.kind incident.condition incident.reason incident.metric incident.value incident.trend "
        "incident.trend_per_hour incident.median incident.consistency incident.over_for_s incident.hours_to_full incident.anomaly "
        "incident.p50 incident.p95 incident.p99 incident.baseline incident.over_baseline "
        "unit.name unit.load_state unit.active_state unit.sub_state unit.active unit.restarts unit.result "
        "unit.exit_signal unit.exit_status unit.core_dumped unit.exec_step exit.signal exit.status "
        "unit.binary unit.working_directory unit.user unit.config_files "
        "process.running process.pid process.exit_known oom.killed oom.command oom.pid oom.rss_mib oom.host_recent "
        "check.total check.failing check.ok check.refused check.timed_out check.type check.text check.latency_ms "
        "check.http_status check.address check.host check.url "
        "dependency.down dependency.names dependency.first "
        "topology.dependencies topology.dependents topology.dependents_failing topology.dependent_names topology.same_host_failing "
        "incident.recurrence unit.main_pid "
        "history.incidents history.healed history.last_days change.newest change.newest_subject change.newest_kind change.newest_minutes "
        "host.top_memory host.growing_memory host.top_cpu host.growing_cpu").split(QLatin1Char(' '));
    return keys;
}

bool isKnownFact(const QString &key)
{
    static const QStringList ofMetrics = QStringLiteral("value trend trend_per_hour median consistency over_for_s hours_to_full anomaly "
                                                        "p50 p95 p99 baseline over_baseline").split(QLatin1Char(' '));
    const QStringList parts = key.split(QLatin1Char('.'));
    if (parts.first() == QLatin1String("metric"))
        return parts.size() >= 3 && ofMetrics.contains(parts.last()); // a monitor's own metric may have dots in its name
    if (key.startsWith(QLatin1String("incident.label.")))
        return parts.size() == 3 && !parts.last().isEmpty();
    if (key.startsWith(QLatin1String("history.healed_by.")) || key.startsWith(QLatin1String("history.tried.")))
        return parts.size() == 3 && fromString<ActionType>(parts.last()).has_value();
    return knownFacts().contains(key);
}

bool isProbeName(const QString &key)
{
    return key.startsWith(QLatin1String("probe.")) && probeTypes().contains(key.mid(6));
}

QString signalText(int number)
{
    const QString name = nameOf(signalNames, number);
    const QString text = QStringLiteral("signal %1").arg(number);
    return name.isEmpty() ? text : QStringLiteral("%1 (%2)").arg(text, name);
}

QString systemdExitStep(int status)
{
    return nameOf(exitSteps, status);
}

} // namespace prunella
