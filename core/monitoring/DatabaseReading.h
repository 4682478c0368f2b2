#pragma once
// What one look at a database server tells.
#include "core/model/ServiceConfig.h"
#include "core/monitoring/MonitorCancel.h"

#include <QByteArray>
#include <optional>

namespace prunella {

enum class DatabaseFault {
    None,
    Unreachable,        ///< refused, no such host, no such socket
    Timeout,
    NoPassword,         ///< it wants one and none is configured
    Authentication,     ///< it refuses the configured login (28P01, 28000; WRONGPASS, NOPERM)
    TooManyConnections, ///< 53300; max number of clients reached
    Starting,           ///< it takes nobody yet or any more (57P03, 57P01; LOADING, MASTERDOWN, BUSY)
    UnknownDatabase,    ///< 3D000
    Other,
};

struct DatabaseReading {
    DatabaseFault fault = DatabaseFault::None;
    QString problem;                  ///< one line; empty when everything was measured
    std::optional<double> connectMs;  ///< until a session stood, or until the server's own refusal of one
    std::optional<double> pingMs;     ///< one question and its answer in that session
    std::optional<double> connections, blocked; ///< clients, ours included; those that wait for something (Redis)
    std::optional<double> poolUse;    ///< percent of the connections that ordinary users can have
};

/// Whether applications can work with it. A server that only refuses our own login is up: `problem` says so.
[[nodiscard]] bool isUp(DatabaseFault fault);
/// "postgresql at 127.0.0.1:5432 has no free connection: …"; `detail` is the server's own sentence, may be empty.
[[nodiscard]] QString faultText(const MonitorConfig &config, DatabaseFault fault, const QString &detail);

/// One look, within the configuration's timeout; a cancelled one has measured nothing.
using DatabaseProbe = DatabaseReading (*)(const MonitorConfig &config, const QByteArray &password, const MonitorCancel &cancel);
[[nodiscard]] DatabaseReading probePostgres(const MonitorConfig &config, const QByteArray &password, const MonitorCancel &cancel);
[[nodiscard]] DatabaseReading probeRedis(const MonitorConfig &config, const QByteArray &password, const MonitorCancel &cancel);

} // namespace prunella
