// labels: sandbox
// A real package of two versions, real apt and dpkg, in the sandbox's own copy of the root: nothing reaches the real one.
#include "AsNobody.h"
#include "RollbackTest.h"

#include <QTemporaryDir>

#include <fcntl.h>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

const QString package = u"prunella-rollback-probe"_s, answerFile = u"/usr/share/prunella-rollback-probe/answer"_s,
              settings = u"/etc/prunella-rollback-probe.conf"_s, cache = u"/var/cache/apt/archives/"_s;

QByteArray bytesOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("<none>");
}

} // namespace

class TestRollbackPackage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void fromTheSources();
    void fromTheCache();
    void cannotBeHad();
    void heldPackage();
    void brokenPackageIsUnknown();
    void packageManagerAtWork();
    void noRights();
    void notInstalled();

private:
    [[nodiscard]] QString build(const QString &version, const QByteArray &postinst = {}) const;
    void publish(const QStringList &versions) const;
    [[nodiscard]] static Rollback rollback(const QStringList &releases);
    [[nodiscard]] static QString installed() { return tool({u"dpkg-query"_s, u"-W"_s, u"-f=${db:Status-Status} ${Version}"_s, package}); }

    QTemporaryDir m_dir;
};

void TestRollbackPackage::initTestCase()
{
    QVERIFY2(qEnvironmentVariableIsSet("OUT"), "run this test in tests/support/systemd-sandbox: it installs packages");
    // Only our own repository: no network, and nothing else could come along.
    QDir sources(u"/etc/apt/sources.list.d"_s);
    for (const QString &name : sources.entryList(QDir::Files))
        QVERIFY(sources.remove(name));
    writeFile(u"/etc/apt/sources.list"_s, "deb [trusted=yes] file:" + m_dir.path().toUtf8() + "/repository ./\n");
    QVERIFY(m_dir.isValid() && QFile::setPermissions(m_dir.path(), QFile::Permissions(0x7755)));
}

/// The .deb of one version; `postinst` empty: without one.
QString TestRollbackPackage::build(const QString &version, const QByteArray &postinst) const
{
    const QString tree = m_dir.filePath(u"tree-"_s + version), file = m_dir.filePath(u"repository/%1_%2_all.deb"_s.arg(package, version).replace(u':', u"%3a"_s));
    QDir(tree).removeRecursively();
    writeFile(tree + answerFile, version.toUtf8());
    writeFile(tree + settings, "as shipped with " + version.toUtf8() + "\n");
    writeFile(tree + u"/DEBIAN/conffiles"_s, settings.toUtf8() + "\n");
    writeFile(tree + u"/DEBIAN/control"_s, "Package: " + package.toUtf8() + "\nVersion: " + version.toUtf8()
              + "\nArchitecture: all\nMaintainer: a <a@b>\nDescription: probe\n");
    if (!postinst.isEmpty())
        writeFile(tree + u"/DEBIAN/postinst"_s, postinst, true);
    QDir().mkpath(m_dir.filePath(u"repository"_s));
    tool({u"dpkg-deb"_s, u"--build"_s, u"--root-owner-group"_s, tree, file});
    return file;
}

/// What apt knows of from now on.
void TestRollbackPackage::publish(const QStringList &versions) const
{
    QDir repository(m_dir.filePath(u"repository"_s));
    for (const QString &name : repository.entryList(QDir::Files))
        repository.remove(name);
    for (const QString &version : versions)
        static_cast<void>(build(version));
    QProcess scan;
    scan.setWorkingDirectory(repository.path());
    scan.setStandardOutputFile(repository.filePath(u"Packages"_s));
    scan.start(u"dpkg-scanpackages"_s, {u"--multiversion"_s, u"."_s});
    QVERIFY(scan.waitForFinished() && scan.exitCode() == 0);
    tool({u"apt-get"_s, u"update"_s});
}

void TestRollbackPackage::init()
{
    publish({u"1.0"_s, u"1:2.0-1"_s});
    tool({u"apt-mark"_s, u"unhold"_s, package});
    tool({u"dpkg"_s, u"--install"_s, u"--force-downgrade"_s, u"--force-confnew"_s, m_dir.filePath(u"repository/"_s + package + u"_1%3a2.0-1_all.deb"_s)});
    QCOMPARE(installed(), u"installed 1:2.0-1"_s);
}

Rollback TestRollbackPackage::rollback(const QStringList &releases)
{
    DeploymentConfig config;
    config.type = DeploymentType::DebianPackage;
    config.package = package;
    Rollback made(config);
    made.releases = goodReleases(releases);
    return made;
}

void TestRollbackPackage::fromTheSources()
{
    writeFile(settings, "mine\n");
    const Rollback made = rollback({u"1.0"_s});
    const Preflight look = made.look();
    QVERIFY2(!look.objection, look.objection ? qPrintable(look.objection->detail) : "");
    QCOMPARE(look.valueBefore, u"1:2.0-1"_s);
    QCOMPARE(look.valueTarget, u"1.0"_s);
    QCOMPARE(installed(), u"installed 1:2.0-1"_s); // it only looked
    for (int i = 1; i <= 2; ++i) {
        const ActionResult result = made.run(made.intentOf(look));
        QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
        QCOMPARE(installed(), u"installed 1.0"_s);
        QCOMPARE(bytesOf(answerFile), QByteArray("1.0"));
        QCOMPARE(made.counted->count, i);
    }
    QCOMPARE(bytesOf(settings), QByteArray("mine\n"));
}

void TestRollbackPackage::fromTheCache()
{
    const QString kept = cache + u"%1_1.0_all.deb"_s.arg(package);
    QVERIFY(QFile::copy(build(u"1.0"_s), kept));
    publish({u"1:2.0-1"_s}); // as most archives do, this one has the newest version only
    const Rollback made = rollback({u"1.0"_s});
    const ActionResult result = made.run(made.intent());
    QVERIFY(QFile::remove(kept));
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QCOMPARE(installed(), u"installed 1.0"_s);
}

void TestRollbackPackage::cannotBeHad()
{
    const Preflight look = rollback({u"1.0"_s, u"0.9"_s}).look();
    QVERIFY(!look.objection);
    QCOMPARE(look.valueTarget, u"1.0"_s); // 0.9 was seen last, but nobody has it
    const Preflight none = rollback({u"0.9"_s, u"--purge"_s}).look();
    QVERIFY(none.objection && none.objection->reason == Reason::NoGoodRelease);
    QVERIFY2(none.objection->detail.contains(package + u"=0.9 cannot be had"_s), qPrintable(none.objection->detail));
}

void TestRollbackPackage::heldPackage()
{
    tool({u"apt-mark"_s, u"hold"_s, package});
    const Preflight look = rollback({u"1.0"_s}).look();
    QVERIFY2(look.objection && look.objection->detail.contains(u"cannot be had"_s), "a person's hold is respected");
}

void TestRollbackPackage::brokenPackageIsUnknown()
{
    const Rollback made = rollback({u"1.0"_s});
    const ActionRequest request = made.intent();
    static_cast<void>(build(u"1.0"_s, "#!/bin/bash\nexit 3\n"));
    QProcess scan;
    scan.setWorkingDirectory(m_dir.filePath(u"repository"_s));
    scan.setStandardOutputFile(m_dir.filePath(u"repository/Packages"_s));
    scan.start(u"dpkg-scanpackages"_s, {u"--multiversion"_s, u"."_s});
    QVERIFY(scan.waitForFinished() && scan.exitCode() == 0);
    tool({u"apt-get"_s, u"update"_s});
    const ActionResult result = made.run(request);
    QVERIFY2(result.status == ActionStatus::Unknown, qPrintable(result.output));
    QVERIFY2(result.output.contains(u"half-configured: finish that with dpkg --configure -a"_s), qPrintable(result.output));
    QCOMPARE(made.counted->count, 0);
    tool({u"dpkg"_s, u"--purge"_s, u"--force-all"_s, package});
}

void TestRollbackPackage::packageManagerAtWork()
{
    const Rollback made = rollback({u"1.0"_s});
    const ActionRequest request = made.intent();
    QProcess holder; // its lock is a real one of another process
    holder.start(u"python3"_s, {u"-c"_s, u"import fcntl,sys,time\nf=open('/var/lib/dpkg/lock-frontend','w')\nfcntl.lockf(f,fcntl.LOCK_EX)\n"
                                          "print('held',flush=True)\nsys.stdin.read()"_s});
    QVERIFY(holder.waitForReadyRead());
    const Preflight look = made.look();
    QVERIFY(look.objection && look.objection->decision == Decision::Wait && look.objection->reason == Reason::ChangedByOthers);
    QVERIFY2(look.objection->detail.contains(u"a package manager is at work (pid %1 "_s.arg(holder.processId())), qPrintable(look.objection->detail));
    const ActionResult result = made.run(request);
    QVERIFY2(result.status == ActionStatus::Failed, qPrintable(result.output));
    QCOMPARE(installed(), u"installed 1:2.0-1"_s);
    holder.closeWriteChannel();
    QVERIFY(holder.waitForFinished());
}

void TestRollbackPackage::noRights()
{
    const AsNobody nobody;
    const Preflight look = rollback({u"1.0"_s}).look();
    QVERIFY(look.objection && look.objection->decision == Decision::Refuse && look.objection->reason == Reason::NotAuthorised);
    QVERIFY2(look.objection->detail.contains(u"only root may install"_s), qPrintable(look.objection->detail));
}

void TestRollbackPackage::notInstalled()
{
    tool({u"dpkg"_s, u"--purge"_s, package});
    const Preflight look = rollback({u"1.0"_s}).look();
    QVERIFY(look.objection && look.objection->decision == Decision::Refuse && look.objection->reason == Reason::NoAction);
}

QTEST_GUILESS_MAIN(TestRollbackPackage)
#include "tst_rollback_package.moc"
