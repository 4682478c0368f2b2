#include "core/model/Facts.h"

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

const QStringList &knownFacts()
{
    static const QStringList keys = QStringLiteral(
        "component component.kind incident.condition incident.reason incident.metric incident.value incident.trend "
        "incident.trend_per_hour incident.median incident.consistency incident.over_for_s incident.hours_to_full incident.anomaly "
        "unit.name unit.load_state unit.active_state unit.sub_state unit.active unit.restarts unit.result "
        "unit.exit_signal unit.exit_status unit.core_dumped unit.exec_step exit.signal exit.status "
        "process.running process.pid process.exit_known oom.killed oom.command oom.pid oom.rss_mib oom.host_recent "
        "check.total check.failing check.ok check.refused check.timed_out check.type check.text check.latency_ms "
        "check.http_status dependency.down dependency.names history.incidents history.healed "
        "host.top_memory host.growing_memory host.top_cpu host.growing_cpu").split(QLatin1Char(' '));
    return keys;
}

bool isKnownFact(const QString &key)
{
    static const QStringList ofMetrics = QStringLiteral("value trend trend_per_hour median consistency over_for_s hours_to_full anomaly").split(QLatin1Char(' '));
    const QStringList parts = key.split(QLatin1Char('.'));
    if (parts.first() == QLatin1String("metric"))
        return parts.size() >= 3 && ofMetrics.contains(parts.last()); // a monitor's own metric may have dots in its name
    return knownFacts().contains(key);
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
