// Prunella's engine inside a program. Call: embedding CONFIG STATE_DIRECTORY SECONDS
// Prints what the engine notices and repairs, until an incident is resolved (exit 0) or the time is over (exit 1).
#include "core/engine/Engine.h"

#include <QCoreApplication>
#include <QTextStream>
#include <QTimer>

using namespace prunella;
using namespace Qt::StringLiterals;

static void print(const QString &line)
{
    QTextStream(stdout) << line << Qt::endl;
}

static void listen(const Engine &engine, QCoreApplication &app)
{
    QObject::connect(&engine, &Engine::startFailed, &app, [](const Error &error) { print(u"error: "_s + error.message); QCoreApplication::exit(2); });
    QObject::connect(&engine, &Engine::noticeChanged, &app, [](const Notice &notice) { print(u"notice: "_s + notice.id + u' ' + notice.text); });
    QObject::connect(&engine, &Engine::incidentChanged, &app, [](const Incident &incident) {
        for (const RecoveryActionRecord &action : incident.actions)
            print(u"recovery: %1 %2 %3, %4"_s.arg(toString(action.type), action.target, toString(action.status), action.verified ? u"verified"_s : u"not verified"_s));
    });
    QObject::connect(&engine, &Engine::eventHappened, &app, [](const EngineEvent &event) {
        print(u"%1: %2 %3"_s.arg(event.event, event.component, event.reason)); // "health: web critical: …"
        if (event.event == toString(IncidentStatus::Resolved))
            QCoreApplication::exit(0);
    });
}

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    const QStringList words = app.arguments();
    const int seconds = words.value(3).toInt();
    if (seconds <= 0) {
        print(u"call: embedding CONFIG STATE_DIRECTORY SECONDS"_s);
        return 2;
    }
    EngineOptions options;
    options.sources = defaultSources(words[1], {});
    options.stateDir = stateDirectory(words[2]);
    options.runtimeDir = runtimeDirectory(words[2]);
    options.playbookDir = shippedPlaybooks();
    options.version = u"embedded"_s;
    options.frames = false; // pictures are for consoles
    const LoadedConfig loaded = loadConfig(options.sources);
    for (const ConfigProblem &problem : loaded.problems)
        print(u"config: "_s + toString(problem));
    if (loaded.hasErrors())
        return 2;
    Engine engine(options);
    listen(engine, app);
    QTimer::singleShot(seconds * 1000, &app, [] { QCoreApplication::exit(1); });
    engine.start(loaded);
    const int code = QCoreApplication::exec();
    engine.stop();
    return code;
}
