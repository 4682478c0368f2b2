// labels: sandbox
// scale_resources on real units: instances of a template started and stopped, weights set, and all of it taken back.
#include "AsNobody.h"
#include "LimitCase.h"
#include "UnitRestart.h"
#include "core/recovery/ScaleInstances.h"

#include <QProcess>
#include <QTest>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

/// Numbers of the instances whose process really runs.
QList<int> processesOf(const QString &name)
{
    QList<int> numbers;
    for (int number = 1; number < 10; ++number) {
        const QString pid = unitProperty(u"%1@%2.service"_s.arg(name).arg(number), u"MainPID"_s);
        if (fileBytes(u"/proc/%1/cmdline"_s.arg(pid)).startsWith(QByteArray("/bin/sleep\0001000", 15)))
            numbers.append(number);
    }
    return numbers;
}

/// The second instance of a template in a process of its own, which a failpoint ends.
int actHere(const QStringList &arguments)
{
    LimitCase scale(ActionType::ScaleResources, arguments.value(2));
    scale.service.resources.instances = InstancesConfig{arguments.value(2), 1, 4, 20, 600'000};
    Preflight look;
    look.subject = u"instances"_s;
    look.valueBefore = arguments.value(3);
    look.plan = arguments.value(4);
    return scale.run(scale.intent(look)).status == ActionStatus::Completed ? 0 : 1;
}

} // namespace

class TestScaleInstances : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void upAndDown();
    void undo();
    void whatDoesNotStart();
    void stopped();
    void othersChanged();
    void killedMeanwhile();
    void weightOfAUnit();
    void weightOfInstances();
    void whatIsNotNamed();
    void wrongParameters();
    void notAuthorised();

private:
    static LimitCase scaled(const QString &name, int running, const QString &lines = u"ExecStart=/bin/sleep 1000"_s)
    {
        putUnit(name + u"@.service"_s, lines);
        for (int number = 1; number <= running; ++number)
            systemctl({u"start"_s, u"%1@%2.service"_s.arg(name).arg(number)});
        LimitCase scale(ActionType::ScaleResources, name + u"@1.service"_s);
        scale.service.resources.instances = InstancesConfig{name + u"@.service"_s, 1, 3, 20, 600'000};
        return scale;
    }
};

void TestScaleInstances::upAndDown()
{
    LimitCase scale = scaled(u"pr-up"_s, 1);
    systemctl({u"start"_s, u"pr-up@3.service"_s});
    systemctl({u"start"_s, u"pr-up@blue.service"_s}); // somebody's own
    const Preflight look = scale.look();
    QVERIFY(look.subject == u"instances" && look.valueBefore == u"2" && look.valueTarget == u"3");
    const ActionRequest up = scale.intent(look);
    QCOMPARE(scale.describe(up), u"StartUnit(\"pr-up@2.service\", \"replace\") (3 instances, now 2)"_s);
    for (int i = 0; i < 2; ++i) {
        const ActionResult result = scale.run(up);
        COMPLETES(result);
        QTRY_COMPARE(processesOf(u"pr-up"_s), (QList<int>{1, 2, 3}));
        QVERIFY2(i == 1 || result.output.startsWith(u"3 instances of pr-up@.service (were 2); pr-up@2.service: job done, active/running, pid "_s), qPrintable(result.output));
    }
    const Preflight full = scale.look({{u"what"_s, u"instances"_s}});
    QVERIFY(full.objection && full.objection->reason == Reason::AtMaximum);
    const ActionRequest down = scale.intent(scale.look({{u"by"_s, u"-1"_s}}));
    QCOMPARE(scale.describe(down), u"StopUnit(\"pr-up@3.service\", \"replace\") (2 instances, now 3)"_s);
    for (int i = 0; i < 2; ++i) {
        COMPLETES(scale.run(down));
        QTRY_COMPARE(processesOf(u"pr-up"_s), (QList<int>{1, 2}));
    }
    const ActionRequest far = scale.intent(scale.look({{u"by"_s, u"-5"_s}}));
    COMPLETES(scale.run(far));
    QTRY_COMPARE(processesOf(u"pr-up"_s), QList<int>{1});
    QCOMPARE(scale.look({{u"by"_s, u"-1"_s}}).objection->detail, u"1 instances of pr-up@.service run, and 1 is the configured least"_s);
    QCOMPARE(unitProperty(u"pr-up@blue.service"_s, u"ActiveState"_s), u"active"_s);
    const Result<QList<Instance>> running = runningInstances(u"pr-up@.service"_s, false);
    QVERIFY(running && running->size() == 1 && running->constFirst().unit == u"pr-up@1.service");
    QCOMPARE(running->constFirst().controlGroup, unitProperty(u"pr-up@1.service"_s, u"ControlGroup"_s));
}

void TestScaleInstances::undo()
{
    LimitCase scale = scaled(u"pr-undo"_s, 1);
    const ActionRequest up = scale.intent(scale.look({{u"by"_s, u"2"_s}}));
    COMPLETES(scale.run(up));
    QTRY_COMPARE(processesOf(u"pr-undo"_s), (QList<int>{1, 2, 3}));
    const ActionRequest undo = scale.inverse(up);
    QCOMPARE(scale.describe(undo), u"StopUnit(\"pr-undo@3.service\", \"replace\"), StopUnit(\"pr-undo@2.service\", \"replace\") (1 instances, now 3)"_s);
    COMPLETES(scale.run(undo));
    QTRY_COMPARE(processesOf(u"pr-undo"_s), QList<int>{1});
    COMPLETES(scale.run(undo));
    COMPLETES(scale.run(scale.inverse(undo)));
    QTRY_COMPARE(processesOf(u"pr-undo"_s), (QList<int>{1, 2, 3}));
}

void TestScaleInstances::whatDoesNotStart()
{
    LimitCase scale = scaled(u"pr-bad"_s, 1, u"Type=notify\nNotifyAccess=all\nTimeoutStartSec=20\n"
                                             "ExecStart=/bin/sh -c 'test %i = 3 && exit 7; systemd-notify --ready; exec /bin/sleep 1000'"_s);
    const ActionResult result = scale.run(scale.intent(scale.look({{u"by"_s, u"2"_s}})));
    QVERIFY(result.status == ActionStatus::Failed);
    QVERIFY2(result.output.startsWith(u"pr-bad@3.service: pr-bad@3.service did not start (job failed"_s), qPrintable(result.output));
    QVERIFY2(result.output.contains(u"pr-bad@2.service stopped"_s), qPrintable(result.output));
    QTRY_COMPARE(processesOf(u"pr-bad"_s), QList<int>{1}); // those that it started are gone as well
}

void TestScaleInstances::stopped()
{
    LimitCase scale = scaled(u"pr-none"_s, 0);
    const Preflight look = scale.look();
    QVERIFY(look.valueBefore == u"0" && look.valueTarget == u"1");
    COMPLETES(scale.run(scale.intent(look)));
    QTRY_COMPARE(processesOf(u"pr-none"_s), QList<int>{1});
    systemctl({u"kill"_s, u"-s"_s, u"KILL"_s, u"pr-none@1.service"_s}); // failed: it does not run, its number is free
    QTRY_COMPARE(unitProperty(u"pr-none@1.service"_s, u"ActiveState"_s), u"failed"_s);
    const ActionRequest again = scale.intent(scale.look());
    QVERIFY(again.valueBefore == u"0" && again.plan.contains(u"pr-none@1.service"));
    COMPLETES(scale.run(again));
    QTRY_COMPARE(processesOf(u"pr-none"_s), QList<int>{1});
}

void TestScaleInstances::othersChanged()
{
    LimitCase scale = scaled(u"pr-others"_s, 2);
    const ActionRequest up = scale.intent(scale.look());
    systemctl({u"stop"_s, u"pr-others@1.service"_s});
    const ActionResult result = scale.run(up);
    QVERIFY(result.status == ActionStatus::Failed);
    QCOMPARE(result.output, u"1 instances of pr-others@.service run, which is not as when the action was decided; nothing was done"_s);
    QTRY_COMPARE(processesOf(u"pr-others"_s), QList<int>{2});
    ActionRequest foreign = up;
    foreign.plan.replace(u"pr-others@3.service"_s, u"dbus.service"_s);
    QCOMPARE(scale.run(foreign).output, u"the intent names units that are no instances of pr-others@.service; nothing was done"_s);
}

void TestScaleInstances::killedMeanwhile()
{
#ifndef PRUNELLA_FAILPOINTS
    return; // a release build has none
#endif
    LimitCase scale = scaled(u"pr-kill"_s, 1);
    scale.service.resources.instances->max = 4;
    const ActionRequest up = scale.intent(scale.look({{u"by"_s, u"2"_s}}));
    systemctl({u"start"_s, u"pr-kill@2.service"_s}); // as far as an engine came that was killed between the two
    COMPLETES(scale.run(up));
    QTRY_COMPARE(processesOf(u"pr-kill"_s), (QList<int>{1, 2, 3}));
    const ActionRequest more = scale.intent(scale.look());
    QProcess engine;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"PRUNELLA_KILL_AT"_s, u"scale_begins"_s);
    engine.setProcessEnvironment(environment);
    engine.start(QCoreApplication::applicationFilePath(), {u"--act"_s, u"pr-kill@.service"_s, more.valueBefore, more.plan});
    QVERIFY(engine.waitForFinished());
    QCOMPARE(engine.exitStatus(), QProcess::CrashExit);
    COMPLETES(scale.run(more));
    QTRY_COMPARE(processesOf(u"pr-kill"_s), (QList<int>{1, 2, 3, 4}));
}

void TestScaleInstances::weightOfAUnit()
{
    const QString unit = u"pr-weight.service"_s;
    putUnit(unit, u"ExecStart=/bin/sleep 1000"_s);
    systemctl({u"start"_s, unit});
    LimitCase scale(ActionType::ScaleResources, unit);
    scale.service.resources.cpuWeight = LimitConfig{2, 1000};
    const ActionRequest request = scale.intent(scale.look());
    QVERIFY(request.subject == u"cpu_weight" && request.valueBefore == u"100" && request.valueTarget == u"200");
    QCOMPARE(scale.describe(request), u"SetUnitProperties(\"pr-weight.service\", runtime, CPUWeight=200 (now not set))"_s);
    COMPLETES(scale.run(request));
    QCOMPARE(unitProperty(unit, u"CPUWeight"_s), u"200"_s);
    QCOMPARE(kernelWord(unit, u"cpu.weight"_s), unifiedGroups() ? "200" : "2048"); // shares: 1024 for 100
    COMPLETES(scale.run(scale.inverse(request)));
    QCOMPARE(unitProperty(unit, u"CPUWeight"_s), u"[not set]"_s);
    QCOMPARE(unitProperty(unit, u"DropInPaths"_s), QString());
}

void TestScaleInstances::weightOfInstances()
{
    LimitCase scale = scaled(u"pr-heavy"_s, 3);
    scale.service.resources.ioWeight = LimitConfig{1.5, 1000};
    const ActionRequest request = scale.intent(scale.look()); // instances are at their most: the priorities are next
    QCOMPARE(request.subject, u"io_weight"_s);
    COMPLETES(scale.run(request));
    for (int number = 1; number <= 3; ++number)
        QCOMPARE(unitProperty(u"pr-heavy@%1.service"_s.arg(number), u"IOWeight"_s), u"150"_s);
    COMPLETES(scale.run(scale.inverse(request)));
    for (int number = 1; number <= 3; ++number)
        QCOMPARE(unitProperty(u"pr-heavy@%1.service"_s.arg(number), u"IOWeight"_s), u"[not set]"_s);
}

void TestScaleInstances::whatIsNotNamed()
{
    LimitCase scale = scaled(u"pr-any"_s, 2);
    scale.service.resources.cpuWeight = LimitConfig{2, 100}; // unset is 100: at its most
    QCOMPARE(scale.look().subject, u"instances"_s);
    scale.service.resources.instances->max = 2;
    const Preflight look = scale.look();
    QVERIFY(look.objection && look.objection->reason == Reason::AtMaximum && look.subject == u"instances");
    scale.service.resources.ioWeight = LimitConfig{2, 400};
    QCOMPARE(scale.look().subject, u"io_weight"_s);
}

void TestScaleInstances::wrongParameters()
{
    LimitCase scale = scaled(u"pr-wrong"_s, 1);
    for (const auto &[key, value] : {std::pair(u"by"_s, u"many"_s), std::pair(u"by"_s, u"0"_s), std::pair(u"what"_s, u"memory"_s), std::pair(u"what"_s, u"cpu_weight"_s)})
        QVERIFY2(scale.look({{key, value}}).objection.has_value(), qPrintable(key + value));
    QVERIFY(!actionKind(ActionType::ScaleResources).supports(ServiceConfig()));
}

void TestScaleInstances::notAuthorised()
{
    LimitCase scale = scaled(u"pr-right"_s, 2);
    const ActionRequest up = scale.intent(scale.look()), down = scale.intent(scale.look({{u"by"_s, u"-1"_s}}));
    std::optional<ActionResult> more, fewer;
    {
        const AsNobody nobody;
        more = scale.run(up);
        fewer = scale.run(down);
    }
    QVERIFY2(more->failure == FailureKind::NotAuthorised && more->output.contains(u"pr-right@3.service"_s), qPrintable(more->output));
    QVERIFY2(fewer->failure == FailureKind::NotAuthorised, qPrintable(fewer->output));
    QTRY_COMPARE(processesOf(u"pr-right"_s), (QList<int>{1, 2}));
}

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (app.arguments().value(1) == u"--act"_s)
        return actHere(app.arguments());
    TestScaleInstances test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_scale_instances.moc"
