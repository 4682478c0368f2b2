// labels: sandbox
// From a real fault to the repair that is no restart: a full disk, a timeout in a file, a command, each by a running engine.
#include "EngineProcess.h"
#include "Incidents.h"
#include "VictimUnit.h"

#include <QDir>
#include <QFile>
#include <QTest>

#include <csignal>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

void write(const QString &path, const QByteArray &bytes)
{
    QDir().mkpath(path.section(u'/', 0, -2));
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(bytes) != bytes.size())
        qFatal("cannot write %s", qPrintable(path));
}

QByteArray bytesOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("<none>");
}

void makeOld(const QString &path)
{
    struct stat info {};
    if (stat(qPrintable(path), &info) != 0)
        qFatal("%s is not there", qPrintable(path));
    info.st_mtim.tv_sec -= 600;
    const std::array times{info.st_mtim, info.st_mtim};
    utimensat(AT_FDCWD, qPrintable(path), times.data(), 0);
}

/// The first cause of every crash recommends these actions.
QString treeWith(const QString &actions)
{
    return uR"(tree: service_crash
applies_to: [service_crash]
first: only
questions:
  only:
    ask: Is it there?
    when: {fact: unit.result, in: [signal, success, exit-code]}
    yes: {likelihood: 0.95, then: it_ended}
    no: {likelihood: 0.95, then: other}
    unknown: yes
causes:
  it_ended: {text: it ended, prior: 0.5, summary: "{component} ended.", actions: [%1]}
  other: {text: other, prior: 0.5, summary: "{component}: other.", advice: look}
)"_s.arg(actions);
}

QString more(const QString &dir)
{
    return u"  learning: {confidence_threshold: 0}\n  guards: {cool_down: 0s}\n  playbooks: [\"%1/playbooks\"]\n"_s.arg(dir);
}

} // namespace

class TestSystemFileActions : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void fullDisk();
    void timeoutIsRaised();
    void processIsRestartedWithTheValue();
    void commandMends();
    void commandThatFailed();
    void askedWithTheWholeCall();
    void noRightsIsAVerdict();
};

void TestSystemFileActions::fullDisk()
{
    const QString disk = u"/srv/small-actions"_s, dir = outDirectory(u"disk"_s);
    QVERIFY(QDir().mkpath(disk) && mount("tmpfs", qPrintable(disk), "tmpfs", 0, "size=16m") == 0);
    write(disk + u"/data/base"_s, QByteArray(2 << 20, 'x'));
    const QString config = engineConfig({}, u"automatic"_s, {},
        u"  learning: {confidence_threshold: 0}\n"
        "  thresholds: [{metric: disk_usage, labels: {path: %1}, warning: 60, critical: 80}]\n"
        "  disk_rules: [{folder: %1/log, files: [\"*.log.*\"], older_than: 5m, keep_newest: 1}]\n"_s.arg(disk)).replace(u"  services:\n"_s, QString());
    EngineProcess engine(dir, config);
    QVERIFY2(engine.start(), qPrintable(engine.errors()));
    for (int i = 0; i < 4; ++i) {
        write(disk + u"/log/web.log.%1"_s.arg(i), QByteArray(3 << 20, 'x'));
        makeOld(disk + u"/log/web.log.%1"_s.arg(i));
    }
    const bool resolved = engine.sees(u"resolved"_s, u"host"_s, 30'000);
    const QStringList left = QDir(disk + u"/log"_s).entryList(QDir::Files);
    const bool dataStays = QFile::exists(disk + u"/data/base"_s);
    umount2(qPrintable(disk), MNT_DETACH);
    QVERIFY2(resolved, qPrintable(engine.eventsText()));
    const QJsonObject action = firstAction(engine.incident(u"host"_s));
    QCOMPARE(action.value(u"action_type").toString(), u"free_disk_space"_s);
    QVERIFY2(action.value(u"verified").toBool(), qPrintable(engine.eventsText()));
    QVERIFY2(action.value(u"output").toString().startsWith(u"deleted 3 of 3 files (9.0 MiB) in /srv/small-actions/log"_s),
             qPrintable(action.value(u"output").toString()));
    QCOMPARE(left.size(), 1); // the newest
    QVERIFY(dataStays);
    QCOMPARE(engine.stop(), 0);
}

void TestSystemFileActions::timeoutIsRaised()
{
    const QString dir = outDirectory(u"timeout"_s), file = dir + u"/web.ini"_s;
    write(file, "; of the web\n[upstream]\ntimeout = 30 ; s\n");
    write(dir + u"/playbooks/crash.yaml"_s, treeWith(u"adjust_timeout, restart_service"_s).toUtf8());
    const VictimUnit victim(u"slow"_s, dir);
    victim.start();
    const QString timeouts = u"timeouts: [{name: upstream, file: \"%1\", key: upstream.timeout, max: 40, apply: restart}]"_s.arg(file);
    EngineProcess engine(dir, engineConfig(victim.service(timeouts), u"automatic"_s, {}, more(dir)));
    QVERIFY2(engine.start() && engine.knows(u"slow"_s), qPrintable(engine.eventsText() + engine.errors()));
    victim.kill9();
    QVERIFY2(engine.sees(u"resolved"_s, u"slow"_s, 20'000), qPrintable(engine.eventsText()));
    QCOMPARE(bytesOf(file), "; of the web\n[upstream]\ntimeout = 40 ; s\n"); // 1.5 times, but no more than max
    QCOMPARE(victim.starts(), 2);
    const QJsonObject action = firstAction(engine.incident(u"slow"_s));
    QCOMPARE(action.value(u"action_type").toString(), u"adjust_timeout"_s);
    QVERIFY2(action.value(u"output").toString().startsWith(u"upstream.timeout is 40 now (was 30), backup "_s), qPrintable(engine.eventsText()));
    victim.kill9(); // the value is at its max now: the next action of the diagnosis is taken
    QVERIFY2(engine.sees(u"resolved"_s, u"slow"_s, 20'000, 2), qPrintable(engine.eventsText()));
    QCOMPARE(bytesOf(file), "; of the web\n[upstream]\ntimeout = 40 ; s\n");
    QCOMPARE(victim.starts(), 3);
    QCOMPARE(engine.stop(), 0);
}

/// A process of our own manager; its next end is a crash again.
void TestSystemFileActions::processIsRestartedWithTheValue()
{
    const QString dir = outDirectory(u"process"_s), file = dir + u"/worker.env"_s, log = dir + u"/worker.starts"_s;
    write(file, "# of the worker\nexport TIMEOUT=2m\n");
    write(dir + u"/playbooks/crash.yaml"_s, treeWith(u"adjust_timeout"_s).toUtf8());
    const QString worker = u"    - {name: worker, manager: process, command: [\"%1\"], timeouts: [{name: t, file: \"%2\", key: TIMEOUT, max: 900}]}\n"_s
                               .arg(victimCommand(log).join(u"\", \""_s), file);
    EngineProcess engine(dir, engineConfig(worker, u"automatic"_s, {}, more(dir)));
    QVERIFY2(engine.start() && engine.knows(u"worker"_s), qPrintable(engine.eventsText() + engine.errors()));
    const auto pid = [&] {
        const QByteArrayList words = bytesOf(log).trimmed().split('\n').constLast().split(' ');
        return words.value(1).toInt();
    };
    for (int i = 1; i <= 2; ++i) {
        QTRY_VERIFY(countLines(log) == i);
        QVERIFY(pid() > 1 && kill(pid(), SIGKILL) == 0);
        QVERIFY2(engine.sees(u"resolved"_s, u"worker"_s, 20'000, i), qPrintable(engine.eventsText()));
        QCOMPARE(bytesOf(file), i == 1 ? "# of the worker\nexport TIMEOUT=3m\n" : "# of the worker\nexport TIMEOUT=270s\n");
    }
    QCOMPARE(countLines(log), 3);
    kill(pid(), SIGKILL);
    QCOMPARE(engine.stop(), 0);
}

void TestSystemFileActions::commandMends()
{
    const QString dir = outDirectory(u"command"_s);
    write(dir + u"/playbooks/crash.yaml"_s, treeWith(u"run_command"_s).toUtf8());
    const VictimUnit victim(u"mended"_s, dir);
    victim.start();
    const QString commands = u"commands: {other: {command: [/bin/false], causes: [elsewhere]}, mend: {command: [systemctl, start, %1], causes: [it_ended]}}"_s
                                 .arg(victim.unit());
    EngineProcess engine(dir, engineConfig(victim.service(commands), u"automatic"_s, {}, more(dir)));
    QVERIFY2(engine.start() && engine.knows(u"mended"_s), qPrintable(engine.eventsText() + engine.errors()));
    victim.kill9();
    QVERIFY2(engine.sees(u"resolved"_s, u"mended"_s, 20'000), qPrintable(engine.eventsText()));
    const QJsonObject action = firstAction(engine.incident(u"mended"_s));
    QCOMPARE(action.value(u"action_type").toString(), u"run_command"_s);
    QCOMPARE(action.value(u"output").toString(), u"mend: exit status 0"_s);
    QCOMPARE(victim.starts(), 2);
    QCOMPARE(engine.stop(), 0);
}

/// Not idempotent: a second time is a person's decision.
void TestSystemFileActions::commandThatFailed()
{
    const QString dir = outDirectory(u"failing"_s);
    write(dir + u"/playbooks/crash.yaml"_s, treeWith(u"run_command"_s).toUtf8());
    const VictimUnit victim(u"unmended"_s, dir);
    victim.start();
    EngineProcess engine(dir, engineConfig(victim.service(u"commands: {mend: {command: [/bin/false]}}"_s), u"automatic"_s, {}, more(dir)));
    QVERIFY2(engine.start() && engine.knows(u"unmended"_s), qPrintable(engine.eventsText() + engine.errors()));
    victim.kill9();
    QVERIFY2(engine.sees(u"awaiting_approval"_s, u"unmended"_s, 20'000), qPrintable(engine.eventsText()));
    const QJsonObject incident = engine.incident(u"unmended"_s);
    QCOMPARE(firstAction(incident).value(u"output").toString(), u"mend: exit status 1"_s);
    QVERIFY2(lastReason(incident).contains(u"a second time is a person's decision"_s), qPrintable(lastReason(incident)));
    QCOMPARE(engine.stop(), 0);
}

void TestSystemFileActions::askedWithTheWholeCall()
{
    const QString dir = outDirectory(u"asked"_s), file = dir + u"/web.json"_s;
    write(file, "{\"timeout\": \"30s\"}\n");
    write(dir + u"/playbooks/crash.yaml"_s, treeWith(u"adjust_timeout"_s).toUtf8());
    const VictimUnit victim(u"asked"_s, dir);
    victim.start();
    const QString timeouts = u"timeouts: [{name: upstream, file: \"%1\", key: timeout, max: 100}]"_s.arg(file);
    EngineProcess engine(dir, engineConfig(victim.service(timeouts), u"approve"_s, {}, more(dir)));
    QVERIFY2(engine.start() && engine.knows(u"asked"_s), qPrintable(engine.eventsText() + engine.errors()));
    victim.kill9();
    QVERIFY2(engine.sees(u"awaiting_approval"_s, u"asked"_s, 20'000), qPrintable(engine.eventsText()));
    const QString id = engine.incident(u"asked"_s).value(u"id").toString();
    const QString shown = engine.call({u"show"_s, id}).out, call = u"upstream: set timeout from 30s to 45s in "_s;
    QVERIFY2(shown.contains(call), qPrintable(shown));
    QCOMPARE(bytesOf(file), "{\"timeout\": \"30s\"}\n"); // asked, not done
    write(file, "{\"timeout\": \"20s\"}\n");
    QVERIFY2(engine.call({u"approve"_s, id}).code != 0, "the plan changed since it was shown");
    QVERIFY2(engine.sees(u"awaiting_approval"_s, u"asked"_s, 20'000, 2), qPrintable(engine.eventsText()));
    QCOMPARE(bytesOf(file), "{\"timeout\": \"20s\"}\n");
    const EngineProcess::Answer yes = engine.call({u"approve"_s, id});
    QVERIFY2(yes.code == 0, qPrintable(yes.err));
    QVERIFY2(engine.sees(u"resolved"_s, u"asked"_s, 20'000), qPrintable(engine.eventsText()));
    QCOMPARE(bytesOf(file), "{\"timeout\": \"30s\"}\n");
    QCOMPARE(victim.starts(), 2);
    QCOMPARE(engine.stop(), 0);
}

/// Even root may not change this file: the engine says so beforehand and does not try.
void TestSystemFileActions::noRightsIsAVerdict()
{
    const QString dir = outDirectory(u"rights"_s), folder = u"/srv/read-only"_s, file = folder + u"/web.env"_s;
    QVERIFY(QDir().mkpath(folder) && mount("tmpfs", qPrintable(folder), "tmpfs", 0, "size=1m") == 0);
    write(file, "TIMEOUT=30\n");
    QVERIFY(mount("tmpfs", qPrintable(folder), "tmpfs", MS_REMOUNT | MS_RDONLY, "size=1m") == 0);
    write(dir + u"/playbooks/crash.yaml"_s, treeWith(u"adjust_timeout"_s).toUtf8());
    const VictimUnit victim(u"forbidden"_s, dir);
    victim.start();
    const QString timeouts = u"timeouts: [{name: upstream, file: \"%1\", key: TIMEOUT, max: 100}]"_s.arg(file);
    EngineProcess engine(dir, engineConfig(victim.service(timeouts), u"automatic"_s, {}, more(dir)));
    QVERIFY2(engine.start() && engine.knows(u"forbidden"_s), qPrintable(engine.eventsText() + engine.errors()));
    victim.kill9();
    const bool escalated = engine.sees(u"escalated"_s, u"forbidden"_s, 20'000);
    umount2(qPrintable(folder), MNT_DETACH);
    QVERIFY2(escalated, qPrintable(engine.eventsText()));
    const QJsonObject incident = engine.incident(u"forbidden"_s);
    QVERIFY2(lastReason(incident).contains(u"Read-only file system"_s), qPrintable(lastReason(incident)));
    QCOMPARE(victim.starts(), 1);
    QCOMPARE(engine.stop(), 0);
}

QTEST_GUILESS_MAIN(TestSystemFileActions)
#include "tst_system_file_actions.moc"
