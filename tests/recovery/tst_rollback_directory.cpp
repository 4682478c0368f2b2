// labels: sandbox
#include "AsNobody.h"
#include "RollbackTest.h"
#include "UnitRestart.h"
#include "core/recovery/SystemdRestart.h"

#include <QCoreApplication>
#include <QTemporaryDir>

#include <sys/stat.h>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

DeploymentConfig directoryIn(const QString &folder)
{
    DeploymentConfig config;
    config.current = folder + u"/current"_s;
    config.releases = folder + u"/releases"_s;
    return config;
}

/// One rollback from 2 to 1 in a process of its own, which a failpoint may end.
int rollBackHere(const QString &folder)
{
    Rollback rollback(directoryIn(folder));
    rollback.releases = goodReleases({u"1"_s});
    return rollback.run(rollback.intent()).status == ActionStatus::Completed ? 0 : 1;
}

} // namespace

class TestRollbackDirectory : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void linkKeepsItsForm_data();
    void linkKeepsItsForm();
    void anotherTypeOfThing_data();
    void anotherTypeOfThing();
    void nextGoodOneWhenTheBestIsGone();
    void noGoodRelease();
    void furtherBackIsAPersonsDecision();
    void switchedByOthersMeanwhile();
    void secondRunIsHarmless();
    void restartFails();
    void noRights();
    void killedMeanwhile();
    void crashLoopUntilTheStartLimit();
    void betweenTwoStartsOfSystemd();

private:
    [[nodiscard]] QString at(const QString &path) const { return m_dir->filePath(path); }
    void link(const QByteArray &text) const;
    void makeUnit(const QString &unit, const QString &lines, const QString &unitLines) const;
    void makeReleases(const QString &folder) const;

    std::unique_ptr<QTemporaryDir> m_dir;
};

void TestRollbackDirectory::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    QVERIFY(chmod(qPrintable(m_dir->path()), 0755) == 0);
    for (const QString &name : {u"releases/1"_s, u"releases/2"_s, u"releases/3"_s, u"elsewhere"_s})
        QVERIFY(QDir().mkpath(at(name)));
}

void TestRollbackDirectory::link(const QByteArray &text) const
{
    const QByteArray path = QFile::encodeName(at(u"current"_s));
    unlink(path.constData());
    QVERIFY(symlink(text.constData(), path.constData()) == 0);
}

void TestRollbackDirectory::linkKeepsItsForm_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("after");
    QTest::newRow("relative") << QByteArray("releases/2") << QByteArray("releases/1");
    QTest::newRow("dotted") << QByteArray("./releases/2") << QByteArray("./releases/1");
    QTest::newRow("slash behind") << QByteArray("releases/2/") << QByteArray("releases/1");
    QTest::newRow("absolute") << QByteArray("%/releases/2") << QByteArray("%/releases/1");
    QTest::newRow("by another link") << QByteArray("by/2") << QByteArray("by/1");
    QTest::newRow("to what is gone") << QByteArray("releases/gone") << QByteArray("releases/1");
}

void TestRollbackDirectory::linkKeepsItsForm()
{
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, after);
    const QByteArray here = m_dir->path().toUtf8();
    before.replace('%', here);
    after.replace('%', here);
    QVERIFY(symlink("releases", QFile::encodeName(at(u"by"_s)).constData()) == 0);
    link(before);
    QVERIFY(lchown(QFile::encodeName(at(u"current"_s)).constData(), 1234, 4321) == 0);
    Rollback rollback(directoryIn(m_dir->path()));
    rollback.releases = goodReleases({u"1"_s});
    const Preflight look = rollback.look();
    QVERIFY2(!look.objection, look.objection ? qPrintable(look.objection->detail) : "");
    QVERIFY(look.idempotent);
    QCOMPARE(look.subject, u"release"_s);
    QCOMPARE(look.valueTarget, u"1"_s);
    const ActionRequest request = rollback.intentOf(look);
    QCOMPARE(rollback.describe(request), u"switch the link %1/current from %2 to %1/releases/1; then restart web"_s.arg(m_dir->path(), look.valueBefore));
    const ActionResult result = rollback.run(request);
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QCOMPARE(linkText(at(u"current"_s)), after);
    QCOMPARE(rollback.counted->count, 1);
    QVERIFY(rollback.counted->last.resetStartLimit);
    struct stat info {};
    QVERIFY(lstat(QFile::encodeName(at(u"current"_s)).constData(), &info) == 0);
    QVERIFY(info.st_uid == 1234 && info.st_gid == 4321);
    QCOMPARE(QDir(m_dir->path()).entryList({u".prunella*"_s}, QDir::System | QDir::AllEntries | QDir::Hidden), QStringList());
}

void TestRollbackDirectory::anotherTypeOfThing_data()
{
    QTest::addColumn<QByteArray>("current");
    QTest::addColumn<QString>("words");
    QTest::newRow("leads elsewhere") << QByteArray("elsewhere") << u"which is no entry of"_s;
    QTest::newRow("the folder itself") << QByteArray("releases/.") << u"which is no entry of"_s;
    QTest::newRow("deeper") << QByteArray("releases/2/build") << u"which is no entry of"_s;
    QTest::newRow("no link") << QByteArray() << u"is no symbolic link"_s;
}

void TestRollbackDirectory::anotherTypeOfThing()
{
    QFETCH(QByteArray, current);
    QFETCH(QString, words);
    QVERIFY(QDir().mkpath(at(u"releases/2/build"_s)));
    if (current.isEmpty())
        QVERIFY(QDir().mkpath(at(u"current"_s)));
    else
        link(current);
    Rollback rollback(directoryIn(m_dir->path()));
    rollback.releases = goodReleases({u"1"_s});
    const Preflight look = rollback.look();
    QVERIFY(look.objection && look.objection->decision == Decision::Refuse && look.objection->reason == Reason::NoAction);
    QVERIFY2(look.objection->detail.contains(words), qPrintable(look.objection->detail));
}

/// The best one is a link out of the folder, the next one is gone, the third is a file.
void TestRollbackDirectory::nextGoodOneWhenTheBestIsGone()
{
    link("releases/2");
    QVERIFY(symlink("../elsewhere", QFile::encodeName(at(u"releases/best"_s)).constData()) == 0);
    writeFile(at(u"releases/file"_s), "x");
    Rollback rollback(directoryIn(m_dir->path()));
    rollback.releases = goodReleases({u"1"_s, u"file"_s, u"gone"_s, u"best"_s});
    QCOMPARE(rollback.look().valueTarget, u"1"_s);
    rollback.releases = goodReleases({u"file"_s, u"gone"_s, u"best"_s, u"../elsewhere"_s});
    const Preflight look = rollback.look();
    QVERIFY(look.objection && look.objection->reason == Reason::NoGoodRelease);
    QVERIFY2(look.objection->detail.contains(u"best is a link and no release of its own"_s), qPrintable(look.objection->detail));
    ActionRequest forced = rollback.intentOf(look);
    for (const QString &target : {u"best"_s, u"gone"_s, u"file"_s, u"../elsewhere"_s, u".."_s}) { // a journal that was tampered with
        forced.valueTarget = target;
        QVERIFY(rollback.run(forced).status == ActionStatus::Failed);
        QCOMPARE(linkText(at(u"current"_s)), QByteArray("releases/2"));
    }
    QCOMPARE(rollback.counted->count, 0);
}

void TestRollbackDirectory::noGoodRelease()
{
    link("releases/3");
    Rollback rollback(directoryIn(m_dir->path()));
    rollback.releases = goodReleases({u"1"_s, u"2"_s});
    rollback.releases[0].healthyMs = 12'000;
    rollback.releases[1].failedAt = 5000;
    const Preflight look = rollback.look();
    QVERIFY(look.objection && look.objection->decision == Decision::Refuse && look.objection->reason == Reason::NoGoodRelease);
    QCOMPARE(look.objection->detail, u"no earlier release of web is known to be good and can be had: 2: was rolled back; 1: healthy for 12 s of 300 s"_s);
    QCOMPARE(look.valueBefore, u"3"_s);
}

void TestRollbackDirectory::furtherBackIsAPersonsDecision()
{
    link("releases/2");
    Rollback rollback(directoryIn(m_dir->path()));
    rollback.releases = goodReleases({u"1"_s, u"3"_s, u"2"_s});
    rollback.releases[1].failedAt = 5000; // 3 was rolled back to 2
    const Preflight look = rollback.look();
    QVERIFY(look.objection && look.objection->decision == Decision::Ask);
    QCOMPARE(look.objection->detail, u"web was brought back from 3 to 2 already, and it fails again: the release is hardly the cause"_s);
    QCOMPARE(look.valueTarget, u"1"_s); // what a person is asked about
}

void TestRollbackDirectory::switchedByOthersMeanwhile()
{
    link("releases/2");
    Rollback rollback(directoryIn(m_dir->path()));
    rollback.releases = goodReleases({u"1"_s});
    const ActionRequest request = rollback.intent();
    link("releases/3");
    const ActionResult result = rollback.run(request);
    QVERIFY(result.status == ActionStatus::Failed);
    QCOMPARE(result.output, u"the release is 3 by now and not 2: nothing was done"_s);
    QCOMPARE(linkText(at(u"current"_s)), QByteArray("releases/3"));
    QCOMPARE(rollback.counted->count, 0);
}

void TestRollbackDirectory::secondRunIsHarmless()
{
    link("releases/2");
    Rollback rollback(directoryIn(m_dir->path()));
    rollback.releases = goodReleases({u"1"_s});
    const ActionRequest request = rollback.intent();
    for (int i = 1; i <= 2; ++i) {
        QVERIFY(rollback.run(request).status == ActionStatus::Completed);
        QCOMPARE(linkText(at(u"current"_s)), QByteArray("releases/1"));
        QCOMPARE(rollback.counted->count, i);
    }
}

void TestRollbackDirectory::restartFails()
{
    link("releases/2");
    Rollback rollback(directoryIn(m_dir->path()));
    rollback.releases = goodReleases({u"1"_s});
    const ActionRequest request = rollback.intent();
    rollback.counted->answer = failed(request, FailureKind::Failed, u"did not start"_s);
    const ActionResult result = rollback.run(request);
    QVERIFY(result.status == ActionStatus::Failed);
    QVERIFY2(result.output.contains(u"leads to releases/1 now (was releases/2); did not start"_s), qPrintable(result.output));
    QCOMPARE(linkText(at(u"current"_s)), QByteArray("releases/1")); // the other one was no better
}

void TestRollbackDirectory::noRights()
{
    link("releases/2");
    Rollback rollback(directoryIn(m_dir->path()));
    rollback.releases = goodReleases({u"1"_s});
    const ActionRequest request = rollback.intent();
    const AsNobody nobody;
    const Preflight look = rollback.look();
    QVERIFY(look.objection && look.objection->decision == Decision::Refuse && look.objection->reason == Reason::NotAuthorised);
    QVERIFY2(look.objection->detail.contains(u"no right to write in %1"_s.arg(m_dir->path())), qPrintable(look.objection->detail));
    const ActionResult result = rollback.run(request);
    QVERIFY(result.status == ActionStatus::Failed && result.failure == FailureKind::NotAuthorised);
    QCOMPARE(linkText(at(u"current"_s)), QByteArray("releases/2"));
}

/// Whenever the engine dies, there is a whole link, and a second run ends the work.
void TestRollbackDirectory::killedMeanwhile()
{
    for (const QString &point : {u"link_made"_s, u"link_moved"_s, u"release_switched"_s}) {
        link("releases/2");
        QProcess process;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(u"PRUNELLA_KILL_AT"_s, point);
        process.setProcessEnvironment(environment);
        process.start(QCoreApplication::applicationFilePath(), {u"--roll-back"_s, m_dir->path()});
        QVERIFY(process.waitForFinished());
        QCOMPARE(process.exitStatus(), QProcess::CrashExit);
        QCOMPARE(linkText(at(u"current"_s)), point == u"link_made"_s ? QByteArray("releases/2") : QByteArray("releases/1"));
        Rollback rollback(directoryIn(m_dir->path()));
        ActionRequest request = rollback.intentOf({});
        request.valueBefore = u"2"_s;
        request.valueTarget = u"1"_s;
        QVERIFY(rollback.run(request).status == ActionStatus::Completed);
        QCOMPARE(linkText(at(u"current"_s)), QByteArray("releases/1"));
        QCOMPARE(rollback.counted->count, 1);
        QCOMPARE(QDir(m_dir->path()).entryList({u".prunella*"_s}, QDir::System | QDir::AllEntries | QDir::Hidden), QStringList());
    }
}

void TestRollbackDirectory::makeUnit(const QString &unit, const QString &lines, const QString &unitLines) const
{
    writeFile(u"/run/systemd/system/"_s + unit,
              u"[Unit]\n%1\n[Service]\nExecStart=%2/current/run 1000\n%3\n"_s.arg(unitLines, m_dir->path(), lines).toUtf8());
    systemctl({u"daemon-reload"_s});
}

/// 1 runs, 2 ends at once with an error.
void TestRollbackDirectory::makeReleases(const QString &folder) const
{
    QVERIFY(QFile::copy(u"/usr/bin/sleep"_s, folder + u"/releases/1/run"_s) && QFile::copy(u"/usr/bin/false"_s, folder + u"/releases/2/run"_s));
    link("releases/2");
}

void TestRollbackDirectory::crashLoopUntilTheStartLimit()
{
    const QString unit = u"pr-release.service"_s;
    makeReleases(m_dir->path());
    makeUnit(unit, u"Restart=always\nRestartSec=50ms"_s, u"StartLimitIntervalSec=600\nStartLimitBurst=3"_s);
    systemctl({u"start"_s, unit});
    QTRY_COMPARE(unitProperty(unit, u"ActiveState"_s), u"failed"_s);
    QCOMPARE(unitProperty(unit, u"NRestarts"_s), u"3"_s);
    Rollback rollback(directoryIn(m_dir->path()));
    rollback.service.unit = unit;
    rollback.restart = std::make_shared<SystemdRestart>(false);
    rollback.releases = goodReleases({u"1"_s});
    const ActionResult result = rollback.run(rollback.intent());
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QCOMPARE(unitProperty(unit, u"ActiveState"_s), u"active"_s);
    QCOMPARE(QFile::symLinkTarget(u"/proc/%1/exe"_s.arg(unitProperty(unit, u"MainPID"_s))), m_dir->filePath(u"releases/1/run"_s));
    systemctl({u"stop"_s, unit});
}

/// systemd waits ten minutes before it tries again by itself; the good release need not.
void TestRollbackDirectory::betweenTwoStartsOfSystemd()
{
    const QString unit = u"pr-waiting.service"_s;
    makeReleases(m_dir->path());
    makeUnit(unit, u"Restart=always\nRestartSec=600"_s, u"StartLimitIntervalSec=0"_s);
    systemctl({u"start"_s, unit});
    QTRY_COMPARE(unitProperty(unit, u"SubState"_s), u"auto-restart"_s);
    Rollback rollback(directoryIn(m_dir->path()));
    rollback.service.unit = unit;
    rollback.restart = std::make_shared<SystemdRestart>(false);
    rollback.releases = goodReleases({u"1"_s});
    const ActionResult result = rollback.run(rollback.intent());
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QCOMPARE(unitProperty(unit, u"ActiveState"_s), u"active"_s);
    systemctl({u"stop"_s, unit});
}

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (app.arguments().value(1) == u"--roll-back"_s)
        return rollBackHere(app.arguments().value(2));
    TestRollbackDirectory test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_rollback_directory.moc"
