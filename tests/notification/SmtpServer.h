#pragma once
// A small real SMTP server (RFC 5321; STARTTLS, TLS from the start, AUTH PLAIN and LOGIN) that fails as it is told.
#include <QSslConfiguration>
#include <QSslSocket>
#include <QTcpServer>

#include <functional>
#include <optional>

namespace prunella::test {

struct ReceivedMail { QByteArray from; QList<QByteArray> to; QByteArray data; bool encrypted = false; QByteArray user, password; };

class SmtpServer : public QTcpServer
{
public:
    std::optional<QSslConfiguration> tls;           ///< offers STARTTLS
    bool tlsFromStart = false;                      ///< smtps
    bool offersAuth = false;
    QByteArray user, password;                      ///< who may log in
    /// What is answered instead, by the command's line ("MAIL FROM:<a@b>", "DATA", "." for the end of the mail, "" for the
    /// greeting). Empty: as usual; "-": nothing at all, ever.
    std::function<QByteArray(const QByteArray &line)> instead;
    QList<ReceivedMail> mails;
    QList<QByteArray> lines;                        ///< of all clients, without the mails
    int connections = 0;

    [[nodiscard]] QString url() const
    {
        return QStringLiteral("%1://127.0.0.1:%2").arg(tlsFromStart ? QStringLiteral("smtps") : QStringLiteral("smtp")).arg(serverPort());
    }

protected:
    void incomingConnection(qintptr descriptor) override;

private:
    struct Session { QSslSocket *socket; QByteArray buffer; ReceivedMail mail; bool inData; QByteArray authStep, authUser; };
    bool say(Session &session, const QByteArray &line, const QByteArray &usual); ///< false: it answered something else
    void read(Session &session);
    void takeData(Session &session, const QByteArray &line);
    void login(Session &session, const QByteArray &name, const QByteArray &word);
    void auth(Session &session, const QByteArray &line);
    void command(Session &session, const QByteArray &line);
};

} // namespace prunella::test
