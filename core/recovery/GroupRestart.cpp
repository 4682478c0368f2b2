#include "core/recovery/GroupRestart.h"

#include "core/recovery/TargetLock.h"

#include <QElapsedTimer>
#include <QSet>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

/// Depth first: whatever a service needs comes before it.
class Order
{
public:
    Order(const ServiceConfig &target, const QList<ServiceConfig> &related) : m_target(target), m_related(related) {}
    void visit(const ServiceConfig &service)
    {
        if (m_seen.contains(service.name))
            return;
        m_seen.insert(service.name);
        for (const QString &needed : service.dependsOn)
            if (const ServiceConfig *other = known(needed))
                visit(*other);
        if (service.name == m_target.name || m_target.restart.group.contains(service.name))
            m_order.append(service);
    }
    [[nodiscard]] const ServiceConfig *known(const QString &name) const { return name == m_target.name ? &m_target : named(m_related, name); }
    [[nodiscard]] QList<ServiceConfig> order() const { return m_order; }

private:
    const ServiceConfig &m_target;
    const QList<ServiceConfig> &m_related;
    QSet<QString> m_seen;
    QList<ServiceConfig> m_order;
};

/// What was done until now, for the result.
struct Progress {
    QStringList stopped, started; ///< names; `started` leaves `stopped`
    QStringList lines;
};

ActionResult endedBy(ActionResult result, const QString &member, const QString &verb, const Progress &progress)
{
    QString text = u"%1 could not be %2: "_s.arg(member, verb) + result.output;
    if (!progress.started.isEmpty())
        text += u"; restarted before: "_s + progress.started.join(u", "_s);
    text += progress.stopped.isEmpty() ? u"; nothing else is stopped"_s : u"; stopped and not started again: "_s + progress.stopped.join(u", "_s);
    result.output = text;
    return result;
}

QString lockTarget(const ServiceConfig &service)
{
    return service.unit.isEmpty() ? service.name : service.unit;
}

/// One action a target on the whole host also for the members; the group's own target is locked by who started this.
Result<std::vector<TargetLock>> lockOthers(const QList<GroupRestart::Member> &members, const QString &target)
{
    std::vector<TargetLock> locks;
    for (const auto &[service, restart] : members) {
        if (service.name == target)
            continue;
        auto lock = TargetLock::acquire(toString(service.manager), lockTarget(service), TargetLock::defaultDirectory(service.manager));
        if (!lock)
            return tl::unexpected(lock.error());
        locks.push_back(std::move(*lock));
    }
    return locks;
}

} // namespace

QList<ServiceConfig> restartOrder(const ServiceConfig &target, const QList<ServiceConfig> &related)
{
    Order order(target, related);
    order.visit(target);
    for (const QString &name : target.restart.group)
        if (const ServiceConfig *member = order.known(name))
            order.visit(*member);
    return order.order();
}

ActionRequest memberRequest(const ActionRequest &request, const ServiceConfig &member, qint64 leftMs)
{
    ActionRequest own = request;
    own.timeoutMs = int(std::max<qint64>(leftMs, 1));
    if (member.name == request.target)
        return own;
    own.target = member.name;
    own.manager = member.manager;
    own.unit = member.unit;
    own.invocationBefore.clear();
    own.resetStartLimit = false; // a person said so of the target only
    return own;
}

ActionResult GroupRestart::run(const ActionRequest &request, CancelToken &token)
{
    const auto locks = lockOthers(m_members, request.target);
    if (!locks)
        return failed(request, FailureKind::Failed, locks.error().message + u"; nothing was done"_s);
    QElapsedTimer timer;
    timer.start();
    Progress progress;
    for (auto it = m_members.crbegin(); it != m_members.crend(); ++it) {
        const ActionRequest own = memberRequest(request, it->service, request.timeoutMs - timer.elapsed());
        if (ActionResult result = it->restart->stop(own, token); result.status != ActionStatus::Completed)
            return endedBy(std::move(result), it->service.name, u"stopped"_s, progress);
        progress.stopped.append(it->service.name);
    }
    progress.lines.append(u"stopped "_s + progress.stopped.join(u", "_s));
    qint64 newPid = 0;
    for (const auto &[service, restart] : m_members) {
        ActionResult result = restart->run(memberRequest(request, service, request.timeoutMs - timer.elapsed()), token);
        if (result.status != ActionStatus::Completed)
            return endedBy(std::move(result), service.name, u"started"_s, progress);
        progress.stopped.removeOne(service.name);
        progress.started.append(service.name);
        progress.lines.append(service.name + u": "_s + result.output);
        newPid = service.name == request.target ? result.newPid : newPid;
    }
    return completed(request, progress.lines.join(u'\n'), newPid);
}

} // namespace prunella
