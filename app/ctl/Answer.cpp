#include "app/ctl/Commands.h"
#include "core/engine/ControlProtocol.h"
#include "core/engine/EngineOptions.h"

namespace prunella::ctl {

int answer(const Options &options, Command command)
{
    const auto reply = askEngine(controlSocketPath(qs(options.stateDir)), toJson(command));
    if (!reply)
        return complain(reply.error());
    const bool ok = reply->value(QStringLiteral("ok")).toBool();
    const QString text = reply->value(QStringLiteral("text")).toString();
    if (options.json)
        printJson(QJsonObject{{QStringLiteral("schema"), 1}, {QStringLiteral("ok"), ok}, {QStringLiteral("text"), text}});
    if (ok) {
        if (!options.json)
            print(text);
        return Done;
    }
    const auto code = ErrorCode(reply->value(QStringLiteral("code")).toInt());
    printError(QStringLiteral("prunellactl: ") + text);
    return code == ErrorCode::NotAuthorised ? NoRights : AnswerIsNo;
}

} // namespace prunella::ctl
