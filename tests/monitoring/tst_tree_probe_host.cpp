// labels: sandbox
// The probes of decision trees that look at the machine, on the real thing: a file system that is really full, a deleted file
// that is really held open, a port that is really taken, a control group that really has a limit.
#include "core/monitoring/TreeProbe.h"

#include <QDir>
#include <QFile>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

ProbeOrder order(const QString &type, const QString &text = {}, qint64 timeoutMs = 4000)
{
    ProbeOrder one;
    one.type = type;
    one.text = text;
    one.timeoutMs = timeoutMs;
    return one;
}

Fact run(const ProbeOrder &one, const ProcPaths &paths = {})
{
    const MonitorCancel cancel;
    return runTreeProbe(one, SystemClock().now(), cancel, paths);
}

QString word(const ProbeOrder &one)
{
    const Fact fact = run(one);
    return fact.value.isValid() ? fact.value.toString() : QString(u"unknown: "_s + fact.text);
}

void write(const QString &path, const QByteArray &bytes)
{
    QDir().mkpath(path.section(u'/', 0, -2));
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("cannot write %s", qPrintable(path));
}

const QByteArray mib(1024 * 1024, 'x');

/// A real small file system, away from any telling name.
class SmallDisk
{
public:
    explicit SmallDisk(const char *options)
    {
        QDir().mkpath(path);
        if (::mount("small", qPrintable(path), "tmpfs", 0, options) != 0)
            qFatal("cannot mount: this test runs in the sandbox as root");
    }
    ~SmallDisk() { ::umount2(qPrintable(path), MNT_DETACH); }
    Q_DISABLE_COPY_MOVE(SmallDisk)
    const QString path = u"/srv/small"_s;
};

} // namespace

class TestTreeProbeHost : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void disk();
    void growth();
    void deletedButOpen();
    void port();
    void localPorts();
    void file();
    void configSyntax_data();
    void configSyntax();
    void cgroupV2();
    void cgroupV1();
    void cgroupReal();
    void databaseWithoutMonitor();
};

void TestTreeProbeHost::disk()
{
    const SmallDisk small("size=4m,nr_inodes=50");
    QCOMPARE(word(order(u"disk"_s, small.path)), u"ok"_s);
    QCOMPARE(word(order(u"disk"_s, small.path + u"/nosuch"_s)), u"missing"_s);
    QFile big(small.path + u"/big"_s);
    QVERIFY(big.open(QIODevice::WriteOnly | QIODevice::Unbuffered));
    while (big.write(mib.left(4096)) == 4096) { }
    QCOMPARE(word(order(u"disk"_s, small.path)), u"full"_s);
    big.resize(0);
    for (int i = 0; QFile(u"%1/%2"_s.arg(small.path).arg(i)).open(QIODevice::WriteOnly); ++i) { }
    QCOMPARE(word(order(u"disk"_s, small.path)), u"inodes_full"_s);
    QVERIFY(::mount("small", qPrintable(small.path), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0 || errno == EBUSY);
    big.close();
    QVERIFY(::mount("small", qPrintable(small.path), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0);
    QCOMPARE(word(order(u"disk"_s, small.path)), u"read_only"_s);
}

void TestTreeProbeHost::growth()
{
    const SmallDisk small("size=64m");
    QCOMPARE(word(order(u"disk_growth"_s, small.path)), u"nothing"_s);
    write(small.path + u"/db/base/1"_s, mib.repeated(2));
    QCOMPARE(word(order(u"disk_growth"_s, small.path)), u"data"_s);
    write(small.path + u"/var/log/web/a.log"_s, mib.repeated(2));
    write(small.path + u"/var/log/mail/b.log"_s, mib.repeated(2)); // logs are counted together
    const Fact logs = run(order(u"disk_growth"_s, small.path));
    QCOMPARE(logs.value.toString(), u"logs"_s);
    QVERIFY2(logs.text.contains(small.path + u"/var/log holds 4 MiB"_s), qPrintable(logs.text));
    write(small.path + u"/var/log/journal/0a/system.journal"_s, mib.repeated(5));
    QCOMPARE(word(order(u"disk_growth"_s, small.path)), u"journal"_s);
    QFile old(small.path + u"/var/log/journal/0a/system.journal"_s);
    QVERIFY(old.open(QIODevice::ReadWrite));
    QVERIFY(old.setFileTime(QDateTime::currentDateTime().addSecs(-7200), QFileDevice::FileModificationTime));
    old.close();
    QCOMPARE(word(order(u"disk_growth"_s, small.path)), u"logs"_s); // what was not written within the hour does not count
    write(small.path + u"/var/cache/apt/archives/a.deb"_s, mib.repeated(6));
    QCOMPARE(word(order(u"disk_growth"_s, small.path)), u"package_cache"_s);
    write(small.path + u"/var/lib/systemd/coredump/core.web"_s, mib.repeated(7));
    QCOMPARE(word(order(u"disk_growth"_s, small.path)), u"core_dumps"_s);
    write(small.path + u"/tmp/x"_s, mib.repeated(8));
    QFile writing(small.path + u"/tmp/y"_s);
    QVERIFY(writing.open(QIODevice::WriteOnly));
    const Fact temporary = run(order(u"disk_growth"_s, small.path));
    QCOMPARE(temporary.value.toString(), u"temporary"_s);
    QVERIFY2(temporary.text.contains(u"written by "_s) && temporary.text.contains(u"(pid %1)"_s.arg(getpid())), qPrintable(temporary.text));
    const SmallDisk above("size=64m"); // another device below the path is not counted
    write(above.path + u"/x/log/a"_s, mib.repeated(20));
    QCOMPARE(word(order(u"disk_growth"_s, u"/srv"_s)).startsWith(u"logs"_s), false);
}

void TestTreeProbeHost::deletedButOpen()
{
    const SmallDisk small("size=32m");
    write(small.path + u"/a/b"_s, mib.repeated(2));
    QFile held(small.path + u"/a/held.log"_s);
    QVERIFY(held.open(QIODevice::WriteOnly) && held.write(mib.repeated(5)) > 0 && held.flush());
    QCOMPARE(word(order(u"disk_growth"_s, small.path)), u"data"_s);
    QVERIFY(::unlink(qPrintable(held.fileName())) == 0);
    const Fact fact = run(order(u"disk_growth"_s, small.path));
    QCOMPARE(fact.value.toString(), u"deleted_open"_s);
    QVERIFY2(fact.text.contains(held.fileName()) && fact.text.contains(u"(pid %1)"_s.arg(getpid())) && fact.text.contains(u"5 MiB"_s),
             qPrintable(fact.text));
    held.close();
    QCOMPARE(word(order(u"disk_growth"_s, small.path)), u"data"_s);
}

void TestTreeProbeHost::port()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    ProbeOrder one = order(u"port"_s, u"127.0.0.1:%1"_s.arg(server.serverPort()));
    const Fact other = run(one);
    QCOMPARE(other.value.toString(), u"other"_s);
    QVERIFY2(other.text.contains(u"(pid %1"_s.arg(getpid())) && other.text.contains(u"sandbox-command.service"_s), qPrintable(other.text));
    one.subject.pid = getpid();
    QCOMPARE(word(one), u"own"_s);
    one.subject.pid = getppid(); // a child of the main process is its own, too
    QCOMPARE(word(one), u"own"_s);
    one.subject.pid = 0;
    one.subject.unit = u"sandbox-command.service"_s;
    QCOMPARE(word(one), u"own"_s);
    one.subject.unit = u"web.service"_s;
    QCOMPARE(word(one), u"other"_s);
    one.text = u"0.0.0.0:%1"_s.arg(server.serverPort()); // wants all addresses, one of which is taken
    QCOMPARE(word(one), u"other"_s);
    one.text = u"127.0.0.2:%1"_s.arg(server.serverPort());
    QCOMPARE(word(one), u"free"_s);
    server.close();
    one.text = u"127.0.0.1:%1"_s.arg(one.text.section(u':', 1));
    QCOMPARE(word(one), u"free"_s);
}

void TestTreeProbeHost::localPorts()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    std::vector<std::unique_ptr<QTcpSocket>> clients;
    const int before = int(run(order(u"local_ports"_s)).value.toDouble() > 0);
    for (int i = 0; i < 40; ++i) {
        clients.push_back(std::make_unique<QTcpSocket>());
        clients.back()->connectToHost(QHostAddress::LocalHost, server.serverPort());
        QVERIFY(clients.back()->waitForConnected(2000));
    }
    const Fact fact = run(order(u"local_ports"_s));
    QFile range(u"/proc/sys/net/ipv4/ip_local_port_range"_s);
    QVERIFY(range.open(QIODevice::ReadOnly));
    const QList<QByteArray> ends = range.readAll().simplified().split(' ');
    const double expected = 4000.0 / (ends[1].toInt() - ends[0].toInt() + 1);
    QVERIFY2(before == 0 || fact.value.toDouble() > 0, "some were in use before");
    QVERIFY2(fact.value.toDouble() >= expected - 1e-9 && fact.value.toDouble() < 50, qPrintable(fact.text));
    QVERIFY2(fact.text.contains(u"towards 127.0.0.1:%1"_s.arg(server.serverPort())), qPrintable(fact.text));
}

void TestTreeProbeHost::file()
{
    QTemporaryDir folder(u"/var/probe-XXXXXX"_s);
    QVERIFY(::chmod(qPrintable(folder.path()), 0755) == 0);
    const QString path = folder.filePath(u"conf"_s), program = folder.filePath(u"server"_s);
    ProbeOrder one = order(u"file"_s, path);
    one.subject.user = u"nobody"_s;
    QCOMPARE(word(one), u"missing"_s);
    write(path, "x");
    QVERIFY(::chmod(qPrintable(path), 0644) == 0);
    QCOMPARE(word(one), u"ok"_s);
    QVERIFY(::chmod(qPrintable(path), 0640) == 0);
    QCOMPARE(word(one), u"not_readable"_s);
    one.subject.user = u"root"_s;
    QCOMPARE(word(one), u"ok"_s);
    one.subject.user = u"nobody"_s;
    QVERIFY(::chmod(qPrintable(path), 0644) == 0 && ::chmod(qPrintable(folder.path()), 0700) == 0);
    const Fact closed = run(one);
    QVERIFY2(closed.value.toString() == u"not_readable"_s && closed.text.contains(folder.path() + u" is closed"_s), qPrintable(closed.text));
    QVERIFY(::chmod(qPrintable(folder.path()), 0755) == 0);
    one.text = folder.path();
    QCOMPARE(word(one), u"directory"_s);
    write(program, "#!/bin/true\n");
    QVERIFY(::chmod(qPrintable(program), 0644) == 0);
    one.text = one.subject.binary = program;
    QCOMPARE(word(one), u"not_executable"_s);
    one.subject.user = u"root"_s;
    QCOMPARE(word(one), u"not_executable"_s);
    QVERIFY(::chmod(qPrintable(program), 0755) == 0);
    QCOMPARE(word(one), u"ok"_s);
    one.subject.user = u"nosuchuser"_s;
    QVERIFY(!run(one).value.isValid());
}

void TestTreeProbeHost::configSyntax_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("expected");
    QTest::addColumn<QString>("where");
    QTest::newRow("yaml") << u"a.yaml"_s << QByteArray("a: [1, 2]\n") << u"ok"_s << QString();
    QTest::newRow("yaml, broken") << u"a.yml"_s << QByteArray("a: 1\nb: [1, 2\nc: 3\n") << u"error"_s << u"a.yml:"_s;
    QTest::newRow("json") << u"a.json"_s << QByteArray("{\"a\": 1}") << u"ok"_s << QString();
    QTest::newRow("json, broken") << u"a.json"_s << QByteArray("{\n  \"a\": 1,\n  b\n}") << u"error"_s << u"a.json:3:"_s;
    QTest::newRow("ini") << u"a.ini"_s << QByteArray("; c\n[s]\na=1\nb: 2\n  more\n") << u"ok"_s << QString();
    QTest::newRow("ini, broken") << u"a.ini"_s << QByteArray("[s]\na=1\nwords\n") << u"error"_s << u"a.ini:3:1: neither section nor assignment"_s;
    QTest::newRow("unit") << u"a.service"_s << QByteArray("[Service]\nExecStart=/bin/a \\\n/b c\n") << u"ok"_s << QString();
    QTest::newRow("unit, broken") << u"a.service"_s << QByteArray("[Service\nExecStart=/bin/a\n") << u"error"_s << u"a.service:1:1: a section without its end"_s;
    QTest::newRow("unknown format") << u"a.conf"_s << QByteArray("x") << u"unknown: the format of "_s << QString();
}

void TestTreeProbeHost::configSyntax()
{
    QFETCH(QString, name);
    QFETCH(QByteArray, bytes);
    QFETCH(QString, expected);
    QFETCH(QString, where);
    const QTemporaryDir folder;
    const ProbeOrder one = order(u"config_syntax"_s, folder.filePath(name));
    QVERIFY(word(one) == u"missing"_s);
    write(one.text, bytes);
    QVERIFY2(word(one).startsWith(expected), qPrintable(word(one)));
    QVERIFY2(run(one).text.contains(where), qPrintable(run(one).text));
}

void TestTreeProbeHost::cgroupV2()
{
    const QTemporaryDir folder;
    const ProcPaths paths{folder.filePath(u"proc"_s), folder.filePath(u"sys"_s)};
    const QString top = paths.sys + u"/fs/cgroup"_s, group = top + u"/system.slice/web.service"_s;
    write(top + u"/cgroup.controllers"_s, "memory cpu\n");
    write(group + u"/memory.current"_s, "104857600\n");
    write(group + u"/memory.max"_s, "max\n");
    write(group + u"/memory.stat"_s, "anon 52428800\nfile 41943040\nfile_mapped 1\n");
    write(group + u"/memory.events"_s, "low 0\noom 3\noom_kill 2\n");
    write(group + u"/memory.swap.current"_s, "1048576\n");
    write(group + u"/cpu.stat"_s, "usage_usec 1\nnr_periods 100\nnr_throttled 90\n");
    ProbeOrder one = order(u"cgroup"_s, u"limit_percent"_s, 200);
    one.subject.controlGroup = u"/system.slice/web.service"_s;
    const auto value = [&](const char *field) {
        one.text = QString::fromLatin1(field);
        return run(one, paths).value;
    };
    QVERIFY(!value("limit_percent").isValid()); // none anywhere
    write(top + u"/system.slice/memory.current"_s, "209715200\n");
    write(top + u"/system.slice/memory.max"_s, "419430400\n");
    QCOMPARE(value("limit_percent").toDouble(), 50.0); // of the slice above it
    write(group + u"/memory.max"_s, "131072000\n");
    QCOMPARE(value("limit_percent").toDouble(), 80.0);
    QCOMPARE(value("file_percent").toDouble(), 40.0);
    QCOMPARE(value("anon_mib").toDouble(), 50.0);
    QCOMPARE(value("oom_kills").toDouble(), 2.0);
    QCOMPARE(value("swap_mib").toDouble(), 1.0);
    QCOMPARE(value("throttled_percent").toDouble(), 0.0); // of now, not of the past
    one.subject.controlGroup = u"/gone.service"_s;
    QVERIFY(!value("anon_mib").isValid());
    write(paths.proc + u"/42/cgroup"_s, "0::/system.slice/web.service\n"); // the kernel's word on the main process counts more
    one.subject.pid = 42;
    QCOMPARE(value("anon_mib").toDouble(), 50.0);
}

void TestTreeProbeHost::cgroupV1()
{
    const QTemporaryDir folder;
    const ProcPaths paths{folder.filePath(u"proc"_s), folder.filePath(u"sys"_s)};
    const QString group = paths.sys + u"/fs/cgroup/memory/web"_s;
    write(group + u"/memory.usage_in_bytes"_s, "104857600\n");
    write(group + u"/memory.limit_in_bytes"_s, "9223372036854771712\n");
    write(group + u"/memory.stat"_s, "total_cache 52428800\ntotal_rss 20971520\ntotal_swap 3145728\n");
    write(group + u"/memory.oom_control"_s, "oom_kill_disable 0\nunder_oom 0\noom_kill 7\n");
    write(paths.proc + u"/42/cgroup"_s, "9:memory:/web\n1:name=systemd:/other\n");
    ProbeOrder one = order(u"cgroup"_s);
    one.subject.pid = 42;
    const auto value = [&](const char *field) {
        one.text = QString::fromLatin1(field);
        return run(one, paths).value;
    };
    QVERIFY(!value("limit_percent").isValid());
    write(group + u"/memory.limit_in_bytes"_s, "209715200\n");
    QCOMPARE(value("limit_percent").toDouble(), 50.0);
    QCOMPARE(value("file_percent").toDouble(), 50.0);
    QCOMPARE(value("anon_mib").toDouble(), 20.0);
    QCOMPARE(value("oom_kills").toDouble(), 7.0);
    QCOMPARE(value("swap_mib").toDouble(), 3.0);
}

/// Our own group, as the kernel has it.
void TestTreeProbeHost::cgroupReal()
{
    ProbeOrder one = order(u"cgroup"_s, u"anon_mib"_s);
    one.subject.pid = getpid();
    const Fact fact = run(one);
    QVERIFY2(fact.value.toDouble() > 0, qPrintable(fact.text));
}

void TestTreeProbeHost::databaseWithoutMonitor()
{
    ProbeOrder one = order(u"database"_s);
    one.subject.component = u"db"_s;
    QCOMPARE(word(one), u"unknown: no postgresql or redis monitor belongs to db"_s);
    QTcpServer closed;
    QVERIFY(closed.listen(QHostAddress::LocalHost));
    MonitorConfig monitor;
    monitor.address = u"127.0.0.1:%1"_s.arg(closed.serverPort());
    closed.close();
    for (const QString &type : {u"postgresql"_s, u"redis"_s}) {
        monitor.type = type;
        one.subject.database = monitor;
        QCOMPARE(word(one), u"refused"_s);
    }
}

} // namespace prunella

QTEST_GUILESS_MAIN(prunella::TestTreeProbeHost)
#include "tst_tree_probe_host.moc"
