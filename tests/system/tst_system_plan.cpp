// prunellactl show ID --plan against a control socket that answers as an engine does; and check-config on procedures.
#include "Ctl.h"
#include "core/base/Result.h"
#include "core/model/JsonProcedure.h"

#include <QDir>
#include <QLocalServer>
#include <QLocalSocket>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

/// Answers one request, in a thread of its own since the call of prunellactl blocks.
class OneAnswer
{
public:
    OneAnswer(const QString &path, const QJsonObject &answer)
    {
        m_thread.reset(QThread::create([this, path, answer] {
            QLocalServer server;
            m_listens = server.listen(path) ? 1 : -1;
            if (!server.waitForNewConnection(20'000))
                return;
            const std::unique_ptr<QLocalSocket> socket(server.nextPendingConnection());
            while (!socket->canReadLine() && socket->waitForReadyRead(20'000)) { }
            m_request = QJsonDocument::fromJson(socket->readLine()).object();
            socket->write(QJsonDocument(answer).toJson(QJsonDocument::Compact) + '\n');
            socket->waitForBytesWritten(5000);
            socket->waitForDisconnected(5000);
        }));
        m_thread->start();
    }
    ~OneAnswer() { m_thread->wait(); }
    [[nodiscard]] bool listens() const { return m_listens == 1; }
    [[nodiscard]] QJsonObject request()
    {
        m_thread->wait();
        return m_request;
    }

private:
    std::unique_ptr<QThread> m_thread;
    std::atomic<int> m_listens = 0;
    QJsonObject m_request;
};

} // namespace

class TestSystemPlan : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void linesAndJson();
    void refusals();
    void checkConfigTellsOfProcedures();

private:
    [[nodiscard]] QString socket() const { return m_dir->filePath(u"control.sock"_s); }
    [[nodiscard]] CtlAnswer show(const QStringList &more) const { return ctl(QStringList{u"show"_s, u"aaaa"_s, u"--state-dir"_s, m_dir->path()} + more); }
    std::unique_ptr<QTemporaryDir> m_dir;
};

void TestSystemPlan::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    writeStore(m_dir->path(), {writtenIncident(u"aaaa1111"_s, u"web"_s, 1'700'000'000'000)});
}

void TestSystemPlan::linesAndJson()
{
    IncidentPlan plan{u"aaaa1111"_s, u"service_crash_restart"_s, {}, {}};
    PlannedStep step;
    step.step = u"restart"_s;
    step.target = u"web"_s;
    step.call = u"RestartUnit(\"web.service\", \"replace\")"_s;
    step.verdict = {Decision::Run, Reason::Allowed, u"automatic, confidence 0.90"_s, 0};
    plan.steps = {step};
    QJsonObject answer = toJson(plan);
    answer.insert(u"ok"_s, true);
    {
        OneAnswer engine(socket(), answer);
        QTRY_VERIFY(engine.listens());
        const CtlAnswer told = show({u"--plan"_s});
        QCOMPARE(told.code, 0);
        QCOMPARE(told.out, planLines(plan).join(u'\n') + u'\n');
        QCOMPARE(engine.request(), (QJsonObject{{u"command"_s, u"plan"_s}, {u"incident"_s, u"aaaa1111"_s}}));
    }
    OneAnswer engine(socket(), answer);
    QTRY_VERIFY(engine.listens());
    const CtlAnswer told = show({u"--plan"_s, u"--json"_s});
    QCOMPARE(told.code, 0);
    QJsonObject expected = toJson(plan);
    expected.insert(u"schema"_s, 1);
    QCOMPARE(parsed(told.out).object(), expected);
}

void TestSystemPlan::refusals()
{
    QCOMPARE(show({u"--plan"_s}).code, 3); // no engine
    QCOMPARE(show({}).code, 0);            // while the incident itself is in the store
    OneAnswer engine(socket(), {{u"ok"_s, false}, {u"code"_s, int(ErrorCode::NotFound)}, {u"text"_s, u"the incident is resolved"_s}});
    QTRY_VERIFY(engine.listens());
    const CtlAnswer told = show({u"--plan"_s});
    QVERIFY(told.code != 0 && told.out.isEmpty());
    QVERIFY2(told.err.contains(u"the incident is resolved"_s), qPrintable(told.err));
}

void TestSystemPlan::checkConfigTellsOfProcedures()
{
    const auto write = [this](const QString &name, const QByteArray &bytes) {
        QFile file(m_dir->filePath(name));
        QVERIFY(QDir().mkpath(QFileInfo(file).path()) && file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size());
    };
    write(u"config.yaml"_s, "self_healing:\n  playbooks: [own]\n");
    write(u"own/procedures/mine.yaml"_s, "procedure: mine\napplies_to: [memory_leak]\ncauses: [service_leek]\nsteps:\n  - {id: a, action: restart}\n");
    const CtlAnswer told = ctl({u"check-config"_s, m_dir->filePath(u"config.yaml"_s)});
    QCOMPARE(told.code, 2);
    const QString path = m_dir->filePath(u"own/procedures/mine.yaml"_s);
    QVERIFY2(told.err.contains(path + u":3:10: error: causes[0]: unknown cause of these error types \"service_leek\", the nearest known one is \"service_leak\""_s),
             qPrintable(told.err));
    QVERIFY2(told.err.contains(path + u":5:21: error: steps[0].action: unknown action \"restart\""_s), qPrintable(told.err));
    write(u"own/procedures/mine.yaml"_s, "procedure: mine\napplies_to: [memory_leak]\ncauses: [service_leak]\nsteps:\n  - {id: a, action: restart_service}\n");
    const CtlAnswer good = ctl({u"check-config"_s, m_dir->filePath(u"config.yaml"_s)});
    QVERIFY2(good.code == 0, qPrintable(good.err + good.out));
}

QTEST_GUILESS_MAIN(TestSystemPlan)
#include "tst_system_plan.moc"
