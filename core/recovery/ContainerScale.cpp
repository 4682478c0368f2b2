#include "core/recovery/ContainerScale.h"

#include "core/base/ControlGroup.h"
#include "core/base/Failpoint.h"
#include "core/recovery/ActionKind.h"
#include "core/recovery/ContainerCopy.h"
#include "core/recovery/HostMemory.h"

#include <QJsonArray>
#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

struct Plan { QStringList make, remove; };

QString toJson(const Plan &plan)
{
    const QJsonObject object{{u"make"_s, QJsonArray::fromStringList(plan.make)}, {u"remove"_s, QJsonArray::fromStringList(plan.remove)}};
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

/// Only names that are copies of this very container: a plan comes back from the journal.
std::optional<Plan> planOf(const QString &text)
{
    const auto document = QJsonDocument::fromJson(text.toUtf8());
    if (!document.isObject())
        return std::nullopt;
    const auto names = [&document](const QString &key) {
        QStringList list;
        for (const auto &name : document.object().value(key).toArray())
            list.append(name.toString());
        return list;
    };
    return Plan{names(u"make"_s), names(u"remove"_s)};
}

/// "web-3" of "web" -> 3; 0: it is no name of a copy
int numberOf(const QString &copy, const QString &container)
{
    bool ok = false;
    const int number = copy.startsWith(QString(container + u'-')) ? copy.mid(container.size() + 1).toInt(&ok) : 0;
    return ok && number >= 2 ? number : 0;
}

Preflight refused(Reason reason, const QString &why)
{
    Preflight look;
    look.subject = u"instances"_s;
    look.objection = RecoveryDecision{Decision::Refuse, reason, why, 0};
    look.idempotent = true;
    return look;
}

/// The lowest free numbers from 2 on, or the highest ones that are there.
Plan planFor(const QString &container, const QList<int> &numbers, int by)
{
    Plan plan;
    for (int number = 2; plan.make.size() < by; ++number) {
        if (!numbers.contains(number))
            plan.make.append(u"%1-%2"_s.arg(container).arg(number));
    }
    for (qsizetype i = numbers.size(); i > 0 && plan.remove.size() < -by; --i)
        plan.remove.append(u"%1-%2"_s.arg(container).arg(numbers.at(i - 1)));
    return plan;
}

bool hasRoom(const QJsonObject &inspected, qsizetype copies)
{
    const qint64 pid = inspected.value("State"_L1).toObject().value("Pid"_L1).toInteger();
    const auto used = pid > 0 ? groupValue(pid, GroupValue::MemoryUsed) : std::nullopt;
    return !used || *used * double(copies) <= spareMemory();
}

} // namespace

Preflight ContainerScale::look(const LookInput &input)
{
    const ServiceConfig &service = input.target;
    const QString text = input.parameters.value(u"by"_s);
    bool ok = text.isEmpty();
    const int by = ok ? 1 : text.toInt(&ok);
    if (!service.resources.instances || !ok || by == 0)
        return refused(Reason::NoAction, service.resources.instances ? u"by is \"%1\", expected a number of copies such as 1 or -1"_s.arg(text)
                                                                     : u"resources.instances of %1 is not configured"_s.arg(service.name));
    const InstancesConfig &config = *service.resources.instances;
    const CancelToken token;
    const ContainerApi api(service.socket, token);
    const auto inspected = api.inspect(service.container);
    const auto copies = inspected ? api.namesWithLabel(QString::fromLatin1(copyLabel), service.container) : tl::unexpected(inspected.error());
    Preflight look = refused(Reason::NoAction, {});
    const auto sibling = inspected ? siblingOf(*inspected, service.container) : tl::unexpected(inspected.error());
    if (!copies || !sibling) {
        look.objection = refusalOf(copies ? sibling.error() : copies.error());
        return look;
    }
    QList<int> numbers;
    for (const QString &copy : *copies)
        numbers.append(numberOf(copy, service.container));
    numbers.removeAll(0);
    std::sort(numbers.begin(), numbers.end());
    const int now = int(numbers.size()) + 1, target = std::clamp(now + by, std::max(1, config.min), std::max(1, config.max));
    if ((by > 0 && target <= now) || (by < 0 && target >= now))
        return refused(Reason::AtMaximum, u"%1 of %2 to %3 instances run"_s.arg(now).arg(config.min).arg(config.max));
    if (by > 0 && !hasRoom(*inspected, target - now))
        return refused(Reason::NoRoom, u"the host has not as much memory left as container %1 uses"_s.arg(service.container));
    look.objection.reset();
    look.valueBefore = QString::number(now);
    look.valueTarget = QString::number(target);
    look.plan = toJson(planFor(service.container, numbers, target - now));
    return look;
}

QString ContainerScale::describe(const ActionRequest &request, const ServiceConfig &service)
{
    const auto plan = planOf(request.plan);
    if (!plan)
        return {};
    const QString what = plan->make.isEmpty() ? u"stop and remove "_s + plan->remove.join(u", "_s)
                                              : u"make and start %1, like %2"_s.arg(plan->make.join(u", "_s), service.container);
    return what + u" (%1 instances, now %2)"_s.arg(request.valueTarget, request.valueBefore);
}

ActionRequest ContainerScale::inverse(const ActionRequest &done)
{
    ActionRequest request = done;
    std::swap(request.valueBefore, request.valueTarget);
    if (auto plan = planOf(done.plan)) {
        std::swap(plan->make, plan->remove);
        request.plan = toJson(*plan);
    }
    return request;
}

Status ContainerScale::make(const ContainerApi &api, const QString &name, const CancelToken &token, ContainerDeadline deadline) const
{
    const auto there = api.inspect(name);
    const auto label = [](const QJsonObject &inspected) {
        return inspected.value("Config"_L1).toObject().value("Labels"_L1).toObject().value(QLatin1String(copyLabel)).toString();
    };
    if (there && label(*there) != m_service.container)
        return failure(ErrorCode::Busy, u"there is a container %1 that is no copy of %2"_s.arg(name, m_service.container));
    if (!there) {
        const auto original = api.inspect(m_service.container);
        const auto copy = original ? siblingOf(*original, m_service.container) : tl::unexpected(original.error());
        if (!copy)
            return tl::unexpected(copy.error());
        if (const Status created = api.create(name, copy->config); !created)
            return created;
        for (auto it = copy->networks.cbegin(); it != copy->networks.cend(); ++it) {
            if (const Status connected = api.connect(name, it.key(), it.value()); !connected)
                return connected;
        }
    }
    if (const Status started = api.start(name); !started)
        return started;
    const auto pid = awaitContainer(api, name, token, deadline, m_timing);
    return pid ? Status() : tl::unexpected(pid.error());
}

Status ContainerScale::remove(const ContainerApi &api, const QString &name, int timeoutMs) const
{
    const auto there = api.inspect(name);
    if (!there)
        return there.error().code == ErrorCode::NotFound ? Status() : tl::unexpected(there.error());
    if (const Status stopped = api.stop(name, stopSeconds(*there, timeoutMs)); !stopped)
        return stopped;
    return api.remove(name);
}

ActionResult ContainerScale::run(const ActionRequest &request, CancelToken &token)
{
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(request.timeoutMs);
    const auto plan = planOf(request.plan);
    const QStringList all = plan ? plan->make + plan->remove : QStringList();
    if (all.isEmpty() || std::any_of(all.begin(), all.end(), [this](const QString &name) { return numberOf(name, m_service.container) == 0; }))
        return failed(request, FailureKind::Failed, u"the plan names no copies of container "_s + m_service.container);
    const ContainerApi api(m_service.socket, token);
    const CancelToken never;
    for (const QString &name : plan->make) {
        const Status made = make(api, name, token, deadline);
        failpoint("call_sent");
        if (made)
            continue;
        if (made.error().code != ErrorCode::Busy) // a name that is another's stays
            (void)remove(ContainerApi(m_service.socket, never), name, request.timeoutMs);
        return containerFailure(request, made.error(), token, u"copy "_s + name);
    }
    for (const QString &name : plan->remove) {
        if (const Status removed = remove(api, name, request.timeoutMs); !removed)
            return containerFailure(request, removed.error(), token, u"copy "_s + name);
    }
    return completed(request, u"%1 instances of container %2"_s.arg(request.valueTarget, m_service.container));
}

} // namespace prunella
