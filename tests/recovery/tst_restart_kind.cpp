// labels: sandbox
// restart_service beyond a stop and a start: reload, readiness, SIGKILL after the unit's own timeout, groups. On real units.
#include "core/recovery/ActionKind.h"
#include "core/recovery/GroupRestart.h"
#include "core/recovery/ProcessRestart.h"
#include "core/recovery/SystemdRestart.h"
#include "core/recovery/TargetLock.h"
#include "tests/recovery/ProcessTest.h"
#include "tests/recovery/UnitRestart.h"
#include "tests/recovery/Victim.h"

#include <QElapsedTimer>
#include <QTest>

#include <csignal>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

/// A health check on the real port, as the engine's: connected or not, and why.
CheckResult connectTo(const QString &service, int port)
{
    CheckResult result;
    result.service = service;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(std::uint16_t(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    result.ok = connect(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0;
    result.text = result.ok ? u"connected"_s : QString::fromLocal8Bit(std::strerror(errno));
    close(fd);
    return result;
}

void makeUnit(const QString &unit, const QStringList &command, const QString &more = {})
{
    QFile file(u"/run/systemd/system/"_s + unit);
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    file.write(QString(u"[Service]\nExecStart="_s + command.join(u' ') + u'\n' + more + u'\n').toUtf8());
    file.close();
    systemctl({u"daemon-reload"_s});
}

ServiceConfig unitService(const QString &name)
{
    ServiceConfig service;
    service.name = name;
    service.unit = u"pr-%1.service"_s.arg(name);
    return service;
}

bool ignoresTerm(pid_t pid)
{
    QFile status(u"/proc/%1/status"_s.arg(pid));
    if (!status.open(QIODevice::ReadOnly))
        return false;
    const QByteArray text = status.readAll();
    return (text.mid(text.indexOf("SigIgn:\t") + 8, 16).toULongLong(nullptr, 16) & (1ULL << (SIGTERM - 1))) != 0;
}

/// When a file was last touched, microseconds.
qint64 touched(const QString &path)
{
    struct stat info {};
    return stat(QFile::encodeName(path).constData(), &info) == 0 ? info.st_mtim.tv_sec * 1'000'000LL + info.st_mtim.tv_nsec / 1000 : 0;
}

qint64 stamp(const QString &unit, const QString &property)
{
    return unitProperty(unit, property).toLongLong();
}

} // namespace

class TestRestartKind : public ProcessTest
{
    Q_OBJECT
private Q_SLOTS:
    void order();
    void reloadIsEnough();
    void whenReloadIsNot();
    void reloadFails();
    void killedAfterItsOwnTimeout();
    void ready_data();
    void ready();
    void readyEndsWithTheAction();
    void notAskedWithoutChecks();
    void group();
    void groupMemberFails();
    void groupMemberIsLocked();
    void groupWithAProcess();

private:
    ActionTools tools();
    ActionRequest requestOf(const ServiceConfig &service, const QList<ServiceConfig> &related = {}, const QString &cause = {});
    ActionResult runKind(const ServiceConfig &service, const QList<ServiceConfig> &related = {}, int timeoutMs = 20'000);

    const std::shared_ptr<SystemdRestart> m_system = std::make_shared<SystemdRestart>(false);
    QMap<QString, int> m_ports; ///< of the services that have a check
    int m_checks = 0;
};

ActionTools TestRestartKind::tools()
{
    ActionTools tools;
    tools.system = m_system;
    tools.stateDir = m_dir.path();
    tools.checkNow = [this](const QString &service, int, CancelToken &) {
        ++m_checks;
        return QList<CheckResult>{connectTo(service, m_ports.value(service))};
    };
    tools.restartOf = [this](const ServiceConfig &service) -> std::shared_ptr<RecoveryAction> {
        if (service.manager == Manager::Systemd)
            return m_system;
        return std::make_shared<ProcessRestart>(m_spawner, service, std::nullopt, [this](const ManagedProcess &process) { m_started.append(process); });
    };
    return tools;
}

ActionRequest TestRestartKind::requestOf(const ServiceConfig &service, const QList<ServiceConfig> &related, const QString &cause)
{
    const ActionKind &kind = actionKind(ActionType::RestartService);
    LookInput input;
    input.target = service;
    input.related = related;
    input.causeId = cause;
    ActionRequest request = requestFor(service.unit);
    request.target = service.name;
    request.manager = service.manager;
    if (!kind.looks(input))
        return request;
    const Preflight look = kind.look(input);
    request.subject = look.subject;
    request.plan = look.plan;
    request.idempotent = look.idempotent;
    request.call = kind.describe(request, service);
    return request;
}

ActionResult TestRestartKind::runKind(const ServiceConfig &service, const QList<ServiceConfig> &related, int timeoutMs)
{
    ActionTools with = tools();
    with.related = related;
    ActionRequest request = requestOf(service, related);
    request.timeoutMs = timeoutMs;
    const auto action = actionKind(ActionType::RestartService).make(request, service, with);
    if (!action)
        return failed(request, FailureKind::Failed, u"no action"_s);
    return action->run(request, m_token);
}

void TestRestartKind::order()
{
    ServiceConfig web = unitService(u"web"_s), api = unitService(u"api"_s), db = unitService(u"db"_s), cache = unitService(u"cache"_s);
    web.restart.group = {u"db"_s, u"cache"_s, u"other"_s};
    web.dependsOn = {u"api"_s};
    api.dependsOn = {u"db"_s}; // no member itself: db comes before web all the same
    cache.dependsOn = {u"web"_s};
    const auto names = [](const QList<ServiceConfig> &services) {
        QStringList list;
        for (const auto &service : services)
            list.append(service.name);
        return list.join(u' ');
    };
    QCOMPARE(names(restartOrder(web, {cache, api, db})), u"db web cache"_s);
    db.dependsOn = {u"web"_s}; // a circle ends
    QCOMPARE(names(restartOrder(web, {api, db, cache})), u"db web cache"_s);
}

void TestRestartKind::reloadIsEnough()
{
    ServiceConfig web = unitService(u"web"_s);
    const QString mark = m_dir.filePath(u"reloaded"_s);
    makeUnit(web.unit, victim({u"--stay"_s}), u"ExecReload=/usr/bin/touch "_s + mark);
    systemctl({u"start"_s, web.unit});
    const QString pid = unitProperty(web.unit, u"MainPID"_s);
    web.restart.reloadFor = {u"config_changed"_s};
    QCOMPARE(requestOf(web, {}, u"oom"_s).subject, QString());
    QCOMPARE(requestOf(web, {}, u"config_changed"_s).subject, u"reload"_s);
    web.restart = {};
    web.restart.reload = true;
    const ActionRequest request = requestOf(web);
    QVERIFY(request.idempotent);
    QCOMPARE(request.call, u"org.freedesktop.systemd1.Manager.ReloadUnit(\"pr-web.service\", \"replace\") on the system bus, or RestartUnit "
                           "should it not run by then"_s);
    const ActionResult result = runKind(web);
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QVERIFY2(result.output.startsWith(u"reloaded: job done, active/running"_s), qPrintable(result.output));
    QVERIFY(QFile::exists(mark));
    QCOMPARE(unitProperty(web.unit, u"MainPID"_s), pid);
}

void TestRestartKind::whenReloadIsNot()
{
    ServiceConfig web = unitService(u"web"_s);
    web.restart.reload = true;
    makeUnit(web.unit, victim({u"--stay"_s})); // knows no reload
    systemctl({u"restart"_s, web.unit});
    const QString pid = unitProperty(web.unit, u"MainPID"_s);
    QCOMPARE(requestOf(web).subject, QString());
    QVERIFY(runKind(web).status == ActionStatus::Completed);
    QVERIFY(unitProperty(web.unit, u"MainPID"_s) != pid);
    makeUnit(web.unit, victim({u"--stay"_s}), u"ExecReload=/bin/true"_s);
    systemctl({u"stop"_s, web.unit});
    QCOMPARE(requestOf(web).subject, QString()); // it does not run
    systemctl({u"start"_s, web.unit});
    LookInput input;
    input.target = web;
    input.parameters = {{u"how"_s, u"restart"_s}}; // a step of a procedure knows better
    QVERIFY(!actionKind(ActionType::RestartService).looks(input));
    input.target.restart.reload = false;
    input.parameters = {{u"how"_s, u"reload"_s}};
    QCOMPARE(actionKind(ActionType::RestartService).look(input).subject, u"reload"_s);
    input.target.manager = Manager::Process; // only units reload
    QVERIFY(!actionKind(ActionType::RestartService).looks(input));
}

void TestRestartKind::reloadFails()
{
    ServiceConfig web = unitService(u"web"_s);
    web.restart.reload = true;
    makeUnit(web.unit, victim({u"--stay"_s}), u"ExecReload=/bin/false"_s);
    systemctl({u"restart"_s, web.unit});
    const ActionResult result = runKind(web);
    QVERIFY(result.status == ActionStatus::Failed && result.failure == FailureKind::Failed);
    QVERIFY2(result.output.startsWith(u"pr-web.service did not reload (job failed, active/running"_s), qPrintable(result.output));
}

void TestRestartKind::killedAfterItsOwnTimeout()
{
    const ServiceConfig web = unitService(u"stubborn"_s);
    makeUnit(web.unit, victim({u"--ignore-term"_s}), u"TimeoutStopSec=1"_s);
    systemctl({u"start"_s, web.unit});
    const pid_t pid = unitProperty(web.unit, u"MainPID"_s).toInt();
    QTRY_VERIFY(processEntry(pid)); // and past its start, where SIGTERM still ends it
    QTRY_VERIFY(ignoresTerm(pid));
    QElapsedTimer timer;
    timer.start();
    const ActionResult result = runKind(web);
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QVERIFY2(timer.elapsed() >= 990 && timer.elapsed() < 10'000, qPrintable(QString::number(timer.elapsed())));
    QVERIFY(kill(pid, 0) != 0 && errno == ESRCH);
    QVERIFY(result.newPid > 0 && result.newPid != pid);
    systemctl({u"kill"_s, u"-sKILL"_s, web.unit});
}

void TestRestartKind::ready_data()
{
    QTest::addColumn<int>("listensAfterMs");
    QTest::addColumn<int>("readyTimeoutMs");
    QTest::addColumn<QString>("output");
    QTest::newRow("in time") << 600 << 10'000 << u"; ready after "_s;
    QTest::newRow("not in time") << 60'000 << 700 << u"; not ready after 0.7 s: check 1: Connection refused"_s;
}

void TestRestartKind::ready()
{
    QFETCH(int, listensAfterMs);
    QFETCH(int, readyTimeoutMs);
    QFETCH(QString, output);
    ServiceConfig web = unitService(u"ready"_s);
    web.health.append(HealthCheckConfig());
    web.restart.readyTimeoutMs = readyTimeoutMs;
    m_ports = {{web.name, 47'311}};
    makeUnit(web.unit, victim({u"--listen-after"_s, QString::number(listensAfterMs), u"47311"_s}));
    QElapsedTimer timer;
    timer.start();
    const ActionResult result = runKind(web);
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QVERIFY2(result.output.contains(output), qPrintable(result.output));
    QVERIFY(result.newPid > 0);
    QVERIFY(timer.elapsed() >= 600 && timer.elapsed() < 5000);
    systemctl({u"stop"_s, web.unit});
}

/// The action's own time comes first: it is reported as done before the runner gives it up.
void TestRestartKind::readyEndsWithTheAction()
{
    ServiceConfig web = unitService(u"ready"_s);
    web.health.append(HealthCheckConfig());
    m_ports = {{web.name, 47'312}};
    makeUnit(web.unit, victim({u"--stay"_s}));
    QElapsedTimer timer;
    timer.start();
    const ActionResult result = runKind(web, {}, 1500);
    QVERIFY2(result.status == ActionStatus::Completed && result.output.contains(u"not ready after"_s), qPrintable(result.output));
    QVERIFY(timer.elapsed() < 1500);
}

void TestRestartKind::notAskedWithoutChecks()
{
    ServiceConfig web = unitService(u"ready"_s);
    makeUnit(web.unit, victim({u"--stay"_s}));
    m_checks = 0;
    QVERIFY(runKind(web).status == ActionStatus::Completed);
    web.health.append(HealthCheckConfig());
    web.restart.readyTimeoutMs = 0;
    const ActionResult result = runKind(web);
    QVERIFY2(result.status == ActionStatus::Completed && !result.output.contains(u"ready"_s), qPrintable(result.output));
    QCOMPARE(m_checks, 0);
    systemctl({u"stop"_s, web.unit});
}

void TestRestartKind::group()
{
    ServiceConfig web = unitService(u"gweb"_s), api = unitService(u"gapi"_s), db = unitService(u"gdb"_s);
    web.restart.group = {api.name, db.name};
    web.dependsOn = {api.name};
    api.dependsOn = {db.name};
    db.health.append(HealthCheckConfig()); // the others wait until it is ready
    m_ports = {{db.name, 47'313}};
    // systemd forgets the times of a stopped unit that nothing refers to: the files remember.
    const QString leaves = u"ExecStopPost=/usr/bin/touch "_s + m_dir.filePath(u"%N"_s);
    makeUnit(db.unit, victim({u"--listen-after"_s, u"400"_s, u"47313"_s}), leaves);
    for (const auto &service : {web, api})
        makeUnit(service.unit, victim({u"--stay"_s}), leaves);
    systemctl({u"start"_s, web.unit, api.unit, db.unit});
    QCOMPARE(requestOf(web, {api, db}).call,
             u"stop gweb, gapi, gdb; then gdb: org.freedesktop.systemd1.Manager.RestartUnit(\"pr-gdb.service\", \"replace\") on the system bus; "
             "gapi: org.freedesktop.systemd1.Manager.RestartUnit(\"pr-gapi.service\", \"replace\") on the system bus; "
             "gweb: org.freedesktop.systemd1.Manager.RestartUnit(\"pr-gweb.service\", \"replace\") on the system bus"_s);
    const ActionResult result = runKind(web, {api, db});
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    const QString up = u"ActiveEnterTimestampMonotonic"_s;
    const auto down = [this](const QString &name) { return touched(m_dir.filePath(u"pr-"_s + name)); };
    QVERIFY(down(u"gweb"_s) > 0);
    QVERIFY(down(u"gweb"_s) < down(u"gapi"_s) && down(u"gapi"_s) < down(u"gdb"_s));
    QVERIFY(stamp(db.unit, up) + 400'000 < stamp(api.unit, up)); // microseconds
    QVERIFY(stamp(api.unit, up) < stamp(web.unit, up));
    QCOMPARE(QString::number(result.newPid), unitProperty(web.unit, u"MainPID"_s));
    QVERIFY2(result.output.startsWith(u"stopped gweb, gapi, gdb\ngdb: job done"_s), qPrintable(result.output));
}

void TestRestartKind::groupMemberFails()
{
    ServiceConfig web = unitService(u"gweb"_s), api = unitService(u"gapi"_s), db = unitService(u"gdb"_s);
    web.restart.group = {api.name, db.name};
    web.dependsOn = {api.name};
    api.dependsOn = {db.name};
    makeUnit(db.unit, victim({u"--stay"_s}));
    makeUnit(api.unit, {u"/bin/false"_s}, u"Type=oneshot"_s);
    systemctl({u"start"_s, web.unit, db.unit});
    const ActionResult result = runKind(web, {api, db});
    QVERIFY(result.status == ActionStatus::Failed);
    QVERIFY2(result.output.startsWith(u"gapi could not be started: pr-gapi.service did not start"_s), qPrintable(result.output));
    QVERIFY2(result.output.endsWith(u"; restarted before: gdb; stopped and not started again: gweb, gapi"_s), qPrintable(result.output));
    QCOMPARE(unitProperty(web.unit, u"ActiveState"_s), u"inactive"_s);
    QCOMPARE(unitProperty(db.unit, u"ActiveState"_s), u"active"_s);
}

void TestRestartKind::groupMemberIsLocked()
{
    ServiceConfig web = unitService(u"gweb"_s), db = unitService(u"gdb"_s);
    web.restart.group = {db.name};
    makeUnit(db.unit, victim({u"--stay"_s}));
    systemctl({u"start"_s, web.unit, db.unit});
    const QString pid = unitProperty(web.unit, u"MainPID"_s);
    const auto lock = TargetLock::acquire(u"systemd"_s, db.unit, TargetLock::defaultDirectory(Manager::Systemd));
    QVERIFY(lock);
    const ActionResult result = runKind(web, {db});
    QVERIFY2(result.status == ActionStatus::Failed && result.output.endsWith(u"; nothing was done"_s), qPrintable(result.output));
    QCOMPARE(unitProperty(web.unit, u"MainPID"_s), pid);
}

void TestRestartKind::groupWithAProcess()
{
    ServiceConfig worker = service(victim({u"--stay"_s}), u"worker"_s);
    ServiceConfig db = unitService(u"gdb"_s);
    worker.restart.group = {db.name};
    worker.dependsOn = {db.name};
    systemctl({u"start"_s, db.unit});
    const QString dbPid = unitProperty(db.unit, u"MainPID"_s);
    const auto before = m_spawner.start(worker);
    QVERIFY(before);
    m_started.append(*before);
    const ActionResult result = runKind(worker, {db});
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QVERIFY(unitProperty(db.unit, u"MainPID"_s) != dbPid);
    QVERIFY(!m_spawner.isRunning(*before));
    QVERIFY(processEntry(result.newPid));
}

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (const int status = prunella::testing::runVictim(app.arguments()); status >= 0)
        return status;
    TestRestartKind test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_restart_kind.moc"
