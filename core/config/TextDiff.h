#pragma once
#include <QByteArray>
#include <QString>

namespace prunella {

/// The unified difference of two texts with three lines around each change; empty when they are equal.
[[nodiscard]] QString unifiedDiff(const QString &name, const QByteArray &before, const QByteArray &after);

} // namespace prunella
