// Real files and real inotify; the clock is driven by hand, so nothing waits.
#include "core/monitoring/ChangeFiles.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <unistd.h>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

/// A folder with files, and what watches them.
struct World
{
    World() { clock.advance(1000); }
    [[nodiscard]] QString path(const QString &name) const { return dir.path() + u'/' + name; }
    void write(const QString &name, const QByteArray &text) const
    {
        QDir().mkpath(QFileInfo(path(name)).path());
        QFile file(path(name));
        QVERIFY2(file.open(QIODevice::WriteOnly | QIODevice::Truncate), qPrintable(name));
        QCOMPARE(file.write(text), text.size());
    }
    /// As editors and package managers do it.
    void replace(const QString &name, const QByteArray &text) const
    {
        write(name + u".new"_s, text);
        rename(name + u".new"_s, name);
    }
    void rename(const QString &from, const QString &to) const { QCOMPARE(::rename(qPrintable(path(from)), qPrintable(path(to))), 0); }
    void link(const QString &target, const QString &name) const { QCOMPARE(::symlink(qPrintable(target), qPrintable(path(name))), 0); }
    void watch(const QStringList &names, const QString &component = u"web"_s)
    {
        QList<WatchedPath> paths;
        for (const QString &name : names)
            paths.append({component, path(name), hasWildcard(name)});
        files->setPaths(paths, memory);
        take();
    }
    /// Another engine, with what this one has left.
    void restart(const QStringList &names)
    {
        files = std::make_unique<ChangeFiles>();
        watch(names);
    }
    void take()
    {
        ChangeFiles::Turn turn = files->turn(clock.now());
        for (const ChangeRecord &change : turn.changes) {
            if (!told.contains(change.id))
                order.append(change.id);
            told.insert(change.id, change);
        }
        for (auto it = turn.remembered.cbegin(); it != turn.remembered.cend(); ++it) {
            if (it.value().isEmpty())
                memory.remove(it.key());
            else
                memory.insert(it.key(), it.value());
        }
    }
    /// The look that follows an event.
    void settle(qint64 ms = ChangeFiles::settleMs)
    {
        take();
        clock.advance(ms);
        take();
    }
    /// What was told since the last call, without the folder's name, joined by '|'.
    [[nodiscard]] QString news()
    {
        settle();
        QStringList lines;
        for (const QString &id : std::as_const(order))
            lines.append(QString(told.value(id).detail).remove(dir.path() + u'/'));
        order.clear();
        told.clear();
        clock.advance(ChangeFiles::togetherMs + 1);
        return lines.join(u'|');
    }

    QTemporaryDir dir;
    ManualClock clock;
    std::unique_ptr<ChangeFiles> files = std::make_unique<ChangeFiles>();
    QMap<QString, QString> memory;
    QMap<QString, ChangeRecord> told;
    QStringList order;
};

} // namespace

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
    void filesOfAPattern();
    void whatEditorsLeaveIsNoFile();
    void whileTheEngineWasDown();
    void aPathThatIsNewIsNoChange();
    void pathsThatGoAreForgotten();
    void theKernelsQueueRunsOver();
    void withoutNotifications();
    void manyFilesAtOnce();
    void twoServicesWithOneFile();
};

void TestChangeFiles::replacedByRename()
{
    World world;
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
    World world;
    world.write(u"web.yaml"_s, "a\nb\n");
    world.watch({u"web.yaml"_s});
    world.write(u"web.yaml"_s, "x\nb\n");
    QCOMPARE(world.news(), u"web.yaml changed (2 -> 2 lines, written in place)"_s);
}

void TestChangeFiles::touchedOnly()
{
    World world;
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
    World world;
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
    World world;
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
    World world;
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
    World world;
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
    World world;
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
    World world;
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
    World world;
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

void TestChangeFiles::filesOfAPattern()
{
    World world;
    world.write(u"web.d/a.conf"_s, "a\n");
    world.watch({u"web.d/*.conf"_s});
    QCOMPARE(world.news(), QString());
    world.write(u"web.d/b.conf"_s, "b\nb\n");
    QCOMPARE(world.news(), u"web.d/b.conf was created (2 lines)"_s);
    world.write(u"web.d/c.txt"_s, "c\n");
    QCOMPARE(world.news(), QString());
    world.replace(u"web.d/a.conf"_s, "x\n");
    QCOMPARE(world.news(), u"web.d/a.conf changed (1 -> 1 lines, by rename)"_s);
    QVERIFY(QDir(world.path(u"web.d"_s)).removeRecursively());
    QCOMPARE(world.news(), u"web.d/a.conf was removed (it had 1 line)|web.d/b.conf was removed (it had 2 lines)"_s);
    world.write(u"web.d/b.conf"_s, "b\n");
    QCOMPARE(world.news(), u"web.d/b.conf was created (1 line)"_s);
    QCOMPARE(world.memory.size(), 2); // the pattern and b.conf
}

void TestChangeFiles::whatEditorsLeaveIsNoFile()
{
    World world;
    QVERIFY(QDir().mkpath(world.path(u"web.d"_s)));
    world.watch({u"web.d/*"_s});
    for (const char *name : {"a~", ".a.swp", "#a#", "4913", "a.dpkg-new", "a.bak"})
        world.write(u"web.d/"_s + QString::fromUtf8(name), "x");
    QCOMPARE(world.news(), QString());
    world.write(u"web.d/a"_s, "x");
    QCOMPARE(world.news(), u"web.d/a was created (1 line)"_s);
}

void TestChangeFiles::whileTheEngineWasDown()
{
    const QStringList names{u"same.yaml"_s, u"web.yaml"_s, u"gone.yaml"_s, u"fresh.yaml"_s, u"web.d/*.conf"_s};
    World world;
    for (const char *name : {"same.yaml", "web.yaml", "gone.yaml", "web.d/a.conf", "web.d/b.conf"})
        world.write(QString::fromUtf8(name), "a\n");
    world.watch(names);
    QCOMPARE(world.news(), QString());
    world.files.reset();
    world.write(u"same.yaml"_s, "a\n");
    world.replace(u"web.yaml"_s, "a\nb\n");
    QVERIFY(QFile::remove(world.path(u"gone.yaml"_s)));
    world.write(u"fresh.yaml"_s, "a\n");
    QVERIFY(QFile::remove(world.path(u"web.d/a.conf"_s)));
    world.write(u"web.d/b.conf"_s, "b\n");
    world.write(u"web.d/c.conf"_s, "c\n");
    world.clock.jumpWall(QDateTime::currentMSecsSinceEpoch() + 60'000 - world.clock.now().wallMs);
    world.restart(names);
    QCOMPARE(world.told.value(world.order.value(0)).at / 60'000, QFileInfo(world.path(u"fresh.yaml"_s)).lastModified().toMSecsSinceEpoch() / 60'000);
    QStringList told = world.news().split(u'|');
    told.sort();
    QCOMPARE(told.join(u'\n'), QStringList({u"fresh.yaml was created (1 line) while nobody watched"_s,
                                            u"gone.yaml was removed (it had 1 line) while nobody watched"_s,
                                            u"web.d/a.conf was removed (it had 1 line) while nobody watched"_s,
                                            u"web.d/b.conf changed (1 -> 1 lines, written in place) while nobody watched"_s,
                                            u"web.d/c.conf was created (1 line) while nobody watched"_s,
                                            u"web.yaml changed (1 -> 2 lines, by rename) while nobody watched"_s}).join(u'\n'));
    world.restart(names);
    QCOMPARE(world.news(), QString()); // told once
}

void TestChangeFiles::aPathThatIsNewIsNoChange()
{
    World world;
    world.write(u"web.yaml"_s, "a\n");
    world.watch({u"web.yaml"_s});
    world.write(u"new.yaml"_s, "a\n");
    world.write(u"web.d/a.conf"_s, "a\n");
    world.watch({u"web.yaml"_s, u"new.yaml"_s, u"web.d/*"_s});
    QCOMPARE(world.news(), QString());
    world.write(u"new.yaml"_s, "b\n");
    world.write(u"web.d/a.conf"_s, "b\n");
    QCOMPARE(world.news(), u"new.yaml changed (1 -> 1 lines, written in place)|web.d/a.conf changed (1 -> 1 lines, written in place)"_s);
}

void TestChangeFiles::pathsThatGoAreForgotten()
{
    World world;
    world.write(u"web.yaml"_s, "a\n");
    world.write(u"web.d/a.conf"_s, "a\n");
    world.watch({u"web.yaml"_s, u"web.d/*"_s});
    QCOMPARE(world.memory.size(), 3);
    world.watch({});
    QCOMPARE(world.memory.size(), 0);
    world.write(u"web.yaml"_s, "b\n");
    world.write(u"web.d/a.conf"_s, "b\n");
    QCOMPARE(world.news(), QString());
    world.watch({u"web.yaml"_s, u"web.d/*"_s});
    QCOMPARE(world.news(), QString());
}

void TestChangeFiles::theKernelsQueueRunsOver()
{
    World world;
    world.write(u"web.yaml"_s, "a\n");
    world.watch({u"web.yaml"_s});
    QFile limit(u"/proc/sys/fs/inotify/max_queued_events"_s);
    QVERIFY(limit.open(QIODevice::ReadOnly));
    const int events = limit.readAll().trimmed().toInt();
    for (int i = 0; i < events; ++i) {
        const QByteArray name = QFile::encodeName(world.path(QString::number(i)));
        QVERIFY(::symlink("nowhere", name.constData()) == 0); // one event each, none like the one before
    }
    world.replace(u"web.yaml"_s, "a\nb\n"); // its event is lost
    QCOMPARE(world.news(), u"web.yaml changed (1 -> 2 lines, by rename)"_s);
}

/// As on a network file system, where others write: looked at once a minute.
void TestChangeFiles::withoutNotifications()
{
    World world;
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

void TestChangeFiles::manyFilesAtOnce()
{
    World world;
    QVERIFY(QDir().mkpath(world.path(u"web.d"_s)));
    world.watch({u"web.d/*"_s});
    for (int i = 0; i < 300; ++i)
        world.write(u"web.d/%1.conf"_s.arg(i), "x");
    world.settle();
    QCOMPARE(world.order.size(), ChangeFiles::mostInMinute + 1);
    const QString last = world.told.value(world.order.last()).detail;
    QVERIFY2(last.startsWith(u"280 more files of web changed; the last of them: "_s), qPrintable(last));
}

void TestChangeFiles::twoServicesWithOneFile()
{
    World world;
    world.write(u"shared.env"_s, "a\n");
    world.files->setPaths({{u"web"_s, world.path(u"shared.env"_s), false}, {u"db"_s, world.path(u"shared.env"_s), false}}, {});
    world.take();
    world.write(u"shared.env"_s, "b\n");
    world.settle();
    QStringList components;
    for (const ChangeRecord &change : std::as_const(world.told))
        components << change.component;
    components.sort();
    QCOMPARE(components, (QStringList{u"db"_s, u"web"_s}));
}

QTEST_GUILESS_MAIN(TestChangeFiles)
#include "tst_change_files.moc"
