// What each channel sends, as pure functions: escaping, limits, stable ids.
#include "core/notification/AlertmanagerMessage.h"
#include "core/notification/CommandCall.h"
#include "core/notification/IncidentText.h"
#include "core/notification/MailMessage.h"
#include "core/notification/PagerDutyMessage.h"
#include "core/notification/SecretStore.h"
#include "core/notification/SlackMessage.h"
#include "core/notification/WebhookMessage.h"
#include "tests/notification/Items.h"

#include <QJsonDocument>
#include <QTest>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

class tst_channel_messages : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void signature();
    void slackEscapes();
    void slackLimits();
    void pagerDutyEvents_data();
    void pagerDutyEvents();
    void pagerDutyLimits();
    void alertLabels();
    void alertEnds();
    void alertUrls_data();
    void alertUrls();
    void mailHeaders_data();
    void mailHeaders();
    void mailIsStable();
    void mailCannotBeInjected();
    void mailAddresses();
    void commandHasTheWords();
    void texts();
    void redaction();

private:
    static QJsonObject object(const QByteArray &bytes) { return QJsonDocument::fromJson(bytes).object(); }
    static QByteArray header(const HttpMessage &message, const QByteArray &name);
};

QByteArray tst_channel_messages::header(const HttpMessage &message, const QByteArray &name)
{
    for (const auto &[key, value] : message.headers) {
        if (key == name)
            return value;
    }
    return {};
}

void tst_channel_messages::signature()
{
    // reckoned by: printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac s3cret
    QCOMPARE(webhookSignature("{\"a\":1}", "s3cret", 1'700'000'000'999), "t=1700000000,v1=1698a50bc74d1ff1db85c4e0a5297c2ad9fdba245d5737cdb789e4cc6e098940");
    ChannelConfig channel;
    channel.url = u"http://127.0.0.1:1/hook"_s;
    const HttpMessage plain = webhookMessage(anItem(), channel, {}, 1000), secret = webhookMessage(anItem(), channel, "k", 1000);
    QVERIFY(header(plain, "X-Prunella-Signature").isEmpty());
    QCOMPARE(header(secret, "X-Prunella-Signature"), webhookSignature(secret.body, "k", 1000));
    QCOMPARE(plain.body, secret.body);
    QCOMPARE(header(secret, "X-Prunella-Delivery"), "3f0c");
}

void tst_channel_messages::slackEscapes()
{
    QCOMPARE(slackEscaped(u"a<!channel> & b"_s), u"a&lt;!channel&gt; &amp; b"_s);
    QCOMPARE(slackClipped(u"<<<<"_s, 9), u"&lt;&lt;…"_s);
    QCOMPARE(slackClipped(u"<"_s, 2), QString());
    const QByteArray body = slackBody(anItem());
    QVERIFY(body.contains("&lt;oom&gt; &amp; gone"));
    const QJsonObject message = object(body);
    QCOMPARE(message[u"text"_s].toString(), u"wéb: service_crash (high)\nkilled by signal 9 &lt;oom&gt; &amp; gone"_s);
    QCOMPARE(message[u"blocks"_s][0][u"type"_s].toString(), u"header"_s);
    QVERIFY(QString::fromUtf8(body).contains(u"delivery 3f0c"_s));
}

void tst_channel_messages::slackLimits()
{
    Incident incident = anIncident();
    incident.summary = QString(9000, u'&') + u"😀"_s;
    incident.component = QString(500, u'c');
    incident.timeline[0].reason = QString(9000, u'>');
    incident.diagnosis = Diagnosis{};
    incident.diagnosis->rootCause = QString(9000, u'<');
    const QJsonObject message = object(slackBody(anItem(u"escalated"_s, u"chat"_s, u"1"_s, incident)));
    QVERIFY(message[u"text"_s].toString().size() <= 4000);
    const QJsonArray blocks = message[u"blocks"_s].toArray();
    QVERIFY(blocks.size() <= 50);
    QVERIFY(blocks[0][u"text"_s][u"text"_s].toString().size() <= 150);
    for (const QJsonValue &block : blocks) {
        const QString text = block[u"text"_s][u"text"_s].toString();
        QVERIFY(text.size() <= 3000);
        static const QRegularExpression half(u"&(?!(amp|lt|gt);)"_s);
        QVERIFY2(!half.match(text).hasMatch(), "half of an escape");
        QVERIFY(block[u"fields"_s].toArray().size() <= 10);
        for (const QJsonValue &field : block[u"fields"_s].toArray())
            QVERIFY(field[u"text"_s].toString().size() <= 2000);
    }
}

void tst_channel_messages::pagerDutyEvents_data()
{
    QTest::addColumn<QString>("action");
    QTest::newRow("escalated") << u"trigger"_s;
    QTest::newRow("reminder") << u"trigger"_s;
    QTest::newRow("acknowledged") << u"acknowledge"_s;
    QTest::newRow("resolved") << u"resolve"_s;
    QTest::newRow("merged") << u"resolve"_s;
}

void tst_channel_messages::pagerDutyEvents()
{
    QFETCH(QString, action);
    const QJsonObject body = object(pagerDutyBody(anItem(QString::fromLatin1(QTest::currentDataTag())), "R0KEY"));
    QCOMPARE(body[u"event_action"_s].toString(), action);
    QCOMPARE(body[u"dedup_key"_s].toString(), u"0a1b2c3d"_s); // the incident: all events of one meet in one alert
    QCOMPARE(body[u"routing_key"_s].toString(), u"R0KEY"_s);
    QCOMPARE(body.contains(u"payload"_s), action == u"trigger"_s);
    if (action != u"trigger"_s)
        return;
    const QJsonObject payload = body[u"payload"_s].toObject();
    QCOMPARE(payload[u"severity"_s].toString(), u"error"_s);
    QCOMPARE(payload[u"component"_s].toString(), u"wéb"_s);
    QCOMPARE(payload[u"class"_s].toString(), u"service_crash"_s);
    QCOMPARE(payload[u"timestamp"_s].toString(), u"2023-11-14T22:13:20.000Z"_s);
    QVERIFY(!payload[u"source"_s].toString().isEmpty());
    QVERIFY(payload[u"summary"_s].toString().startsWith(QTest::currentDataTag() == "reminder"_ba ? u"wéb: still"_s : u"wéb: service_crash (high): killed"_s));
}

void tst_channel_messages::pagerDutyLimits()
{
    Incident incident = anIncident();
    incident.summary = QString(5000, u'ß');
    const QByteArray small = pagerDutyBody(anItem(u"escalated"_s, u"p"_s, u"1"_s, incident), "k");
    QCOMPARE(object(small)[u"payload"_s][u"summary"_s].toString().size(), 1024);
    QVERIFY(object(small)[u"payload"_s][u"custom_details"_s].toObject().contains(u"timeline"_s));
    for (int i = 0; i < 3000; ++i)
        incident.timeline.append({1, IncidentStatus::Detected, QString(300, u'€')});
    const QByteArray large = pagerDutyBody(anItem(u"escalated"_s, u"p"_s, u"1"_s, incident), "k");
    QVERIFY2(large.size() <= 512 * 1024, QByteArray::number(large.size()).constData());
    QVERIFY(!object(large)[u"payload"_s][u"custom_details"_s].toObject().contains(u"timeline"_s));
    QVERIFY(object(large)[u"payload"_s][u"custom_details"_s].toObject().contains(u"started_at"_s));
    incident.summary = QString(900'000, u'\x01'); // six bytes each as JSON
    const QByteArray huge = pagerDutyBody(anItem(u"escalated"_s, u"p"_s, u"1"_s, incident), "k");
    QVERIFY2(huge.size() <= 512 * 1024, QByteArray::number(huge.size()).constData());
    QCOMPARE(object(huge)[u"dedup_key"_s].toString(), incident.id);
}

void tst_channel_messages::alertLabels()
{
    const QJsonObject alert = alertOf(toJson(anIncident()), false, 1'700'000'000'000);
    const QJsonObject labels = alert[u"labels"_s].toObject();
    QCOMPARE(labels[u"alertname"_s].toString(), u"service_crash"_s);
    QCOMPARE(labels[u"component"_s].toString(), u"wéb"_s);
    QCOMPARE(labels[u"incident_id"_s].toString(), u"0a1b2c3d"_s);
    for (const QJsonValue &value : labels)
        QVERIFY(!value.toString().isEmpty());
    QCOMPARE(alert[u"annotations"_s][u"summary"_s].toString(), anIncident().summary);
}

void tst_channel_messages::alertEnds()
{
    Incident incident = anIncident();
    QCOMPARE(alertOf(toJson(incident), false, 1'700'000'000'000)[u"endsAt"_s].toString(), u"2023-11-14T22:17:20.000Z"_s); // four minutes on
    incident.resolvedAt = 1'700'000'060'000;
    QCOMPARE(alertOf(toJson(incident), true, 1'700'000'999'000)[u"endsAt"_s].toString(), u"2023-11-14T22:14:20.000Z"_s);
    ChannelConfig channel;
    channel.url = u"http://127.0.0.1:9093/"_s;
    const HttpMessage two = alertmanagerMessage({anIncident(u"a"_s), anIncident(u"b"_s)}, channel, "t0k", 0);
    QCOMPARE(QJsonDocument::fromJson(two.body).array().size(), 2);
    QCOMPARE(header(two, "Authorization"), "Bearer t0k");
}

void tst_channel_messages::alertUrls_data()
{
    QTest::addColumn<QString>("written");
    QTest::addColumn<QString>("meant");
    QTest::newRow("bare") << u"http://h:9093"_s << u"http://h:9093/api/v2/alerts"_s;
    QTest::newRow("slash") << u"http://h:9093/"_s << u"http://h:9093/api/v2/alerts"_s;
    QTest::newRow("prefix") << u"https://h/am/"_s << u"https://h/am/api/v2/alerts"_s;
    QTest::newRow("whole") << u"http://h:9093/api/v2/alerts"_s << u"http://h:9093/api/v2/alerts"_s;
}

void tst_channel_messages::alertUrls()
{
    QFETCH(QString, written);
    ChannelConfig channel;
    channel.url = written;
    QTEST(alertmanagerMessage(anItem(), channel, {}, 0).url.toString(), "meant");
}

void tst_channel_messages::mailHeaders_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QByteArray>("header");
    QTest::newRow("plain") << u"web: down"_s << QByteArray("Subject: web: down\r\n");
    QTest::newRow("umlaut") << u"wéb"_s << QByteArray("Subject: =?UTF-8?B?d8OpYg==?=\r\n");
    QTest::newRow("break") << u"web\r\nBcc: all@example.org"_s << QByteArray("Subject: web Bcc: all@example.org\r\n");
    QTest::newRow("control") << u"web\x01"_s << QByteArray("Subject: =?UTF-8?B?d2ViAQ==?=\r\n");
    QTest::newRow("looks encoded") << u"=?UTF-8?B?d8OpYg==?="_s << QByteArray("Subject: =?UTF-8?B?PT9VVEYtOD9CP2Q4T3BZZz09Pz0=?=\r\n");
}

void tst_channel_messages::mailHeaders()
{
    QFETCH(QString, text);
    QTEST(mailHeader("Subject", text), "header");
    const QByteArray folded = mailHeader("Subject", QString(u"wörter und "_s).repeated(40));
    for (const QByteArray &line : folded.split('\n'))
        QVERIFY2(line.size() <= 77, line.constData());
}

void tst_channel_messages::mailIsStable()
{
    ChannelConfig channel;
    channel.from = u"Prunella <prunella@example.org>"_s;
    channel.to = {u"a@example.org"_s, u"Büro <b@example.org>"_s};
    OutboxItem item = anItem();
    const QByteArray mail = mailText(item, channel);
    item.tries = 5;
    QCOMPARE(mailText(item, channel), mail);
    QVERIFY(mail.contains("\r\nMessage-ID: <3f0c@example.org>\r\n"));
    QVERIFY(mail.contains("\r\nReferences: <incident-0a1b2c3d@example.org>\r\n"));
    QVERIFY(mail.contains("\r\nDate: Tue, 14 Nov 2023 22:15:00 +0000\r\n"));
    QVERIFY(mail.contains("\r\nTo: <a@example.org>,\r\n <b@example.org>\r\n"));
    QVERIFY(mail.contains("\r\nAuto-Submitted: auto-generated\r\n"));
    const QString body = QString::fromUtf8(QByteArray::fromBase64(mail.sliced(mail.indexOf("\r\n\r\n") + 4)));
    QVERIFY2(body.contains(u"killed by signal 9 <oom> & gone\r\n"_s), qPrintable(body));
}

void tst_channel_messages::mailCannotBeInjected()
{
    ChannelConfig channel;
    channel.from = u"p@example.org"_s;
    channel.to = {u"a@example.org"_s};
    Incident incident = anIncident(u"id\r\nBcc: x@y"_s);
    incident.component = u"web\r\nBcc: all@example.org\r\n\r\nbody"_s;
    const QByteArray mail = mailText(anItem(u"escalated\r\nBcc: x@y"_s, u"m"_s, u"d\r\nBcc: x@y"_s, incident), channel);
    const QByteArray head = mail.first(mail.indexOf("\r\n\r\n"));
    QVERIFY2(!head.contains("\nBcc"), head.constData());
    QVERIFY(head.contains("Content-Transfer-Encoding"));
    for (const QByteArray &line : mail.split('\n'))
        QVERIFY(line.size() <= 998);
}

void tst_channel_messages::mailAddresses()
{
    QCOMPARE(mailAddress(u"a@b"_s), "a@b");
    QCOMPARE(mailAddress(u"Ann O. <a@b> "_s), "a@b");
    for (const QString &bad : {u""_s, u"a"_s, u"a@b>\r\nDATA"_s, u"a b@c"_s, u"<a@b"_s, u"a@b,c@d"_s, u"@b"_s})
        QVERIFY2(mailAddress(bad).isEmpty(), qPrintable(bad));
}

void tst_channel_messages::commandHasTheWords()
{
    ChannelConfig channel;
    channel.name = u"pager"_s;
    channel.command = {u"/bin/tell"_s, u"--now"_s};
    Incident incident = anIncident();
    incident.summary = u"a\nb"_s + QChar(u'\0') + u"$(reboot)"_s;
    const CommandCall call = commandCall(anItem(u"escalated"_s, u"pager"_s, u"1"_s, incident), channel);
    QCOMPARE(call.command, channel.command);
    QVERIFY(call.environment.contains(u"PRUNELLA_EVENT=escalated"_s));
    QVERIFY(call.environment.contains(u"PRUNELLA_INCIDENT_ID=0a1b2c3d"_s));
    QVERIFY(call.environment.contains(u"PRUNELLA_DELIVERY_ID=1"_s));
    QVERIFY(call.environment.contains(u"PRUNELLA_SUMMARY=a\nb$(reboot)"_s));
    QVERIFY(call.input.endsWith("}\n"));
    QCOMPARE(object(call.input)[u"incident"_s][u"component"_s].toString(), u"wéb"_s);
}

void tst_channel_messages::texts()
{
    QCOMPARE(clipped(u"abc"_s, 3), u"abc"_s);
    QCOMPARE(clipped(u"abcd"_s, 3), u"ab…"_s);
    QCOMPARE(clipped(u"a😀bc"_s, 3), u"a…"_s);
    QCOMPARE(incidentText(anItem(u"resolved"_s)).title, u"wéb: resolved"_s);
    QCOMPARE(incidentText(anItem(u"merged"_s)).title, u"wéb: part of another incident"_s);
    OutboxItem empty;
    empty.event = u"test"_s;
    QCOMPARE(incidentText(empty).title, u"Prunella: a test of this channel"_s);
}

void tst_channel_messages::redaction()
{
    const QByteArray url = "https://hooks.example.org/services/T000AA/B000BB/xyzzyTOKEN";
    for (const QString &text : {QString::fromLatin1(url), u"no such path /services/T000AA/B000BB/xyzzyTOKEN"_s, u"token xyzzyTOKEN is bad"_s,
                                QString::fromLatin1(url.toBase64()), QString::fromLatin1(url.toPercentEncoding())})
        QVERIFY2(!redacted(text, url).contains(u"xyzzy"_s) && redacted(text, url).contains(u"[secret]"_s), qPrintable(redacted(text, url)));
    QCOMPARE(redacted(u"all is well"_s, "s3cret"), u"all is well"_s);
    QCOMPARE(redacted(u"key s3cret"_s, "s3cret"), u"key [secret]"_s);
}

QTEST_GUILESS_MAIN(tst_channel_messages)
#include "tst_channel_messages.moc"
