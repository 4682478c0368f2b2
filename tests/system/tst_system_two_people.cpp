// labels: sandbox
// approve: two: an engine of an ordinary user, whose service only two different people may have restarted: that user and root. And
// shadow mode: everything is decided and told, nothing is done.
#include "Incidents.h"
#include "Playbook.h"

#include <QJsonDocument>
#include <QScopeGuard>
#include <QTest>

#include <csignal>
#include <unistd.h>

using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

constexpr uid_t nobody = 65534;
const QStringList asNobody{u"setpriv"_s, u"--reuid=65534"_s, u"--regid=65534"_s, u"--clear-groups"_s};

/// A folder of that user's own. Below /tmp: others may not look into $OUT.
void giveAway(const QString &path)
{
    if (::chown(qPrintable(path), nobody, nobody) != 0)
        qFatal("cannot give %s away; run this test in tests/support/systemd-sandbox", qPrintable(path));
}

EngineProcess::Answer callAs(const QStringList &prefix, const QStringList &arguments)
{
    QStringList words = prefix + QStringList{QStringLiteral(BUILD_DIR "/bin/prunellactl")} + arguments;
    const QString first = words.takeFirst();
    QProcess process;
    process.start(first, words);
    if (!process.waitForFinished(20'000))
        return {};
    return {process.exitCode(), QString::fromUtf8(process.readAllStandardOutput()), QString::fromUtf8(process.readAllStandardError())};
}

qint64 newestPid(const QString &log)
{
    return bytesOf(log).trimmed().split('\n').constLast().split(' ').value(1).toLongLong();
}

} // namespace

class TestSystemTwoPeople : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void twoDifferentPeople();
    void shadowTellsAndDoesNothing();

private:
    static void toldBy(const QJsonArray &approvals);
};

/// Who said yes, from where, and when.
void TestSystemTwoPeople::toldBy(const QJsonArray &approvals)
{
    QCOMPARE(approvals.size(), 2);
    QCOMPARE(approvals[0][u"by"].toString(), u"uid 65534 (nobody)"_s);
    QCOMPARE(approvals[1][u"by"].toString(), u"uid 0 (root)"_s);
    QDateTime last;
    for (const QJsonValue &approval : approvals) {
        QCOMPARE(approval[u"from"].toString(), u"no terminal"_s);
        const QDateTime at = QDateTime::fromString(approval[u"at"].toString(), Qt::ISODateWithMs);
        QVERIFY(at.isValid() && (!last.isValid() || last <= at));
        last = at;
    }
}

void TestSystemTwoPeople::twoDifferentPeople()
{
    const QTemporaryDir temporary(u"/tmp/two-XXXXXX"_s);
    const QString dir = temporary.path(), log = dir + u"/starts"_s, state = dir + u"/state"_s;
    const QString command = victimCommand(log).join(u"\", \""_s);
    const QString worker = u"    - {name: worker, manager: process, command: [\"%1\"], recovery: {actions: {restart_service: {approve: two}}}}\n"_s.arg(command);
    EngineProcess engine(dir, engineConfig(worker));
    giveAway(dir);
    giveAway(engine.configFile());
    const auto cleanUp = qScopeGuard([&log] { ::kill(pid_t(newestPid(log)), SIGKILL); });
    QVERIFY2(engine.start({u"HOME="_s + dir}, asNobody) && engine.knows(u"worker"_s), qPrintable(engine.eventsText() + engine.errors()));
    QTRY_COMPARE(countLines(log), 1);
    ::kill(pid_t(newestPid(log)), SIGKILL);
    QVERIFY2(engine.seesReason(u"awaiting_approval"_s, u"two different people decide"_s, 20'000), qPrintable(engine.eventsText()));
    const QString id = engine.incident(u"worker"_s).value(u"id").toString();
    const QStringList yes{u"approve"_s, id, u"--state-dir"_s, state};
    const auto first = callAs(asNobody, yes);
    QVERIFY2(first.code == 0 && first.out.contains(u"a second person must say yes, too"_s), qPrintable(first.out + first.err));
    const auto again = callAs(asNobody, yes);
    QCOMPARE(again.code, 1);
    QVERIFY2(again.err.contains(u"uid 65534 (nobody) said yes already; another person must, too"_s), qPrintable(again.err));
    QCOMPARE(statusOf(engine.incident(u"worker"_s)), u"awaiting_approval"_s);
    QCOMPARE(countLines(log), 1); // one of two is not enough
    const auto second = callAs({}, yes);
    QVERIFY2(second.code == 0, qPrintable(second.err));
    QVERIFY2(engine.sees(u"resolved"_s, u"worker"_s, 20'000), qPrintable(engine.eventsText()));
    QCOMPARE(countLines(log), 2);
    const QJsonObject shown = QJsonDocument::fromJson(callAs(asNobody, {u"show"_s, id, u"--json"_s, u"--state-dir"_s, state}).out.toUtf8()).object();
    const QJsonObject action = firstAction(shown);
    QCOMPARE(action.value(u"approved_by").toString(), u"uid 65534 (nobody), uid 0 (root)"_s);
    QVERIFY(action.value(u"verified").toBool());
    toldBy(action.value(u"approvals").toArray());
    QCOMPARE(engine.stop(), 0);
}

void TestSystemTwoPeople::shadowTellsAndDoesNothing()
{
    const QString dir = outDirectory(u"shadow"_s);
    const VictimUnit victim(u"watched"_s, dir);
    victim.start();
    EngineProcess engine(dir, engineConfig(victim.service(), u"automatic"_s, u"shadow: true"_s));
    QVERIFY2(engine.start() && engine.knows(u"watched"_s), qPrintable(engine.eventsText() + engine.errors()));
    victim.kill9();
    QVERIFY2(engine.sees(u"observed"_s, u"watched"_s, 20'000), qPrintable(engine.eventsText()));
    QVERIFY(!engine.ends(2500)); // nothing follows later either
    QCOMPARE(victim.starts(), 1);
    QCOMPARE(victim.property(u"ActiveState"_s), u"failed"_s);
    const QJsonObject incident = engine.incident(u"watched"_s), action = firstAction(incident);
    QCOMPARE(statusOf(incident), u"observed"_s);
    QCOMPARE(actionsOf(incident).size(), 1);
    QCOMPARE(action.value(u"action_type").toString(), u"restart_service"_s);
    QCOMPARE(action.value(u"status").toString(), u"refused"_s);
    QCOMPARE(action.value(u"reason").toString(), u"shadow"_s);
    QVERIFY(action.value(u"started_at").isNull());
    QVERIFY2(action.value(u"call").toString().contains(u"RestartUnit(\"watched.service\""_s), qPrintable(action.value(u"call").toString()));
    QVERIFY2(lastReason(incident).startsWith(u"shadow mode, nothing is done; otherwise it would have been done: automatic, confidence "_s),
             qPrintable(lastReason(incident)));
    victim.start(); // somebody else does it
    QVERIFY2(engine.sees(u"resolved"_s, u"watched"_s, 20'000), qPrintable(engine.eventsText()));
    QCOMPARE(engine.stop(), 0);
}

QTEST_GUILESS_MAIN(TestSystemTwoPeople)
#include "tst_system_two_people.moc"
