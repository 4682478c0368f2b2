#pragma once
// The picture the engine shows: immutable, at most four a second.
#include "core/base/Result.h"
#include "core/model/Incident.h"
#include "core/model/Pattern.h"
#include "core/model/StoreQueries.h"

#include <QStringList>

#include <memory>

namespace prunella {

struct ComponentHealth {
    QString name;             ///< a service of the configuration, or "host"
    Health health = Health::Unknown;
    QString reason;           ///< one sentence: "active, 2 of 2 checks pass"
    qint64 since = 0;         ///< wall ms
    QString manager;          ///< systemd, process, …; empty for the host
    QString unit;
    bool paused = false;
    QStringList dependents;   ///< services that name this one in depends_on
    bool shadow = false;      ///< shadow mode: what would be done is recorded, not done
};

struct EngineInfo {
    qint64 pid = 0;
    QString version;
    Mode mode = Mode::Approve;       ///< of the configuration
    Mode ceiling = Mode::Automatic;  ///< the header's selector
    bool enabled = true;
    bool readOnly = false;           ///< another engine holds the state directory
    QString holder;                  ///< readOnly: who holds it
    qint64 startedAt = 0;
    qint64 heartbeatAt = 0;
    QString configFile, environment, stateDir;
    bool storeDamaged = false;       ///< the database was replaced; a person has not acknowledged it yet
    bool shadow = false;             ///< recovery.shadow: of all services that do not say otherwise
};

struct PauseInfo { QString target; qint64 until = 0; QString by; }; ///< empty target: everything; until 0: until resumed

enum class NoticeLevel { Info, Warning, Error };
struct Notice {
    QString id;               ///< stable, so that a notice replaces or withdraws its earlier self: "config", "store", "bus"
    NoticeLevel level = NoticeLevel::Info;
    QString text;             ///< empty: withdrawn
};

struct EngineFrame {
    quint64 version = 0;
    qint64 wallMs = 0;
    qint64 lastSampleAt = 0;
    Health overall = Health::Unknown;
    EngineInfo engine;
    QList<ComponentHealth> components;
    QList<MetricRow> metrics;        ///< the newest value of every series
    QList<Incident> open;            ///< open incidents, newest last
    QList<Incident> recent;          ///< resolved within the last 24 h, newest last
    QList<PauseInfo> pauses;
    QList<Notice> notices;
    QStringList failedBefore;        ///< units that were failed before Prunella watched them: listed, not healed
    RecoveryStats stats;
    QList<IncidentPattern> patterns; ///< over the whole history, strongest first within a kind
};
using FramePtr = std::shared_ptr<const EngineFrame>;

enum class CommandKind { Approve, Reject, Acknowledge, Resolve, Pause, Resume, SetCeiling, RecoverNow, AcknowledgeStore,
                         TakeOver, Reload, SampleFast, Feedback, AnnounceDeployment };

/// A person's word to the engine.
struct Command {
    CommandKind kind = CommandKind::Acknowledge;
    quint64 id = 0;           ///< set by EngineClient::send, comes back in the answer
    QString incidentId;       ///< may be a unique prefix
    QString actionId;
    QString planHash;         ///< Approve from the dialog: refused when the plan changed
    QString target;           ///< Pause, Resume; empty: everything
    QString text;             ///< Reject: the reason
    qint64 durationMs = 0;    ///< Pause; 0: until resumed
    Mode mode = Mode::Approve;///< SetCeiling
    std::optional<ActionType> action; ///< RecoverNow; absent: the recommended one
    bool on = false;          ///< SampleFast: the host's charts are visible, sample them each second without storing
    Mark mark = Mark::Real;   ///< Feedback; its note is `text`; Missed: of the component `target`
    qint64 at = 0;            ///< Feedback with Missed: wall ms when there should have been an incident
    QString actor;            ///< who says it
    bool interactive = false; ///< polkit may ask
    QString from;             ///< AnnounceDeployment of `target`: the version before, may be empty; the new one is `text`
    QString origin;           ///< where it was said: "console", "pts/3"
};

struct CommandAnswer {
    quint64 id = 0;
    bool ok = false;
    ErrorCode code = ErrorCode::Invalid; ///< when not ok
    QString text;             ///< one sentence
};

/// One line of `run --json`.
struct EngineEvent { qint64 at = 0; QString event, incident, component, reason; };

} // namespace prunella
