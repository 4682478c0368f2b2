#pragma once
// The live pipeline and detectors over stored history: a manual clock, a world made of the record, no effect outside.
#include "core/engine/Hindsight.h"
#include "core/engine/Pipeline.h"
#include "core/engine/SeriesTable.h"
#include "core/model/DecisionTree.h"

namespace prunella {

class Replay
{
public:
    /// Time begins at `start`, before the history's `from`: until then detectors learn and nothing is raised.
    Replay(const Config &config, QList<DecisionTree> trees, const ReplayHistory &history, qint64 start);

    /// A series' number for feed().
    [[nodiscard]] int seriesOf(const SeriesKey &key, const QString &component, const QString &unit) { return m_series.seriesOf(key, component, unit); }
    /// Samples come in the order of their times; all that is due before happens first.
    void feed(int series, double value, qint64 wallMs)
    {
        if (wallMs >= m_due)
            runUntil(wallMs);
        m_series.judge(series, value, wallMs, wallMs - m_offset, m_found);
        if (!m_found.empty())
            raiseFound(wallMs);
    }
    /// To the end of the history, without further samples.
    void finish() { runUntil(m_history.to); }

    /// All incidents, oldest first.
    [[nodiscard]] QList<Incident> incidents() const;
    [[nodiscard]] const QMap<Reason, int> &waits() const { return m_waits; }
    [[nodiscard]] int assumedHealed() const { return m_assumedHealed; }

private:
    struct Running { ActionRequest request; qint64 doneAt = 0; };
    struct Waiting { Command command; qint64 at = 0; };

    [[nodiscard]] PipelineHooks hooks();
    void runUntil(qint64 wallMs);
    [[nodiscard]] bool runNext(qint64 wallMs);
    void begin();
    void tick(qint64 wallMs);
    void setClock(qint64 wallMs);
    void rearm();
    void raiseFound(qint64 wallMs);
    void raise(const ErrorEvent &event);
    void tell(const ErrorEvent &event);
    void take(PipelineOutput output);
    void start(const ActionRequest &request);
    void ask(const ApprovalRequest &request);
    void verify(const QString &incidentId);
    void cure(const QString &component, qint64 untilMs);
    void closeByHand(const Incident &real);
    [[nodiscard]] std::optional<ErrorEvent> stillWrong(const Incident &incident) const;
    [[nodiscard]] Diagnosis diagnose(const Incident &incident) const;

    const ReplayHistory &m_history;
    const QList<DecisionTree> m_trees;
    Hindsight m_hindsight;
    ManualClock m_clock;
    const qint64 m_offset;              ///< wall ms minus monotonic ms
    SeriesTable m_series;
    Pipeline m_pipeline;
    std::vector<ErrorEvent> m_found;
    QList<ErrorEvent> m_held;           ///< told conditions that hold in the record
    QList<ErrorEvent> m_raised;         ///< conditions that the pipeline takes to hold
    QMap<QString, qint64> m_curedUntil; ///< component -> wall ms: the record shows a fault that would have been healed
    std::vector<Running> m_running;
    std::vector<Waiting> m_words;
    QList<Incident> m_closed;           ///< real incidents that a person closed, by time
    QMap<QString, int> m_questions;     ///< incident -> how often a person was asked
    QSet<QString> m_askedAbout;         ///< action ids
    std::map<QString, Incident> m_incidents;
    QMap<Reason, int> m_waits;
    qint64 m_nextTick = 0;              ///< wall ms: anomalies that have been quiet are over
    qint64 m_due = 0;                   ///< wall ms when something but a sample happens next
    qsizetype m_nextEvent = 0, m_nextClosed = 0;
    int m_ids = 0, m_assumedHealed = 0;
    bool m_begun = false;
};

} // namespace prunella
