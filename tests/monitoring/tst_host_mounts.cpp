// Which mounts and disks count, and how full they are.
#include "HostFixture.h"
#include "core/monitoring/DiskDevices.h"
#include "core/monitoring/DiskIoMonitor.h"
#include "core/monitoring/DiskUsageMonitor.h"

#include <QTest>
#include <cerrno>
#include <cmath>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

/// One line of mountinfo.
QByteArray line(const char *device, const char *root, const char *path, const char *type, const char *source,
                const char *options = "rw")
{
    return QByteArray("36 35 ") + device + ' ' + root + ' ' + path + " rw,relatime shared:1 master:2 - " + type + ' ' + source
        + ' ' + options + '\n';
}

QStringList pathsOf(const QByteArray &text)
{
    QStringList paths;
    for (const auto &mount : realMounts(parseMounts({text.data(), size_t(text.size())})))
        paths.append(QString::fromStdString(mount.path));
    return paths;
}

Now at(qint64 ms)
{
    return {1'700'000'000'000 + ms, 1'000'000 + ms, 1'000'000 + ms, {}};
}

/// In mounts of its own (as root, or as root of a user namespace): 0 when the monitor saw it all.
int mountFillAndUnmount(const QString &folder)
{
    const QByteArray path = folder.toUtf8(), series = "disk_usage{path=" + path + '}';
    if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return 1;
    if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
        return 2;
    DiskUsageMonitor monitor(1000, DiskUsageMonitor::Kind::Local);
    if (!std::isnan(valueOf(monitor.sample(at(0)), series.constData())))
        return 3;
    if (mount("none", path.constData(), "tmpfs", 0, "size=1m") != 0)
        return 4;
    if (valueOf(monitor.sample(at(1)), series.constData()) != 0)
        return 5;
    QFile file(folder + QStringLiteral("/fill"));
    if (!file.open(QIODevice::WriteOnly | QIODevice::Unbuffered) || file.write(QByteArray(1 << 20, 'x')) != 1 << 20)
        return 6;
    file.close();
    if (valueOf(monitor.sample(at(2)), series.constData()) != 100)
        return 7;
    if (umount(path.constData()) != 0)
        return 8;
    return std::isnan(valueOf(monitor.sample(at(3)), series.constData())) ? 0 : 9;
}

} // namespace

class HostMountsTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void picksTheRealMountsOfTheCapturedMachine() { QCOMPARE(pathsOf(captured("self/mountinfo")), QStringList{QStringLiteral("/")}); }
    void picksTheRealMounts_data();
    void picksTheRealMounts();
    void leavesOutBrokenLines();
    void findsDisks();
    void measuresOnlyItsKindOfMount();
    void saysWhichMountCannotBeAsked();
    void seesTheRealRoot();
    void noticesMountsThatComeFillAndGo();
    void measuresDiskActivity();
    void bearsADiskPulledOut();
};

void HostMountsTest::picksTheRealMounts_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QStringList>("paths");
    const auto row = [](const char *name, const QByteArray &text, const QStringList &paths) { QTest::newRow(name) << text << paths; };
    const QString slash = QStringLiteral("/"), data = QStringLiteral("/data");
    row("pseudo", line("0:21", "/", "/proc", "proc", "proc") + line("0:5", "/", "/dev", "devtmpfs", "udev"), {});
    row("overlay as root", line("0:50", "/", "/", "overlay", "overlay"), {slash});
    row("overlay elsewhere", line("0:51", "/", "/var/lib/docker/overlay2/x/merged", "overlay", "overlay"), {});
    row("bind mount after", line("8:1", "/", "/data", "ext4", "/dev/sda1") + line("8:1", "/www", "/w", "ext4", "/dev/sda1"), {data});
    row("bind mount before", line("8:1", "/www", "/w", "ext4", "/dev/sda1") + line("8:1", "/", "/data", "ext4", "/dev/sda1"), {data});
    row("btrfs subvolumes", line("0:30", "/@home", "/home", "btrfs", "/dev/sda1") + line("0:30", "/@", "/", "btrfs", "/dev/sda1"), {slash});
    row("hidden by a later one", line("8:1", "/", "/data", "ext4", "/dev/sda1") + line("8:2", "/", "/data", "xfs", "/dev/sda2"), {data});
    row("read only", line("7:0", "/", "/snap/core", "squashfs", "/dev/loop0", "ro") + line("8:2", "/", "/cd", "ext4", "/dev/sda2", "ro"), {});
    row("read-only root", line("8:2", "/", "/", "ext4", "/dev/sda2", "ro,errors=remount-ro"), {slash});
    row("tmpfs", line("0:40", "/", "/tmp", "tmpfs", "tmpfs", "rw,size=4k") + line("0:41", "/", "/run", "tmpfs", "tmpfs")
            + line("0:42", "/", "/run/user/1000", "tmpfs", "tmpfs") + line("0:43", "/", "/runtime", "tmpfs", "tmpfs"),
        {QStringLiteral("/tmp"), QStringLiteral("/runtime")});
    row("escaped", line("8:1", "/", "/my\\040disk\\134x", "ext4", "/dev/sda1"), {QStringLiteral("/my disk\\x")});
}

void HostMountsTest::picksTheRealMounts()
{
    QFETCH(QByteArray, text);
    QFETCH(QStringList, paths);
    QCOMPARE(pathsOf(text), paths);
}

void HostMountsTest::leavesOutBrokenLines()
{
    QCOMPARE(pathsOf("garbage\n\n36 35 8 / /a rw - ext4 /dev/x rw\n36 35 8:x / /a rw - ext4 /dev/x rw\n36 35 8:1 / /a rw shared:1\n"), {});
    const QByteArray whole = line("8:1", "/", "/data", "ext4", "/dev/sda1");
    for (qsizetype size = 0; size < whole.size(); ++size)
        QCOMPARE(pathsOf(whole.left(size)), {});
    QCOMPARE(pathsOf(whole).size(), 1);
}

void HostMountsTest::findsDisks()
{
    const QByteArray text = line("8:1", "/", "/", "ext4", "/dev/sda1") + line("8:2", "/", "/home", "ext4", "/dev/sda2")
        + line("254:0", "/", "/srv", "xfs", "/dev/mapper/vg-srv") + line("0:60", "/", "/net", "nfs4", "server:/export")
        + line("0:61", "/", "/tmp", "tmpfs", "tmpfs");
    QStringList devices;
    for (const auto &[name, path] : devicesOf(realMounts(parseMounts(text.toStdString())), HostFixture().paths()))
        devices.append(QString::fromStdString(name + ' ' + path));
    QCOMPARE(devices, (QStringList{u"sda1 /"_s, u"sda2 /home"_s, u"dm-0 /srv"_s}));
}

void HostMountsTest::measuresOnlyItsKindOfMount()
{
    HostFixture host;
    const auto ask = [](const std::string &path) { return std::optional(DiskUsage{path == "/" ? 91.0 : 20.0, 5.0}); };
    DiskUsageMonitor local(1000, DiskUsageMonitor::Kind::Local, host.paths(), ask);
    DiskUsageMonitor remote(1000, DiskUsageMonitor::Kind::Remote, host.paths(), ask);
    QVERIFY(!local.mayBlock());
    QVERIFY(remote.mayBlock());
    auto samples = local.sample(at(0));
    QCOMPARE(samples.size(), 2);
    QCOMPARE(valueOf(samples, "disk_usage{path=/}"), 91.0);
    QCOMPARE(valueOf(samples, "disk_inodes_usage{path=/}"), 5.0);
    QCOMPARE(samples[0].unit, QStringLiteral("%"));
    QCOMPARE(samples[0].component, QStringLiteral("host"));
    QVERIFY(remote.sample(at(0)).isEmpty());
    host.write("self/mountinfo", line("0:60", "/", "/net", "nfs4", "server:/export") + line("0:61", "/", "/far", "fuse.sshfs", "a:/"));
    QVERIFY(local.sample(at(1000)).isEmpty());
    QCOMPARE(remote.sample(at(1000)).size(), 4);
    host.remove("self/mountinfo");
    DiskUsageMonitor blind(1000, DiskUsageMonitor::Kind::Local, host.paths(), ask);
    QVERIFY(blind.sample(at(0)).isEmpty());
    QVERIFY(blind.problem().contains(QStringLiteral("mountinfo: No such file")));
}

void HostMountsTest::saysWhichMountCannotBeAsked()
{
    HostFixture host;
    DiskUsageMonitor monitor(1000, DiskUsageMonitor::Kind::Local, host.paths(), [](const std::string &) -> std::optional<DiskUsage> {
        errno = EIO;
        return std::nullopt;
    });
    QVERIFY(monitor.sample(at(0)).isEmpty());
    QCOMPARE(monitor.problem(), QStringLiteral("cannot ask the file system at /: Input/output error"));
}

void HostMountsTest::seesTheRealRoot()
{
    DiskUsageMonitor monitor(1000, DiskUsageMonitor::Kind::Local);
    const auto samples = monitor.sample(at(0));
    const double usage = valueOf(samples, "disk_usage{path=/}");
    QVERIFY2(usage > 0 && usage <= 100, qPrintable(monitor.problem()));
    QCOMPARE(monitor.sample(at(1)).size(), samples.size()); // unchanged mounts are not read again
    QVERIFY(!DiskUsageMonitor::askKernel("/no/such/place"));
}

void HostMountsTest::noticesMountsThatComeFillAndGo()
{
    const QTemporaryDir folder;
    const pid_t child = fork();
    if (child == 0)
        _exit(mountFillAndUnmount(folder.path()));
    int status = -1;
    QCOMPARE(waitpid(child, &status, 0), child);
    QVERIFY(WIFEXITED(status));
    QCOMPARE(WEXITSTATUS(status), 0); // else the number of the step that failed
}

void HostMountsTest::measuresDiskActivity()
{
    HostFixture host;
    host.write("self/mountinfo", line("8:1", "/", "/", "ext4", "/dev/sda1"));
    host.write("diskstats", " 7 0 loop0 0 0 0 0 0 0 0 0 0 0 0\n 8 0 sda 1 1 9 1 1 1 9 1 0 9 1\n 8 1 sda1 1 1 1000 1 1 1 2000 1 0 4294967200 1\n");
    DiskIoMonitor monitor(1000, host.paths());
    QVERIFY(monitor.sample(at(0)).isEmpty()); // rates need two readings
    host.write("diskstats", " 8 1 sda1 1 1 1020 1 1 1 2040 1 0 904 1\n");
    const auto samples = monitor.sample(at(2000));
    QCOMPARE(samples.size(), 3);
    QCOMPARE(valueOf(samples, "disk_read{device=sda1}{path=/}"), 5120.0);
    QCOMPARE(valueOf(samples, "disk_write{device=sda1}{path=/}"), 10240.0);
    QCOMPARE(valueOf(samples, "disk_io_time{device=sda1}{path=/}"), 50.0); // the counter of 32 bits wrapped
    QVERIFY(monitor.sample(at(2050)).isEmpty());                  // too soon for a rate
}

void HostMountsTest::bearsADiskPulledOut()
{
    HostFixture host;
    host.write("self/mountinfo", line("8:1", "/", "/", "ext4", "/dev/sda1"));
    DiskIoMonitor monitor(1000, host.paths());
    const QByteArray much = " 8 1 sda1 1 1 90000 1 1 1 90000 1 0 500 1\n", little = " 8 1 sda1 1 1 10 1 1 1 10 1 0 5 1\n";
    host.write("diskstats", much);
    QVERIFY(monitor.sample(at(0)).isEmpty());
    host.write("diskstats", little); // another one in its place
    QVERIFY(monitor.sample(at(1000)).isEmpty());
    host.write("diskstats", {});
    QVERIFY(monitor.sample(at(2000)).isEmpty());
    host.write("diskstats", much);
    QVERIFY(monitor.sample(at(3000)).isEmpty()); // back, but since when is not known
    QCOMPARE(valueOf(monitor.sample(at(4000)), "disk_read{device=sda1}{path=/}"), 0.0);
}

QTEST_GUILESS_MAIN(HostMountsTest)
#include "tst_host_mounts.moc"
