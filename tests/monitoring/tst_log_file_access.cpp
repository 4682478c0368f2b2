// Which files are read at all, and what is said about those that cannot be.
#include "core/monitoring/LogRotation.h"
#include "tests/monitoring/LogFixture.h"

#include <sys/stat.h>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

class tst_log_file_access : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void compressedAndOthersAreLeftAlone();
    void rotatedNames_data();
    void rotatedNames();
    void noPermission();
    void directoryInItsPlace();
};

void tst_log_file_access::compressedAndOthersAreLeftAlone()
{
    const LogFolder dir;
    dir.append("past\n");
    LogTail tail(dir.path());
    QCOMPARE(tail.take(), "");
    dir.append("1\n");
    dir.rename(u"web.log"_s, u"web.log.1"_s);
    for (const QString &name : {u"web.log.1.gz"_s, u"web.log.2.xz"_s, u"web.log.3.zst"_s, u"web.log.4.bz2"_s, u"web.log.err"_s, u"other.log.1"_s})
        dir.append("not ours\n", name);
    dir.append("2\n");
    QCOMPARE(tail.take(), "1|2");
    // Compressed while nobody read: what had not been read of it is lost, what had been is not doubled.
    dir.rename(u"web.log"_s, u"web.log.1.zst"_s);
    dir.append("3\n");
    tail.restart();
    QCOMPARE(tail.take(), "3");
}

void tst_log_file_access::rotatedNames_data()
{
    QTest::addColumn<bool>("rotated");
    for (const char *name : {"web.log.1", "web.log.12", "web.log-20261127", "web.log-20261127-1732711111", "web.log.2026-11-27",
                             "web.log.2026-11-27T10:00:00Z", "web.log.old", "web-20261127.log", "web.1.log"})
        QTest::newRow(name) << true;
    for (const char *name : {"web.log", "web.log.err", "web.log.1.gz", "web.log.swp", "web.logs", "web.log1", "myweb.log.1", "web-access.log", "web.log."})
        QTest::newRow(name) << false;
}

void tst_log_file_access::rotatedNames()
{
    const QString name = QString::fromLatin1(QTest::currentDataTag());
    QTEST(LogRotation::isRotatedName(name, u"web.log"_s), "rotated");
}

void tst_log_file_access::noPermission()
{
    if (::geteuid() == 0)
        QVERIFY(::seteuid(65534) == 0); // "nobody": root may read everything
    const auto back = qScopeGuard([] { (void)::seteuid(::getuid()); });
    const LogFolder dir;
    dir.append("past\n");
    QVERIFY(::chmod(qPrintable(dir.path()), 0) == 0);
    LogTail tail(dir.path());
    QCOMPARE(tail.take(), "");
    const QString problem = tail.file().problem();
    QVERIFY2(problem.startsWith(u"cannot read %1: Permission denied; let the user "_s.arg(dir.path())), qPrintable(problem));
    QVERIFY2(problem.contains(u"setfacl -m u:"_s) && problem.contains(u"it is tried again every 2 s"_s), qPrintable(problem));
    QVERIFY(::chmod(qPrintable(dir.path()), 0600) == 0);
    QCOMPARE(tail.take(), ""); // it was there before: from its end
    QCOMPARE(tail.file().problem(), u""_s);
    dir.append("new\n");
    dir.rename(u"web.log"_s, u"web.log.1"_s);
    dir.append("created\n");
    QVERIFY(::chmod(qPrintable(dir.path()), 0) == 0);
    QCOMPARE(tail.take(), "new");
    QVERIFY(!tail.file().problem().isEmpty());
    tail.restart();
    QCOMPARE(tail.take(), "");
    tail.restart(); // what was known before stays known
    QVERIFY(::chmod(qPrintable(dir.path()), 0600) == 0);
    QCOMPARE(tail.take(), "created");
}

void tst_log_file_access::directoryInItsPlace()
{
    const LogFolder dir;
    QVERIFY(QDir().mkdir(dir.path()));
    LogTail tail(dir.path());
    QCOMPARE(tail.take(), "");
    QCOMPARE(tail.file().problem(), u"cannot read %1: it is no regular file; name the log file itself"_s.arg(dir.path()));
    QVERIFY(QDir().rmdir(dir.path()));
    QCOMPARE(::mkfifo(qPrintable(dir.path()), 0600), 0);
    QCOMPARE(tail.take(), ""); // and does not wait for a writer
    QVERIFY(!tail.file().problem().isEmpty());
    dir.remove();
    dir.append("new\n");
    QCOMPARE(tail.take(), "new");
    QCOMPARE(tail.file().problem(), u""_s);
}

QTEST_GUILESS_MAIN(tst_log_file_access)
#include "tst_log_file_access.moc"
