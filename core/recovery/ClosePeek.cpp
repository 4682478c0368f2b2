#include "core/recovery/ClosePeek.h"

#include "core/base/Clock.h"
#include "core/base/Failpoint.h"
#include "core/recovery/DebugLevel.h"
#include "core/recovery/RunCommand.h"
#include "core/recovery/SafeName.h"
#include "core/recovery/Snapshot.h"

#include <QJsonDocument>
#include <QJsonObject>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

const QString debugLevel = u"debug"_s;
constexpr qint64 commandMs = 30'000;

QString seconds(qint64 ms)
{
    return QString::number(double(ms) / 1000.0) + u" s"_s;
}

/// The part of the call that touches the service, in words.
QString levelCall(bool debug, const ClosePeekPlan &plan, const ClosePeekConfig &config)
{
    if (const int number = debug ? config.debugSignal : config.quietSignal; number != 0)
        return u"send %1 to its main process"_s.arg(signalName(number));
    if (config.debugSignal != 0)
        return u"leave its log level (there is no quiet_signal)"_s;
    if (config.logControl)
        return u"set LogLevel of %1 to \"%2\""_s.arg(plan.busName, debug ? debugLevel : plan.levelBefore);
    if (const QStringList &vector = debug ? config.debugCommand : config.quietCommand; !vector.isEmpty())
        return RunCommand::describe(ClosePeek::commandOf(vector));
    return config.debugCommand.isEmpty() ? QString() : u"leave its log level (there is no quiet_command)"_s;
}

ClosePeekPlan planOf(const ActionRequest &request, const ServiceConfig &service)
{
    const ClosePeekPlan configured{service.closePeek.durationMs, service.closePeek.intervalMs, service.closePeek.busName, {}};
    return closePeekPlanFromJson(request.plan).value_or(configured);
}

FailureKind kindOf(const Error &error)
{
    return error.code == ErrorCode::NotAuthorised ? FailureKind::NotAuthorised : FailureKind::Failed;
}

} // namespace

QString closePeekBefore()
{
    return u"as before"_s;
}

QString toJson(const ClosePeekPlan &plan)
{
    const QJsonObject object{{u"for_ms"_s, plan.forMs}, {u"interval_ms"_s, plan.intervalMs}, {u"bus_name"_s, plan.busName}, {u"level_before"_s, plan.levelBefore}};
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

Result<ClosePeekPlan> closePeekPlanFromJson(const QString &json)
{
    const QJsonObject object = QJsonDocument::fromJson(json.toUtf8()).object();
    ClosePeekPlan plan{object[u"for_ms"_s].toInteger(), object[u"interval_ms"_s].toInteger(), object[u"bus_name"_s].toString(),
                       object[u"level_before"_s].toString()};
    if (plan.forMs <= 0 || plan.intervalMs <= 0)
        return failure(ErrorCode::Invalid, u"this is no plan of a closer look"_s);
    return plan;
}

ClosePeek::ClosePeek(ServiceConfig service, QString stateDir, std::function<qint64(const CancelToken &)> mainPid, std::shared_ptr<const Clock> clock)
    : m_service(std::move(service)), m_stateDir(std::move(stateDir)), m_mainPid(std::move(mainPid)), m_clock(std::move(clock))
{
}

CommandConfig ClosePeek::commandOf(const QStringList &vector)
{
    CommandConfig command;
    command.name = vector.value(0);
    command.command = vector;
    command.timeoutMs = commandMs;
    return command;
}

QString ClosePeek::describe(const ActionRequest &request, const ServiceConfig &service)
{
    const ClosePeekPlan plan = planOf(request, service);
    const bool undo = request.valueTarget == closePeekBefore();
    const QString call = levelCall(!undo, plan, service.closePeek);
    const QString level = call.isEmpty() ? QString() : u"; "_s + call;
    if (undo)
        return u"sample %1 as before"_s.arg(service.name) + level;
    return u"sample %1 every %2 for %3; keep a snapshot of processes, open files, sockets, log and control group%4"_s
               .arg(service.name, seconds(plan.intervalMs), seconds(plan.forMs), service.closePeek.stack ? u" with stacks"_s : QString()) + level;
}

ActionRequest ClosePeek::inverseOf(const ActionRequest &done)
{
    ActionRequest inverse = done;
    inverse.valueBefore = done.valueTarget;
    inverse.valueTarget = done.valueBefore;
    return inverse;
}

Result<QString> ClosePeek::setLevel(bool debug, const ClosePeekPlan &plan, const ActionRequest &request, CancelToken &token) const
{
    const ClosePeekConfig &config = m_service.closePeek;
    const QString call = levelCall(debug, plan, config);
    const int number = debug ? config.debugSignal : config.quietSignal;
    const QStringList &vector = debug ? config.debugCommand : config.quietCommand;
    Status done;
    if (number != 0) {
        const qint64 pid = m_mainPid(token);
        if (pid == 0)
            return u"it does not run, so nothing was sent to it"_s;
        done = sendSignal(pid, number);
    } else if (config.logControl) {
        done = writeLogLevel({plan.busName, m_service.manager == Manager::SystemdUser}, debug ? debugLevel : plan.levelBefore, token);
    } else if (!vector.isEmpty()) {
        const ActionResult result = RunCommand(commandOf(vector)).run(request, token);
        if (result.status != ActionStatus::Completed)
            return failure(result.failure == FailureKind::NotAuthorised ? ErrorCode::NotAuthorised : ErrorCode::Io, result.output);
    }
    if (!done)
        return tl::unexpected(done.error());
    return call;
}

Result<QString> ClosePeek::keepSnapshot(const ActionRequest &request, const CancelToken &token) const
{
    SnapshotSubject subject;
    subject.service = m_service;
    subject.pid = m_mainPid(token);
    subject.stateDir = m_stateDir;
    subject.incidentId = request.incidentId;
    subject.actionId = request.id;
    const QByteArray text = takeSnapshot(subject, m_clock->now(), token);
    return writeAttachment(m_stateDir, safeFileName(request.incidentId) + u'-' + safeFileName(request.id) + u".txt"_s, text);
}

ActionResult ClosePeek::run(const ActionRequest &request, CancelToken &token)
{
    const bool undo = request.valueTarget == closePeekBefore();
    const ClosePeekPlan plan = planOf(request, m_service);
    QStringList lines;
    QString attachment;
    if (!undo) {
        const Result<QString> kept = keepSnapshot(request, token);
        lines.append(kept ? u"snapshot in "_s + *kept : u"no snapshot: "_s + kept.error().message);
        attachment = kept.value_or(QString());
    }
    failpoint("call_sent");
    const Result<QString> level = setLevel(!undo, plan, request, token);
    if (!level || !level->isEmpty())
        lines.append(level ? *level : level.error().message);
    if (undo && lines.isEmpty())
        lines.append(u"sampled as before"_s);
    failpoint("job_done");
    const QString text = lines.join(u"; "_s);
    ActionResult result = level ? completed(request, text) : failed(request, kindOf(level.error()), text);
    if (token.isCancelled())
        result = cancelled(request, text);
    result.attachment = attachment;
    return result;
}

} // namespace prunella
