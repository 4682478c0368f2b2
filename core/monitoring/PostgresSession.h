#pragma once
// One connection of libpq, never waiting longer than it may.
#include "core/monitoring/DatabaseReading.h"
#include "core/monitoring/MonitorWait.h"
#include "core/monitoring/PeerAddress.h"

#include <memory>
#include <vector>

struct pg_conn;
struct pg_result;

namespace prunella {

struct PostgresFault {
    DatabaseFault fault = DatabaseFault::None;
    QString detail; ///< the server's own sentence with its SQLSTATE, in the server's language
};

/// One address of the server; `hostAddress` is numeric and keeps libpq from asking a name server.
struct PostgresEndpoint {
    QByteArray host, hostAddress, port;
};

/// All addresses of the configured "host:port", or the one of a socket's path or folder.
[[nodiscard]] Result<std::vector<PostgresEndpoint>> postgresEndpoints(const QString &address, int timeoutMs, const MonitorCancel &cancel);
/// What a failed attempt means, from libpq's text with SQLSTATE (PQERRORS_VERBOSE).
[[nodiscard]] PostgresFault postgresFault(const QByteArray &message);

class PostgresSession
{
public:
    explicit PostgresSession(const MonitorCancel &cancel) : m_cancel(cancel) {}

    /// The whole handshake: TLS where the server has it, and the login by whatever method it asks for.
    [[nodiscard]] PostgresFault open(const MonitorConfig &config, const QByteArray &password, const PostgresEndpoint &endpoint,
                                     const QDeadlineTimer &deadline);
    struct Row { PostgresFault fault; QList<QByteArray> values; };
    /// The first row of a query's answer.
    [[nodiscard]] Row ask(const char *sql, const QDeadlineTimer &deadline);

private:
    struct Finish { void operator()(pg_conn *connection) const; };
    [[nodiscard]] Waited ready(short events, const QDeadlineTimer &deadline) const;
    [[nodiscard]] PostgresFault fault() const;
    [[nodiscard]] PostgresFault handshake(const QDeadlineTimer &deadline);
    /// Until an answer of the running query can be taken without waiting.
    [[nodiscard]] PostgresFault awaitResult(const QDeadlineTimer &deadline);
    [[nodiscard]] Row firstRow(const pg_result *result) const;

    const MonitorCancel &m_cancel;
    std::unique_ptr<pg_conn, Finish> m_connection;
};

} // namespace prunella
