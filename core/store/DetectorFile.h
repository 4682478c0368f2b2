#pragma once
#include "core/base/Result.h"

#include <QByteArray>
#include <QMap>

namespace prunella {

/// What the detectors learnt (normals of series, log templates): a file of its own in the state directory, because losing it
/// costs a warm-up and never a decision.
[[nodiscard]] QString detectorFile(const QString &stateDir);
/// Replaced as a whole or not at all.
[[nodiscard]] Status writeDetectorFile(const QString &path, const QMap<QString, QByteArray> &states);
/// Empty when there is none. Invalid: damaged or of another version; it is then not used.
[[nodiscard]] Result<QMap<QString, QByteArray>> readDetectorFile(const QString &path);

} // namespace prunella
