// Patterns are searched when incidents change, not more often than allowed, not when switched off.
#include "core/engine/PatternKeeper.h"
#include "core/store/StoreWriter.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QThreadPool>

#include <future>

using namespace prunella;
using namespace Qt::StringLiterals;

class TestPatternKeeper : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void findsWhatTheStoreHolds();
    void restsBetweenSearches();
    void offForgets();
    void withoutAStore();
    void endsWhileSearching();
    void deploymentsOfTheStore();

private:
    struct World
    {
        World()
        {
            writer = std::move(*StoreWriter::open({dir.filePath(u"state"_s), dir.filePath(u"run"_s)}, 30, clock));
        }
        void add(const QString &component)
        {
            Transaction t;
            Incident incident;
            incident.id = QString::number(++count);
            incident.component = component;
            incident.type = ErrorType::ServiceCrash;
            incident.status = IncidentStatus::Resolved;
            incident.startedAt = incident.detectedAt = clock->now().wallMs - count * 60'000;
            t.incidents << incident;
            std::promise<void> done;
            writer->commit(t, [&done](const CommitResult &) { done.set_value(); });
            done.get_future().get();
        }
        QTemporaryDir dir;
        std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
        std::unique_ptr<StoreWriter> writer;
        int count = 0;
    };
};

void TestPatternKeeper::findsWhatTheStoreHolds()
{
    World world;
    world.add(u"web"_s);
    world.add(u"web"_s);
    PatternKeeper keeper(world.dir.filePath(u"state"_s), world.clock, this);
    const QSignalSpy found(&keeper, &PatternKeeper::found);
    keeper.incidentsChanged();
    QTRY_COMPARE(found.size(), 1);
    QCOMPARE(keeper.patterns().size(), 1);
    QCOMPARE(keeper.patterns().first().component, u"web"_s);
    QCOMPARE(keeper.patterns().first().occurrences, 2);
}

/// Announced deployments, each followed by an incident: the search has them from the store.
void TestPatternKeeper::deploymentsOfTheStore()
{
    World world;
    Transaction t;
    for (int day = 1; day <= 8; ++day) {
        const qint64 at = world.clock->now().wallMs - day * 86'400'000LL - day * day * 3'600'000LL; // at no period
        t.changes.append({u"change-%1"_s.arg(day), ChangeKind::Deployment, u"web"_s, u"web"_s, {}, QString::number(day), {}, {}, at});
        Incident incident;
        incident.id = QString::number(day);
        incident.component = u"web"_s;
        incident.type = ErrorType::ApiFailure;
        incident.status = IncidentStatus::Resolved;
        incident.startedAt = incident.detectedAt = at + 60'000;
        t.incidents << incident;
    }
    std::promise<void> done;
    world.writer->commit(t, [&done](const CommitResult &) { done.set_value(); });
    done.get_future().get();
    PatternKeeper keeper(world.dir.filePath(u"state"_s), world.clock, this);
    const QSignalSpy found(&keeper, &PatternKeeper::found);
    keeper.incidentsChanged();
    QTRY_COMPARE(found.size(), 1);
    const auto &patterns = keeper.patterns();
    const auto after = std::find_if(patterns.cbegin(), patterns.cend(), [](const IncidentPattern &pattern) { return pattern.kind == PatternKind::FollowsDeployment; });
    QVERIFY(after != patterns.cend());
    QCOMPARE(after->support, 8);
    QCOMPARE(after->predecessor, u"web"_s);
}

void TestPatternKeeper::restsBetweenSearches()
{
    World world;
    world.add(u"web"_s);
    PatternKeeper minute(world.dir.filePath(u"state"_s), world.clock, this), quick(world.dir.filePath(u"state"_s), world.clock, this, 1);
    const QSignalSpy first(&minute, &PatternKeeper::found), second(&quick, &PatternKeeper::found);
    for (int i = 0; i < 50; ++i) {
        minute.incidentsChanged();
        quick.incidentsChanged();
    }
    QTRY_COMPARE(first.size(), 1); // of nothing yet, so that what an earlier engine left is replaced
    QTRY_COMPARE(second.size(), 1);
    world.add(u"web"_s);
    minute.incidentsChanged();
    quick.incidentsChanged();
    QTRY_COMPARE(second.size(), 2);
    QCOMPARE(first.size(), 1);
    quick.incidentsChanged(); // the same again is no news
    QVERIFY(QThreadPool::globalInstance()->waitForDone(5000));
    QCoreApplication::processEvents();
    QCOMPARE(second.size(), 2);
}

void TestPatternKeeper::offForgets()
{
    World world;
    world.add(u"web"_s);
    world.add(u"web"_s);
    PatternKeeper keeper(world.dir.filePath(u"state"_s), world.clock, this, 1);
    const QSignalSpy found(&keeper, &PatternKeeper::found);
    keeper.setEnabled(false);
    QCOMPARE(found.size(), 1); // what an earlier engine left is replaced by nothing
    keeper.incidentsChanged();
    QVERIFY(QThreadPool::globalInstance()->waitForDone(5000));
    QCoreApplication::processEvents();
    QVERIFY(keeper.patterns().isEmpty());
    keeper.setEnabled(true);
    QTRY_COMPARE(keeper.patterns().size(), 1);
    keeper.setEnabled(false);
    QVERIFY(keeper.patterns().isEmpty());
    QCOMPARE(found.size(), 3);
}

void TestPatternKeeper::withoutAStore()
{
    PatternKeeper keeper(u"/nonexistent"_s, std::make_shared<ManualClock>(), this, 1);
    const QSignalSpy found(&keeper, &PatternKeeper::found);
    keeper.incidentsChanged();
    QVERIFY(QThreadPool::globalInstance()->waitForDone(5000));
    QCoreApplication::processEvents();
    QCOMPARE(found.size(), 0); // unreadable is not "nothing"
}

void TestPatternKeeper::endsWhileSearching()
{
    World world;
    world.add(u"web"_s);
    for (int i = 0; i < 50; ++i) {
        PatternKeeper keeper(world.dir.filePath(u"state"_s), world.clock, nullptr);
        keeper.incidentsChanged();
    }
    QVERIFY(QThreadPool::globalInstance()->waitForDone(5000));
    QCoreApplication::processEvents();
}

QTEST_GUILESS_MAIN(TestPatternKeeper)
#include "tst_pattern_keeper.moc"
