#include "core/recovery/SafeName.h"
#include "core/recovery/TargetLock.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <cstdio>
#include <sys/stat.h>
#include <unistd.h>

using namespace prunella;
using namespace Qt::StringLiterals;

class TestTargetLock : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void secondIsRefusedAndNamesTheHolder();
    void systemUnitsAreLockedForAllUsers();
    void releasedAndTakenAgain();
    void diesWithItsProcess();
    void childrenDoNotHoldIt();
    void strangeNames();
    void foreignDirectory();
    void impossibleDirectory();
};

/// Root's engine and a user's must meet: in a folder that everybody may write, by a file that everybody may lock.
void TestTargetLock::systemUnitsAreLockedForAllUsers()
{
    const QString directory = TargetLock::defaultDirectory(Manager::Systemd);
    QCOMPARE(directory, u"/run/lock"_s); // Debian makes it for all
    QVERIFY(TargetLock::defaultDirectory(Manager::SystemdUser) != directory);
    const QString target = u"tst-%1.service"_s.arg(getpid());
    const QString path = u"/run/lock/prunella-systemd-%1.lock"_s.arg(target);
    {
        const auto first = TargetLock::acquire(u"systemd"_s, target, directory);
        QVERIFY2(first, first ? "" : qPrintable(first.error().message));
        struct stat info{};
        QCOMPARE(::stat(qPrintable(path), &info), 0);
        QCOMPARE(int(info.st_mode & 07777), 0666);
        QVERIFY(!TargetLock::acquire(u"systemd"_s, target, directory));
    }
    QVERIFY(TargetLock::acquire(u"systemd"_s, target, directory)); // the file is opened again, not made
    QVERIFY(QFile::remove(path));
}

void TestTargetLock::secondIsRefusedAndNamesTheHolder()
{
    const QTemporaryDir dir;
    const auto first = TargetLock::acquire(u"systemd"_s, u"web.service"_s, dir.filePath(u"run/locks"_s));
    QVERIFY2(first, first ? "" : qPrintable(first.error().message));
    const auto second = TargetLock::acquire(u"systemd"_s, u"web.service"_s, dir.filePath(u"run/locks"_s));
    QVERIFY(!second);
    QVERIFY(second.error().code == ErrorCode::Busy);
    QVERIFY2(second.error().message.startsWith(u"process "_s + QString::number(getpid()) + u" is already acting on web.service"_s),
             qPrintable(second.error().message));
    QVERIFY(TargetLock::acquire(u"systemd"_s, u"db.service"_s, dir.filePath(u"run/locks"_s)));
    QVERIFY(TargetLock::acquire(u"process"_s, u"web.service"_s, dir.filePath(u"run/locks"_s)));
}

void TestTargetLock::releasedAndTakenAgain()
{
    const QTemporaryDir dir;
    {
        auto first = TargetLock::acquire(u"systemd"_s, u"web"_s, dir.path());
        QVERIFY(first);
        const TargetLock moved = std::move(*first);
        QVERIFY(!TargetLock::acquire(u"systemd"_s, u"web"_s, dir.path()));
    }
    QVERIFY(QFile::exists(dir.filePath(u"systemd-web.lock"_s)));
    QVERIFY(TargetLock::acquire(u"systemd"_s, u"web"_s, dir.path()));
}

void TestTargetLock::diesWithItsProcess()
{
    const QTemporaryDir dir;
    QProcess holder;
    holder.start(QCoreApplication::applicationFilePath(), {u"--hold"_s, dir.path()});
    QVERIFY(holder.waitForReadyRead());
    const auto busy = TargetLock::acquire(u"systemd"_s, u"web"_s, dir.path());
    QVERIFY(!busy);
    QVERIFY(busy.error().message.contains(QString::number(holder.processId())));
    holder.kill();
    QVERIFY(holder.waitForFinished());
    QVERIFY(TargetLock::acquire(u"systemd"_s, u"web"_s, dir.path()));
}

void TestTargetLock::childrenDoNotHoldIt()
{
    const QTemporaryDir dir;
    const auto held = TargetLock::acquire(u"systemd"_s, u"web"_s, dir.path());
    QVERIFY(held);
    QProcess child;
    child.start(u"ls"_s, {u"-l"_s, u"/proc/self/fd"_s});
    QVERIFY(child.waitForFinished());
    const QByteArray open = child.readAllStandardOutput();
    QVERIFY(open.contains("/proc/"));
    QVERIFY2(!open.contains("systemd-web.lock"), open.constData());
}

void TestTargetLock::strangeNames()
{
    QCOMPARE(safeFileName(u"web@1.service"_s), u"web@1.service"_s);
    QCOMPARE(safeFileName(u"a/b c"_s), u"a%2Fb%20c"_s);
    QCOMPARE(safeFileName(u".."_s), u"%2E."_s);
    QCOMPARE(safeFileName(QString()), u"%"_s);
    const QString longName(400, u'x');
    QVERIFY(safeFileName(longName).size() < 200);
    QVERIFY(safeFileName(longName) != safeFileName(longName + u'y'));
    const QTemporaryDir dir;
    for (const QString &name : {u"../../etc"_s, u"ä/ö"_s, longName})
        QVERIFY(TargetLock::acquire(u"process"_s, name, dir.path()));
    QCOMPARE(QDir(dir.path()).entryList(QDir::Files).size(), 3);
}

void TestTargetLock::foreignDirectory()
{
    const QTemporaryDir dir;
    if (geteuid() == 0)
        QVERIFY(chown(QFile::encodeName(dir.path()).constData(), 65534, 65534) == 0);
    const QString path = geteuid() == 0 ? dir.path() : u"/usr"_s;
    const auto lock = TargetLock::acquire(u"systemd"_s, u"web"_s, path);
    QVERIFY(!lock);
    QVERIFY(lock.error().code == ErrorCode::NotAuthorised);
    QVERIFY2(lock.error().message.contains(u"belongs to somebody else"_s), qPrintable(lock.error().message));
}

void TestTargetLock::impossibleDirectory()
{
    const auto lock = TargetLock::acquire(u"systemd"_s, u"web"_s, u"/proc/none/locks"_s);
    QVERIFY(!lock);
    QVERIFY2(lock.error().message.startsWith(u"cannot make the lock directory /proc/none/locks: "_s), qPrintable(lock.error().message));
}

namespace {

int hold(const QString &directory)
{
    const auto lock = TargetLock::acquire(u"systemd"_s, u"web"_s, directory);
    std::puts(lock ? "held" : "not held");
    std::fflush(stdout);
    while (true)
        pause();
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (argc == 3 && app.arguments().at(1) == u"--hold"_s)
        return hold(app.arguments().at(2));
    TestTargetLock test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_target_lock.moc"
