// Patterns of incidents in the store, and the facts that they are found in.
#include "StoreFixture.h"
#include "core/store/Database.h"
#include "tests/model/RandomValues.h"

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;
using store::Database;

class TestStorePatterns : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void comeBackInOrderAndReplaceAll();
    void survivesATimeWithoutADisk();
    void factsOfIncidents();
};

void TestStorePatterns::comeBackInOrderAndReplaceAll()
{
    StoreFixture store;
    Filler filler(1);
    Transaction first, second, unrelated, none;
    first.patterns = filler.make<QList<IncidentPattern>>() + filler.make<QList<IncidentPattern>>() + QList{filler.make<IncidentPattern>()};
    second.patterns = QList{filler.make<IncidentPattern>(), filler.make<IncidentPattern>()};
    none.patterns.emplace();
    QVERIFY(store.commit(first).state == CommitState::Durable);
    QVERIFY(same(*store.reader()->patterns(), *first.patterns));
    QVERIFY(store.commit(second).state == CommitState::Durable);
    unrelated.state[u"x"_s] = u"y"_s;
    QVERIFY(store.commit(unrelated).state == CommitState::Durable);
    store.close();
    store.open();
    QVERIFY(same(*store.reader()->patterns(), *second.patterns));
    QVERIFY(store.commit(none).state == CommitState::Durable);
    QVERIFY(store.reader()->patterns()->isEmpty());
}

/// Only the last of what waited in memory is written, and it is.
void TestStorePatterns::survivesATimeWithoutADisk()
{
    StoreFixture store;
    Filler filler(2);
    Transaction older, newer;
    older.patterns = QList{filler.make<IncidentPattern>()};
    newer.patterns = QList{filler.make<IncidentPattern>(), filler.make<IncidentPattern>()};
    {
        auto other = Database::open(store.paths().journalDb(), Database::Access::ReadWrite);
        QVERIFY(other && other->exec(u"BEGIN EXCLUSIVE"_s));
        QVERIFY(store.commit(older).state == CommitState::Fallback);
        QVERIFY(store.commit(newer).state == CommitState::Fallback);
        QVERIFY(other->exec(u"ROLLBACK"_s));
    }
    QTRY_VERIFY_WITH_TIMEOUT(store.writer->health().journalOk, 15'000);
    QVERIFY(same(*store.reader()->patterns(), *newer.patterns));
}

void TestStorePatterns::factsOfIncidents()
{
    StoreFixture store;
    Transaction t;
    for (int i = 0; i < 4; ++i) {
        Incident incident;
        incident.id = QString::number(i);
        incident.component = u"web"_s;
        incident.type = ErrorType::CpuSpike;
        incident.detectedAt = 1'700'000'000'000 + i * 1000;
        incident.startedAt = i == 1 ? 0 : incident.detectedAt - 500;
        incident.status = i == 3 ? IncidentStatus::Escalated : IncidentStatus::Resolved;
        RecoveryActionRecord failed, healed;
        healed.type = ActionType::IncreaseResources;
        healed.verified = i == 2;
        incident.actions = {failed, healed};
        Diagnosis diagnosis;
        diagnosis.correlated = {u"dependency db: down"_s, u"log: connection to <*> lost"_s, u"log: retry <*>"_s};
        if (i == 2)
            incident.diagnosis = diagnosis;
        t.incidents << incident;
    }
    QVERIFY(store.commit(t).state == CommitState::Durable);
    const auto facts = *store.reader()->incidentFacts(3);
    QCOMPARE(facts.size(), 3); // the newest
    QCOMPARE(facts[0].id, u"1"_s);
    QCOMPARE(facts[0].component, u"web"_s);
    QVERIFY(facts[0].type == ErrorType::CpuSpike && facts[0].over && !facts[0].healedBy);
    QCOMPARE(facts[0].at, 1'700'000'001'000); // detected, where nothing tells when it began
    QCOMPARE(facts[1].at, 1'700'000'001'500);
    QVERIFY(facts[1].healedBy == ActionType::IncreaseResources);
    QVERIFY(!facts[2].over);
    QCOMPARE(facts[1].templates, (QStringList{u"connection to <*> lost"_s, u"retry <*>"_s}));
    QVERIFY(facts[0].templates.isEmpty());
}

QTEST_GUILESS_MAIN(TestStorePatterns)
#include "tst_store_patterns.moc"
