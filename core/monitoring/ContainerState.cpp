#include "core/monitoring/ContainerState.h"

#include "core/model/Facts.h"

#include <QJsonDocument>

#include <csignal>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr int signalBase = 128, lastSignal = 64;

bool bySignal(int exitCode) { return exitCode > signalBase && exitCode <= signalBase + lastSignal; }

/// docker kill -s HUP only tells something; without a number it is what docker stop sends.
bool meansEnd(const QString &signal)
{
    bool isNumber = false;
    const int number = signal.toInt(&isNumber);
    return !isNumber || number == SIGTERM || number == SIGKILL || number == SIGINT || number == SIGQUIT;
}

} // namespace

bool endedWell(const ContainerState &state)
{
    const int signal = bySignal(state.exitCode) ? state.exitCode - signalBase : 0;
    return !state.running && !state.oomKilled && (state.exitCode == 0 || signal == SIGTERM || signal == SIGINT || signal == SIGHUP);
}

ContainerState containerState(const QJsonObject &inspected)
{
    const QJsonObject state = inspected.value("State"_L1).toObject();
    ContainerState read;
    read.exists = true;
    // One that the daemon is about to start again does not run, whatever "Running" says.
    read.running = state.value("Running"_L1).toBool() && !state.value("Restarting"_L1).toBool();
    read.oomKilled = state.value("OOMKilled"_L1).toBool();
    read.pid = read.running ? qint64(state.value("Pid"_L1).toInteger()) : 0;
    read.exitCode = state.value("ExitCode"_L1).toInt();
    read.restarts = inspected.value("RestartCount"_L1).toInt();
    read.startedAt = state.value("StartedAt"_L1).toString();
    read.status = state.value("Status"_L1).toString();
    return read;
}

ContainerEvent containerEvent(const QByteArray &line)
{
    const QJsonObject object = QJsonDocument::fromJson(line).object();
    const QJsonObject actor = object.value("Actor"_L1).toObject(), attributes = actor.value("Attributes"_L1).toObject();
    ContainerEvent event;
    event.id = actor.value("ID"_L1).toString();
    event.name = attributes.value("name"_L1).toString();
    event.oldName = attributes.value("oldName"_L1).toString();
    if (event.oldName.startsWith(u'/'))
        event.oldName.remove(0, 1);
    event.action = object.value("Action"_L1).toString();
    event.asksToEnd = event.action == "stop"_L1 || event.action == "remove"_L1 || event.action == "destroy"_L1
        || (event.action == "kill"_L1 && meansEnd(attributes.value("signal"_L1).toString()));
    return event;
}

ProcessState processOf(const ContainerState &state, const QString &service, qint64 lastPid, bool stopRequested)
{
    ProcessState process;
    process.service = service;
    process.running = state.running;
    process.pid = state.running ? state.pid : lastPid;
    if (state.running)
        return process;
    process.exitKnown = state.exists;
    process.signalled = bySignal(state.exitCode);
    process.exitStatus = process.signalled ? state.exitCode - signalBase : state.exitCode;
    process.stopRequested = stopRequested || !state.exists;
    return process;
}

QString containerText(const ContainerState &state, const QString &container, bool stopRequested)
{
    const QString who = u"container "_s + container;
    if (!state.exists)
        return u"there is no "_s + who;
    if (state.running)
        return u"%1 runs, pid %2"_s.arg(who).arg(state.pid);
    if (state.status == "created"_L1)
        return who + u" was never started"_s;
    if (stopRequested)
        return who + u" was stopped"_s;
    if (state.oomKilled)
        return who + u" was killed for want of memory"_s;
    if (bySignal(state.exitCode))
        return who + u" was killed by "_s + signalText(state.exitCode - signalBase);
    return u"%1 exited with code %2"_s.arg(who).arg(state.exitCode);
}

} // namespace prunella
