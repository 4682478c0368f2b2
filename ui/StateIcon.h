#pragma once
// One shape a state, drawn at any size: a state is never told by colour alone.
#include "core/model/Enums.h"

#include <QIcon>

class QPainter;
class QPalette;
class QRectF;

namespace prunella {

/// Healthy: disc with a tick. Warning: triangle with a bar. Critical: octagon with a cross. Unknown: ring with a dot.
void paintState(QPainter &painter, const QRectF &box, Health health, const QPalette &palette);
/// The same as an icon; it takes the application's palette whenever it is painted.
[[nodiscard]] QIcon stateIcon(Health health);

/// The shape for a severity and for an incident's status.
[[nodiscard]] Health stateOf(Severity severity);
[[nodiscard]] Health stateOf(IncidentStatus status);

/// Signs of the automation button, in the colour of button text.
enum class Sign { Pause, Resume };
[[nodiscard]] QIcon signIcon(Sign sign);

/// The program's own icon, for windows and the tray.
[[nodiscard]] QIcon programIcon();
/// The program's icon with the state in its corner.
[[nodiscard]] QIcon trayIcon(Health health, bool paused);

} // namespace prunella
