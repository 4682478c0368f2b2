// labels: sandbox
// Units that really fail under a real systemd: crash, deployment, configuration, dependency, and what nobody knows.
#include "tests/system/RealUnit.h"

#include "core/detection/Classification.h"
#include "core/detection/CrashDetector.h"
#include "core/diagnosis/TypeByChange.h"
#include "tests/system/EngineProcess.h"
#include "tests/system/RealCase.h"

#include <QTcpServer>
#include <QTest>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

bool failed(const UnitState &unit) { return unit.activeState == u"failed"_s; }

/// The type that the detector and what was changed make of it.
QString typeOf(const RealCase &real)
{
    CrashDetector detector;
    RawEvent event;
    event.component = real.input.condition.component;
    event.unit = *real.input.unit;
    event.wallMs = SystemClock().now().wallMs;
    UnitState before = event.unit;
    before.activeState = u"active"_s;
    before.result = u"success"_s;
    detector.remember(event.component, {u"-"_s, u"active"_s});
    const auto events = detector.feed(event);
    if (events.empty())
        return {};
    const auto better = typeByChange(events.front(), real.input.changes.value_or(QList<ChangeRecord>()),
                                     real.input.lines.value_or(QList<LogLine>()), processEnd(event.unit));
    return toString(better ? better->type : events.front().type);
}

void write(const QString &path, const QByteArray &text, QFile::Permissions permissions)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(text) != text.size())
        qFatal("cannot write %s", qPrintable(path));
    file.setPermissions(permissions);
}

constexpr auto ownerOnly = QFile::ReadOwner | QFile::WriteOwner;

} // namespace

class TestRealUnits : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void killedByAPerson();
    void itsPortIsTaken();
    void itsProgramIsMissing();
    void deployedWithoutItsExecuteBit();
    void deployedWithoutAFile();
    void deployedWithoutRights();
    void configurationWithAnErrorOfSyntax();
    void variableIsMissing();
    void whatItRequiresIsDown();
    void aPluginFindsSomething();
};

void TestRealUnits::killedByAPerson()
{
    const VictimUnit victim(u"killed"_s, outDirectory(u"killed"_s));
    victim.start();
    victim.kill9();
    RealCase real(ErrorType::ServiceCrash);
    real.lookAtUnit(victim.unit(), failed);
    QCOMPARE(typeOf(real), u"service_crash"_s);
    const Diagnosis found = real.diagnose();
    QVERIFY2(found.causeId == u"killed_by_signal"_s && found.confidence > 0.8, qPrintable(toText(found)));
    QCOMPARE(real.asked, QStringList()); // a restart waits for it: nothing is probed on this way
}

void TestRealUnits::itsPortIsTaken()
{
    QTcpServer holder;
    QVERIFY(holder.listen(QHostAddress::LocalHost));
    const QString log = outDirectory(u"taken"_s) + u"/log"_s;
    const RealUnit unit(u"taken"_s, u"ExecStart=/usr/bin/perl -MIO::Socket::INET -e 'IO::Socket::INET->new(LocalAddr => \"127.0.0.1:%1\", Listen => 1) "
                                     "or die \"cannot listen: $$!\\n\"'\nStandardError=append:%2"_s.arg(holder.serverPort()).arg(log));
    unit.start();
    RealCase real(ErrorType::ServiceCrash);
    real.lookAtUnit(unit.unit(), failed);
    real.readLog(log, "in use");
    QCOMPARE(typeOf(real), u"service_crash"_s);
    const Diagnosis found = real.diagnose();
    QVERIFY2(found.causeId == u"port_taken"_s, qPrintable(toText(found)));
}

void TestRealUnits::itsProgramIsMissing()
{
    const RealUnit unit(u"missing"_s, u"ExecStart=/usr/lib/prunella-nowhere/service"_s);
    unit.start();
    RealCase real(ErrorType::ServiceCrash);
    real.lookAtUnit(unit.unit(), failed);
    const Diagnosis found = real.diagnose();
    QVERIFY2(found.causeId == u"program_missing"_s, qPrintable(toText(found)));
    QCOMPARE(real.asked.value(0), u"file /usr/lib/prunella-nowhere/service"_s);
}

void TestRealUnits::deployedWithoutItsExecuteBit()
{
    const QString program = outDirectory(u"release"_s) + u"/service"_s;
    write(program, "#!/usr/bin/perl\n", QFile::ReadOwner | QFile::WriteOwner | QFile::ReadOther);
    const RealUnit unit(u"release"_s, u"ExecStart="_s + program);
    unit.start();
    RealCase real(ErrorType::DeploymentFailure);
    real.lookAtUnit(unit.unit(), failed);
    QCOMPARE(typeOf(real), u"service_crash"_s);
    real.changed(ChangeKind::Deployment, u"victim"_s, u"victim was deployed: 1.4.1 -> 1.4.2"_s);
    QCOMPARE(typeOf(real), u"deployment_failure"_s);
    Diagnosis found = real.diagnose();
    QVERIFY2(found.causeId == u"not_executable"_s, qPrintable(toText(found)));
    QVERIFY(found.actions.value(0) == ActionType::RollbackDeployment);
    QVERIFY2(found.rootCause.contains(u"1.4.1 -> 1.4.2"_s), qPrintable(found.rootCause));
    QVERIFY(QFile::remove(program)); // one thing less
    found = real.diagnose();
    QVERIFY2(found.causeId == u"missing_file"_s, qPrintable(toText(found)));
}

void TestRealUnits::deployedWithoutAFile()
{
    const QString dir = outDirectory(u"incomplete"_s);
    const RealUnit unit(u"incomplete"_s, u"ExecStart=/bin/cat %1/templates/page.html\nStandardError=append:%1/log"_s.arg(dir));
    unit.start();
    RealCase real(ErrorType::DeploymentFailure);
    real.lookAtUnit(unit.unit(), failed);
    real.readLog(dir + u"/log"_s, "No such file");
    real.changed(ChangeKind::Deployment, u"victim"_s);
    QCOMPARE(typeOf(real), u"deployment_failure"_s);
    const Diagnosis found = real.diagnose();
    QVERIFY2(found.causeId == u"data_file_missing"_s, qPrintable(toText(found)));
}

void TestRealUnits::deployedWithoutRights()
{
    const QString dir = outDirectory(u"rights"_s);
    QFile::setPermissions(dir, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner | QFile::ExeOther | QFile::ReadOther);
    write(dir + u"/secret"_s, "key", ownerOnly);
    const RealUnit unit(u"rights"_s, u"User=nobody\nExecStart=/bin/cat %1/secret\nStandardError=append:%1/log"_s.arg(dir));
    unit.start();
    RealCase real(ErrorType::DeploymentFailure);
    real.lookAtUnit(unit.unit(), failed);
    real.readLog(dir + u"/log"_s, "denied");
    real.changed(ChangeKind::Deployment, u"victim"_s);
    const Diagnosis found = real.diagnose();
    QVERIFY2(found.causeId == u"no_rights"_s, qPrintable(toText(found)));
}

void TestRealUnits::configurationWithAnErrorOfSyntax()
{
    const QString dir = outDirectory(u"syntax"_s), file = dir + u"/service.yaml"_s;
    write(file, "server:\n  port: [8080\n", ownerOnly);
    const RealUnit unit(u"syntax"_s, u"ExecStart=/usr/bin/perl -e 'exit 78'"_s); // as a program says it that cannot read its file
    unit.start();
    RealCase real(ErrorType::ConfigurationError);
    real.lookAtUnit(unit.unit(), failed);
    QCOMPARE(typeOf(real), u"configuration_error"_s); // by its exit status alone
    real.changed(ChangeKind::ConfigFile, file);
    QCOMPARE(typeOf(real), u"configuration_error"_s);
    Diagnosis found = real.diagnose();
    QVERIFY2(found.causeId == u"syntax_error_new"_s, qPrintable(toText(found)));
    QVERIFY2(found.actions.isEmpty() && found.rootCause.contains(u"service.yaml"_s), qPrintable(found.rootCause));
    write(file, "server:\n  port: 8080\n", ownerOnly); // the same change, well written
    found = real.diagnose();
    QVERIFY2(found.causeId == u"changed_file"_s, qPrintable(toText(found)));
}

void TestRealUnits::variableIsMissing()
{
    const QString log = outDirectory(u"variable"_s) + u"/log"_s;
    const RealUnit unit(u"variable"_s, u"ExecStart=/usr/bin/dash -uc ': \"$${PRUNELLA_URL}\"'\nStandardError=append:"_s + log);
    unit.start();
    RealCase real(ErrorType::ConfigurationError);
    real.lookAtUnit(unit.unit(), failed);
    real.readLog(log, "parameter not set");
    real.changed(ChangeKind::ConfigFile, log.chopped(3) + u"environment"_s, u"its environment file was changed"_s);
    QCOMPARE(typeOf(real), u"configuration_error"_s);
    const Diagnosis found = real.diagnose();
    // The file that was changed is gone: that is looked at first. With the file in place only the log tells.
    QVERIFY2(found.causeId == u"file_removed"_s || found.causeId == u"missing_variable"_s, qPrintable(toText(found)));
    write(log.chopped(3) + u"environment"_s, "OTHER=1\n", ownerOnly);
    const Diagnosis again = real.diagnose();
    QVERIFY2(again.causeId == u"missing_variable"_s, qPrintable(toText(again)));
}

void TestRealUnits::whatItRequiresIsDown()
{
    const RealUnit database(u"required"_s, u"Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/test -e /run/prunella-required"_s);
    const RealUnit unit(u"requiring"_s, u"ExecStart=/usr/bin/tail -f /dev/null"_s, u"Requires=required.service\nAfter=required.service"_s);
    QProcess later; // the job is to be seen by a watcher that is there already
    RealCase real(ErrorType::DependencyFailure);
    later.start(u"systemctl"_s, {u"start"_s, u"--no-block"_s, u"requiring.service"_s});
    bool started = false;
    real.lookAtUnit(unit.unit(), [&](const UnitState &state) {
        if (!std::exchange(started, true))
            systemctl({u"start"_s, u"requiring.service"_s});
        return state.result == u"dependency"_s;
    });
    later.waitForFinished();
    QCOMPARE(typeOf(real), u"dependency_failure"_s);
    ServiceConfig required;
    required.name = u"required"_s;
    QTcpServer port;
    QVERIFY(port.listen(QHostAddress::LocalHost));
    HealthCheckConfig open;
    open.type = CheckType::Tcp;
    open.address = u"127.0.0.1:%1"_s.arg(port.serverPort());
    HealthCheckConfig closed = open;
    closed.address = u"127.0.0.1:%1"_s.arg(closedPort());
    required.health = {closed};
    real.input.dependencies = 1;
    real.input.topology->edges = {{u"victim"_s, u"required"_s, TieKind::Requires, u"Requires=required.service"_s, 0, 0}};
    real.subject.dependencies = {required};
    Diagnosis found = real.diagnose();
    QVERIFY2(found.causeId == u"dependency_down"_s && found.actions.isEmpty(), qPrintable(toText(found)));
    real.subject.dependencies[0].health = {open}; // it is well again, and systemd does not try anew
    found = real.diagnose();
    QVERIFY2(found.causeId == u"left_behind"_s, qPrintable(toText(found)));
    QVERIFY(found.actions == QList<ActionType>{ActionType::RestartService});
}

void TestRealUnits::aPluginFindsSomething()
{
    HealthCheckConfig check;
    check.type = CheckType::Nagios;
    check.command = {u"/usr/lib/nagios/plugins/check_dummy"_s, u"2"_s, u"3 jobs failed"_s};
    RealCase real(ErrorType::Unknown);
    ServiceConfig service;
    service.name = u"victim"_s;
    service.health = {check};
    QCOMPARE(toString(classifyCheck(real.check(check), service)), u"unknown"_s);
    const Diagnosis found = real.diagnose();
    QVERIFY2(found.causeId == u"plugin_says"_s, qPrintable(toText(found)));
    QVERIFY2(found.rootCause.contains(u"3 jobs failed"_s), qPrintable(found.rootCause));
    check.command.removeLast();
    check.command[1] = u"1"_s;
    RealCase warned(ErrorType::Unknown);
    warned.check(check);
    const Diagnosis warning = warned.diagnose();
    QVERIFY2(warning.causeId == u"plugin_warns"_s, qPrintable(toText(warning)));
}

QTEST_GUILESS_MAIN(TestRealUnits)
#include "tst_real_units.moc"
