// labels: sandbox
// What a person asks for to see more, through the whole engine: health_check with what the service needs, enable_monitoring with
// its snapshot, and prunellactl's print of it.
#include "EngineProcess.h"
#include "Incidents.h"
#include "VictimUnit.h"
#include "core/engine/ControlProtocol.h"
#include "core/engine/EngineOptions.h"

#include <QFileInfo>
#include <QTcpServer>
#include <QTest>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

class TestSystemLooks : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void bothLooks();
};

namespace {

quint16 freePort()
{
    QTcpServer server;
    return server.listen(QHostAddress::LocalHost) ? server.serverPort() : 0;
}

/// As a click in the console.
bool recoverNow(const EngineProcess &engine, const QString &incidentId, ActionType type)
{
    Command command;
    command.kind = CommandKind::RecoverNow;
    command.incidentId = incidentId;
    command.action = type;
    const auto reply = askEngine(controlSocketPath(engine.stateDir()), toJson(command));
    return reply && reply->value(u"ok").toBool();
}

QJsonObject actionOf(const EngineProcess &engine, const QString &type)
{
    for (const auto &action : actionsOf(engine.incident(u"front"_s)))
        if (action.toObject().value(u"action_type").toString() == type || action.toObject().value(u"type").toString() == type)
            return action.toObject();
    return {};
}

} // namespace

void TestSystemLooks::bothLooks()
{
    const QString dir = outDirectory(u"looks"_s), front = QString::number(freePort()), back = QString::number(freePort());
    const VictimUnit web(u"front"_s, dir), db(u"back"_s, dir, {u"--port"_s, back});
    web.start(); // listens nowhere
    db.start();
    const QString check = u"health: [{type: tcp, address: \"127.0.0.1:%1\", interval: 1s}]"_s;
    EngineProcess engine(dir, engineConfig(web.service(check.arg(front) + u", depends_on: [back]"_s) + db.service(check.arg(back)), u"approve"_s));
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    QVERIFY2(engine.sees(u"awaiting_approval"_s, u"front"_s, 20'000), qPrintable(engine.eventsText()));
    const QString id = engine.incident(u"front"_s).value(u"id").toString();

    QVERIFY(recoverNow(engine, id, ActionType::HealthCheck));
    QTRY_COMPARE_WITH_TIMEOUT(actionOf(engine, u"health_check"_s).value(u"status").toString(), u"completed"_s, 20'000);
    const QString output = actionOf(engine, u"health_check"_s).value(u"output").toString();
    QVERIFY2(output.startsWith(u"front: 1 of 1 checks fail; back: all 1 pass; verdict: back is well, front itself fails\n"
                               "front, check 1: fails: "_s), qPrintable(output));

    bool begun = false; // once the first look is judged; the macro asks again when it holds
    QTRY_VERIFY_WITH_TIMEOUT(begun = begun || recoverNow(engine, id, ActionType::EnableMonitoring), 20'000);
    QTRY_COMPARE_WITH_TIMEOUT(actionOf(engine, u"enable_monitoring"_s).value(u"status").toString(), u"completed"_s, 20'000);
    const QString attachment = actionOf(engine, u"enable_monitoring"_s).value(u"attachment").toString();
    QVERIFY2(QFileInfo::exists(attachment) && attachment.startsWith(engine.stateDir() + u"/attachments/"_s + id), qPrintable(attachment));
    const auto shown = engine.call({u"show"_s, id});
    QVERIFY2(shown.out.contains(u"attachment: "_s + attachment), qPrintable(shown.out));
    const auto printed = engine.call({u"show"_s, id, u"--attachment"_s});
    QCOMPARE(printed.code, 0);
    QVERIFY2(printed.out.startsWith(u"Prunella snapshot of front\n"_s), qPrintable(printed.out.left(500)));
    QVERIFY(printed.out.contains(u"main process: %1\n"_s.arg(web.mainPid())));
    QCOMPARE(engine.stop(), 0);
}

QTEST_GUILESS_MAIN(TestSystemLooks)
#include "tst_system_looks.moc"
