#pragma once
#include "core/engine/EngineClient.h"

#include <QWidget>

class QLabel;
class QStackedWidget;
class QTabWidget;

namespace prunella {

class ActionCards;
class DiagnosisView;
class IncidentCommands;
class PlanView;
class StateHistory;

/// One incident: what happened and why, what to do, and behind tabs the diagnosis, what would be
/// done, what was done and its life.
class IncidentDetails : public QWidget
{
    Q_OBJECT
public:
    explicit IncidentDetails(EngineClient *client, QWidget *parent = nullptr);

    /// `patterns`: of all incidents; those of this one are shown as what was seen before.
    void setIncident(const Incident &incident, const QList<IncidentPattern> &patterns, qint64 nowMs);
    /// Nothing is selected: says what to do instead.
    void clear(const QString &text);

private:
    void build();
    [[nodiscard]] QWidget *buildHead();
    void setTabTexts(const Incident &incident);
    void showHead(const Incident &incident, qint64 nowMs);
    void showSeenBefore(const QList<IncidentPattern> &ofIncident);

    QStackedWidget *m_stack = nullptr;
    QLabel *m_empty = nullptr;
    QLabel *m_icon = nullptr, *m_title = nullptr, *m_sentence = nullptr, *m_status = nullptr, *m_facts = nullptr;
    QLabel *m_halt = nullptr; ///< why nothing more happens by itself
    QLabel *m_seenBefore = nullptr;
    IncidentCommands *m_commands;
    QTabWidget *m_tabs = nullptr;
    DiagnosisView *m_diagnosis;
    PlanView *m_plan;
    ActionCards *m_actions;
    class AffectedList *m_affected;
    StateHistory *m_history;
};

} // namespace prunella
