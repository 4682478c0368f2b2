#include "core/monitoring/DatabaseReading.h"
#include "core/monitoring/MonitorWait.h"
#include "core/monitoring/PeerSocket.h"
#include "core/monitoring/RespReply.h"

#include <QElapsedTimer>

#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>

namespace prunella {
namespace {

struct Call {
    int fd;
    const QDeadlineTimer &deadline;
    const MonitorCancel &cancel;
};

tl::unexpected<Error> ioFailure(int error)
{
    return failure(ErrorCode::Unavailable, QString::fromStdString(std::generic_category().message(error)));
}

Status ready(const Call &call, short events)
{
    switch (waitReady(call.fd, events, call.deadline, call.cancel)) {
    case Waited::Ready: return {};
    case Waited::TimedOut: return failure(ErrorCode::Timeout, {});
    case Waited::Cancelled: break;
    }
    return failure(ErrorCode::Unavailable, {});
}

Status sendAll(const Call &call, QByteArray bytes)
{
    while (!bytes.isEmpty()) {
        if (const auto waited = ready(call, POLLOUT); !waited)
            return waited;
        const ssize_t sent = send(call.fd, bytes.constData(), size_t(bytes.size()), MSG_NOSIGNAL);
        // A full server says why and hangs up before it reads: its sentence is still to be received.
        if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
            return {};
        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            return ioFailure(errno);
        bytes.remove(0, qMax<ssize_t>(0, sent));
    }
    return {};
}

Result<RespReply> ask(const Call &call, const QList<QByteArray> &words)
{
    if (const auto sent = sendAll(call, respCommand(words)); !sent)
        return tl::unexpected(sent.error());
    QByteArray bytes;
    for (;;) {
        const auto reply = parseResp(bytes);
        if (!reply)
            return tl::unexpected(reply.error());
        if (*reply)
            return **reply;
        if (const auto waited = ready(call, POLLIN); !waited)
            return tl::unexpected(waited.error());
        std::array<char, 16384> buffer;
        const ssize_t got = recv(call.fd, buffer.data(), buffer.size(), 0);
        if (got == 0)
            return failure(ErrorCode::Unavailable, QStringLiteral("it closed the connection"));
        if (got < 0 && errno != EAGAIN && errno != EINTR)
            return ioFailure(errno);
        bytes.append(buffer.data(), qMax<ssize_t>(0, got));
    }
}

DatabaseFault faultOf(const QByteArray &error)
{
    struct Word { const char *start; DatabaseFault fault; };
    static constexpr std::array words{
        Word{"NOAUTH", DatabaseFault::NoPassword},
        Word{"WRONGPASS", DatabaseFault::Authentication},
        Word{"NOPERM", DatabaseFault::Authentication},
        Word{"ERR invalid password", DatabaseFault::Authentication}, // Redis 5
        Word{"ERR AUTH", DatabaseFault::Authentication},             // it has no password, and we send one
        Word{"ERR Client sent AUTH", DatabaseFault::Authentication}, // the same in Redis 5
        Word{"ERR max number of clients", DatabaseFault::TooManyConnections},
        Word{"LOADING", DatabaseFault::Starting},
        Word{"MASTERDOWN", DatabaseFault::Starting},
        Word{"BUSY", DatabaseFault::Starting},
    };
    const auto *found = std::find_if(words.begin(), words.end(), [&](const Word &word) { return error.startsWith(word.start); });
    return found == words.end() ? DatabaseFault::Other : found->fault;
}

DatabaseFault faultOf(const Error &error)
{
    if (error.code == ErrorCode::Timeout)
        return DatabaseFault::Timeout;
    return error.code == ErrorCode::Invalid ? DatabaseFault::Other : DatabaseFault::Unreachable;
}

class Probe
{
public:
    Probe(const MonitorConfig &config, const MonitorCancel &cancel)
        : m_config(config), m_deadline(config.timeoutMs, Qt::PreciseTimer), m_cancel(cancel)
    {
    }
    DatabaseReading run(const QByteArray &password)
    {
        const int timeoutMs = int(m_config.timeoutMs);
        const auto peer = parsePeer(m_config.address);
        const bool local = m_config.address.startsWith(QLatin1Char('/'));
        if (!local && !peer)
            return failed(DatabaseFault::Other, peer.error().message);
        const auto connection = local ? openLocalPeer(m_config.address, timeoutMs, m_cancel) : openPeer(*peer, timeoutMs, m_cancel);
        if (!connection)
            return failed(faultOf(connection.error()), connection.error().message);
        m_reading.connectMs = connection->connectMs();
        const Call call{connection->fd(), m_deadline, m_cancel};
        if (logIn(call, password) && ping(call))
            readClients(call);
        return m_reading;
    }

private:
    DatabaseReading failed(DatabaseFault fault, const QString &detail)
    {
        m_reading.fault = fault;
        m_reading.problem = faultText(m_config, fault, detail);
        return m_reading;
    }
    /// false: it went wrong, and the reading says how
    bool good(const Result<RespReply> &reply)
    {
        if (!reply)
            failed(faultOf(reply.error()), reply.error().message);
        else if (reply->isError)
            failed(faultOf(reply->text), QString::fromUtf8(reply->text.left(200)));
        return reply && !reply->isError;
    }
    bool logIn(const Call &call, const QByteArray &password)
    {
        if (password.isEmpty())
            return true;
        QList<QByteArray> words{"AUTH", password};
        if (!m_config.user.isEmpty())
            words.insert(1, m_config.user.toUtf8());
        return good(ask(call, words));
    }
    bool ping(const Call &call)
    {
        QElapsedTimer timer;
        timer.start();
        const auto reply = ask(call, {"PING"});
        if (reply) // an error is an answer, too, and took its time
            m_reading.pingMs = double(timer.nsecsElapsed()) / 1e6;
        return good(reply);
    }
    void readClients(const Call &call)
    {
        const auto reply = ask(call, {"INFO", "clients"});
        if (!reply || reply->isError) { // it works, it only tells us less
            m_reading.problem = faultText(m_config, DatabaseFault::None, reply ? QString::fromUtf8(reply->text.left(200)) : reply.error().message);
            return;
        }
        m_reading.connections = respInfo(reply->text, "connected_clients");
        m_reading.blocked = respInfo(reply->text, "blocked_clients");
        const auto most = respInfo(reply->text, "maxclients"); // Redis 6.2 and later
        if (most && *most > 0 && m_reading.connections)
            m_reading.poolUse = 100 * *m_reading.connections / *most;
    }

    const MonitorConfig &m_config;
    QDeadlineTimer m_deadline;
    const MonitorCancel &m_cancel;
    DatabaseReading m_reading;
};

} // namespace

DatabaseReading probeRedis(const MonitorConfig &config, const QByteArray &password, const MonitorCancel &cancel)
{
    return Probe(config, cancel).run(password);
}

} // namespace prunella
