// labels: sandbox
// enable_monitoring on real units: LogControl1 of systemd and of hostnamed, signals and commands, the snapshot beside it.
#include "core/recovery/ActionKind.h"
#include "core/recovery/ClosePeek.h"
#include "core/recovery/DebugLevel.h"
#include "core/recovery/ProcessTable.h"
#include "tests/recovery/AsNobody.h"
#include "tests/recovery/ProcessTest.h"
#include "tests/recovery/UnitRestart.h"
#include "tests/recovery/Victim.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <csignal>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

class TestClosePeek : public ProcessTest
{
    Q_OBJECT
private Q_SLOTS:
    void logControlOfSystemd();
    void logControlByTheUnitsName();
    void logControlCannotBeHad_data();
    void logControlCannotBeHad();
    void logControlWithoutRights();
    void signalsOnAndOff();
    void signalThatWouldKill();
    void signalWithoutRights();
    void signalThatTogglesIsNotIdempotent();
    void commandOnAndOff();
    void commandFails();
    void snapshotIsAttached();
    void withoutAWay();
    void ofAProcessOfOurs();
    void forHowLong();
    void theCall();

private:
    void makeUnit(const QString &unit, const QStringList &command, const QString &more = {});
    ActionRequest lookedAt(const ServiceConfig &service, const QMap<QString, QString> &parameters = {});
    ActionResult perform(const ServiceConfig &service, const ActionRequest &request);
    static ServiceConfig unitService(const QString &unit);
    static const ActionKind &kind() { return actionKind(ActionType::EnableMonitoring); }

    std::optional<RecoveryDecision> m_objection; ///< of the last lookedAt()
};

namespace {

QByteArray contents(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

bool waitsFor(qint64 pid, int number)
{
    return maySignal(pid, number).has_value();
}

} // namespace

void TestClosePeek::makeUnit(const QString &unit, const QStringList &command, const QString &more)
{
    QFile file(u"/run/systemd/system/"_s + unit);
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    file.write(QString(u"[Service]\nExecStart="_s + command.join(u' ') + u'\n' + more + u'\n').toUtf8());
    file.close();
    systemctl({u"daemon-reload"_s});
    systemctl({u"restart"_s, unit});
}

ServiceConfig TestClosePeek::unitService(const QString &unit)
{
    ServiceConfig service;
    service.name = unit.section(u'.', 0, 0);
    service.unit = unit;
    return service;
}

ActionRequest TestClosePeek::lookedAt(const ServiceConfig &service, const QMap<QString, QString> &parameters)
{
    LookInput input;
    input.target = service;
    input.parameters = parameters;
    const Preflight look = kind().look(input);
    m_objection = look.objection;
    ActionRequest request;
    request.id = u"act"_s;
    request.incidentId = u"inc"_s;
    request.type = ActionType::EnableMonitoring;
    request.target = service.name;
    request.manager = service.manager;
    request.unit = service.unit;
    request.timeoutMs = 30'000;
    request.subject = look.subject;
    request.valueBefore = look.valueBefore;
    request.valueTarget = look.valueTarget;
    request.plan = look.plan;
    request.idempotent = look.idempotent;
    request.call = kind().describe(request, service);
    return request;
}

ActionResult TestClosePeek::perform(const ServiceConfig &service, const ActionRequest &request)
{
    ActionTools tools;
    tools.stateDir = m_dir.path();
    return kind().make(request, service, tools)->run(request, m_token);
}

void TestClosePeek::logControlOfSystemd()
{
    makeUnit(u"pr-log.service"_s, victim({u"--stay"_s}));
    ServiceConfig service = unitService(u"pr-log.service"_s);
    service.closePeek.logControl = true;
    service.closePeek.busName = u"org.freedesktop.systemd1"_s;
    const QString before = systemctl({u"log-level"_s});
    QVERIFY(!before.isEmpty() && before != u"debug"_s);
    const ActionRequest request = lookedAt(service);
    QVERIFY2(!m_objection, qPrintable(m_objection ? m_objection->detail : QString()));
    QVERIFY(request.idempotent);
    QCOMPARE(QJsonDocument::fromJson(request.plan.toUtf8()).object()[u"level_before"_s].toString(), before);
    const ActionResult result = perform(service, request);
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QCOMPARE(systemctl({u"log-level"_s}), u"debug"_s);
    QVERIFY(perform(service, request).status == ActionStatus::Completed); // twice is once: the level before is in the plan
    ActionRequest undo = kind().inverse(request);
    undo.undoes = request.id;
    QCOMPARE(undo.valueTarget, u"as before"_s);
    QCOMPARE(kind().describe(undo, service), u"sample pr-log as before; set LogLevel of org.freedesktop.systemd1 to \"%1\""_s.arg(before));
    const ActionResult undone = perform(service, undo);
    QVERIFY2(undone.status == ActionStatus::Completed && undone.attachment.isEmpty(), qPrintable(undone.output));
    QCOMPARE(systemctl({u"log-level"_s}), before);
}

void TestClosePeek::logControlByTheUnitsName()
{
    systemctl({u"start"_s, u"systemd-hostnamed.service"_s});
    QTRY_COMPARE(unitProperty(u"systemd-hostnamed.service"_s, u"ActiveState"_s), u"active"_s);
    ServiceConfig service = unitService(u"systemd-hostnamed.service"_s);
    service.closePeek.logControl = true;
    const ActionRequest request = lookedAt(service);
    QVERIFY2(!m_objection, qPrintable(m_objection ? m_objection->detail : QString()));
    const auto level = [] { return systemctl({u"service-log-level"_s, u"systemd-hostnamed.service"_s}); };
    const QString before = level();
    QVERIFY(perform(service, request).status == ActionStatus::Completed);
    QCOMPARE(level(), u"debug"_s);
    QVERIFY(perform(service, kind().inverse(request)).status == ActionStatus::Completed);
    QCOMPARE(level(), before);
}

void TestClosePeek::logControlCannotBeHad_data()
{
    QTest::addColumn<QString>("busName");
    QTest::addColumn<QString>("text");
    QTest::newRow("no name") << u""_s << u"pr-log.service has no BusName: set monitoring.debug.bus_name"_s;
    QTest::newRow("nobody has it") << u"org.prunella.Nobody"_s << u"org.prunella.Nobody does not offer org.freedesktop.LogControl1: "_s;
    QTest::newRow("does not know it") << u"org.freedesktop.DBus"_s << u"org.freedesktop.DBus does not offer org.freedesktop.LogControl1: "_s;
    QTest::newRow("no bus name at all") << u"not a name"_s << u"\"not a name\" is no name on the bus: correct `bus_name`"_s;
}

void TestClosePeek::logControlCannotBeHad()
{
    QFETCH(QString, busName);
    QFETCH(QString, text);
    ServiceConfig service = unitService(u"pr-log.service"_s);
    service.closePeek.logControl = true;
    service.closePeek.busName = busName;
    (void)lookedAt(service);
    QVERIFY(m_objection && m_objection->decision == Decision::Refuse);
    QVERIFY2(m_objection->detail.startsWith(text), qPrintable(m_objection->detail));
}

void TestClosePeek::logControlWithoutRights()
{
    const AsNobody rights;
    const Status written = writeLogLevel({u"org.freedesktop.systemd1"_s, false}, u"debug"_s, m_token);
    QVERIFY(!written);
    QVERIFY2(written.error().code == ErrorCode::NotAuthorised, qPrintable(written.error().message));
}

void TestClosePeek::signalsOnAndOff()
{
    const QString mark = m_dir.filePath(u"level"_s);
    makeUnit(u"pr-usr.service"_s, victim({u"--on-usr"_s, mark}));
    ServiceConfig service = unitService(u"pr-usr.service"_s);
    service.closePeek.debugSignal = SIGUSR1;
    service.closePeek.quietSignal = SIGUSR2;
    QTRY_VERIFY(waitsFor(unitProperty(service.unit, u"MainPID"_s).toLongLong(), SIGUSR1));
    const ActionRequest request = lookedAt(service);
    QVERIFY(!m_objection);
    const ActionResult result = perform(service, request);
    QVERIFY2(result.status == ActionStatus::Completed && result.output.endsWith(u"send SIGUSR1 to its main process"_s), qPrintable(result.output));
    QTRY_COMPARE(contents(mark), "debug");
    const ActionResult undone = perform(service, kind().inverse(request));
    QVERIFY2(undone.status == ActionStatus::Completed, qPrintable(undone.output));
    QTRY_COMPARE(contents(mark), "quiet");
    service.closePeek.quietSignal = 0;
    QCOMPARE(perform(service, kind().inverse(request)).output, u"leave its log level (there is no quiet_signal)"_s);
}

/// A program that knows nothing of the signal would die of it: never sent.
void TestClosePeek::signalThatWouldKill()
{
    makeUnit(u"pr-mortal.service"_s, victim({u"--stay"_s}));
    ServiceConfig service = unitService(u"pr-mortal.service"_s);
    service.closePeek.debugSignal = SIGUSR1;
    const qint64 pid = unitProperty(service.unit, u"MainPID"_s).toLongLong();
    QTRY_VERIFY(!waitsFor(pid, SIGUSR1)); // before its exec it is still systemd's child, with all signals blocked
    const ActionRequest request = lookedAt(service);
    const QString text = u"process %1 is not prepared for SIGUSR1, which would end it"_s.arg(pid);
    QVERIFY(m_objection && m_objection->detail == text);
    const ActionResult result = perform(service, request); // also when it came to it
    QVERIFY(result.status == ActionStatus::Failed);
    QVERIFY2(result.output.endsWith(text), qPrintable(result.output));
    QVERIFY(QFile::exists(result.attachment)); // the snapshot is kept all the same
    QCOMPARE(unitProperty(service.unit, u"MainPID"_s).toLongLong(), pid);
    QCOMPARE(unitProperty(service.unit, u"ActiveState"_s), u"active"_s);
}

void TestClosePeek::signalWithoutRights()
{
    const qint64 pid = unitProperty(u"pr-usr.service"_s, u"MainPID"_s).toLongLong();
    QVERIFY(pid > 0 && waitsFor(pid, SIGUSR1));
    const pid_t child = fork(); // the real user counts here, and it cannot be taken back
    if (child == 0) {
        const bool changed = setresgid(65534, 65534, 65534) == 0 && setresuid(65534, 65534, 65534) == 0;
        const Status allowed = maySignal(pid, SIGUSR1);
        const QString text = u"process %1 belongs to another user: only root may send it SIGUSR1"_s.arg(pid);
        _exit(changed && !allowed && allowed.error().code == ErrorCode::NotAuthorised && allowed.error().message == text ? 0 : 1);
    }
    int status = -1;
    QVERIFY(waitpid(child, &status, 0) == child);
    QCOMPARE(status, 0);
}

void TestClosePeek::signalThatTogglesIsNotIdempotent()
{
    ServiceConfig service = unitService(u"pr-usr.service"_s);
    service.closePeek.debugSignal = service.closePeek.quietSignal = SIGUSR1;
    QVERIFY(!lookedAt(service).idempotent);
    service.closePeek.quietSignal = SIGUSR2;
    QVERIFY(lookedAt(service).idempotent);
}

void TestClosePeek::commandOnAndOff()
{
    const QString mark = m_dir.filePath(u"by-command"_s);
    ServiceConfig service = unitService(u"pr-log.service"_s);
    service.closePeek.debugCommand = {u"/usr/bin/touch"_s, mark};
    service.closePeek.quietCommand = {u"/usr/bin/rm"_s, mark};
    const ActionRequest request = lookedAt(service);
    QVERIFY(!m_objection);
    QVERIFY(perform(service, request).status == ActionStatus::Completed);
    QVERIFY(QFile::exists(mark));
    QVERIFY(perform(service, kind().inverse(request)).status == ActionStatus::Completed);
    QVERIFY(!QFile::exists(mark));
}

void TestClosePeek::commandFails()
{
    ServiceConfig service = unitService(u"pr-log.service"_s);
    service.closePeek.debugCommand = {u"/bin/false"_s};
    const ActionResult result = perform(service, lookedAt(service));
    QVERIFY(result.status == ActionStatus::Failed);
    QVERIFY2(result.output.endsWith(u"/bin/false: exit status 1"_s), qPrintable(result.output));
    service.closePeek.debugCommand = {u"/no/such/program"_s};
    (void)lookedAt(service);
    QVERIFY(m_objection && m_objection->detail.contains(u"/no/such/program"_s));
}

void TestClosePeek::snapshotIsAttached()
{
    makeUnit(u"pr-log.service"_s, victim({u"--listen-after"_s, u"0"_s, u"47421"_s}));
    const ServiceConfig service = unitService(u"pr-log.service"_s);
    const qint64 pid = unitProperty(service.unit, u"MainPID"_s).toLongLong();
    systemctl({u"start"_s, u"systemd-journald.service"_s});
    QTRY_VERIFY([&] { // what it prints arrives in the journal a moment later
        const ActionResult result = perform(service, lookedAt(service));
        return contents(result.attachment).contains("]: ready\n");
    }());
    const ActionResult result = perform(service, lookedAt(service));
    QCOMPARE(result.attachment, m_dir.filePath(u"attachments/inc-act.txt"_s));
    QCOMPARE(result.output, u"snapshot in "_s + result.attachment);
    const QString text = QString::fromUtf8(contents(result.attachment));
    QVERIFY(text.contains(u"manager: systemd, unit pr-log.service\nmain process: %1\n"_s.arg(pid)));
    QVERIFY(text.contains(u"journal of pr-log.service:\n"_s));
    QVERIFY(text.contains(u"LISTEN      127.0.0.1:47421"_s));
    QVERIFY(text.contains(u"/system.slice/pr-log.service"_s));
    struct stat info {};
    QVERIFY(stat(QFile::encodeName(result.attachment).constData(), &info) == 0);
    QCOMPARE(int(info.st_mode & 07777), 0600);
}

void TestClosePeek::withoutAWay()
{
    makeUnit(u"pr-log.service"_s, victim({u"--stay"_s}));
    const ServiceConfig service = unitService(u"pr-log.service"_s);
    const ActionRequest request = lookedAt(service);
    QVERIFY(perform(service, request).status == ActionStatus::Completed);
    QCOMPARE(perform(service, kind().inverse(request)).output, u"sampled as before"_s);
    systemctl({u"stop"_s, service.unit}); // also of what does not run
    const ActionResult result = perform(service, request);
    QVERIFY(result.status == ActionStatus::Completed && contents(result.attachment).contains("main process: none known"));
}

void TestClosePeek::ofAProcessOfOurs()
{
    const QString mark = m_dir.filePath(u"process-level"_s);
    ServiceConfig worker = service(victim({u"--on-usr"_s, mark}), u"worker"_s);
    worker.closePeek.debugSignal = SIGUSR1;
    const auto process = m_spawner.start(worker);
    QVERIFY(process);
    m_started.append(*process);
    QTRY_VERIFY(waitsFor(process->pid, SIGUSR1));
    const ActionResult result = perform(worker, lookedAt(worker));
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QTRY_COMPARE(contents(mark), "debug");
    const QByteArray text = contents(result.attachment);
    QVERIFY(text.contains(QByteArray("main process: " + QByteArray::number(process->pid))) && text.contains("\nready\n"));
}

void TestClosePeek::forHowLong()
{
    ServiceConfig service = unitService(u"pr-log.service"_s);
    QVERIFY(lookedAt(service).valueTarget == u"every 1 s for 600 s"_s);
    const auto plan = closePeekPlanFromJson(lookedAt(service, {{u"for"_s, u"2m"_s}}).plan);
    QVERIFY(plan && plan->forMs == 120'000 && plan->intervalMs == 1000);
    for (const QString &wrong : {u"soon"_s, u"-5s"_s, u"0"_s, u"2d"_s}) {
        (void)lookedAt(service, {{u"for"_s, wrong}});
        QVERIFY2(m_objection && m_objection->detail == u"for is \"%1\", expected a duration from 1s to 24h"_s.arg(wrong), qPrintable(wrong));
    }
    QVERIFY(!closePeekPlanFromJson({}) && !closePeekPlanFromJson(u"[]"_s) && !closePeekPlanFromJson(u"{\"for_ms\": 0, \"interval_ms\": 1}"_s));
}

void TestClosePeek::theCall()
{
    ServiceConfig service = unitService(u"pr-log.service"_s);
    service.closePeek.stack = true;
    service.closePeek.debugCommand = {u"/usr/bin/web-debug"_s, u"on"_s};
    ActionRequest request;
    request.plan = toJson(ClosePeekPlan{60'000, 500, {}, {}});
    QCOMPARE(kind().describe(request, service), u"sample pr-log every 0.5 s for 60 s; keep a snapshot of processes, open files, sockets, log and control group "
                                                "with stacks; run [\"/usr/bin/web-debug\", \"on\"], at most 30 s"_s);
    service.manager = Manager::Command;
    QVERIFY(!kind().supports(service));
    service.manager = Manager::Process;
    QVERIFY(kind().supports(service));
}

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (const int status = prunella::testing::runVictim(app.arguments()); status >= 0)
        return status;
    TestClosePeek test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_close_peek.moc"
