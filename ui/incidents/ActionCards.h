#pragma once
#include "core/model/Incident.h"

#include <QScrollArea>

class QFormLayout;
class QVBoxLayout;

namespace prunella {

/// What was done, newest first: status, exact command, reason, output, and what the verification saw.
class ActionCards : public QScrollArea
{
    Q_OBJECT
public:
    explicit ActionCards(QWidget *parent = nullptr);

    /// Builds anew only when something shown has changed, so that a selection in an output survives.
    void setIncident(const Incident &incident);

private:
    [[nodiscard]] QWidget *card(const RecoveryActionRecord &action);
    void addRow(QFormLayout *form, const QString &caption, const QString &text);
    void addExact(QFormLayout *form, const QString &caption, const QString &text, int maximumLines);
    [[nodiscard]] QWidget *caption(const QString &text);

    QVBoxLayout *m_cards = nullptr;
    QString m_shown;
};

} // namespace prunella
