// What a pipeline announces and what the watch sees: written down, told once, kept for a day, restored.
#include "core/engine/ChangeKeeper.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 hourMs = 3'600'000;

ServiceConfig web(const QString &configFile = {})
{
    ServiceConfig service;
    service.name = u"web"_s;
    service.manager = Manager::Process;
    if (!configFile.isEmpty())
        service.configFiles = {configFile};
    return service;
}

Command deployed(const QString &service, const QString &version, const QString &from = {})
{
    Command command;
    command.kind = CommandKind::AnnounceDeployment;
    command.id = 7;
    command.target = service;
    command.text = version;
    command.from = from;
    command.actor = u"uid 1000 (anna)"_s;
    return command;
}

} // namespace

class TestChangeKeeper : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void anAnnouncedDeployment();
    void announcedAndSeenIsOne();
    void refusals();
    void keptForADay();
    void seenChangesAreToldOnce();
    void isRestored();
};

void TestChangeKeeper::anAnnouncedDeployment()
{
    const auto clock = std::make_shared<ManualClock>();
    ChangeKeeper keeper(clock, nullptr);
    keeper.setServices({web()});
    const PipelineOutput first = keeper.announce(deployed(u"web"_s, u"1.4.2"_s, u"1.4.1"_s), clock->now());
    QCOMPARE(first.transaction.changes.size(), 1);
    const ChangeRecord record = first.transaction.changes.first();
    QVERIFY(record.kind == ChangeKind::Deployment && record.component == u"web" && record.from == u"1.4.1" && record.to == u"1.4.2");
    QCOMPARE(record.detail, u"web was deployed: 1.4.1 -> 1.4.2 (announced by uid 1000 (anna))"_s);
    QCOMPARE(record.by, u"uid 1000 (anna)"_s);
    QCOMPARE(record.at, clock->now().wallMs);
    QCOMPARE(first.transaction.audits.size(), 1);
    QCOMPARE(first.transaction.audits.first().verb, u"announce-deployment"_s);
    QCOMPARE(first.transaction.audits.first().actor, u"uid 1000 (anna)"_s);
    QCOMPARE(first.transaction.audits.first().detail, u"1.4.1 -> 1.4.2"_s);
    QCOMPARE(first.events.size(), 1);
    QVERIFY(first.events.first().event == u"change" && first.events.first().component == u"web" && first.events.first().reason == record.detail);
    QVERIFY(first.answer && first.answer->ok && first.answer->id == 7);
    QVERIFY(keeper.recent() == first.transaction.changes);
    const PipelineOutput second = keeper.announce(deployed(u"web"_s, u" 1.5\n"_s), clock->now()); // knows what ran before
    QCOMPARE(second.answer->text, u"noted: web was deployed, 1.4.2 -> 1.5"_s);
    QVERIFY(second.transaction.changes.first().id != record.id);
}

/// The same deployment is announced by the pipeline and seen by the watch over releases, in either order.
void TestChangeKeeper::announcedAndSeenIsOne()
{
    const auto clock = std::make_shared<ManualClock>();
    ChangeKeeper keeper(clock, nullptr);
    keeper.setServices({web()});
    QList<PipelineOutput> due;
    connect(&keeper, &ChangeKeeper::due, this, [&due](const PipelineOutput &output) { due.append(output); });
    const auto seen = [&](const QString &id, const QString &to) {
        keeper.seen({id, ChangeKind::Deployment, u"web"_s, u"web"_s, {}, to, u"web was deployed: "_s + to + u" (seen)"_s, {}, clock->now().wallMs});
    };
    (void)keeper.announce(deployed(u"web"_s, u"1"_s), clock->now());
    clock->advance(60'000);
    seen(u"a"_s, u"1"_s);
    QVERIFY(due.isEmpty());
    seen(u"b"_s, u"2"_s); // another one
    QCOMPARE(due.size(), 1);
    QCOMPARE(due.first().events.size(), 1);
    clock->advance(60'000);
    const auto announced = keeper.announce(deployed(u"web"_s, u"2"_s), clock->now());
    QCOMPARE(announced.transaction.changes.first().id, u"b"_s); // replaces what was seen
    QCOMPARE(keeper.recent().size(), 2);
    QVERIFY(keeper.recent().last().detail.contains(u"announced by"_s));
    clock->advance(hourMs);
    seen(u"c"_s, u"1"_s);
    QCOMPARE(keeper.recent().size(), 3);
}

void TestChangeKeeper::refusals()
{
    const auto clock = std::make_shared<ManualClock>();
    ChangeKeeper keeper(clock, nullptr);
    keeper.setServices({web()});
    for (const Command &command : {deployed(u"db"_s, u"1"_s), deployed(u"host"_s, u"1"_s), deployed({}, u"1"_s), deployed(u"web"_s, u" "_s),
                                   deployed(u"web"_s, QString(500, u'1')), deployed(u"web"_s, u"1"_s, QString(500, u'1'))}) {
        const PipelineOutput out = keeper.announce(command, clock->now());
        QVERIFY(out.answer && !out.answer->ok && out.answer->id == 7);
        QVERIFY(out.answer->code == (command.target == u"web" ? ErrorCode::Invalid : ErrorCode::NotFound));
        QVERIFY(out.transaction.isEmpty() && out.events.isEmpty());
    }
    QVERIFY(keeper.recent().isEmpty());
}

void TestChangeKeeper::keptForADay()
{
    const auto clock = std::make_shared<ManualClock>();
    ChangeKeeper keeper(clock, nullptr);
    keeper.setServices({web()});
    (void)keeper.announce(deployed(u"web"_s, u"1"_s), clock->now());
    clock->advance(23 * hourMs);
    (void)keeper.announce(deployed(u"web"_s, u"2"_s), clock->now());
    QCOMPARE(keeper.recent().size(), 2);
    clock->advance(hourMs + 1);
    QCOMPARE(keeper.recent().size(), 1);
    QCOMPARE(keeper.recent().first().to, u"2"_s);
    for (int i = 0; i < ChangeKeeper::mostRecent + 10; ++i)
        (void)keeper.announce(deployed(u"web"_s, QString::number(i)), clock->now());
    QCOMPARE(keeper.recent().size(), ChangeKeeper::mostRecent);
}

void TestChangeKeeper::seenChangesAreToldOnce()
{
    const QTemporaryDir dir;
    QFile file(dir.filePath(u"web.yaml"_s));
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Unbuffered));
    file.write("a\n");
    file.close();
    ChangeKeeper keeper(std::make_shared<SystemClock>(), nullptr, {dir.filePath(u"dpkg.log"_s), dir.path()});
    QStringList events;
    QMap<QString, QString> state, stored;
    connect(&keeper, &ChangeKeeper::due, &keeper, [&](const PipelineOutput &output) {
        for (const EngineEvent &event : output.events)
            events.append(event.component + u' ' + event.event);
        for (const ChangeRecord &change : output.transaction.changes)
            stored.insert(change.id, change.detail);
        state.insert(output.transaction.state);
    });
    keeper.setServices({web(file.fileName())});
    keeper.start();
    const QString key = u"change/file/web "_s + file.fileName();
    QTRY_VERIFY(state.contains(key));
    for (int lines = 2; lines < 5; ++lines) {
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray("a\n").repeated(lines));
        file.close();
        QTRY_VERIFY(stored.size() == 1 && stored.first().endsWith(u"changed (1 -> %1 lines, written in place)"_s.arg(lines)));
    }
    QCOMPARE(events, QStringList{u"web change"_s}); // the store has the last sentence
    QCOMPARE(keeper.recent().size(), 1);
    QCOMPARE(keeper.recent().first().detail, stored.first());
    QVERIFY(state.contains(u"change/kernel"_s));
}

void TestChangeKeeper::isRestored()
{
    const QTemporaryDir dir;
    const auto clock = std::make_shared<ManualClock>();
    StoredState state;
    state.state = {{u"epoch"_s, u"3"_s}, {u"change/kernel"_s, u"5.10.0-1"_s}, {u"unit/web"_s, u"a b"_s}};
    for (const qint64 age : {30 * hourMs, 20 * hourMs, hourMs})
        state.recentChanges.append({QString::number(age), ChangeKind::Deployment, u"web"_s, u"web"_s, {}, u"1"_s, {}, {}, clock->now().wallMs - age});
    ChangeKeeper keeper(clock, nullptr, {QString(), dir.path()});
    QList<ChangeRecord> seen;
    connect(&keeper, &ChangeKeeper::due, &keeper, [&seen](const PipelineOutput &output) { seen.append(output.transaction.changes); });
    keeper.restore(state);
    keeper.setServices({web()});
    QCOMPARE(keeper.recent().size(), 2);
    QCOMPARE(keeper.announce(deployed(u"web"_s, u"2"_s), clock->now()).transaction.changes.first().from, u"1"_s);
    keeper.start();
    QCOMPARE(seen.size(), 1); // another kernel than the remembered one
    QVERIFY(seen.first().kind == ChangeKind::Kernel);
}

QTEST_GUILESS_MAIN(TestChangeKeeper)
#include "tst_change_keeper.moc"
