#include "core/engine/ActionCenter.h"

#include "core/recovery/ContainerRestart.h"
#include "core/recovery/ProcessRestart.h"

#include <QTimer>

namespace prunella {
namespace {

const QString settleJobsId = QStringLiteral("settle-jobs");
constexpr int settleJobsTimeoutMs = 60'000;

/// At start-up: whatever an earlier engine asked systemd for must be over before the journal is read.
class WaitForJobs final : public RecoveryAction
{
public:
    explicit WaitForJobs(QList<ServiceConfig> services) : m_services(std::move(services)) {}

    ActionResult run(const ActionRequest &request, CancelToken &token) override
    {
        for (const auto &service : m_services) {
            const bool user = service.manager == Manager::SystemdUser;
            while (unitHasQueuedJob(service.unit, user).value_or(false)) {
                if (token.wait(std::chrono::milliseconds(50)))
                    return cancelled(request, QStringLiteral("systemd still works on %1").arg(service.unit));
            }
        }
        return completed(request, QStringLiteral("no job is queued"));
    }

private:
    QList<ServiceConfig> m_services;
};

/// The bus connection is opened while there is time, so that the first repair need not wait for it.
class Prepare final : public RecoveryAction
{
public:
    explicit Prepare(std::shared_ptr<SystemdRestart> action) : m_action(std::move(action)) {}
    ActionResult run(const ActionRequest &request, CancelToken &) override
    {
        const auto status = m_action->prepare();
        return completed(request, status ? QString() : status.error().message);
    }

private:
    std::shared_ptr<SystemdRestart> m_action;
};

ActionRequest internalRequest(const QString &id)
{
    ActionRequest request;
    request.id = id;
    request.target = QStringLiteral("prunella/") + id;
    request.timeoutMs = settleJobsTimeoutMs;
    return request;
}

} // namespace

ActionCenter::ActionCenter(const QString &stateDir, std::shared_ptr<const Clock> clock, int threads, QObject *parent)
    : QObject(parent)
    , m_stateDir(stateDir)
    , m_clock(std::move(clock))
    , m_spawner(stateDir, *m_clock)
    , m_inbox(std::make_shared<Mailbox<Message>>([this] { QMetaObject::invokeMethod(this, &ActionCenter::drain, Qt::QueuedConnection); }))
    , m_system(std::make_shared<SystemdRestart>(false))
    , m_user(std::make_shared<SystemdRestart>(true))
    , m_runner(threads, [inbox = m_inbox](ActionResult result) { inbox->post(std::move(result)); })
{
}

ActionCenter::~ActionCenter()
{
    stop();
}

void ActionCenter::stop()
{
    m_runner.stop();
    m_inbox->close();
}

void ActionCenter::prepare(const QList<ServiceConfig> &services)
{
    m_preflight.forgetAll(); // another configuration
    const auto has = [&services](Manager manager) {
        return std::any_of(services.begin(), services.end(), [manager](const auto &service) { return service.manager == manager; });
    };
    if (has(Manager::Systemd) && !m_runner.start(internalRequest(QStringLiteral("prepare-system")), std::make_shared<Prepare>(m_system)))
        return;
    if (has(Manager::SystemdUser))
        (void)m_runner.start(internalRequest(QStringLiteral("prepare-user")), std::make_shared<Prepare>(m_user));
}

void ActionCenter::settleJobs(const QList<ServiceConfig> &services)
{
    QList<ServiceConfig> units;
    for (const auto &service : services) {
        if (service.manager == Manager::Systemd || service.manager == Manager::SystemdUser)
            units.append(service);
    }
    if (units.isEmpty() || !m_runner.start(internalRequest(settleJobsId), std::make_shared<WaitForJobs>(units)))
        QMetaObject::invokeMethod(this, &ActionCenter::jobsSettled, Qt::QueuedConnection);
}

ActionTools ActionCenter::toolsFor(const StartInput &input)
{
    ActionTools tools;
    tools.system = m_system;
    tools.user = m_user;
    tools.related = input.related;
    tools.stateDir = m_stateDir;
    tools.mainPidOf = [processes = input.processes](const ServiceConfig &service) { return processes.value(service.name).pid; };
    tools.checkNow = [inbox = m_inbox](const QString &service, int timeoutMs, CancelToken &token) {
        const auto answers = std::make_shared<Mailbox<QList<CheckResult>>>();
        inbox->post(CheckAsked{service, answers});
        constexpr int lookMs = 50; // between two looks at the token
        for (int left = timeoutMs; left > 0 && !token.isCancelled(); left -= lookMs) {
            if (auto results = answers->waitOne(std::chrono::milliseconds(std::min(left, lookMs))))
                return *results;
        }
        return QList<CheckResult>();
    };
    tools.restartOf = [spawner = &m_spawner, system = m_system, user = m_user, inbox = m_inbox, processes = input.processes](
                          const ServiceConfig &service) -> std::shared_ptr<RecoveryAction> {
        if (service.manager == Manager::Systemd)
            return system;
        if (service.manager == Manager::SystemdUser)
            return user;
        if (service.manager == Manager::Container)
            return std::make_shared<ContainerRestart>(service);
        if (service.manager != Manager::Process)
            return nullptr;
        const auto known = processes.constFind(service.name);
        return std::make_shared<ProcessRestart>(*spawner, service, known == processes.cend() ? std::nullopt : std::optional(*known),
                                                [inbox](const ManagedProcess &started) { inbox->post(started); });
    };
    return tools;
}

void ActionCenter::start(const ActionRequest &request, const StartInput &input)
{
    const QString target = request.unit.isEmpty() ? request.target : request.unit;
    auto lock = TargetLock::acquire(toString(request.manager), target, TargetLock::defaultDirectory(request.manager));
    if (!lock) {
        m_inbox->post(failed(request, FailureKind::Failed, lock.error().message));
        return;
    }
    const QStringList &group = input.service.restart.group;
    const bool groupOfThem = request.type == ActionType::RestartService && !group.isEmpty();
    const bool changesFirst = request.type == ActionType::AdjustTimeout || request.type == ActionType::RollbackDeployment;
    m_locks.emplace(request.id, Held{request.target, std::move(*lock), groupOfThem || changesFirst ? QStringList{request.target} + group : QStringList()});
    m_preflight.forget(request.target); // what was found is not so any more
    const auto make = actionKind(request.type).make;
    const auto action = make ? make(request, input.service, toolsFor(input)) : nullptr;
    if (!action)
        m_inbox->post(failed(request, FailureKind::Failed, QStringLiteral("\"%1\" is no longer in the configuration").arg(request.subject)));
    else if (!m_runner.start(request, action))
        m_inbox->post(failed(request, FailureKind::Failed, QStringLiteral("another action on %1 is not over yet").arg(request.target)));
}

void ActionCenter::drain()
{
    for (auto &message : m_inbox->takeAll()) {
        if (const auto *process = std::get_if<ManagedProcess>(&message))
            Q_EMIT processStarted(*process);
        else if (const auto *asked = std::get_if<CheckAsked>(&message))
            askChecks(*asked);
        else
            finished(std::get<ActionResult>(message));
    }
}

void ActionCenter::askChecks(const CheckAsked &asked)
{
    if (!m_checker)
        asked.answers->post({});
    else
        m_checker(asked.service, [answers = asked.answers](const QList<CheckResult> &results) { answers->post(results); });
}

void ActionCenter::finished(const ActionResult &result)
{
    if (result.actionId == settleJobsId) {
        Q_EMIT jobsSettled();
    } else if (m_locks.count(result.actionId) > 0 || result.status == ActionStatus::Failed) {
        const auto held = m_locks.find(result.actionId);
        const bool failed = held != m_locks.end() && result.status != ActionStatus::Completed;
        for (const QString &service : failed ? held->second.mayRunOn : QStringList())
            Q_EMIT leftRunning(service);
        release(result.actionId);
        Q_EMIT done(result);
    }
}

/// An action that was given up may still run for a while; until it has really ended, nobody else may touch its target.
void ActionCenter::release(const QString &actionId)
{
    constexpr int againMs = 50;
    const auto it = m_locks.find(actionId);
    if (it == m_locks.end())
        return;
    if (m_runner.isBusy(it->second.target))
        QTimer::singleShot(againMs, this, [this, actionId] { release(actionId); });
    else
        m_locks.erase(it);
}

QString ActionCenter::describe(const ActionRequest &request, const ServiceConfig *service)
{
    const auto describe = actionKind(request.type).describe;
    const QString call = service && describe ? describe(request, *service) : QString();
    return call.isEmpty() ? QStringLiteral("%1 on %2").arg(toString(request.type), request.target) : call;
}

} // namespace prunella
