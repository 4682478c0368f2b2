#include "core/monitoring/PostgresSession.h"

#include <QElapsedTimer>

namespace prunella {
namespace {

// Whoever may not see others' sessions gets them without backend_type: then a database tells a client from a helper.
constexpr auto kPoolQuery =
    "SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
    " OR (backend_type IS NULL AND datid IS NOT NULL)),"
    " current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
    " - coalesce(current_setting('reserved_connections', true)::int, 0)"; // PostgreSQL 16 and later

/// Sets fault and problem; false when it went wrong.
bool good(DatabaseReading &reading, const MonitorConfig &config, const PostgresFault &fault)
{
    if (fault.fault == DatabaseFault::None)
        return true;
    reading.fault = fault.fault;
    reading.problem = faultText(config, fault.fault, fault.detail);
    return false;
}

/// The first address that answers at all, as a client would find it.
PostgresFault openFirst(PostgresSession &session, const MonitorConfig &config, const QByteArray &password,
                        const std::vector<PostgresEndpoint> &endpoints, const QDeadlineTimer &deadline)
{
    PostgresFault fault{DatabaseFault::Timeout, {}};
    for (std::size_t i = 0; i < endpoints.size() && !deadline.hasExpired(); ++i) {
        // What is left is shared, so that an address which swallows packets leaves time for the next.
        const qint64 share = qMax(qint64(1), deadline.remainingTime() / qint64(endpoints.size() - i));
        fault = session.open(config, password, endpoints[i], QDeadlineTimer(share, Qt::PreciseTimer));
        if (fault.fault != DatabaseFault::Unreachable && fault.fault != DatabaseFault::Timeout)
            break;
    }
    return fault;
}

/// What an unprivileged question tells of the pool; the server works even where this fails.
void readPool(PostgresSession &session, const MonitorConfig &config, const QDeadlineTimer &deadline, DatabaseReading &reading)
{
    const auto row = session.ask(kPoolQuery, deadline);
    if (row.fault.fault != DatabaseFault::None || row.values.size() != 2) {
        reading.problem = faultText(config, DatabaseFault::None, row.fault.detail);
        return;
    }
    const double most = row.values[1].toDouble();
    reading.connections = row.values[0].toDouble();
    if (most > 0)
        reading.poolUse = qMin(100.0, 100 * *reading.connections / most);
}

} // namespace

DatabaseReading probePostgres(const MonitorConfig &config, const QByteArray &password, const MonitorCancel &cancel)
{
    DatabaseReading reading;
    const QDeadlineTimer deadline(config.timeoutMs, Qt::PreciseTimer);
    const auto endpoints = postgresEndpoints(config.address, int(config.timeoutMs), cancel);
    if (!endpoints) {
        const auto fault = endpoints.error().code == ErrorCode::Timeout ? DatabaseFault::Timeout : DatabaseFault::Unreachable;
        good(reading, config, {fault, endpoints.error().message});
        return reading;
    }
    PostgresSession session(cancel);
    QElapsedTimer timer;
    timer.start();
    const PostgresFault opened = openFirst(session, config, password, *endpoints, deadline);
    if (opened.fault != DatabaseFault::Unreachable && opened.fault != DatabaseFault::Timeout)
        reading.connectMs = double(timer.nsecsElapsed()) / 1e6;
    if (!good(reading, config, opened))
        return reading;
    timer.restart();
    const auto answer = session.ask("SELECT 1", deadline);
    if (!good(reading, config, answer.fault))
        return reading;
    reading.pingMs = double(timer.nsecsElapsed()) / 1e6;
    readPool(session, config, deadline, reading);
    return reading;
}

} // namespace prunella
