#include "core/model/Enums.h"

#include "core/model/Change.h"

#include <QStringList>

namespace prunella {
namespace {

template<typename E>
const QStringList &names();

#define PRUNELLA_WORDS(Type, ...) \
    template<> \
    const QStringList &names<Type>() \
    { \
        static const QStringList list{__VA_ARGS__}; \
        return list; \
    }

#define W(text) QStringLiteral(text)
PRUNELLA_WORDS(ErrorType, W("memory_leak"), W("cpu_spike"), W("network_timeout"), W("database_connection"),
               W("api_failure"), W("deployment_failure"), W("configuration_error"), W("dependency_failure"),
               W("disk_full"), W("service_crash"), W("unknown"))
PRUNELLA_WORDS(Severity, W("low"), W("medium"), W("high"), W("critical"))
PRUNELLA_WORDS(Health, W("healthy"), W("warning"), W("critical"), W("unknown"))
PRUNELLA_WORDS(ActionType, W("restart_service"), W("scale_resources"), W("rollback_deployment"),
               W("increase_resources"), W("adjust_timeout"), W("enable_monitoring"), W("health_check"),
               W("run_command"), W("free_disk_space"))
PRUNELLA_WORDS(ActionStatus, W("pending"), W("awaiting_approval"), W("in_progress"), W("completed"), W("failed"),
               W("cancelled"), W("refused"), W("rolled_back"), W("unknown"))
PRUNELLA_WORDS(IncidentStatus, W("detected"), W("diagnosing"), W("awaiting_approval"), W("recovering"),
               W("verifying"), W("resolved"), W("escalated"), W("suppressed"), W("observed"))
PRUNELLA_WORDS(Mode, W("observe"), W("approve"), W("automatic"))
PRUNELLA_WORDS(Manager, W("systemd"), W("systemd-user"), W("process"), W("container"), W("command"))
PRUNELLA_WORDS(Verdict, W("healed"), W("unchanged"), W("worse"), W("unknown"))
PRUNELLA_WORDS(Direction, W("above"), W("below"))
PRUNELLA_WORDS(CheckType, W("http"), W("tcp"), W("nagios"))
PRUNELLA_WORDS(PatternKind, W("recurring"), W("periodic"), W("follows_deployment"), W("follows_incident"), W("sequence"))
PRUNELLA_WORDS(PatternPeriod, W("none"), W("hour"), W("day"), W("week"))
PRUNELLA_WORDS(Mark, W("false_alarm"), W("real"), W("missed"))
PRUNELLA_WORDS(ChangeKind, W("deployment"), W("config_file"), W("package"), W("kernel"))
#undef W
#undef PRUNELLA_WORDS

} // namespace

template<typename E>
QString toString(E value)
{
    return names<E>().value(int(value));
}

template<typename E>
std::optional<E> fromString(const QString &word)
{
    const qsizetype index = names<E>().indexOf(word);
    if (index < 0)
        return std::nullopt;
    return E(index);
}

template<typename E>
QStringList words()
{
    return names<E>();
}

#define PRUNELLA_INSTANTIATE(Type) \
    template QString toString<Type>(Type); \
    template std::optional<Type> fromString<Type>(const QString &); \
    template QStringList words<Type>();
PRUNELLA_INSTANTIATE(ErrorType)
PRUNELLA_INSTANTIATE(Severity)
PRUNELLA_INSTANTIATE(Health)
PRUNELLA_INSTANTIATE(ActionType)
PRUNELLA_INSTANTIATE(ActionStatus)
PRUNELLA_INSTANTIATE(IncidentStatus)
PRUNELLA_INSTANTIATE(Mode)
PRUNELLA_INSTANTIATE(Manager)
PRUNELLA_INSTANTIATE(Verdict)
PRUNELLA_INSTANTIATE(Direction)
PRUNELLA_INSTANTIATE(CheckType)
PRUNELLA_INSTANTIATE(PatternKind)
PRUNELLA_INSTANTIATE(PatternPeriod)
PRUNELLA_INSTANTIATE(Mark)
PRUNELLA_INSTANTIATE(ChangeKind)
#undef PRUNELLA_INSTANTIATE

} // namespace prunella
