// Many files: patterns, what one engine leaves to the next, bursts.
#include "tests/monitoring/ChangeFixture.h"

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

class TestChangePatterns : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void filesOfAPattern();
    void whatEditorsLeaveIsNoFile();
    void whileTheEngineWasDown();
    void aPathThatIsNewIsNoChange();
    void pathsThatGoAreForgotten();
    void manyFilesAtOnce();
    void twoServicesWithOneFile();
};

void TestChangePatterns::filesOfAPattern()
{
    ChangeWorld world;
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

void TestChangePatterns::whatEditorsLeaveIsNoFile()
{
    ChangeWorld world;
    QVERIFY(QDir().mkpath(world.path(u"web.d"_s)));
    world.watch({u"web.d/*"_s});
    for (const char *name : {"a~", ".a.swp", "#a#", "4913", "a.dpkg-new", "a.bak"})
        world.write(u"web.d/"_s + QString::fromUtf8(name), "x");
    QCOMPARE(world.news(), QString());
    world.write(u"web.d/a"_s, "x");
    QCOMPARE(world.news(), u"web.d/a was created (1 line)"_s);
}

void TestChangePatterns::whileTheEngineWasDown()
{
    const QStringList names{u"same.yaml"_s, u"web.yaml"_s, u"gone.yaml"_s, u"fresh.yaml"_s, u"web.d/*.conf"_s};
    ChangeWorld world;
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

void TestChangePatterns::aPathThatIsNewIsNoChange()
{
    ChangeWorld world;
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

void TestChangePatterns::pathsThatGoAreForgotten()
{
    ChangeWorld world;
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

void TestChangePatterns::manyFilesAtOnce()
{
    ChangeWorld world;
    QVERIFY(QDir().mkpath(world.path(u"web.d"_s)));
    world.watch({u"web.d/*"_s});
    for (int i = 0; i < 300; ++i)
        world.write(u"web.d/%1.conf"_s.arg(i), "x");
    world.settle();
    QCOMPARE(world.order.size(), ChangeFiles::mostInMinute + 1);
    const QString last = world.told.value(world.order.last()).detail;
    QVERIFY2(last.startsWith(u"280 more files of web changed; the last of them: "_s), qPrintable(last));
}

void TestChangePatterns::twoServicesWithOneFile()
{
    ChangeWorld world;
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

QTEST_GUILESS_MAIN(TestChangePatterns)
#include "tst_change_patterns.moc"
