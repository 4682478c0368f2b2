// labels: sandbox
// An engine that runs: a pipeline announces a deployment, somebody edits a drop-in of the unit and its configuration, the
// package manager writes its log; the store, the events and `changes` tell it, after a restart too.
#include "Ctl.h"
#include "EngineProcess.h"
#include "Incidents.h"
#include "VictimUnit.h"

#include "core/base/Clock.h"
#include "core/store/StoreReader.h"

#include <QDir>
#include <QFile>
#include <QTest>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

void write(const QString &path, const QByteArray &text, QIODevice::OpenMode mode = QIODevice::Truncate)
{
    QDir().mkpath(QFileInfo(path).path());
    QFile file(path);
    QVERIFY2(file.open(QIODevice::WriteOnly | mode), qPrintable(path));
    QCOMPARE(file.write(text), text.size());
}

QList<QJsonObject> changes(const EngineProcess &engine, const QString &kind)
{
    QList<QJsonObject> list;
    for (const QJsonValue &value : parsed(engine.call({u"changes"_s, u"--json"_s}).out).array()) {
        if (value[u"kind"_s].toString() == kind)
            list.append(value.toObject());
    }
    return list;
}

QStringList details(const EngineProcess &engine, const QString &kind)
{
    QStringList list;
    for (const QJsonObject &change : changes(engine, kind))
        list.append(change[u"detail"_s].toString());
    return list;
}

/// Has the engine looked at this file, or for this pattern? What comes before that is no change.
bool knows(const EngineProcess &engine, const QString &component, const QString &path)
{
    auto reader = StoreReader::open(engine.stateDir());
    return reader && (*reader)->storedState()->state.contains(u"change/file/"_s + component + u' ' + path);
}

} // namespace

class TestSystemChanges : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void deploymentAndDropIn();
    void packagesOfAUnit();
    void whatChangedMeanwhile();
    void wrongCalls_data();
    void wrongCalls();
    void withoutAnEngine();
};

void TestSystemChanges::deploymentAndDropIn()
{
    const QString dir = outDirectory(u"changes"_s);
    const VictimUnit victim(u"changing"_s, dir, {}, u"EnvironmentFile=-%1/victim.env"_s.arg(dir));
    victim.start();
    EngineProcess engine(dir, engineConfig(victim.service(u"config_files: [%1/web.yaml]"_s.arg(dir)), u"observe"_s));
    QVERIFY2(engine.start(), qPrintable(engine.eventsText() + engine.errors()));
    const auto noted = engine.call({u"announce-deployment"_s, u"changing"_s, u"1.4.2"_s, u"--from"_s, u"1.4.1"_s});
    QCOMPARE(noted.code, 0);
    QCOMPARE(noted.out.trimmed(), u"noted: changing was deployed, 1.4.1 -> 1.4.2"_s);
    QVERIFY2(engine.seesReason(u"change"_s, u"changing was deployed: 1.4.1 -> 1.4.2 (announced by uid "_s), qPrintable(engine.eventsText()));
    const auto deployments = changes(engine, u"deployment"_s);
    QCOMPARE(deployments.size(), 1);
    const QJsonObject &one = deployments.first();
    QVERIFY(one[u"component"_s].toString() == u"changing" && one[u"from"_s].toString() == u"1.4.1" && one[u"to"_s].toString() == u"1.4.2");
    QVERIFY(one[u"schema"_s].toInt() == 1 && one[u"by"_s].toString().startsWith(u"uid ") && fromIsoTime(one[u"at"_s].toString()) > 0);
    QTRY_VERIFY(knows(engine, u"changing"_s, dir + u"/victim.env"_s)); // this one systemd has told
    const QString dropIn = u"/run/systemd/system/changing.service.d/10-limits.conf"_s;
    write(dir + u"/web.yaml"_s, "a\n");
    QVERIFY2(engine.seesReason(u"change"_s, u"web.yaml was created (1 line)"_s), qPrintable(engine.eventsText()));
    write(dropIn, "[Service]\nLimitNOFILE=4096\n");
    QVERIFY2(engine.seesReason(u"change"_s, dropIn + u" was created (2 lines)"_s), qPrintable(engine.eventsText()));
    systemctl({u"daemon-reload"_s});
    write(dropIn + u".new"_s, "[Service]\nLimitNOFILE=4096\nLimitCORE=0\n");
    QVERIFY(::rename(qPrintable(dropIn + u".new"_s), qPrintable(dropIn)) == 0);
    write(dir + u"/victim.env"_s, "A=1\n");
    QTRY_VERIFY2(details(engine, u"config_file"_s).filter(dropIn).join(u' ').contains(u"3 lines"), qPrintable(details(engine, u"config_file"_s).join(u'\n')));
    QTRY_COMPARE(details(engine, u"config_file"_s).filter(u"victim.env was created"_s).size(), 1);
    for (const QJsonObject &change : changes(engine, u"config_file"_s))
        QCOMPARE(change[u"component"_s].toString(), u"changing"_s);
    const QString table = engine.call({u"changes"_s}).out;
    QVERIFY2(table.contains(u"deployment") && table.contains(u"10-limits.conf") && table.contains(u"CHANGE"), qPrintable(table));
    QVERIFY(QFile::remove(dropIn));
    QTRY_VERIFY2(details(engine, u"config_file"_s).filter(dropIn).join(u' ').contains(u"removed"), qPrintable(details(engine, u"config_file"_s).join(u'\n')));
    QCOMPARE(engine.stop(), 0);
    QVERIFY(QDir(QFileInfo(dropIn).path()).removeRecursively());
}

void TestSystemChanges::packagesOfAUnit()
{
    const QString dir = outDirectory(u"packages"_s);
    const VictimUnit victim(u"packaged"_s, dir, {}, u"EnvironmentFile=-%1/victim.env"_s.arg(dir));
    victim.start();
    write(u"/var/lib/dpkg/info/prunella-victim.list"_s, "/.\n/run\n/run/systemd/system/packaged.service\n");
    EngineProcess engine(dir, engineConfig(victim.service(), u"observe"_s));
    QVERIFY2(engine.start(), qPrintable(engine.eventsText() + engine.errors()));
    QTRY_VERIFY(knows(engine, u"packaged"_s, dir + u"/victim.env"_s));
    const QByteArray now = QDateTime::currentDateTime().toString(u"yyyy-MM-dd HH:mm:ss"_s).toLatin1();
    write(u"/var/log/dpkg.log"_s, now + " upgrade prunella-victim:amd64 1.0 1.1\n" + now + " upgrade tzdata:all 1 2\n", QIODevice::Append);
    QVERIFY2(engine.seesReason(u"change"_s, u"package prunella-victim: 1.0 -> 1.1"_s), qPrintable(engine.eventsText()));
    QTRY_COMPARE(changes(engine, u"package"_s).size(), 2);
    for (const QJsonObject &change : changes(engine, u"package"_s))
        QCOMPARE(change[u"component"_s].toString(), change[u"subject"_s].toString() == u"tzdata" ? QString() : u"packaged"_s);
}

void TestSystemChanges::whatChangedMeanwhile()
{
    const QString dir = outDirectory(u"meanwhile"_s);
    const VictimUnit victim(u"meanwhile"_s, dir);
    victim.start();
    write(dir + u"/web.yaml"_s, "a\n");
    EngineProcess engine(dir, engineConfig(victim.service(u"config_files: [%1/web.yaml]"_s.arg(dir)), u"observe"_s));
    QVERIFY2(engine.start(), qPrintable(engine.eventsText() + engine.errors()));
    QTRY_VERIFY(knows(engine, u"meanwhile"_s, u"/run/systemd/system/meanwhile.service.d/*.conf"_s));
    write(u"/run/systemd/system/meanwhile.service.d/a.conf"_s, "[Service]\n");
    QVERIFY2(engine.seesReason(u"change"_s, u"a.conf was created"_s), qPrintable(engine.eventsText()));
    QTRY_COMPARE(changes(engine, u"config_file"_s).size(), 1);
    engine.kill9();
    write(dir + u"/web.yaml"_s, "a\nb\n");
    QVERIFY(QFile::remove(u"/run/systemd/system/meanwhile.service.d/a.conf"_s));
    QVERIFY2(engine.start(), qPrintable(engine.eventsText() + engine.errors()));
    QTRY_COMPARE(changes(engine, u"config_file"_s).size(), 3);
    const QString told = details(engine, u"config_file"_s).join(u'\n');
    QVERIFY2(told.contains(u"web.yaml changed (1 -> 2 lines, written in place) while nobody watched")
                 && told.contains(u"a.conf was removed (it had 1 line) while nobody watched"), qPrintable(told));
}

void TestSystemChanges::wrongCalls_data()
{
    QTest::addColumn<QStringList>("call");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("words");
    QTest::newRow("unknown service") << QStringList{u"announce-deployment"_s, u"nobody"_s, u"1"_s} << 1 << u"no service is called nobody"_s;
    QTest::newRow("the host") << QStringList{u"announce-deployment"_s, u"host"_s, u"1"_s} << 1 << u"no service is called host"_s;
    QTest::newRow("no version") << QStringList{u"announce-deployment"_s, u"wrong"_s, u"  "_s} << 2 << u"the version is empty"_s;
    QTest::newRow("version missing") << QStringList{u"announce-deployment"_s, u"wrong"_s} << 2 << u"version"_s;
    QTest::newRow("too long") << QStringList{u"announce-deployment"_s, u"wrong"_s, QString(300, u'1')} << 1 << u"a version has 1 to 200 characters"_s;
    QTest::newRow("no such configuration") << QStringList{u"announce-deployment"_s, u"wrong"_s, u"1"_s, u"--config"_s, u"/nonexistent.yaml"_s} << 2
                                           << u"there is no such file"_s;
    QTest::newRow("no duration") << QStringList{u"changes"_s, u"--since"_s, u"yesterday"_s} << 2 << u"--since yesterday is no duration"_s;
}

void TestSystemChanges::wrongCalls()
{
    QFETCH(QStringList, call);
    QFETCH(int, code);
    QFETCH(QString, words);
    const QString dir = outDirectory(u"wrong"_s);
    EngineProcess engine(dir, engineConfig(u"    - {name: wrong, manager: systemd, unit: wrong.service}\n"_s, u"observe"_s));
    QVERIFY2(engine.start(), qPrintable(engine.eventsText() + engine.errors()));
    const auto answer = engine.call(call);
    QCOMPARE(answer.code, code);
    QCOMPARE(answer.out, QString());
    QVERIFY2(answer.err.contains(words), qPrintable(answer.err));
    QCOMPARE(changes(engine, u"deployment"_s).size(), 0);
}

void TestSystemChanges::withoutAnEngine()
{
    const QString dir = outDirectory(u"nobody"_s);
    const auto announced = ctl({u"announce-deployment"_s, u"web"_s, u"1"_s, u"--state-dir"_s, dir});
    QCOMPARE(announced.code, 3);
    QVERIFY2(announced.err.startsWith(u"prunellactl: the engine is not running"_s), qPrintable(announced.err));
    const auto none = ctl({u"changes"_s, u"--state-dir"_s, dir});
    QCOMPARE(none.code, 1); // no store
    writeStore(dir, {});
    const auto empty = ctl({u"changes"_s, u"--state-dir"_s, dir, u"--since"_s, u"7d"_s});
    QCOMPARE(empty.code, 0);
    QCOMPARE(empty.out.trimmed(), u"nothing was changed in the last 7d"_s);
    QCOMPARE(parsed(ctl({u"changes"_s, u"--state-dir"_s, dir, u"--json"_s}).out).array().size(), 0);
}

QTEST_GUILESS_MAIN(TestSystemChanges)
#include "tst_system_changes.moc"
