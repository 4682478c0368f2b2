#include "core/detection/LogLineParser.h"

#include <QElapsedTimer>
#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

Q_DECLARE_METATYPE(prunella::LineLevel)

namespace {

/// "GET /path 200 bytes=2326 ms=12 at=1700000000000", what is not told left out; "none" for no access line.
QString written(const std::optional<AccessLine> &line)
{
    if (!line)
        return u"none"_s;
    QString text = u"%1 %2 %3"_s.arg(line->method, line->path).arg(line->status);
    if (line->bytes >= 0)
        text += u" bytes=%1"_s.arg(line->bytes);
    if (line->latencyMs)
        text += u" ms=%1"_s.arg(*line->latencyMs);
    if (line->wallMs)
        text += u" at=%1"_s.arg(*line->wallMs);
    return text;
}

} // namespace

class AccessLogTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void accessLines_data();
    void accessLines();
    void noAccessLines_data();
    void noAccessLines();
    void jsonLines_data();
    void jsonLines();
    void levels_data();
    void levels();
    void longLinesAreBounded();
    void isCheap();
};

void AccessLogTest::accessLines_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char *name, const QByteArray &line, const QString &expected) { QTest::newRow(name) << line << expected; };
    const QString at = u" at=971211336000"_s; // 10 Oct 2000 20:55:36 UTC
    const QByteArray head = "127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] ";
    row("common", head + "\"GET /apache_pb.gif HTTP/1.0\" 200 2326", u"GET /apache_pb.gif 200 bytes=2326"_s + at);
    row("combined", head + "\"POST /api/orders?id=7&token=x HTTP/1.1\" 503 19 \"http://a.b/c\" \"Mozilla/5.0 (X11; \\\"x\\\")\"\r\n", u"POST /api/orders 503 bytes=19"_s + at);
    row("nginx with request time", head + "\"GET / HTTP/2.0\" 200 5 \"-\" \"curl/7.88\" 0.125", u"GET / 200 bytes=5 ms=125"_s + at);
    row("nginx main, forwarded for", head + "\"GET / HTTP/2.0\" 499 0 \"-\" \"curl/7.88\" \"10.0.0.1, 10.0.0.2\"", u"GET / 499 bytes=0"_s + at);
    row("nginx with keys", head + "\"GET / HTTP/2.0\" 200 5 \"-\" \"x\" \"-\" uct=\"0.000 1\" rt=0.2", u"GET / 200 bytes=5 ms=200"_s + at);
    row("apache with %D", head + "\"GET / HTTP/1.1\" 200 5 \"-\" \"x\" 12500", u"GET / 200 bytes=5 ms=12.5"_s + at);
    row("with unit", head + "\"GET / HTTP/1.1\" 200 5 \"-\" \"x\" 37ms", u"GET / 200 bytes=5 ms=37"_s + at);
    row("virtual host", "www.example.org:443 ::1 - - [10/Oct/2000:20:55:36 +0000] \"GET / HTTP/1.1\" 200 5", u"GET / 200 bytes=5"_s + at);
    row("IPv6", "2001:db8::17 - - [10/Oct/2000:20:55:36 +0000] \"GET / HTTP/1.1\" 404 -", u"GET / 404"_s + at);
    row("IPv6 in brackets", "[2001:db8::17]:4711 - - [10/Oct/2000:20:55:36 +0000] \"GET / HTTP/1.1\" 204 -", u"GET / 204"_s + at);
    row("behind syslog", "Oct 10 20:55:36 web nginx: 10.0.0.9 - - [10/Oct/2000:20:55:36 +0000] \"GET / HTTP/1.1\" 502 7", u"GET / 502 bytes=7"_s + at);
    row("ISO time", "10.0.0.9 - - [2000-10-10T22:55:36+02:00] \"GET / HTTP/1.1\" 200 7", u"GET / 200 bytes=7"_s + at);
    row("user with blanks", "10.0.0.9 - Jane Doe [10/Oct/2000:20:55:36 +0000] \"GET / HTTP/1.1\" 200 7", u"GET / 200 bytes=7"_s + at);
    row("escaped quote in the path", head + "\"GET /a\\\"b\\\\ HTTP/1.1\" 400 7", u"GET /a\\\"b\\\\ 400 bytes=7"_s + at);
    row("blanks in the path", head + "\"GET /a b c HTTP/1.1\" 400 7", u"GET /a b c 400 bytes=7"_s + at);
    row("without protocol", head + "\"GET /old\" 200 7", u"GET /old 200 bytes=7"_s + at);
    row("no request", head + "\"-\" 408 -", u"  408"_s + at);
    row("TLS on a plain port", head + "\"\\x16\\x03\\x01\\x02\" 400 157 \"-\" \"-\"", u"  400 bytes=157"_s + at);
    row("empty request", head + "\"\" 400 0", u"  400 bytes=0"_s + at);
    row("UTF-8", head + "\"GET /stra\xC3\x9F" "e HTTP/1.1\" 200 7", u"GET /straße 200 bytes=7"_s + at);
    row("session id", head + "\"GET /a;jsessionid=1?b HTTP/1.1\" 200 7", u"GET /a 200 bytes=7"_s + at);
}

void AccessLogTest::accessLines()
{
    QFETCH(QByteArray, line);
    QFETCH(QString, expected);
    QCOMPARE(written(parseAccessLine(line)), expected);
    const ParsedLine parsed = parseLogLine(line, 6);
    QCOMPARE(written(parsed.access), expected);
    QVERIFY(parsed.level == LineLevel::Unknown);
}

void AccessLogTest::noAccessLines_data()
{
    QTest::addColumn<QByteArray>("line");
    const QByteArray head = "127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] ";
    const QByteArrayList wrong{"", " ", "[", "\"", "hello", head, head + "\"GET / HTTP/1.1", head + "\"GET / HTTP/1.1\"", head + "\"GET / HTTP/1.1\" ",
        head + "\"GET / HTTP/1.1\" 20", head + "\"GET / HTTP/1.1\" 2000 5", head + "\"GET / HTTP/1.1\" 099 5", head + "\"GET / HTTP/1.1\" 600 5",
        head + "\"GET / HTTP/1.1\" 200 x", head + "\"GET / HTTP/1.1\" 200 -5", head + "\"GET / HTTP/1.1\\\" 200 5", head + "GET / 200 5",
        "127.0.0.1 [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.1\" 200 5", "127.0.0.1 - - [10/Okt/2000:13:55:36 -0700] \"GET / HTTP/1.1\" 200 5",
        "127.0.0.1 - - [32/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.1\" 200 5", "127.0.0.1 - - [10/Oct/2000:25:55:36 -0700] \"GET / HTTP/1.1\" 200 5",
        "127.0.0.1 - - [10/Oct/abcd:13:55:36 -0700] \"GET / HTTP/1.1\" 200 5", "127.0.0.1 - - [10/Oct/2000:13:55:36 0700] \"GET / HTTP/1.1\" 200 5",
        "127.0.0.1 - - [] \"GET / HTTP/1.1\" 200 5", "2023/01/01 10:00:00 [error] 7#7: *1 open() \"/x\" failed (2: No such file)"};
    for (const QByteArray &line : wrong)
        QTest::newRow(line.isEmpty() ? "empty" : line.constData()) << line;
}

void AccessLogTest::noAccessLines()
{
    QFETCH(QByteArray, line);
    QCOMPARE(written(parseAccessLine(line)), u"none"_s);
}

void AccessLogTest::jsonLines_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char *name, const char *line, const QString &expected) { QTest::newRow(name) << QByteArray(line) << expected; };
    row("nginx", R"({"time":"2000-10-10T22:55:36+02:00","request":"GET /a?b HTTP/1.1","status":"502","body_bytes_sent":7,"request_time":0.25})",
        u"GET /a 502 bytes=7 ms=250 at=971211336000"_s);
    row("caddy", R"({"level":"info","ts":971211336.5,"request":{"method":"GET","uri":"/x?y=1"},"duration":0.0125,"size":12,"status":200})",
        u"GET /x 200 bytes=12 ms=12.5 at=971211336500"_s);
    row("traefik", R"({"DownstreamStatus":503,"Duration":2500000,"RequestMethod":"POST","RequestPath":"/p"})", u"POST /p 503 ms=2.5"_s);
    row("pino", R"({"level":30,"time":1700000000000,"req":{"method":"GET","url":"/u"},"res":{"statusCode":429},"responseTime":14})",
        u"GET /u 429 ms=14 at=1700000000000"_s);
    row("elastic", R"({"@timestamp":"2000-10-10T20:55:36Z","http":{"request":{"method":"PUT"},"response":{"status_code":201}},"url.path":"/e"})",
        u"PUT /e 201 at=971211336000"_s);
    row("google", R"({"severity":"INFO","httpRequest":{"requestMethod":"GET","requestUrl":"/g","status":500,"latency":"0.5s"}})", u"GET /g 500 ms=500"_s);
    row("whole number is ms", R"({"method":"GET","path":"/","code":404,"latency":12})", u"GET / 404 ms=12"_s);
    row("named unit", R"({"method":"GET","path":"/","response_code":200,"latency_us":1500})", u"GET / 200 ms=1.5"_s);
    row("text of a status", R"({"method":"GET","path":"/","status":"ok"})", u"none"_s);
    row("status alone", R"({"status":500})", u"none"_s);
    row("code of something else", R"({"level":"error","code":500,"path":"/tmp/file"})", u"none"_s);
    row("exit status", R"({"path":"/bin/x","status":1})", u"none"_s);
    row("fraction", R"({"path":"/x","status":200.5})", u"none"_s);
    row("no object", "[1,2]", u"none"_s);
    row("torn", R"({"method":"GET","path":"/","status":200)", u"none"_s);
    row("empty object", "{}", u"none"_s);
}

void AccessLogTest::jsonLines()
{
    QFETCH(QByteArray, line);
    QFETCH(QString, expected);
    QCOMPARE(written(parseLogLine(line).access), expected);
    QCOMPARE(written(parseLogLine(QByteArray("  " + line + "\n")).access), expected);
}

void AccessLogTest::levels_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<int>("priority");
    QTest::addColumn<LineLevel>("level");
    const auto row = [](const char *line, int priority, LineLevel level) { QTest::newRow(line) << QByteArray(line) << priority << level; };
    row("2023-01-01 10:00:00,123 ERROR db: lost", 6, LineLevel::Error); // journald says 6 of everything on stdout
    row("2023/01/01 10:00:00 [error] 7#7: *1 open() failed", -1, LineLevel::Error);
    row("2023/01/01 10:00:00 [crit] 7#7: no space", -1, LineLevel::Error);
    row("time=\"2023\" level=warning msg=\"no ERROR\"", -1, LineLevel::Warning);
    row("WARN  something", -1, LineLevel::Warning);
    row("error: cannot open", -1, LineLevel::Error);
    row("done, no error, 0 errors", -1, LineLevel::Unknown);
    row("done, no error at all", 6, LineLevel::Info);
    row("INFORMATIONAL", -1, LineLevel::Unknown);
    row("kernel says", 3, LineLevel::Error);
    row("kernel notes", 7, LineLevel::Debug);
    row("    at java.lang.Thread.run(Thread.java:833)", -1, LineLevel::Unknown);
    row(R"({"level":"error","msg":"x"})", -1, LineLevel::Error);
    row(R"({"severity":"WARNING"})", -1, LineLevel::Warning);
    row(R"({"level":50,"msg":"pino"})", -1, LineLevel::Error);
    row(R"({"log":{"level":"Fatal"}})", -1, LineLevel::Error);
    row(R"({"msg":"no level"})", 4, LineLevel::Warning);
    row(R"({"level":"loud"})", -1, LineLevel::Unknown);
    row("", -1, LineLevel::Unknown);
}

void AccessLogTest::levels()
{
    QFETCH(QByteArray, line);
    QFETCH(int, priority);
    QFETCH(LineLevel, level);
    const ParsedLine parsed = parseLogLine(line, priority);
    QVERIFY(!parsed.access);
    QCOMPARE(int(parsed.level), int(level));
}

void AccessLogTest::longLinesAreBounded()
{
    const QByteArray head = "127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] \"GET /";
    const auto withPath = [&](qsizetype size) { return QByteArray(head + QByteArray(size, 'x') + " HTTP/1.1\" 200 5"); };
    const auto line = parseAccessLine(withPath(5000));
    QVERIFY(line && line->path.size() == 256);
    QVERIFY(!parseAccessLine(withPath(100'000)));
    const QByteArray json = "{\"a\":\"" + QByteArray(100'000, 'x') + "\",\"path\":\"/\",\"status\":500}";
    QVERIFY(!parseLogLine(json).access);
}

/// A busy server writes ten thousand lines a second: they must be nothing beside that. Generous: the machine may be busy.
void AccessLogTest::isCheap()
{
    const QByteArray line = "203.0.113.9 - - [10/Oct/2000:13:55:36 -0700] \"GET /api/v1/orders/4711?expand=lines HTTP/1.1\" 200 2326 "
                            "\"https://shop.example/cart\" \"Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0\" 0.012";
    QElapsedTimer timer;
    timer.start();
    int seen = 0;
    for (int i = 0; i < 20'000; ++i)
        seen += parseLogLine(line).access.has_value();
    QCOMPARE(seen, 20'000);
    qInfo("one combined line: %.2f us", double(timer.nsecsElapsed()) / 20e6);
    QVERIFY(timer.elapsed() < 2000);
}

QTEST_GUILESS_MAIN(AccessLogTest)
#include "tst_access_log.moc"
