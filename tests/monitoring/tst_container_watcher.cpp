// Containers of a real podman: their end, who asked for it, and the daemon's own absence.
#include "core/config/ContainerSocket.h"
#include "core/monitoring/ContainerMonitor.h"
#include "core/monitoring/ContainerWatcher.h"
#include "tests/support/Podman.h"

#include <QTest>
#include <csignal>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

class tst_container_watcher : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void runningIsTold();
    void killedFromOutside();
    void exitsByItself();
    void stopIsNoCrash_data();
    void stopIsNoCrash();
    void cleanExitIsNoCrash();
    void restartIsNoCrash();
    void markedEndIsNoCrash();
    void deadBeforeWatching();
    void missing();
    void daemonGoesAndComesBack();
    void socketIsTakenAway();
    void eventsAsDockerTellsThem_data();
    void eventsAsDockerTellsThem();
    void sockets();
    void measured();

private:
    void watch(const QString &container = u"web"_s);
    [[nodiscard]] QList<RawEvent> ends() const;
    [[nodiscard]] bool runs() const { return !m_events.isEmpty() && m_events.last().process.running; }

    Podman m_podman;
    std::unique_ptr<ContainerWatcher> m_watcher;
    QList<RawEvent> m_events;
};

void tst_container_watcher::initTestCase()
{
    const QString missing = m_podman.start();
    QVERIFY2(missing.isEmpty(), qPrintable(missing));
}

void tst_container_watcher::init()
{
    m_events.clear();
    m_watcher = std::make_unique<ContainerWatcher>(m_podman.socket(), std::make_shared<SystemClock>());
    m_watcher->setRetryInterval(100);
    connect(m_watcher.get(), &ContainerWatcher::eventReady, this, [this](const RawEvent &event) { m_events.append(event); });
}

void tst_container_watcher::cleanup()
{
    m_watcher.reset();
    m_podman.run({u"rm"_s, u"-f"_s, u"-a"_s, u"-t"_s, u"0"_s});
}

void tst_container_watcher::watch(const QString &container)
{
    m_watcher->setContainers({{container, u"shop"_s}});
    m_watcher->start();
}

QList<RawEvent> tst_container_watcher::ends() const
{
    QList<RawEvent> found;
    std::copy_if(m_events.begin(), m_events.end(), std::back_inserter(found),
                 [](const RawEvent &event) { return event.kind == RawEventKind::ProcessChanged && !event.process.running; });
    return found;
}

void tst_container_watcher::runningIsTold()
{
    QVERIFY(m_podman.runContainer(u"web"_s));
    watch();
    QTRY_VERIFY(runs());
    QCOMPARE(m_events.last().component, u"shop"_s);
    QCOMPARE(m_events.last().process.pid, m_podman.pidOf(u"web"_s));
    QVERIFY(QFile::exists(u"/proc/%1"_s.arg(m_events.last().process.pid)));
    QVERIFY2(m_events.last().text.contains(u"container web runs"_s), qPrintable(m_events.last().text));
}

void tst_container_watcher::killedFromOutside()
{
    QVERIFY(m_podman.runContainer(u"web"_s));
    watch();
    QTRY_VERIFY(runs());
    const qint64 pid = m_events.last().process.pid;
    QElapsedTimer timer;
    timer.start();
    QCOMPARE(::kill(pid_t(pid), SIGKILL), 0);
    QTRY_COMPARE(ends().size(), 1);
    qInfo("told %lld ms after the kill", timer.elapsed());
    const ProcessState end = ends().first().process;
    QCOMPARE(end.pid, pid);
    QVERIFY(end.exitKnown && end.signalled && !end.stopRequested);
    QCOMPARE(end.exitStatus, SIGKILL);
}

void tst_container_watcher::exitsByItself()
{
    QVERIFY(m_podman.runContainer(u"web"_s, {}, {u"/bin/sh"_s, u"-c"_s, u"/bin/sleep 2; exit 7"_s}));
    watch();
    QTRY_VERIFY(runs());
    QTRY_COMPARE(ends().size(), 1);
    QCOMPARE(ends().first().process.exitStatus, 7);
    QVERIFY(!ends().first().process.signalled && !ends().first().process.stopRequested);
    QCOMPARE(ends().first().text, u"container web exited with code 7"_s);
}

void tst_container_watcher::stopIsNoCrash_data()
{
    QTest::addColumn<QStringList>("command");
    QTest::newRow("stop") << QStringList{u"stop"_s, u"-t"_s, u"4"_s, u"web"_s}; // PID 1 ignores SIGTERM
    QTest::newRow("kill") << QStringList{u"kill"_s, u"web"_s};
    QTest::newRow("remove") << QStringList{u"rm"_s, u"-f"_s, u"-t"_s, u"0"_s, u"web"_s};
}

void tst_container_watcher::stopIsNoCrash()
{
    QFETCH(QStringList, command);
    QVERIFY(m_podman.runContainer(u"web"_s));
    watch();
    QTRY_VERIFY(runs());
    QProcess podman; // beside us: the watcher must see the container while it is stopping
    podman.start(u"podman"_s, m_podman.global() + command);
    QTRY_VERIFY_WITH_TIMEOUT(!ends().isEmpty(), 10'000);
    QTRY_VERIFY_WITH_TIMEOUT(podman.state() == QProcess::NotRunning, 10'000);
    for (const RawEvent &end : ends())
        QVERIFY2(end.process.stopRequested, qPrintable(end.text));
}

/// As systemd counts it; also how a program ends that does as SIGTERM says.
void tst_container_watcher::cleanExitIsNoCrash()
{
    QVERIFY(m_podman.runContainer(u"web"_s, {}, {u"/bin/sleep"_s, u"2"_s}));
    watch();
    QTRY_VERIFY(runs());
    QTRY_COMPARE(ends().size(), 1);
    QVERIFY(ends().first().process.stopRequested);
    QVERIFY(!endedWell(containerState({{u"State"_s, QJsonObject{{u"Running"_s, false}, {u"ExitCode"_s, 137}}}})));
    QVERIFY(endedWell(containerState({{u"State"_s, QJsonObject{{u"Running"_s, false}, {u"ExitCode"_s, 143}}}})));
}

void tst_container_watcher::restartIsNoCrash()
{
    QVERIFY(m_podman.runContainer(u"web"_s));
    watch();
    QTRY_VERIFY(runs());
    const qint64 before = m_events.last().process.pid;
    m_podman.run({u"restart"_s, u"-t"_s, u"1"_s, u"web"_s});
    QTRY_VERIFY(runs() && m_events.last().process.pid != before);
    QCOMPARE(m_events.last().process.pid, m_podman.pidOf(u"web"_s));
    for (const RawEvent &end : ends())
        QVERIFY2(end.process.stopRequested, qPrintable(end.text));
}

void tst_container_watcher::markedEndIsNoCrash()
{
    QVERIFY(m_podman.runContainer(u"web"_s));
    watch();
    QTRY_VERIFY(runs());
    m_watcher->markStopRequested(u"shop"_s);
    ::kill(pid_t(m_events.last().process.pid), SIGKILL);
    QTRY_COMPARE(ends().size(), 1);
    QVERIFY(ends().first().process.stopRequested);
    m_podman.run({u"start"_s, u"web"_s}); // a new life: the mark is used up
    QTRY_VERIFY(runs());
    ::kill(pid_t(m_events.last().process.pid), SIGKILL);
    QTRY_COMPARE(ends().size(), 2);
    QVERIFY(!ends().last().process.stopRequested);
}

/// Nobody saw it run: no pid, so that nothing takes it for a crash; its state is told all the same.
void tst_container_watcher::deadBeforeWatching()
{
    QVERIFY(m_podman.runContainer(u"web"_s, {}, {u"/bin/sh"_s, u"-c"_s, u"exit 3"_s}));
    QTRY_COMPARE(m_podman.pidOf(u"web"_s), 0);
    watch();
    QTRY_COMPARE(ends().size(), 1);
    QCOMPARE(ends().first().process.pid, 0);
    QCOMPARE(ends().first().process.exitStatus, 3);
}

void tst_container_watcher::missing()
{
    watch(u"nobody"_s);
    QTRY_COMPARE(ends().size(), 1);
    QCOMPARE(ends().first().text, u"there is no container nobody"_s);
    QVERIFY(m_podman.runContainer(u"nobody"_s)); // it comes later
    QTRY_VERIFY(runs());
}

void tst_container_watcher::daemonGoesAndComesBack()
{
    QVERIFY(m_podman.runContainer(u"web"_s));
    watch();
    QTRY_VERIFY(runs());
    const qint64 pid = m_events.last().process.pid;
    m_podman.stopService();
    QTRY_VERIFY(m_events.last().kind == RawEventKind::SourceLost);
    QCOMPARE(m_events.last().source, containerSource(m_podman.socket()));
    QVERIFY(!m_watcher->isConnected());
    ::kill(pid_t(pid), SIGKILL); // while nobody watches
    QVERIFY(m_podman.startService());
    QTRY_COMPARE(ends().size(), 1);
    QCOMPARE(ends().first().process.pid, pid);
    QVERIFY(!ends().first().process.stopRequested);
    QVERIFY(std::any_of(m_events.begin(), m_events.end(), [](const RawEvent &event) { return event.kind == RawEventKind::SourceBack; }));
}

/// Events still come, but nobody can be asked any more.
void tst_container_watcher::socketIsTakenAway()
{
    QVERIFY(m_podman.runContainer(u"web"_s));
    watch();
    QTRY_VERIFY(runs());
    QVERIFY(QFile::remove(m_podman.socket()));
    m_podman.run({u"kill"_s, u"web"_s});
    QTRY_VERIFY(m_events.last().kind == RawEventKind::SourceLost);
    m_podman.stopService();
    QVERIFY(m_podman.startService());
    QTRY_COMPARE(ends().size(), 1);
}

void tst_container_watcher::eventsAsDockerTellsThem_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("action");
    QTest::addColumn<bool>("asksToEnd");
    const auto line = [](const char *action, const char *more) {
        return QByteArray(R"({"Type":"container","Action":")") + action + R"(","Actor":{"ID":"0123456789abcdef","Attributes":{"name":"web")" + more + "}}}";
    };
    QTest::newRow("term") << line("kill", R"(,"signal":"15")") << u"kill"_s << true;
    QTest::newRow("hup") << line("kill", R"(,"signal":"1")") << u"kill"_s << false;
    QTest::newRow("die") << line("die", R"(,"exitCode":"137")") << u"die"_s << false;
    QTest::newRow("stop") << line("stop", "") << u"stop"_s << true;
    QTest::newRow("nonsense") << QByteArray("{nonsense") << QString() << false;
}

void tst_container_watcher::eventsAsDockerTellsThem()
{
    QFETCH(QByteArray, line);
    const ContainerEvent event = containerEvent(line);
    QTEST(event.action, "action");
    QTEST(event.asksToEnd, "asksToEnd");
}

void tst_container_watcher::sockets()
{
    QCOMPARE(socketPath(u"unix:///run/docker.sock"_s), u"/run/docker.sock"_s);
    QCOMPARE(socketPath(u"/run/docker.sock"_s), u"/run/docker.sock"_s);
    QCOMPARE(socketPath(u"tcp://host:2375"_s), QString());
    QCOMPARE(containerSource({}), u"containers"_s);
    qputenv("DOCKER_HOST", "unix:///tmp/other.sock");
    QCOMPARE(containerSocket({}), u"/tmp/other.sock"_s);
    qunsetenv("DOCKER_HOST");
    const auto runtime = qgetenv("XDG_RUNTIME_DIR");
    QTemporaryDir folder;
    QVERIFY(QDir(folder.path()).mkpath(u"podman"_s));
    QFile file(folder.filePath(u"podman/podman.sock"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    qputenv("XDG_RUNTIME_DIR", folder.path().toUtf8());
    QVERIFY(containerSocketPlaces().contains(file.fileName()));
    QVERIFY(!containerSocket({}).isEmpty());
    qputenv("XDG_RUNTIME_DIR", runtime);
}

/// Against what the container does: one process that burns a core.
void tst_container_watcher::measured()
{
    QVERIFY(m_podman.runContainer(u"web"_s, {}, {u"/bin/sh"_s, u"-c"_s, u"while :; do :; done"_s}));
    const qint64 pid = m_podman.pidOf(u"web"_s);
    ContainerMonitor monitor(u"shop"_s, 1000, [pid] { return pid; });
    const SystemClock clock;
    (void)monitor.sample(clock.now());
    QElapsedTimer timer;
    timer.start();
    QTRY_VERIFY(timer.elapsed() > 1000);
    QMap<QString, double> values;
    for (const Sample &sample : monitor.sample(clock.now())) {
        QCOMPARE(sample.component, u"shop"_s);
        values.insert(sample.key.metric, sample.value);
    }
    QVERIFY2(values.value(u"unit_cpu"_s) > 20 && values.value(u"unit_cpu"_s) < 110, qPrintable(QString::number(values.value(u"unit_cpu"_s))));
    QVERIFY(values.value(u"unit_memory"_s) > 4096);
    QCOMPARE(values.value(u"unit_tasks"_s), 1.0);
    ::kill(pid_t(pid), SIGKILL);
    QTRY_VERIFY(monitor.sample(clock.now()).isEmpty());
}

QTEST_GUILESS_MAIN(tst_container_watcher)
#include "tst_container_watcher.moc"
