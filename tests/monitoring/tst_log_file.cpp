// Real files, rotated in the ways that are in use; the reader is driven by hand, so nothing waits.
#include "tests/monitoring/LogFixture.h"

#include <fcntl.h>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

class tst_log_file : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void startsAtTheEnd();
    void waitsForFileAndDirectory();
    void partialLastLine();
    void longLineAcrossTurns();
    void budgetIsKept();
    void renamed();
    void writerStaysWithTheOldFile();
    void twoGenerationsUnseen();
    void truncated();
    void truncatedAndGrownBeyond();
    void sameBannerAfterTruncation();
    void writerWithoutAppend();
    void removedAndRecreated();
    void movedAwayAndBack();
    void linkSwitched();
    void deletedFileIsLetGo();
};

void tst_log_file::startsAtTheEnd()
{
    const LogFolder dir;
    dir.append("past\n");
    LogTail tail(dir.path());
    QCOMPARE(tail.take(), "");
    dir.append("new\n");
    const auto lines = tail.takeLines();
    QCOMPARE(lines.size(), 1);
    QCOMPARE(lines[0].component, u"web"_s);
    QCOMPARE(lines[0].source, u"file:"_s + dir.path());
    QCOMPARE(lines[0].text, QByteArray("new"));
    QVERIFY(lines[0].priority == -1 && !lines[0].truncated && lines[0].wallMs == 1'700'000'000'000);

    const LogFolder other; // an unfinished last line is being written: it belongs to what is new
    other.append("past\nunfin");
    LogTail second(other.path());
    QCOMPARE(second.take(), "");
    other.append("ished\n");
    QCOMPARE(second.take(), "unfinished");

    const LogFolder third; // the middle of a very long line is nothing
    third.append(QByteArray(20'000, 'x'));
    LogTail mid(third.path());
    QCOMPARE(mid.take(), "");
    third.append("xx\nnew\n");
    QCOMPARE(mid.take(), "new");
}

void tst_log_file::waitsForFileAndDirectory()
{
    const LogFolder dir;
    LogTail tail(dir.path(u"later/web.log"_s));
    QCOMPARE(tail.take(), "");
    QCOMPARE(tail.file().problem(), u""_s);
    QCOMPARE(tail.file().dueMs(), ManualClock().now().monotonicMs + LogFile::pollMs);
    QVERIFY(QDir(dir.path(u""_s)).mkdir(u"later"_s));
    QCOMPARE(tail.take(), "");
    tail.restart(); // that there was none is remembered
    dir.append("first\n", u"later/web.log"_s);
    QCOMPARE(tail.take(), "first");
}

void tst_log_file::partialLastLine()
{
    const LogFolder dir;
    LogTail tail(dir.path());
    QCOMPARE(tail.take(), "");
    dir.append("one\ntw");
    QCOMPARE(tail.take(), "one");
    tail.pass(LogFile::partialMs - 1);
    QCOMPARE(tail.take(), "");
    tail.restart(); // held, not lost
    dir.append("o\nthr");
    QCOMPARE(tail.take(), "two");
    tail.pass(LogFile::partialMs);
    QCOMPARE(tail.take(), "thr");
    tail.restart();
    dir.append("\nfour\n");
    QCOMPARE(tail.take(), "four");
}

void tst_log_file::longLineAcrossTurns()
{
    const LogFolder dir;
    LogTail tail(dir.path());
    QCOMPARE(tail.take(), "");
    dir.append(QByteArray(100'000, 'x'));
    const auto lines = tail.takeLines();
    QCOMPARE(lines.size(), 1);
    QVERIFY(lines[0].truncated && lines[0].text == QByteArray(maxLogLineBytes, 'x'));
    tail.restart(); // still in the same line
    dir.append(QByteArray(100'000, 'x') + "\nshort\n");
    QCOMPARE(tail.take(), "short");
}

void tst_log_file::budgetIsKept()
{
    const LogFolder dir;
    LogTail tail(dir.path());
    QCOMPARE(tail.take(), "");
    for (int i = 0; i < 10; ++i)
        dir.append(QByteArray(99, 'x') + '\n');
    ManualClock clock;
    QVERIFY(tail.file().turn(clock.now(), 250).more); // it is there now
    const LogTurn first = tail.file().turn(clock.now(), 250);
    QVERIFY(first.more && first.lines.size() == 2);
    QCOMPARE(tail.file().dueMs(), clock.now().monotonicMs);
    QCOMPARE(tail.takeLines(250).size(), 8);
}

void tst_log_file::renamed()
{
    const LogFolder dir;
    LogTail tail(dir.path());
    dir.append("past\n");
    QCOMPARE(tail.take(), "");
    dir.append("1\n2\nunfinished");
    dir.rename(u"web.log"_s, u"web.log.1"_s);
    dir.append("3\n");
    QCOMPARE(tail.take(), "1|2|3");
    tail.pass(LogFile::partialMs); // nobody finishes it
    QCOMPARE(tail.take(), "unfinished");
    dir.append("4\n");
    QCOMPARE(tail.take(), "4");
}

void tst_log_file::writerStaysWithTheOldFile()
{
    const LogFolder dir;
    LogTail tail(dir.path());
    dir.append("past\n");
    QCOMPARE(tail.take(), "");
    dir.rename(u"web.log"_s, u"web.log.1"_s);
    dir.append("");
    for (int i = 0; i < 5; ++i) { // it never opens the new one, which stays empty
        tail.pass(LogFile::drainMs);
        dir.append(QByteArray::number(i) + '\n', u"web.log.1"_s);
        QCOMPARE(tail.take(), QByteArray::number(i));
    }
    dir.append("new\n");
    dir.append("late\n", u"web.log.1"_s);
    QCOMPARE(tail.take(), "late|new"); // the older file first
    tail.pass(LogFile::drainMs);
    QCOMPARE(tail.take(), "");
    dir.append("too late\n", u"web.log.1"_s);
    QCOMPARE(tail.take(), "");
}

void tst_log_file::twoGenerationsUnseen()
{
    const LogFolder dir;
    LogTail tail(dir.path());
    dir.append("older\n", u"web.log.1"_s);
    dir.append("past\n");
    QCOMPARE(tail.take(), "");
    dir.append("1\n");
    for (const char *text : {"2\n", "3\n", "4\n"}) {
        if (QFile::exists(dir.path(u"web.log.2"_s)))
            dir.rename(u"web.log.2"_s, u"web.log.3"_s);
        dir.rename(u"web.log.1"_s, u"web.log.2"_s);
        dir.rename(u"web.log"_s, u"web.log.1"_s);
        dir.append(text);
    }
    QCOMPARE(tail.take(), "1|2|3|4"); // and nothing of what was old before
    tail.restart();
    QCOMPARE(tail.take(), "");
}

void tst_log_file::truncated()
{
    const LogFolder dir;
    LogTail tail(dir.path());
    dir.append("past\n");
    QCOMPARE(tail.take(), "");
    dir.append("one\ntwo\n");
    QCOMPARE(tail.take(), "one|two");
    dir.truncate();
    QCOMPARE(tail.take(), "");
    dir.append("three\n");
    QCOMPARE(tail.take(), "three");
}

void tst_log_file::truncatedAndGrownBeyond()
{
    const LogFolder dir;
    LogTail tail(dir.path());
    dir.append("past\n");
    QCOMPARE(tail.take(), "");
    dir.truncate();
    dir.append("another beginning\n"); // longer than before
    QCOMPARE(tail.take(), "another beginning");
    dir.truncate();
    dir.append("different beginng\n"); // as long as before
    QCOMPARE(tail.take(), "different beginng");
}

void tst_log_file::sameBannerAfterTruncation()
{
    const LogFolder dir;
    const QByteArray banner = QByteArray(400, '=') + '\n';
    LogTail tail(dir.path());
    QCOMPARE(tail.take(), "");
    dir.append(banner + "first run\n");
    QCOMPARE(tail.take(), QByteArray(400, '=') + "|first run");
    dir.truncate();
    dir.append(banner + "second run is longer\n");
    QCOMPARE(tail.take(), QByteArray(400, '=') + "|second run is longer");
}

void tst_log_file::writerWithoutAppend()
{
    const LogFolder dir;
    LogTail tail(dir.path());
    QCOMPARE(tail.take(), "");
    const int writer = ::open(qPrintable(dir.path()), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const auto write = [writer](const QByteArray &text) { return ::write(writer, text.constData(), size_t(text.size())) == text.size(); };
    QVERIFY(write(QByteArray(300'000, 'x') + "\none\n"));
    QCOMPARE(tail.takeLines().size(), 2);
    dir.truncate();
    QVERIFY(write("two\n")); // at its old place: 300 000 NUL bytes before it
    QCOMPARE(tail.take(), "two");
    QVERIFY(write("three\n"));
    QCOMPARE(tail.take(), "three");
    ::close(writer);
}

void tst_log_file::removedAndRecreated()
{
    const LogFolder dir;
    LogTail tail(dir.path());
    dir.append("past\n");
    QCOMPARE(tail.take(), "");
    for (int i = 0; i < 3; ++i) { // the number of the removed file may be used again
        dir.append("last\n");
        dir.remove();
        QCOMPARE(tail.take(), "last");
        tail.restart();
        dir.append("past\n");
        QCOMPARE(tail.take(), "past");
    }
}

void tst_log_file::movedAwayAndBack()
{
    const LogFolder dir;
    LogTail tail(dir.path());
    dir.append("past\n");
    QCOMPARE(tail.take(), "");
    dir.rename(u"web.log"_s, u"aside"_s);
    dir.append("other\n");
    QCOMPARE(tail.take(), "other");
    dir.remove();
    dir.rename(u"aside"_s, u"web.log"_s);
    dir.append("again\n");
    QCOMPARE(tail.take(), "again");
}

void tst_log_file::linkSwitched()
{
    const LogFolder dir;
    dir.append("past of a, long enough\n", u"a"_s);
    dir.append("all of b\n", u"b"_s);
    QVERIFY(QFile::link(dir.path(u"a"_s), dir.path()));
    LogTail tail(dir.path());
    QCOMPARE(tail.take(), "");
    const auto switchTo = [&dir](const QString &target) {
        dir.remove();
        QVERIFY(QFile::link(dir.path(target), dir.path()));
    };
    dir.append("a1\n", u"a"_s);
    switchTo(u"b"_s);
    QCOMPARE(tail.take(), "a1|all of b");
    tail.pass(LogFile::drainMs);
    QCOMPARE(tail.take(), "");
    tail.restart();
    dir.append("a2\n", u"a"_s);
    switchTo(u"a"_s); // back to one that was read to its end
    QCOMPARE(tail.take(), "a2");
}

void tst_log_file::deletedFileIsLetGo()
{
    const LogFolder dir;
    LogTail tail(dir.path());
    dir.append("past\n");
    QCOMPARE(tail.take(), "");
    dir.remove();
    const auto deletedOpen = [&dir] { // its space is the disk's again only when nobody holds it
        for (const QFileInfo &link : QDir(u"/proc/self/fd"_s).entryInfoList(QDir::Files | QDir::System)) {
            if (link.symLinkTarget().startsWith(dir.path()))
                return true;
        }
        return false;
    };
    QCOMPARE(tail.take(), "");
    QVERIFY(deletedOpen());
    tail.pass(LogFile::drainMs);
    QCOMPARE(tail.take(), "");
    QVERIFY(!deletedOpen());
    dir.append("new\n");
    QCOMPARE(tail.take(), "new");
}

QTEST_GUILESS_MAIN(tst_log_file)
#include "tst_log_file.moc"
