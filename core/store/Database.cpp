#include "core/store/Database.h"

#include <QSqlError>

#include <atomic>

namespace prunella::store {

using namespace Qt::StringLiterals;

namespace {

// SQLite's primary result codes (sqlite.org/rescode.html)
constexpr int codePerm = 3, codeBusy = 5, codeReadOnly = 8, codeIoError = 10, codeCorrupt = 11, codeFull = 13,
              codeCantOpen = 14, codeNotADatabase = 26;

struct Meaning { ErrorCode code; QString text; };

Meaning meaningOf(int code, const QSqlError &error)
{
    switch (code) {
    case codeFull: return {ErrorCode::Io, u"disk full"_s};
    case codeIoError: return {ErrorCode::Io, u"disk I/O error"_s};
    case codeBusy: return {ErrorCode::Busy, u"locked by another program"_s};
    case codePerm:
    case codeReadOnly: return {ErrorCode::NotAuthorised, u"no right to write it"_s};
    case codeCantOpen: return {ErrorCode::Unavailable, u"it or its directory cannot be opened"_s};
    case codeCorrupt:
    case codeNotADatabase: return {ErrorCode::Io, u"it is damaged"_s};
    default: return {ErrorCode::Internal, error.databaseText().isEmpty() ? error.driverText() : error.databaseText()};
    }
}

} // namespace

Database::Database(QString path, QString connection)
    : m_path(std::move(path)), m_connection(std::move(connection)),
      m_handle(QSqlDatabase::addDatabase(u"QSQLITE"_s, m_connection))
{
}

Database::Database(Database &&other) noexcept
    : m_path(std::move(other.m_path)), m_connection(std::exchange(other.m_connection, {})),
      m_handle(std::exchange(other.m_handle, {})), m_statements(std::exchange(other.m_statements, {})),
      m_lastCode(other.m_lastCode)
{
}

Database &Database::operator=(Database &&other) noexcept
{
    if (this == &other)
        return *this;
    close();
    m_path = std::move(other.m_path);
    m_connection = std::exchange(other.m_connection, {});
    m_handle = std::exchange(other.m_handle, {});
    m_statements = std::exchange(other.m_statements, {});
    m_lastCode = other.m_lastCode;
    return *this;
}

Database::~Database()
{
    close();
}

void Database::close()
{
    if (m_connection.isEmpty())
        return;
    // Qt wants every query and handle gone before the connection is removed.
    m_statements.clear();
    m_handle.close();
    m_handle = {};
    QSqlDatabase::removeDatabase(m_connection);
    m_connection.clear();
}

Result<Database> Database::open(const QString &path, Access access)
{
    static std::atomic<quint64> counter = 0;
    if (!QSqlDatabase::isDriverAvailable(u"QSQLITE"_s))
        return failure(ErrorCode::Unavailable, u"Qt's SQLite driver is missing; install the package libqt6sql6-sqlite"_s);
    Database database(path, u"prunella-store-"_s + QString::number(++counter));
    database.m_handle.setDatabaseName(path);
    // ms; somebody's sqlite3 shell may hold the lock for a moment
    QString options = u"QSQLITE_BUSY_TIMEOUT=2000"_s;
    if (access == Access::ReadOnly)
        options += u";QSQLITE_OPEN_READONLY"_s;
    database.m_handle.setConnectOptions(options);
    if (!database.m_handle.open())
        return database.failed(database.m_handle.lastError());
    return database;
}

Status Database::run(const QString &sql, const QVariantList &binds, const RowVisitor &visit)
{
    std::shared_ptr<QSqlQuery> query = m_statements.value(sql);
    if (!query) {
        query = std::make_shared<QSqlQuery>(m_handle);
        query->setForwardOnly(true);
        if (!query->prepare(sql))
            return failed(query->lastError());
        m_statements.insert(sql, query);
    }
    for (int i = 0; i < int(binds.size()); ++i)
        query->bindValue(i, binds[i]);
    if (!query->exec())
        return failed(query->lastError());
    while (visit && query->next())
        visit(*query);
    const QSqlError error = query->lastError();
    query->finish(); // frees the read lock of a statement that gave rows
    if (error.isValid())
        return failed(error);
    return {};
}

Status Database::exec(const QString &sql)
{
    QSqlQuery query(m_handle);
    if (!query.exec(sql))
        return failed(query.lastError());
    return {};
}

Result<QVariant> Database::value(const QString &sql, const QVariantList &binds)
{
    QVariant result;
    auto done = run(sql, binds, [&](const QSqlQuery &row) {
        if (!result.isValid())
            result = row.value(0);
    });
    if (!done)
        return tl::unexpected(done.error());
    return result;
}

Status Database::transaction(const std::function<Status()> &body)
{
    if (auto begun = run(u"BEGIN IMMEDIATE"_s); !begun)
        return begun;
    Status done = body();
    if (done)
        done = run(u"COMMIT"_s);
    if (!done) {
        const int code = m_lastCode;
        // SQLite may have rolled back by itself; then this fails and nothing is lost
        static_cast<void>(run(u"ROLLBACK"_s).has_value());
        m_lastCode = code;
    }
    return done;
}

bool Database::sawDamage() const
{
    return m_lastCode == codeCorrupt || m_lastCode == codeNotADatabase;
}

tl::unexpected<Error> Database::failed(const QSqlError &error)
{
    m_lastCode = error.nativeErrorCode().toInt() & 0xff; // extended codes carry the primary one in the low byte
    const Meaning meaning = meaningOf(m_lastCode, error);
    return failure(meaning.code, meaning.text);
}

} // namespace prunella::store
