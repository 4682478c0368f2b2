#pragma once
#include "core/base/Result.h"

namespace prunella {

/// What a managed process printed goes to a file, so that it lives on without the engine.
/// Above this size the newest part moves to FILE.1 and FILE starts anew.
constexpr qint64 maxOutputBytes = 1024 * 1024;

/// Bounds the file. Right at any time, also while the process writes: it appends, so it goes on at the new end.
Status rotateOutput(const QString &file);
/// The last whole lines, at most so many bytes; empty when there is no such file.
[[nodiscard]] QString tailOutput(const QString &file, int maxBytes);

} // namespace prunella
