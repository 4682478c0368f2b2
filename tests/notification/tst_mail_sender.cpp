// Against a real SMTP server in this process; libcurl talks to it from its own thread.
#include "core/notification/MailMessage.h"
#include "core/notification/MailSender.h"
#include "tests/notification/Items.h"
#include "tests/notification/SmtpServer.h"

#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QSslCertificate>
#include <QSslKey>
#include <QTemporaryDir>
#include <QTest>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

class tst_mail_sender : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void delivers();
    void dotsSurvive();
    void startTls();
    void fromStart();
    void logsIn();
    void wrongPassword();
    void neverInPlainText();
    void untrustedCertificate();
    void failures_data();
    void failures();
    void someRecipients();
    void sameIdOnEveryTry();
    void timesOut();
    void quitIsNotWaitedForLong();
    void refusedConnection();
    void endsInTime();

private:
    DeliveryResult send(const OutboxItem &item = anItem());
    [[nodiscard]] MailCall call(const OutboxItem &item) const { return {m_channel, m_password, mailText(item, m_channel)}; }

    QTemporaryDir m_dir;
    QSslConfiguration m_tls;
    std::unique_ptr<SmtpServer> m_server;
    std::unique_ptr<MailSender> m_sender;
    ChannelConfig m_channel;
    QByteArray m_password;
};

void tst_mail_sender::initTestCase()
{
    QProcess openssl;
    openssl.start(u"openssl"_s, {u"req"_s, u"-x509"_s, u"-newkey"_s, u"rsa:2048"_s, u"-nodes"_s, u"-keyout"_s, m_dir.filePath(u"key"_s),
                                 u"-out"_s, m_dir.filePath(u"cert"_s), u"-days"_s, u"2"_s, u"-subj"_s, u"/CN=127.0.0.1"_s,
                                 u"-addext"_s, u"subjectAltName=IP:127.0.0.1"_s});
    QVERIFY2(openssl.waitForFinished() && openssl.exitCode() == 0, "install the package openssl");
    QFile key(m_dir.filePath(u"key"_s)), certificate(m_dir.filePath(u"cert"_s));
    QVERIFY(key.open(QIODevice::ReadOnly) && certificate.open(QIODevice::ReadOnly));
    m_tls = QSslConfiguration::defaultConfiguration();
    m_tls.setPrivateKey(QSslKey(&key, QSsl::Rsa));
    m_tls.setLocalCertificate(QSslCertificate(&certificate));
    m_tls.setPeerVerifyMode(QSslSocket::VerifyNone);
}

void tst_mail_sender::init()
{
    m_server = std::make_unique<SmtpServer>();
    QVERIFY(m_server->listen(QHostAddress::LocalHost));
    m_sender = std::make_unique<MailSender>();
    m_channel = {};
    m_channel.server = m_server->url();
    m_channel.from = u"Prunella <prunella@example.org>"_s;
    m_channel.to = {u"a@example.org"_s, u"b@example.org"_s};
    m_channel.startTls = false;
    m_password.clear();
}

DeliveryResult tst_mail_sender::send(const OutboxItem &item)
{
    return deliveryOf([&](const DeliveryDone &done) { m_sender->send(call(item), done); });
}

void tst_mail_sender::delivers()
{
    const DeliveryResult result = send();
    QVERIFY2(result.status, qPrintable(result.status ? QString() : result.status.error().message));
    QVERIFY(result.warning.isEmpty());
    QCOMPARE(m_server->mails.size(), 1);
    QVERIFY(m_server->mails[0].from.startsWith("MAIL FROM:<prunella@example.org>"));
    QCOMPARE(m_server->mails[0].to, (QList<QByteArray>{"RCPT TO:<a@example.org>", "RCPT TO:<b@example.org>"}));
    QCOMPARE(m_server->mails[0].data, mailText(anItem(), m_channel));
}

void tst_mail_sender::dotsSurvive()
{
    MailCall one = call(anItem());
    one.mail = "Subject: x\r\n\r\n.\r\n..a\r\nb\r\n";
    const DeliveryResult result = deliveryOf([&](const DeliveryDone &done) { m_sender->send(one, done); });
    QVERIFY(result.status);
    QCOMPARE(m_server->mails[0].data, one.mail);
}

void tst_mail_sender::startTls()
{
    m_server->tls = m_tls;
    m_channel.startTls = true;
    m_channel.caFile = m_dir.filePath(u"cert"_s);
    const DeliveryResult result = send();
    QVERIFY2(result.status, qPrintable(result.status ? QString() : result.status.error().message));
    QVERIFY(m_server->mails[0].encrypted);
}

void tst_mail_sender::fromStart()
{
    m_server->tls = m_tls;
    m_server->tlsFromStart = true;
    m_channel.server = m_server->url();
    m_channel.caFile = m_dir.filePath(u"cert"_s);
    const DeliveryResult result = send();
    QVERIFY2(result.status, qPrintable(result.status ? QString() : result.status.error().message));
    QVERIFY(m_server->mails[0].encrypted);
}

void tst_mail_sender::logsIn()
{
    m_server->tls = m_tls;
    m_server->offersAuth = true;
    m_server->user = "ops";
    m_channel.user = u"ops"_s;
    m_server->password = m_password = "pass phrase é";
    m_channel.startTls = true;
    m_channel.caFile = m_dir.filePath(u"cert"_s);
    const DeliveryResult result = send();
    QVERIFY2(result.status, qPrintable(result.status ? QString() : result.status.error().message));
    QCOMPARE(m_server->mails[0].user, "ops");
    QCOMPARE(m_server->mails[0].password, m_password);
}

void tst_mail_sender::wrongPassword()
{
    m_server->offersAuth = true;
    m_server->user = "ops";
    m_server->password = "right";
    m_channel.user = u"ops"_s;
    m_password = "wr0ng-Passw0rd";
    const DeliveryResult result = send();
    QVERIFY(!result.status && result.status.error().code == ErrorCode::NotAuthorised);
    QCOMPARE(result.status.error().message, u"127.0.0.1 refused the login: check user and password_secret"_s);
    QVERIFY(m_server->mails.isEmpty());
}

void tst_mail_sender::neverInPlainText()
{
    m_server->offersAuth = true; // no STARTTLS, as when somebody in between removed it
    m_channel.user = u"ops"_s;
    m_password = "s3cret";
    m_channel.startTls = true;
    const DeliveryResult result = send();
    QVERIFY(!result.status && isPermanent(result.status.error()));
    QVERIFY2(result.status.error().message.contains(u"STARTTLS"_s), qPrintable(result.status.error().message));
    for (const QByteArray &line : std::as_const(m_server->lines))
        QVERIFY2(!line.startsWith("AUTH") && !line.startsWith("MAIL"), line.constData());
}

void tst_mail_sender::untrustedCertificate()
{
    m_server->tls = m_tls;
    m_channel.startTls = true;
    const DeliveryResult result = send();
    QVERIFY(!result.status);
    QVERIFY2(result.status.error().message.contains(u"not trusted"_s), qPrintable(result.status.error().message));
    QVERIFY(m_server->mails.isEmpty());
}

void tst_mail_sender::failures_data()
{
    QTest::addColumn<QByteArray>("at");
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<bool>("permanent");
    QTest::newRow("greeting") << QByteArray() << QByteArray("421 4.3.2 too busy") << false;
    QTest::newRow("from, for now") << QByteArray("MAIL") << QByteArray("451 4.7.1 greylisted") << false;
    QTest::newRow("from") << QByteArray("MAIL") << QByteArray("550 5.7.1 not you") << true;
    QTest::newRow("all recipients, for now") << QByteArray("RCPT") << QByteArray("450 4.2.1 later") << false;
    QTest::newRow("all recipients") << QByteArray("RCPT") << QByteArray("550 5.1.1 nobody") << true;
    QTest::newRow("data") << QByteArray("DATA") << QByteArray("452 4.3.1 disk full") << false;
    QTest::newRow("end, for now") << QByteArray(".") << QByteArray("451 4.3.0 try again") << false;
    QTest::newRow("end") << QByteArray(".") << QByteArray("554 5.6.0 looks like spam") << true;
}

void tst_mail_sender::failures()
{
    QFETCH(QByteArray, at);
    QFETCH(QByteArray, answer);
    m_server->instead = [=](const QByteArray &line) { return (at.isEmpty() ? line.isEmpty() : line.startsWith(at)) ? answer : QByteArray(); };
    const DeliveryResult result = send();
    QVERIFY(!result.status);
    QTEST(isPermanent(result.status.error()), "permanent");
    QVERIFY2(result.status.error().message.contains(QString::fromLatin1(answer.first(3))), qPrintable(result.status.error().message));
    QVERIFY(m_server->mails.isEmpty());
    m_server->instead = {};
    QVERIFY(send().status); // the next try finds it well again
}

void tst_mail_sender::someRecipients()
{
    m_server->instead = [](const QByteArray &line) { return line.startsWith("RCPT TO:<b") ? QByteArray("550 5.1.1 nobody here") : QByteArray(); };
    const DeliveryResult refused = send();
    QVERIFY(refused.status);
    QCOMPARE(refused.warning, u"the mail server refused 1 of 2 recipients: 550 5.1.1 nobody here"_s);
    QCOMPARE(m_server->mails.size(), 1);
    m_server->instead = [](const QByteArray &line) { return line.startsWith("RCPT TO:<b") ? QByteArray("450 4.7.1 greylisted") : QByteArray(); };
    const DeliveryResult later = send();
    QVERIFY(!later.status && !isPermanent(later.status.error())); // b would never hear of it otherwise
}

void tst_mail_sender::sameIdOnEveryTry()
{
    m_server->instead = [](const QByteArray &line) { return line == "." ? QByteArray("-") : QByteArray(); };
    m_channel.timeoutMs = 1000;
    OutboxItem item = anItem();
    QVERIFY(send(item).status.error().code == ErrorCode::Timeout);
    m_server->instead = {};
    item.tries = 1;
    QVERIFY(send(item).status);
    QVERIFY(send(item).status);
    QCOMPARE(m_server->mails[0].data, m_server->mails[1].data);
    QVERIFY(m_server->mails[0].data.contains("Message-ID: <3f0c@example.org>"));
}

void tst_mail_sender::timesOut()
{
    m_server->instead = [](const QByteArray &) { return QByteArray("-"); };
    m_channel.timeoutMs = 1000;
    const DeliveryResult result = send();
    QCOMPARE(result.status.error().message, u"127.0.0.1 did not answer within 1 s"_s);
}

void tst_mail_sender::quitIsNotWaitedForLong()
{
    m_server->instead = [](const QByteArray &line) { return line == "QUIT" ? QByteArray("-") : QByteArray(); };
    m_channel.timeoutMs = 1000;
    QElapsedTimer timer;
    timer.start();
    QVERIFY(send().status); // it was taken
    QVERIFY2(timer.elapsed() < 5000, QByteArray::number(timer.elapsed()).constData());
}

void tst_mail_sender::refusedConnection()
{
    m_server->close();
    const DeliveryResult result = send();
    QVERIFY(!result.status && result.status.error().code == ErrorCode::Unavailable);
}

void tst_mail_sender::endsInTime()
{
    m_server->instead = [](const QByteArray &) { return QByteArray("-"); };
    m_channel.timeoutMs = 60'000;
    for (int i = 0; i < 5; ++i)
        m_sender->send(call(anItem()), [](const DeliveryResult &) { QFAIL("answered after its end"); });
    QTRY_VERIFY(m_server->connections > 0);
    QElapsedTimer timer;
    timer.start();
    m_sender.reset();
    QVERIFY2(timer.elapsed() < 4000, QByteArray::number(timer.elapsed()).constData());
}

QTEST_GUILESS_MAIN(tst_mail_sender)
#include "tst_mail_sender.moc"
