// prunella: the console with the engine inside.
#include "app/console/SingleInstance.h"
#include "app/shared/Signals.h"
#include "core/base/Logging.h"
#include "core/engine/Engine.h"
#include "core/engine/WatchingClient.h"
#include "core/store/StateLock.h"
#include "ui/MainWindow.h"
#include "ui/Theme.h"

#include <CLI/CLI.hpp>
#include <QApplication>

#include <csignal>
#include <cstdio>

using namespace prunella;

namespace {

struct Options {
    std::string config, stateDir, environment;
    bool minimized = false;
};

EngineOptions engineOptions(const Options &options)
{
    const auto stateDir = QString::fromStdString(options.stateDir);
    EngineOptions engine;
    engine.sources = defaultSources(QString::fromStdString(options.config), QString::fromStdString(options.environment));
    engine.stateDir = stateDirectory(stateDir);
    engine.runtimeDir = runtimeDirectory(stateDir);
    engine.controlSocket = controlSocketPath(stateDir);
    engine.playbookDir = shippedPlaybooks();
    engine.version = QStringLiteral(PRUNELLA_VERSION);
    return engine;
}

void complain(const QString &text)
{
    std::fprintf(stderr, "prunella: %s\n", qPrintable(text));
}

/// Tells every error of the configuration; the console starts only without one.
bool isUsable(const LoadedConfig &loaded)
{
    for (const auto &problem : loaded.problems) {
        if (problem.level == ProblemLevel::Error)
            complain(toString(problem));
    }
    return !loaded.hasErrors();
}

int showWindow(QApplication &app, EngineClient &client, SingleInstance &single, Signals &signals, const Options &options)
{
    MainWindow window(&client);
    QObject::connect(&signals, &Signals::arrived, &window, [&](int number) {
        if (number != SIGHUP)
            return window.quit();
        Command reload;
        reload.kind = CommandKind::Reload;
        client.send(reload);
    });
    QObject::connect(&single, &SingleInstance::raiseRequested, &window, &MainWindow::bringUp);
    QObject::connect(&window, &MainWindow::quitRequested, &app, &QCoreApplication::quit);
    if (options.minimized)
        window.showMinimized();
    else
        window.show();
    QCoreApplication::exec();
    return 0;
}

int runConsole(QApplication &app, const Options &options)
{
    const EngineOptions how = engineOptions(options);
    SingleInstance single;
    if (!single.claim(how.runtimeDir + QStringLiteral("/console.sock")))
        return 0;
    const auto loaded = loadConfig(how.sources);
    if (!isUsable(loaded))
        return 2;
    Logging::install({how.stateDir, true});
    Logging::setLevel(loaded.config.logLevel);
    Signals signals({SIGTERM, SIGINT, SIGHUP});
    Theme::apply(app, Theme::fromEnvironment());
    if (const auto lock = StateLock::acquire(how.stateDir); !lock && lock.error().code == ErrorCode::Busy) {
        complain(lock.error().message);
        // "… (pid 7 since …: prunellactl run …); stop it …": the part in brackets is who
        WatchingClient watcher(how, lock.error().message.section(u'(', 1).section(QStringLiteral(");"), 0, 0));
        return showWindow(app, watcher, single, signals, options);
    }
    Engine engine(how);
    int code = 0;
    QObject::connect(&engine, &Engine::startFailed, &app, [&](const Error &error) {
        complain(error.message);
        code = 5;
        QCoreApplication::quit();
    });
    engine.start(loaded);
    showWindow(app, engine, single, signals, options);
    engine.stop();
    return code;
}

} // namespace

int main(int argc, char **argv)
{
    Signals::block({SIGTERM, SIGINT, SIGHUP});
    Options options;
    CLI::App calls("Prunella: the self-healing operations console", "prunella");
    calls.add_option("--config", options.config, "Configuration file instead of the usual ones");
    calls.add_option("--state-dir", options.stateDir, "Where incidents and metrics are kept");
    calls.add_option("--environment", options.environment, "Environment of the configuration");
    calls.add_flag("--minimized", options.minimized, "Start without showing the window");
    calls.set_version_flag("--version", PRUNELLA_VERSION);
    try {
        calls.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return calls.exit(error) == 0 ? 0 : 2;
    }
    QApplication app(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("prunella"));
    QCoreApplication::setOrganizationName(QStringLiteral("prunella"));
    QCoreApplication::setApplicationVersion(QStringLiteral(PRUNELLA_VERSION));
    QApplication::setApplicationDisplayName(QStringLiteral("Prunella"));
    QApplication::setQuitOnLastWindowClosed(false);
    return runConsole(app, options);
}
