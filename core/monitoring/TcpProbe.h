#pragma once
#include "core/base/Result.h"
#include "core/monitoring/HealthProbe.h"

#include <QTcpSocket>

namespace prunella {

struct HostPort { QString host; quint16 port = 0; };
/// "host:port", "127.0.0.1:80", "[::1]:80"
[[nodiscard]] Result<HostPort> parseHostPort(const QString &address);

/// Healthy when a connection can be made.
class TcpProbe final : public HealthProbe
{
    Q_OBJECT
public:
    TcpProbe(const HealthCheckConfig &config, const std::shared_ptr<const Clock> &clock, QObject *parent);
    ~TcpProbe() override { abort(); }

protected:
    void run() override;
    void abort() final;

private:
    void onError(QAbstractSocket::SocketError error);

    QTcpSocket m_socket;
    HostPort m_peer;
};

} // namespace prunella
