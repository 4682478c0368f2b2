#pragma once
// What a decision tree asks besides plain facts: counted in what was seen, or looked at now by a probe.
#include "core/model/Diagnosis.h"
#include "core/model/ServiceConfig.h"

#include <QStringList>
#include <optional>

namespace prunella {

/// One question form of a tree. Texts may hold {fact} placeholders, which are filled from evidence.
struct TreeQuery {
    enum class Kind { Log, LogTemplate, Events, Change, Probe };
    Kind kind = Kind::Probe;
    QString key;              ///< "log(refused,600s)", "probe.tcp({check.address})": the fact that holds the answer
    QString type;             ///< Probe: "tcp", ...; Events: an error type's word or "any"; Change: a kind's word or "any"
    QString of;               ///< Events, Change: component, dependency, dependent, host, any
    QString text;             ///< Log: expression, LogTemplate: template, Probe: address, url, name, path or field; may be empty
    QStringList command;      ///< Probe nagios: argument vector
    int expectStatus = 0;     ///< Probe http; 0: any 2xx or 3xx is ok
    qint64 withinMs = 600'000;///< all but Probe: ms before the fault's start
    qint64 timeoutMs = 3000;  ///< Probe
};

/// What a probe needs to know of the component that it looks at; what is not known is empty.
struct ProbeSubject {
    QString component;
    QString unit, controlGroup;              ///< as systemd names them
    qint64 pid = 0;                          ///< the main process; 0: none runs
    QString user;                            ///< under which it runs; empty: not told
    QString binary;                          ///< what its unit or command starts; empty: not known
    std::optional<MonitorConfig> database;   ///< the component's postgresql or redis monitor
    QList<ServiceConfig> dependencies;       ///< with their health checks
};

/// A probe to run: a query with its placeholders filled.
struct ProbeOrder {
    QString key, type, text;
    QStringList command;
    int expectStatus = 0;
    qint64 timeoutMs = 3000;
    ProbeSubject subject;
    bool operator==(const ProbeOrder &other) const { return key == other.key && text == other.text && command == other.command; }
};

/// One round of probes for an incident, and what came of it: a fact for each order, without a value where nothing could be told.
struct ProbeRound { QString incidentId; quint64 round = 0; QList<ProbeOrder> orders; };
struct ProbeAnswers { QString incidentId; quint64 round = 0; Evidence facts; };

/// "tcp 127.0.0.1:5432", for the timeline
[[nodiscard]] inline QString toString(const ProbeOrder &order)
{
    const QString what = order.command.isEmpty() ? order.text : order.command.join(u' ');
    return what.isEmpty() ? order.type : QString(order.type + u' ' + what);
}

/// A fact that was asked for and is not known, and why: its value is invalid.
[[nodiscard]] inline Fact unknownFact(const QString &why, qint64 wallMs = 0) { return {QVariant(), why, wallMs}; }

/// The words of `probe: {type: ...}`.
[[nodiscard]] const QStringList &probeTypes();

} // namespace prunella
