// labels: sandbox
#include "core/recovery/AdjustTimeout.h"
#include "core/recovery/SystemdRestart.h"
#include "tests/recovery/AsNobody.h"
#include "tests/recovery/UnitRestart.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <sys/mount.h>
#include <sys/stat.h>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

QByteArray bytesOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("<none>");
}

void put(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(bytes) != bytes.size())
        qFatal("cannot write %s", qPrintable(path));
}

/// The service under test: copies its configuration to OUT at its start and at each SIGHUP, so that OUT is what is in effect.
volatile std::sig_atomic_t hangup = 1;

/// One action in a process of its own, which a failpoint ends.
int adjust(const QString &file)
{
    const TimeoutConfig config{u"upstream"_s, file, FileFormat::Yaml, u"upstream.timeout"_s, u"s"_s, 1.5, 120, ApplyBy::Reload};
    ActionRequest request;
    request.valueBefore = u"30"_s;
    request.valueTarget = u"45"_s;
    CancelToken token;
    return int(AdjustTimeout(config, [](const ActionRequest &asked, CancelToken &) { return completed(asked, {}); }).run(request, token).status);
}

int serve(const QString &config, const QString &out)
{
    std::signal(SIGHUP, [](int) { hangup = 1; });
    sigset_t blocked, free;
    sigemptyset(&free);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGHUP);
    sigprocmask(SIG_BLOCK, &blocked, nullptr);
    while (true) {
        if (hangup == 1)
            put(out, bytesOf(config));
        hangup = 0;
        sigsuspend(&free);
    }
}

} // namespace

class TestAdjustTimeout : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void reloadedUnitHasTheValue();
    void reloadStartsWhatIsDown();
    void restartedUnitHasTheValue();
    void unitFileIsReadAgain();
    void inverse();
    void oldValueComesBackWhenItDoesNotStart();
    void killedMeanwhile();
    void changedSince();
    void atItsMax();
    void noRights();
    void diskFull();
    void firstThatCanBeRaised();

private:
    void makeUnit(const QString &unit, const QString &more = {});
    ActionRequest intended(const TimeoutConfig &config, const QString &unit) const;
    ActionResult run(const TimeoutConfig &config, const ActionRequest &request);
    static AdjustTimeout::Apply applyFor(const TimeoutConfig &config);

    std::unique_ptr<QTemporaryDir> m_dir;
    QString m_file, m_out;
    TimeoutConfig m_config;
};

void TestAdjustTimeout::init()
{
    m_dir = std::make_unique<QTemporaryDir>(u"/var/tmp/adjust.XXXXXX"_s);
    m_file = m_dir->filePath(u"web.yaml"_s);
    m_out = m_dir->filePath(u"out"_s);
    put(m_file, "# web\nupstream: {timeout: 30, retries: 2}\n");
    m_config = {u"upstream"_s, m_file, FileFormat::Yaml, u"upstream.timeout"_s, u"s"_s, 1.5, 120, ApplyBy::Reload};
}

void TestAdjustTimeout::makeUnit(const QString &unit, const QString &more)
{
    put(u"/run/systemd/system/"_s + unit,
        u"[Service]\nExecStart=%1 --serve %2 %3\n%4\n"_s.arg(QCoreApplication::applicationFilePath(), m_file, m_out, more).toUtf8());
    systemctl({u"daemon-reload"_s});
    systemctl({u"start"_s, unit});
    QTRY_COMPARE(bytesOf(m_out), bytesOf(m_file));
}

ActionRequest TestAdjustTimeout::intended(const TimeoutConfig &config, const QString &unit) const
{
    ActionRequest request = requestFor(unit);
    request.type = ActionType::AdjustTimeout;
    const auto plan = AdjustTimeout::plan(config);
    if (!plan)
        qFatal("%s", qPrintable(plan.error().message));
    request.subject = config.name;
    request.valueBefore = plan->valueBefore;
    request.valueTarget = plan->valueTarget;
    request.fingerprint = plan->fingerprint;
    return request;
}

AdjustTimeout::Apply TestAdjustTimeout::applyFor(const TimeoutConfig &config)
{
    return [config](const ActionRequest &request, CancelToken &token) {
        SystemdRestart systemd(false);
        if (config.format == FileFormat::Systemd)
            if (auto read = systemd.reloadManager(request, token); read.status != ActionStatus::Completed || config.apply == ApplyBy::Reload)
                return read;
        return config.apply == ApplyBy::Reload ? systemd.reload(request, token) : systemd.run(request, token);
    };
}

ActionResult TestAdjustTimeout::run(const TimeoutConfig &config, const ActionRequest &request)
{
    CancelToken token;
    return AdjustTimeout(config, applyFor(config)).run(request, token);
}

void TestAdjustTimeout::reloadedUnitHasTheValue()
{
    const QString unit = u"pr-reload.service"_s;
    makeUnit(unit, u"ExecReload=/bin/kill -HUP $MAINPID"_s);
    const QString pid = unitProperty(unit, u"MainPID"_s);
    const ActionRequest request = intended(m_config, unit);
    QCOMPARE(request.valueTarget, u"45"_s);
    QCOMPARE(bytesOf(m_file), "# web\nupstream: {timeout: 30, retries: 2}\n"); // a plan writes nothing
    QCOMPARE(AdjustTimeout::describe(m_config, request), u"upstream: set upstream.timeout from 30 to 45 in %1, then ReloadUnit of %2"_s.arg(m_file, unit));
    const ActionResult result = run(m_config, request);
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QVERIFY2(result.output.startsWith(u"upstream.timeout is 45 now (was 30), backup "_s), qPrintable(result.output));
    QCOMPARE(bytesOf(m_file), "# web\nupstream: {timeout: 45, retries: 2}\n");
    QTRY_COMPARE(bytesOf(m_out), bytesOf(m_file)); // in effect
    QCOMPARE(unitProperty(unit, u"MainPID"_s), pid); // and it was no restart
}

void TestAdjustTimeout::reloadStartsWhatIsDown()
{
    const QString unit = u"pr-down.service"_s;
    makeUnit(unit, u"ExecReload=/bin/kill -HUP $MAINPID"_s);
    systemctl({u"stop"_s, unit});
    const ActionResult result = run(m_config, intended(m_config, unit));
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QCOMPARE(unitProperty(unit, u"ActiveState"_s), u"active"_s);
    QTRY_COMPARE(bytesOf(m_out), bytesOf(m_file));
}

void TestAdjustTimeout::restartedUnitHasTheValue()
{
    const QString unit = u"pr-restarted.service"_s;
    makeUnit(unit);
    const QString pid = unitProperty(unit, u"MainPID"_s);
    m_config.apply = ApplyBy::Restart;
    const ActionResult result = run(m_config, intended(m_config, unit));
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QTRY_COMPARE(bytesOf(m_out), bytesOf(m_file));
    QVERIFY(unitProperty(unit, u"MainPID"_s) != pid);
}

void TestAdjustTimeout::unitFileIsReadAgain()
{
    const QString unit = u"pr-unitfile.service"_s;
    makeUnit(unit);
    QVERIFY(QDir().mkpath(u"/run/systemd/system/%1.d"_s.arg(unit)));
    const QString dropIn = u"/run/systemd/system/%1.d/stop.conf"_s.arg(unit);
    put(dropIn, "[Service]\n# why\nTimeoutStopSec=1min 30s\n");
    systemctl({u"daemon-reload"_s});
    QCOMPARE(unitProperty(unit, u"TimeoutStopUSec"_s), u"1min 30s"_s);
    const TimeoutConfig config{u"stop"_s, dropIn, FileFormat::Systemd, u"Service.TimeoutStopSec"_s, u"s"_s, 1.5, 600, ApplyBy::Reload};
    const QString pid = unitProperty(unit, u"MainPID"_s);
    const ActionRequest request = intended(config, unit);
    const ActionResult result = run(config, request);
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QCOMPARE(bytesOf(dropIn), "[Service]\n# why\nTimeoutStopSec=2min 15s\n");
    QCOMPARE(unitProperty(unit, u"TimeoutStopUSec"_s), u"2min 15s"_s); // systemd's own word; the backup beside it is no drop-in
    QCOMPARE(unitProperty(unit, u"MainPID"_s), pid);
    QVERIFY(run(config, AdjustTimeout::inverseOf(request)).status == ActionStatus::Completed);
    QCOMPARE(unitProperty(unit, u"TimeoutStopUSec"_s), u"1min 30s"_s);
    QVERIFY(QDir(u"/run/systemd/system/%1.d"_s.arg(unit)).removeRecursively());
}

void TestAdjustTimeout::inverse()
{
    const QString unit = u"pr-inverse.service"_s;
    makeUnit(unit, u"ExecReload=/bin/kill -HUP $MAINPID"_s);
    const QByteArray before = bytesOf(m_file);
    const ActionRequest request = intended(m_config, unit);
    QVERIFY(run(m_config, request).status == ActionStatus::Completed);
    put(m_file, bytesOf(m_file) + "later: 1\n"); // somebody else's change stays
    const ActionResult result = run(m_config, AdjustTimeout::inverseOf(request));
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QCOMPARE(bytesOf(m_file), before + "later: 1\n");
    QTRY_COMPARE(bytesOf(m_out), bytesOf(m_file));
    const ActionResult twice = run(m_config, AdjustTimeout::inverseOf(request)); // as after a kill of the engine: put into effect again
    QVERIFY(twice.status == ActionStatus::Completed);
    QVERIFY2(twice.output.startsWith(u"upstream.timeout is 30 already; "_s), qPrintable(twice.output));
    put(m_file, "upstream: {timeout: 50}\n");
    const ActionResult other = run(m_config, AdjustTimeout::inverseOf(request));
    QVERIFY(other.status == ActionStatus::Failed);
    QVERIFY2(other.output.contains(u"is 50, not 45"_s), qPrintable(other.output));
}

void TestAdjustTimeout::oldValueComesBackWhenItDoesNotStart()
{
    const QString unit = u"pr-strict.service"_s;
    makeUnit(unit, u"Type=exec\nExecStartPre=/bin/grep -qv 45 %1"_s.arg(m_file));
    m_config.apply = ApplyBy::Restart;
    put(m_file, "upstream: {timeout: 30}\n");
    const ActionResult result = run(m_config, intended(m_config, unit));
    QVERIFY(result.status == ActionStatus::Failed);
    QVERIFY2(result.output.contains(u"the old value 30 is back in the file"_s), qPrintable(result.output));
    QCOMPARE(bytesOf(m_file), "upstream: {timeout: 30}\n");
    QCOMPARE(unitProperty(unit, u"ActiveState"_s), u"active"_s); // and it runs with it
}

/// Whenever the engine dies, the file is whole: the old one or the new one.
void TestAdjustTimeout::killedMeanwhile()
{
    for (const QString &point : {u"file_written"_s, u"file_changed"_s}) {
        put(m_file, "upstream: {timeout: 30}\n");
        QProcess process;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(u"PRUNELLA_KILL_AT"_s, point);
        process.setProcessEnvironment(environment);
        process.start(QCoreApplication::applicationFilePath(), {u"--adjust"_s, m_file});
        QVERIFY(process.waitForFinished());
        QCOMPARE(process.exitStatus(), QProcess::CrashExit);
        const bool changed = point == u"file_changed"_s;
        QCOMPARE(bytesOf(m_file), changed ? "upstream: {timeout: 45}\n" : "upstream: {timeout: 30}\n");
    }
    QCOMPARE(bytesOf(m_dir->filePath(u".prunella-backup-web.yaml-2"_s)), "upstream: {timeout: 30}\n");
    const ActionRequest request = intended(m_config, u"none.service"_s); // goes on from there
    QCOMPARE(request.valueTarget, u"67"_s);
    QCOMPARE(QDir(m_dir->path()).entryList({u".prunella-new-*"_s}, QDir::Files | QDir::Hidden).size(), 0); // the rest of the first is gone
}

void TestAdjustTimeout::changedSince()
{
    const ActionRequest request = intended(m_config, u"none.service"_s);
    put(m_file, "# other\nupstream: {timeout: 30, retries: 2}\n"); // the same value
    const ActionResult result = run(m_config, request);
    QVERIFY(result.status == ActionStatus::Failed);
    QVERIFY2(result.output.contains(u"was changed since the action was decided; nothing was done"_s), qPrintable(result.output));
    QCOMPARE(bytesOf(m_file), "# other\nupstream: {timeout: 30, retries: 2}\n");
    QCOMPARE(QDir(m_dir->path()).entryList(QDir::Files | QDir::Hidden), QStringList{u"web.yaml"_s});
}

void TestAdjustTimeout::atItsMax()
{
    put(m_file, "upstream: {timeout: 100}\n");
    QCOMPARE(AdjustTimeout::plan(m_config)->valueTarget, u"120"_s);
    put(m_file, "upstream: {timeout: 120}\n");
    const auto plan = AdjustTimeout::plan(m_config);
    QVERIFY(!plan);
    QCOMPARE(plan.error().message, m_file + u": upstream is 120 already, and 120 s is the most that may be set"_s);
}

void TestAdjustTimeout::noRights()
{
    QVERIFY(chmod(qPrintable(m_dir->path()), 0755) == 0);
    const ActionRequest request = intended(m_config, u"none.service"_s);
    const AsNobody nobody;
    const auto plan = AdjustTimeout::plan(m_config);
    QVERIFY(!plan && plan.error().code == ErrorCode::NotAuthorised); // the verdict beforehand
    const ActionResult result = run(m_config, request);
    QVERIFY(result.status == ActionStatus::Failed && result.failure == FailureKind::NotAuthorised);
}

void TestAdjustTimeout::diskFull()
{
    const QString folder = m_dir->filePath(u"full"_s);
    QVERIFY(QDir().mkpath(folder) && mount("tmpfs", qPrintable(folder), "tmpfs", 0, "size=64k") == 0);
    m_config.file = folder + u"/web.yaml"_s;
    put(m_config.file, "upstream: {timeout: 30}\n");
    const ActionRequest request = intended(m_config, u"none.service"_s);
    QFile filler(folder + u"/filler"_s);
    QVERIFY(filler.open(QIODevice::WriteOnly | QIODevice::Unbuffered));
    while (filler.write(QByteArray(4096, 'x')) > 0) { }
    const ActionResult result = run(m_config, request);
    const QByteArray after = bytesOf(m_config.file);
    filler.close();
    umount(qPrintable(folder));
    QVERIFY(result.status == ActionStatus::Failed);
    QVERIFY2(result.output.contains(u"No space left on device"_s), qPrintable(result.output));
    QCOMPARE(after, "upstream: {timeout: 30}\n");
}

void TestAdjustTimeout::firstThatCanBeRaised()
{
    TimeoutConfig other = m_config;
    other.name = u"retries"_s;
    other.key = u"upstream.retries"_s;
    m_config.max = 30;
    const auto first = AdjustTimeout::planFirst({m_config, other});
    QVERIFY(first);
    QCOMPARE(first->first, u"retries"_s);
    QCOMPARE(first->second.valueTarget, u"3"_s);
    QVERIFY(!AdjustTimeout::planFirst({m_config}));
}

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (app.arguments().value(1) == u"--serve"_s)
        return serve(app.arguments().value(2), app.arguments().value(3));
    if (app.arguments().value(1) == u"--adjust"_s)
        return adjust(app.arguments().value(2));
    TestAdjustTimeout test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_adjust_timeout.moc"
