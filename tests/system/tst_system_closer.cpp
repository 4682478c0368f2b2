// labels: sandbox
// enable_monitoring to its end: the snapshot, the debug signal, and after the stated time the quiet one; also when the engine is killed
// in between. And what `show ID --plan` says of a real incident, with nothing done.
#include "Incidents.h"
#include "Playbook.h"

#include <QFileInfo>
#include <QJsonDocument>
#include <QTcpServer>
#include <QTest>

using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

quint16 freePort()
{
    QTcpServer server;
    return server.listen(QHostAddress::LocalHost) ? server.serverPort() : 0;
}

/// Its check fails, and a closer look is all that its cause recommends.
QString watchedService(const VictimUnit &victim, const QString &lasts)
{
    return victim.service(u"health: [{type: tcp, address: \"127.0.0.1:%1\", interval: 1s, failures: 1}], "
                          "monitoring: {for: %2, interval: 200ms, debug: {signal: USR1, quiet_signal: USR2}}"_s.arg(freePort()).arg(lasts));
}

QStringList linesOf(const EngineProcess::Answer &answer) { return answer.out.trimmed().split(u'\n'); }

} // namespace

class TestSystemCloser : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void endsByItself_data();
    void endsByItself();
    void planIsOnlyTold();
    void planOfAProcedure();

private:
    static void snapshotIsKept(const EngineProcess &engine, const VictimUnit &victim);
};

void TestSystemCloser::snapshotIsKept(const EngineProcess &engine, const VictimUnit &victim)
{
    const QJsonObject incident = engine.incident(victim.name());
    const QString file = firstAction(incident).value(u"attachment").toString();
    QVERIFY2(file.startsWith(engine.stateDir() + u"/attachments/"_s), qPrintable(file));
    QCOMPARE(QFileInfo(file).permissions(), QFile::ReadOwner | QFile::WriteOwner | QFile::ReadUser | QFile::WriteUser); // 0600
    const auto printed = engine.call({u"show"_s, incident.value(u"id").toString(), u"--attachment"_s});
    QCOMPARE(printed.code, 0);
    QCOMPARE(printed.out, QString::fromUtf8(bytesOf(file)) + u'\n');
    QVERIFY2(printed.out.startsWith(u"Prunella snapshot of %1\n"_s.arg(victim.name())), qPrintable(printed.out.left(500)));
    QVERIFY(printed.out.contains(u"main process: %1\n"_s.arg(victim.mainPid())));
}

void TestSystemCloser::endsByItself_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("lasts");
    QTest::addColumn<bool>("restarted");
    QTest::newRow("one engine") << u"closer"_s << u"2s"_s << false;
    QTest::newRow("killed in between") << u"again"_s << u"5s"_s << true;
}

void TestSystemCloser::endsByItself()
{
    QFETCH(QString, name);
    QFETCH(QString, lasts);
    QFETCH(bool, restarted);
    const QString dir = outDirectory(name);
    putTree(dir, u"network_timeout"_s, u"unclear"_s, u"enable_monitoring"_s);
    const VictimUnit victim(name, dir, {u"--note-signals"_s});
    victim.start();
    QTRY_COMPARE(countLines(victim.log(), "listens"), 1);
    EngineProcess engine(dir, engineConfig(watchedService(victim, lasts), u"automatic"_s, u"max_retry_attempts: 1"_s, withPlaybooks(dir)));
    QVERIFY2(engine.start(), qPrintable(engine.errors()));
    QVERIFY2(engine.seesReason(u"verifying"_s, u"enable_monitoring completed"_s, 20'000), qPrintable(engine.eventsText()));
    QTRY_COMPARE(countLines(victim.log(), "usr1"), 1);
    snapshotIsKept(engine, victim);
    if (restarted) {
        engine.kill9();
        QVERIFY2(engine.start(), qPrintable(engine.errors()));
    }
    QVERIFY2(countLines(victim.log(), "usr2") == 0, "not before its time");
    QVERIFY2(engine.sees(u"reverted"_s, name, 20'000), qPrintable(engine.eventsText()));
    QTRY_COMPARE(countLines(victim.log(), "usr2"), 1);
    QVERIFY(lastLineUs(victim.log(), "usr2") - lastLineUs(victim.log(), "usr1") >= (restarted ? 4'900'000 : 1'900'000));
    QCOMPARE(countLines(victim.log(), "usr1"), 1);
    QCOMPARE(victim.starts(), 1); // it only looked
    const QJsonObject incident = engine.incident(name), looked = firstAction(incident), over = actionsOf(incident).last().toObject();
    QCOMPARE(looked.value(u"undone_by"), over.value(u"id"));
    QCOMPARE(over.value(u"undoes"), looked.value(u"id"));
    QCOMPARE(over.value(u"status").toString(), u"completed"_s);
    QVERIFY2(over.value(u"output").toString().contains(u"USR2"_s), qPrintable(over.value(u"output").toString()));
    QVERIFY(!engine.ends(1500)); // nor a second time
    QCOMPARE(countLines(victim.log(), "usr2"), 1);
    QCOMPARE(engine.stop(), 0);
}

/// The diagnosis' own list: the exact calls, and the policy's word on each. What is asked about stays as it is.
void TestSystemCloser::planIsOnlyTold()
{
    const QString dir = outDirectory(u"plan"_s), file = dir + u"/web.ini"_s;
    const QByteArray bytes("[upstream]\ntimeout = 30\n");
    putFile(file, bytes);
    putTree(dir, u"service_crash"_s, u"it_ended"_s, u"adjust_timeout, restart_service, scale_resources"_s);
    const VictimUnit victim(u"planned"_s, dir);
    victim.start();
    EngineProcess engine(dir, engineConfig(victim.service(u"timeouts: [{name: upstream, file: \"%1\", key: upstream.timeout, max: 100, apply: restart}]"_s.arg(file)),
                                           u"approve"_s, {}, withPlaybooks(dir)));
    QVERIFY2(engine.start() && engine.knows(u"planned"_s), qPrintable(engine.eventsText() + engine.errors()));
    victim.kill9();
    QVERIFY2(engine.sees(u"awaiting_approval"_s, u"planned"_s, 20'000), qPrintable(engine.eventsText()));
    const QString id = engine.incident(u"planned"_s).value(u"id").toString();
    const QJsonObject before = engine.incident(u"planned"_s);
    const auto told = engine.call({u"show"_s, id.left(8), u"--plan"_s});
    QVERIFY2(told.code == 0, qPrintable(told.err));
    QCOMPARE(linesOf(told), (QStringList{
        u"Plan, as the diagnosis recommends (nothing is done now):"_s,
        u"  1. adjust_timeout planned"_s,
        u"     call: upstream: set upstream.timeout from 30 to 45 in %1, then restart of planned.service"_s.arg(file),
        u"     would ask a person: the mode is approve: a person decides"_s,
        u"  2. restart_service planned"_s,
        u"     call: org.freedesktop.systemd1.Manager.RestartUnit(\"planned.service\", \"replace\") on the system bus"_s,
        u"     would ask a person: the mode is approve: a person decides"_s,
        u"  3. scale_resources planned"_s,
        u"     not possible: scale_resources cannot be done for planned"_s}));
    const QJsonObject json = QJsonDocument::fromJson(engine.call({u"show"_s, id, u"--plan"_s, u"--json"_s}).out.toUtf8()).object();
    QCOMPARE(json.value(u"plan").toArray().size(), 3);
    QVERIFY2(u"     call: "_s + json.value(u"plan")[0][u"call"].toString() == linesOf(told).value(2), "the same call in both forms");
    QCOMPARE(bytesOf(file), bytes);
    QCOMPARE(victim.starts(), 1);
    QCOMPARE(engine.incident(u"planned"_s), before); // not even a line in its story
    QCOMPARE(engine.stop(), 0);
    QCOMPARE(engine.call({u"show"_s, id, u"--plan"_s}).code, 3); // only a running engine knows
}

/// A shipped procedure: what is left out for now says why.
void TestSystemCloser::planOfAProcedure()
{
    const QString dir = outDirectory(u"procedure"_s);
    const VictimUnit victim(u"crashed"_s, dir);
    victim.start();
    EngineProcess engine(dir, engineConfig(victim.service(u"monitoring: {for: 60s, debug: {signal: USR1}}"_s), u"approve"_s));
    QVERIFY2(engine.start() && engine.knows(u"crashed"_s), qPrintable(engine.eventsText() + engine.errors()));
    victim.kill9();
    QVERIFY2(engine.sees(u"awaiting_approval"_s, u"crashed"_s, 20'000), qPrintable(engine.eventsText()));
    const auto told = engine.call({u"show"_s, engine.incident(u"crashed"_s).value(u"id").toString(), u"--plan"_s});
    QVERIFY2(told.code == 0, qPrintable(told.err));
    const QStringList lines = linesOf(told);
    QCOMPARE(lines.value(0), u"Plan, by procedure service_crash_restart (nothing is done now):"_s);
    for (const QString &line : {u"  1. restart_service crashed (restart)"_s, u"     call: org.freedesktop.systemd1.Manager.RestartUnit(\"crashed.service\", \"replace\") on the system bus"_s,
                                u"     left out: its condition does not hold"_s, u"  3. enable_monitoring crashed (look)"_s})
        QVERIFY2(lines.contains(line), qPrintable(line + u" is missing in\n"_s + told.out));
    QCOMPARE(victim.starts(), 1);
    QCOMPARE(victim.property(u"ActiveState"_s), u"failed"_s);
    QCOMPARE(engine.stop(), 0);
}

QTEST_GUILESS_MAIN(TestSystemCloser)
#include "tst_system_closer.moc"
