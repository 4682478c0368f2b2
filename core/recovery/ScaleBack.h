#pragma once
#include "core/model/Resources.h"

#include <QList>

namespace prunella {

/// One look at the load of all instances of a service.
struct LoadSample {
    qint64 monotonicMs = 0;
    int instances = 0;           ///< that ran then
    double percent = 0;          ///< of one core, the mean of an instance
};

/// Whether one instance may go: more than min run; the samples, oldest first, cover the last scaleBackAfterMs without a hole
/// longer than a fifth of it; every one of them was under lowLoad; and the number of instances was the present one all the
/// time, so that each change of it begins the time anew. Pure: the caller keeps the samples and scales by -1.
[[nodiscard]] bool scaleBackDue(const QList<LoadSample> &samples, const InstancesConfig &config, qint64 nowMonotonicMs);

/// Takes away what is older than any decision needs: samples beyond twice scaleBackAfterMs.
void dropOldLoad(QList<LoadSample> &samples, const InstancesConfig &config, qint64 nowMonotonicMs);

} // namespace prunella
