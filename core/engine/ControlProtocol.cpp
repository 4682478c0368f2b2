#include "core/engine/ControlProtocol.h"

#include "core/base/Clock.h"

#include <QLocalSocket>

namespace prunella {
namespace {

using namespace Qt::StringLiterals;

const QMap<QString, CommandKind> &commandWords()
{
    static const QMap<QString, CommandKind> words{
        {u"approve"_s, CommandKind::Approve}, {u"reject"_s, CommandKind::Reject}, {u"acknowledge"_s, CommandKind::Acknowledge},
        {u"resolve"_s, CommandKind::Resolve}, {u"pause"_s, CommandKind::Pause}, {u"resume"_s, CommandKind::Resume},
        {u"ceiling"_s, CommandKind::SetCeiling}, {u"recover"_s, CommandKind::RecoverNow}, {u"acknowledge-store"_s, CommandKind::AcknowledgeStore},
        {u"take-over"_s, CommandKind::TakeOver}, {u"reload"_s, CommandKind::Reload}, {u"feedback"_s, CommandKind::Feedback},
        {u"announce-deployment"_s, CommandKind::AnnounceDeployment}};
    return words;
}

} // namespace

QJsonObject toJson(const Command &command)
{
    QJsonObject object{{u"command"_s, commandWords().key(command.kind)}, {u"incident"_s, command.incidentId}, {u"action_id"_s, command.actionId},
                       {u"plan"_s, command.planHash}, {u"target"_s, command.target}, {u"text"_s, command.text},
                       {u"duration_ms"_s, double(command.durationMs)}, {u"mode"_s, toString(command.mode)}, {u"interactive"_s, command.interactive},
                       {u"mark"_s, toString(command.mark)}, {u"at"_s, isoTime(command.at)},
                       {u"from"_s, command.from}};
    if (command.action)
        object.insert(u"action"_s, toString(*command.action));
    return object;
}

Result<Command> commandFromJson(const QJsonObject &object)
{
    const auto kind = commandWords().constFind(object.value(u"command"_s).toString());
    if (kind == commandWords().cend())
        return failure(ErrorCode::Invalid, u"unknown command; expected one of "_s + commandWords().keys().join(u", "_s));
    Command command;
    command.kind = *kind;
    command.incidentId = object.value(u"incident"_s).toString();
    command.actionId = object.value(u"action_id"_s).toString();
    command.planHash = object.value(u"plan"_s).toString();
    command.target = object.value(u"target"_s).toString();
    command.text = object.value(u"text"_s).toString();
    command.durationMs = qint64(object.value(u"duration_ms"_s).toDouble());
    command.mode = fromString<Mode>(object.value(u"mode"_s).toString()).value_or(Mode::Approve);
    command.interactive = object.value(u"interactive"_s).toBool();
    command.at = fromIsoTime(object.value(u"at"_s).toString());
    command.from = object.value(u"from"_s).toString();
    if (const auto mark = fromString<Mark>(object.value(u"mark"_s).toString()))
        command.mark = *mark;
    else if (command.kind == CommandKind::Feedback)
        return failure(ErrorCode::Invalid, u"unknown mark; expected one of "_s + words<Mark>().join(u", "_s));
    if (object.contains(u"action"_s)) {
        command.action = fromString<ActionType>(object.value(u"action"_s).toString());
        if (!command.action)
            return failure(ErrorCode::Invalid, u"unknown action; expected one of "_s + words<ActionType>().join(u", "_s));
    }
    return command;
}

Result<QJsonObject> askEngine(const QString &socketPath, const QJsonObject &request, int timeoutMs)
{
    QLocalSocket socket;
    socket.connectToServer(socketPath);
    if (!socket.waitForConnected(timeoutMs)) {
        if (socket.error() == QLocalSocket::SocketAccessError)
            return failure(ErrorCode::NotAuthorised, u"%1 belongs to another user"_s.arg(socketPath));
        return failure(ErrorCode::Unavailable, u"the engine is not running (nobody answers at %1); start it with `prunellactl run` or open the console"_s.arg(socketPath));
    }
    socket.write(QJsonDocument(request).toJson(QJsonDocument::Compact) + '\n');
    while (!socket.canReadLine()) {
        if (!socket.waitForReadyRead(timeoutMs))
            return failure(ErrorCode::Timeout, u"the engine did not answer within %1 s"_s.arg(timeoutMs / 1000));
    }
    return QJsonDocument::fromJson(socket.readLine()).object();
}

} // namespace prunella
