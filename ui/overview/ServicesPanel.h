#pragma once
#include "core/base/Clock.h"
#include "core/model/Frame.h"

#include <QWidget>
#include <memory>

class QLabel;
class QListView;

namespace prunella {

class ElidedLabel;
class ServicesModel;

/// The list of services with health, reason and since when.
class ServicesPanel : public QWidget
{
    Q_OBJECT
public:
    explicit ServicesPanel(std::shared_ptr<const Clock> clock, QWidget *parent = nullptr);
    void takeFrame(const FramePtr &frame);

Q_SIGNALS:
    void incidentActivated(const QString &id); ///< Enter or double click on a component with an open incident

private:
    void showEmpty(const EngineFrame &frame);
    void activate(const QModelIndex &index);

    ServicesModel *m_model;
    QListView *m_list;
    QLabel *m_empty;
    ElidedLabel *m_failedBefore;
    FramePtr m_frame;
};

} // namespace prunella
