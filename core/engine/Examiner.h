#pragma once
// From an incident to its diagnosis: gathers what the engine knows at this moment, and remembers what trees may ask for
// later: recent log lines, error events and past incidents. One owner: the engine thread.
#include "core/base/RingBuffer.h"
#include "core/diagnosis/EvidenceBuilder.h"
#include "core/engine/Detectors.h"
#include "core/engine/ServiceBoard.h"
#include "core/model/Procedure.h"

#include <deque>

namespace prunella {

class Examiner
{
public:
    /// All of them outlive this object.
    struct World {
        const Detectors &detectors;
        const ServiceBoard &board;
        const Pipeline &pipeline;
        std::function<bool()> kernelLogReadable;
        std::function<Topology()> topology;               ///< as it was seen; depends_on is known without it
        std::function<QList<ChangeRecord>()> changes;     ///< of the last day
    };
    explicit Examiner(World world) : m_world(std::move(world)) {}

    void setTrees(QList<DecisionTree> trees) { m_trees = std::move(trees); }
    /// What the conditions of procedures ask besides plain facts is answered in evidence from then on.
    void setProcedures(const QList<Procedure> &procedures);
    void note(const QList<LogLine> &lines);
    void note(const ErrorEvent &event);
    /// An incident that is over is history from then on.
    void note(const Incident &incident);
    /// The 30 days before this engine started; read in Qt's pool, answered in the thread of `context`.
    void readHistory(QObject *context, const QString &stateDir, qint64 wallMs);
    /// What was changed just before may tell more of an error's type than the symptom does.
    [[nodiscard]] std::optional<TypeReason> trueType(const ErrorEvent &event, const Now &now) const;
    /// The probes that the incident's tree needs next, with what was answered so far.
    [[nodiscard]] QList<ProbeOrder> probes(const Incident &incident, const Now &now) const;
    [[nodiscard]] Diagnosis diagnose(const Incident &incident, const Now &now) const;
    /// All facts at this moment: for the conditions and parameters of a procedure.
    [[nodiscard]] Evidence evidence(const Incident &incident, const Now &now) const
    {
        return evidence(incident, treeFor(m_trees, incident.type), now);
    }

private:
    /// Of an incident that is over, what later ones are compared with.
    struct Past { QString id, component; ErrorType type = ErrorType::Unknown; EarlierIncident facts; };
    [[nodiscard]] static Past pastOf(const Incident &incident);
    [[nodiscard]] EvidenceInput input(const Incident &incident, const DecisionTree *tree, const Now &now) const;
    [[nodiscard]] Evidence evidence(const Incident &incident, const DecisionTree *tree, const Now &now) const;
    [[nodiscard]] std::optional<QList<LogLine>> linesOf(const ServiceConfig &service, const Now &now) const;
    [[nodiscard]] Topology topology() const;
    void addSuspect(Diagnosis &diagnosis, const Incident &incident, const Now &now) const;
    [[nodiscard]] QStringList affectedBy(const Incident &incident) const;
    [[nodiscard]] ProbeSubject subject(const Incident &incident) const;
    void addEarlier(EvidenceInput &input, const Incident &incident, const Now &now) const;

    World m_world;
    QList<DecisionTree> m_trees;
    QHash<ErrorType, QList<TreeQuery>> m_queries;  ///< of the procedures; each key once
    QHash<QString, RingBuffer<LogLine>> m_lines;   ///< by service
    std::deque<ErrorEvent> m_events;
    std::optional<QList<Past>> m_history;          ///< of the last 30 days
};

} // namespace prunella
