// labels: sandbox
// Real units, sockets, mounts and namespaces, seen by the reader as the engine uses it.
#include "core/monitoring/TopologyReader.h"
#include "tests/monitoring/TopologyPlayer.h"
#include "tests/monitoring/UnitFixture.h"

#include <QCoreApplication>
#include <QElapsedTimer>

#include <csignal>
#include <cstdio>
#include <sys/mount.h>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

namespace {

ServiceConfig service(const QString &name, Manager manager = Manager::Systemd)
{
    ServiceConfig service;
    service.name = name;
    service.manager = manager;
    if (manager == Manager::Systemd)
        service.unit = name + u".service"_s;
    return service;
}

void unitFile(const QString &name, const QString &text)
{
    QFile file(u"/run/systemd/system/"_s + name);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text.toUtf8());
}

/// This program where every unit sees it: a checkout below /tmp is hidden from those with PrivateTmp=.
const QString playerProgram = u"/usr/local/bin/topology-player"_s;

/// A unit that plays these orders, and is started again until they work.
void player(const QString &name, const QString &orders, const QString &unit = {}, const QString &more = {})
{
    unitFile(name + u".service"_s, u"[Unit]\nStartLimitIntervalSec=0\n%1\n[Service]\nRestart=always\nRestartSec=100ms\n%2\nExecStart=%3 --play %4\n"_s
                                       .arg(unit, more, playerProgram, orders));
}

} // namespace

class tst_topology_seen : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase();
    void units();
    void tcpBetweenUnits();
    void unixSockets();
    void ownProcessManager();
    void otherNetwork();
    void disks();
    void ownConnectionsAreNone();
    void withoutRights();
    void withoutBus();

private:
    [[nodiscard]] SeenTopology look() { return readTopology({m_services, m_mainPids, QCoreApplication::applicationPid(), {}}); }
    /// The detail of this edge; null when it is not there.
    [[nodiscard]] QString edge(const QString &from, const QString &to, TieKind kind)
    {
        for (const TopologyEdge &edge : look().edges) {
            if (edge.from == from && edge.to == to && edge.kind == kind)
                return edge.detail;
        }
        return {};
    }

    QList<ServiceConfig> m_services;
    QMap<QString, qint64> m_mainPids;
    QProcess m_worker;
};

void tst_topology_seen::initTestCase()
{
    QVERIFY2(inSandbox(), "this test mounts and starts units: run it with tests/support/systemd-sandbox");
    QVERIFY(QDir().mkpath(u"/srv/data"_s) && QDir().mkpath(u"/usr/local/bin"_s));
    QVERIFY(QFile::copy(QCoreApplication::applicationFilePath(), playerProgram)); // of the sandbox's overlay
    QCOMPARE(::mount("tmpfs", "/srv/data", "tmpfs", 0, "size=1m"), 0);
    player(u"db"_s, u"listen:7432 open:/srv/data/table"_s);
    unitFile(u"db.socket"_s, u"[Socket]\nListenStream=/run/db.activation\n"_s);
    player(u"cache"_s, u"ulisten:/run/cache.sock"_s, {}, u"StateDirectory=cache\nExecStartPre=-/bin/rm -f /run/cache.sock"_s);
    unitFile(u"stack.target"_s, u"[Unit]\nRequires=cache.service\nAfter=cache.service\n"_s);
    player(u"web"_s, u"connect:7432 uconnect:/run/cache.sock"_s, u"Requires=db.socket\nBindsTo=cache.service\nAfter=cache.service"_s, u"PrivateTmp=yes"_s);
    player(u"job"_s, u"open:/tmp/job"_s, u"Wants=web.service\nRequires=stack.target\nAfter=stack.target"_s);
    player(u"inner"_s, u"listen:7600 connect:7600"_s, {}, u"PrivateNetwork=yes"_s);
    player(u"outer"_s, u"connect:7600"_s, u"JoinsNamespaceOf=inner.service\nAfter=inner.service"_s, u"PrivateNetwork=yes"_s);
    QCOMPARE(systemctl({u"daemon-reload"_s}), 0);
    awaitBus();
    QCOMPARE(systemctl({u"start"_s, u"db.socket"_s, u"db.service"_s, u"job.service"_s, u"outer.service"_s, u"inner.service"_s}), 0);
    for (const auto &name : {"db", "cache", "web", "job", "inner", "outer"})
        m_services.append(service(QString::fromLatin1(name)));
    m_services.append(service(u"worker"_s, Manager::Process));
    m_worker.setChildProcessModifier([] { ::setsid(); });
    m_worker.start(QCoreApplication::applicationFilePath(), {u"--play"_s, u"connect:7432"_s});
    QVERIFY(m_worker.waitForStarted());
    m_mainPids.insert(u"worker"_s, m_worker.processId());
}

void tst_topology_seen::cleanupTestCase()
{
    m_worker.kill();
    m_worker.waitForFinished();
}

void tst_topology_seen::units()
{
    QCOMPARE(edge(u"web"_s, u"cache"_s, TieKind::BindsTo), u"BindsTo=cache.service"_s);
    QCOMPARE(edge(u"web"_s, u"cache"_s, TieKind::After), u"After=cache.service"_s);
    QCOMPARE(edge(u"web"_s, u"db"_s, TieKind::Requires), u"Requires=db.socket -> Triggers=db.service"_s);
    QCOMPARE(edge(u"job"_s, u"web"_s, TieKind::Wants), u"Wants=web.service"_s);
    QCOMPARE(edge(u"job"_s, u"cache"_s, TieKind::Requires), u"Requires=stack.target -> Requires=cache.service"_s);
    QCOMPARE(edge(u"job"_s, u"cache"_s, TieKind::After), u"After=stack.target -> After=cache.service"_s);
    QVERIFY(edge(u"db"_s, u"web"_s, TieKind::Requires).isNull());
}

void tst_topology_seen::tcpBetweenUnits()
{
    QTRY_COMPARE_WITH_TIMEOUT(edge(u"web"_s, u"db"_s, TieKind::Connection), u"127.0.0.1:7432"_s, 10'000);
    QVERIFY(edge(u"db"_s, u"web"_s, TieKind::Connection).isNull());
    // nobody of the configuration: its unit
    m_services.removeIf([](const ServiceConfig &one) { return one.name == "db"_L1; });
    QCOMPARE(edge(u"web"_s, u"unit:db.service"_s, TieKind::Connection), u"127.0.0.1:7432"_s);
    m_services.append(service(u"db"_s));
}

void tst_topology_seen::unixSockets()
{
    QTRY_COMPARE_WITH_TIMEOUT(edge(u"web"_s, u"cache"_s, TieKind::Connection), u"/run/cache.sock"_s, 10'000);
    QVERIFY(edge(u"cache"_s, u"web"_s, TieKind::Connection).isNull());
}

void tst_topology_seen::ownProcessManager()
{
    QTRY_COMPARE_WITH_TIMEOUT(edge(u"worker"_s, u"db"_s, TieKind::Connection), u"127.0.0.1:7432"_s, 10'000);
    // a child that leads a session of its own, as daemons do: known by the mark that it inherited
    QVERIFY(edge(u"worker"_s, u"inner"_s, TieKind::Connection).isNull());
    QVERIFY(edge(u"worker"_s, u"cache"_s, TieKind::Connection).isNull());
    const auto daemon = [](const QString &mark) {
        auto process = std::make_unique<QProcess>();
        process->setChildProcessModifier([] { ::setsid(); });
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(u"PRUNELLA_SERVICE"_s, mark);
        process->setProcessEnvironment(environment);
        // not below this test, as if its parent had ended: left to the init of the sandbox
        process->setProgram(u"/bin/bash"_s);
        process->setArguments({u"-c"_s, u"%1 --play uconnect:/run/cache.sock & echo $!"_s.arg(QCoreApplication::applicationFilePath())});
        return process;
    };
    const auto stranger = daemon(u"other"_s), child = daemon(u"worker"_s);
    qint64 pids[2] = {};
    for (int i = 0; i < 2; ++i) {
        QProcess &process = i == 0 ? *stranger : *child;
        process.start();
        QVERIFY(process.waitForStarted());
        QTRY_VERIFY(process.canReadLine());
        pids[i] = process.readLine().trimmed().toLongLong();
        if (i == 0)
            QVERIFY(edge(u"worker"_s, u"cache"_s, TieKind::Connection).isNull());
    }
    QTRY_COMPARE_WITH_TIMEOUT(edge(u"worker"_s, u"cache"_s, TieKind::Connection), u"/run/cache.sock"_s, 10'000);
    for (const qint64 pid : pids)
        ::kill(pid_t(pid), SIGKILL);
    stranger->waitForFinished();
    child->waitForFinished();
}

/// 127.0.0.1:7600 of the host is another; nobody listens there.
void tst_topology_seen::otherNetwork()
{
    QTRY_COMPARE_WITH_TIMEOUT(edge(u"outer"_s, u"inner"_s, TieKind::Connection), u"127.0.0.1:7600"_s, 10'000);
    QVERIFY(edge(u"inner"_s, u"inner"_s, TieKind::Connection).isNull());
}

void tst_topology_seen::disks()
{
    QTRY_COMPARE_WITH_TIMEOUT(edge(u"db"_s, u"disk:/srv/data"_s, TieKind::Disk), u"tmpfs tmpfs"_s, 10'000);
    QVERIFY(!edge(u"db"_s, u"disk:/"_s, TieKind::Disk).isNull()); // working directory and root
    QVERIFY(edge(u"web"_s, u"disk:/srv/data"_s, TieKind::Disk).isNull());
    QVERIFY(!edge(u"job"_s, u"disk:/tmp"_s, TieKind::Disk).isNull());
    // files of the configuration count without a process
    ServiceConfig idle = service(u"idle"_s, Manager::Command);
    idle.logs.append({false, u"/srv/data/idle.log"_s, {}});
    m_services.append(idle);
    QCOMPARE(edge(u"idle"_s, u"disk:/srv/data"_s, TieKind::Disk), u"tmpfs tmpfs"_s);
    m_services.removeLast();
    // StateDirectory= on a disk of its own, and no file open there
    QVERIFY(edge(u"cache"_s, u"disk:/var/lib/cache"_s, TieKind::Disk).isNull());
    QCOMPARE(::mount("tmpfs", "/var/lib/cache", "tmpfs", 0, "size=1m"), 0);
    QCOMPARE(edge(u"cache"_s, u"disk:/var/lib/cache"_s, TieKind::Disk), u"tmpfs tmpfs"_s);
}

/// What looks at services (this test, as the engine) does not depend on them.
void tst_topology_seen::ownConnectionsAreNone()
{
    const int fd = tcpSocket("7432", false);
    QVERIFY(fd >= 0);
    QProcess check;
    check.start(QCoreApplication::applicationFilePath(), {u"--play"_s, u"connect:7432"_s});
    QVERIFY(check.waitForStarted());
    for (const TopologyEdge &edge : look().edges)
        QVERIFY2(!edge.from.startsWith("process:"_L1) && !edge.from.startsWith("unit:sandbox"_L1), qPrintable(edge.from));
    ::close(fd);
    check.kill();
    check.waitForFinished();
}

void tst_topology_seen::withoutRights()
{
    QProcess nobody;
    nobody.start(QCoreApplication::applicationFilePath(), {u"--look-as-nobody"_s});
    QVERIFY(nobody.waitForFinished());
    const QString said = QString::fromUtf8(nobody.readAllStandardOutput());
    QVERIFY2(said.contains(u"processes of other users cannot be read"_s), qPrintable(said));
    QVERIFY2(said.contains(u"web -> db"_s), qPrintable(said)); // systemd tells everybody
    QVERIFY2(look().notes.isEmpty(), qPrintable(look().notes.join(u'\n')));
}

void tst_topology_seen::withoutBus()
{
    qputenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent");
    const SeenTopology seen = look();
    qunsetenv("DBUS_SYSTEM_BUS_ADDRESS");
    QCOMPARE(seen.notes, QStringList{u"dependencies of units are not known: no system bus: No such file or directory"_s});
    QVERIFY(std::any_of(seen.edges.cbegin(), seen.edges.cend(), [](const TopologyEdge &edge) { return edge.kind == TieKind::Connection; }));
}

namespace {

int lookAsNobody()
{
    constexpr uid_t nobody = 65534;
    if (::setgid(nobody) != 0 || ::setuid(nobody) != 0)
        return 1;
    const SeenTopology seen = readTopology({{service(u"web"_s), service(u"db"_s)}, {}, QCoreApplication::applicationPid(), {}});
    for (const QString &note : seen.notes)
        std::printf("%s\n", qPrintable(note));
    for (const TopologyEdge &edge : seen.edges)
        std::printf("%s -> %s\n", qPrintable(edge.from), qPrintable(edge.to));
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    if (argc > 2 && QByteArrayView(argv[1]) == "--play")
        return play(QByteArrayList(argv + 2, argv + argc));
    QCoreApplication application(argc, argv);
    if (argc > 1 && QByteArrayView(argv[1]) == "--look-as-nobody")
        return lookAsNobody();
    tst_topology_seen test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_topology_seen.moc"
