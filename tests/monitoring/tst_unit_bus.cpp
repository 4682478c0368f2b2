// labels: sandbox
// The bus itself goes and comes back, or was never there.
#include "tests/monitoring/UnitFixture.h"

#include <QElapsedTimer>
#include <csignal>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

class tst_unit_bus : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void busKilledAndBack();
    void missingSocket();
    void noUserBus();
    void stopsAndStartsAgain();

private:
    void watch(const QMap<QString, QString> &units);

    std::unique_ptr<UnitWatcher> m_watcher;
    QList<RawEvent> m_events;
};

void tst_unit_bus::initTestCase()
{
    QVERIFY2(inSandbox(), "this test kills the bus: run it with tests/support/systemd-sandbox");
    writeUnit(u"web.service"_s, u"ExecStart=/bin/sleep 1000"_s);
    QCOMPARE(systemctl({u"daemon-reload"_s}), 0);
    awaitBus();
}

void tst_unit_bus::init()
{
    qunsetenv("DBUS_SYSTEM_BUS_ADDRESS");
    m_events.clear();
    m_watcher = std::make_unique<UnitWatcher>(false, std::make_shared<SystemClock>());
    connect(m_watcher.get(), &UnitWatcher::eventReady, this, [this](const RawEvent &event) { m_events.append(event); });
}

void tst_unit_bus::cleanup()
{
    m_watcher.reset();
    systemctl({u"stop"_s, u"web.service"_s});
    systemctl({u"reset-failed"_s});
}

void tst_unit_bus::watch(const QMap<QString, QString> &units)
{
    m_watcher->setUnits(units);
    m_watcher->start();
    QTRY_COMPARE(m_watcher->states().size(), units.size());
}

void tst_unit_bus::busKilledAndBack()
{
    m_watcher->setRetryInterval(100);
    QCOMPARE(systemctl({u"start"_s, u"web.service"_s}), 0);
    watch({{u"web.service"_s, u"web"_s}});
    m_events.clear();
    QCOMPARE(systemctl({u"kill"_s, u"--kill-who=main"_s, u"-s"_s, u"KILL"_s, u"dbus.service"_s}), 0);
    QTRY_VERIFY(!m_events.isEmpty());
    QVERIFY(m_events[0].kind == RawEventKind::SourceLost);
    QVERIFY2(m_events[0].text.startsWith(u"no system bus: "_s), qPrintable(m_events[0].text));
    QTRY_VERIFY_WITH_TIMEOUT(m_events.constLast().kind == RawEventKind::SourceBack, 20'000);
    QCOMPARE(m_events.size(), 2); // lost once, back once, and nothing had changed
    ::kill(pid_t(m_watcher->states().constFirst().mainPid), SIGKILL);
    QTRY_COMPARE(m_events.constLast().unit.activeState, u"failed"_s);
}

void tst_unit_bus::missingSocket()
{
    QTemporaryDir dir;
    const QString socket = dir.filePath(u"bus"_s);
    qputenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=" + socket.toUtf8());
    m_watcher->setRetryInterval(20);
    m_watcher->setUnits({{u"web.service"_s, u"web"_s}});
    m_watcher->start();
    QTRY_VERIFY(!m_events.isEmpty());
    QElapsedTimer timer;
    timer.start();
    QTRY_VERIFY(timer.elapsed() > 200); // several retries
    QCOMPARE(m_events.size(), 1);
    QVERIFY(m_events[0].kind == RawEventKind::SourceLost);
    QCOMPARE(m_events[0].text, u"no system bus: No such file or directory"_s);
    QVERIFY(!m_watcher->isConnected() && m_watcher->states().isEmpty());
    m_watcher->sampleResources(); // harmless
    QVERIFY(QFile::link(u"/run/dbus/system_bus_socket"_s, socket));
    QTRY_COMPARE(m_events.size(), 3);
    QVERIFY(m_events[1].kind == RawEventKind::SourceBack);
    QCOMPARE(m_events[2].unit.unit, u"web.service"_s);
}

void tst_unit_bus::noUserBus()
{
    qunsetenv("DBUS_SESSION_BUS_ADDRESS");
    qputenv("XDG_RUNTIME_DIR", "/run/nobody");
    UnitWatcher watcher(true, std::make_shared<SystemClock>());
    connect(&watcher, &UnitWatcher::eventReady, this, [this](const RawEvent &event) { m_events.append(event); });
    watcher.start();
    QTRY_COMPARE(m_events.size(), 1);
    QVERIFY2(m_events[0].text.startsWith(u"no user bus: "_s), qPrintable(m_events[0].text));
}

void tst_unit_bus::stopsAndStartsAgain()
{
    watch({{u"web.service"_s, u"web"_s}});
    m_watcher->stop();
    m_watcher->stop();
    QVERIFY(m_watcher->states().isEmpty());
    m_watcher->start();
    m_watcher->start();
    QTRY_COMPARE(m_watcher->states().size(), 1);
    // A receiver may stop everything from inside an event.
    connect(m_watcher.get(), &UnitWatcher::eventReady, m_watcher.get(), [this] { m_watcher->stop(); });
    QCOMPARE(systemctl({u"start"_s, u"web.service"_s}), 0);
    QTRY_VERIFY(!m_watcher->isConnected());
}

QTEST_GUILESS_MAIN(tst_unit_bus)
#include "tst_unit_bus.moc"
