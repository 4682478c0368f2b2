#include "core/engine/EngineOptions.h"

#include <QCoreApplication>
#include <QDir>

namespace prunella {
namespace {

QString environment(const char *name)
{
    return qEnvironmentVariable(name);
}

} // namespace

QString stateDirectory(const QString &given)
{
    if (!given.isEmpty())
        return QDir(given).absolutePath();
    const QString state = environment("XDG_STATE_HOME");
    const QString base = state.isEmpty() ? QDir::homePath() + QStringLiteral("/.local/state") : state;
    return base + QStringLiteral("/prunella");
}

QString runtimeDirectory(const QString &givenStateDir)
{
    const QString runtime = environment("XDG_RUNTIME_DIR");
    if (givenStateDir.isEmpty() && !runtime.isEmpty())
        return runtime + QStringLiteral("/prunella");
    return stateDirectory(givenStateDir);
}

QString controlSocketPath(const QString &givenStateDir)
{
    return runtimeDirectory(givenStateDir) + QStringLiteral("/control.sock");
}

QString shippedPlaybooks()
{
    const QString given = environment("PRUNELLA_PLAYBOOKS");
    if (!given.isEmpty())
        return given;
    const QDir here(QCoreApplication::applicationDirPath());
    for (const auto &candidate : {QStringLiteral("../share/prunella/playbooks"), QStringLiteral("../../../resources/playbooks")}) {
        if (here.exists(candidate))
            return QDir::cleanPath(here.absoluteFilePath(candidate));
    }
    return {};
}

} // namespace prunella
