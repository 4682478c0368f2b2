// restart_service as a row of the table.
// Parameter of a procedure's step: how = reload | restart (absent: as the service's `restart` says).
// subject: "reload" when that is enough, else empty. plan of a group: [{"service": "db", "call": "..."}, ...] in the order of the start.
#include "core/recovery/ActionKind.h"
#include "core/recovery/ContainerRestart.h"
#include "core/recovery/GroupRestart.h"
#include "core/recovery/ProcessRestart.h"
#include "core/recovery/ReadyRestart.h"
#include "core/recovery/SystemdRestart.h"
#include "core/recovery/UnitLook.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

const QString reloadWord = u"reload"_s;

bool isSystemd(const ServiceConfig &service)
{
    return service.manager == Manager::Systemd || service.manager == Manager::SystemdUser;
}

bool supports(const ServiceConfig &service)
{
    return isSystemd(service) || service.manager == Manager::Process || service.manager == Manager::Container;
}

bool wantsReload(const LookInput &input)
{
    const QString how = input.parameters.value(u"how"_s);
    if (!isSystemd(input.target) || (!how.isEmpty() && how != reloadWord))
        return false;
    return how == reloadWord || input.target.restart.reload || input.target.restart.reloadFor.contains(input.causeId);
}

/// Without either there is nothing to find: a restart is not held up for it.
bool looks(const LookInput &input)
{
    return wantsReload(input) || !input.target.restart.group.isEmpty();
}

QString callOf(const ActionRequest &request, const ServiceConfig &service)
{
    if (service.manager == Manager::Process)
        return ProcessRestart::describe(service);
    if (service.manager == Manager::Container)
        return ContainerRestart::describe(service);
    const UnitCall what = request.subject == reloadWord ? UnitCall::Reload : UnitCall::Restart;
    return describeRestart(request, what).value_or(u"restart "_s + request.target);
}

QString planOf(const QList<ServiceConfig> &members)
{
    QJsonArray steps;
    for (const ServiceConfig &member : members) {
        const QString call = callOf(memberRequest({}, member, 0), member);
        steps.append(QJsonObject{{u"service"_s, member.name}, {u"call"_s, call}});
    }
    return QString::fromUtf8(QJsonDocument(steps).toJson(QJsonDocument::Compact));
}

Preflight lookAtGroup(const LookInput &input)
{
    Preflight look;
    const QList<ServiceConfig> members = restartOrder(input.target, input.related);
    for (const ServiceConfig &member : members)
        if (!actionKind(ActionType::RestartService).supports(member))
            look.objection = refusalOf({ErrorCode::Invalid, u"%1 of the restart group of %2 cannot be restarted: its manager is %3"_s
                                                                .arg(member.name, input.target.name, toString(member.manager))});
    look.plan = planOf(members);
    return look;
}

Preflight look(const LookInput &input)
{
    if (wantsReload(input)) {
        const CancelToken token;
        const auto unit = lookAtUnit(input.target.unit, input.target.manager == Manager::SystemdUser, token);
        if (unit && unit->isActive() && unit->canReload) {
            Preflight look;
            look.subject = reloadWord;
            look.idempotent = true;
            return look;
        }
    }
    return input.target.restart.group.isEmpty() ? Preflight() : lookAtGroup(input);
}

QString describe(const ActionRequest &request, const ServiceConfig &service)
{
    const QJsonArray steps = QJsonDocument::fromJson(request.plan.toUtf8()).array();
    if (steps.size() < 2 || request.subject == reloadWord)
        return callOf(request, service);
    QStringList names, calls;
    for (const QJsonValue &step : steps) {
        const QString name = step[u"service"_s].toString();
        names.prepend(name);
        calls.append(name + u": "_s + (name == request.target ? callOf(request, service) : step[u"call"_s].toString()));
    }
    return u"stop "_s + names.join(u", "_s) + u"; then "_s + calls.join(u"; "_s);
}

/// SystemdRestart::reload as an action.
class UnitReload final : public RecoveryAction
{
public:
    explicit UnitReload(std::shared_ptr<SystemdRestart> systemd) : m_systemd(std::move(systemd)) {}
    ActionResult run(const ActionRequest &request, CancelToken &token) override { return m_systemd->reload(request, token); }

private:
    const std::shared_ptr<SystemdRestart> m_systemd;
};

/// As the plan says; without one (nothing was looked at) in the order of the configuration.
std::shared_ptr<RecoveryAction> makeGroup(const ActionRequest &request, const ServiceConfig &service, const ActionTools &tools)
{
    QList<ServiceConfig> members;
    const QJsonArray steps = QJsonDocument::fromJson(request.plan.toUtf8()).array();
    for (const QJsonValue &step : steps) {
        const QString name = step[u"service"_s].toString();
        const ServiceConfig *member = name == service.name ? &service : named(tools.related, name);
        if (!member)
            return nullptr;
        members.append(*member);
    }
    if (members.isEmpty())
        members = restartOrder(service, tools.related);
    QList<GroupRestart::Member> group;
    for (const ServiceConfig &member : std::as_const(members)) {
        auto restart = tools.restartOf(member);
        if (!restart)
            return nullptr;
        group.append({member, std::make_shared<ReadyRestart>(std::move(restart), member, tools)});
    }
    return std::make_shared<GroupRestart>(std::move(group));
}

std::shared_ptr<RecoveryAction> make(const ActionRequest &request, const ServiceConfig &service, const ActionTools &tools)
{
    if (request.subject == reloadWord && isSystemd(service)) {
        const auto systemd = service.manager == Manager::SystemdUser ? tools.user : tools.system;
        return std::make_shared<ReadyRestart>(std::make_shared<UnitReload>(systemd), service, tools);
    }
    if (!service.restart.group.isEmpty())
        return makeGroup(request, service, tools);
    auto restart = tools.restartOf(service);
    if (!restart || service.health.isEmpty())
        return restart;
    return std::make_shared<ReadyRestart>(std::move(restart), service, tools);
}

} // namespace

ActionKind restartKind() { return {supports, look, describe, nullptr, make, looks}; }

} // namespace prunella
