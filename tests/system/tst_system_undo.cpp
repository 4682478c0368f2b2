// labels: sandbox
// What did not help is taken back: a timeout in a file, byte for byte, and a limit of the kernel's; then the next action or a person.
#include "Incidents.h"
#include "Playbook.h"

#include <QFileInfo>
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

/// Nobody listens there, whatever is done: one check that fails for ever.
QString neverWell(const QString &more)
{
    return u"health: [{type: tcp, address: \"127.0.0.1:%1\", interval: 500ms, timeout: 300ms, failures: 1}], recovery: {max_retry_attempts: 1}, restart: {ready_timeout: 1s}, %2"_s
        .arg(freePort()).arg(more);
}

/// It settles for two seconds, so that what was done can be looked at.
QString slowConfig(const QString &services, const QString &dir)
{
    return engineConfig(services, u"automatic"_s, {}, withPlaybooks(dir)).replace(u"settle: 1s"_s, u"settle: 2s"_s);
}

QStringList kindsOf(const QJsonObject &incident)
{
    QStringList kinds;
    for (const QJsonValue &action : actionsOf(incident))
        kinds.append(action[u"action_type"].toString() + u' ' + action[u"status"].toString());
    return kinds;
}

QStringList reasonsOf(const QJsonObject &incident)
{
    QStringList reasons;
    for (const QJsonValue &entry : incident.value(u"timeline").toArray())
        reasons.append(entry[u"reason"].toString());
    return reasons;
}

bool tells(const QJsonObject &incident, const QString &text)
{
    const QStringList reasons = reasonsOf(incident);
    return std::any_of(reasons.begin(), reasons.end(), [&](const QString &reason) { return reason.contains(text); });
}

} // namespace

class TestSystemUndo : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void timeout_data();
    void timeout();
    void limit();

private:
    static void takenBack(const QJsonObject &incident);
};

/// The first action is marked, the second took it back, and each says so.
void TestSystemUndo::takenBack(const QJsonObject &incident)
{
    const QJsonArray actions = actionsOf(incident);
    QVERIFY2(actions.size() >= 2, qPrintable(kindsOf(incident).join(u", "_s)));
    const QJsonObject first = actions[0].toObject(), undo = actions[1].toObject();
    QCOMPARE(first.value(u"status").toString(), u"rolled_back"_s);
    QCOMPARE(first.value(u"verdict").toString(), u"unchanged"_s);
    QVERIFY(!first.value(u"verified").toBool());
    QCOMPARE(first.value(u"undone_by"), undo.value(u"id"));
    QCOMPARE(undo.value(u"undoes"), first.value(u"id"));
    QCOMPARE(undo.value(u"action_type"), first.value(u"action_type"));
    QCOMPARE(undo.value(u"status").toString(), u"completed"_s);
    QCOMPARE(undo.value(u"value_before"), first.value(u"value_target"));
    QCOMPARE(undo.value(u"value_target"), first.value(u"value_before"));
    const QString kind = first.value(u"action_type").toString();
    QVERIFY2(tells(incident, u"did not help (unchanged)"_s) && tells(incident, kind + u" is taken back: "_s) && tells(incident, kind + u" was taken back: "_s),
             qPrintable(reasonsOf(incident).join(u'\n')));
}

void TestSystemUndo::timeout_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("raised");
    QTest::addColumn<QString>("keys");
    QTest::addColumn<bool>("reload");
    QTest::newRow("ini, restart") << u"web.ini"_s << QByteArray("; of the web\r\n[upstream]\r\ntimeout\t=  30 ; s\r\nname = \xC3\xA4\r\n")
                                  << QByteArray("timeout\t=  45 ; s") << u"key: upstream.timeout, max: 100, apply: restart"_s << false;
    QTest::newRow("yaml, reload") << u"web.yaml"_s << QByteArray("# no line end after the last one\nupstream: {timeout: 2m , 'b': [1,\n 2]}\nz: \"\\u00e4\"")
                                  << QByteArray("timeout: 3m ,") << u"key: upstream.timeout, max: 1000, apply: reload"_s << true;
}

/// Raised, of no use, put back and the service told again; then it is restarted, which is of no use either, and a person is asked.
void TestSystemUndo::timeout()
{
    QFETCH(QString, name);
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, raised);
    QFETCH(QString, keys);
    QFETCH(bool, reload);
    const QString dir = outDirectory(u"undo"_s), file = dir + u'/' + name, reloads = dir + u"/reloads"_s;
    putFile(file, bytes);
    putTree(dir, u"network_timeout"_s, u"too_short"_s, u"adjust_timeout, restart_service"_s);
    const VictimUnit victim(u"waits"_s, dir, {}, u"ExecReload=/usr/bin/truncate -s +1 %1"_s.arg(reloads), u"StartLimitIntervalSec=0"_s);
    victim.start();
    EngineProcess engine(dir, slowConfig(victim.service(neverWell(u"timeouts: [{name: upstream, file: \"%1\", %2}]"_s.arg(file, keys))), dir));
    QVERIFY2(engine.start(), qPrintable(engine.errors()));
    QVERIFY2(engine.seesReason(u"verifying"_s, u"adjust_timeout completed"_s, 20'000), qPrintable(engine.eventsText()));
    QVERIFY2(bytesOf(file).contains(raised), bytesOf(file).constData());
    QVERIFY2(engine.sees(u"escalated"_s, u"waits"_s, 30'000), qPrintable(engine.eventsText()));
    QCOMPARE(bytesOf(file), bytes);
    QCOMPARE(victim.starts(), reload ? 2 : 4); // the last one is the restart that was tried next
    QCOMPARE(QFileInfo(reloads).size(), reload ? 2 : 0);
    const QJsonObject incident = engine.incident(u"waits"_s);
    QCOMPARE(kindsOf(incident).mid(0, 3), (QStringList{u"adjust_timeout rolled_back"_s, u"adjust_timeout completed"_s, u"restart_service completed"_s}));
    takenBack(incident);
    QCOMPARE(engine.stop(), 0);
}

/// The kernel's own figure goes up and comes down again; nothing else is known for it, so a person is asked.
void TestSystemUndo::limit()
{
    constexpr qint64 before = 64 << 20, raised = 96 << 20;
    const QString dir = outDirectory(u"limit"_s);
    putTree(dir, u"network_timeout"_s, u"too_small"_s, u"increase_resources"_s);
    const VictimUnit victim(u"small"_s, dir, {}, u"MemoryAccounting=yes\nMemoryMax=64M"_s, u"StartLimitIntervalSec=0"_s);
    victim.start();
    QCOMPARE(kernelMemoryLimit(victim.unit()), before);
    EngineProcess engine(dir, slowConfig(victim.service(neverWell(u"resources: {memory: {step: 1.5, max: 256MiB}}"_s)), dir));
    QVERIFY2(engine.start(), qPrintable(engine.errors()));
    QVERIFY2(engine.seesReason(u"verifying"_s, u"increase_resources completed"_s, 20'000), qPrintable(engine.eventsText()));
    QCOMPARE(kernelMemoryLimit(victim.unit()), raised);
    QVERIFY2(engine.sees(u"escalated"_s, u"small"_s, 30'000), qPrintable(engine.eventsText()));
    QCOMPARE(kernelMemoryLimit(victim.unit()), before);
    QCOMPARE(victim.property(u"MemoryMax"_s), QString::number(before));
    QVERIFY2(!victim.property(u"DropInPaths"_s).contains(u"Memory"_s), qPrintable(victim.property(u"DropInPaths"_s)));
    QCOMPARE(victim.starts(), 1); // none of it takes a restart
    const QJsonObject incident = engine.incident(u"small"_s);
    QCOMPARE(kindsOf(incident), (QStringList{u"increase_resources rolled_back"_s, u"increase_resources completed"_s}));
    takenBack(incident);
    QVERIFY2(lastReason(incident).contains(u"a person must look"_s), qPrintable(lastReason(incident)));
    QCOMPARE(engine.stop(), 0);
}

QTEST_GUILESS_MAIN(TestSystemUndo)
#include "tst_system_undo.moc"
