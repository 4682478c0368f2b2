#pragma once
#include "core/base/Clock.h"
#include "core/engine/EngineClient.h"

#include "ui/charts/ChartSpec.h"

#include <QSet>
#include <QWidget>
#include <memory>

class QButtonGroup;
class QLabel;
class QPushButton;
class QSplitter;

namespace prunella {

class ChartGrid;
class ServicesPanel;
class TileRow;

/// The first page: figures, charts and services. Asks the engine for a sample a second while it is seen.
class OverviewPage : public QWidget
{
    Q_OBJECT
public:
    OverviewPage(EngineClient *client, std::shared_ptr<const Clock> clock, QWidget *parent = nullptr);
    ~OverviewPage() override;

    [[nodiscard]] ChartGrid *grid() const { return m_grid; }

Q_SIGNALS:
    void incidentActivated(const QString &id);

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    [[nodiscard]] QWidget *chartBar();
    void addRange(QButtonGroup *group, QLayout *row, const QString &text, qint64 ms);
    void takeFrame(const FramePtr &frame);
    void offerCharts(const EngineFrame &frame);
    void showCharts(const QStringList &ids);
    void chooseCharts();
    void setFollowing(bool following);
    void sampleFast(bool on);

    EngineClient *m_client;
    std::shared_ptr<const Clock> m_clock;
    TileRow *m_tiles;
    ChartGrid *m_grid;
    ServicesPanel *m_services;
    QSplitter *m_splitter;
    QPushButton *m_pause = nullptr;
    QLabel *m_pausedAt = nullptr;
    QSet<SeriesKey> m_keys;       ///< series of the last offer; a new one changes it
    QList<ChartSpec> m_available;
    QStringList m_chosen;         ///< what a person chose; empty: the default
    bool m_fast = false;
};

} // namespace prunella
