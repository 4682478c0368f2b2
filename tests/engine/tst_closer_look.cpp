// A closer look by the real sources: health checks and the process' samples come as often as asked, and as before afterwards.
#include "core/engine/Sources.h"

#include <QElapsedTimer>
#include <QTcpServer>
#include <QTest>

#include <unistd.h>

using namespace prunella;
using namespace Qt::StringLiterals;

class TestCloserLook : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void oftenAndAsBefore();
    void anotherConfigurationKeepsIt();
    void neverSlowerThanUsual();

private:
    [[nodiscard]] Config config(qint64 intervalMs) const;
    /// Waits until so many came since, and how long that took.
    qint64 timeFor(const int &count, int more);

    QTcpServer m_server;
    int m_checks = 0, m_samples = 0;
};

void TestCloserLook::init()
{
    m_checks = m_samples = 0;
    if (!m_server.isListening())
        QVERIFY(m_server.listen(QHostAddress::LocalHost));
}

Config TestCloserLook::config(qint64 intervalMs) const
{
    HealthCheckConfig check;
    check.type = CheckType::Tcp;
    check.address = u"127.0.0.1:%1"_s.arg(m_server.serverPort());
    ServiceConfig service;
    service.name = u"web"_s;
    service.manager = Manager::Process;
    service.health = {check};
    Config config;
    config.services = {service};
    config.detection.monitoringIntervalMs = intervalMs;
    return config;
}

qint64 TestCloserLook::timeFor(const int &count, int more)
{
    const int wanted = count + more;
    QElapsedTimer timer;
    timer.start();
    [&] { QTRY_VERIFY_WITH_TIMEOUT(count >= wanted, 20'000); }();
    return timer.elapsed();
}

void TestCloserLook::oftenAndAsBefore()
{
    Sources sources(std::make_shared<SystemClock>());
    connect(&sources, &Sources::eventReady, this, [this](const RawEvent &event) { m_checks += event.kind == RawEventKind::CheckDone ? 1 : 0; });
    connect(&sources, &Sources::samplesReady, this, [this](const QList<Sample> &samples) {
        m_samples += std::any_of(samples.begin(), samples.end(), [](const Sample &sample) { return sample.component == u"web"_s; }) ? 1 : 0;
    });
    sources.configure(config(60'000));
    sources.setMainPid(u"web"_s, getpid());
    sources.start();
    sources.lookCloser(u"web"_s, 100);
    QCOMPARE(sources.closerIntervalMs(u"web"_s), 100);
    const qint64 often = timeFor(m_checks, 10);
    QVERIFY2(often >= 800 && often < 5000, qPrintable(QString::number(often)));
    const qint64 sampled = timeFor(m_samples, 10);
    QVERIFY2(sampled >= 800 && sampled < 5000, qPrintable(QString::number(sampled)));
    sources.lookAsBefore(u"web"_s);
    QCOMPARE(sources.closerIntervalMs(u"web"_s), 0);
    QElapsedTimer quiet;
    quiet.start();
    const int checks = m_checks, samples = m_samples;
    QTRY_VERIFY_WITH_TIMEOUT(quiet.elapsed() > 1500, 5000);
    // One of each at once or within five seconds: everything begins anew. Then not for a minute.
    QVERIFY2(m_checks <= checks + 2 && m_samples <= samples + 2, qPrintable(u"%1 %2"_s.arg(m_checks - checks).arg(m_samples - samples)));
    sources.stop();
}

void TestCloserLook::anotherConfigurationKeepsIt()
{
    Sources sources(std::make_shared<SystemClock>());
    connect(&sources, &Sources::eventReady, this, [this](const RawEvent &event) { m_checks += event.kind == RawEventKind::CheckDone ? 1 : 0; });
    sources.lookCloser(u"web"_s, 100); // before it runs at all
    sources.configure(config(60'000));
    sources.start();
    (void)timeFor(m_checks, 3);
    sources.configure(config(50'000));
    QVERIFY(timeFor(m_checks, 10) < 5000);
    sources.stop();
}

void TestCloserLook::neverSlowerThanUsual()
{
    Sources sources(std::make_shared<SystemClock>());
    connect(&sources, &Sources::eventReady, this, [this](const RawEvent &event) { m_checks += event.kind == RawEventKind::CheckDone ? 1 : 0; });
    sources.configure(config(100));
    sources.lookCloser(u"web"_s, 10'000);
    sources.start();
    QVERIFY(timeFor(m_checks, 10) < 5000);
    sources.stop();
}

QTEST_GUILESS_MAIN(TestCloserLook)
#include "tst_closer_look.moc"
