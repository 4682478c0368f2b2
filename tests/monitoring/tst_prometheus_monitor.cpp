// Real HTTP: a small server in this process, and a real node_exporter whose rates must match /proc.
#include "core/monitoring/PrometheusMonitor.h"
#include "tests/support/HttpServer.h"

#include <QDir>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QFile>
#include <QProcess>
#include <QTest>
#include <QThread>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

namespace {

const QByteArray kText = "# TYPE hits_total counter\nhits_total{code=\"200\"} 100\n# TYPE queue gauge\nqueue 7\nqueue_max 9\n";

MonitorConfig config(const QString &url)
{
    MonitorConfig made;
    made.type = u"prometheus"_s;
    made.url = url;
    made.timeoutMs = 5000;
    return made;
}

/// In a thread of its own, as in the engine; this thread serves meanwhile.
QList<Sample> sampleOf(Monitor &monitor, const Now &now = {})
{
    QList<Sample> samples;
    QEventLoop loop;
    const std::unique_ptr<QThread> thread(QThread::create([&] { samples = monitor.sample(now); }));
    QObject::connect(thread.get(), &QThread::finished, &loop, &QEventLoop::quit);
    thread->start();
    loop.exec();
    thread->wait();
    return samples;
}

QStringList describe(const QList<Sample> &samples)
{
    QStringList all;
    for (const Sample &sample : samples)
        all.append(toString(sample.key) + u' ' + QString::number(sample.value, 'g', 4) + (sample.unit.isEmpty() ? QString() : QString(u' ' + sample.unit)));
    return all;
}

/// Qt's HTTP thread, by the name that it gives it (cut to 15 characters by the kernel).
bool httpThreadRuns()
{
    const QStringList tasks = QDir(u"/proc/self/task"_s).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    return std::any_of(tasks.cbegin(), tasks.cend(), [](const QString &task) {
        QFile name(u"/proc/self/task/%1/comm"_s.arg(task));
        return name.open(QIODevice::ReadOnly) && name.readAll().startsWith("QNetworkAccessM");
    });
}

double loopbackBytes()
{
    QFile file(u"/proc/net/dev"_s);
    if (!file.open(QIODevice::ReadOnly))
        return -1;
    const QByteArray text = file.readAll();
    return text.mid(text.indexOf("lo:") + 3).simplified().split(' ').first().toDouble();
}

} // namespace

class tst_prometheus_monitor : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();
    void scrapes();
    void asksForBothFormats();
    void readsOpenMetrics();
    void nameBecomesInstance();
    void saysWhyItFailed_data();
    void saysWhyItFailed();
    void refused();
    void followsFewRedirects();
    void cannotBeDrowned();
    void saysThatThereIsMore();
    void brokenLinesDoNotHideTheRest();
    void timesOut();
    void canBeCancelled();
    void realNodeExporter();

private:
    void makeTraffic(qint64 forMs);

    std::unique_ptr<HttpServer> m_server;
};

void tst_prometheus_monitor::init()
{
    m_server = std::make_unique<HttpServer>();
    m_server->reply(200, kText, "Content-Type: text/plain; version=0.0.4\r\n");
    QVERIFY(m_server->listen(QHostAddress::LocalHost));
}

void tst_prometheus_monitor::cleanup()
{
    QTRY_VERIFY(!httpThreadRuns());
}

void tst_prometheus_monitor::scrapes()
{
    MonitorConfig wanted = config(m_server->url(u"/metrics"_s));
    wanted.exclude = QStringList{u"queue_max"_s};
    PrometheusMonitor monitor(wanted, 1000);
    QVERIFY(monitor.mayBlock());
    QCOMPARE(monitor.name(), u"prometheus 127.0.0.1:%1"_s.arg(m_server->serverPort()));
    QCOMPARE(describe(sampleOf(monitor, {0, 0, 0, {}})), QStringList{u"queue 7"_s});
    m_server->reply(200, QByteArray(kText).replace("100", "1100"));
    const auto samples = sampleOf(monitor, {50'000, 1'000'000, 50'000, {}});
    QCOMPARE(describe(samples), (QStringList{u"queue 7"_s, u"hits_total{code=200} 1 1/s"_s}));
    QCOMPARE(samples[1].component, u"host"_s);
    QCOMPARE(samples[1].wallMs, 50'000);
    QVERIFY2(monitor.problem().isEmpty(), qPrintable(monitor.problem()));
}

void tst_prometheus_monitor::asksForBothFormats()
{
    PrometheusMonitor monitor(config(m_server->url(u"/metrics?a=b"_s)), 1000);
    static_cast<void>(sampleOf(monitor));
    QCOMPARE(m_server->requests.size(), 1);
    const HttpRequest &request = m_server->requests.first();
    QCOMPARE(request.line, QByteArray("GET /metrics?a=b HTTP/1.1"));
    QVERIFY(request.headers.value("accept").startsWith("application/openmetrics-text;version=1.0.0"));
    QVERIFY(request.headers.value("accept").contains("text/plain;version=0.0.4"));
    QCOMPARE(request.headers.value("accept-encoding"), QByteArray("identity"));
}

void tst_prometheus_monitor::readsOpenMetrics()
{
    m_server->reply(200, "# TYPE q gauge\nq 1\n# EOF\nmore 1\n", "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n");
    PrometheusMonitor monitor(config(m_server->url()), 1000);
    QCOMPARE(describe(sampleOf(monitor)), QStringList{u"q 1"_s});
    QCOMPARE(monitor.problem(), u"not all can be read: line 4: there is more after # EOF, it is left out"_s);
}

void tst_prometheus_monitor::nameBecomesInstance()
{
    m_server->reply(200, "a 1\nb{instance=\"own\"} 2\n");
    MonitorConfig named = config(m_server->url());
    named.name = u"app"_s;
    PrometheusMonitor monitor(named, 1000);
    QCOMPARE(monitor.name(), u"app"_s);
    QCOMPARE(describe(sampleOf(monitor)), (QStringList{u"a{instance=app} 1"_s, u"b{instance=own} 2"_s}));
}

void tst_prometheus_monitor::saysWhyItFailed_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("reason");
    QTest::newRow("404") << 404 << QByteArray("x") << u"127.0.0.1:%1 answers with HTTP 404"_s;
    QTest::newRow("503") << 503 << kText << u"127.0.0.1:%1 answers with HTTP 503"_s;
    QTest::newRow("401") << 401 << QByteArray() << u"127.0.0.1:%1 answers with HTTP 401"_s;
    QTest::newRow("204") << 204 << QByteArray() << u"127.0.0.1:%1 answers with HTTP 204"_s;
    QTest::newRow("a web page") << 200 << QByteArray("<html>\n<body>\n") << u"the answer is no Prometheus text: line 1: expected a metric's name"_s;
}

void tst_prometheus_monitor::saysWhyItFailed()
{
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(QString, reason);
    m_server->reply(status, body);
    PrometheusMonitor monitor(config(m_server->url()), 1000);
    QVERIFY(sampleOf(monitor).isEmpty());
    QCOMPARE(monitor.problem(), reason.contains(u"%1"_s) ? reason.arg(m_server->serverPort()) : reason);
}

void tst_prometheus_monitor::refused()
{
    QString url = m_server->url();
    const quint16 port = m_server->serverPort();
    m_server->close();
    PrometheusMonitor monitor(config(url.replace(u"http://"_s, u"http://me:secret@"_s)), 1000);
    QVERIFY(sampleOf(monitor).isEmpty());
    QCOMPARE(monitor.problem(), u"connection refused by 127.0.0.1:%1"_s.arg(port));
    PrometheusMonitor file(config(u"file:///etc/passwd"_s), 1000);
    QVERIFY(sampleOf(file).isEmpty());
    QCOMPARE(file.problem(), u"url \"file:///etc/passwd\": expected http://… or https://…"_s);
}

void tst_prometheus_monitor::followsFewRedirects()
{
    m_server->handler = [](const HttpRequest &request, QTcpSocket *socket) {
        if (request.line.startsWith("GET /metrics"))
            HttpServer::answer(socket, 200, kText);
        else
            HttpServer::answer(socket, 302, {}, request.line.startsWith("GET /once") ? "Location: /metrics\r\n" : "Location: /again\r\n");
    };
    PrometheusMonitor once(config(m_server->url(u"/once"_s)), 1000);
    QCOMPARE(sampleOf(once).size(), 2);
    PrometheusMonitor always(config(m_server->url(u"/always"_s)), 1000);
    QVERIFY(sampleOf(always).isEmpty());
    QCOMPARE(always.problem(), u"127.0.0.1:%1 redirects more than 3 times"_s.arg(m_server->serverPort()));
    m_server->reply(302, {}, "Location: file:///etc/passwd\r\n");
    PrometheusMonitor away(config(m_server->url()), 1000);
    QVERIFY(sampleOf(away).isEmpty());
    QVERIFY2(!away.problem().isEmpty(), "a redirect to a file must not be followed");
}

void tst_prometheus_monitor::cannotBeDrowned()
{
    m_server->handler = [](const HttpRequest &, QTcpSocket *socket) {
        socket->write("HTTP/1.1 200 OK\r\n\r\n");
        connect(socket, &QTcpSocket::bytesWritten, socket, [socket] {
            if (socket->bytesToWrite() < 262'144)
                socket->write(QByteArray("a 1\n").repeated(65'536));
        });
    };
    MonitorConfig endless = config(m_server->url());
    endless.timeoutMs = 60'000;
    PrometheusMonitor monitor(endless, 1000);
    QVERIFY(sampleOf(monitor).isEmpty());
    QCOMPARE(monitor.problem(), u"the answer of 127.0.0.1:%1 is larger than 16777216 bytes"_s.arg(m_server->serverPort()));
}

void tst_prometheus_monitor::saysThatThereIsMore()
{
    QByteArray text;
    for (int i = 0; i < 2500; ++i)
        text += "a{i=\"" + QByteArray::number(i) + "\"} 1\n";
    m_server->reply(200, text);
    PrometheusMonitor monitor(config(m_server->url()), 1000);
    QCOMPARE(sampleOf(monitor).size(), 2000);
    QVERIFY2(monitor.problem().startsWith(u"more than 2000 series, the others are left out"_s), qPrintable(monitor.problem()));
}

void tst_prometheus_monitor::brokenLinesDoNotHideTheRest()
{
    m_server->reply(200, "a 1\nb{c=} 2\nd 3\n");
    PrometheusMonitor monitor(config(m_server->url()), 1000);
    QCOMPARE(describe(sampleOf(monitor)), (QStringList{u"a 1"_s, u"d 3"_s}));
    QCOMPARE(monitor.problem(), u"not all can be read: line 2: the value of label c does not begin with a quote"_s);
}

void tst_prometheus_monitor::timesOut()
{
    m_server->handler = {};
    MonitorConfig slow = config(m_server->url());
    slow.timeoutMs = 300;
    PrometheusMonitor monitor(slow, 1000);
    QVERIFY(sampleOf(monitor).isEmpty());
    QCOMPARE(monitor.problem(), u"no complete answer from 127.0.0.1:%1 within 0.3 s"_s.arg(m_server->serverPort()));
}

void tst_prometheus_monitor::canBeCancelled()
{
    PrometheusMonitor monitor(config(m_server->url()), 1000);
    m_server->handler = [&](const HttpRequest &, QTcpSocket *) { monitor.cancel(); };
    QElapsedTimer timer;
    timer.start();
    QVERIFY(sampleOf(monitor).isEmpty());
    QVERIFY2(timer.elapsed() < 3000, qPrintable(QString::number(timer.elapsed())));
}

/// Traffic on lo that can be counted.
void tst_prometheus_monitor::makeTraffic(qint64 forMs)
{
    m_server->reply(200, QByteArray(2'000'000, 'x'));
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < forMs) {
        PrometheusMonitor reader(config(m_server->url()), 1000);
        static_cast<void>(sampleOf(reader));
    }
}

void tst_prometheus_monitor::realNodeExporter()
{
    QTcpServer probe; // for a free port
    QVERIFY(probe.listen(QHostAddress::LocalHost));
    const QString address = u"127.0.0.1:%1"_s.arg(probe.serverPort());
    probe.close();
    QProcess exporter;
    exporter.setProcessChannelMode(QProcess::MergedChannels);
    // Debian leaves lo out unless told otherwise.
    exporter.start(u"prometheus-node-exporter"_s, {u"--web.listen-address="_s + address, u"--collector.netdev.device-exclude=^none$"_s});
    QVERIFY2(exporter.waitForStarted(), "no node_exporter: install the package prometheus-node-exporter");
    MonitorConfig node = config(u"http://"_s + address + u"/metrics"_s);
    node.name = u"node"_s;
    node.timeoutMs = 20'000;
    node.include = QStringList{u"node_cpu_seconds_total"_s, u"node_network_receive_bytes_total"_s, u"node_load1"_s, u"node_memory_MemTotal_bytes"_s};
    node.labels = Labels{{u"device"_s, u"lo"_s}};
    PrometheusMonitor monitor(node, 1000);
    const SystemClock clock;
    QTRY_VERIFY_WITH_TIMEOUT(!sampleOf(monitor, clock.now()).isEmpty(), 20'000);
    const double bytesBefore = loopbackBytes();
    QElapsedTimer timer;
    timer.start();
    makeTraffic(1500);
    QMap<QString, double> sums; // by metric
    for (const Sample &sample : sampleOf(monitor, clock.now()))
        sums[sample.key.metric + u' ' + sample.key.labels.value(u"instance"_s)] += sample.value;
    const double perSecond = (loopbackBytes() - bytesBefore) * 1000 / double(timer.elapsed());
    const double received = sums.value(u"node_network_receive_bytes_total node"_s), processors = sums.value(u"node_cpu_seconds_total node"_s);
    qInfo("lo: %.0f B/s by the exporter, %.0f B/s by /proc; processors %.2f", received, perSecond, processors);
    QVERIFY2(monitor.problem().isEmpty(), qPrintable(monitor.problem()));
    QVERIFY(received > 500'000 && std::abs(received - perSecond) < 0.25 * perSecond);
    QVERIFY(std::abs(processors - QThread::idealThreadCount()) < 0.3 * QThread::idealThreadCount()); // all modes together
    QVERIFY(sums.value(u"node_load1 node"_s, -1) >= 0 && sums.value(u"node_memory_MemTotal_bytes node"_s) > 1e8);
    exporter.kill();
    exporter.waitForFinished();
}

QTEST_GUILESS_MAIN(tst_prometheus_monitor)
#include "tst_prometheus_monitor.moc"
