#pragma once
// What event sources report, and what detectors make of it.
#include "core/model/Enums.h"
#include "core/model/Sample.h"

#include <QStringList>
#include <QVariantMap>

namespace prunella {

/// The state of one systemd unit as the manager last told it. Strings are systemd's own words.
struct UnitState {
    QString unit;
    bool userBus = false;
    QString loadState;      ///< loaded, not-found, masked, bad-setting, error
    QString activeState;    ///< active, reloading, inactive, failed, activating, deactivating
    QString subState;       ///< running, exited, auto-restart, start-pre, ...
    QString result;         ///< success, exit-code, signal, core-dump, watchdog, timeout, oom-kill, start-limit-hit, ...
    QString invocationId;   ///< hex; new for each start
    quint32 restarts = 0;   ///< NRestarts: automatic restarts by systemd since the last manual start
    quint32 mainPid = 0;
    int exitCode = 0;       ///< ExecMainCode: 1 exited, 2 killed, 3 dumped (CLD_*); 0 none yet
    int exitStatus = 0;     ///< ExecMainStatus: exit status or signal number
    qint64 exitWallMs = 0;  ///< ExecMainExitTimestamp; 0 when none
    QString controlGroup;
    QString binary, workingDirectory; ///< of ExecStart, WorkingDirectory
    QString user;           ///< User; empty: the manager's own, root for the system's
    QStringList configFiles;///< FragmentPath and DropInPaths
    bool startLimitHit = false; ///< systemd refuses to start it again; `result` may keep an older word
    bool operator==(const UnitState &) const = default;
};

/// A process of our own process manager.
struct ProcessState {
    QString service;
    qint64 pid = 0;
    bool running = false;
    bool exitKnown = false; ///< false for an adopted process: its status belongs to another parent
    bool signalled = false;
    int exitStatus = 0;     ///< exit status, or the signal number when `signalled`
    bool stopRequested = false; ///< we or a person ended it: no crash
};

/// The answer of one health check.
struct CheckResult {
    QString service;
    int index = 0;          ///< position in the service's `health` list
    CheckType type = CheckType::Http;
    bool ok = false;
    bool timedOut = false;
    bool refused = false;   ///< the connection was refused: nobody listens
    double latencyMs = 0;
    QString text;           ///< "HTTP 503", "connection refused", "body does not match /ok/"
    double tlsDaysLeft = -1;///< days until the peer's certificate expires; negative when there is no TLS
    qint64 wallMs = 0;
    qint64 monotonicMs = 0;
};

/// The kernel ended a process for want of memory (kernel log).
struct OomKill {
    qint64 pid = 0;
    QString command;
    QString controlGroup;   ///< task_memcg, as the kernel names it; may be empty
    qint64 rssKiB = 0;
    qint64 wallMs = 0;
};

enum class RawEventKind { UnitChanged, ProcessChanged, CheckDone, OomKilled, SourceLost, SourceBack };

/// One message from an event source. Only the member that `kind` names is set.
struct RawEvent {
    RawEventKind kind = RawEventKind::UnitChanged;
    QString component;      ///< the service it belongs to; empty when none is known yet
    UnitState unit;
    UnitState previousUnit; ///< for UnitChanged: the state before; empty activeState when this is the first report
    ProcessState process;
    CheckResult check;
    OomKill oom;
    QString source;         ///< SourceLost, SourceBack: "system bus", "user bus", "kernel log"
    QString text;           ///< SourceLost: why, for example "no system bus"
    qint64 wallMs = 0;
    qint64 monotonicMs = 0;
};

/// How an incident's opening condition is told apart and looked at again.
enum class ConditionKind { Threshold, UnitFailed, RestartLoop, ProcessExited, CheckFailing, Anomaly, LogPattern };

/// Anomalies and patterns are right half the time: they open or enrich incidents, and never start an action alone.
[[nodiscard]] constexpr bool isHint(ConditionKind kind)
{
    return kind == ConditionKind::Anomaly || kind == ConditionKind::LogPattern;
}

struct Condition {
    ConditionKind kind = ConditionKind::Threshold;
    QString component;
    SeriesKey series;       ///< Threshold, Anomaly (of the series that leads), LogPattern (log_errors, log_template, …)
    int check = -1;         ///< CheckFailing: index of the health check
    bool operator==(const Condition &) const = default;
};

/// A detector's finding: an error of one type on one component.
struct ErrorEvent {
    Condition condition;
    ErrorType type = ErrorType::Unknown;
    Severity severity = Severity::Medium;
    bool cleared = false;   ///< true: the condition no longer holds
    bool opens = true;      ///< false: it joins an open incident of its component and never opens one
    QString reason;         ///< one sentence with the values
    qint64 startedWallMs = 0; ///< when the fault began, as far as the evidence tells
    qint64 wallMs = 0;
    qint64 monotonicMs = 0;
};

} // namespace prunella
