#include "core/monitoring/UnitSampler.h"
#include "core/monitoring/UnitProperties.h"

namespace prunella {
using namespace Qt::StringLiterals;

void UnitSampler::sample(SystemdBus &bus, const QList<Target> &targets, Done done)
{
    // Every pending answer holds the batch; the last one to let go of it delivers.
    auto batch = std::make_shared<Batch>();
    batch->done = std::move(done);
    for (const Target &target : targets) {
        for (const char *property : {"MemoryCurrent", "CPUUsageNSec", "TasksCurrent"})
            ask(bus, target, property, batch);
    }
    // Readings of units that are no longer asked for would stay for ever.
    QSet<QByteArray> wanted;
    for (const Target &target : targets)
        wanted.insert(target.path);
    m_cpu.removeIf([&wanted](const auto &entry) { return !wanted.contains(entry.key()); });
}

void UnitSampler::ask(SystemdBus &bus, const Target &target, const char *property, const std::shared_ptr<Batch> &batch)
{
    const auto onAnswer = [this, target, property, pending = batch](sd_bus_message *message) mutable {
        const std::shared_ptr<Batch> held = std::move(pending);
        if (const auto value = readNumber(message))
            answered(target, property, *value, *held);
        if (held.use_count() == 1)
            held->done(held->samples);
    };
    bus.call(target.path, "org.freedesktop.DBus.Properties", "Get", {"org.freedesktop.systemd1.Service", property},
             onAnswer);
}

void UnitSampler::answered(const Target &target, QByteArrayView property, quint64 value, Batch &batch)
{
    const Now now = m_clock->now();
    const auto add = [&](const QString &metric, double number, const QString &unit) {
        batch.samples.append({{metric, {{u"service"_s, target.service}}}, number, unit, target.service, now.wallMs,
                              now.monotonicMs});
    };
    if (property == "MemoryCurrent")
        add(u"unit_memory"_s, double(value), u"B"_s);
    else if (property == "TasksCurrent")
        add(u"unit_tasks"_s, double(value), QString());
    else if (const auto percent = cpuPercent(target, value, now.monotonicMs))
        add(u"unit_cpu"_s, *percent, u"%"_s);
}

std::optional<double> UnitSampler::cpuPercent(const Target &target, quint64 nanoseconds, qint64 monotonicMs)
{
    const CpuReading before = m_cpu.value(target.path);
    m_cpu.insert(target.path, {target.invocationId, nanoseconds, monotonicMs});
    const qint64 elapsedMs = monotonicMs - before.monotonicMs;
    // A new start counts from zero again: two readings of different starts say nothing together.
    if (before.invocationId != target.invocationId || elapsedMs <= 0 || nanoseconds < before.nanoseconds)
        return std::nullopt;
    return double(nanoseconds - before.nanoseconds) / 1e6 / double(elapsedMs) * 100;
}

} // namespace prunella
