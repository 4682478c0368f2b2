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

int feedback(const Options &options, const FeedbackOptions &what)
{
    const auto wrong = [](const QString &text) { return complain({ErrorCode::Invalid, text}); };
    Command command;
    command.kind = CommandKind::Feedback;
    command.text = qs(what.note);
    if (what.missed.empty()) {
        const auto mark = fromString<Mark>(qs(what.mark).replace(u'-', u'_'));
        if (what.id.empty() || !mark || *mark == Mark::Missed)
            return wrong(QStringLiteral("expected: feedback ID false-alarm|real [--note TEXT], or feedback --missed COMPONENT --at TIME"));
        command.incidentId = qs(what.id);
        command.mark = *mark;
        return answer(options, command);
    }
    if (!what.id.empty() || !what.mark.empty())
        return wrong(QStringLiteral("either an incident's ID and a mark, or --missed COMPONENT --at TIME"));
    const auto ago = parseDuration(what.at);
    const QDateTime time = QDateTime::fromString(qs(what.at), Qt::ISODateWithMs);
    if (!ago && !time.isValid())
        return wrong(QStringLiteral("--at %1 is no time; expected for example 2026-11-23T20:15:00Z, or 2h for two hours ago").arg(qs(what.at)));
    command.mark = Mark::Missed;
    command.target = qs(what.missed);
    command.at = ago ? SystemClock().now().wallMs - *ago : time.toMSecsSinceEpoch();
    return answer(options, command);
}

} // namespace prunella::ctl
