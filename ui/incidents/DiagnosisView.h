#pragma once
#include "core/model/Incident.h"

#include <QWidget>

class QLabel;
class QSplitter;
class QTreeView;

namespace prunella {

class DiagnosisModel;

/// The explained tree with the taken path lit, and below or beside it what was ruled out and what came with it.
class DiagnosisView : public QWidget
{
    Q_OBJECT
public:
    explicit DiagnosisView(QWidget *parent = nullptr);

    void setIncident(const Incident &incident);

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    void build();
    [[nodiscard]] QLabel *paragraph(const QString &name);
    void showLists(const Diagnosis &diagnosis);
    void openTakenPath();

    DiagnosisModel *m_model;
    QTreeView *m_tree = nullptr;
    QLabel *m_head = nullptr, *m_lists = nullptr;
    QWidget *m_listArea = nullptr;
    QSplitter *m_split = nullptr;
    QString m_shown;
};

} // namespace prunella
