#pragma once
#include "core/engine/EngineClient.h"

#include <QWidget>

class QLabel;
class QPushButton;
class QTableView;
class QVBoxLayout;

namespace prunella {

class RightsModel;

/// What the engine may do for each service, before it is needed: a table, and below it why, for the chosen service.
class RightsPage : public QWidget
{
    Q_OBJECT
public:
    explicit RightsPage(EngineClient *client, QWidget *parent = nullptr);

protected:
    void showEvent(QShowEvent *event) override;

private:
    void build();
    [[nodiscard]] QWidget *buildReasons();
    void read();
    void take(const QList<RightVerdict> &rights);
    void showReasons();
    [[nodiscard]] QString summary() const;

    EngineClient *m_client;
    RightsModel *m_model;
    QTableView *m_table = nullptr;
    QLabel *m_summary = nullptr, *m_chosen = nullptr;
    QPushButton *m_again = nullptr;
    QWidget *m_reasons = nullptr;
    QVBoxLayout *m_lines = nullptr; ///< of the reasons
    quint64 m_asked = 0;            ///< the newest reading; answers of older ones are dropped
};

} // namespace prunella
