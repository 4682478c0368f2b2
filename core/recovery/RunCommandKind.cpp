// run_command as a row of the table.
#include "core/recovery/ActionKind.h"
#include "core/recovery/RunCommand.h"

namespace prunella {
namespace {

bool supports(const ServiceConfig &service) { return !service.commands.isEmpty(); }

/// The one a procedure names, else the first that is for the cause.
Preflight look(const LookInput &input)
{
    Preflight look;
    const QString wanted = input.parameters.value(QStringLiteral("command"));
    const CommandConfig *command = wanted.isEmpty() ? RunCommand::commandFor(input.target.commands, input.causeId)
                                                    : named(input.target.commands, wanted);
    if (!command) {
        const QString what = wanted.isEmpty() ? QStringLiteral("is for %1").arg(input.causeId) : QStringLiteral("is named %1").arg(wanted);
        look.objection = refusalOf({ErrorCode::NotFound, QStringLiteral("no command of %1 %2").arg(input.target.name, what)});
        return look;
    }
    look.subject = command->name;
    look.repeatable = command->idempotent;
    look.idempotent = command->idempotent;
    if (const auto ready = RunCommand::prepare(*command); !ready)
        look.objection = refusalOf(ready.error());
    return look;
}

QString describe(const ActionRequest &request, const ServiceConfig &service)
{
    const CommandConfig *command = named(service.commands, request.subject);
    return command ? RunCommand::describe(*command) : QString();
}

std::shared_ptr<RecoveryAction> make(const ActionRequest &request, const ServiceConfig &service, const ActionTools &)
{
    const CommandConfig *command = named(service.commands, request.subject);
    return command ? std::make_shared<RunCommand>(*command) : nullptr;
}

} // namespace

ActionKind runCommandKind() { return {supports, look, describe, nullptr, make}; }

} // namespace prunella
