#include "core/recovery/ScaleBack.h"

#include <algorithm>

namespace prunella {

bool scaleBackDue(const QList<LoadSample> &samples, const InstancesConfig &config, qint64 nowMonotonicMs)
{
    if (samples.isEmpty() || samples.constLast().instances <= config.min)
        return false;
    const qint64 begin = nowMonotonicMs - config.scaleBackAfterMs, longestHole = std::max<qint64>(config.scaleBackAfterMs / 5, 1);
    const int present = samples.constLast().instances;
    qint64 later = nowMonotonicMs;
    for (auto it = samples.crbegin(); it != samples.crend(); ++it) {
        if (later - it->monotonicMs > longestHole || it->instances != present || it->percent >= config.lowLoad)
            return false;
        if (it->monotonicMs <= begin)
            return true; // low from before the time until now
        later = it->monotonicMs;
    }
    return false; // not watched for so long yet
}

void dropOldLoad(QList<LoadSample> &samples, const InstancesConfig &config, qint64 nowMonotonicMs)
{
    samples.removeIf([&](const LoadSample &sample) { return sample.monotonicMs < nowMonotonicMs - 2 * config.scaleBackAfterMs; });
}

} // namespace prunella
