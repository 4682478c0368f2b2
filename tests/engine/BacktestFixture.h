#pragma once
// A history as a live engine writes it: the real pipeline and detectors in a small world, stored by the real writer.
#include "PipelineFixture.h"
#include "core/engine/Backtest.h"
#include "core/engine/SeriesTable.h"
#include "tests/store/StoreFixture.h"

namespace prunella::test {

/// The response time of `web` over 2000 ms is an incident; mode approve, settles in 30 s.
[[nodiscard]] Config recorded(double limit = 2000, Mode mode = Mode::Approve);

class History
{
public:
    explicit History(Config config = recorded());

    /// So much time at this response time of web, one sample every 30 s.
    void measure(double value, qint64 ms);
    /// Time without samples.
    void pass(qint64 ms);
    void crash(const QString &service = QStringLiteral("web"));
    void recovered(const QString &service = QStringLiteral("web"));
    [[nodiscard]] qint64 now() const { return world.clock.now().wallMs; }
    /// What the engine would have stored.
    void save();
    void mark(const Incident &incident, Mark mark);
    void markMissed(const QString &component, qint64 at);
    [[nodiscard]] Result<BacktestReport> replay(const Config &config, const BacktestProgress &progress = {}) const;

    World world;
    StoreFixture store;
    SeriesTable series;
    bool recordEvents = true;

private:
    void feed(ErrorEvent event);

    Config m_config;
    QList<ErrorEvent> m_events;
    QList<MetricRow> m_rows;
};

} // namespace prunella::test
