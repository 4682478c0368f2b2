#include "core/recovery/ContainerUpdate.h"

#include "core/base/ControlGroup.h"
#include "core/base/Failpoint.h"
#include "core/recovery/ActionKind.h"
#include "core/recovery/HostMemory.h"

#include <QLocale>

#include <cmath>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

const QStringList allSubjects{u"memory"_s, u"cpu"_s, u"tasks"_s};
constexpr double kPeriodUs = 100'000;

const std::optional<LimitConfig> &configOf(const ResourcesConfig &resources, const QString &subject)
{
    static const std::optional<LimitConfig> none;
    return subject == "memory"_L1 ? resources.memory : subject == "cpu"_L1 ? resources.cpu : subject == "tasks"_L1 ? resources.tasks : none;
}

QString ofCause(const QString &causeId)
{
    const auto has = [&causeId](std::initializer_list<const char *> words) {
        return std::any_of(words.begin(), words.end(), [&](const char *word) { return causeId.contains(QLatin1String(word)); });
    };
    if (has({"memory", "oom", "leak", "swap"}))
        return u"memory"_s;
    if (has({"throttl", "quota", "cpu"}))
        return u"cpu"_s;
    return has({"task", "fork", "thread"}) ? u"tasks"_s : QString();
}

GroupValue limitOf(const QString &subject)
{
    return subject == "memory"_L1 ? GroupValue::MemoryLimit : subject == "cpu"_L1 ? GroupValue::CpuLimit : GroupValue::TasksLimit;
}

QString words(const QString &subject, double value)
{
    if (subject == "memory"_L1)
        return QLocale::c().formattedDataSize(qint64(value));
    return QString::number(qint64(value)) + (subject == "cpu"_L1 ? u" %"_s : QString());
}

/// Whole pages, percent and counts: what the kernel can hold.
double rounded(const QString &subject, double value)
{
    const double page = double(sysconf(_SC_PAGESIZE));
    return subject == "memory"_L1 ? std::floor(value / page) * page : std::floor(value);
}

/// The most that the host can give, in the unit of the subject.
double hostMost(const QString &subject, double present)
{
    if (subject == "cpu"_L1)
        return 100.0 * double(sysconf(_SC_NPROCESSORS_ONLN));
    return subject == "memory"_L1 ? present + spareMemory() : std::numeric_limits<double>::max();
}

qint64 pidOf(const QJsonObject &inspected)
{
    return inspected.value("State"_L1).toObject().value("Pid"_L1).toInteger();
}

Preflight refused(const QString &subject, Reason reason, const QString &why)
{
    Preflight look;
    look.subject = subject;
    look.objection = RecoveryDecision{Decision::Refuse, reason, why, 0};
    look.idempotent = true;
    return look;
}

Preflight lookAt(const ServiceConfig &service, const QString &subject, const QJsonObject &inspected)
{
    const auto &config = configOf(service.resources, subject);
    if (!config)
        return refused(subject, Reason::NoAction, u"resources.%1 of %2 is not configured for its container"_s.arg(subject, service.name));
    if (pidOf(inspected) <= 0)
        return refused(subject, Reason::NoAction, u"container %1 does not run, so it has no limit that could be raised"_s.arg(service.container));
    const auto present = groupValue(pidOf(inspected), limitOf(subject));
    if (!present)
        return refused(subject, Reason::NoAction, u"container %1 has no limit of %2 that could be raised"_s.arg(service.container, subject));
    const double wanted = rounded(subject, std::min(*present * config->step, config->max));
    if (wanted <= *present)
        return refused(subject, Reason::AtMaximum, u"the limit of %1 is %2, the configured most is %3"_s
                           .arg(subject, words(subject, *present), words(subject, config->max)));
    const double target = std::min(wanted, rounded(subject, hostMost(subject, *present)));
    if (target <= *present)
        return refused(subject, Reason::NoRoom, u"the host has no %1 left to give beyond %2"_s.arg(subject, words(subject, *present)));
    Preflight look;
    look.subject = subject;
    look.valueBefore = QString::number(qint64(*present));
    look.valueTarget = QString::number(qint64(target));
    look.idempotent = true;
    return look;
}

/// HostConfig's keys for the value. Swap keeps the room it had beyond memory: docker refuses more memory than both together.
QJsonObject limitsFor(const QString &subject, double value, const QJsonObject &host)
{
    if (subject == "tasks"_L1)
        return {{u"PidsLimit"_s, qint64(value)}};
    if (subject == "cpu"_L1) {
        if (host.value("NanoCpus"_L1).toInteger() > 0 && host.value("CpuQuota"_L1).toInteger() == 0)
            return {{u"NanoCpus"_s, qint64(value * 1e7)}}; // docker takes no quota where cpus were given
        return {{u"CpuQuota"_s, qint64(value * kPeriodUs / 100)}, {u"CpuPeriod"_s, qint64(kPeriodUs)}};
    }
    const qint64 memory = host.value("Memory"_L1).toInteger(), swap = host.value("MemorySwap"_L1).toInteger();
    const qint64 beyond = memory > 0 && swap >= memory ? swap - memory : qint64(value);
    return {{u"Memory"_s, qint64(value)}, {u"MemorySwap"_s, swap < 0 ? swap : qint64(value) + beyond}};
}

} // namespace

Preflight ContainerUpdate::look(const LookInput &input)
{
    const QString asked = input.parameters.value(u"resource"_s), subject = asked.isEmpty() ? ofCause(input.causeId) : asked;
    if (!subject.isEmpty() && !allSubjects.contains(subject))
        return refused(subject, Reason::NoAction, u"a container can be given more %1, not %2"_s.arg(allSubjects.join(u", "_s), subject));
    const CancelToken token;
    const auto inspected = ContainerApi(input.target.socket, token).inspect(input.target.container);
    if (!inspected) {
        Preflight look = refused(subject, Reason::NoAction, {});
        look.objection = refusalOf(inspected.error());
        return look;
    }
    if (!subject.isEmpty())
        return lookAt(input.target, subject, *inspected);
    std::optional<Preflight> first;
    for (const QString &one : allSubjects) {
        if (!configOf(input.target.resources, one))
            continue;
        Preflight look = lookAt(input.target, one, *inspected);
        if (!look.objection)
            return look;
        if (!first)
            first = std::move(look);
    }
    return first.value_or(refused({}, Reason::NoAction, u"no limit is configured below resources of "_s + input.target.name));
}

QString ContainerUpdate::describe(const ActionRequest &request, const ServiceConfig &service)
{
    if (request.valueTarget.isEmpty())
        return {};
    return u"POST /containers/%1/update: %2 %3, now %4"_s.arg(service.container, request.subject, words(request.subject, request.valueTarget.toDouble()),
                                                             words(request.subject, request.valueBefore.toDouble()));
}

ActionRequest ContainerUpdate::inverse(const ActionRequest &done)
{
    ActionRequest request = done;
    std::swap(request.valueBefore, request.valueTarget);
    return request;
}

ActionResult ContainerUpdate::run(const ActionRequest &request, CancelToken &token)
{
    bool ok = false;
    const double target = request.valueTarget.toDouble(&ok), before = request.valueBefore.toDouble();
    if (!ok || target <= 0 || !allSubjects.contains(request.subject))
        return failed(request, FailureKind::Failed, u"\"%1\" is no limit of a container"_s.arg(request.subject));
    const ContainerApi api(m_service.socket, token);
    const auto inspected = api.inspect(m_service.container);
    if (!inspected)
        return containerFailure(request, inspected.error(), token);
    const auto present = groupValue(pidOf(*inspected), limitOf(request.subject));
    if (present && *present == target)
        return completed(request, u"%1 of %2 is %3 already"_s.arg(request.subject, m_service.container, words(request.subject, target)));
    if (!present || *present != before)
        return failed(request, FailureKind::Failed, u"the limit of %1 is %2 by now and not %3: nothing was done"_s
                          .arg(request.subject, present ? words(request.subject, *present) : u"none"_s, words(request.subject, before)));
    const Status updated = api.update(m_service.container, limitsFor(request.subject, target, inspected->value("HostConfig"_L1).toObject()));
    if (!updated)
        return containerFailure(request, updated.error(), token, u"update of container "_s + m_service.container);
    failpoint("call_sent");
    const auto after = groupValue(pidOf(*inspected), limitOf(request.subject));
    if (!after || *after != target)
        return failed(request, FailureKind::Failed, u"the daemon took it, but the kernel's limit of %1 is %2"_s
                          .arg(request.subject, after ? words(request.subject, *after) : u"none"_s));
    return completed(request, u"%1 of %2 is %3 now"_s.arg(request.subject, m_service.container, words(request.subject, target)));
}

} // namespace prunella
