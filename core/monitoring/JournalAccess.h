#pragma once
#include <QStringList>

namespace prunella {

/// Why lines of these units cannot be read, and what to do about it; empty: they can. libsystemd itself opens a journal
/// that may not be read without a word, as an empty one. `folders` are where journald keeps its files.
[[nodiscard]] QString journalAccessProblem(const QStringList &folders, const QStringList &systemUnits, const QStringList &userUnits);

/// The name of the user with whose rights everything is read; the number when it has no name.
[[nodiscard]] QString readingUser();

} // namespace prunella
