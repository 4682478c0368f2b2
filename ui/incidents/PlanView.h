#pragma once
#include "core/engine/EngineClient.h"

#include <QScrollArea>
#include <QTimer>

class QLabel;
class QVBoxLayout;

namespace prunella {

/// What would be done for an open incident, step by step with the exact calls: a dry run, asked while it is seen.
class PlanView : public QScrollArea
{
    Q_OBJECT
public:
    explicit PlanView(EngineClient *client, QWidget *parent = nullptr);

    /// Asks again when something changed that a plan may hang on.
    void setIncident(const Incident &incident);

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    void ask();
    void askRights();
    void take(const Result<IncidentPlan> &plan);
    void rebuild();
    [[nodiscard]] QWidget *card(const PlannedStep &step, int number, bool next);

    EngineClient *m_client;
    QTimer m_again;                ///< the policy's word also changes with time: pauses end, windows open
    QVBoxLayout *m_cards = nullptr;
    QLabel *m_title = nullptr, *m_note = nullptr;
    QString m_incidentId;
    QString m_about;               ///< what the plan hangs on, of the incident as it was set last
    QString m_shown;               ///< everything on screen, as one text to compare
    IncidentPlan m_plan;
    QList<RightVerdict> m_rights;
    quint64 m_asked = 0;           ///< the newest question; answers to older ones are dropped
    bool m_stale = false;
};

} // namespace prunella
