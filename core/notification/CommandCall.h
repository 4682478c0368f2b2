#pragma once
// What a channel of type `command` runs. Pure.
#include "core/model/Config.h"
#include "core/model/Store.h"

namespace prunella {

struct CommandCall {
    QStringList command;          ///< program and arguments, as configured: nothing of an incident is put into them
    QStringList environment;      ///< NAME=VALUE, added to ours: PRUNELLA_EVENT, _DELIVERY_ID, _INCIDENT_ID, _CHANNEL, …
    QByteArray input;             ///< the webhook's JSON and a line break, on standard input
};

[[nodiscard]] CommandCall commandCall(const OutboxItem &item, const ChannelConfig &channel);

} // namespace prunella
