// Locks of the package manager and signs at processes: real locks and folders of our own instead of /proc and /var/lib/dpkg.
#include "core/recovery/WorkSigns.h"
#include "tests/recovery/AsNobody.h"

#include <QDir>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

/// Takes a lock as dpkg does, says so and keeps it.
int holdLock(const QString &path, short type)
{
    const int fd = ::open(qPrintable(path), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    struct flock lock{};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    if (fcntl(fd, F_SETLK, &lock) != 0)
        return 9;
    std::puts("held");
    std::fflush(stdout);
    std::getchar(); // until stdin is closed
    return 0;
}

class Holder
{
public:
    explicit Holder(const QString &path, const QString &mode = u"--hold"_s)
    {
        m_process.start(QCoreApplication::applicationFilePath(), {mode, path});
        m_ready = m_process.waitForReadyRead();
    }
    ~Holder()
    {
        m_process.closeWriteChannel();
        m_process.waitForFinished();
    }
    [[nodiscard]] bool ready() const { return m_ready; }
    [[nodiscard]] QString pid() const { return QString::number(m_process.processId()); }

private:
    QProcess m_process;
    bool m_ready = false;
};

} // namespace

class TestWorkSigns : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void nobodyHoldsALock();
    void aHeldLock_data();
    void aHeldLock();
    void aReaderIsNoChange();
    void aHolderThatTheKernelDoesNotName();
    void withoutTheRightToOpenIt();
    void theTableOfLocks_data();
    void theTableOfLocks();
    void quietProcesses();
    void traced();
    void tracedByItself();
    void stopped();
    void cleanup() { m_dir.reset(); }

private:
    void write(const QString &path, const QString &text) const;
    void process(int pid, const QString &name, const QString &state, int tracer) const;

    std::unique_ptr<QTemporaryDir> m_dir;
    WorkPlaces m_fake;  ///< our /proc and our dpkg folder
    WorkPlaces m_locks; ///< the real /proc, our dpkg folder
};

void TestWorkSigns::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    QVERIFY(chmod(qPrintable(m_dir->path()), 0755) == 0);
    QVERIFY(QDir(m_dir->path()).mkpath(u"dpkg"_s));
    QVERIFY(QDir(m_dir->path()).mkpath(u"proc"_s));
    m_fake = {m_dir->filePath(u"proc"_s), m_dir->filePath(u"dpkg"_s)};
    m_locks = {u"/proc"_s, m_fake.dpkg};
}

void TestWorkSigns::write(const QString &path, const QString &text) const
{
    QDir().mkpath(path.section(u'/', 0, -2));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text.toUtf8());
}

void TestWorkSigns::process(int pid, const QString &name, const QString &state, int tracer) const
{
    const QString folder = m_fake.proc + u'/' + QString::number(pid);
    write(folder + u"/comm"_s, name + u'\n');
    write(folder + u"/status"_s, u"Name:\t%1\nUmask:\t0022\nState:\t%2\nTgid:\t%3\nPPid:\t1\nTracerPid:\t%4\nUid:\t0\t0\t0\t0\n"_s
                                     .arg(name, state).arg(pid).arg(tracer));
}

void TestWorkSigns::nobodyHoldsALock()
{
    QCOMPARE(packageWork(m_locks), QString()); // no dpkg here at all
    write(m_locks.dpkg + u"/lock-frontend"_s, {});
    write(m_locks.dpkg + u"/lock"_s, {});
    QCOMPARE(packageWork(m_locks), QString()); // the files stay when apt is done
}

void TestWorkSigns::aHeldLock_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("apt") << u"lock-frontend"_s;
    QTest::newRow("dpkg") << u"lock"_s;
}

void TestWorkSigns::aHeldLock()
{
    QFETCH(QString, name);
    const QString path = m_locks.dpkg + u'/' + name;
    {
        const Holder holder(path);
        QVERIFY(holder.ready());
        QCOMPARE(packageWork(m_locks), u"tst_work_signs (process %1) of root is changing packages (it holds %2)"_s.arg(holder.pid(), path));
    }
    QCOMPARE(packageWork(m_locks), QString());
}

void TestWorkSigns::aReaderIsNoChange()
{
    const Holder holder(m_locks.dpkg + u"/lock"_s, u"--read"_s);
    QVERIFY(holder.ready());
    QCOMPARE(packageWork(m_locks), QString());
}

void TestWorkSigns::aHolderThatTheKernelDoesNotName()
{
    const QString path = m_locks.dpkg + u"/lock"_s;
    const int fd = ::open(qPrintable(path), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    struct flock lock{};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    QVERIFY(fcntl(fd, F_OFD_SETLK, &lock) == 0);
    QCOMPARE(packageWork(m_locks), u"a process that the kernel does not name is changing packages (it holds %1)"_s.arg(path));
    ::close(fd);
    QCOMPARE(packageWork(m_locks), QString());
}

void TestWorkSigns::withoutTheRightToOpenIt()
{
    QCOMPARE(geteuid(), 0U); // it gives its rights away for a moment
    const QString path = m_locks.dpkg + u"/lock-frontend"_s;
    const Holder holder(path);
    QVERIFY(holder.ready());
    QString seen, opened;
    {
        const testing::AsNobody nobody;
        opened = ::open(qPrintable(path), O_RDONLY | O_CLOEXEC) < 0 ? u"no"_s : u"yes"_s;
        seen = packageWork(m_locks);
    }
    QCOMPARE(opened, u"no"_s);
    QCOMPARE(seen, u"tst_work_signs (process %1) of root is changing packages (it holds %2)"_s.arg(holder.pid(), path));
}

void TestWorkSigns::theTableOfLocks_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<bool>("found");
    QTest::newRow("its device") << u"2: POSIX  ADVISORY  WRITE 42 DEVICE:INODE 0 EOF"_s << true;
    QTest::newRow("another device, as on btrfs, and a package manager") << u"2: POSIX  ADVISORY  WRITE 43 00:1f:INODE 0 EOF"_s << true;
    QTest::newRow("another device and another program") << u"2: POSIX  ADVISORY  WRITE 42 00:1f:INODE 0 EOF"_s << false;
    QTest::newRow("a reader") << u"2: POSIX  ADVISORY  READ 43 DEVICE:INODE 0 EOF"_s << false;
    QTest::newRow("one that waits") << u"2: -> POSIX  ADVISORY  WRITE 43 DEVICE:INODE 0 EOF"_s << false;
    QTest::newRow("another file") << u"2: POSIX  ADVISORY  WRITE 43 DEVICE:7INODE 0 EOF"_s << false;
    QTest::newRow("torn") << u"2: POSIX  ADVISORY"_s << false;
}

void TestWorkSigns::theTableOfLocks()
{
    QFETCH(QString, line);
    QFETCH(bool, found);
    const QString path = m_fake.dpkg + u"/lock-frontend"_s;
    write(path, {});
    struct stat entry{};
    QVERIFY(stat(qPrintable(path), &entry) == 0 && chmod(qPrintable(path), 0600) == 0);
    const QString device = u"%1:%2"_s.arg(major(entry.st_dev), 2, 16, QLatin1Char('0')).arg(minor(entry.st_dev), 2, 16, QLatin1Char('0'));
    process(42, u"editor"_s, u"S (sleeping)"_s, 0);
    process(43, u"apt-get"_s, u"S (sleeping)"_s, 0);
    line.replace(u"INODE"_s, QString::number(entry.st_ino)).replace(u"DEVICE"_s, device);
    write(m_fake.proc + u"/locks"_s, u"1: FLOCK  ADVISORY  WRITE 42 00:1f:1 0 EOF\n"_s + line + u'\n');
    QString seen;
    {
        const testing::AsNobody nobody;
        seen = packageWork(m_fake);
    }
    QCOMPARE(!seen.isEmpty(), found);
}

void TestWorkSigns::quietProcesses()
{
    process(10, u"web"_s, u"S (sleeping)"_s, 0);
    process(11, u"web: worker"_s, u"D (disk sleep)"_s, 0);
    QCOMPARE(processWork(m_fake, u"web.service"_s, {10, 11, 12}), QString()); // 12 has ended meanwhile
    QCOMPARE(processWork(m_fake, u"web.service"_s, {}), QString());
}

void TestWorkSigns::traced()
{
    process(10, u"web"_s, u"S (sleeping)"_s, 0);
    process(11, u"web: worker"_s, u"t (tracing stop)"_s, 99);
    process(99, u"gdb"_s, u"S (sleeping)"_s, 0);
    QCOMPARE(processWork(m_fake, u"web.service"_s, {10, 11}),
             u"process 11 (web: worker) of web.service is being traced by gdb (process 99) of root"_s);
    QVERIFY(chown(qPrintable(m_fake.proc + u"/99"_s), 12345, 12345) == 0);
    QVERIFY(processWork(m_fake, u"web.service"_s, {11}).endsWith(u"gdb (process 99) of uid 12345"_s));
}

void TestWorkSigns::tracedByItself()
{
    process(10, u"strace"_s, u"S (sleeping)"_s, 0);
    process(11, u"web"_s, u"S (sleeping)"_s, 10);
    QCOMPARE(processWork(m_fake, u"web.service"_s, {10, 11}), QString());
}

void TestWorkSigns::stopped()
{
    process(10, u"web"_s, u"T (stopped)"_s, 0);
    QCOMPARE(processWork(m_fake, u"web.service"_s, {10}), QString()); // hangs, and is to be healed
}

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (app.arguments().value(1) == u"--hold"_s)
        return holdLock(app.arguments().value(2), F_WRLCK);
    if (app.arguments().value(1) == u"--read"_s)
        return holdLock(app.arguments().value(2), F_RDLCK);
    TestWorkSigns test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_work_signs.moc"
