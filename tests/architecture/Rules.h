#pragma once
// The house plan as functions: each takes what is to be judged and gives one line an offence, "file:line: reason".
#include "tests/architecture/Source.h"

#include <QStringList>

namespace rules {

constexpr int cppLines = 400, headerLines = 120, functionLines = 40;

/// Directories of the repository against the table of layers, and nobody includes tests.
[[nodiscard]] QStringList layers(const Source &source);
/// Qt modules and other libraries by layer; `qtHeaders` is the directory of QtCore/, QtGui/, …
[[nodiscard]] QStringList libraries(const Source &source, const QString &qtHeaders);
[[nodiscard]] QStringList sizes(const Source &source);
[[nodiscard]] QStringList words(const Source &source);
[[nodiscard]] QStringList pragmaOnce(const Source &source);
/// `entries`: the names at the top of the repository
[[nodiscard]] QStringList topLevel(const QStringList &entries);
/// prunellactl and core link no GUI library; `text` is the CMakeLists.txt of the directory.
[[nodiscard]] QStringList linkage(const QString &path, const QString &text);

} // namespace rules
