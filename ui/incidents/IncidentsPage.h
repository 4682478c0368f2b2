#pragma once
#include "core/engine/EngineClient.h"

#include <QSet>
#include <QWidget>

class QButtonGroup;
class QLabel;
class QLineEdit;
class QSplitter;
class QTableView;

namespace prunella {

class IncidentDetails;
class IncidentFilter;
class IncidentModel;
class IncidentTimeline;

/// All incidents of a chosen time: timeline strip, table that filters as you type, and the details of the selected one.
class IncidentsPage : public QWidget
{
    Q_OBJECT
public:
    explicit IncidentsPage(EngineClient *client, QWidget *parent = nullptr);

    /// Selects an incident; one that is not in the chosen time or filter is brought into view.
    void showIncident(const QString &id);

protected:
    void resizeEvent(QResizeEvent *event) override;
    void showEvent(QShowEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void build();
    [[nodiscard]] QWidget *buildBar();
    void buildTable();
    void fitColumns();
    [[nodiscard]] int columnWidth(int column) const; ///< px, in the table's letters
    void setRange(int index);
    void readHistory();
    void refresh();
    [[nodiscard]] QList<Incident> merged() const;
    void changed(const Incident &incident);
    void selectRow(const QString &id);
    void showSelected();
    void showCounts();
    [[nodiscard]] QString selectedId() const;
    [[nodiscard]] QString emptyText() const;
    [[nodiscard]] qint64 now() const;

    EngineClient *m_client;
    IncidentModel *m_model;
    IncidentFilter *m_filter;
    IncidentTimeline *m_timeline;
    IncidentDetails *m_details;
    QLineEdit *m_search = nullptr;
    QButtonGroup *m_ranges = nullptr;
    QLabel *m_count = nullptr, *m_empty = nullptr;
    QTableView *m_table = nullptr;
    QSplitter *m_split = nullptr;
    QList<Incident> m_history;     ///< from the store, for the chosen range
    QSet<QString> m_gone;          ///< merged into others since the store was read
    QString m_wanted;              ///< asked to be shown, not read yet
    qint64 m_span = 86'400'000;
    quint64 m_read = 0;            ///< the newest reading; answers of older ones are dropped
};

} // namespace prunella
