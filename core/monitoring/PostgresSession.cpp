#include "core/monitoring/PostgresSession.h"

#include <QRegularExpression>

#include <array>
#include <libpq-fe.h>
#include <netdb.h>
#include <poll.h>

namespace prunella {
namespace {

struct Clear { void operator()(pg_result *result) const { PQclear(result); } };
using ResultPtr = std::unique_ptr<pg_result, Clear>;

DatabaseFault faultOfState(const QString &state)
{
    if (state.startsWith(QLatin1String("28")))
        return DatabaseFault::Authentication;
    if (state == QLatin1String("53300"))
        return DatabaseFault::TooManyConnections;
    if (state.startsWith(QLatin1String("57P"))) // admin and crash shutdown, cannot connect now, database dropped
        return DatabaseFault::Starting;
    return state == QLatin1String("3D000") ? DatabaseFault::UnknownDatabase : DatabaseFault::Other;
}

PostgresEndpoint localEndpoint(const QString &path)
{
    static const QRegularExpression socket(QStringLiteral("^(.*)/\\.s\\.PGSQL\\.([0-9]+)$"));
    const auto match = socket.match(path);
    if (match.hasMatch())
        return {match.captured(1).toLocal8Bit(), {}, match.captured(2).toLatin1()};
    return {path.toLocal8Bit(), {}, "5432"};
}

} // namespace

Result<std::vector<PostgresEndpoint>> postgresEndpoints(const QString &address, int timeoutMs, const MonitorCancel &cancel)
{
    if (address.startsWith(QLatin1Char('/')))
        return std::vector{localEndpoint(address)};
    const auto peer = parsePeer(address);
    if (!peer)
        return tl::unexpected(peer.error());
    const auto resolved = resolvePeer(*peer, timeoutMs, cancel);
    if (!resolved)
        return tl::unexpected(resolved.error());
    std::vector<PostgresEndpoint> endpoints;
    for (const auto &one : *resolved) {
        std::array<char, NI_MAXHOST> text{};
        if (getnameinfo(reinterpret_cast<const sockaddr *>(&one.address), one.size, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) == 0)
            endpoints.push_back({QByteArray::fromStdString(peer->host), text.data(), QByteArray::fromStdString(peer->port)});
    }
    return endpoints;
}

PostgresFault postgresFault(const QByteArray &message)
{
    // "connection to server at … failed: FATAL:  28P01: password authentication failed for user "x"": the word is
    // translated, the two blanks and the state are not.
    static const QRegularExpression form(QStringLiteral("([^:\\n]+):  ([0-9A-Z]{5}): ([^\\n]*)"));
    const QString text = QString::fromUtf8(message);
    const auto match = form.match(text);
    if (match.hasMatch())
        return {faultOfState(match.captured(2)), QStringLiteral("%1 (SQLSTATE %2)").arg(match.captured(3), match.captured(2))};
    return {DatabaseFault::Unreachable, text.section(QLatin1Char('\n'), 0, 0).left(300)};
}

void PostgresSession::Finish::operator()(pg_conn *connection) const
{
    PQfinish(connection);
}

Waited PostgresSession::ready(short events, const QDeadlineTimer &deadline) const
{
    return waitReady(PQsocket(m_connection.get()), events, deadline, m_cancel);
}

PostgresFault PostgresSession::fault() const
{
    if (PQconnectionNeedsPassword(m_connection.get()))
        return {DatabaseFault::NoPassword, {}};
    return postgresFault(PQerrorMessage(m_connection.get()));
}

PostgresFault PostgresSession::open(const MonitorConfig &config, const QByteArray &password, const PostgresEndpoint &endpoint,
                                    const QDeadlineTimer &deadline)
{
    const QByteArray user = config.user.toUtf8();
    const QByteArray database = config.database.isEmpty() ? QByteArrayLiteral("postgres") : config.database.toUtf8();
    const std::array<std::pair<const char *, QByteArray>, 8> options{{{"host", endpoint.host},
        {"hostaddr", endpoint.hostAddress}, {"port", endpoint.port}, {"user", user}, {"password", password},
        {"dbname", database}, {"application_name", "prunella"}, {"gssencmode", "disable"}}};
    std::array<const char *, 9> keys{}, values{}; // an empty value is libpq's default
    for (std::size_t i = 0; i < options.size(); ++i) {
        keys[i] = options[i].first;
        values[i] = options[i].second.constData();
    }
    m_connection.reset(PQconnectStartParams(keys.data(), values.data(), 0)); // 0: a database's name is only a name
    if (!m_connection)
        return {DatabaseFault::Other, QStringLiteral("out of memory")};
    PQsetErrorVerbosity(m_connection.get(), PQERRORS_VERBOSE); // with SQLSTATE
    PQsetNoticeProcessor(m_connection.get(), [](void *, const char *) {}, nullptr); // else to stderr
    return PQstatus(m_connection.get()) == CONNECTION_BAD ? fault() : handshake(deadline);
}

PostgresFault PostgresSession::handshake(const QDeadlineTimer &deadline)
{
    auto wanted = PGRES_POLLING_WRITING;
    while (wanted == PGRES_POLLING_READING || wanted == PGRES_POLLING_WRITING) {
        if (ready(wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline) != Waited::Ready)
            return {DatabaseFault::Timeout, {}};
        wanted = PQconnectPoll(m_connection.get());
    }
    if (wanted != PGRES_POLLING_OK)
        return fault();
    PQsetnonblocking(m_connection.get(), 1);
    return {};
}

PostgresFault PostgresSession::awaitResult(const QDeadlineTimer &deadline)
{
    auto *connection = m_connection.get();
    for (;;) {
        const int unsent = PQflush(connection);
        if (unsent < 0)
            return fault();
        if (unsent == 0 && !PQisBusy(connection))
            return {};
        if (ready(short(unsent > 0 ? POLLIN | POLLOUT : POLLIN), deadline) != Waited::Ready)
            return {DatabaseFault::Timeout, {}};
        if (!PQconsumeInput(connection))
            return fault();
    }
}

PostgresSession::Row PostgresSession::ask(const char *sql, const QDeadlineTimer &deadline)
{
    if (!PQsendQuery(m_connection.get(), sql))
        return {fault(), {}};
    Row row;
    for (;;) {
        if (const auto failed = awaitResult(deadline); failed.fault != DatabaseFault::None)
            return {failed, {}};
        const ResultPtr result(PQgetResult(m_connection.get()));
        if (!result)
            return row;
        row = firstRow(result.get());
    }
}

PostgresSession::Row PostgresSession::firstRow(const pg_result *result) const
{
    if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) < 1)
        return {postgresFault(PQresultErrorMessage(result)), {}};
    Row row;
    for (int column = 0; column < PQnfields(result); ++column)
        row.values.append(QByteArray(PQgetvalue(result, 0, column), PQgetlength(result, 0, column)));
    return row;
}

} // namespace prunella
