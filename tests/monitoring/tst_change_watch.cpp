// The watch with its thread: files of a service, a package log with rotation, what one engine leaves to the next.
#include "core/base/Clock.h"
#include "core/monitoring/ChangeWatch.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <sys/utsname.h>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

struct World
{
    World()
    {
        QDir(dir.path()).mkpath(u"info"_s);
        QDir(dir.path()).mkpath(u"log"_s);
        service.name = u"web"_s;
        service.manager = Manager::Process;
        service.command = {dir.filePath(u"bin/web"_s), u"--config"_s, dir.filePath(u"web.yaml"_s)};
        service.configFiles = {dir.filePath(u"conf.d/*.conf"_s)};
        write(u"web.yaml"_s, "a\n");
        write(u"info/webserver.list"_s, "/.\n/usr\n" + QFile::encodeName(service.command[0]) + "\n/usr/share\n");
        write(u"info/other:amd64.list"_s, "/.\n" + QFile::encodeName(service.command[0]) + "-tools\n");
        write(u"log/dpkg.log"_s, line("upgrade webserver:amd64 0.1 0.2")); // before the first engine
    }
    void write(const QString &name, const QByteArray &text, QIODevice::OpenMode mode = QIODevice::Truncate) const
    {
        QFile file(dir.filePath(name));
        QVERIFY(file.open(QIODevice::WriteOnly | mode));
        QCOMPARE(file.write(text), text.size());
    }
    [[nodiscard]] static QByteArray line(const QByteArray &text) { return "2026-11-27 06:10:02 " + text + "\n"; }
    void log(const QByteArray &text) const { write(u"log/dpkg.log"_s, text, QIODevice::Append); }
    void start()
    {
        watch = std::make_unique<ChangeWatch>(std::make_shared<SystemClock>(),
                                              ChangeWatch::Places{dir.filePath(u"log/dpkg.log"_s), dir.filePath(u"info"_s)}, nullptr);
        QObject::connect(watch.get(), &ChangeWatch::changed, watch.get(), [this](const QList<ChangeRecord> &changes, const QMap<QString, QString> &more) {
            for (const ChangeRecord &change : changes)
                told.insert(change.id, change);
            for (auto it = more.cbegin(); it != more.cend(); ++it)
                it.value().isEmpty() ? (void)memory.remove(it.key()) : (void)memory.insert(it.key(), it.value());
        });
        watch->setMemory(memory);
        watch->setServices({service});
        watch->start();
    }
    [[nodiscard]] bool looked() const { return memory.contains(u"file/web "_s + dir.filePath(u"web.yaml"_s)) && memory.contains(u"packages"_s); }
    [[nodiscard]] QStringList details() const
    {
        QStringList list;
        for (const ChangeRecord &change : told)
            list.append(QString(change.component + u": "_s + change.detail).remove(dir.path() + u'/'));
        list.sort();
        return list;
    }

    QTemporaryDir dir;
    ServiceConfig service;
    std::unique_ptr<ChangeWatch> watch;
    QMap<QString, ChangeRecord> told;
    QMap<QString, QString> memory;
};

} // namespace

class TestChangeWatch : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void filesOfAService();
    void packagesOfServicesAndTheHost();
    void rotatedLog();
    void halfALineWaits();
    void nextEngineGoesOn();
    void theKernelIsRemembered();
    void aServiceThatGoesIsForgotten();
    void withoutAPackageLog();
};

void TestChangeWatch::filesOfAService()
{
    World world;
    world.start();
    QTRY_VERIFY(world.looked());
    world.write(u"web.yaml"_s, "a\nb\n");
    QDir(world.dir.path()).mkpath(u"conf.d"_s);
    QTRY_COMPARE(world.details(), QStringList{u"web: web.yaml changed (1 -> 2 lines, written in place)"_s});
    world.write(u"conf.d/a.conf"_s, "a\n");
    QTRY_COMPARE(world.told.size(), 2);
    QCOMPARE(world.details().first(), u"web: conf.d/a.conf was created (1 line)"_s);
}

void TestChangeWatch::packagesOfServicesAndTheHost()
{
    World world;
    world.start();
    QTRY_VERIFY(world.looked());
    world.log(World::line("upgrade webserver:amd64 0.2 0.3") + World::line("configure webserver:amd64 0.3 <none>")
              + World::line("install other:amd64 <none> 2"));
    QTRY_COMPARE(world.details(), (QStringList{u": package other was installed: 2"_s, u"web: package webserver: 0.2 -> 0.3"_s}));
    for (const ChangeRecord &change : std::as_const(world.told)) {
        QVERIFY(change.kind == ChangeKind::Package);
        QCOMPARE(change.at, QDateTime(QDate(2026, 11, 27), QTime(6, 10, 2)).toMSecsSinceEpoch());
        QCOMPARE(change.to, change.component.isEmpty() ? u"2"_s : u"0.3"_s);
    }
    QVERIFY(QFile::remove(world.dir.filePath(u"info/webserver.list"_s))); // gone before the line is read
    world.log(World::line("remove webserver:amd64 0.3 <none>"));
    QTRY_COMPARE(world.told.size(), 3);
    QVERIFY(world.details().contains(u"web: package webserver was removed (it was 0.3)"_s));
    world.write(u"info/fresh:amd64.list"_s, QFile::encodeName(world.service.command[0]) + '\n'); // a package that only now brings the program
    world.log(World::line("install fresh:amd64 <none> 1"));
    QTRY_COMPARE(world.told.size(), 4);
    QVERIFY(world.details().contains(u"web: package fresh was installed: 1"_s));
}

void TestChangeWatch::rotatedLog()
{
    World world;
    world.start();
    QTRY_VERIFY(world.looked());
    QVERIFY(QFile::rename(world.dir.filePath(u"log/dpkg.log"_s), world.dir.filePath(u"log/dpkg.log.1"_s)));
    world.write(u"log/dpkg.log.1"_s, World::line("install late:amd64 <none> 1"), QIODevice::Append); // who has it open still writes
    world.write(u"log/dpkg.log"_s, World::line("install early:amd64 <none> 1"));
    QTRY_COMPARE_WITH_TIMEOUT(world.details(), (QStringList{u": package early was installed: 1"_s, u": package late was installed: 1"_s}), 10'000);
    world.log(World::line("install more:amd64 <none> 1"));
    QTRY_COMPARE_WITH_TIMEOUT(world.told.size(), 3, 10'000);
}

void TestChangeWatch::halfALineWaits()
{
    World world;
    world.start();
    QTRY_VERIFY(world.looked());
    world.log(World::line("install one:amd64 <none> 1") + "2026-11-27 06:10:02 install two:amd64 <no");
    QTRY_COMPARE(world.told.size(), 1);
    world.log("ne> 1\n");
    QTRY_COMPARE(world.details(), (QStringList{u": package one was installed: 1"_s, u": package two was installed: 1"_s}));
}

void TestChangeWatch::nextEngineGoesOn()
{
    World world;
    world.start();
    QTRY_VERIFY(world.looked());
    world.watch->stop();
    world.write(u"web.yaml"_s, "x\n");
    world.log(World::line("upgrade webserver:amd64 0.2 0.3"));
    world.start();
    QTRY_COMPARE(world.details(), (QStringList{u"web: package webserver: 0.2 -> 0.3"_s,
                                               u"web: web.yaml changed (1 -> 1 lines, written in place) while nobody watched"_s}));
    world.watch->stop();
    world.told.clear();
    world.start();
    world.write(u"web.yaml"_s, "y\n");
    QTRY_COMPARE(world.told.size(), 1); // neither the package nor the first change again
}

void TestChangeWatch::theKernelIsRemembered()
{
    World world;
    world.start();
    utsname names = {};
    QCOMPARE(::uname(&names), 0);
    QCOMPARE(world.memory.value(u"kernel"_s), QString::fromUtf8(names.release));
    QVERIFY(world.told.isEmpty());
    world.memory.insert(u"kernel"_s, u"5.10.0-1"_s);
    world.start();
    QCOMPARE(world.told.size(), 1);
    const ChangeRecord record = world.told.first();
    QVERIFY(record.kind == ChangeKind::Kernel && record.from == u"5.10.0-1" && record.to == QString::fromUtf8(names.release));
    QVERIFY(record.at > 0 && record.at < QDateTime::currentMSecsSinceEpoch());
}

void TestChangeWatch::aServiceThatGoesIsForgotten()
{
    World world;
    world.start();
    QTRY_VERIFY(world.looked());
    ServiceConfig other;
    other.name = u"web2"_s; // begins like the other one
    other.manager = Manager::Process;
    world.watch->setServices({other});
    QTRY_VERIFY(std::none_of(world.memory.keyBegin(), world.memory.keyEnd(), [](const QString &key) { return key.startsWith(u"file/"_s); }));
    QVERIFY(world.memory.contains(u"packages"_s));
}

void TestChangeWatch::withoutAPackageLog()
{
    World world;
    QVERIFY(QFile::remove(world.dir.filePath(u"log/dpkg.log"_s)));
    world.start();
    const QSignalSpy problems(world.watch.get(), &ChangeWatch::problemChanged);
    world.write(u"web.yaml"_s, "a\n");
    QTRY_VERIFY(world.memory.contains(u"file/web "_s + world.dir.filePath(u"web.yaml"_s)));
    world.write(u"web.yaml"_s, "b\n");
    QTRY_COMPARE(world.told.size(), 1);
    QCOMPARE(problems.size(), 0); // other systems have none
    world.log(World::line("install one:amd64 <none> 1"));
    QTRY_COMPARE_WITH_TIMEOUT(world.told.size(), 2, 10'000); // one that comes later is read from its start
}

QTEST_GUILESS_MAIN(TestChangeWatch)
#include "tst_change_watch.moc"
