// What was changed on the machine: told by the store, announced to the running engine.
#include "app/ctl/Commands.h"
#include "core/config/ConfigLoader.h"
#include "core/engine/EngineOptions.h"
#include "core/model/Json.h"
#include "core/store/StoreReader.h"

#include <QDateTime>

namespace prunella::ctl {
namespace {

/// With --config the name is looked for there first: a typing error is told even when the engine is not running.
Result<bool> isConfigured(const Options &options, const QString &service)
{
    if (options.config.empty())
        return true;
    const auto loaded = loadConfig(defaultSources(qs(options.config), qs(options.environment)));
    for (const auto &problem : loaded.problems) {
        if (problem.level == ProblemLevel::Error)
            return failure(ErrorCode::Invalid, toString(problem));
    }
    const auto &services = loaded.config.services;
    return std::any_of(services.cbegin(), services.cend(), [&service](const ServiceConfig &known) { return known.name == service; });
}

QString dash(const QString &text)
{
    return text.isEmpty() ? QStringLiteral("-") : text;
}

} // namespace

int announceDeployment(const Options &options, const DeploymentOptions &what)
{
    Command command;
    command.kind = CommandKind::AnnounceDeployment;
    command.target = qs(what.service);
    command.text = qs(what.version).simplified();
    command.from = qs(what.from);
    if (command.text.isEmpty())
        return complain({ErrorCode::Invalid, QStringLiteral("the version is empty; expected for example: announce-deployment web 1.4.2")});
    const auto configured = isConfigured(options, command.target);
    if (!configured)
        return complain(configured.error());
    if (!*configured)
        return complain({ErrorCode::NotFound, QStringLiteral("no service is called %1 in %2").arg(command.target, qs(options.config))});
    return answer(options, command);
}

int changes(const Options &options, const std::string &since)
{
    const auto duration = parseDuration(since);
    if (!duration)
        return complain({ErrorCode::Invalid, QStringLiteral("--since %1 is no duration; expected for example 12h or 7d").arg(qs(since))});
    auto reader = StoreReader::open(stateDirectory(qs(options.stateDir)));
    if (!reader)
        return complain(reader.error());
    const qint64 now = SystemClock().now().wallMs;
    const auto list = (*reader)->changes(std::max<qint64>(1, now - *duration), now + 1);
    if (!list)
        return complain(list.error());
    QJsonArray array;
    QList<QStringList> rows;
    for (const ChangeRecord &change : *list) {
        QJsonObject object = toJson(change);
        object.insert(QStringLiteral("schema"), 1);
        array.append(object);
        rows.append({QDateTime::fromMSecsSinceEpoch(change.at).toString(QStringLiteral("MM-dd HH:mm:ss")), toString(change.kind),
                     dash(change.component), change.detail});
    }
    if (options.json)
        printJson(array);
    else if (rows.isEmpty())
        print(QStringLiteral("nothing was changed in the last %1").arg(qs(since)));
    else
        printTable({QStringLiteral("AT"), QStringLiteral("KIND"), QStringLiteral("COMPONENT"), QStringLiteral("CHANGE")}, rows);
    return Done;
}

} // namespace prunella::ctl
