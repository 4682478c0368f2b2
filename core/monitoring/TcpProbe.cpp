#include "core/monitoring/TcpProbe.h"

#include <QNetworkProxy>

namespace prunella {
using namespace Qt::StringLiterals;

Result<HostPort> parseHostPort(const QString &address)
{
    const qsizetype colon = address.lastIndexOf(u':');
    bool isNumber = false;
    const uint port = colon < 0 ? 0 : QStringView(address).sliced(colon + 1).toUInt(&isNumber);
    QString host = colon < 0 ? QString() : address.first(colon);
    if (host.startsWith(u'[') && host.endsWith(u']'))
        host = host.sliced(1, host.size() - 2);
    else if (host.contains(u':'))
        host.clear(); // an IPv6 address without brackets: where it ends is anyone's guess
    if (!isNumber || port == 0 || port > 65535 || host.isEmpty())
        return failure(ErrorCode::Invalid, u"address \""_s + address + u"\": expected host:port, an IPv6 address in brackets"_s);
    return HostPort{host, quint16(port)};
}

TcpProbe::TcpProbe(const HealthCheckConfig &config, const std::shared_ptr<const Clock> &clock, QObject *parent)
    : HealthProbe(config, clock, parent)
{
    m_socket.setProxy(QNetworkProxy::NoProxy);
    connect(&m_socket, &QTcpSocket::connected, this, [this] { pass(u"connected"_s); });
    connect(&m_socket, &QTcpSocket::errorOccurred, this, &TcpProbe::onError);
}

void TcpProbe::run()
{
    const auto peer = parseHostPort(m_config.address);
    if (!peer)
        return fail(peer.error().message);
    m_peer = *peer;
    m_socket.connectToHost(m_peer.host, m_peer.port);
}

void TcpProbe::abort()
{
    m_socket.disconnect(this);
    m_socket.abort();
}

void TcpProbe::onError(QAbstractSocket::SocketError error)
{
    if (error == QAbstractSocket::ConnectionRefusedError) {
        m_result.refused = true;
        return fail(u"connection refused"_s);
    }
    if (error == QAbstractSocket::HostNotFoundError)
        return fail(u"could not resolve host "_s + m_peer.host);
    fail(m_socket.errorString().toLower());
}

} // namespace prunella
