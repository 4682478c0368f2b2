#include "Ctl.h"

#include "core/store/StoreWriter.h"

#include <QProcess>

#include <fcntl.h>
#include <future>
#include <stdlib.h>
#include <unistd.h>

namespace prunella::testing {

using namespace Qt::StringLiterals;

namespace {

CtlAnswer finished(QProcess &process, const QStringList &arguments, const QStringList &environment)
{
    auto variables = QProcessEnvironment::systemEnvironment();
    variables.remove(u"NO_COLOR"_s);
    for (const QString &assignment : environment)
        variables.insert(assignment.section(u'=', 0, 0), assignment.section(u'=', 1));
    process.setProcessEnvironment(variables);
    process.start(QStringLiteral(BUILD_DIR "/bin/prunellactl"), arguments);
    if (!process.waitForFinished(60'000) || process.exitStatus() != QProcess::NormalExit)
        return {};
    return {process.exitCode(), QString::fromUtf8(process.readAllStandardOutput()), QString::fromUtf8(process.readAllStandardError())};
}

} // namespace

CtlAnswer ctl(const QStringList &arguments, const QStringList &environment)
{
    QProcess process;
    return finished(process, arguments, environment);
}

QString ctlOnTerminal(const QStringList &arguments, const QStringList &environment)
{
    const int master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || ::grantpt(master) != 0 || ::unlockpt(master) != 0)
        qFatal("no terminal can be had");
    const QString slave = QString::fromLocal8Bit(::ptsname(master));
    const int kept = ::open(slave.toLocal8Bit().constData(), O_RDWR | O_NOCTTY | O_CLOEXEC); // its buffer outlives the call
    QProcess process;
    process.setStandardOutputFile(slave);
    const auto answer = finished(process, arguments, environment);
    ::fcntl(master, F_SETFL, O_NONBLOCK);
    QByteArray text;
    char buffer[4096];
    for (ssize_t got = 0; (got = ::read(master, buffer, sizeof buffer)) > 0;)
        text.append(buffer, got);
    ::close(kept);
    ::close(master);
    return answer.code == 0 ? QString::fromUtf8(text) : answer.err;
}

Incident writtenIncident(const QString &id, const QString &component, qint64 detectedAt)
{
    Incident incident;
    incident.id = id;
    incident.type = ErrorType::ServiceCrash;
    incident.severity = Severity::High;
    incident.status = IncidentStatus::Escalated;
    incident.component = component;
    incident.summary = component + u" failed"_s;
    incident.condition = {ConditionKind::ProcessExited, component, {}, -1};
    incident.startedAt = incident.detectedAt = detectedAt;
    incident.finalHalt = true;
    incident.haltReason = Reason::AttemptsExhausted;
    Diagnosis diagnosis;
    diagnosis.rootCause = component + u" was killed"_s;
    diagnosis.confidence = 0.9;
    diagnosis.root.node = u"service_crash"_s;
    diagnosis.root.held = true;
    diagnosis.ruledOut = QList<QString>{u"out of memory: no OOM kill in the kernel log"_s};
    incident.diagnosis = diagnosis;
    RecoveryActionRecord action;
    action.id = u"action-of-"_s + id;
    action.target = component;
    action.status = ActionStatus::Completed;
    action.decision = {Decision::Run, Reason::Allowed, u"automatic, confidence 0.90"_s, 0};
    action.call = u"start [\"/bin/true\"]"_s;
    action.startedAt = detectedAt + 1;
    action.completedAt = detectedAt + 2;
    action.verdict = Verdict::Unchanged;
    incident.actions.append(action);
    incident.timeline.append({detectedAt, IncidentStatus::Detected, component + u" failed"_s});
    incident.timeline.append({detectedAt + 3, IncidentStatus::Escalated, u"1 of 1 attempts"_s});
    return incident;
}

void writeStore(const QString &stateDir, const QList<Incident> &incidents, const QList<MetricRow> &rows)
{
    auto writer = StoreWriter::open({stateDir, stateDir}, 30, std::make_shared<SystemClock>());
    if (!writer)
        qFatal("%s", qPrintable(writer.error().message));
    Transaction transaction;
    transaction.incidents = incidents;
    std::promise<CommitResult> promise;
    auto written = promise.get_future();
    (*writer)->commit(transaction, [&promise](const CommitResult &result) { promise.set_value(result); });
    if (const auto result = written.get(); result.state != CommitState::Durable)
        qFatal("%s", qPrintable(result.error));
    (*writer)->append(rows);
}

} // namespace prunella::testing
