// labels: sandbox
// A bad deployment that crash-loops is rolled back to the last good release and healthy, in one incident, by a running engine.
#include "EngineProcess.h"
#include "Incidents.h"
#include "RealUnit.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QTest>

#include <climits>
#include <unistd.h>

using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

QByteArray linkText(const QString &path)
{
    QByteArray text(PATH_MAX, '\0');
    const ssize_t size = readlink(QFile::encodeName(path).constData(), text.data(), std::size_t(text.size()));
    return size < 0 ? QByteArray("<none>") : text.left(size);
}

/// An application in releases: DIR/app/current -> releases/N, each with a program `run`.
class DeployedUnit
{
public:
    DeployedUnit(const QString &name, const QString &dir, const QString &lines, const QString &unitLines = {})
        : m_name(name), m_dir(dir + u"/"_s + name), m_unit(name, u"ExecStart=%1/current/run 100000\n%2"_s.arg(m_dir, lines), unitLines)
    {
        addRelease(u"1"_s, u"/usr/bin/sleep"_s);
        point(u"1"_s);
        m_unit.start();
    }
    void addRelease(const QString &release, const QString &program) const
    {
        if (!QDir().mkpath(m_dir + u"/releases/"_s + release) || !QFile::copy(program, m_dir + u"/releases/%1/run"_s.arg(release)))
            qFatal("cannot make the release %s", qPrintable(release));
    }
    void point(const QString &release) const
    {
        const QByteArray link = QFile::encodeName(m_dir + u"/current"_s), fresh = link + ".fresh";
        if (symlink(QFile::encodeName(u"releases/"_s + release).constData(), fresh.constData()) != 0 || rename(fresh.constData(), link.constData()) != 0)
            qFatal("cannot move the link");
    }
    /// As a pipeline does it: the link, then the service.
    void deploy(const QString &release) const
    {
        point(release);
        systemctl({u"restart"_s, m_unit.unit()});
    }
    [[nodiscard]] QByteArray current() const { return linkText(m_dir + u"/current"_s); }
    [[nodiscard]] QString property(const QString &name) const { return systemctl({u"show"_s, u"--value"_s, u"-p"_s, name, m_unit.unit()}); }
    [[nodiscard]] QString program() const { return QFile::symLinkTarget(u"/proc/%1/exe"_s.arg(property(u"MainPID"_s))); }
    [[nodiscard]] QString programOf(const QString &release) const { return m_dir + u"/releases/%1/run"_s.arg(release); }
    [[nodiscard]] QString service() const
    {
        return u"    - {name: %1, manager: systemd, unit: %1.service, deployment: {type: release-directory, current: %2/current, releases: %2/releases,"
               " good_after: 2s}}\n"_s.arg(m_name, m_dir);
    }

private:
    QString m_name, m_dir;
    RealUnit m_unit;
};

QString more() { return u"  learning: {confidence_threshold: 0}\n  guards: {cool_down: 0s}\n"_s; }

/// Every failure right after a deployment recommends going back, and nothing else.
void writeTree(const QString &dir)
{
    QFile file(dir + u"/playbooks/deployment.yaml"_s);
    if (!QDir().mkpath(dir + u"/playbooks"_s) || !file.open(QIODevice::WriteOnly))
        qFatal("cannot write the playbook");
    file.write(R"(tree: deployment_failure
applies_to: [deployment_failure]
first: only
questions:
  only:
    ask: Is it there?
    when: {fact: unit.result, in: [signal, success, exit-code]}
    yes: {likelihood: 0.95, then: bad_version}
    no: {likelihood: 0.95, then: other}
    unknown: yes
causes:
  bad_version: {text: the new version is bad, prior: 0.5, summary: "{component}: the new version is bad.", actions: [rollback_deployment]}
  other: {text: other, prior: 0.5, summary: "{component}: other.", advice: look}
)");
}

/// One release of `releases --json`; empty: unknown.
QJsonObject release(const EngineProcess &engine, const QString &service, const QString &name)
{
    const QJsonArray all = QJsonDocument::fromJson(engine.call({u"releases"_s, service, u"--config"_s, engine.configFile(), u"--json"_s}).out.toUtf8()).array();
    for (const QJsonValue &one : all)
        if (one.toObject().value(u"release").toString() == name)
            return one.toObject();
    return {};
}

int countOf(const QJsonArray &incidents, const QString &component)
{
    return int(std::count_if(incidents.begin(), incidents.end(), [&](const QJsonValue &one) {
        return one.toObject().value(u"component").toString() == component;
    }));
}

} // namespace

class TestSystemRollback : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void crashLoopIsRolledBack_data();
    void crashLoopIsRolledBack();
    void failedReleaseIsNeverChosenAgain();
    void recordsOutliveTheEngine();
    void noGoodReleaseIsAVerdict();
};

void TestSystemRollback::crashLoopIsRolledBack_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("lines");
    QTest::addColumn<QString>("unitLines");
    QTest::newRow("systemd tries for ever") << u"loops"_s << u"Restart=always\nRestartSec=200ms"_s << QString();
    QTest::newRow("until the start limit") << u"limited"_s << u"Restart=always\nRestartSec=100ms"_s << u"StartLimitIntervalSec=600\nStartLimitBurst=4"_s;
    QTest::newRow("systemd does not try") << u"once"_s << u"Restart=no"_s << QString();
}

void TestSystemRollback::crashLoopIsRolledBack()
{
    QFETCH(QString, name);
    QFETCH(QString, lines);
    QFETCH(QString, unitLines);
    const QString dir = outDirectory(name);
    const DeployedUnit unit(name, dir, lines, unitLines);
    EngineProcess engine(dir, engineConfig(unit.service(), u"automatic"_s, {}, more()));
    QVERIFY2(engine.start() && engine.knows(name), qPrintable(engine.eventsText() + engine.errors()));
    QTRY_VERIFY_WITH_TIMEOUT(release(engine, name, u"1"_s).value(u"good").toBool(), 60'000);
    unit.addRelease(u"2"_s, u"/usr/bin/false"_s);
    unit.deploy(u"2"_s);
    QVERIFY2(engine.sees(u"resolved"_s, name, 40'000), qPrintable(engine.eventsText()));
    QCOMPARE(unit.current(), QByteArray("releases/1"));
    QCOMPARE(unit.property(u"ActiveState"_s), u"active"_s);
    QCOMPARE(unit.program(), unit.programOf(u"1"_s));
    QCOMPARE(countOf(engine.incidents(), name), 1);
    const QJsonObject incident = engine.incident(name), action = actionsOf(incident).last().toObject();
    QCOMPARE(action.value(u"action_type").toString(), u"rollback_deployment"_s);
    QVERIFY2(action.value(u"verified").toBool(), qPrintable(engine.eventsText()));
    QCOMPARE(incident.value(u"error_type").toString(), u"deployment_failure"_s);
    const QJsonObject failed = release(engine, name, u"2"_s);
    QVERIFY(!failed.value(u"failed_at").toString().isEmpty() && !failed.value(u"failed_why").toString().isEmpty() && !failed.value(u"good").toBool());
    QTRY_VERIFY_WITH_TIMEOUT(release(engine, name, u"1"_s).value(u"current").toBool(), 60'000);
    const QString changes = engine.call({u"changes"_s}).out;
    QVERIFY2(changes.contains(name + u" was deployed: 1 -> 2 (seen)"_s) && !changes.contains(u"2 -> 1"_s), qPrintable(changes)); // going back is our own
    QCOMPARE(engine.stop(), 0);
}

void TestSystemRollback::failedReleaseIsNeverChosenAgain()
{
    const QString name = u"twice"_s, dir = outDirectory(name);
    const DeployedUnit unit(name, dir, u"Restart=no"_s);
    EngineProcess engine(dir, engineConfig(unit.service(), u"automatic"_s, {}, more()));
    QVERIFY2(engine.start() && engine.knows(name), qPrintable(engine.eventsText() + engine.errors()));
    QTRY_VERIFY_WITH_TIMEOUT(release(engine, name, u"1"_s).value(u"good").toBool(), 60'000);
    unit.addRelease(u"2"_s, u"/usr/bin/false"_s);
    unit.addRelease(u"3"_s, u"/usr/bin/false"_s);
    int times = 0;
    for (const QString &bad : {u"2"_s, u"3"_s}) {
        unit.deploy(bad);
        QVERIFY2(engine.sees(u"resolved"_s, name, 40'000, ++times), qPrintable(engine.eventsText()));
        QCOMPARE(unit.current(), QByteArray("releases/1"));
    }
    for (const QString &bad : {u"2"_s, u"3"_s})
        QVERIFY(!release(engine, name, bad).value(u"failed_at").toString().isEmpty());
    QCOMPARE(engine.stop(), 0);
}

/// Killed and started anew: what was known of the releases is known still, and what was deployed meanwhile is noticed.
void TestSystemRollback::recordsOutliveTheEngine()
{
    const QString name = u"kept"_s, dir = outDirectory(name);
    const DeployedUnit unit(name, dir, u"Restart=no"_s);
    unit.addRelease(u"2"_s, u"/usr/bin/sleep"_s);
    EngineProcess engine(dir, engineConfig(unit.service(), u"automatic"_s, {}, more()));
    QVERIFY2(engine.start() && engine.knows(name), qPrintable(engine.eventsText() + engine.errors()));
    QTRY_VERIFY_WITH_TIMEOUT(release(engine, name, u"1"_s).value(u"good").toBool(), 60'000);
    engine.kill9();
    const double healthy = release(engine, name, u"1"_s).value(u"healthy_seconds").toDouble();
    QVERIFY(healthy >= 2);
    unit.deploy(u"2"_s);
    QVERIFY2(engine.start() && engine.knows(name), qPrintable(engine.eventsText() + engine.errors()));
    QTRY_VERIFY_WITH_TIMEOUT(release(engine, name, u"2"_s).value(u"current").toBool(), 20'000);
    QCOMPARE(release(engine, name, u"1"_s).value(u"healthy_seconds").toDouble(), healthy);
    QTRY_VERIFY(engine.call({u"changes"_s}).out.contains(name + u" was deployed: 1 -> 2 (seen)"_s));
    QCOMPARE(engine.stop(), 0);
}

/// Nothing before it is known to be good: a person is told what is known, and the link stays.
void TestSystemRollback::noGoodReleaseIsAVerdict()
{
    const QString name = u"fresh"_s, dir = outDirectory(name);
    const DeployedUnit unit(name, dir, u"Restart=no"_s);
    writeTree(dir);
    const QString services = unit.service().replace(u"good_after: 2s"_s, u"good_after: 1h"_s);
    EngineProcess engine(dir, engineConfig(services, u"automatic"_s, {}, more() + u"  playbooks: [\"%1/playbooks\"]\n"_s.arg(dir)));
    QVERIFY2(engine.start() && engine.knows(name), qPrintable(engine.eventsText() + engine.errors()));
    QTRY_VERIFY_WITH_TIMEOUT(release(engine, name, u"1"_s).value(u"current").toBool(), 20'000);
    unit.addRelease(u"2"_s, u"/usr/bin/false"_s);
    unit.deploy(u"2"_s);
    QVERIFY2(engine.sees(u"escalated"_s, name, 40'000), qPrintable(engine.eventsText()));
    QVERIFY2(lastReason(engine.incident(name)).contains(u"no earlier release of fresh is known to be good"_s), qPrintable(lastReason(engine.incident(name))));
    QCOMPARE(unit.current(), QByteArray("releases/2"));
    QVERIFY(release(engine, name, u"2"_s).value(u"failed_at").isNull());
    QCOMPARE(engine.stop(), 0);
}

QTEST_GUILESS_MAIN(TestSystemRollback)
#include "tst_system_rollback.moc"
