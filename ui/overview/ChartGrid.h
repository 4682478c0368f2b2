#pragma once
#include "core/base/Clock.h"
#include "ui/charts/TimeChart.h"
#include "ui/overview/ChartFeed.h"

#include <QScrollArea>

class QGridLayout;
class QLabel;
class QTimer;

namespace prunella {

/// The chosen charts in two or three columns on one time axis. Draws once a second, and only what can be seen.
class ChartGrid : public QScrollArea
{
    Q_OBJECT
public:
    ChartGrid(EngineClient *client, std::shared_ptr<const Clock> clock, QWidget *parent = nullptr);

    void setCharts(const QList<ChartSpec> &charts);
    void setRange(qint64 ms);
    /// The time axis stands still; values are still collected.
    void setFollowing(bool following);
    void takeFrame(const FramePtr &frame);
    /// Reads the store again: after a time in which fast samples were not taken.
    void reload();
    [[nodiscard]] const QList<TimeChart *> &charts() const { return m_charts; }
    [[nodiscard]] qint64 pausedAt() const { return m_pausedAt; }

Q_SIGNALS:
    void incidentActivated(const QString &id);

protected:
    void resizeEvent(QResizeEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    void arrange();
    void refreshVisible();
    [[nodiscard]] ChartMoment momentOf(const ChartSpec &spec) const;
    void moveCursor(qint64 wallMs);

    std::shared_ptr<const Clock> m_clock;
    ChartFeed *m_feed;
    QTimer *m_tick;
    QWidget *m_body;
    QGridLayout *m_layout;
    QLabel *m_empty;
    QList<TimeChart *> m_charts;
    FramePtr m_frame;
    qint64 m_range = 300'000;
    qint64 m_pausedAt = 0; ///< wall ms of the right edge; 0: follows the time
    int m_columns = 0;
};

} // namespace prunella
