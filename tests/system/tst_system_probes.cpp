// labels: sandbox
// A decision tree that asks the world while an incident waits: a real port, a file that hangs, a log, the unit's own settings.
#include "EngineProcess.h"
#include "Incidents.h"
#include "VictimUnit.h"

#include <QDir>
#include <QFile>
#include <QTcpServer>
#include <QTest>

#include <csignal>
#include <fcntl.h>
#include <unistd.h>

using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

const QString tree = uR"(tree: service_crash
applies_to: [service_crash]
first: binary
questions:
  binary:
    ask: Is its program there?
    when: {probe: {type: file, path: "{unit.binary}"}, equals: ok}
    yes: {likelihood: 0.95, then: settings}
    no: {likelihood: 0.95, then: no_program}
  settings:
    ask: Are its settings well formed?
    when: {probe: {type: config_syntax, path: "%1", timeout: 500ms}, equals: error}
    yes: {likelihood: 0.95, then: bad_settings}
    no: {likelihood: 0.9, then: peer}
    unknown: no
  peer:
    ask: Does its peer take connections?
    when: {probe: {type: tcp, address: "127.0.0.1:%2"}, equals: refused}
    yes: {likelihood: 0.95, then: peer_down}
    no: {likelihood: 0.9, then: log}
  log:
    ask: Did it say goodbye?
    when: {log: {matches: "^bye {component}"}, at_least: 1}
    yes: {likelihood: 0.98, then: left}
    no: {likelihood: 0.9, then: killed}
causes:
  no_program: {text: program gone, prior: 0.05, summary: "{probe.file:text}", advice: install it}
  bad_settings: {text: settings broken, prior: 0.05, summary: "{probe.config_syntax:text}", advice: mend them}
  peer_down: {text: peer down, prior: 0.05, summary: "{component} ended: {probe.tcp:text}.", actions: [restart_service]}
  left: {text: it left, prior: 0.4, summary: "{component} left: {unit.binary}.", actions: [restart_service]}
  killed: {text: killed, prior: 0.45, summary: "{component} was ended.", actions: [restart_service]}
)"_s;

void write(const QString &path, const QByteArray &bytes)
{
    QDir().mkpath(path.section(u'/', 0, -2));
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("cannot write %s", qPrintable(path));
}

QString config(const QString &dir, const VictimUnit &victim)
{
    write(dir + u"/said.log"_s, "");
    return engineConfig(victim.service(u"logs: [{file: \"%1/said.log\"}]"_s.arg(dir)), u"automatic"_s, {},
                        u"  learning: {confidence_threshold: 0}\n  playbooks: [\"%1/playbooks\"]\n"_s.arg(dir));
}

QStringList reasonsOf(const QJsonObject &incident)
{
    QStringList reasons;
    for (const QJsonValue &entry : incident.value(u"timeline").toArray())
        reasons << entry[u"reason"].toString();
    return reasons;
}

} // namespace

class TestSystemProbes : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void asksAndGoesOn();
    void hangingProbeIsUnknown();
};

void TestSystemProbes::asksAndGoesOn()
{
    QTcpServer peer;
    QVERIFY(peer.listen(QHostAddress::LocalHost));
    const QString dir = outDirectory(u"asks"_s), port = QString::number(peer.serverPort());
    write(dir + u"/settings.yaml"_s, "a: 1\n");
    write(dir + u"/playbooks/crash.yaml"_s, tree.arg(dir + u"/settings.yaml"_s, port).toUtf8());
    const VictimUnit victim(u"asker"_s, dir);
    victim.start();
    EngineProcess engine(dir, config(dir, victim));
    QVERIFY2(engine.start() && engine.knows(u"asker"_s), qPrintable(engine.eventsText()));
    QFile said(dir + u"/said.log"_s);
    QVERIFY(said.open(QIODevice::Append) && said.write("bye asker\n" // and a request, whose count tells that both were read
        "127.0.0.1 - - [27/Nov/2026:21:00:00 +0000] \"GET / HTTP/1.1\" 200 5\n") > 0 && said.flush());
    QTRY_VERIFY_WITH_TIMEOUT(engine.call({u"metrics"_s}).out.contains(u"requests_per_second"_s), 10'000);
    victim.kill9();
    QVERIFY2(engine.sees(u"resolved"_s, u"asker"_s, 20'000), qPrintable(engine.eventsText()));
    const QJsonObject incident = engine.incident(u"asker"_s);
    const QStringList reasons = reasonsOf(incident);
    QVERIFY2(reasons.filter(u"asks: file /"_s).size() == 1 && reasons.contains(u"asks: config_syntax %1/settings.yaml"_s.arg(dir))
             && reasons.contains(u"asks: tcp 127.0.0.1:%1"_s.arg(port)), qPrintable(reasons.join(u'\n')));
    QVERIFY2(causeOf(incident).startsWith(u"asker left: /"_s), qPrintable(causeOf(incident)));
    QCOMPARE(victim.starts(), 2);
    const QString shown = engine.call({u"show"_s, incident.value(u"id").toString()}).out;
    for (const QString &part : {u"Does its peer take connections? -> no"_s, u"127.0.0.1:%1 takes a connection"_s.arg(port), u" -> "_s,
                                u"1 log line with ^bye {component}, the last: bye asker"_s, u"ruled out by: "_s, u"reliable to 98 %"_s})
        QVERIFY2(shown.contains(part), qPrintable(part + u'\n' + shown));
    QCOMPARE(engine.stop(), 0);
}

/// A lease of somebody else lets nobody open the file, as a dead file server would.
void TestSystemProbes::hangingProbeIsUnknown()
{
    const QString dir = outDirectory(u"hangs"_s);
    QTemporaryDir folder; // leases need a file system that knows them
    const QString settings = folder.filePath(u"settings.yaml"_s);
    QTcpServer closed;
    QVERIFY(closed.listen(QHostAddress::LocalHost));
    write(dir + u"/playbooks/crash.yaml"_s, tree.arg(settings, QString::number(closed.serverPort())).toUtf8());
    closed.close();
    std::signal(SIGIO, SIG_IGN);
    const int lease = ::open(qPrintable(settings), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    QVERIFY(lease >= 0 && ::fcntl(lease, F_SETLEASE, F_WRLCK) == 0);
    const VictimUnit victim(u"hanger"_s, dir);
    victim.start();
    EngineProcess engine(dir, config(dir, victim));
    QVERIFY2(engine.start() && engine.knows(u"hanger"_s), qPrintable(engine.eventsText()));
    victim.kill9();
    QVERIFY2(engine.sees(u"resolved"_s, u"hanger"_s, 20'000), qPrintable(engine.eventsText()));
    const QJsonObject incident = engine.incident(u"hanger"_s);
    QVERIFY2(causeOf(incident).startsWith(u"hanger ended: 127.0.0.1:"_s), qPrintable(causeOf(incident)));
    const QString shown = engine.call({u"show"_s, incident.value(u"id").toString()}).out;
    QVERIFY2(shown.contains(u"Are its settings well formed? -> unknown"_s) && shown.contains(u"no answer within 0.5 s"_s), qPrintable(shown));
    victim.kill9(); // it hangs again, and the engine is asked to end meanwhile
    QVERIFY2(engine.seesReason(u"diagnosing"_s, u"asks: config_syntax"_s), qPrintable(engine.eventsText()));
    QCOMPARE(engine.stop(), 0);
    ::close(lease);
}

QTEST_GUILESS_MAIN(TestSystemProbes)
#include "tst_system_probes.moc"
