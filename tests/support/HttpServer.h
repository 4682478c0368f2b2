#pragma once
// A small real HTTP (or HTTPS) server for tests, header-only: only tests that include it need Qt Network.
#include <QSslConfiguration>
#include <QSslSocket>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTimer>
#include <functional>

namespace prunella::test {

struct HttpRequest { QByteArray line; QMap<QByteArray, QByteArray> headers; QByteArray body; };

class HttpServer : public QTcpServer
{
public:
    /// Called with each complete request; writes to the socket what it likes, or nothing.
    std::function<void(const HttpRequest &, QTcpSocket *)> handler;
    std::optional<QSslConfiguration> tls;
    QList<HttpRequest> requests;
    int connections = 0;

    [[nodiscard]] QString url(const QString &path = QStringLiteral("/")) const
    {
        return QStringLiteral("%1://127.0.0.1:%2%3").arg(tls ? QStringLiteral("https") : QStringLiteral("http"),
                                                         QString::number(serverPort()), path);
    }
    static void answer(QTcpSocket *socket, int status, const QByteArray &body = {}, const QByteArray &extra = {})
    {
        socket->write("HTTP/1.1 " + QByteArray::number(status) + " X\r\nContent-Length: " + QByteArray::number(body.size())
                      + "\r\nConnection: close\r\n" + extra + "\r\n" + body);
        socket->disconnectFromHost();
    }
    /// Always the same answer.
    void reply(int status, const QByteArray &body = {}, const QByteArray &extra = {})
    {
        handler = [=](const HttpRequest &, QTcpSocket *socket) { answer(socket, status, body, extra); };
    }

protected:
    void incomingConnection(qintptr descriptor) override
    {
        ++connections;
        auto *socket = new QSslSocket(this);
        socket->setSocketDescriptor(descriptor);
        connect(socket, &QTcpSocket::readyRead, this, [this, socket] { read(socket); });
        connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
        if (tls) {
            socket->setSslConfiguration(*tls);
            socket->startServerEncryption();
        }
    }

private:
    void read(QTcpSocket *socket)
    {
        const QByteArray data = socket->property("data").toByteArray() + socket->readAll();
        socket->setProperty("data", data);
        const qsizetype end = data.indexOf("\r\n\r\n");
        if (end < 0)
            return;
        HttpRequest request;
        QList<QByteArray> lines = data.first(end).split('\n');
        request.line = lines.takeFirst().trimmed();
        for (const QByteArray &line : std::as_const(lines))
            request.headers.insert(line.left(line.indexOf(':')).trimmed().toLower(), line.mid(line.indexOf(':') + 1).trimmed());
        request.body = data.sliced(end + 4);
        if (request.body.size() < request.headers.value("content-length").toInt())
            return;
        socket->setProperty("data", QByteArray());
        requests.append(request);
        if (handler)
            handler(request, socket);
    }
};

} // namespace prunella::test
