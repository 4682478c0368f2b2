#include "tests/system/RealCase.h"

#include "core/config/TreeLoader.h"
#include "core/diagnosis/Diagnose.h"
#include "core/diagnosis/Probing.h"
#include "core/monitoring/HealthChecker.h"
#include "core/monitoring/HostMonitors.h"
#include "core/monitoring/KernelLog.h"
#include "core/monitoring/LogSources.h"
#include "core/monitoring/TreeProbe.h"
#include "core/monitoring/UnitWatcher.h"

#include <QTcpServer>
#include <QTest>

namespace prunella::testing {

using namespace Qt::StringLiterals;

quint16 closedPort()
{
    QTcpServer server;
    return server.listen(QHostAddress::LocalHost) ? server.serverPort() : 0;
}

int runProgram(const QStringList &call)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::ForwardedChannels);
    process.start(call.first(), call.mid(1));
    return process.waitForFinished(20'000) && process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
}

RealCase::RealCase(ErrorType type, const QString &component)
    : m_type(type)
{
    input.condition.component = component;
    input.kernelLogReadable = true;
    input.dependencies = 0;
    input.changes.emplace();
    input.topology.emplace();
    input.earlier.emplace();
    input.now = SystemClock().now();
    subject.component = component;
}

void RealCase::lookAtUnit(const QString &unit, const std::function<bool(const UnitState &)> &until)
{
    UnitWatcher watcher(false, std::make_shared<SystemClock>());
    watcher.setUnits({{unit, input.condition.component}});
    watcher.start();
    QTRY_VERIFY_WITH_TIMEOUT(!watcher.states().isEmpty() && until(watcher.states().first()), 15'000);
    input.unit = watcher.states().first();
    input.condition.kind = ConditionKind::UnitFailed;
    subject.unit = unit;
    subject.controlGroup = input.unit->controlGroup;
    subject.pid = input.unit->mainPid;
    subject.binary = input.unit->binary;
    subject.user = input.unit->user.isEmpty() ? u"root"_s : input.unit->user;
}

CheckResult RealCase::check(const HealthCheckConfig &config)
{
    ServiceConfig service;
    service.name = input.condition.component;
    service.health = {config};
    HealthChecker checker(std::make_shared<SystemClock>());
    checker.setServices({service}, 3'600'000);
    QList<CheckResult> answers;
    checker.checkNow(service.name, [&](const QList<CheckResult> &results) { answers = results; });
    [&] { QTRY_COMPARE_WITH_TIMEOUT(answers.size(), 1, 15'000); }();
    input.health = service.health;
    input.lastChecks = answers;
    input.condition.kind = ConditionKind::CheckFailing;
    input.condition.check = 0;
    return answers.value(0);
}

void RealCase::readLog(const QString &file, const QByteArray &until)
{
    LogSources sources(std::make_shared<SystemClock>());
    QList<LogLine> lines;
    connect(&sources, &LogSources::linesReady, this, [&](const QList<LogLine> &read) { lines += read; });
    ServiceConfig service;
    service.name = input.condition.component;
    service.manager = Manager::Process; // its file is read from the start
    sources.setServices({service});
    sources.setFile(input.condition.component, file);
    sources.start();
    const auto said = [&] { return std::any_of(lines.begin(), lines.end(), [&](const LogLine &line) { return line.text.contains(until); }); };
    QTRY_VERIFY2_WITH_TIMEOUT(said(), qPrintable(u"no \"%1\" in %2"_s.arg(QString::fromUtf8(until), file)), 10'000);
    sources.stop();
    input.lines = lines;
}

void RealCase::lookAtHost()
{
    for (const auto &monitor : hostMonitors(Config())) {
        for (const Sample &sample : monitor->sample(SystemClock().now())) {
            SeriesFacts facts;
            facts.last = sample.value;
            facts.unit = sample.unit;
            facts.wallMs = sample.wallMs;
            input.series.insert(sample.key, facts);
        }
    }
}

void RealCase::over(const SeriesKey &series, const SeriesFacts &facts)
{
    input.condition.kind = ConditionKind::Threshold;
    input.condition.series = series;
    input.series.insert(series, facts);
}

void RealCase::changed(ChangeKind kind, const QString &what, const QString &detail)
{
    ChangeRecord record;
    record.kind = kind;
    record.component = input.condition.component;
    record.subject = what;
    record.detail = detail;
    record.at = SystemClock().now().wallMs - 60'000;
    input.changes->append(record);
}

Diagnosis RealCase::diagnose()
{
    const QList<DecisionTree> trees = loadTrees({QStringLiteral(SOURCE_DIR "/resources/playbooks")}).trees;
    input.now = SystemClock().now();
    const DecisionTree *tree = treeFor(trees, m_type);
    Evidence evidence = buildEvidence(input, tree);
    const MonitorCancel cancel;
    for (int round = 0; tree && round < 16; ++round) {
        settleUnaskable(evidence, *tree, input.condition.component);
        const QList<ProbeOrder> orders = neededProbes(*tree, input.condition.component, evidence);
        if (orders.isEmpty())
            break;
        for (ProbeOrder order : orders) {
            order.subject = subject;
            asked << toString(order);
            evidence.insert(order.key, runTreeProbe(order, SystemClock().now(), cancel));
        }
    }
    return prunella::diagnose(trees, m_type, input.condition.component, evidence, input.now);
}

namespace {

void addNode(QString &text, const DiagnosisNode &node, int depth)
{
    if (!node.held)
        return;
    text += QString(depth * 2, u' ') + node.node + u' ' + node.answer + u" ["_s + node.evidence.join(u"; "_s) + u"]\n"_s;
    for (const DiagnosisNode &child : node.children)
        addNode(text, child, depth + 1);
}

} // namespace

QString toText(const Diagnosis &diagnosis)
{
    QString text = u"%1 %2: %3\n"_s.arg(diagnosis.causeId).arg(diagnosis.confidence, 0, 'f', 2).arg(diagnosis.rootCause);
    addNode(text, diagnosis.root, 1);
    return text;
}

} // namespace prunella::testing
