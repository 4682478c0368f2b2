#pragma once
// What a service may be given more of. Sizes are bytes, cpu is percent of one core, durations are milliseconds.
#include <QString>
#include <optional>

namespace prunella {

/// The next value is `step` times the present one, never more than `max`.
struct LimitConfig { double step = 1.25; double max = 0; };

struct InstancesConfig {
    QString templateUnit;             ///< systemd: web@.service, whose instances are web@1, web@2, …; empty: copies of the container
    int min = 1, max = 1;
    double lowLoad = 20;              ///< percent of one core an instance; under it for `scaleBackAfterMs`, and one goes
    qint64 scaleBackAfterMs = 600'000;
};

struct ResourcesConfig {
    std::optional<LimitConfig> memory, cpu, tasks, files; ///< MemoryMax (and MemoryHigh), CPUQuota, TasksMax, LimitNOFILE
    std::optional<LimitConfig> cpuWeight, ioWeight;       ///< priorities, 1..10000; a part of scale_resources
    std::optional<InstancesConfig> instances;
    bool persistent = false;          ///< kept over a reboot; false: until then
};

} // namespace prunella
