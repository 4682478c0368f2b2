#pragma once
// Runs the probes of decision trees in threads of its own, and answers each round once: with what came in time.
#include "core/base/Clock.h"
#include "core/model/TreeQuery.h"

#include <QObject>
#include <QThreadPool>

#include <memory>

namespace prunella {

class MonitorCancel;

class ProbeCenter final : public QObject
{
    Q_OBJECT
public:
    explicit ProbeCenter(std::shared_ptr<const Clock> clock, QObject *parent = nullptr);
    ~ProbeCenter() override;

    void run(const QList<ProbeRound> &rounds);
    /// Bounded, whatever the probes do. Nothing is signalled afterwards.
    void stop();

Q_SIGNALS:
    /// Once for each round, at the latest a moment after its longest timeout; a probe that hangs has a fact without a value.
    void answered(const prunella::ProbeAnswers &answers);

private:
    struct Open { ProbeRound round; Evidence facts; std::shared_ptr<MonitorCancel> cancel; };
    void start(const ProbeRound &round);
    void take(quint64 round, const QString &key, Fact fact);
    void expire(quint64 round);

    std::shared_ptr<const Clock> m_clock;
    std::unique_ptr<QThreadPool> m_pool;
    std::map<quint64, Open> m_open;
};

} // namespace prunella
