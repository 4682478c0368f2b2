// The probe of decision trees that asks the component's database.
#include "core/monitoring/DatabaseReading.h"
#include "core/monitoring/PostgresSession.h"
#include "core/monitoring/TreeProbeParts.h"
#include "core/monitoring/TrustedFile.h"

namespace prunella::treeprobe {

using namespace Qt::StringLiterals;

namespace {

/// Sessions that wait for a lock of another one, and whether nobody may write.
constexpr auto stateQuery = "SELECT (SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'),"
                            " pg_is_in_recovery() OR current_setting('default_transaction_read_only')::bool";

Fact working(const MonitorConfig &config, const QByteArray &password, const MonitorCancel &cancel)
{
    const QString name = config.type + u" at "_s + config.address;
    const QDeadlineTimer deadline(config.timeoutMs, Qt::PreciseTimer);
    const auto endpoints = postgresEndpoints(config.address, int(config.timeoutMs), cancel);
    PostgresSession session(cancel);
    if (!endpoints || endpoints->empty() || session.open(config, password, endpoints->front(), deadline).fault != DatabaseFault::None)
        return said("ok", name + u" works"_s);
    const auto row = session.ask(stateQuery, deadline);
    if (row.fault.fault != DatabaseFault::None || row.values.size() != 2)
        return said("ok", name + u" works"_s);
    if (row.values[0].toInt() > 0)
        return said("locked", u"%1: sessions that wait for a lock: %2"_s.arg(name).arg(row.values[0].toInt()));
    return row.values[1] == "t" ? said("read_only", name + u" takes no writes"_s) : said("ok", name + u" works"_s);
}

const char *wordOf(const DatabaseReading &reading)
{
    if (reading.problem.contains(u"53100"_s) || reading.problem.contains(u"No space left"_s, Qt::CaseInsensitive))
        return "disk_full";
    if (reading.problem.contains(u"25006"_s) || reading.problem.contains(u"READONLY"_s))
        return "read_only";
    switch (reading.fault) {
    case DatabaseFault::None: return "ok";
    case DatabaseFault::Unreachable: return "refused";
    case DatabaseFault::Timeout: return "timeout";
    case DatabaseFault::NoPassword:
    case DatabaseFault::Authentication: return "authentication";
    case DatabaseFault::TooManyConnections: return "too_many_connections";
    case DatabaseFault::Starting: return "starting";
    case DatabaseFault::UnknownDatabase:
    case DatabaseFault::Other: break;
    }
    return "error";
}

} // namespace

Fact database(const Probe &probe)
{
    if (!probe.order.subject.database)
        return unknownFact(u"no postgresql or redis monitor belongs to "_s + probe.order.subject.component);
    MonitorConfig config = *probe.order.subject.database;
    config.timeoutMs = std::max<qint64>(1, std::min(config.timeoutMs, probe.order.timeoutMs / 2)); // the second look takes the rest
    QByteArray password;
    if (!config.passwordFile.isEmpty()) {
        const auto read = readPasswordFile(config.passwordFile);
        if (!read)
            return unknownFact(read.error().message);
        password = *read;
    }
    const bool postgres = config.type == u"postgresql"_s;
    const DatabaseReading reading = (postgres ? probePostgres : probeRedis)(config, password, probe.cancel);
    if (probe.cancel.isCancelled())
        return unknownFact(u"stopped with the monitoring"_s);
    if (reading.fault == DatabaseFault::None && postgres)
        return working(config, password, probe.cancel);
    return said(wordOf(reading), reading.problem.isEmpty() ? QString(config.type + u" at "_s + config.address + u" works"_s) : reading.problem);
}

} // namespace prunella::treeprobe
