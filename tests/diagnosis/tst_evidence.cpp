#include "core/diagnosis/EvidenceBuilder.h"
#include "core/diagnosis/FactLogic.h"

#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 wall0 = 1'700'000'000'000;

EvidenceInput crash()
{
    EvidenceInput input;
    input.condition.kind = ConditionKind::UnitFailed;
    input.condition.component = u"web"_s;
    input.reason = u"web.service failed"_s;
    UnitState unit;
    unit.unit = u"web.service"_s;
    unit.loadState = u"loaded"_s;
    unit.activeState = unit.subState = u"failed"_s;
    unit.result = u"signal"_s;
    unit.exitCode = 2;
    unit.exitStatus = 9;
    unit.exitWallMs = wall0 - 100;
    unit.controlGroup = u"/system.slice/web.service"_s;
    input.unit = unit;
    input.now = {wall0, 1, 1, {}};
    return input;
}

SeriesFacts series(double last, const QString &unit = u"%"_s, TrendShape shape = TrendShape::Flat, double slope = 0)
{
    SeriesFacts facts;
    facts.last = facts.median = last;
    facts.unit = unit;
    facts.shape = shape;
    facts.slopePerHour = slope;
    facts.spanMs = 1'800'000;
    facts.wallMs = wall0;
    return facts;
}

} // namespace

class TestEvidence : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void unit();
    void process();
    void oomKills_data();
    void oomKills();
    void checks();
    void whichSeriesSpeaks();
    void incidentSeries();
    void topServices();
    void dependencies();
    void onlyDocumentedFacts();
};

void TestEvidence::unit()
{
    const Evidence e = buildEvidence(crash());
    QCOMPARE(e[u"unit.result"_s].value.toString(), u"signal"_s);
    QCOMPARE(e[u"unit.exit_signal"_s].value.toInt(), 9);
    QCOMPARE(e[u"unit.exit_signal"_s].text, u"main process ended by signal 9 (SIGKILL)"_s);
    QCOMPARE(e[u"unit.exit_signal"_s].wallMs, wall0 - 100);
    QCOMPARE(e[u"exit.signal"_s].value.toInt(), 9);
    QCOMPARE(e[u"unit.active"_s].value, QVariant(false));
    QVERIFY(!e.contains(u"unit.exit_status"_s));
    EvidenceInput exec = crash();
    exec.unit->result = u"exit-code"_s;
    exec.unit->exitCode = 1;
    exec.unit->exitStatus = 203;
    const Evidence x = buildEvidence(exec);
    QCOMPARE(x[u"unit.exit_status"_s].value.toInt(), 203);
    QCOMPARE(x[u"unit.exec_step"_s].value.toString(), u"EXEC"_s);
    QVERIFY(!x.contains(u"unit.exit_signal"_s));
    EvidenceInput well = crash();
    well.unit->result = u"success"_s; // no result worth a fact
    well.unit->exitCode = 0;
    QVERIFY(!buildEvidence(well).contains(u"unit.result"_s) && !buildEvidence(well).contains(u"unit.exit_status"_s));
}

void TestEvidence::process()
{
    EvidenceInput input = crash();
    input.unit.reset();
    input.process = ProcessState{u"web"_s, 77, false, true, false, 3, false};
    const Evidence e = buildEvidence(input);
    QCOMPARE(e[u"exit.status"_s].value.toInt(), 3);
    QCOMPARE(e[u"process.running"_s].value, QVariant(false));
    input.process->exitKnown = false;
    QVERIFY(!buildEvidence(input).contains(u"exit.status"_s));
    QCOMPARE(buildEvidence(input)[u"process.exit_known"_s].value, QVariant(false));
}

void TestEvidence::oomKills_data()
{
    QTest::addColumn<OomKill>("kill");
    QTest::addColumn<bool>("readable");
    QTest::addColumn<QString>("killed");
    const OomKill ours{4711, u"java"_s, u"/system.slice/web.service"_s, 1024, wall0 - 90};
    const auto row = [](const char *name, OomKill kill, bool readable, const char *killed) {
        QTest::newRow(name) << kill << readable << QString::fromLatin1(killed);
    };
    const auto group = [&](const QString &path) { OomKill kill = ours; kill.controlGroup = path; return kill; };
    const auto at = [&](qint64 wallMs) { OomKill kill = ours; kill.wallMs = wallMs; return kill; };
    row("its group", ours, true, "true");
    row("a group below it", group(u"/system.slice/web.service/worker"_s), true, "true");
    row("seen from another root", group(u"/sandbox.scope/system.slice/web.service"_s), true, "true");
    row("another service", group(u"/system.slice/db.service"_s), true, "false");
    row("a longer name", group(u"/system.slice/web.service-helper"_s), true, "false");
    row("no group", group(QString()), true, "false");
    row("long ago", at(wall0 - 3'600'000), true, "false");
    row("just before the exit was seen", at(wall0 - 9000), true, "true");
    row("log not readable, but told otherwise", ours, false, "true");
    row("log not readable", group(u"/x"_s), false, "unknown");
}

void TestEvidence::oomKills()
{
    QFETCH(OomKill, kill);
    QFETCH(bool, readable);
    EvidenceInput input = crash();
    input.oomKills = {kill};
    input.kernelLogReadable = readable;
    const Evidence e = buildEvidence(input);
    const QString found = e.contains(u"oom.killed"_s) ? factValueText(e[u"oom.killed"_s].value) : u"unknown"_s;
    QTEST(found, "killed");
}

void TestEvidence::checks()
{
    EvidenceInput input = crash();
    QVERIFY(!buildEvidence(input).contains(u"check.failing"_s)); // no checks: not known, and not zero
    CheckResult good, bad;
    good.ok = true;
    good.text = u"HTTP 200"_s;
    good.latencyMs = 12;
    bad.index = 1;
    bad.text = u"HTTP 503"_s;
    input.lastChecks = {good, bad};
    const Evidence e = buildEvidence(input);
    QCOMPARE(e[u"check.failing"_s].value.toInt(), 1);
    QCOMPARE(e[u"check.failing"_s].text, u"1 of 2 health checks fail"_s);
    QCOMPARE(e[u"check.http_status"_s].value.toDouble(), 503.0);
    QCOMPARE(e[u"check.ok"_s].value, QVariant(false)); // the failing one speaks
    input.condition.kind = ConditionKind::CheckFailing;
    input.condition.check = 0;
    QCOMPARE(buildEvidence(input)[u"check.http_status"_s].value.toDouble(), 200.0); // the one that opened the incident
    QCOMPARE(buildEvidence(input)[u"check.latency_ms"_s].value.toDouble(), 12.0);
}

void TestEvidence::whichSeriesSpeaks()
{
    EvidenceInput input = crash();
    const auto disk = [](const QString &path) { return SeriesKey{u"disk_usage"_s, {{u"path"_s, path}}}; };
    input.series = {{disk(u"/"_s), series(50)}, {disk(u"/var"_s), series(93)}, {disk(u"/tmp"_s), series(20)}};
    QCOMPARE(buildEvidence(input)[u"metric.disk_usage.value"_s].text, u"disk_usage of /var 93 %"_s); // the worst
    input.condition.kind = ConditionKind::Threshold;
    input.condition.series = disk(u"/"_s);
    QCOMPARE(buildEvidence(input)[u"metric.disk_usage.value"_s].value.toDouble(), 50.0); // its own
    input.series = {{{u"unit_memory"_s, {{u"service"_s, u"db"_s}}}, series(9e9, u"B"_s)},
                    {{u"unit_memory"_s, {{u"service"_s, u"web"_s}}}, series(1048576, u"B"_s)}};
    QCOMPARE(buildEvidence(input)[u"metric.unit_memory.value"_s].text, u"unit_memory 1 MiB"_s); // never another service's
}

void TestEvidence::incidentSeries()
{
    EvidenceInput input = crash();
    input.unit.reset();
    input.condition = {ConditionKind::Threshold, u"host"_s, {u"memory_usage"_s, {}}, -1};
    SeriesFacts facts = series(90, u"%"_s, TrendShape::Leak, 2);
    facts.warning = 85;
    facts.overForMs = 90'000;
    input.series = {{input.condition.series, facts}};
    const Evidence e = buildEvidence(input);
    QCOMPARE(e[u"component.kind"_s].value.toString(), u"host"_s);
    QCOMPARE(e[u"incident.metric"_s].value.toString(), u"memory_usage"_s);
    QCOMPARE(e[u"incident.trend"_s].value.toString(), u"leak"_s);
    QCOMPARE(e[u"incident.trend"_s].text, u"memory_usage rises steadily, 2 % an hour over 30 min"_s);
    QCOMPARE(e[u"incident.hours_to_full"_s].value.toDouble(), 5.0);
    QCOMPARE(e[u"incident.over_for_s"_s].text, u"memory_usage 90 %, past its limit of 85 % for 90 s"_s);
    QCOMPARE(e[u"metric.memory_usage.trend_per_hour"_s].value.toDouble(), 2.0);
    input.series[input.condition.series].shape = TrendShape::Unknown;
    QVERIFY(!buildEvidence(input).contains(u"incident.trend"_s)); // too few points are no trend
}

void TestEvidence::topServices()
{
    EvidenceInput input = crash();
    input.condition.component = u"host"_s;
    const auto of = [](const QString &name) { return SeriesKey{u"unit_memory"_s, {{u"service"_s, name}}}; };
    input.series = {{of(u"db"_s), series(8e9, u"B"_s)}, {of(u"web"_s), series(1e9, u"B"_s, TrendShape::Leak, 2e8)},
                    {of(u"api"_s), series(2e9, u"B"_s, TrendShape::Leak, 1e8)}};
    const Evidence e = buildEvidence(input);
    QCOMPARE(e[u"host.top_memory"_s].value.toString(), u"db"_s);
    QCOMPARE(e[u"host.growing_memory"_s].value.toString(), u"web"_s);
    QVERIFY(!e.contains(u"host.top_cpu"_s));
}

void TestEvidence::dependencies()
{
    EvidenceInput input = crash();
    QVERIFY(!buildEvidence(input).contains(u"dependency.down"_s));
    input.dependencies = 2;
    QCOMPARE(buildEvidence(input)[u"dependency.down"_s].value, QVariant(false));
    input.failedDependencies = {u"db"_s, u"cache"_s};
    QCOMPARE(buildEvidence(input)[u"dependency.down"_s].value, QVariant(true));
    QCOMPARE(buildEvidence(input)[u"dependency.names"_s].value.toString(), u"db, cache"_s);
}

namespace {

/// Every source has something to tell.
EvidenceInput everything()
{
    EvidenceInput input = crash();
    input.process = ProcessState{u"web"_s, 77, false, true, false, 3, false};
    input.oomKills = {{77, u"java"_s, u"/system.slice/web.service"_s, 1024, wall0}};
    input.kernelLogReadable = true;
    input.dependencies = 1;
    input.failedDependencies = {u"db"_s};
    input.condition = {ConditionKind::Threshold, u"web"_s, {u"unit_memory"_s, {{u"service"_s, u"web"_s}}}, -1};
    SeriesFacts facts = series(90, u"%"_s, TrendShape::Leak, 2);
    facts.warning = 80;
    facts.anomaly = 0.99995;
    facts.p50 = facts.p95 = facts.p99 = facts.baseline = 80;
    input.series = {{input.condition.series, facts}, {{u"unit_cpu"_s, {{u"service"_s, u"web"_s}}}, facts}};
    CheckResult check;
    check.ok = true;
    check.text = u"HTTP 200"_s;
    input.lastChecks = {check};
    input.health.emplaceBack().url = u"http://127.0.0.1/"_s;
    input.unit->binary = u"/usr/bin/web"_s;
    input.unit->workingDirectory = u"/srv"_s;
    input.unit->mainPid = 4711;
    input.unit->configFiles = {u"/etc/systemd/system/web.service"_s};
    input.topology.emplace();
    input.changes = {ChangeRecord{{}, ChangeKind::Kernel, {}, u"kernel"_s, {}, {}, {}, {}, wall0 - 1}};
    input.earlier = {EarlierIncident{wall0 - 1, {}, {}}};
    return input;
}

} // namespace

void TestEvidence::onlyDocumentedFacts()
{
    const EvidenceInput input = everything();
    EvidenceInput exec = input;
    exec.unit->exitCode = 1;
    exec.unit->exitStatus = 203;
    Evidence all = buildEvidence(input);
    all.insert(buildEvidence(exec));
    QFile readme(QStringLiteral(SOURCE_DIR "/core/diagnosis/README.md"));
    QVERIFY(readme.open(QIODevice::ReadOnly));
    const QString text = QString::fromUtf8(readme.readAll());
    for (auto it = all.cbegin(); it != all.cend(); ++it) {
        QVERIFY2(isKnownFact(it.key()), qPrintable(it.key()));
        const bool family = it.key().startsWith(u"metric."_s) || it.key().startsWith(u"incident.label."_s)
            || it.key().startsWith(u"history.tried."_s) || it.key().startsWith(u"history.healed_by."_s);
        if (!family)
            QVERIFY2(text.contains(QString(u'`' + it.key() + u'`')), qPrintable(it.key() + u" is not in the README"_s));
    }
    for (const QString &key : knownFacts()) // and what trees may ask for can be known
        QVERIFY2(all.contains(key), qPrintable(key));
}

QTEST_GUILESS_MAIN(TestEvidence)
#include "tst_evidence.moc"
