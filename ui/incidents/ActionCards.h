#pragma once
#include "core/model/Incident.h"

#include <QScrollArea>

class QVBoxLayout;

namespace prunella {

/// What was done, newest first: status, exact command, what it changes, whose step it is, reason,
/// who allowed it, output, what the verification saw, and what took it back.
class ActionCards : public QScrollArea
{
    Q_OBJECT
public:
    explicit ActionCards(QWidget *parent = nullptr);

    /// Builds anew only when something shown has changed, so that a selection in an output survives.
    void setIncident(const Incident &incident);

private:
    [[nodiscard]] QWidget *card(const RecoveryActionRecord &action, const Incident &incident);
    [[nodiscard]] QWidget *snapshotButton(const RecoveryActionRecord &action);

    QVBoxLayout *m_cards = nullptr;
    QString m_shown;
};

} // namespace prunella
