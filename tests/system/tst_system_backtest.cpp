// prunellactl feedback and backtest as an operator uses them: a real incident, a word on it, the history with other settings.
#include "EngineProcess.h"
#include "Incidents.h"
#include "VictimUnit.h"

#include <QFile>
#include <QJsonDocument>
#include <QScopeGuard>
#include <QTest>

#include <csignal>

using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

QString service(const QString &log)
{
    QStringList quoted;
    for (const QString &word : victimCommand(log))
        quoted.append(u'"' + word + u'"');
    return u"    - {name: worker, manager: process, command: [%1]}\n"_s.arg(quoted.join(u", "_s));
}

qint64 newestPid(const QString &log)
{
    QFile file(log);
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    return file.readAll().trimmed().split('\n').last().split(' ').value(1).toLongLong();
}

QString write(const QString &path, const QString &text)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text.toUtf8()) < 0)
        return {};
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    return path;
}

QJsonObject objectOf(const EngineProcess::Answer &answer)
{
    return QJsonDocument::fromJson(answer.out.toUtf8()).object();
}

} // namespace

class TestSystemBacktest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void feedbackIsShown();
    void wrongFeedbackIsRefused();
    void theSameConfiguration();
    void anotherConfiguration();
    void wrongCalls();
    void cleanupTestCase() { ::kill(pid_t(newestPid(m_log)), SIGKILL); }

private:
    QString m_dir, m_log, m_id;
    std::unique_ptr<EngineProcess> m_engine;
};

void TestSystemBacktest::initTestCase()
{
    m_dir = outDirectory(u"backtest"_s);
    m_log = m_dir + u"/starts"_s;
    m_engine = std::make_unique<EngineProcess>(m_dir, engineConfig(service(m_log), u"approve"_s));
    QVERIFY2(m_engine->start(), qPrintable(m_engine->errors()));
    QTRY_COMPARE(countLines(m_log), 1);
    QVERIFY(m_engine->knows(u"worker"_s));
    ::kill(pid_t(newestPid(m_log)), SIGKILL);
    QVERIFY2(m_engine->sees(u"awaiting_approval"_s, u"worker"_s), qPrintable(m_engine->eventsText()));
    m_id = m_engine->incident(u"worker"_s).value(u"id").toString();
    QCOMPARE(m_engine->call({u"approve"_s, m_id}).code, 0);
    QVERIFY2(m_engine->sees(u"resolved"_s, u"worker"_s), qPrintable(m_engine->eventsText()));
}

void TestSystemBacktest::feedbackIsShown()
{
    QVERIFY(m_engine->incident(u"worker"_s).value(u"feedback").isNull());
    const auto answer = m_engine->call({u"feedback"_s, m_id.left(8), u"real"_s, u"--note"_s, u"it was killed"_s});
    QVERIFY2(answer.code == 0, qPrintable(answer.err));
    const QJsonObject feedback = m_engine->incident(u"worker"_s).value(u"feedback").toObject();
    QCOMPARE(feedback.value(u"mark").toString(), u"real"_s);
    QCOMPARE(feedback.value(u"note").toString(), u"it was killed"_s);
    QVERIFY(feedback.value(u"by").toString().startsWith(u"uid "));
    QVERIFY(m_engine->call({u"show"_s, m_id}).out.contains(u"marked real by uid "));
    QCOMPARE(m_engine->call({u"feedback"_s, m_id, u"false-alarm"_s}).code, 0); // a person may think again
    QCOMPARE(m_engine->incident(u"worker"_s).value(u"feedback").toObject().value(u"mark").toString(), u"false_alarm"_s);
    QCOMPARE(m_engine->call({u"feedback"_s, u"--missed"_s, u"worker"_s, u"--at"_s, u"2h"_s}).code, 0);
}

void TestSystemBacktest::wrongFeedbackIsRefused()
{
    QCOMPARE(m_engine->call({u"feedback"_s, u"no-such-id"_s, u"real"_s}).code, 1);
    QCOMPARE(m_engine->call({u"feedback"_s, u"--missed"_s, u"nobody"_s, u"--at"_s, u"2h"_s}).code, 1);
    QCOMPARE(m_engine->call({u"feedback"_s, m_id, u"perhaps"_s}).code, 2);
    QCOMPARE(m_engine->call({u"feedback"_s, u"--missed"_s, u"worker"_s, u"--at"_s, u"tomorrow"_s}).code, 2);
    QCOMPARE(m_engine->call({u"feedback"_s, u"--missed"_s, u"worker"_s, u"--at"_s, u"2100-01-01T00:00:00Z"_s}).code, 1);
    QCOMPARE(m_engine->call({u"feedback"_s}).code, 2);
}

void TestSystemBacktest::theSameConfiguration()
{
    QCOMPARE(m_engine->stop(), 0);
    QCOMPARE(m_engine->call({u"feedback"_s, m_id, u"real"_s}).code, 3); // as for every other word to an engine
    const QStringList call{u"backtest"_s, u"--config"_s, m_engine->configFile()};
    const auto text = m_engine->call(call);
    QVERIFY2(text.code == 0, qPrintable(text.err));
    QVERIFY2(text.out.startsWith(u"With config.yaml: the same as what happened: 1 incident, the same actions and approvals.\n"), qPrintable(text.out));
    QVERIFY(!text.out.contains(u'\x1b')); // no terminal, no colour
    const auto once = m_engine->call(call + QStringList{u"--json"_s}), twice = m_engine->call(call + QStringList{u"--json"_s});
    QCOMPARE(once.out, twice.out);
    QCOMPARE(objectOf(once).value(u"schema").toInt(), 1);
    QCOMPARE(objectOf(once).value(u"same").toInt(), 1);
    QCOMPARE(objectOf(once).value(u"judged").toObject().value(u"false_alarms_kept").toInt(), 1);
    QCOMPARE(objectOf(once).value(u"judged").toObject().value(u"missed_marks").toInt(), 1);
}

void TestSystemBacktest::anotherConfiguration()
{
    const QString automatic = write(m_dir + u"/automatic.yaml"_s, engineConfig(service(m_log), u"automatic"_s));
    const QJsonObject report = objectOf(m_engine->call({u"backtest"_s, u"--config"_s, automatic, u"--since"_s, u"1h"_s, u"--json"_s}));
    QCOMPARE(report.value(u"verdict").toString(), u"With automatic.yaml: 1 incident, as many as in reality; 1 approval fewer."_s);
    QCOMPARE(report.value(u"would").toObject().value(u"actions").toObject().value(u"restart_service").toObject().value(u"run").toInt(), 1);
    const QString observing = write(m_dir + u"/observe.yaml"_s, engineConfig(service(m_log), u"observe"_s));
    const auto text = m_engine->call({u"backtest"_s, u"--config"_s, observing});
    QVERIFY2(text.out.contains(u"the mode is observe: nothing is done by itself (mode_observe)"), qPrintable(text.out));
    QVERIFY2(text.out.contains(u"What a replay cannot know"), qPrintable(text.out));
}

void TestSystemBacktest::wrongCalls()
{
    const QString wrong = write(m_dir + u"/wrong.yaml"_s, u"self_healing:\n  mode: sometimes\n  modus: x\n"_s);
    const auto refused = m_engine->call({u"backtest"_s, u"--config"_s, wrong});
    QCOMPARE(refused.code, 2);
    QVERIFY2(refused.err.contains(u"wrong.yaml:2:") && refused.err.contains(u"wrong.yaml:3:"), qPrintable(refused.err));
    QCOMPARE(m_engine->call({u"backtest"_s, u"--since"_s, u"soon"_s}).code, 2);
    const EngineProcess nowhere(outDirectory(u"empty"_s));
    const auto none = nowhere.call({u"backtest"_s});
    QCOMPARE(none.code, 1);
    QVERIFY2(none.err.contains(u"there is no store at"), qPrintable(none.err));
}

QTEST_GUILESS_MAIN(TestSystemBacktest)
#include "tst_system_backtest.moc"
