// What we send, judged by programs that others wrote: Prometheus Alertmanager, and Python's mail parser.
#include "core/base/Clock.h"
#include "core/notification/ChannelSender.h"
#include "core/notification/MailMessage.h"
#include "tests/notification/Items.h"

#include <QFile>
#include <QJsonDocument>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QProcess>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

class tst_real_receivers : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void alertmanager();
    void mailParser();

private:
    [[nodiscard]] QJsonArray alerts();
    QTemporaryDir m_dir;
    QProcess m_alertmanager;
    QNetworkAccessManager m_network;
    ChannelConfig m_channel;
};

/// Those that hold, as its own API tells them.
QJsonArray tst_real_receivers::alerts()
{
    std::unique_ptr<QNetworkReply> reply(m_network.get(QNetworkRequest(QUrl(m_channel.url + u"/api/v2/alerts"_s))));
    [&] { QTRY_VERIFY(reply->isFinished()); }();
    return QJsonDocument::fromJson(reply->readAll()).array();
}

void tst_real_receivers::alertmanager()
{
    QTcpServer probe; // for a port that is free
    QVERIFY(probe.listen(QHostAddress::LocalHost));
    const QString address = u"127.0.0.1:%1"_s.arg(probe.serverPort());
    probe.close();
    QFile config(m_dir.filePath(u"am.yml"_s));
    QVERIFY(config.open(QIODevice::WriteOnly) && config.write("route: {receiver: none}\nreceivers: [{name: none}]\n") > 0);
    config.close();
    m_alertmanager.start(u"prometheus-alertmanager"_s, {u"--config.file="_s + config.fileName(), u"--storage.path="_s + m_dir.filePath(u"data"_s),
                                                        u"--web.listen-address="_s + address, u"--cluster.listen-address="_s});
    QVERIFY2(m_alertmanager.waitForStarted(), "install the package prometheus-alertmanager");
    m_channel.type = u"alertmanager"_s;
    m_channel.url = u"http://"_s + address;
    ChannelSender sender;
    const qint64 now = SystemClock().now().wallMs;
    Incident incident = anIncident();
    incident.startedAt = now - 60'000;
    const auto tell = [&](const QString &event) {
        return deliveryOf([&](const DeliveryDone &done) { sender.send(anItem(event, u"am"_s, u"d-"_s + event, incident), m_channel, now, done); });
    };
    QTRY_VERIFY_WITH_TIMEOUT(tell(u"escalated"_s).status, 20'000); // until it is up
    QTRY_COMPARE(alerts().size(), 1);
    QJsonObject alert = alerts()[0].toObject();
    QCOMPARE(alert[u"labels"_s][u"component"_s].toString(), u"wéb"_s);
    QCOMPARE(alert[u"annotations"_s][u"delivery_id"_s].toString(), u"d-escalated"_s);
    const DeliveryResult again = deliveryOf([&](const DeliveryDone &done) {
        sender.sendAlerts({incident, anIncident(u"another"_s)}, m_channel, now + 60'000, done);
    });
    QVERIFY2(again.status, qPrintable(again.status ? QString() : again.status.error().message));
    QTRY_COMPARE(alerts().size(), 2); // the same one, and the other
    incident.resolvedAt = now - 1000;
    QVERIFY(tell(u"resolved"_s).status);
    QTRY_COMPARE(alerts().size(), 1);
    QCOMPARE(alerts()[0][u"labels"_s][u"incident_id"_s].toString(), u"another"_s);
    m_alertmanager.terminate();
    m_alertmanager.waitForFinished();
}

void tst_real_receivers::mailParser()
{
    ChannelConfig channel;
    channel.from = u"Prunella <prunella@example.org>"_s;
    channel.to = {u"a@example.org"_s, u"b@example.org"_s};
    Incident incident = anIncident();
    incident.component = u"Größe ✓ 😀 "_s.repeated(8).trimmed();
    QProcess python;
    python.start(u"python3"_s, {u"-c"_s, u"import sys,json,email,email.policy\n"
        "m=email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)\n"
        "print(json.dumps({'subject': m['Subject'], 'to': [a.addr_spec for a in m['To'].addresses], 'date': m['Date'].datetime.isoformat(),"
        " 'id': m['Message-ID'], 'body': m.get_content(), 'defects': [str(d) for d in m.defects] + [str(d) for h in m.values() for d in getattr(h, 'defects', [])]}))"_s});
    python.write(mailText(anItem(u"escalated"_s, u"m"_s, u"3f0c"_s, incident), channel));
    python.closeWriteChannel();
    QVERIFY(python.waitForFinished());
    const QJsonObject mail = QJsonDocument::fromJson(python.readAllStandardOutput()).object();
    QVERIFY2(!mail.isEmpty(), python.readAllStandardError().constData());
    QCOMPARE(mail[u"defects"_s].toArray(), QJsonArray());
    QCOMPARE(mail[u"subject"_s].toString(), u"[Prunella] "_s + incident.component + u": service_crash (high)"_s);
    QCOMPARE(mail[u"to"_s].toArray(), (QJsonArray{u"a@example.org"_s, u"b@example.org"_s}));
    QCOMPARE(mail[u"date"_s].toString(), u"2023-11-14T22:15:00+00:00"_s);
    QCOMPARE(mail[u"id"_s].toString(), u"<3f0c@example.org>"_s);
    const QString text = mail[u"body"_s].toString().replace(u"\r\n"_s, u"\n"_s);
    QVERIFY(text.contains(incident.component + u": service_crash (high)\n\nkilled by signal 9 <oom> & gone\n"_s));
}

QTEST_GUILESS_MAIN(tst_real_receivers)
#include "tst_real_receivers.moc"
