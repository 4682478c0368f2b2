// scale_resources as a row of the table: instances of a template, or priorities.
#include "core/recovery/ActionKind.h"
#include "core/recovery/ContainerKind.h"
#include "core/recovery/IncreaseResources.h"
#include "core/recovery/LimitLook.h"
#include "core/recovery/LimitPlan.h"
#include "core/recovery/ScaleInstances.h"

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

bool supports(const ServiceConfig &service)
{
    const ResourcesConfig &resources = service.resources;
    switch (service.manager) {
    case Manager::Systemd:
    case Manager::SystemdUser:
        return (resources.instances && !resources.instances->templateUnit.isEmpty()) || resources.cpuWeight || resources.ioWeight;
    case Manager::Container:
        return supportsContainerScale(service);
    default:
        return false;
    }
}

Preflight refused(const QString &subject, RecoveryDecision why)
{
    Preflight look;
    look.subject = subject;
    look.objection = std::move(why);
    look.idempotent = true;
    return look;
}

Preflight lookAtInstances(const ServiceConfig &service, int by)
{
    const QString subject = u"instances"_s;
    if (!service.resources.instances)
        return refused(subject, {Decision::Refuse, Reason::NoAction, u"resources.instances of %1 is not configured"_s.arg(service.name), 0});
    const InstancesConfig &config = *service.resources.instances;
    const Result<QList<Instance>> running = runningInstances(config.templateUnit, service.manager == Manager::SystemdUser);
    if (!running)
        return refused(subject, refusalOf(running.error()));
    QList<int> numbers;
    for (const Instance &instance : *running)
        numbers.append(instance.number);
    const auto plan = planScale(config, numbers, by);
    if (!plan)
        return refused(subject, plan.error());
    Preflight look;
    look.subject = subject;
    look.valueBefore = QString::number(numbers.size());
    look.valueTarget = QString::number(numbers.size() + plan->start.size() - plan->stop.size());
    look.plan = toJson(*plan);
    look.idempotent = true;
    return look;
}

/// What is not named: instances while there is room for one more, then the priorities.
Preflight lookAtAny(const ServiceConfig &service, int by)
{
    Preflight look;
    if (service.resources.instances) {
        look = lookAtInstances(service, by);
        if (!look.objection || look.objection->reason != Reason::AtMaximum)
            return look;
    }
    for (const QString &subject : {u"cpu_weight"_s, u"io_weight"_s}) {
        const bool configured = subject == u"cpu_weight" ? service.resources.cpuWeight.has_value() : service.resources.ioWeight.has_value();
        if (!configured || (!look.subject.isEmpty() && !look.objection))
            continue;
        Preflight weight = lookAtWeight(service, subject);
        if (look.subject.isEmpty() || !weight.objection)
            look = std::move(weight);
    }
    return look;
}

Preflight look(const LookInput &input)
{
    if (isContainer(input.target))
        return lookContainerScale(input);
    const QString what = input.parameters.value(u"what"_s), text = input.parameters.value(u"by"_s);
    bool ok = text.isEmpty();
    const int by = ok ? 1 : text.toInt(&ok);
    if (!supports(input.target))
        return refused(what, {Decision::Refuse, Reason::NotSupported, u"%1 has nothing that could be scaled"_s.arg(input.target.name), 0});
    if (!ok || by == 0)
        return refused(what, {Decision::Refuse, Reason::NoAction, u"by is \"%1\", expected a number of instances such as 1 or -1"_s.arg(text), 0});
    if (what == u"instances" || (what.isEmpty() && by < 0))
        return lookAtInstances(input.target, by);
    if (what.isEmpty())
        return lookAtAny(input.target, by);
    if (by < 0 || (what != u"cpu_weight" && what != u"io_weight"))
        return refused(what, {Decision::Refuse, Reason::NoAction, u"\"%1\" cannot be scaled by %2; expected instances, cpu_weight or io_weight"_s.arg(what).arg(by), 0});
    return lookAtWeight(input.target, what);
}

QString describe(const ActionRequest &request, const ServiceConfig &service)
{
    if (isContainer(service))
        return describeContainerScale(request, service);
    if (request.subject != u"instances")
        return describeLimits(request);
    const auto plan = scalePlanFromJson(request.plan);
    QStringList calls;
    for (const QString &unit : plan ? plan->start : QStringList())
        calls.append(u"StartUnit(\"%1\", \"replace\")"_s.arg(unit));
    for (const QString &unit : plan ? plan->stop : QStringList())
        calls.append(u"StopUnit(\"%1\", \"replace\")"_s.arg(unit));
    if (calls.isEmpty())
        return {};
    const QString bus = request.manager == Manager::SystemdUser ? u" on the user bus"_s : QString();
    return calls.join(", "_L1) + u" (%1 instances, now %2)"_s.arg(request.valueTarget, request.valueBefore) + bus;
}

ActionRequest inverse(const ActionRequest &done)
{
    if (done.manager == Manager::Container)
        return inverseContainerScale(done);
    if (done.subject != u"instances")
        return inverseOfLimits(done);
    ActionRequest request = done;
    std::swap(request.valueBefore, request.valueTarget);
    if (auto plan = scalePlanFromJson(done.plan)) {
        std::swap(plan->start, plan->stop);
        std::reverse(plan->start.begin(), plan->start.end()); // the last one first
        std::reverse(plan->stop.begin(), plan->stop.end());
        request.plan = toJson(*plan);
    }
    return request;
}

std::shared_ptr<RecoveryAction> make(const ActionRequest &request, const ServiceConfig &service, const ActionTools &)
{
    if (isContainer(service))
        return makeContainerScale(service);
    const bool user = service.manager == Manager::SystemdUser;
    if (!supports(service))
        return nullptr;
    if (request.subject == u"instances")
        return service.resources.instances ? std::make_shared<ScaleInstances>(user, service.resources.instances->templateUnit) : nullptr;
    return planFits(request.plan, service) ? std::make_shared<IncreaseResources>(user, nullptr) : nullptr;
}

} // namespace

ActionKind scaleKind() { return {supports, look, describe, inverse, make}; }

} // namespace prunella
