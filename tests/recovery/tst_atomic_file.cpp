// labels: sandbox
#include "core/recovery/AtomicFile.h"
#include "tests/recovery/AsNobody.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

class TestAtomicFile : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void rightsOwnerAndAttributesStay();
    void linkIsWrittenThrough();
    void backupsAreBounded();
    void changedInBetween();
    void diskFull();
    void readOnlyFileSystem();
    void noRights();
    void whatCannotBeReplaced();
    void noRegularFile();

private:
    QString put(const QString &name, const QByteArray &bytes);
    static QByteArray bytesOf(const QString &path);
    QStringList names() const { return QDir(m_dir->path()).entryList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot); }

    std::unique_ptr<QTemporaryDir> m_dir;
};

void TestAtomicFile::init()
{
    m_dir = std::make_unique<QTemporaryDir>(u"/var/tmp/atomic.XXXXXX"_s); // the sandbox's overlay: it knows attributes
    QVERIFY(m_dir->isValid());
}

QString TestAtomicFile::put(const QString &name, const QByteArray &bytes)
{
    const QString path = m_dir->filePath(name);
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(bytes) != bytes.size())
        qFatal("cannot write %s", qPrintable(path));
    return path;
}

QByteArray TestAtomicFile::bytesOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("<none>");
}

void TestAtomicFile::rightsOwnerAndAttributesStay()
{
    const QString path = put(u"web.ini"_s, "t=30\n");
    const QByteArray name = path.toLocal8Bit();
    QVERIFY(chown(name.constData(), 1234, 4321) == 0);
    QVERIFY(chmod(name.constData(), 0640) == 0);
    // user::rw- user:7777:rw- group::r-- mask::rw- other::--- as the kernel keeps it
    const QByteArray acl = QByteArray::fromHex("02000000" "01000600ffffffff" "02000600611e0000" "04000400ffffffff" "10000600ffffffff" "20000000ffffffff");
    QVERIFY2(setxattr(name.constData(), "system.posix_acl_access", acl.constData(), std::size_t(acl.size()), 0) == 0, strerror(errno));
    QVERIFY2(setxattr(name.constData(), "trusted.origin", "x", 1, 0) == 0, strerror(errno));
    struct stat before {}, after {};
    QVERIFY(stat(name.constData(), &before) == 0);
    const auto file = readWholeFile(path);
    QVERIFY2(file.has_value(), qPrintable(file ? QString() : file.error().message));
    const auto backup = replaceFile(*file, "t=45\n");
    QVERIFY2(backup.has_value(), qPrintable(backup ? QString() : backup.error().message));
    QCOMPARE(bytesOf(path), "t=45\n");
    QVERIFY(stat(name.constData(), &after) == 0);
    QCOMPARE(after.st_mode, before.st_mode);
    QCOMPARE(after.st_uid, 1234U);
    QCOMPARE(after.st_gid, 4321U);
    QVERIFY(after.st_ino != before.st_ino);
    QByteArray read(100, '\0');
    QCOMPARE(getxattr(name.constData(), "system.posix_acl_access", read.data(), 100), ssize_t(acl.size()));
    QCOMPARE(read.first(acl.size()), acl);
    QCOMPARE(getxattr(name.constData(), "trusted.origin", read.data(), 100), ssize_t(1));
    QCOMPARE(bytesOf(*backup), "t=30\n");
    QCOMPARE(*backup, m_dir->filePath(u".prunella-backup-web.ini-1"_s));
    QCOMPARE(names(), (QStringList{u".prunella-backup-web.ini-1"_s, u"web.ini"_s}));
}

void TestAtomicFile::linkIsWrittenThrough()
{
    QVERIFY(QDir(m_dir->path()).mkdir(u"real"_s));
    put(u"real/web.ini"_s, "t=30\n");
    const QString link = m_dir->filePath(u"web.ini"_s);
    QVERIFY(QFile::link(u"real/web.ini"_s, link));
    const auto file = readWholeFile(link);
    QVERIFY(file && replaceFile(*file, "t=45\n"));
    QCOMPARE(file->path, m_dir->filePath(u"real/web.ini"_s));
    QVERIFY(QFileInfo(link).isSymLink());
    QCOMPARE(bytesOf(m_dir->filePath(u"real/web.ini"_s)), "t=45\n");
}

void TestAtomicFile::backupsAreBounded()
{
    const QString path = put(u"web.ini"_s, "0");
    for (int i = 1; i <= keptBackups + 5; ++i) {
        const auto file = readWholeFile(path);
        QVERIFY(file && replaceFile(*file, QByteArray::number(i)));
    }
    QCOMPARE(names().size(), keptBackups + 1);
    QCOMPARE(bytesOf(m_dir->filePath(u".prunella-backup-web.ini-15"_s)), "14");
    QVERIFY(!QFile::exists(m_dir->filePath(u".prunella-backup-web.ini-5"_s)));
}

void TestAtomicFile::changedInBetween()
{
    const QString path = put(u"web.ini"_s, "t=30\n");
    const auto file = readWholeFile(path);
    put(u"web.ini"_s, "t=31\n"); // of the same length
    const auto done = replaceFile(*file, "t=45\n");
    QVERIFY(!done && done.error().code == ErrorCode::Busy);
    QCOMPARE(bytesOf(path), "t=31\n");
    QCOMPARE(names(), QStringList{u"web.ini"_s});
    QFile::remove(path);
    QVERIFY(!replaceFile(*file, "t=45\n"));
    QVERIFY(!QFile::exists(path));
}

void TestAtomicFile::diskFull()
{
    QVERIFY2(mount("tmpfs", qPrintable(m_dir->path()), "tmpfs", 0, "size=64k") == 0, strerror(errno));
    const QString path = put(u"web.ini"_s, "t=30\n");
    const auto file = readWholeFile(path);
    const auto done = replaceFile(*file, QByteArray(200'000, 'x'));
    QVERIFY(!done);
    QVERIFY2(done.error().code == ErrorCode::Io && done.error().message.contains(u"No space left"), qPrintable(done.error().message));
    QCOMPARE(bytesOf(path), "t=30\n");
    QCOMPARE(names(), QStringList{u"web.ini"_s}); // nothing half written is left
    QVERIFY(replaceFile(*file, "t=45\n"));
    umount(qPrintable(m_dir->path()));
}

void TestAtomicFile::readOnlyFileSystem()
{
    QVERIFY(mount("tmpfs", qPrintable(m_dir->path()), "tmpfs", 0, "size=64k") == 0);
    const QString path = put(u"web.ini"_s, "t=30\n");
    QVERIFY(mount("tmpfs", qPrintable(m_dir->path()), "tmpfs", MS_REMOUNT | MS_RDONLY, "size=64k") == 0);
    const auto may = mayReplaceFile(path);
    QVERIFY(!may && may.error().code == ErrorCode::NotAuthorised);
    umount(qPrintable(m_dir->path()));
}

void TestAtomicFile::noRights()
{
    const QString path = put(u"web.ini"_s, "t=30\n");
    QVERIFY(chmod(qPrintable(m_dir->path()), 0755) == 0);
    const AsNobody nobody;
    const auto file = readWholeFile(path);
    QVERIFY(file); // reading is allowed
    const auto may = mayReplaceFile(path);
    QVERIFY(!may && may.error().code == ErrorCode::NotAuthorised);
    const auto done = replaceFile(*file, "t=45\n");
    QVERIFY(!done && done.error().code == ErrorCode::NotAuthorised);
    QCOMPARE(bytesOf(path), "t=30\n");
}

void TestAtomicFile::whatCannotBeReplaced()
{
    const QString path = put(u"web.ini"_s, "t=30\n");
    QVERIFY(chmod(qPrintable(m_dir->path()), 0777) == 0);
    {
        const AsNobody nobody; // could write in the folder, but not leave the file to root
        const auto foreign = mayReplaceFile(path);
        QVERIFY(!foreign && foreign.error().code == ErrorCode::NotAuthorised);
        QVERIFY2(foreign.error().message.contains(u"belongs to another user"), qPrintable(foreign.error().message));
    }
    QVERIFY(link(qPrintable(path), qPrintable(m_dir->filePath(u"second"_s))) == 0);
    const auto linked = mayReplaceFile(path);
    QVERIFY(!linked && linked.error().message.contains(u"hard link"));
    QFile::remove(m_dir->filePath(u"second"_s));
    QVERIFY(mayReplaceFile(path));
    const int fd = open(qPrintable(path), O_RDONLY);
    int flags = FS_IMMUTABLE_FL;
    if (ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0) { // the sandbox's file system may not know it
        const auto fixed = mayReplaceFile(path);
        flags = 0;
        ioctl(fd, FS_IOC_SETFLAGS, &flags);
        QVERIFY(!fixed && fixed.error().code == ErrorCode::NotAuthorised);
    }
    close(fd);
    const QString other = put(u"other"_s, "x");
    QVERIFY(mount(qPrintable(other), qPrintable(path), nullptr, MS_BIND, nullptr) == 0);
    const auto mounted = mayReplaceFile(path);
    const auto file = readWholeFile(path);
    const auto done = replaceFile(*file, "y");
    umount(qPrintable(path));
    QVERIFY(!done);
    QCOMPARE(bytesOf(path), "t=30\n");
    QCOMPARE(bytesOf(other), "x");
    QCOMPARE(names(), (QStringList{u"other"_s, u"web.ini"_s}));
}

void TestAtomicFile::noRegularFile()
{
    const QString pipe = m_dir->filePath(u"pipe"_s);
    QVERIFY(mkfifo(qPrintable(pipe), 0600) == 0);
    QVERIFY(!readWholeFile(pipe)); // and it does not hang
    QVERIFY(!readWholeFile(m_dir->path()));
    QVERIFY(!readWholeFile(u"/dev/zero"_s));
    const auto none = readWholeFile(m_dir->filePath(u"none"_s));
    QVERIFY(!none && none.error().code == ErrorCode::NotFound);
    const QString large = put(u"large"_s, QByteArray(4 * 1024 * 1024 + 1, 'x'));
    QVERIFY(!readWholeFile(large));
}

QTEST_GUILESS_MAIN(TestAtomicFile)
#include "tst_atomic_file.moc"
