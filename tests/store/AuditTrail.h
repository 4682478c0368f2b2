#pragma once
// A store with an audit trail, and what somebody can do to it behind the engine's back.
#include "StoreFixture.h"
#include "core/store/Database.h"

namespace prunella::test {

using namespace Qt::StringLiterals;

inline AuditRecord record(int number)
{
    static const QStringList verbs{u"approve"_s, u"pause"_s, u"mode"_s, u"reload"_s};
    return {number % 5 == 0 ? 0 : 1'700'000'000'000 + number, u"uid 1000 (änna)"_s, verbs[number % 4], u"incident-%1"_s.arg(number),
            number % 3 == 0 ? QString() : u"because, of; %1\n"_s.arg(number)};
}

inline Transaction audits(int from, int count)
{
    Transaction t;
    for (int i = 0; i < count; ++i)
        t.audits << record(from + i);
    return t;
}

/// A store of twelve records in four commits, closed.
struct Trail : StoreFixture {
    Trail()
    {
        for (int i = 0; i < 4; ++i)
            [&] { QVERIFY(commit(audits(i * 3 + 1, 3)).state == CommitState::Durable); }();
        close();
    }
    /// Behind the engine's back.
    void sql(const QStringList &statements) const
    {
        auto db = store::Database::open(paths().journalDb(), store::Database::Access::ReadWrite);
        QVERIFY(db);
        for (const QString &statement : statements) {
            const Status done = db->exec(statement);
            QVERIFY2(done, qPrintable(statement + (done ? QString() : done.error().message)));
        }
    }
    [[nodiscard]] AuditVerdict verdict() const
    {
        const auto result = reader()->verifyAudit();
        if (!result)
            qWarning().noquote() << result.error().message;
        return result.value_or(AuditVerdict{});
    }
};

} // namespace prunella::test
