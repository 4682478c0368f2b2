#pragma once
#include "core/base/Result.h"

#include <QHash>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QVariantList>

#include <functional>
#include <memory>

namespace prunella::store {

/// One SQLite connection through Qt SQL: errors as values, statements prepared once and kept.
/// Used by one thread at a time.
class Database
{
public:
    enum class Access { ReadWrite, ReadOnly };
    using RowVisitor = std::function<void(const QSqlQuery &)>;

    [[nodiscard]] static Result<Database> open(const QString &path, Access access);
    Database(Database &&) noexcept;
    Database &operator=(Database &&) noexcept;
    Database(const Database &) = delete;
    Database &operator=(const Database &) = delete;
    ~Database();

    /// Prepared at the first call and kept; rows, if any, go to the visitor.
    [[nodiscard]] Status run(const QString &sql, const QVariantList &binds = {}, const RowVisitor &visit = {});
    /// Once, not kept: PRAGMA and DDL.
    [[nodiscard]] Status exec(const QString &sql);
    /// First column of the first row; invalid when there is no row.
    [[nodiscard]] Result<QVariant> value(const QString &sql, const QVariantList &binds = {});
    /// Begins, calls, commits; rolls back when `body` or the commit fails.
    [[nodiscard]] Status transaction(const std::function<Status()> &body);

    [[nodiscard]] const QString &path() const { return m_path; }
    /// The last failure was SQLite's "malformed" or "not a database".
    [[nodiscard]] bool sawDamage() const;

private:
    Database(QString path, QString connection);
    [[nodiscard]] tl::unexpected<Error> failed(const QSqlError &error);
    void close();

    QString m_path, m_connection;
    QSqlDatabase m_handle;
    QHash<QString, std::shared_ptr<QSqlQuery>> m_statements;
    int m_lastCode = 0; ///< SQLite's primary result code of the last failure
};

} // namespace prunella::store
