// One file that is watched: real files and real inotify; the clock is driven by hand, so nothing waits.
#include "tests/monitoring/ChangeFixture.h"

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

class TestChangeFiles : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void replacedByRename();
    void writtenInPlace();
    void touchedOnly();
    void removedAndCreated();
    void severalWritesAreOneChange();
    void anEndlessWriterIsCut();
    void aDirectoryThatComesLater();
    void aMovedDirectory();
    void linkedFiles();
    void switchedLikeKubernetes();
    void theKernelsQueueRunsOver();
    void withoutNotifications();
};

void TestChangeFiles::replacedByRename()
{
    ChangeWorld world;
    world.write(u"web.yaml"_s, "a\nb\n");
    world.watch({u"web.yaml"_s});
    QCOMPARE(world.news(), QString());
    const qint64 at = world.clock.now().wallMs;
    world.replace(u"web.yaml"_s, "a\nb\nc\n");
    world.settle();
    const ChangeRecord record = world.told.value(world.order.value(0));
    QVERIFY(record.kind == ChangeKind::ConfigFile && record.component == u"web" && record.subject == world.path(u"web.yaml"_s));
    QVERIFY(record.by.isEmpty() && !record.id.isEmpty() && record.at >= at);
    QCOMPARE(world.news(), u"web.yaml changed (2 -> 3 lines, by rename)"_s);
    world.replace(u"web.yaml"_s, "a\n"); // the new inode is watched as well as the old one
    QCOMPARE(world.news(), u"web.yaml changed (3 -> 1 lines, by rename)"_s);
    world.replace(u"other.yaml"_s, "a\n");
    QCOMPARE(world.news(), QString());
}

void TestChangeFiles::writtenInPlace()
{
    ChangeWorld world;
    world.write(u"web.yaml"_s, "a\nb\n");
    world.watch({u"web.yaml"_s});
    world.write(u"web.yaml"_s, "x\nb\n");
    QCOMPARE(world.news(), u"web.yaml changed (2 -> 2 lines, written in place)"_s);
}

void TestChangeFiles::touchedOnly()
{
    ChangeWorld world;
    world.write(u"web.yaml"_s, "a\nb\n");
    world.watch({u"web.yaml"_s});
    world.write(u"web.yaml"_s, "a\nb\n");
    QCOMPARE(world.news(), QString());
    world.replace(u"web.yaml"_s, "a\nb\n");
    QVERIFY(QFile::setPermissions(world.path(u"web.yaml"_s), QFile::ReadOwner));
    QCOMPARE(world.news(), QString());
}

void TestChangeFiles::removedAndCreated()
{
    ChangeWorld world;
    world.write(u"web.yaml"_s, "a\nb\n");
    world.watch({u"web.yaml"_s});
    QVERIFY(QFile::remove(world.path(u"web.yaml"_s)));
    QCOMPARE(world.news(), u"web.yaml was removed (it had 2 lines)"_s);
    world.write(u"web.yaml"_s, "a\n");
    QCOMPARE(world.news(), u"web.yaml was created (1 line)"_s);
    QVERIFY(QFile::remove(world.path(u"web.yaml"_s))); // an editor that removes first
    world.settle(1);
    world.write(u"web.yaml"_s, "a\nb\nc\n");
    QCOMPARE(world.news(), u"web.yaml changed (1 -> 3 lines, by rename)"_s);
}

void TestChangeFiles::severalWritesAreOneChange()
{
    ChangeWorld world;
    world.write(u"web.yaml"_s, "");
    world.watch({u"web.yaml"_s});
    for (int i = 1; i <= 5; ++i) {
        world.write(u"web.yaml"_s, QByteArray("line\n").repeated(i));
        world.settle();
        world.clock.advance(1000);
        QCOMPARE(world.order.size(), 1);
    }
    QCOMPARE(world.news(), u"web.yaml changed (0 -> 5 lines, written in place)"_s);
    world.write(u"web.yaml"_s, "line\n");
    world.settle();
    world.write(u"web.yaml"_s, QByteArray("line\n").repeated(5));
    QCOMPARE(world.news(), u"web.yaml changed and changed back"_s);
    world.write(u"web.yaml"_s, "line\n");
    world.settle();
    world.clock.advance(ChangeFiles::togetherMs + 1);
    world.write(u"web.yaml"_s, "");
    QCOMPARE(world.news(), u"web.yaml changed (5 -> 1 lines, written in place)|web.yaml changed (1 -> 0 lines, written in place)"_s);
}

void TestChangeFiles::anEndlessWriterIsCut()
{
    ChangeWorld world;
    world.write(u"web.yaml"_s, "");
    world.watch({u"web.yaml"_s});
    for (int i = 1; i <= 25; ++i) {
        world.write(u"web.yaml"_s, QByteArray("line\n").repeated(i));
        world.settle(1000);
    }
    QCOMPARE(world.order.size(), 3); // 25 s
}

void TestChangeFiles::aDirectoryThatComesLater()
{
    ChangeWorld world;
    world.watch({u"a/b/web.yaml"_s});
    QVERIFY(QDir().mkpath(world.path(u"a"_s)));
    QCOMPARE(world.news(), QString());
    world.write(u"a/b/web.yaml"_s, "a\n");
    QCOMPARE(world.news(), u"a/b/web.yaml was created (1 line)"_s);
    world.replace(u"a/b/web.yaml"_s, "b\n");
    QCOMPARE(world.news(), u"a/b/web.yaml changed (1 -> 1 lines, by rename)"_s);
    QVERIFY(QDir(world.path(u"a"_s)).removeRecursively());
    QCOMPARE(world.news(), u"a/b/web.yaml was removed (it had 1 line)"_s);
    world.write(u"a/b/web.yaml"_s, "a\n"); // all of it anew
    QCOMPARE(world.news(), u"a/b/web.yaml was created (1 line)"_s);
}

void TestChangeFiles::aMovedDirectory()
{
    ChangeWorld world;
    world.write(u"conf/web.yaml"_s, "a\n");
    world.write(u"next/web.yaml"_s, "a\nb\n");
    world.watch({u"conf/web.yaml"_s});
    world.rename(u"conf"_s, u"old"_s);
    world.rename(u"next"_s, u"conf"_s);
    QCOMPARE(world.news(), u"conf/web.yaml changed (1 -> 2 lines, by rename)"_s);
    world.write(u"conf/web.yaml"_s, "c\n");
    QCOMPARE(world.news(), u"conf/web.yaml changed (2 -> 1 lines, written in place)"_s);
    world.write(u"old/web.yaml"_s, "x\n");
    QCOMPARE(world.news(), QString());
}

void TestChangeFiles::linkedFiles()
{
    ChangeWorld world;
    world.write(u"store/one.yaml"_s, "a\n");
    world.write(u"store/two.yaml"_s, "a\nb\n");
    world.link(u"store/one.yaml"_s, u"web.yaml"_s);
    world.watch({u"web.yaml"_s});
    world.write(u"store/one.yaml"_s, "x\n"); // in another directory than the link
    QCOMPARE(world.news(), u"web.yaml changed (1 -> 1 lines, written in place)"_s);
    world.link(u"store/two.yaml"_s, u"web.new"_s);
    world.rename(u"web.new"_s, u"web.yaml"_s);
    QCOMPARE(world.news(), u"web.yaml changed (1 -> 2 lines, by a switched link)"_s);
    world.replace(u"store/two.yaml"_s, "y\n");
    QCOMPARE(world.news(), u"web.yaml changed (2 -> 1 lines, by rename)"_s);
    QVERIFY(QFile::remove(world.path(u"store/two.yaml"_s))); // the link leads nowhere
    QCOMPARE(world.news(), u"web.yaml was removed (it had 1 line)"_s);
    world.link(u"round.b"_s, u"round.a"_s);
    world.link(u"round.a"_s, u"round.b"_s);
    world.watch({u"round.a"_s});
    QCOMPARE(world.news(), QString());
}

void TestChangeFiles::switchedLikeKubernetes()
{
    ChangeWorld world;
    world.write(u"..2026_1/web.yaml"_s, "a\n");
    world.link(u"..2026_1"_s, u"..data"_s);
    world.link(u"..data/web.yaml"_s, u"web.yaml"_s);
    world.watch({u"web.yaml"_s});
    for (int round = 2; round < 5; ++round) {
        const QString fresh = u"..2026_%1"_s.arg(round);
        world.write(fresh + u"/web.yaml"_s, QByteArray("a\n").repeated(round));
        world.link(fresh, u"..data_tmp"_s);
        world.rename(u"..data_tmp"_s, u"..data"_s);
        QVERIFY(QDir(world.path(u"..2026_%1"_s.arg(round - 1))).removeRecursively());
        QCOMPARE(world.news(), u"web.yaml changed (%1 -> %2 lines, by a switched link)"_s.arg(round - 1).arg(round));
    }
}

void TestChangeFiles::theKernelsQueueRunsOver()
{
    ChangeWorld world;
    world.write(u"web.yaml"_s, "a\n");
    world.watch({u"web.yaml"_s});
    QFile limit(u"/proc/sys/fs/inotify/max_queued_events"_s);
    QVERIFY(limit.open(QIODevice::ReadOnly));
    const int events = limit.readAll().trimmed().toInt();
    world.write(u"a"_s, "x");
    for (int i = 0; i < events / 2; ++i) // two events each, none like the one before
        world.rename(i % 2 == 0 ? u"a"_s : u"b"_s, i % 2 == 0 ? u"b"_s : u"a"_s);
    world.replace(u"web.yaml"_s, "a\nb\n"); // its event is lost
    QCOMPARE(world.news(), u"web.yaml changed (1 -> 2 lines, by rename)"_s);
}

/// As on a network file system, where others write: looked at once a minute.
void TestChangeFiles::withoutNotifications()
{
    ChangeWorld world;
    world.write(u"web.yaml"_s, "a\n");
    QFile writer(world.path(u"web.yaml"_s));
    QVERIFY(writer.open(QIODevice::WriteOnly | QIODevice::Append | QIODevice::Unbuffered));
    world.watch({u"web.yaml"_s});
    QCOMPARE(world.news(), QString());
    writer.write("b\n"); // stays open: nothing is told
    QCOMPARE(world.news(), QString());
    QVERIFY(world.files->dueMs() > 0 && world.files->dueMs() <= world.clock.now().monotonicMs + ChangeFiles::sweepMs);
    world.clock.advance(ChangeFiles::sweepMs);
    QCOMPARE(world.news(), u"web.yaml changed (1 -> 2 lines, written in place)"_s);
}

QTEST_GUILESS_MAIN(TestChangeFiles)
#include "tst_change_files.moc"
