#pragma once
#include <QtGlobal>

namespace prunella {

/// Milliseconds to wait after `tries` failed tries: 1 s, 5 s, 30 s, 2 min, 10 min, 30 min, then every hour. 0 before the first.
[[nodiscard]] qint64 nextTryMs(int tries);

} // namespace prunella
