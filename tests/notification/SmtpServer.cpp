#include "tests/notification/SmtpServer.h"

namespace prunella::test {

void SmtpServer::incomingConnection(qintptr descriptor)
{
    ++connections;
    auto *socket = new QSslSocket(this);
    socket->setSocketDescriptor(descriptor);
    const auto session = std::make_shared<Session>(Session{socket, {}, {}, false, {}, {}});
    connect(socket, &QSslSocket::readyRead, this, [this, session] { read(*session); });
    connect(socket, &QSslSocket::disconnected, socket, &QObject::deleteLater);
    if (tlsFromStart) {
        socket->setSslConfiguration(*tls);
        connect(socket, &QSslSocket::encrypted, this, [this, session] { say(*session, {}, "220 test ESMTP"); });
        socket->startServerEncryption();
    } else {
        say(*session, {}, "220 test ESMTP");
    }
}

bool SmtpServer::say(Session &session, const QByteArray &line, const QByteArray &usual)
{
    const QByteArray other = instead ? instead(line) : QByteArray();
    if (other == "-")
        return false;
    session.socket->write((other.isEmpty() ? usual : other) + "\r\n");
    return other.isEmpty();
}

void SmtpServer::read(Session &session)
{
    session.buffer += session.socket->readAll();
    for (qsizetype end = session.buffer.indexOf("\r\n"); end >= 0; end = session.buffer.indexOf("\r\n")) {
        const QByteArray line = session.buffer.first(end);
        session.buffer.remove(0, end + 2);
        session.inData ? takeData(session, line) : command(session, line);
    }
}

void SmtpServer::takeData(Session &session, const QByteArray &line)
{
    if (line != ".") {
        session.mail.data += (line.startsWith("..") ? line.sliced(1) : line) + "\r\n";
        return;
    }
    session.inData = false;
    session.mail.encrypted = session.socket->isEncrypted();
    if (say(session, ".", "250 2.0.0 taken"))
        mails.append(session.mail);
}

void SmtpServer::login(Session &session, const QByteArray &name, const QByteArray &word)
{
    session.authStep.clear();
    const bool good = name == user && word == password;
    session.mail.user = name;
    session.mail.password = word;
    say(session, "AUTH", good ? "235 2.7.0 welcome" : "535 5.7.8 no");
}

void SmtpServer::auth(Session &session, const QByteArray &line)
{
    if (line.startsWith("AUTH PLAIN")) {
        const QByteArray given = line.mid(11);
        if (given.isEmpty()) {
            session.authStep = "plain";
            session.socket->write("334 \r\n");
            return;
        }
        const QList<QByteArray> parts = QByteArray::fromBase64(given).split('\0');
        login(session, parts.value(1), parts.value(2));
    } else if (session.authStep == "plain") {
        const QList<QByteArray> parts = QByteArray::fromBase64(line).split('\0');
        login(session, parts.value(1), parts.value(2));
    }
}

void SmtpServer::command(Session &session, const QByteArray &line)
{
    lines.append(line);
    const QByteArray verb = line.left(4).toUpper();
    if (!session.authStep.isEmpty() || verb == "AUTH")
        return auth(session, line);
    if (verb == "EHLO") {
        const QByteArray more = (tls && !session.socket->isEncrypted() ? QByteArray("250-STARTTLS\r\n") : QByteArray())
            + (offersAuth ? QByteArray("250-AUTH PLAIN\r\n") : QByteArray());
        say(session, line, "250-test\r\n" + more + "250 SIZE 1000000");
    } else if (verb == "STAR" && tls) {
        session.socket->write("220 go ahead\r\n");
        session.socket->flush();
        session.socket->setSslConfiguration(*tls);
        session.socket->startServerEncryption();
    } else if (verb == "MAIL") {
        if (say(session, line, "250 ok"))
            session.mail.from = line;
    } else if (verb == "RCPT") {
        if (say(session, line, "250 ok"))
            session.mail.to.append(line);
    } else if (verb == "DATA") {
        session.inData = say(session, line, "354 go on");
    } else if (verb == "QUIT") {
        if (say(session, line, "221 bye"))
            session.socket->disconnectFromHost();
    } else {
        say(session, line, "500 what?");
    }
}

} // namespace prunella::test
