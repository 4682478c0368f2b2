// labels: sandbox
#include "core/recovery/DiskFolder.h"
#include "core/recovery/FreeDiskSpace.h"
#include "tests/recovery/AsNobody.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 dayMs = 86'400'000, nowMs = 1'700'000'000'000;

QString output(const QStringList &command)
{
    QProcess process;
    process.start(command.constFirst(), command.mid(1));
    process.waitForFinished();
    return QString::fromLocal8Bit(process.readAllStandardOutput() + process.readAllStandardError());
}

} // namespace

class TestFreeDiskSpace : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void oldOnesGo();
    void keepsTheNewest();
    void boundOfBytes();
    void linksLeadNowhere();
    void folderIsALink();
    void swappedAfterTheListing();
    void changedAfterTheListing();
    void mountIsLeftAlone();
    void noRights();
    void planIsNotTrusted();
    void planSurvivesTheJournal();
    void journal();
    void packageCache();
    void manyFiles();

private:
    void put(const QString &name, int daysOld, int bytes = 8192);
    QString path(const QString &name) const { return m_folder + u'/' + name; }
    QStringList left(const QString &folder) const { return QDir(folder).entryList(QDir::Files | QDir::Hidden | QDir::System, QDir::Name); }
    static QStringList names(const DiskPlan &plan);
    ActionResult run(const DiskPlan &plan, const QList<DiskRuleConfig> &rules) const;
    ActionResult run(const DiskPlan &plan) const { return run(plan, {m_rule}); }

    std::unique_ptr<QTemporaryDir> m_dir;
    QString m_folder; ///< the stated one; what must stay is beside it
    DiskRuleConfig m_rule;
};

void TestFreeDiskSpace::init()
{
    m_dir = std::make_unique<QTemporaryDir>(u"/var/tmp/disk.XXXXXX"_s);
    m_folder = m_dir->filePath(u"logs"_s);
    QVERIFY(QDir().mkpath(m_folder));
    QVERIFY(chmod(qPrintable(m_dir->path()), 0755) == 0);
    m_rule = {};
    m_rule.folder = m_folder;
    m_rule.patterns = QStringList{u"*.log"_s};
    m_rule.olderThanMs = 7 * dayMs;
}

void TestFreeDiskSpace::put(const QString &name, int daysOld, int bytes)
{
    const QString file = path(name);
    QDir().mkpath(QFileInfo(file).absolutePath());
    QFile device(file);
    if (!device.open(QIODevice::WriteOnly) || device.write(QByteArray(bytes, 'x')) != bytes)
        qFatal("cannot write %s", qPrintable(file));
    device.close();
    const timespec changed{(nowMs - daysOld * dayMs) / 1000, 123456789};
    const std::array times{changed, changed};
    if (utimensat(AT_FDCWD, qPrintable(file), times.data(), 0) != 0)
        qFatal("cannot set the time");
}

QStringList TestFreeDiskSpace::names(const DiskPlan &plan)
{
    QStringList result;
    for (const DiskStep &step : plan.steps)
        for (const DiskFile &file : step.files)
            result.append(file.name);
    return result;
}

ActionResult TestFreeDiskSpace::run(const DiskPlan &plan, const QList<DiskRuleConfig> &rules) const
{
    ActionRequest request;
    request.plan = toJson(plan);
    CancelToken token;
    return FreeDiskSpace(rules).run(request, token);
}

void TestFreeDiskSpace::oldOnesGo()
{
    put(u"new.log"_s, 1);
    put(u"old.log"_s, 8);
    put(u"older.log"_s, 9);
    put(u"old.txt"_s, 100);
    put(u".hidden.log"_s, 100);
    put(u"deep/old.log"_s, 100);
    const auto plan = planDisk({m_rule}, nowMs);
    QVERIFY(plan);
    QCOMPARE(names(*plan), (QStringList{u"older.log"_s, u"old.log"_s}));
    QCOMPARE(describe(*plan), u"delete 2 files (16.0 KiB) in %1: older.log (8.0 KiB), old.log (8.0 KiB)"_s.arg(m_folder));
    QCOMPARE(left(m_folder).size(), 5); // nothing was deleted by looking
    const ActionResult result = run(*plan);
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QCOMPARE(result.output, u"deleted 2 of 2 files (16.0 KiB) in %1"_s.arg(m_folder));
    QCOMPARE(left(m_folder), (QStringList{u".hidden.log"_s, u"new.log"_s, u"old.txt"_s}));
    QVERIFY(QFile::exists(path(u"deep/old.log"_s)));
    const auto again = planDisk({m_rule}, nowMs);
    QVERIFY(!again && again.error().code == ErrorCode::NotFound);
    QCOMPARE(again.error().message, u"nothing in %1 is old enough and not to be kept"_s.arg(m_folder));
}

void TestFreeDiskSpace::keepsTheNewest()
{
    for (int i = 1; i <= 5; ++i)
        put(u"a%1.log"_s.arg(i), 10 * i);
    put(u"sub/b.log"_s, 1000);
    m_rule.keepNewest = 3;
    m_rule.patterns = QStringList{u"*.log"_s, u"s*/b.log"_s, u"a?.log"_s}; // the same file by two patterns counts once
    QCOMPARE(names(*planDisk({m_rule}, nowMs)), (QStringList{u"sub/b.log"_s, u"a5.log"_s, u"a4.log"_s}));
    m_rule.keepNewest = 6;
    QVERIFY(!planDisk({m_rule}, nowMs));
    m_rule.keepNewest = 100;
    QVERIFY(!planDisk({m_rule}, nowMs));
}

void TestFreeDiskSpace::boundOfBytes()
{
    for (int i = 1; i <= 5; ++i)
        put(u"a%1.log"_s.arg(i), 10 * i, 1'000'000);
    m_rule.maxBytes = 2'500'000;
    QCOMPARE(names(*planDisk({m_rule}, nowMs)), (QStringList{u"a5.log"_s, u"a4.log"_s}));
}

void TestFreeDiskSpace::linksLeadNowhere()
{
    QVERIFY(QDir().mkpath(m_dir->filePath(u"precious"_s)));
    const QString precious = m_dir->filePath(u"precious/old.log"_s);
    put(u"../precious/old.log"_s, 100);
    QVERIFY(QFile::link(u"../precious"_s, path(u"linked"_s)));
    QVERIFY(QFile::link(precious, path(u"link.log"_s)));
    QVERIFY(::link(qPrintable(precious), qPrintable(path(u"hard.log"_s))) == 0);
    m_rule.patterns = QStringList{u"*.log"_s, u"*/*.log"_s, u"linked/old.log"_s, u"../precious/*.log"_s, u"../*/*.log"_s};
    const auto plan = planDisk({m_rule}, nowMs);
    QVERIFY2(!plan, plan ? qPrintable(describe(*plan)) : "");
    // And also when a plan says so.
    QFile::remove(path(u"hard.log"_s)); // which would protect it for another reason
    struct stat info {};
    QVERIFY(stat(qPrintable(precious), &info) == 0);
    DiskFile file{u"linked/old.log"_s, info.st_dev, info.st_ino, qint64(info.st_mtim.tv_sec) * 1'000'000'000 + info.st_mtim.tv_nsec, info.st_blocks * 512};
    for (const QString &name : {u"linked/old.log"_s, u"../precious/old.log"_s, u"link.log"_s, precious}) {
        file.name = name;
        const ActionResult result = run({{{DiskRuleConfig::Kind::Files, m_folder, {}, {file}}}, {}});
        QVERIFY2(result.status == ActionStatus::Failed, qPrintable(name));
        QVERIFY(QFile::exists(precious));
    }
    QVERIFY(QFileInfo(path(u"link.log"_s)).isSymLink());
}

void TestFreeDiskSpace::folderIsALink()
{
    put(u"old.log"_s, 100);
    const QString link = m_dir->filePath(u"alias"_s);
    QVERIFY(QFile::link(m_folder, link));
    m_rule.folder = link;
    const auto plan = planDisk({m_rule}, nowMs);
    QVERIFY(!plan);
    QCOMPARE(plan.error().message, u"%1, or a folder above it, is a link; name the folder that it leads to"_s.arg(link));
}

void TestFreeDiskSpace::swappedAfterTheListing()
{
    m_rule.patterns = QStringList{u"*/*.log"_s};
    put(u"sub/old.log"_s, 100);
    put(u"../precious/old.log"_s, 100);
    const auto plan = planDisk({m_rule}, nowMs);
    QVERIFY(plan);
    QVERIFY(QDir().rename(path(u"sub"_s), path(u"away"_s)));
    QVERIFY(symlink("../precious", qPrintable(path(u"sub"_s))) == 0); // the folder leads out now
    const ActionResult result = run(*plan);
    QVERIFY(result.status == ActionStatus::Failed);
    QVERIFY2(result.output.contains(u"sub/old.log left alone: its folder is a link by now"_s), qPrintable(result.output));
    QVERIFY(QFile::exists(m_dir->filePath(u"precious/old.log"_s)));
    QVERIFY(QFile::exists(path(u"away/old.log"_s)));
}

void TestFreeDiskSpace::changedAfterTheListing()
{
    for (const QString &name : {u"gone.log"_s, u"touched.log"_s, u"replaced.log"_s, u"linked.log"_s, u"fine.log"_s})
        put(name, 100);
    const auto plan = planDisk({m_rule}, nowMs);
    QVERIFY(plan);
    QCOMPARE(names(*plan).size(), 5);
    QFile::remove(path(u"gone.log"_s));
    put(u"touched.log"_s, 99);
    put(u"other"_s, 100);
    QVERIFY(rename(qPrintable(path(u"other"_s)), qPrintable(path(u"replaced.log"_s))) == 0); // same time and size, another inode
    QFile::remove(path(u"linked.log"_s));
    QVERIFY(QFile::link(u"/etc/passwd"_s, path(u"linked.log"_s)));
    const ActionResult result = run(*plan);
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QVERIFY(result.output.startsWith(u"deleted 1 of 5 files (8.0 KiB) in "_s));
    QVERIFY(result.output.contains(u"gone.log left alone: it is gone already"_s));
    for (const QString &name : {u"touched.log"_s, u"replaced.log"_s, u"linked.log"_s})
        QVERIFY2(result.output.contains(name + u" left alone: it is not the file any more that was listed"_s), qPrintable(result.output));
    QCOMPARE(left(m_folder), (QStringList{u"linked.log"_s, u"replaced.log"_s, u"touched.log"_s}));
}

void TestFreeDiskSpace::mountIsLeftAlone()
{
    m_rule.patterns = QStringList{u"*/*.log"_s};
    put(u"sub/old.log"_s, 100);
    QVERIFY(QDir().mkpath(path(u"mounted"_s)));
    QVERIFY(mount(qPrintable(path(u"sub"_s)), qPrintable(path(u"mounted"_s)), nullptr, MS_BIND, nullptr) == 0);
    const auto plan = planDisk({m_rule}, nowMs);
    umount(qPrintable(path(u"mounted"_s)));
    QVERIFY(plan);
    QCOMPARE(names(*plan), QStringList{u"sub/old.log"_s});
}

void TestFreeDiskSpace::noRights()
{
    put(u"old.log"_s, 100);
    const auto plan = planDisk({m_rule}, nowMs);
    QVERIFY(plan);
    const AsNobody nobody;
    const auto verdict = planDisk({m_rule}, nowMs);
    QVERIFY(!verdict && verdict.error().code == ErrorCode::NotAuthorised);
    QVERIFY2(verdict.error().message.startsWith(u"no right to delete in "_s), qPrintable(verdict.error().message));
    DiskRuleConfig journal;
    journal.kind = DiskRuleConfig::Kind::Journal;
    journal.vacuumSize = 1;
    const auto vacuum = planDisk({journal}, nowMs);
    QVERIFY(!vacuum && vacuum.error().code == ErrorCode::NotAuthorised);
    QVERIFY(run(*plan).status == ActionStatus::Failed);
    QVERIFY(QFile::exists(path(u"old.log"_s)));
}

/// The plan has been in a database meanwhile: what no rule says is not done.
void TestFreeDiskSpace::planIsNotTrusted()
{
    put(u"old.log"_s, 100);
    DiskPlan plan = *planDisk({m_rule}, nowMs);
    DiskRuleConfig other = m_rule;
    other.folder = u"/elsewhere"_s;
    QVERIFY(run(plan, {other}).status == ActionStatus::Failed);
    QVERIFY(QFile::exists(path(u"old.log"_s)));
    DiskRuleConfig journal;
    journal.kind = DiskRuleConfig::Kind::Journal;
    plan.steps = {{DiskRuleConfig::Kind::Journal, {}, {u"touch"_s, path(u"made"_s)}, {}}};
    QVERIFY(run(plan, {journal}).status == ActionStatus::Failed);
    plan.steps = {{DiskRuleConfig::Kind::Journal, {}, {u"journalctl"_s, u"--flush"_s}, {}}};
    QVERIFY2(run(plan, {journal}).output.startsWith(u"left alone, for no rule says it"_s), "");
    QVERIFY(!QFile::exists(path(u"made"_s)));
    plan.steps = {{DiskRuleConfig::Kind::PackageCache, {}, {u"apt-get"_s, u"clean"_s}, {}}};
    QVERIFY(run(plan, {journal, m_rule}).status == ActionStatus::Failed);
    ActionRequest empty;
    CancelToken token;
    QVERIFY(FreeDiskSpace({m_rule}).run(empty, token).status == ActionStatus::Failed);
}

void TestFreeDiskSpace::planSurvivesTheJournal()
{
    put(u"old ü.log"_s, 100);
    const DiskPlan plan = *planDisk({m_rule}, nowMs);
    const auto back = diskPlanFromJson(toJson(plan));
    QVERIFY(back);
    QVERIFY(back->steps == plan.steps);
    QVERIFY(!diskPlanFromJson(u"{}"_s) && !diskPlanFromJson(u"x"_s));
}

void TestFreeDiskSpace::journal()
{
    QVERIFY(QDir().mkpath(u"/var/log/journal"_s));
    output({u"systemctl"_s, u"restart"_s, u"systemd-journald.service"_s});
    output({u"journalctl"_s, u"--flush"_s});
    for (int i = 0; i < 3; ++i) { // three archived files
        output({u"systemd-cat"_s, u"echo"_s, u"line"_s});
        output({u"journalctl"_s, u"--sync"_s});
        output({u"journalctl"_s, u"--rotate"_s});
    }
    DiskRuleConfig rule;
    rule.kind = DiskRuleConfig::Kind::Journal;
    rule.vacuumSize = 1024 * 1024;
    const auto plan = planDisk({rule}, nowMs);
    QVERIFY2(plan.has_value(), qPrintable(plan ? QString() : plan.error().message));
    QCOMPARE(describe(*plan), u"run [\"journalctl\", \"--vacuum-size=1048576\"]"_s);
    QVERIFY(plan->steps.constFirst().files.size() >= 3);
    const ActionResult result = run(*plan, {rule});
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QVERIFY2(result.output.contains(u"Deleted archived journal"_s), qPrintable(result.output));
    for (const DiskFile &file : plan->steps.constFirst().files)
        QVERIFY2(!QFile::exists(file.name), qPrintable(file.name));
}

void TestFreeDiskSpace::packageCache()
{
    const QString package = u"/var/cache/apt/archives/prunella-test_1_all.deb"_s;
    output({u"apt-get"_s, u"clean"_s}); // of the sandbox: this machine's own cache stays
    QVERIFY(QFile::copy(u"/bin/true"_s, package));
    DiskRuleConfig rule;
    rule.kind = DiskRuleConfig::Kind::PackageCache;
    const auto plan = planDisk({rule}, nowMs);
    QVERIFY2(plan.has_value(), qPrintable(plan ? QString() : plan.error().message));
    QCOMPARE(describe(*plan), u"run [\"apt-get\", \"clean\"]"_s);
    QVERIFY(names(*plan).contains(package));
    const ActionResult result = run(*plan, {rule});
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QVERIFY(!QFile::exists(package));
    QVERIFY(!planDisk({rule}, nowMs));
}

void TestFreeDiskSpace::manyFiles()
{
    for (int i = 0; i < 3000; ++i)
        put(u"f%1.log"_s.arg(i), 10 + i % 100, 1);
    QElapsedTimer timer;
    timer.start();
    const auto plan = planDisk({m_rule}, nowMs);
    qInfo("3000 files listed in %lld ms, plan of %lld bytes", timer.elapsed(), qint64(toJson(*plan).size()));
    QCOMPARE(names(*plan).size(), mostPlannedFiles);
    QVERIFY(run(*plan).status == ActionStatus::Completed);
    QCOMPARE(left(m_folder).size(), 3000 - mostPlannedFiles);
}

QTEST_GUILESS_MAIN(TestFreeDiskSpace)
#include "tst_free_disk_space.moc"
