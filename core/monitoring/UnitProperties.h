#pragma once
// From systemd's property messages to UnitState.
#include "core/model/Events.h"

struct sd_bus_message;

namespace prunella {

/// What one message changed.
struct UnitPropertiesRead {
    bool ok = false;            ///< the message had the expected form
    bool unitInterface = false; ///< PropertiesChanged of the Unit interface, which systemd sends last
    bool outcome = false;       ///< Result or NRestarts differ now
    QString restart;            ///< the Restart= setting, where the message holds it: only the answer of GetAll does
    bool invalidated = false;   ///< something of ours changed without its value being sent: read it anew
};

/// Reads the a{sv} at the message's position, as in the answer of GetAll.
[[nodiscard]] UnitPropertiesRead readProperties(sd_bus_message *message, UnitState &state);
/// Reads a whole PropertiesChanged signal: interface, changed values, invalidated names.
[[nodiscard]] UnitPropertiesRead readPropertiesChanged(sd_bus_message *message, UnitState &state);
/// Reads the variant in the answer of Get: a 64 bit number; nothing for systemd's "not known" (all ones) or an error.
[[nodiscard]] std::optional<quint64> readNumber(sd_bus_message *message);
/// Reads the variant in the answer of Get: a string; empty on an error.
[[nodiscard]] QString readText(sd_bus_message *message);

} // namespace prunella
