// The pure parts of change watching: sentences, arguments, package lines, bursts, the kernel.
#include "core/monitoring/ChangeBurst.h"
#include "core/monitoring/ChangeFingerprint.h"
#include "core/monitoring/ChangeInotify.h"
#include "core/monitoring/ChangePaths.h"
#include "core/monitoring/ChangeWatch.h"
#include "core/monitoring/PackageLog.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <sys/stat.h>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

void write(const QString &path, const QByteArray &text)
{
    QDir().mkpath(QFileInfo(path).path());
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(text), text.size());
}

FileFingerprint file(int lines, quint64 inode = 7, const QByteArray &hash = "aa")
{
    return {true, lines * 10, 5, 0, inode, lines, hash, {}};
}

} // namespace

class TestChangeParsers : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void sentences();
    void fingerprintsAsText();
    void fingerprintsOfFiles();
    void configurationAmongArguments();
    void dropInsOfUnits();
    void pathsOfAUnit();
    void packageLines_data();
    void packageLines();
    void aPurgeAfterARemovalIsNoNews();
    void aRealUpgrade();
    void burstsAreBounded();
    void anotherKernel();
};

void TestChangeParsers::sentences()
{
    const QString path = u"/etc/web/web.yaml"_s;
    QCOMPARE(changeSentence(path, file(12), file(14, 8, "bb")), u"/etc/web/web.yaml changed (12 -> 14 lines, by rename)"_s);
    QCOMPARE(changeSentence(path, file(12), file(12, 7, "bb")), u"/etc/web/web.yaml changed (12 -> 12 lines, written in place)"_s);
    QCOMPARE(changeSentence(path, {}, file(1)), u"/etc/web/web.yaml was created (1 line)"_s);
    QCOMPARE(changeSentence(path, file(3), {}), u"/etc/web/web.yaml was removed (it had 3 lines)"_s);
    QCOMPARE(changeSentence(path, file(3), file(3, 8)), u"/etc/web/web.yaml changed and changed back"_s);
    QCOMPARE(changeSentence(path, {}, {}), u"/etc/web/web.yaml was created and removed again"_s);
    FileFingerprint linked = file(14, 8, "bb");
    linked.target = u"/etc/web/..2026/web.yaml"_s;
    QCOMPARE(changeSentence(path, file(12), linked), u"/etc/web/web.yaml changed (12 -> 14 lines, by a switched link)"_s);
}

void TestChangeParsers::fingerprintsAsText()
{
    FileFingerprint odd = file(14);
    odd.target = u"/srv/a b/c"_s;
    for (const FileFingerprint &one : {file(12), odd, file(-1, 9, {}), FileFingerprint{}}) {
        const auto back = FileFingerprint::fromText(one.toText());
        QVERIFY(back);
        QCOMPARE(back->toText(), one.toText());
        QVERIFY(back->sameContent(one) && back->lines == one.lines && back->inode == one.inode && back->target == one.target);
    }
    for (const QString &text : {u""_s, u"pattern"_s, u"1 2 3"_s})
        QVERIFY(!FileFingerprint::fromText(text));
    FileFingerprint touched = file(12);
    touched.mtimeNs = 99;
    QVERIFY(touched.sameContent(file(12)));
    touched.hash.clear(); // not readable: time and size tell
    QVERIFY(!touched.sameContent(file(12)));
    QVERIFY(!file(12).sameContent({}) && !FileFingerprint().sameContent(file(12)) && FileFingerprint().sameContent({}));
}

void TestChangeParsers::fingerprintsOfFiles()
{
    const QTemporaryDir dir;
    const QString path = dir.filePath(u"a.conf"_s);
    write(path, "one\ntwo");
    const FileFingerprint before = readFingerprint(path);
    QVERIFY(before.exists && before.lines == 2 && before.size == 7 && before.hash.size() == 32 && before.target.isEmpty());
    QVERIFY(!isTouched(path, before));
    write(path, "one\ntwx");
    QVERIFY(isTouched(path, before) && !readFingerprint(path).sameContent(before));
    QVERIFY(!readFingerprint(dir.path()).exists && !readFingerprint(u"/dev/null"_s).exists && !readFingerprint(dir.filePath(u"no"_s)).exists);
    const QString pipe = dir.filePath(u"pipe"_s); // opening one must not wait for its writer
    QCOMPARE(::mkfifo(qPrintable(pipe), 0600), 0);
    QVERIFY(!readFingerprint(pipe).exists);
    QByteArray big(5 * 1024 * 1024, 'x');
    write(path, big);
    const FileFingerprint bigBefore = readFingerprint(path);
    QCOMPARE(bigBefore.lines, -1);
    big[big.size() - 1] = 'y';
    write(path, big);
    QVERIFY(!readFingerprint(path).sameContent(bigBefore));
}

void TestChangeParsers::configurationAmongArguments()
{
    const QTemporaryDir dir;
    for (const char *name : {"web.yaml", "web.log", "run/settings", "app.py", "starts"})
        write(dir.filePath(QString::fromUtf8(name)), "x");
    const auto in = [&dir](const QString &name) { return dir.filePath(name); };
    QCOMPARE(configArguments({in(u"app.py"_s), u"-c"_s, in(u"web.yaml"_s), in(u"web.log"_s), in(u"starts"_s)}), QStringList{in(u"web.yaml"_s)});
    QCOMPARE(configArguments({u"/usr/bin/python3"_s, in(u"app.py"_s)}), QStringList{in(u"app.py"_s)});
    QCOMPARE(configArguments({u"/x"_s, u"--config="_s + in(u"run/settings"_s)}), QStringList{in(u"run/settings"_s)});
    QCOMPARE(configArguments({u"/x"_s, u"--config-file"_s, in(u"run/settings"_s), u"--log"_s, in(u"web.log"_s)}), QStringList{in(u"run/settings"_s)});
    QCOMPARE(configArguments({u"/x"_s, u"web.yaml"_s}, dir.path()), QStringList{in(u"web.yaml"_s)});
    QCOMPARE(configArguments({u"/x"_s, u"web.yaml"_s}), QStringList());
    QCOMPARE(configArguments({u"/x"_s, u"/etc/hostname"_s, u"/etc/does-not-exist"_s, u"/etc"_s}), QStringList{u"/etc/hostname"_s});
    QCOMPARE(configArguments({}), QStringList());
}

void TestChangeParsers::dropInsOfUnits()
{
    const QStringList system = unitPatterns(u"web.service"_s, false);
    QVERIFY(system.contains(u"/etc/systemd/system/web.service.d/*.conf"_s) && system.contains(u"/run/systemd/system/web.service.d/*.conf"_s));
    QVERIFY(unitPatterns(u"web@3.service"_s, false).contains(u"/etc/systemd/system/web@.service.d/*.conf"_s));
    QVERIFY(!unitPatterns(u"web@.service"_s, false).contains(u"/etc/systemd/system/web@.service.d/*.confweb"_s));
    qputenv("XDG_CONFIG_HOME", "/home/anna/.config");
    QVERIFY(unitPatterns(u"web.service"_s, true).contains(u"/home/anna/.config/systemd/user/web.service.d/*.conf"_s));
}

void TestChangeParsers::pathsOfAUnit()
{
    ServiceConfig service;
    service.name = u"web"_s;
    service.unit = u"web.service"_s;
    service.configFiles = {u"/etc/web/web.yaml"_s, u"/etc/web/conf.d/*.conf"_s};
    const auto configured = configuredPaths(service);
    QCOMPARE(configured.size(), 2);
    QVERIFY(!configured[0].pattern && configured[1].pattern);
    UnitFileFacts facts;
    facts.fragment = u"/usr/lib/systemd/system/web.service"_s;
    facts.dropIns = {u"/etc/systemd/system/web.service.d/a.conf"_s, u"/opt/x/b.conf"_s};
    facts.environmentFiles = {u"/etc/default/web"_s, u"/etc/web/*.env"_s};
    facts.commands = {{u"/usr/sbin/web"_s, u"/etc/hostname"_s}};
    QStringList files, patterns;
    for (const WatchedPath &path : unitPaths(service, facts))
        (path.pattern ? patterns : files).append(path.path);
    for (const char *path : {"/usr/lib/systemd/system/web.service", "/etc/systemd/system/web.service", "/opt/x/b.conf", "/etc/default/web", "/etc/hostname"})
        QVERIFY2(files.contains(QString::fromUtf8(path)), path);
    QVERIFY(!files.contains(facts.dropIns[0])); // its directory is watched
    QVERIFY(patterns.contains(u"/etc/web/*.env"_s) && patterns.contains(u"/etc/systemd/system/web.service.d/*.conf"_s));
    QCOMPARE(files.size(), QSet<QString>(files.cbegin(), files.cend()).size());
    QCOMPARE(ownedPaths(service, facts), (QStringList{facts.fragment, u"/usr/sbin/web"_s}));
    QCOMPARE(ownedPaths(service, {}), QStringList());
}

void TestChangeParsers::packageLines_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("told");
    const auto row = [](const char *line, const QString &told) { QTest::newRow(line) << QByteArray("2026-11-27 06:10:02 ") + line << told; };
    row("upgrade nginx:amd64 1.22.1-9 1.22.1-9+deb12u1", u"package nginx: 1.22.1-9 -> 1.22.1-9+deb12u1"_s);
    row("install tzdata:all <none> 2026a-0", u"package tzdata was installed: 2026a-0"_s);
    row("install tzdata:all 2025b-0 2026a-0", u"package tzdata: 2025b-0 -> 2026a-0"_s); // its configuration had been left
    row("remove nginx:amd64 1.22.1-9 <none>", u"package nginx was removed (it was 1.22.1-9)"_s);
    row("purge nginx:amd64 1.22.1-9 <none>", u"package nginx was purged (it was 1.22.1-9)"_s);
    row("upgrade nginx:amd64 1.22.1-9 1.22.1-9", {}); // the same again
    row("configure nginx:amd64 1.22.1-9 <none>", {});
    row("trigproc man-db:amd64 2.11.2-2 <none>", {});
    row("status installed nginx:amd64 1.22.1-9", {});
    row("startup archives unpack", {});
    row("conffile /etc/nginx/nginx.conf keep", {});
    row("upgrade nginx:amd64 1.22.1-9", {});
    row("", {});
    QTest::newRow("no time") << QByteArray("yesterday 06:10:02 upgrade a:amd64 1 2") << QString();
    QTest::newRow("no text") << QByteArray("\xff\xfe\x00 \x01", 5) << QString();
}

void TestChangeParsers::packageLines()
{
    QFETCH(QByteArray, line);
    QFETCH(QString, told);
    const auto change = parsePackageLine(line);
    QCOMPARE(change.has_value(), !told.isEmpty());
    if (change) {
        QCOMPARE(packageSentence(*change), told);
        QCOMPARE(change->at, QDateTime(QDate(2026, 11, 27), QTime(6, 10, 2)).toMSecsSinceEpoch()); // local time
    }
}

void TestChangeParsers::aPurgeAfterARemovalIsNoNews()
{
    PackageLog log;
    QVERIFY(log.feed("2026-11-27 06:10:02 remove nginx:amd64 1.22 <none>"));
    QVERIFY(!log.feed("2026-11-27 06:10:03 purge nginx:amd64 1.22 <none>"));
    QVERIFY(log.feed("2026-11-27 06:10:04 remove nginx:i386 1.22 <none>")); // of another architecture
    QVERIFY(log.feed("2026-11-27 06:10:05 install nginx:amd64 <none> 1.23"));
    QVERIFY(log.feed("2026-11-27 06:10:06 remove nginx:amd64 1.23 <none>"));
    QVERIFY(log.feed("2026-11-28 06:10:07 purge nginx:amd64 1.23 <none>")); // a day later it is
}

void TestChangeParsers::aRealUpgrade()
{
    QFile real(QStringLiteral(TEST_DATA "/dpkg.log"));
    QVERIFY(real.open(QIODevice::ReadOnly));
    PackageLog log;
    QStringList told;
    for (const QByteArray &line : real.readAll().split('\n')) {
        if (const auto change = log.feed(line))
            told << packageSentence(*change);
    }
    QCOMPARE(told, (QStringList{u"package libsystemd0: 252.36-1~deb12u1 -> 252.38-1~deb12u1"_s, u"package libfdisk1 was installed: 2.38.1-5+deb12u3"_s,
                                u"package libfdisk1 was removed (it was 2.38.1-5+deb12u3)"_s}));
}

void TestChangeParsers::burstsAreBounded()
{
    ManualClock clock;
    ChangeBurst burst(2, u"files"_s);
    QMap<QString, QString> told; // as a store has them, by id
    const auto give = [&](int number, const QString &component) {
        QList<ChangeRecord> out;
        ChangeRecord record;
        record.id = component + QString::number(number);
        record.component = component;
        record.detail = u"file %1 changed"_s.arg(number);
        const bool alone = burst.give(record, clock.now(), out);
        for (const ChangeRecord &one : std::as_const(out))
            told.insert(one.id, one.detail);
        return alone;
    };
    for (int i = 1; i <= 500; ++i)
        QCOMPARE(give(i, u"web"_s), i <= 2);
    QVERIFY(give(1, u"db"_s)); // has its own
    QCOMPARE(told.size(), 4);
    QCOMPARE(told.value(u"web3"_s), u"498 more files of web changed; the last of them: file 500 changed"_s);
    clock.advance(60'001);
    QVERIFY(give(501, u"web"_s));
}

void TestChangeParsers::anotherKernel()
{
    const Now now{10'000'000, 4000, 5000, {}};
    QVERIFY(!kernelChange({}, u"6.1.0-1"_s, now)); // the first one that is seen is no change
    QVERIFY(!kernelChange(u"6.1.0-1"_s, u"6.1.0-1"_s, now));
    const auto record = kernelChange(u"6.1.0-1"_s, u"6.1.0-2"_s, now);
    QVERIFY(record && record->kind == ChangeKind::Kernel && record->component.isEmpty() && record->subject == u"kernel");
    QCOMPARE(record->at, 9'995'000); // when the machine came up
    QCOMPARE(record->detail, u"the kernel is another one since the last boot: 6.1.0-1 -> 6.1.0-2"_s);
}

QTEST_GUILESS_MAIN(TestChangeParsers)
#include "tst_change_parsers.moc"
