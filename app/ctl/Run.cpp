#include "app/ctl/Commands.h"
#include "app/shared/Signals.h"
#include "core/base/Logging.h"
#include "core/engine/Engine.h"

#include <QCoreApplication>
#include <QTimer>
#include <csignal>
#include <systemd/sd-daemon.h>

namespace prunella::ctl {
namespace {

void printEvent(const EngineEvent &event, bool json)
{
    if (json) {
        const QJsonObject object{{QStringLiteral("schema"), 1}, {QStringLiteral("at"), isoTime(event.at)}, {QStringLiteral("event"), event.event},
                                 {QStringLiteral("incident"), event.incident.isEmpty() ? QJsonValue() : event.incident},
                                 {QStringLiteral("component"), event.component.isEmpty() ? QJsonValue() : event.component},
                                 {QStringLiteral("reason"), event.reason}};
        print(QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact)));
        return;
    }
    QStringList words{isoTime(event.at), event.event.leftJustified(17)};
    if (!event.component.isEmpty())
        words.append(event.component);
    if (!event.incident.isEmpty())
        words.append(u'[' + event.incident.left(8) + u']');
    words.append(event.reason);
    print(words.join(u' '));
}

EngineOptions engineOptions(const Options &options)
{
    EngineOptions engine;
    engine.sources = defaultSources(qs(options.config), qs(options.environment));
    engine.stateDir = stateDirectory(qs(options.stateDir));
    engine.runtimeDir = runtimeDirectory(qs(options.stateDir));
    engine.controlSocket = controlSocketPath(qs(options.stateDir));
    engine.playbookDir = shippedPlaybooks();
    engine.version = QCoreApplication::applicationVersion();
    engine.frames = false;
    return engine;
}

} // namespace

int run(const Options &options, const RunOptions &how)
{
    const EngineOptions engineHow = engineOptions(options);
    const auto loaded = loadConfig(engineHow.sources);
    for (const auto &problem : loaded.problems) {
        if (problem.level != ProblemLevel::NotYetInEffect)
            printError(toString(problem));
    }
    if (loaded.hasErrors())
        return WrongCall;
    Logging::install({engineHow.stateDir, true});
    Logging::setLevel(loaded.config.logLevel);
    Engine engine(engineHow);
    int code = Done;
    QObject::connect(&engine, &Engine::eventHappened, &engine, [&](const EngineEvent &event) { printEvent(event, options.json); });
    QObject::connect(&engine, &Engine::started, &engine, [] { ::sd_notify(0, "READY=1"); });
    QObject::connect(&engine, &Engine::startFailed, &engine, [&](const Error &error) {
        code = complain(error);
        QCoreApplication::exit(code);
    });
    Signals signals({SIGTERM, SIGINT, SIGHUP});
    QObject::connect(&signals, &Signals::arrived, &engine, [&engine](int number) {
        if (number != SIGHUP)
            return QCoreApplication::quit();
        Command reload;
        reload.kind = CommandKind::Reload;
        engine.send(reload);
    });
    if (how.forSeconds > 0)
        QTimer::singleShot(int(how.forSeconds * 1000), &engine, [] { QCoreApplication::quit(); });
    engine.start(loaded);
    QCoreApplication::exec();
    ::sd_notify(0, "STOPPING=1");
    engine.stop();
    if (code == Done)
        printEvent({SystemClock().now().wallMs, QStringLiteral("stopped"), {}, {}, QStringLiteral("the engine ended cleanly")}, options.json);
    return code;
}

} // namespace prunella::ctl
