#pragma once
#include <QSettings>

namespace prunella {

/// What the console remembers of its looks: $XDG_CONFIG_HOME/prunella/console.conf. Never holds the engine's settings.
[[nodiscard]] inline QSettings consoleSettings()
{
    return QSettings(QStringLiteral("prunella"), QStringLiteral("console"));
}

} // namespace prunella
