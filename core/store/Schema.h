#pragma once
// Numbered migrations of the two databases.
#include "core/store/Database.h"

#include <QStringList>

namespace prunella::store {

/// The statements that lead from version N-1 to version N, at index N-1. Never change a released one: add the next.
using Migrations = QList<QStringList>;

[[nodiscard]] const Migrations &journalMigrations();
[[nodiscard]] const Migrations &metricsMigrations();

/// Brings the database to the newest version, each step in one transaction; refuses one of a newer version.
[[nodiscard]] Status migrate(Database &database, const Migrations &migrations);
/// For readers: the version must be exactly the newest one.
[[nodiscard]] Status checkVersion(Database &database, const Migrations &migrations);

} // namespace prunella::store
