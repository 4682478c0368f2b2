#include "core/recovery/LimitLook.h"

#include "core/recovery/ActionKind.h"
#include "core/recovery/ScaleInstances.h"
#include "core/recovery/UnitLimits.h"

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

constexpr qint64 lookMs = 5000;

Preflight refused(const QString &subject, RecoveryDecision why)
{
    Preflight look;
    look.subject = subject;
    look.objection = std::move(why);
    look.idempotent = true;
    return look;
}

Preflight refused(const QString &subject, const QString &why)
{
    return refused(subject, RecoveryDecision{Decision::Refuse, Reason::NoAction, why, 0});
}

/// Everything that one look is made of.
struct Looking {
    const ServiceConfig &service;
    QString subject;
    CancelToken token = {};
    std::unique_ptr<UnitCalls> calls = {};
    [[nodiscard]] bool user() const { return service.manager == Manager::SystemdUser; }
    Status connect()
    {
        auto made = UnitCalls::open(user(), token, lookMs);
        if (!made)
            return tl::unexpected(made.error());
        calls = std::move(*made);
        return {};
    }
};

const std::optional<LimitConfig> &configOf(const ResourcesConfig &resources, const QString &subject)
{
    static const std::optional<LimitConfig> none;
    return subject == u"memory" ? resources.memory : subject == u"cpu" ? resources.cpu : subject == u"tasks" ? resources.tasks
        : subject == u"files" ? resources.files : subject == u"cpu_weight" ? resources.cpuWeight : subject == u"io_weight" ? resources.ioWeight : none;
}

/// A limit without its present value: nothing to raise.
QString infinityText(const QString &property, const QString &unit)
{
    return u"%1 of %2 is infinity: there is no limit that could be raised"_s.arg(limitSetting(property), unit);
}

/// The properties of a subject that are to be raised, the leading one first, with their values now.
Result<QList<LimitChange>> presentChanges(Looking &looking, const UnitLimits &limits)
{
    const QString &unit = looking.service.unit;
    const QStringList properties = looking.subject == u"memory" ? QStringList{u"MemoryMax"_s, u"MemoryHigh"_s}
        : looking.subject == u"cpu" ? QStringList{u"CPUQuotaPerSecUSec"_s} : QStringList{u"TasksMax"_s};
    QList<LimitChange> changes;
    for (const QString &property : properties) {
        const Result<quint64> value = looking.calls->number(unit, limits.row, property.toLatin1().constData());
        if (!value)
            return tl::unexpected(value.error());
        if (*value != noLimit)
            changes.append({unit, property, *value, *value, {}});
    }
    if (changes.isEmpty())
        return failure(ErrorCode::Invalid, infinityText(properties.constFirst(), unit));
    return changes;
}

/// What the host still has for it, in the unit of the subject.
double hostMost(Looking &looking, const UnitLimits &limits)
{
    const HostRoom room = readHostRoom();
    if (looking.subject == u"cpu")
        return mostCpu(room);
    const bool memory = looking.subject == u"memory";
    const Result<quint64> used = looking.calls->number(looking.service.unit, limits.row, memory ? "MemoryCurrent" : "TasksCurrent");
    const double now = used && *used != noLimit ? double(*used) : 0; // not running, or not counted
    return memory ? mostMemory(room, now) : mostTasks(room, now);
}

/// What would make the new value another one than the one that counts, or void at the next look of systemd at its files.
QString obstacle(const Looking &looking, const UnitLimits &limits, const LimitChange &change)
{
    if (!looking.subject.endsWith("_weight"_L1) && change.property != u"MemoryHigh" && !kernelEnforces(change.property, limits.controlGroup))
        return u"the kernel does not enforce %1 for %2: its control group %3 has not got that controller"_s
            .arg(limitSetting(change.property), change.unit, limits.controlGroup);
    const QString ours = controlDropIn({looking.user(), !looking.service.resources.persistent, limits.transient}, change.unit, change.property);
    const QString winner = winningDropIn(limits.dropIns, ours, limitSetting(change.property));
    return winner.isEmpty() ? QString() : u"%1 of %2 is set by %3, which wins over what would be set: change it there"_s
                                              .arg(limitSetting(change.property), change.unit, winner);
}

/// Fills in the file that holds the value now; an error when that cannot be read.
Status noteDropIn(const Looking &looking, bool transient, LimitChange &change)
{
    const QString path = controlDropIn({looking.user(), !looking.service.resources.persistent, transient}, change.unit, change.property);
    const Result<DropInBytes> bytes = readDropIn(path);
    if (bytes)
        change.dropInBefore = *bytes;
    return bytes ? Status() : tl::unexpected(bytes.error());
}

Preflight planned(const Looking &looking, const QString &before, const QString &target, const LimitPlan &plan)
{
    Preflight look;
    look.subject = looking.subject;
    look.valueBefore = before;
    look.valueTarget = target;
    look.plan = toJson(plan);
    look.idempotent = true;
    return look;
}

QString plain(double value) { return QString::number(value, 'g', 15); }

Preflight lookAtProperty(Looking &looking)
{
    const Result<UnitLimits> limits = readUnitLimits(*looking.calls, looking.service.unit);
    Result<QList<LimitChange>> changes = limits ? presentChanges(looking, *limits) : tl::unexpected(limits.error());
    if (!changes)
        return refused(looking.subject, refusalOf(changes.error()));
    const double scale = looking.subject == u"cpu" ? 10'000 : 1; // microseconds a second of one percent
    LimitChange &first = changes->first();
    const double present = double(first.from) / scale;
    const auto target = nextLimit({looking.subject, *configOf(looking.service.resources, looking.subject), present, hostMost(looking, *limits)});
    if (!target)
        return refused(looking.subject, target.error());
    for (LimitChange &change : *changes) {
        const bool leading = change.property == first.property;
        // MemoryHigh keeps its part of MemoryMax, in whole pages.
        change.to = leading ? quint64(*target * scale + 0.5) : quint64(double(change.from) * *target / present) / 4096 * 4096;
        if (const QString why = obstacle(looking, *limits, change); !why.isEmpty())
            return refused(looking.subject, why);
        if (const Status noted = noteDropIn(looking, limits->transient, change); !noted)
            return refused(looking.subject, refusalOf(noted.error()));
    }
    return planned(looking, plain(present), plain(*target), {!looking.service.resources.persistent, limits->transient, false, *changes});
}

Preflight lookAtFiles(Looking &looking)
{
    const ServiceConfig &service = looking.service;
    const bool runtime = !service.resources.persistent;
    const Result<UnitLimits> limits = readUnitLimits(*looking.calls, service.unit);
    const Result<quint64> soft = limits ? looking.calls->number(service.unit, limits->row, "LimitNOFILESoft") : tl::unexpected(limits.error());
    const Result<quint64> hard = limits ? looking.calls->number(service.unit, limits->row, "LimitNOFILE") : tl::unexpected(limits.error());
    if (!soft || !hard)
        return refused(looking.subject, refusalOf(!soft ? soft.error() : hard.error()));
    if (*soft == noLimit)
        return refused(looking.subject, infinityText(u"LimitNOFILE"_s, service.unit));
    const HostRoom room = readHostRoom();
    double most = room.filesMost < 0 ? 1e15 : double(room.filesMost);
    if (looking.user()) // it has no right to give more than it has itself
        most = std::min(most, double(looking.calls->managerNumber("DefaultLimitNOFILE").value_or(noLimit)));
    const auto target = nextLimit({looking.subject, *service.resources.files, double(*soft), most});
    if (!target)
        return refused(looking.subject, target.error());
    const QString path = limitsDropIn(looking.user(), runtime, service.unit);
    const quint64 to = quint64(*target);
    LimitChange change{service.unit, u"LimitNOFILESoft"_s, *soft, to, {}};
    const Result<DropInBytes> bytes = readDropIn(path);
    const Status may = bytes ? mayWriteDropIn(path) : tl::unexpected(bytes.error());
    const Result<QByteArray> written = may ? withOpenFiles(*bytes, to, std::max(*hard, to)) : tl::unexpected(may.error());
    if (!written)
        return refused(looking.subject, refusalOf(written.error()));
    if (const QString winner = winningDropIn(limits->dropIns, path, u"LimitNOFILE"_s); !winner.isEmpty())
        return refused(looking.subject, u"LimitNOFILE of %1 is set by %2, which wins over what would be set: change it there"_s.arg(service.unit, winner));
    change.dropInBefore = *bytes;
    const LimitChange hardChange{service.unit, u"LimitNOFILE"_s, *hard, std::max(*hard, to), *bytes};
    return planned(looking, QString::number(*soft), QString::number(to), {runtime, limits->transient, false, {change, hardChange}});
}

/// One unit's weight; an unset one is 100.
Result<LimitChange> weightOf(Looking &looking, const QString &unit, UnitLimits *limits)
{
    const QString property = looking.subject == u"cpu_weight" ? u"CPUWeight"_s : u"IOWeight"_s;
    const Result<UnitLimits> read = readUnitLimits(*looking.calls, unit);
    const Result<quint64> value = read ? looking.calls->number(unit, read->row, property.toLatin1().constData()) : tl::unexpected(read.error());
    if (!value)
        return tl::unexpected(value.error());
    if (*value == 0)
        return failure(ErrorCode::Invalid, u"%1 of %2 is idle, which somebody wanted so"_s.arg(property, unit));
    *limits = *read;
    return LimitChange{unit, property, *value, *value, {}};
}

} // namespace

Preflight lookAtLimit(const ServiceConfig &service, const QString &resource)
{
    Looking looking{service, resource};
    if (!configOf(service.resources, resource))
        return refused(resource, u"resources.%1 of %2 is not configured"_s.arg(resource, service.name));
    if (const Status connected = looking.connect(); !connected)
        return refused(resource, refusalOf(connected.error()));
    return resource == u"files" ? lookAtFiles(looking) : lookAtProperty(looking);
}

Preflight lookAtLimits(const LookInput &input)
{
    static const QStringList all{u"memory"_s, u"cpu"_s, u"tasks"_s, u"files"_s};
    const QString asked = input.parameters.value(u"resource"_s), resource = asked.isEmpty() ? resourceOfCause(input.causeId) : asked;
    if (!resource.isEmpty() && !all.contains(resource))
        return refused(resource, u"increase_resources knows %1, not %2"_s.arg(all.join(", "_L1), resource));
    if (!resource.isEmpty())
        return lookAtLimit(input.target, resource);
    std::optional<Preflight> first;
    for (const QString &subject : all) {
        if (!configOf(input.target.resources, subject))
            continue;
        Preflight look = lookAtLimit(input.target, subject);
        if (!look.objection)
            return look;
        if (!first)
            first = std::move(look);
    }
    return first.value_or(refused({}, u"no limit is configured below resources of "_s + input.target.name));
}

Preflight lookAtWeight(const ServiceConfig &service, const QString &subject)
{
    Looking looking{service, subject};
    const std::optional<LimitConfig> &config = configOf(service.resources, subject);
    if (!config)
        return refused(subject, u"resources.%1 of %2 is not configured"_s.arg(subject, service.name));
    if (const Status connected = looking.connect(); !connected)
        return refused(subject, refusalOf(connected.error()));
    QStringList units{service.unit};
    if (service.resources.instances) {
        const Result<QList<Instance>> running = runningInstances(*looking.calls, service.resources.instances->templateUnit);
        if (!running)
            return refused(subject, refusalOf(running.error()));
        if (!running->isEmpty())
            units.clear();
        for (const Instance &instance : *running)
            units.append(instance.unit);
    }
    LimitPlan plan{!service.resources.persistent, false, false, {}};
    double before = 0, target = 0;
    for (const QString &unit : std::as_const(units)) {
        UnitLimits limits;
        Result<LimitChange> change = weightOf(looking, unit, &limits);
        if (!change)
            return refused(subject, refusalOf(change.error()));
        const double present = change->from == noLimit ? 100 : double(change->from);
        const auto next = target > 0 ? tl::expected<double, RecoveryDecision>(target) : nextLimit({subject, *config, present, 10'000});
        if (!next)
            return refused(subject, next.error());
        before = target > 0 ? before : present;
        target = *next;
        change->to = quint64(target);
        const QString why = obstacle(looking, limits, *change);
        if (const Status noted = noteDropIn(looking, limits.transient, *change); !why.isEmpty() || !noted)
            return refused(subject, !why.isEmpty() ? RecoveryDecision{Decision::Refuse, Reason::NoAction, why, 0} : refusalOf(noted.error()));
        plan.transient = limits.transient;
        plan.changes.append(*change);
    }
    return planned(looking, plain(before), plain(target), plan);
}

bool planFits(const QString &text, const ServiceConfig &service)
{
    static const QStringList known{u"MemoryMax"_s, u"MemoryHigh"_s, u"CPUQuotaPerSecUSec"_s, u"TasksMax"_s, u"CPUWeight"_s, u"IOWeight"_s,
                                   u"LimitNOFILE"_s, u"LimitNOFILESoft"_s};
    const std::optional<LimitPlan> plan = limitPlanFromJson(text);
    const QString pattern = service.resources.instances ? service.resources.instances->templateUnit : QString();
    return plan && std::all_of(plan->changes.cbegin(), plan->changes.cend(), [&](const LimitChange &change) {
        const bool unit = change.unit == service.unit || (!pattern.isEmpty() && instanceNumber(pattern, change.unit) > 0);
        return unit && !change.unit.contains(u'/') && known.contains(change.property);
    });
}

} // namespace prunella
