// Copied and emptied (copytruncate): what was not read yet is in the copies, and is read from there once.
#include "tests/monitoring/LogFixture.h"

#include <sys/stat.h>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

namespace {

/// Until the file system's clock, which goes by a few milliseconds, shows another time than that of the file's last change.
void nextTick(const LogFolder &dir, const QString &name = u"web.log"_s)
{
    const auto changed = [&dir](const QString &file) {
        struct stat facts = {};
        ::stat(qPrintable(dir.path(file)), &facts);
        return std::pair(facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec);
    };
    while (changed(u"tick"_s) <= changed(name))
        dir.append(".", u"tick"_s);
}

} // namespace

class tst_log_file_copies : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void copyTruncate();
    void copiedWhileNothingWasRead();
    void copiedAndEmptiedAgainWhileStopped();
    void severalCopiesUnseen();
    void copyFromBeforeIsNoNews();
    void successorsAreNoCopies();
};

void tst_log_file_copies::copyTruncate()
{
    const LogFolder dir;
    LogTail tail(dir.path());
    dir.append("a past line of some length\n");
    QCOMPARE(tail.take(), "");
    dir.append("read\n");
    QCOMPARE(tail.take(), "read");
    dir.append("only in the copy\nunfin"); // not seen before it is copied away
    dir.copy(u"web.log"_s, u"web.log.1"_s);
    dir.truncate();
    dir.append("new\n");
    QCOMPARE(tail.take(), "only in the copy|new");
    tail.restart();
    nextTick(dir);
    dir.append("stopped\n");
    dir.rename(u"web.log.1"_s, u"web.log.2"_s);
    dir.copy(u"web.log"_s, u"web.log.1"_s);
    dir.truncate();
    dir.append("started\n");
    QCOMPARE(tail.take(), "stopped|started"); // "new\n" is too short to tell the copy by, but it was born since
    tail.restart();
    dir.append("a long line before the stop\n");
    QCOMPARE(tail.take(), "a long line before the stop");
    tail.restart();
    dir.append("while stopped\n");
    dir.remove(u"web.log.1"_s);
    dir.copy(u"web.log"_s, u"web.log.1"_s);
    dir.truncate();
    dir.append("after\n");
    QCOMPARE(tail.take(), "while stopped|after");
}

/// Written, copied and emptied between two looks: an empty file before and after.
void tst_log_file_copies::copiedWhileNothingWasRead()
{
    const LogFolder dir;
    LogTail tail(dir.path());
    QCOMPARE(tail.take(), "");
    dir.append("");
    QCOMPARE(tail.take(), ""); // it is there, and empty
    for (int k = 0; k < 3; ++k) {
        nextTick(dir);
        dir.append(QByteArray::number(k) + " in the copy only\n");
        dir.copy(u"web.log"_s, u"web.log.%1"_s.arg(9 - k));
        dir.truncate();
        QCOMPARE(tail.take(), QByteArray::number(k) + " in the copy only");
        QCOMPARE(tail.take(), "");
    }
    dir.append("new\n");
    QCOMPARE(tail.take(), "new");
    tail.restart();
    QCOMPARE(tail.take(), "");
}

/// Nothing was read that could tell the emptied file from the old one.
void tst_log_file_copies::copiedAndEmptiedAgainWhileStopped()
{
    const LogFolder dir;
    LogTail tail(dir.path());
    dir.append("past\n");
    QCOMPARE(tail.take(), "");
    dir.truncate();
    QCOMPARE(tail.take(), "");
    tail.restart(); // stopped with an empty log
    nextTick(dir);
    dir.append("stopped\n");
    dir.copy(u"web.log"_s, u"web.log.1"_s);
    dir.truncate();
    dir.append("new\n");
    QCOMPARE(tail.take(), "stopped|new");
    tail.restart();
    QCOMPARE(tail.take(), "");
}

void tst_log_file_copies::severalCopiesUnseen()
{
    for (const bool stopped : {false, true}) {
        for (const bool compressed : {false, true}) {
            const LogFolder dir;
            LogTail tail(dir.path());
            QCOMPARE(tail.take(), "");
            dir.append("a line that is read\n");
            QCOMPARE(tail.take(), "a line that is read");
            if (stopped)
                tail.restart();
            nextTick(dir);
            dir.append("1\n");
            dir.copy(u"web.log"_s, u"web.log.1"_s);
            dir.truncate();
            dir.append("2\n");
            dir.rename(u"web.log.1"_s, compressed ? u"web.log.2.gz"_s : u"web.log.2"_s);
            dir.copy(u"web.log"_s, u"web.log.1"_s);
            dir.truncate();
            dir.append("3\n");
            QCOMPARE(tail.take(), compressed ? "2|3" : "1|2|3");
            tail.restart();
            QCOMPARE(tail.take(), "");
        }
    }
}

void tst_log_file_copies::copyFromBeforeIsNoNews()
{
    const LogFolder dir;
    dir.append("a past line of some length\n");
    dir.copy(u"web.log"_s, u"web.log.1"_s);
    dir.truncate();
    LogTail tail(dir.path()); // first sight
    QCOMPARE(tail.take(), "");
    nextTick(dir);
    dir.truncate(); // changed, and empty as before
    QCOMPARE(tail.take(), "");
    tail.restart();
    nextTick(dir);
    dir.append("new\n");
    QCOMPARE(tail.take(), "new");
    dir.truncate();
    QCOMPARE(tail.take(), "");
    dir.append("newer\n");
    QCOMPARE(tail.take(), "newer");
}

/// A write changes the time before the size: an empty file looks as if emptied again. When it was renamed meanwhile, what
/// was born since came after it.
void tst_log_file_copies::successorsAreNoCopies()
{
    const LogFolder dir;
    LogTail tail(dir.path());
    QCOMPARE(tail.take(), "");
    dir.append("");
    QCOMPARE(tail.take(), "");
    nextTick(dir);
    dir.append("x");
    dir.truncate();
    dir.rename(u"web.log"_s, u"web.log.2"_s);
    dir.append("second\n");
    dir.rename(u"web.log"_s, u"web.log.1"_s);
    dir.append("third\n");
    QCOMPARE(tail.take(), "second|third");
    dir.append("later\n", u"web.log.1"_s);
    dir.append("late\n", u"web.log.2"_s);
    QCOMPARE(tail.take(), "late|later"); // the oldest first
    tail.restart();
    QCOMPARE(tail.take(), "");
}

QTEST_GUILESS_MAIN(tst_log_file_copies)
#include "tst_log_file_copies.moc"
