#pragma once
#include "core/base/Result.h"

#include <QByteArray>

namespace prunella {

/// Whether nobody but its owner could have changed this file: it belongs to us or to root, and neither it nor its
/// folder can be written by others (a sticky folder such as /tmp protects its files). The error says what to do.
[[nodiscard]] Status onlyOwnerWrites(const QString &path);

/// The first line of a file that nobody but its owner may even read.
[[nodiscard]] Result<QByteArray> readPasswordFile(const QString &path);

} // namespace prunella
