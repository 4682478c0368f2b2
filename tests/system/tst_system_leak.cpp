// labels: sandbox
// A unit that leaks, by the shipped procedures in automatic mode: twice a restart is enough; the third time within a day it gets more
// room first, which the kernel's control group tells.
#include "Incidents.h"
#include "Playbook.h"

#include <QTest>

#include <csignal>

using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 mib = 1 << 20;
const QString limit = u"MemoryAccounting=yes\nMemoryMax=96M\nMemorySwapMax=0"_s;
const QString resources = u"resources: {memory: {step: 1.5, max: 512MiB}}"_s;

/// A repair counts as one when it lasts ten times the settling time: 2 s here.
QString fastConfig(const QString &services, const QString &more)
{
    return engineConfig(services, u"automatic"_s, u"max_retry_attempts: 10"_s, more).replace(u"settle: 1s"_s, u"settle: 200ms"_s)
        .replace(u"monitoring_interval: 1}"_s, u"monitoring_interval: 300ms}"_s);
}

/// Sends the leak on its way, once the engine's repair has lasted.
void leak(EngineProcess &engine, const VictimUnit &victim, int starts)
{
    QTRY_COMPARE_WITH_TIMEOUT(countLines(victim.log(), "waits"), starts, 10'000);
    QVERIFY(starts == 1 || !engine.ends(2500));
    ::kill(pid_t(victim.mainPid()), SIGUSR1);
}

QJsonObject actionAt(const QJsonObject &incident, int index) { return actionsOf(incident).at(index).toObject(); }

QString kindAt(const QJsonObject &incident, int index) { return actionAt(incident, index).value(u"action_type").toString(); }

} // namespace

class TestSystemLeak : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void killedAtItsLimit();
    void growsOverAThreshold();

private:
    static void raised(const QJsonObject &incident, const QString &procedure);
};

/// Restarted in the first two incidents; the third has this first.
void TestSystemLeak::raised(const QJsonObject &incident, const QString &procedure)
{
    const QJsonObject action = actionAt(incident, 0);
    QCOMPARE(action.value(u"action_type").toString(), u"increase_resources"_s);
    QCOMPARE(action.value(u"status").toString(), u"completed"_s);
    QCOMPARE(action.value(u"subject").toString(), u"memory"_s);
    QCOMPARE(action.value(u"procedure").toString(), procedure);
    QCOMPARE(action.value(u"step").toString(), u"raise_for_returning"_s);
    QVERIFY2(action.value(u"undone_by").isNull(), "more room stays");
}

/// The kernel ends it at MemoryMax: the tree of crashes says oom_kill, its procedure is service_crash_memory.
void TestSystemLeak::killedAtItsLimit()
{
    const QString dir = outDirectory(u"leak"_s);
    const VictimUnit victim(u"leaking"_s, dir, {u"--on-usr1"_s, u"--eat"_s}, limit, u"StartLimitIntervalSec=0"_s);
    victim.start();
    EngineProcess engine(dir, fastConfig(victim.service(resources), u"  guards: {cool_down: 0s}\n"_s));
    QVERIFY2(engine.start() && engine.knows(u"leaking"_s), qPrintable(engine.eventsText() + engine.errors()));
    for (int times = 1; times <= 3; ++times) {
        QCOMPARE(kernelMemoryLimit(victim.unit()), 96 * mib);
        leak(engine, victim, times);
        QVERIFY2(engine.sees(u"resolved"_s, u"leaking"_s, 15'000, times), qPrintable(engine.eventsText()));
    }
    QCOMPARE(kernelMemoryLimit(victim.unit()), 144 * mib);
    QCOMPARE(victim.property(u"MemoryMax"_s), QString::number(144 * mib));
    const QList<QJsonObject> incidents = incidentsOf(engine, u"leaking"_s);
    QCOMPARE(incidents.size(), 3);
    for (const QJsonObject &incident : incidents) {
        QCOMPARE(incident.value(u"diagnosis").toObject().value(u"cause_id").toString(), u"oom_kill"_s);
        QVERIFY(incident.value(u"diagnosis").toObject().value(u"confidence").toDouble() >= 0.8); // what acting alone takes
    }
    for (int i = 0; i < 2; ++i) {
        QCOMPARE(actionsOf(incidents[i]).size(), 1);
        QCOMPARE(kindAt(incidents[i], 0), u"restart_service"_s);
        QVERIFY(actionAt(incidents[i], 0).value(u"verified").toBool());
    }
    raised(incidents[2], u"service_crash_memory"_s);
    QCOMPARE(engine.stop(), 0);
}

/// It grows over the limit of its own unit_memory. A steady rise takes three minutes to be seen as one (a tenth of the half hour that the
/// trend looks at): the shipped tree is changed in this one place, where it takes any rise for one; the procedure is the shipped one.
void TestSystemLeak::growsOverAThreshold()
{
    const QString dir = outDirectory(u"grow"_s), procedure = u"memory_leak_restart_then_raise"_s;
    const QString shipped = QStringLiteral(SOURCE_DIR "/resources/playbooks/");
    QByteArray tree = bytesOf(shipped + u"memory_leak.yaml"_s);
    QVERIFY(tree.contains("{fact: incident.trend, equals: leak}"));
    putFile(dir + u"/playbooks/memory_leak.yaml"_s, tree.replace("{fact: incident.trend, equals: leak}", "{fact: incident.metric, equals: unit_memory}"));
    putFile(dir + u"/playbooks/procedures/own.yaml"_s, bytesOf(shipped + u"procedures/%1.yaml"_s.arg(procedure)));
    const VictimUnit victim(u"growing"_s, dir, {u"--on-usr1"_s, u"--eat"_s, u"64"_s}, limit, u"StartLimitIntervalSec=0"_s);
    victim.start();
    const QString threshold = u"  thresholds: [{metric: unit_memory, labels: {service: growing}, warning: 40000000, critical: 50000000, for: 0s}]\n"_s;
    EngineProcess engine(dir, fastConfig(victim.service(resources), withPlaybooks(dir) + threshold));
    QVERIFY2(engine.start() && engine.knows(u"growing"_s), qPrintable(engine.eventsText() + engine.errors()));
    for (int times = 1; times <= 3; ++times) {
        QCOMPARE(kernelMemoryLimit(victim.unit()), 96 * mib);
        leak(engine, victim, times);
        QVERIFY2(engine.sees(u"resolved"_s, u"growing"_s, 15'000, times), qPrintable(engine.eventsText()));
    }
    QCOMPARE(kernelMemoryLimit(victim.unit()), 144 * mib);
    QCOMPARE(victim.starts(), 4);
    const QList<QJsonObject> incidents = incidentsOf(engine, u"growing"_s);
    QCOMPARE(incidents.size(), 3);
    for (int i = 0; i < 2; ++i) {
        QCOMPARE(incidents[i].value(u"error_type").toString(), u"memory_leak"_s);
        QCOMPARE(incidents[i].value(u"diagnosis").toObject().value(u"cause_id").toString(), i == 0 ? u"service_leak"_s : u"returning_leak"_s);
        QCOMPARE(actionsOf(incidents[i]).size(), 1);
        QCOMPARE(kindAt(incidents[i], 0), u"restart_service"_s);
        QVERIFY(actionAt(incidents[i], 0).value(u"verified").toBool());
    }
    raised(incidents[2], procedure);
    QCOMPARE(kindAt(incidents[2], 1), u"restart_service"_s);
    QVERIFY(actionAt(incidents[2], 1).value(u"verified").toBool());
    QCOMPARE(engine.stop(), 0);
}

QTEST_GUILESS_MAIN(TestSystemLeak)
#include "tst_system_leak.moc"
