#pragma once
// Which release a service may go back to: told by the health records, never guessed.
#include "core/model/Deployment.h"

#include <optional>

namespace prunella {

/// The release that was seen running last among those that never failed, were healthy for `goodAfterMs` in all and are not
/// `current`. Nothing: none is known to be good. Pure.
[[nodiscard]] std::optional<QString> lastGood(const QList<ReleaseRecord> &records, const QString &current, qint64 goodAfterMs);

/// The failed release that `current` took the place of: it was gone back already, and nothing was deployed since. Pure.
[[nodiscard]] std::optional<QString> cameBackFrom(const QList<ReleaseRecord> &records, const QString &current);

/// One sentence of what is known of each release, newest first: "1.4.2: runs now; 1.4.1: healthy for 12 s of 300 s". At most
/// eight are told one by one.
[[nodiscard]] QString whatIsKnown(const QList<ReleaseRecord> &records, const QString &current, qint64 goodAfterMs);

} // namespace prunella
