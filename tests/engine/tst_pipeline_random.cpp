// Random faults on random graphs: whatever happens in whatever order, what fails is in exactly one open incident, a cause or its
// symptom, and when all is well again nothing stays open.
#include "PipelineFixture.h"

#include <QRandomGenerator>
#include <QTest>

namespace prunella {

using namespace Qt::StringLiterals;
using namespace test;

namespace {

constexpr int services = 7;

QString name(int i) { return u"s%1"_s.arg(i); }

/// Each service may need some of those before it.
Config randomGraph(QRandomGenerator &random)
{
    QStringList texts;
    for (int i = 0; i < services; ++i) {
        QStringList needs;
        for (int j = 0; j < i; ++j) {
            if (random.bounded(3) == 0)
                needs << name(j);
        }
        texts << (needs.isEmpty() ? name(i) : QString(name(i) + u'>' + needs.join(u',')));
    }
    return withNeeds(texts);
}

/// The open incidents that hold the component: as the cause, or as a symptom.
int holders(const World &world, const QString &component)
{
    int count = 0;
    for (const Incident &incident : world.pipeline.open()) {
        const bool member = std::any_of(incident.members.begin(), incident.members.end(), [&](const Symptom &symptom) {
            return symptom.condition.component == component && holds(symptom);
        });
        count += incident.component == component || member ? 1 : 0;
    }
    return count;
}

ErrorEvent faultOf(const QString &component)
{
    return World::failure(component.back().digitValue() % 2 == 0 ? ConditionKind::UnitFailed : ConditionKind::CheckFailing, component);
}

void happen(World &world, QSet<QString> &failing, QRandomGenerator &random)
{
    const QString component = name(int(random.bounded(services)));
    world.symptoms[component].killedFromOutside = random.bounded(6) == 0;
    const int what = int(random.bounded(6));
    if (what < 2) {
        failing.insert(component);
        world.broken = failing;
        world.feed(faultOf(component));
    } else if (what < 4) {
        failing.remove(component);
        world.broken = failing;
        world.clear(faultOf(component));
    } else if (what == 4) {
        world.pass(qint64(random.bounded(40)) * second);
    } else if (random.bounded(4) == 0) {
        world.restartEngine();
    } else if (const auto open = world.pipeline.open(); !open.isEmpty()) {
        const auto word = std::array{CommandKind::Approve, CommandKind::Acknowledge, CommandKind::Reject}[random.bounded(3)];
        static_cast<void>(world.say(World::command(word), open.first().component));
    }
}

} // namespace

class TestPipelineRandom final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void nothingIsLost_data();
    void nothingIsLost();
};

void TestPipelineRandom::nothingIsLost_data()
{
    QTest::addColumn<quint32>("seed");
    for (quint32 seed = 1; seed <= 60; ++seed)
        QTest::addRow("%u", seed) << seed;
}

void TestPipelineRandom::nothingIsLost()
{
    QFETCH(quint32, seed);
    QRandomGenerator random(seed);
    World world(randomGraph(random));
    world.diagnosis.confidence = seed % 3 == 0 ? 0.3 : 0.9;
    QSet<QString> failing;
    for (int step = 0; step < 120; ++step) {
        happen(world, failing, random);
        for (const QString &sick : std::as_const(failing)) {
            if (holders(world, sick) != 1)
                qWarning().noquote() << world.lines().join(u'\n');
            QVERIFY2(holders(world, sick) == 1, qPrintable(u"step %1: %2 is in %3 incidents"_s.arg(step).arg(sick).arg(holders(world, sick))));
        }
    }
    for (int i = 0; i < services; ++i)
        world.clear(faultOf(name(i)));
    world.broken.clear();
    world.pass(hour);
    if (!world.pipeline.open().isEmpty())
        qWarning().noquote() << world.lines().join(u'\n');
    QVERIFY(world.pipeline.open().isEmpty());
}

} // namespace prunella

QTEST_GUILESS_MAIN(prunella::TestPipelineRandom)
#include "tst_pipeline_random.moc"
