#pragma once
#include "core/base/Result.h"

#include <QByteArray>

namespace prunella {

/// The file with one scalar changed and every other byte as it was: comments, order, line ends, BOM, quotes. A missing key
/// is inserted behind the last one of the deepest map that is there. The path names the value from the file's top:
/// "self_healing.recovery.settle", "self_healing.thresholds[disk_usage,path=/].warning".
///
/// The result is parsed again and compared: if anything but this one value changed, the edit is refused with the reason.
[[nodiscard]] Result<QByteArray> setScalar(const QByteArray &file, const QString &dottedPath, const QString &value);

} // namespace prunella
