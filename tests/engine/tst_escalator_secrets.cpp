// No secret in an error, a notice, the log or what the store gets, whatever a receiver says back.
#include "tests/engine/EscalatorFixture.h"

#include <QTest>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

namespace {
QString g_log; // what the engine wrote to its log
}

class tst_escalator_secrets : public EscalatorFixture
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { prepare(); }
    void init() { begin(); }
    void noSecretGetsOut_data();
    void noSecretGetsOut();
};

void tst_escalator_secrets::noSecretGetsOut_data()
{
    QTest::addColumn<QString>("type");
    QTest::addColumn<QByteArray>("secret");
    QTest::newRow("slack") << u"slack"_s << QByteArray("http://127.0.0.1:@PORT@/services/T0AAAA/xyzzySECRET");
    QTest::newRow("slack, plain http") << u"slack"_s << QByteArray("http://hooks.example.org/services/T0AAAA/xyzzySECRET");
    QTest::newRow("slack, no url") << u"slack"_s << QByteArray("xyzzySECRET");
    QTest::newRow("webhook by url") << u"webhook"_s << QByteArray("http://127.0.0.1:@PORT@/bot/xyzzySECRET");
    QTest::newRow("webhook") << u"webhook"_s << QByteArray("xyzzySECRET");
    QTest::newRow("pagerduty") << u"pagerduty"_s << QByteArray("xyzzySECRET");
    QTest::newRow("alertmanager") << u"alertmanager"_s << QByteArray("xyzzySECRET");
    QTest::newRow("smtp") << u"smtp"_s << QByteArray("xyzzySECRET");
}

/// The receiver says it back in every way that it can.
void tst_escalator_secrets::noSecretGetsOut()
{
    QFETCH(QString, type);
    QFETCH(QByteArray, secret);
    secret.replace("@PORT@", QByteArray::number(m_server->serverPort()));
    g_log.clear();
    const auto before = qInstallMessageHandler([](QtMsgType, const QMessageLogContext &, const QString &text) { g_log += text + u'\n'; });
    putSecret(u"key"_s, secret);
    ChannelConfig one = channel(type, u"key"_s);
    if (QByteArray(QTest::currentDataTag()) == "webhook by url")
        one.url.clear();
    one.server = u"smtp://127.0.0.1:%1"_s.arg(m_server->serverPort()); // it is no mail server, and answers HTTP
    one.from = one.user = u"a@example.org"_s;
    one.to = QStringList{u"b@example.org"_s};
    one.startTls = false;
    configure(one);
    for (const int status : {400, 401, 404, 429, 500}) {
        m_server->handler = [status, secret](const HttpRequest &request, QTcpSocket *socket) {
            HttpServer::answer(socket, status, secret + ' ' + request.line + ' ' + request.body.left(200));
        };
        const auto tried = m_tried.size();
        m_escalator->deliver({item(u"d%1"_s.arg(status), u"escalated"_s, u"i%1"_s.arg(status))});
        QTRY_VERIFY_WITH_TIMEOUT(m_tried.size() > tried, 10'000);
    }
    qInstallMessageHandler(before);
    QString all = m_trouble.join(u'\n') + g_log;
    for (const OutboxItem &stored : std::as_const(m_tried)) // what the store gets
        all += QString::fromUtf8(QJsonDocument(stored.body).toJson()) + stored.channel + stored.event;
    QVERIFY(all.contains(u"channel oncall"_s));
    QVERIFY2(!all.contains(u"xyzzy"_s, Qt::CaseInsensitive), qPrintable(all));
    QVERIFY2(!all.contains(u"T0AAAA"_s), qPrintable(all));
}

QTEST_GUILESS_MAIN(tst_escalator_secrets)
#include "tst_escalator_secrets.moc"
