// Which release is in place, how long each was healthy, who changed it: with a clock and a look of the test's own.
#include "core/engine/ReleaseKeeper.h"

#include <QDir>
#include <QSemaphore>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QThreadPool>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 second = 1000;

ServiceConfig deployed(const QString &name, DeploymentType type = DeploymentType::ReleaseDirectory)
{
    ServiceConfig service;
    service.name = name;
    service.deployment = DeploymentConfig();
    service.deployment->type = type;
    return service;
}

RawEvent startedAnew(const QString &invocation)
{
    RawEvent event;
    event.kind = RawEventKind::UnitChanged;
    event.component = u"web"_s;
    event.unit.invocationId = invocation;
    return event;
}

} // namespace

class TestReleaseKeeper : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void healthyTimeCounts();
    void onlyWhatTheNextLookConfirms();
    void suspendedTimeDoesNotCount();
    void unhealthyTimeDoesNotCount();
    void whatRunsIsTheOldOne();
    void deploymentIsTold();
    void packageIsToldByItsLog();
    void rollbackIsOurOwn();
    void rollbackOfAnEarlierEngine();
    void restartOfTheEngine();
    void howOftenItLooks();
    void looksAfterAStart();
    void problemIsToldOnce();
    void otherConfiguration();
    void slowLook();
    void linkIsSeenAtOnce();

private:
    [[nodiscard]] std::unique_ptr<ReleaseKeeper> keeper();
    /// A second passes; what is in place is looked at if it is due, and the answer is taken.
    Transaction pass(ReleaseKeeper &keeper, int seconds = 1, bool healthy = true);
    [[nodiscard]] static ReleaseRecord record(const ReleaseKeeper &keeper, const QString &release);

    std::shared_ptr<ManualClock> m_clock;
    Result<QString> m_inPlace = QString();
    std::atomic<int> m_looks = 0;
};

void TestReleaseKeeper::init()
{
    m_clock = std::make_shared<ManualClock>();
    m_clock->advance(1'000'000);
    m_inPlace = u"1"_s;
    m_looks = 0;
}

std::unique_ptr<ReleaseKeeper> TestReleaseKeeper::keeper()
{
    auto made = std::make_unique<ReleaseKeeper>([this](const ServiceConfig &) {
        ++m_looks;
        return m_inPlace;
    }, ReleaseKeeper::Times(), m_clock);
    made->configure({deployed(u"web"_s)});
    return made;
}

Transaction TestReleaseKeeper::pass(ReleaseKeeper &keeper, int seconds, bool healthy)
{
    Transaction all;
    for (int i = 0; i < seconds; ++i) {
        m_clock->advance(second);
        for (int half = 0; half < 2; ++half) { // asks; then takes the answer
            all.releases.append(keeper.tick(m_clock->now(), [healthy](const QString &) { return healthy; }).releases);
            QThreadPool::globalInstance()->waitForDone();
        }
        all.releases.append(keeper.tick(m_clock->now(), [healthy](const QString &) { return healthy; }).releases);
    }
    return all;
}

ReleaseRecord TestReleaseKeeper::record(const ReleaseKeeper &keeper, const QString &release)
{
    for (const ReleaseRecord &one : keeper.records(u"web"_s))
        if (one.release == release)
            return one;
    return {};
}

void TestReleaseKeeper::healthyTimeCounts()
{
    const auto made = keeper();
    const Transaction first = pass(*made);
    QCOMPARE(first.releases.size(), 1); // known at once
    QCOMPARE(first.releases.first().release, u"1"_s);
    QCOMPARE(first.releases.first().firstSeenAt, m_clock->now().wallMs);
    const Transaction more = pass(*made, 60);
    QCOMPARE(record(*made, u"1"_s).healthyMs, 60 * second);
    QCOMPARE(record(*made, u"1"_s).lastSeenAt, m_clock->now().wallMs);
    QVERIFY(more.releases.size() >= 1 && more.releases.size() <= 3); // not at each look
    QCOMPARE(made->takeUnwritten().releases.size(), 1);
    QVERIFY(made->takeUnwritten().isEmpty());
}

/// Between two looks another release came: nobody knows which of them was healthy.
void TestReleaseKeeper::onlyWhatTheNextLookConfirms()
{
    const auto made = keeper();
    pass(*made, 11);
    QCOMPARE(record(*made, u"1"_s).healthyMs, 10 * second);
    m_inPlace = u"2"_s;
    pass(*made, 2);
    QCOMPARE(record(*made, u"1"_s).healthyMs, 10 * second);
    QCOMPARE(record(*made, u"2"_s).healthyMs, 0);
    pass(*made, 4);
    QCOMPARE(record(*made, u"2"_s).healthyMs, 4 * second);
}

void TestReleaseKeeper::suspendedTimeDoesNotCount()
{
    const auto made = keeper();
    pass(*made, 3);
    m_clock->suspend(3600 * second); // monotonic time stands still
    pass(*made, 2);
    m_clock->advance(600 * second); // the engine itself was held up
    pass(*made, 3);
    QCOMPARE(record(*made, u"1"_s).healthyMs, 4 * second + 5 * second + 2 * second);
}

void TestReleaseKeeper::unhealthyTimeDoesNotCount()
{
    const auto made = keeper();
    pass(*made, 3);
    pass(*made, 20, false);
    pass(*made, 2);
    QCOMPARE(record(*made, u"1"_s).healthyMs, 4 * second);
}

/// The link was moved, but nobody restarted the service: that it is well says nothing of the new release.
void TestReleaseKeeper::whatRunsIsTheOldOne()
{
    const auto made = keeper();
    made->note(startedAnew(u"a"_s));
    pass(*made, 5);
    m_inPlace = u"2"_s;
    pass(*made, 60);
    QCOMPARE(made->current(u"web"_s), u"2"_s);
    QCOMPARE(record(*made, u"2"_s).healthyMs, 0);
    made->note(startedAnew(u"b"_s));
    pass(*made, 11);
    QCOMPARE(record(*made, u"2"_s).healthyMs, 10 * second); // the last look was a second ago
    m_inPlace = u"3"_s; // moved and started anew between two looks
    made->note(startedAnew(u"c"_s));
    pass(*made, 12);
    QCOMPARE(record(*made, u"3"_s).healthyMs, 11 * second); // since it was seen
}

void TestReleaseKeeper::deploymentIsTold()
{
    const auto made = keeper();
    QSignalSpy told(made.get(), &ReleaseKeeper::deployed);
    pass(*made, 3);
    QCOMPARE(told.size(), 0); // what is there at first sight was deployed at some time or other
    m_inPlace = u"2"_s;
    const Transaction transaction = pass(*made, 3);
    QCOMPARE(told.size(), 1);
    const auto change = told.first().first().value<ChangeRecord>();
    QCOMPARE(change.detail, u"web was deployed: 1 -> 2 (seen)"_s);
    QVERIFY(change.kind == ChangeKind::Deployment && change.component == u"web" && change.from == u"1" && change.to == u"2" && change.by.isEmpty());
    QCOMPARE(transaction.releases.size(), 2); // the one that went, the one that came
}

void TestReleaseKeeper::packageIsToldByItsLog()
{
    const auto made = keeper();
    made->configure({deployed(u"web"_s, DeploymentType::DebianPackage)});
    QSignalSpy told(made.get(), &ReleaseKeeper::deployed);
    pass(*made, 3);
    m_inPlace = u"2"_s;
    pass(*made, 40);
    QCOMPARE(made->current(u"web"_s), u"2"_s);
    QCOMPARE(told.size(), 0);
}

void TestReleaseKeeper::rollbackIsOurOwn()
{
    const auto made = keeper();
    QSignalSpy told(made.get(), &ReleaseKeeper::deployed);
    pass(*made, 3);
    m_inPlace = u"2"_s;
    pass(*made, 3);
    QCOMPARE(told.size(), 1);
    ActionRequest request;
    request.type = ActionType::RestartService;
    request.target = u"web"_s;
    request.valueBefore = u"2"_s;
    request.valueTarget = u"1"_s;
    QVERIFY(made->rollBack(request, u"crashed"_s, m_clock->now()).isEmpty());
    request.type = ActionType::RollbackDeployment;
    const auto marked = made->rollBack(request, u"it crash-looped"_s, m_clock->now());
    QCOMPARE(marked.size(), 1);
    QCOMPARE(marked.first().release, u"2"_s);
    QCOMPARE(marked.first().failedAt, m_clock->now().wallMs);
    QCOMPARE(marked.first().failedWhy, u"it crash-looped"_s);
    m_inPlace = u"1"_s;
    pass(*made, 3);
    QCOMPARE(made->current(u"web"_s), u"1"_s);
    QCOMPARE(told.size(), 1);
    m_inPlace = u"2"_s; // a person goes forward again: that is told, and the mark stays
    pass(*made, 30);
    QCOMPARE(told.size(), 2);
    QVERIFY(record(*made, u"2"_s).failedAt > 0);
}

void TestReleaseKeeper::rollbackOfAnEarlierEngine()
{
    const auto made = keeper();
    QSignalSpy told(made.get(), &ReleaseKeeper::deployed);
    made->restore({{u"web"_s, u"1"_s, 1, 10, 500, 0, {}}, {u"web"_s, u"2"_s, 11, 20, 0, 15, u"x"_s}});
    ActionRequest request;
    request.type = ActionType::RollbackDeployment;
    request.target = u"web"_s;
    request.valueTarget = u"1"_s;
    made->expectFrom(request);
    pass(*made, 3);
    QCOMPARE(made->current(u"web"_s), u"1"_s);
    QCOMPARE(told.size(), 0);
}

void TestReleaseKeeper::restartOfTheEngine()
{
    const auto first = keeper();
    pass(*first, 41);
    QList<ReleaseRecord> stored = first->records(u"web"_s);
    m_inPlace = u"2"_s; // while no engine ran
    const auto second_ = keeper();
    second_->restore(stored);
    QSignalSpy told(second_.get(), &ReleaseKeeper::deployed);
    QCOMPARE(second_->current(u"web"_s), u"1"_s);
    pass(*second_, 11);
    QCOMPARE(told.size(), 1);
    QCOMPARE(record(*second_, u"1"_s).healthyMs, 40 * second);
    QCOMPARE(record(*second_, u"2"_s).healthyMs, 10 * second);
}

void TestReleaseKeeper::howOftenItLooks()
{
    const auto made = keeper();
    pass(*made, 60);
    QVERIFY2(m_looks >= 29 && m_looks <= 31, qPrintable(QString::number(m_looks)));
    m_looks = 0;
    made->configure({deployed(u"web"_s, DeploymentType::GitWorktree)});
    pass(*made, 60);
    QVERIFY2(m_looks >= 2 && m_looks <= 3, qPrintable(QString::number(m_looks)));
}

void TestReleaseKeeper::looksAfterAStart()
{
    const auto made = keeper();
    made->configure({deployed(u"web"_s, DeploymentType::GitWorktree)});
    made->note(startedAnew(u"a"_s));
    pass(*made, 3);
    QCOMPARE(m_looks.load(), 1);
    made->note(startedAnew(u"b"_s));
    pass(*made, 1);
    QCOMPARE(m_looks.load(), 2);
}

void TestReleaseKeeper::problemIsToldOnce()
{
    const auto made = keeper();
    QSignalSpy problems(made.get(), &ReleaseKeeper::problemChanged);
    m_inPlace = failure(ErrorCode::NotFound, u"there is none"_s);
    pass(*made, 10);
    QCOMPARE(problems.size(), 1);
    QCOMPARE(problems.first(), (QList<QVariant>{u"web"_s, u"there is none"_s}));
    QVERIFY(made->records(u"web"_s).isEmpty());
    m_inPlace = u"1"_s;
    pass(*made, 3);
    QCOMPARE(problems.size(), 2);
    QCOMPARE(problems.last().last().toString(), QString());
}

void TestReleaseKeeper::otherConfiguration()
{
    const auto made = keeper();
    pass(*made, 5);
    ServiceConfig bare = deployed(u"web"_s);
    bare.deployment.reset();
    made->configure({bare});
    QVERIFY(made->isEmpty());
    m_looks = 0;
    pass(*made, 5);
    QCOMPARE(m_looks.load(), 0);
    QCOMPARE(record(*made, u"1"_s).release, u"1"_s); // what was known stays known
    made->configure({deployed(u"web"_s)});
    pass(*made, 3);
    QSignalSpy told(made.get(), &ReleaseKeeper::deployed);
    ServiceConfig moved = deployed(u"web"_s);
    moved.deployment->current = u"/srv/elsewhere/current"_s;
    m_inPlace = u"other-1"_s;
    made->configure({moved});
    pass(*made, 3);
    QCOMPARE(told.size(), 0); // another place is no deployment
    QCOMPARE(made->current(u"web"_s), u"other-1"_s);
}

/// One that hangs is not asked again meanwhile.
void TestReleaseKeeper::slowLook()
{
    QSemaphore gate;
    auto looks = std::make_shared<std::atomic<int>>(0);
    ReleaseKeeper made([&gate, looks](const ServiceConfig &) {
        ++*looks;
        gate.acquire();
        return Result<QString>(u"1"_s);
    }, {}, m_clock);
    made.configure({deployed(u"web"_s)});
    for (int i = 0; i < 20; ++i) {
        m_clock->advance(second);
        QVERIFY(made.tick(m_clock->now(), [](const QString &) { return true; }).isEmpty());
    }
    gate.release(10);
    QThreadPool::globalInstance()->waitForDone();
    QCOMPARE(looks->load(), 1);
    QCOMPARE(made.tick(m_clock->now(), [](const QString &) { return true; }).releases.size(), 1);
    QThreadPool::globalInstance()->waitForDone();
}

/// The real look at a real link: told within moments, with the time at which it was moved.
void TestReleaseKeeper::linkIsSeenAtOnce()
{
    const QTemporaryDir dir;
    for (const QString &name : {u"releases/1"_s, u"releases/2"_s})
        QVERIFY(QDir().mkpath(dir.filePath(name)));
    QVERIFY(QFile::link(u"releases/1"_s, dir.filePath(u"current"_s)));
    ServiceConfig service = deployed(u"web"_s);
    service.deployment->current = dir.filePath(u"current"_s);
    service.deployment->releases = dir.filePath(u"releases"_s);
    const auto clock = std::make_shared<SystemClock>();
    ReleaseKeeper made(clock);
    made.configure({service});
    QSignalSpy told(&made, &ReleaseKeeper::deployed);
    const auto tick = [&] { static_cast<void>(made.tick(clock->now(), [](const QString &) { return true; })); };
    connect(&made, &ReleaseKeeper::answered, this, tick);
    tick();
    QTRY_COMPARE(made.current(u"web"_s), u"1"_s);
    const qint64 before = clock->now().wallMs;
    QVERIFY(QFile::link(u"releases/2"_s, dir.filePath(u"new"_s)));
    QVERIFY(std::rename(qPrintable(dir.filePath(u"new"_s)), qPrintable(dir.filePath(u"current"_s))) == 0);
    QTRY_COMPARE_WITH_TIMEOUT(told.size(), 1, 1500); // the next look would be two seconds away
    const auto change = told.first().first().value<ChangeRecord>();
    QVERIFY(change.from == u"1" && change.to == u"2" && change.at >= before && change.at <= clock->now().wallMs);
}

QTEST_GUILESS_MAIN(TestReleaseKeeper)
#include "tst_release_keeper.moc"
