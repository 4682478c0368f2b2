// A second console beside a running engine: it shows what the engine does and changes nothing.
#include "Ctl.h"
#include "EngineProcess.h"
#include "Incidents.h"
#include "VictimUnit.h"
#include "core/engine/WatchingClient.h"

#include <QFile>
#include <QScopeGuard>
#include <QSignalSpy>
#include <QTest>

#include <csignal>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

EngineOptions optionsOf(const EngineProcess &engine)
{
    EngineOptions options;
    options.sources = defaultSources(engine.configFile(), {});
    options.stateDir = options.runtimeDir = engine.stateDir();
    options.controlSocket = controlSocketPath(engine.stateDir());
    options.version = u"test"_s;
    return options;
}

template<typename T>
T waited(QFuture<T> future)
{
    future.waitForFinished();
    return future.result();
}

QByteArray read(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

qint64 newestPid(const QString &log)
{
    return read(log).trimmed().split('\n').last().split(' ').value(1).toLongLong();
}

QString worker(const QString &log)
{
    QStringList quoted;
    for (const QString &word : victimCommand(log))
        quoted.append(u'"' + word + u'"');
    return u"    - {name: worker, manager: process, command: [%1]}\n"_s.arg(quoted.join(u", "_s));
}

/// Each word of a person is answered, and the answer is no.
void refusesEveryCommand(WatchingClient &watcher, const QString &incident)
{
    QSignalSpy answers(&watcher, &EngineClient::commandAnswered);
    const CommandKind kinds[] = {CommandKind::Approve, CommandKind::Reject, CommandKind::Acknowledge, CommandKind::Resolve, CommandKind::Pause,
                                 CommandKind::Resume, CommandKind::SetCeiling, CommandKind::RecoverNow, CommandKind::TakeOver, CommandKind::Reload};
    for (const CommandKind kind : kinds) {
        Command command;
        command.kind = kind;
        command.incidentId = incident;
        const quint64 sent = watcher.send(command);
        QTRY_COMPARE(answers.size(), 1);
        const auto answer = answers.takeFirst().first().value<CommandAnswer>();
        QVERIFY(!answer.ok && answer.code == ErrorCode::Busy);
        QCOMPARE(answer.id, sent);
        QVERIFY2(answer.text.startsWith(u"this console only watches: pid 7"_s), qPrintable(answer.text));
    }
}

} // namespace

class TestSystemWatching : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void showsAndChangesNothing();
    void seesTheEngineGo();
};

void TestSystemWatching::showsAndChangesNothing()
{
    const QTemporaryDir dir;
    const QString log = dir.filePath(u"starts"_s);
    const auto cleanUp = qScopeGuard([&log] { ::kill(pid_t(newestPid(log)), SIGKILL); });
    EngineProcess engine(dir.path(), engineConfig(worker(log), u"approve"_s));
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    QTRY_COMPARE(countLines(log), 1);
    const QByteArray config = read(engine.configFile());

    WatchingClient watcher(optionsOf(engine), u"pid 7"_s);
    QTRY_COMPARE(watcher.frame()->engine.pid, engine.pid());
    QVERIFY(watcher.frame()->engine.readOnly);
    QCOMPARE(watcher.frame()->engine.holder, u"pid 7"_s);
    QTRY_VERIFY(watcher.frame()->components.size() == 2);
    ::kill(pid_t(newestPid(log)), SIGKILL);
    QTRY_COMPARE(watcher.frame()->open.size(), 1);
    QTRY_VERIFY(watcher.frame()->open.first().status == IncidentStatus::AwaitingApproval);
    const QString id = watcher.frame()->open.first().id;

    const auto plan = waited(watcher.plan(id)); // the engine's own words
    QVERIFY(plan && plan->incidentId == id && !plan->steps.isEmpty());
    QVERIFY(plan->steps.first().verdict.decision == Decision::Ask);
    QVERIFY(waited(watcher.rights()).isEmpty());
    refusesEveryCommand(watcher, id);
    QCOMPARE(waited(watcher.saveSettings({{u"mode"_s, u"automatic"_s}})).size(), 1);
    QCOMPARE(read(engine.configFile()), config);
    QCOMPARE(statusOf(engine.incident(u"worker"_s)), u"awaiting_approval"_s);
    QVERIFY(engine.incident(u"worker"_s).value(u"acknowledged_at").isNull());
    QCOMPARE(countLines(log), 1);

    QCOMPARE(waited(watcher.incidents({})).size(), 1);
    QVERIFY(!waited(watcher.settings()).values.isEmpty());
    QCOMPARE(engine.call({u"approve"_s, id}).code, 0); // who runs the engine answers, and the watcher sees it
    QTRY_COMPARE(watcher.frame()->recent.size(), 1);
    QVERIFY(watcher.frame()->open.isEmpty());
}

void TestSystemWatching::seesTheEngineGo()
{
    const QTemporaryDir dir;
    EngineProcess engine(dir.path(), engineConfig(u"    - {name: web, unit: no-such-web.service}\n"_s));
    writeStore(engine.stateDir(), {writtenIncident(u"aaaa1111"_s, u"web"_s, SystemClock().now().wallMs - 5000)});
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    WatchingClient watcher(optionsOf(engine), u"pid 7"_s);
    QTRY_VERIFY(watcher.frame()->engine.pid == engine.pid() && watcher.frame()->open.size() == 1);
    QCOMPARE(engine.stop(), 0);
    QTRY_COMPARE(watcher.frame()->engine.pid, 0); // what the store knows stays in sight
    QCOMPARE(watcher.frame()->open.size(), 1);
    QVERIFY(watcher.frame()->engine.readOnly);
    const auto plan = waited(watcher.plan(u"aaaa1111"_s));
    QVERIFY(plan && plan->steps.isEmpty());
    QVERIFY2(plan->why.startsWith(u"this console only watches, and the engine does not say what it would do: "_s), qPrintable(plan->why));
    const QTemporaryDir nothing;
    EngineOptions none = optionsOf(engine);
    none.stateDir = nothing.filePath(u"nobody"_s);
    const WatchingClient lost(none, u"pid 7"_s);
    QTRY_COMPARE(lost.frame()->notices.size(), 1);
    QVERIFY(!QFile::exists(none.stateDir));
}

QTEST_GUILESS_MAIN(TestSystemWatching)
#include "tst_system_watching.moc"
