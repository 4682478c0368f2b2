// labels: sandbox
// A real incident told through every channel over HTTP, with receivers that are down, busy and slow, over a kill -9 of the
// engine; and nothing that the engine leaves behind has a secret in it.
#include "EngineProcess.h"
#include "Incidents.h"
#include "VictimUnit.h"
#include "tests/support/HttpServer.h"

#include <QDirIterator>
#include <QJsonDocument>
#include <QMessageAuthenticationCode>
#include <QTest>

using namespace prunella::testing;
using namespace Qt::StringLiterals;
using prunella::test::HttpRequest;
using prunella::test::HttpServer;

class TestSystemChannels : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void everybodyIsTold();

private:
    [[nodiscard]] QString channels() const;
    void answered(EngineProcess &engine, const QString &id);
    void nothingIsLeft(EngineProcess &engine, const QString &id);
    [[nodiscard]] QByteArray whatIsLeft() const;
    static void signedForTheReceiver(const HttpRequest &request);
    static void putFile(const QString &path, const QByteArray &content);
    static QJsonObject body(const HttpRequest &request) { return QJsonDocument::fromJson(request.body).object(); }

    HttpServer m_hook, m_chat, m_pager, m_alerts;
    QString m_dir;
};

void TestSystemChannels::putFile(const QString &path, const QByteArray &content)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.setPermissions(QFile::ReadOwner | QFile::WriteOwner) && file.write(content) == content.size());
}

QString TestSystemChannels::channels() const
{
    return u"  secrets_file: %1/secrets\n"
           "  channels:\n"
           "    hook: {type: webhook, url: \"%2\", secret: hook-key}\n"
           "    chat: {type: slack, url_secret: chat-url}\n"
           "    pager: {type: pagerduty, routing_key_secret: pager-key, url: \"%3\"}\n"
           "    alerts: {type: alertmanager, url: \"%4\", token_secret: alerts-token}\n"
           "    tell: {type: command, command: [python3, %1/tell.py, %1/told]}\n"_s
        .arg(m_dir, m_hook.url(u"/hook"_s), m_pager.url(u"/v2/enqueue"_s), m_alerts.url(u"/"_s));
}

/// Every byte below the folder but the secrets themselves.
QByteArray TestSystemChannels::whatIsLeft() const
{
    QByteArray all;
    QDirIterator files(m_dir, QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        QFile file(files.next());
        if (files.fileName() != u"secrets" && file.open(QIODevice::ReadOnly))
            all += file.readAll();
    }
    return all;
}

void TestSystemChannels::init()
{
    for (HttpServer *server : {&m_hook, &m_chat, &m_pager, &m_alerts})
        QVERIFY(server->listen(QHostAddress::LocalHost));
    m_hook.reply(200);
    m_alerts.reply(200);
    m_pager.reply(503, "xyzzyPAGER is not served");
    m_chat.reply(429, "ratelimited xyzzyCHAT", "Retry-After: 2\r\n");
    m_dir = outDirectory(u"channels"_s);
    putFile(m_dir + u"/secrets"_s, "hook-key=xyzzyHOOK\nchat-url=" + m_chat.url(u"/services/T0/xyzzyCHAT"_s).toUtf8()
                + "\npager-key=xyzzyPAGER\nalerts-token=xyzzyALERTS\n");
    putFile(m_dir + u"/tell.py"_s, "import os,sys\nopen(sys.argv[1],'a').write(os.environ['PRUNELLA_EVENT']+'\\n')\n");
}

void TestSystemChannels::everybodyIsTold()
{
    const VictimUnit victim(u"web"_s, m_dir);
    victim.start();
    EngineProcess engine(m_dir, engineConfig(victim.service(), u"approve"_s, {}, channels(), u"[{after: 0s, channels: [hook, chat, pager, alerts, tell]}]"_s));
    QVERIFY2(engine.start() && engine.knows(u"web"_s), qPrintable(engine.eventsText()));
    victim.kill9();
    QVERIFY2(engine.sees(u"awaiting_approval"_s, u"web"_s), qPrintable(engine.eventsText()));
    QTRY_VERIFY_WITH_TIMEOUT(m_hook.requests.size() == 1 && m_alerts.requests.size() == 1, 10'000);
    QTRY_VERIFY_WITH_TIMEOUT(m_pager.requests.size() >= 2 && m_chat.requests.size() >= 1, 10'000);
    const QString id = engine.incident(u"web"_s)[u"id"_s].toString();
    QVERIFY2(!id.isEmpty(), qPrintable(engine.eventsText()));

    engine.kill9(); // the pager and the chat have not been reached
    m_pager.reply(202, R"({"status":"success"})");
    m_chat.reply(200, "ok");
    const auto pagers = m_pager.requests.size(), chats = m_chat.requests.size();
    QVERIFY2(engine.start(), qPrintable(engine.errors()));
    QTRY_VERIFY_WITH_TIMEOUT(m_pager.requests.size() == pagers + 1 && m_chat.requests.size() == chats + 1, 40'000);
    QCOMPARE(m_pager.requests[0].body, m_pager.requests.constLast().body); // the same delivery, no other
    QCOMPARE(m_chat.requests[0].body, m_chat.requests.constLast().body);
    QCOMPARE(body(m_pager.requests.constLast())[u"dedup_key"_s].toString(), id);
    QCOMPARE(m_hook.requests.size(), 1); // who has it is not told again

    answered(engine, id);
    signedForTheReceiver(m_hook.requests[1]);
    nothingIsLeft(engine, id);
}

/// Acknowledged, approved, resolved.
void TestSystemChannels::answered(EngineProcess &engine, const QString &id)
{
    const auto chats = m_chat.requests.size();
    const auto lastAction = [this] { return body(m_pager.requests.constLast())[u"event_action"_s].toString(); };
    QCOMPARE(engine.call({u"acknowledge"_s, id}).code, 0);
    QTRY_COMPARE_WITH_TIMEOUT(lastAction(), u"acknowledge"_s, 10'000);
    QCOMPARE(engine.call({u"approve"_s, id}).code, 0);
    QVERIFY2(engine.sees(u"resolved"_s, u"web"_s), qPrintable(engine.eventsText()));
    QTRY_COMPARE_WITH_TIMEOUT(lastAction(), u"resolve"_s, 10'000);
    QTRY_COMPARE_WITH_TIMEOUT(m_hook.requests.size(), 2, 10'000);
    QTRY_COMPARE_WITH_TIMEOUT(m_chat.requests.size(), chats + 1, 10'000); // an acknowledgement is not one more message
    QTRY_COMPARE_WITH_TIMEOUT(countLines(m_dir + u"/told"_s, "resolved"), 1, 10'000);
    QCOMPARE(countLines(m_dir + u"/told"_s, "escalated"), 1);
    const auto lastAlert = [this] { return QJsonDocument::fromJson(m_alerts.requests.constLast().body)[0].toObject(); };
    QTRY_COMPARE_WITH_TIMEOUT(lastAlert()[u"endsAt"_s].toString(), body(m_hook.requests[1])[u"incident"_s][u"resolved_at"_s].toString(), 10'000);
    QCOMPARE(lastAlert()[u"labels"_s][u"incident_id"_s].toString(), id);
    QCOMPARE(m_alerts.requests[0].headers.value("authorization"), "Bearer xyzzyALERTS");
}

/// As a receiver checks it.
void TestSystemChannels::signedForTheReceiver(const HttpRequest &request)
{
    const QByteArray signature = request.headers.value("x-prunella-signature");
    const QByteArray time = signature.mid(2, signature.indexOf(',') - 2);
    QMessageAuthenticationCode code(QCryptographicHash::Sha256, "xyzzyHOOK");
    code.addData(time + '.');
    code.addData(request.body);
    QCOMPARE(signature, "t=" + time + ",v1=" + code.result().toHex());
}

void TestSystemChannels::nothingIsLeft(EngineProcess &engine, const QString &id)
{
    QByteArray all = engine.errors().toUtf8() + engine.eventsText().toUtf8();
    for (const QStringList &call : {QStringList{u"status"_s, u"--json"_s}, {u"show"_s, id}, {u"incidents"_s, u"--json"_s}, {u"actions"_s}})
        all += engine.call(call).out.toUtf8();
    QCOMPARE(engine.stop(), 0);
    all += whatIsLeft();
    QVERIFY(all.contains("killed") && all.size() > 100'000);
    QVERIFY2(!all.contains("xyzzy"), all.mid(qMax<qsizetype>(0, all.indexOf("xyzzy") - 200), 400).constData());
}

QTEST_GUILESS_MAIN(TestSystemChannels)
#include "tst_system_channels.moc"
