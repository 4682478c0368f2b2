#pragma once
// Memory, CPU and tasks of units, as systemd accounts them.
#include "core/base/Clock.h"
#include "core/model/Sample.h"
#include "core/monitoring/SystemdBus.h"

#include <QHash>

namespace prunella {

class UnitSampler
{
public:
    struct Target { QString service; QByteArray path; QString invocationId; };
    using Done = std::function<void(const QList<Sample> &)>;

    explicit UnitSampler(std::shared_ptr<const Clock> clock) : m_clock(std::move(clock)) {}
    /// Asks for all targets at once; `done` is called when the last answer came, never when the bus is lost before.
    void sample(SystemdBus &bus, const QList<Target> &targets, Done done);
    /// Percent of one core since the last reading of the same start; nothing for the first reading.
    [[nodiscard]] std::optional<double> cpuPercent(const Target &target, quint64 nanoseconds, qint64 monotonicMs);

private:
    struct Batch { QList<Sample> samples; Done done; };
    struct CpuReading { QString invocationId; quint64 nanoseconds = 0; qint64 monotonicMs = 0; };
    void ask(SystemdBus &bus, const Target &target, const char *property, const std::shared_ptr<Batch> &batch);
    void answered(const Target &target, QByteArrayView property, quint64 value, Batch &batch);

    std::shared_ptr<const Clock> m_clock;
    QHash<QByteArray, CpuReading> m_cpu; ///< the last reading by unit path
};

} // namespace prunella
