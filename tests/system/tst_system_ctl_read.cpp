// prunellactl's reading calls on a store that an engine left, and check-config: words, JSON, exit codes, colours.
#include "Ctl.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 hour = 3'600'000, day = 24 * hour;

Incident resolved(Incident incident)
{
    incident.status = IncidentStatus::Resolved;
    incident.resolvedAt = incident.detectedAt + 5000;
    incident.actions.first().verdict = Verdict::Healed;
    incident.actions.first().verified = true;
    return incident;
}

MetricRow measured(const QString &metric, double value, qint64 at, const Labels &labels = {})
{
    return {{metric, labels}, u"host"_s, value, u"%"_s, Health::Healthy, 85.0, 95.0, at};
}

QStringList idsIn(const QString &json)
{
    QStringList ids;
    for (const auto &value : parsed(json).array())
        ids.append(value.toObject().value(u"id").toString());
    return ids;
}

} // namespace

class TestSystemCtlRead : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void incidents();
    void incidentsSince();
    void incidentsOfAStatus();
    void show();
    void showsAttachments();
    void showByPrefix_data();
    void showByPrefix();
    void actions();
    void metrics();
    void statusWithoutAnEngine();
    void wrongCalls_data();
    void wrongCalls();
    void answersNeedAnEngine_data();
    void answersNeedAnEngine();
    void noStoreAtAll_data();
    void noStoreAtAll();
    void coloursOnATerminalOnly();
    void checkConfigTellsEverything();
    void checkConfigOfAnEnvironment();

private:
    [[nodiscard]] CtlAnswer call(const QStringList &arguments) const { return ctl(arguments + QStringList{u"--state-dir"_s, m_state}); }
    [[nodiscard]] QString file(const QString &name, const QByteArray &text) const;

    QTemporaryDir m_dir;
    QString m_state;
    qint64 m_now = SystemClock().now().wallMs;
};

void TestSystemCtlRead::initTestCase()
{
    m_state = m_dir.filePath(u"state"_s);
    writeStore(m_state,
               {resolved(writtenIncident(u"aaaa1111-old"_s, u"db"_s, m_now - 10 * day)), resolved(writtenIncident(u"aaaa2222-yesterday"_s, u"db"_s, m_now - day)),
                writtenIncident(u"bbbb3333-open"_s, u"web"_s, m_now - hour), writtenIncident(u"bbbb4444-open"_s, u"mail"_s, m_now - hour / 2)},
               {measured(u"cpu_usage"_s, 11, m_now - 2000), measured(u"cpu_usage"_s, 12.5, m_now - 1000),
                measured(u"disk_usage"_s, 40, m_now - 1000, {{u"path"_s, u"/"_s}})});
}

QString TestSystemCtlRead::file(const QString &name, const QByteArray &text) const
{
    QFile file(m_dir.filePath(name));
    if (file.open(QIODevice::WriteOnly)) {
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
        file.write(text);
    }
    return file.fileName();
}

void TestSystemCtlRead::incidents()
{
    const auto json = call({u"incidents"_s, u"--json"_s});
    QCOMPARE(json.code, 0);
    QCOMPARE(json.err, QString());
    QCOMPARE(idsIn(json.out), (QStringList{u"aaaa2222-yesterday"_s, u"bbbb3333-open"_s, u"bbbb4444-open"_s})); // seven days, newest last
    const auto incident = parsed(json.out).array().last().toObject();
    QCOMPARE(incident.value(u"schema").toInt(), 1);
    QCOMPARE(incident.value(u"status").toString(), u"escalated"_s);
    QCOMPARE(incident.value(u"detected_at").toString(), isoTime(m_now - hour / 2));
    const auto text = call({u"incidents"_s});
    QCOMPARE(text.code, 0);
    const auto lines = text.out.trimmed().split(u'\n');
    QCOMPARE(lines.size(), 4);
    QVERIFY2(lines.first().startsWith(u"ID        DETECTED"_s), qPrintable(lines.first()));
    QVERIFY2(lines.last().startsWith(u"bbbb4444"_s) && lines.last().contains(u"mail was killed"_s), qPrintable(lines.last()));
}

void TestSystemCtlRead::incidentsSince()
{
    QCOMPARE(idsIn(call({u"incidents"_s, u"--json"_s, u"--since"_s, u"30d"_s}).out).size(), 4);
    const auto open = idsIn(call({u"incidents"_s, u"--json"_s, u"--since"_s, u"1m"_s}).out); // what is open is always told
    QCOMPARE(open, (QStringList{u"bbbb3333-open"_s, u"bbbb4444-open"_s}));
}

void TestSystemCtlRead::incidentsOfAStatus()
{
    QCOMPARE(idsIn(call({u"incidents"_s, u"--json"_s, u"--status"_s, u"resolved"_s}).out), QStringList{u"aaaa2222-yesterday"_s});
    QCOMPARE(call({u"incidents"_s, u"--json"_s, u"--status"_s, u"observed"_s}).out.simplified(), u"[ ]"_s);
    const auto none = call({u"incidents"_s, u"--status"_s, u"observed"_s, u"--since"_s, u"12h"_s});
    QCOMPARE(none.code, 0);
    QCOMPARE(none.out.trimmed(), u"no incidents in the last 12h"_s);
}

void TestSystemCtlRead::show()
{
    const auto json = call({u"show"_s, u"bbbb3333-open"_s, u"--json"_s});
    QCOMPARE(json.code, 0);
    QCOMPARE(parsed(json.out).object().value(u"component").toString(), u"web"_s);
    QCOMPARE(parsed(json.out).object().value(u"schema").toInt(), 1);
    QCOMPARE(parsed(json.out).object().value(u"recovery_actions").toArray().size(), 1);
    const auto text = call({u"show"_s, u"bbbb3333-open"_s});
    QCOMPARE(text.code, 0);
    for (const char *part : {"bbbb3333-open  service_crash on web, high, escalated", "Diagnosis (90 % sure)", "ruled out: out of memory",
                             "restart_service web: completed (attempt 1)", "why: automatic, confidence 0.90", "verified: unchanged", "Timeline",
                             "1 of 1 attempts"})
        QVERIFY2(text.out.contains(QString::fromLatin1(part)), part);
}

void TestSystemCtlRead::showsAttachments()
{
    const QString snapshot = file(u"snapshot.txt"_s, "Prunella snapshot of web\n\n== Log ==\nä\n"), state = m_dir.filePath(u"attached"_s);
    Incident incident = writtenIncident(u"cccc5555"_s, u"web"_s, m_now - hour);
    incident.actions.first().attachment = snapshot;
    writeStore(state, {incident, writtenIncident(u"dddd6666"_s, u"db"_s, m_now - hour)});
    const auto show = [&state](const QStringList &arguments) { return ctl(QStringList{u"show"_s} + arguments + QStringList{u"--state-dir"_s, state}); };
    QVERIFY(show({u"cccc5555"_s}).out.contains(u"     attachment: %1\n"_s.arg(snapshot)));
    QCOMPARE(show({u"cccc"_s, u"--attachment"_s}).out.trimmed(), u"Prunella snapshot of web\n\n== Log ==\nä"_s);
    const auto none = show({u"dddd"_s, u"--attachment"_s});
    QCOMPARE(none.code, 1);
    QCOMPARE(none.err.trimmed(), u"prunellactl: no action of incident dddd6666 attached anything"_s);
    QVERIFY(QFile::remove(snapshot));
    const auto gone = show({u"cccc"_s, u"--attachment"_s});
    QVERIFY(gone.code != 0);
    QCOMPARE(gone.err.trimmed(), u"prunellactl: cannot read %1: No such file or directory"_s.arg(snapshot));
}

void TestSystemCtlRead::showByPrefix_data()
{
    QTest::addColumn<QString>("id");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("words");
    QTest::newRow("unique") << u"bbbb3"_s << 0 << u"bbbb3333-open"_s;
    QTest::newRow("unique, and old") << u"aaaa1"_s << 0 << u"aaaa1111-old"_s;
    QTest::newRow("two of them") << u"bbbb"_s << 1 << u"prunellactl: 2 incidents begin with bbbb; give more of the id"_s;
    QTest::newRow("all") << QString() << 1 << u"prunellactl: 4 incidents begin with"_s;
    QTest::newRow("none") << u"c"_s << 1 << u"prunellactl: no incident has the id c"_s;
    QTest::newRow("not a pattern") << u"bbbb3%"_s << 1 << u"prunellactl: no incident has the id bbbb3%"_s;
    QTest::newRow("nor another") << u"bbbb333_"_s << 1 << u"prunellactl: no incident has the id bbbb333_"_s;
}

void TestSystemCtlRead::showByPrefix()
{
    QFETCH(QString, id);
    QFETCH(int, code);
    QFETCH(QString, words);
    for (const QStringList &more : {QStringList{}, QStringList{u"--json"_s}}) {
        const auto answer = call(QStringList{u"show"_s, id} + more);
        QCOMPARE(answer.code, code);
        QVERIFY2((code == 0 ? answer.out : answer.err).contains(words), qPrintable(answer.out + answer.err));
        QVERIFY(code == 0 || answer.out.isEmpty());
    }
}

void TestSystemCtlRead::actions()
{
    const auto json = call({u"actions"_s, u"--json"_s});
    QCOMPARE(json.code, 0);
    const auto list = parsed(json.out).array();
    QCOMPARE(list.size(), 3);
    const auto last = list.last().toObject();
    QCOMPARE(last.value(u"incident").toString(), u"bbbb4444-open"_s);
    QCOMPARE(last.value(u"action_type").toString(), u"restart_service"_s);
    QCOMPARE(last.value(u"status").toString(), u"completed"_s);
    QCOMPARE(last.value(u"schema").toInt(), 1);
    const auto lines = call({u"actions"_s}).out.trimmed().split(u'\n');
    QCOMPARE(lines.size(), 4);
    QVERIFY2(lines[1].contains(u"restart_service"_s) && lines[1].contains(u"verified"_s), qPrintable(lines[1]));
    QVERIFY2(lines[3].contains(u"unchanged"_s), qPrintable(lines[3]));
    QCOMPARE(parsed(call({u"actions"_s, u"--json"_s, u"--since"_s, u"30d"_s}).out).array().size(), 4);
}

void TestSystemCtlRead::metrics()
{
    const auto json = call({u"metrics"_s, u"--json"_s});
    QCOMPARE(json.code, 0);
    const auto list = parsed(json.out).array();
    QCOMPARE(list.size(), 2); // the newest of each series
    const auto cpu = list.first().toObject();
    QCOMPARE(cpu.value(u"metric_name").toString(), u"cpu_usage"_s);
    QCOMPARE(cpu.value(u"schema").toInt(), 1);
    QCOMPARE(cpu.value(u"current_value").toDouble(), 12.5);
    QCOMPARE(cpu.value(u"threshold_critical").toDouble(), 95);
    QCOMPARE(cpu.value(u"measured_at").toString(), isoTime(m_now - 1000));
    QCOMPARE(list.last().toObject().value(u"labels").toObject().value(u"path").toString(), u"/"_s);
    const auto lines = call({u"metrics"_s}).out.trimmed().split(u'\n');
    QCOMPARE(lines.size(), 3);
    QVERIFY2(lines[2].startsWith(u"disk_usage{path=/}"_s) && lines[2].contains(u"40 %"_s), qPrintable(lines[2]));
}

void TestSystemCtlRead::statusWithoutAnEngine()
{
    const auto json = call({u"status"_s, u"--json"_s});
    QCOMPARE(json.code, 0);
    const auto status = parsed(json.out).object();
    QVERIFY(status.contains(u"engine"_s) && status.value(u"engine").isNull());
    QCOMPARE(status.value(u"active_incidents").toArray().size(), 2);
    const auto text = call({u"status"_s});
    QCOMPARE(text.code, 0);
    QVERIFY2(text.out.startsWith(u"the engine is not running; this is what the store knows\n"_s), qPrintable(text.out));
}

void TestSystemCtlRead::wrongCalls_data()
{
    QTest::addColumn<QStringList>("call");
    QTest::addColumn<QString>("words");
    QTest::newRow("nothing") << QStringList{} << u"subcommand is required"_s;
    QTest::newRow("unknown call") << QStringList{u"repair"_s} << u"subcommand is required"_s;
    QTest::newRow("unknown option") << QStringList{u"incidents"_s, u"--colour"_s} << u"--colour"_s;
    QTest::newRow("an id is missing") << QStringList{u"show"_s} << u"id is required"_s;
    QTest::newRow("a reason is missing") << QStringList{u"reject"_s, u"x"_s} << u"--reason is required"_s;
    QTest::newRow("no duration") << QStringList{u"incidents"_s, u"--since"_s, u"soon"_s} << u"--since soon is no duration; expected for example"_s;
    QTest::newRow("no duration of actions") << QStringList{u"actions"_s, u"--since"_s, u"-3d"_s} << u"is no duration"_s;
    QTest::newRow("no status") << QStringList{u"incidents"_s, u"--status"_s, u"open"_s} << u"--status open is unknown; expected one of detected, diagnosing"_s;
    QTest::newRow("no duration of a pause") << QStringList{u"pause"_s, u"--for"_s, u"long"_s} << u"--for long is no duration"_s;
    QTest::newRow("no drill") << QStringList{u"drill"_s, u"earthquake"_s} << u"no drill is called earthquake"_s;
    QTest::newRow("no time to run") << QStringList{u"run"_s, u"--for"_s, u"-1"_s} << u"--for"_s;
    QTest::newRow("no such configuration") << QStringList{u"run"_s, u"--config"_s, u"/nonexistent.yaml"_s} << u"/nonexistent.yaml: error: there is no such file"_s;
}

void TestSystemCtlRead::wrongCalls()
{
    QFETCH(QStringList, call);
    QFETCH(QString, words);
    const auto answer = ctl(call);
    QCOMPARE(answer.code, 2);
    QVERIFY2(answer.err.contains(words), qPrintable(answer.err));
}

void TestSystemCtlRead::answersNeedAnEngine_data()
{
    QTest::addColumn<QStringList>("words");
    for (const auto &words : {QStringList{u"approve"_s, u"bbbb3"_s}, QStringList{u"reject"_s, u"bbbb3"_s, u"--reason"_s, u"no"_s},
                              QStringList{u"acknowledge"_s, u"bbbb3"_s}, QStringList{u"resolve"_s, u"bbbb3"_s}, QStringList{u"pause"_s, u"web"_s},
                              QStringList{u"resume"_s}})
        QTest::newRow(qPrintable(words.first())) << words;
}

void TestSystemCtlRead::answersNeedAnEngine()
{
    QFETCH(QStringList, words);
    for (const QStringList &more : {QStringList{}, QStringList{u"--json"_s}}) {
        const auto answer = call(words + more);
        QCOMPARE(answer.code, 3);
        QCOMPARE(answer.out, QString());
        QVERIFY2(answer.err.startsWith(u"prunellactl: the engine is not running"_s), qPrintable(answer.err));
    }
}

void TestSystemCtlRead::noStoreAtAll_data()
{
    QTest::addColumn<QStringList>("call");
    QTest::addColumn<int>("code");
    QTest::newRow("status") << QStringList{u"status"_s} << 3;
    QTest::newRow("incidents") << QStringList{u"incidents"_s} << 1;
    QTest::newRow("show") << QStringList{u"show"_s, u"x"_s} << 1;
    QTest::newRow("actions") << QStringList{u"actions"_s} << 1;
    QTest::newRow("metrics") << QStringList{u"metrics"_s} << 1;
}

void TestSystemCtlRead::noStoreAtAll()
{
    QFETCH(QStringList, call);
    QFETCH(int, code);
    const auto answer = ctl(call + QStringList{u"--state-dir"_s, m_dir.filePath(u"nobody"_s)});
    QCOMPARE(answer.code, code);
    QCOMPARE(answer.out, QString());
    QVERIFY2(answer.err.startsWith(u"prunellactl: "_s) && answer.err.count(u'\n') == 1, qPrintable(answer.err));
    QVERIFY(!QFile::exists(m_dir.filePath(u"nobody"_s))); // reading makes nothing
}

void TestSystemCtlRead::coloursOnATerminalOnly()
{
    const QStringList show{u"show"_s, u"bbbb3333"_s, u"--state-dir"_s, m_state};
    const QString escape = u"\x1b["_s;
    QVERIFY(!ctl(show).out.contains(escape));
    const QString coloured = ctlOnTerminal(show);
    QVERIFY2(coloured.contains(escape + u"1m"_s), qPrintable(coloured));
    const QString plain = ctlOnTerminal(show, {u"NO_COLOR=1"_s});
    QVERIFY2(plain.contains(u"bbbb3333-open"_s) && !plain.contains(escape), qPrintable(plain));
}

void TestSystemCtlRead::checkConfigTellsEverything()
{
    const QString bad = file(u"bad.yaml"_s, "self_healing:\n  mode: sometimes\n  recovery: {setle: 1s}\n  error_detection: {threshold_cpu: 180}\n");
    const auto text = ctl({u"check-config"_s, bad});
    QCOMPARE(text.code, 2);
    QCOMPARE(text.out, QString());
    const QStringList wanted{bad + u":2:9: error: self_healing.mode: is \"sometimes\", expected one of observe, approve, automatic"_s,
                             bad + u":3:14: error: self_healing.recovery.setle: unknown key, the nearest known one is \"settle\""_s,
                             bad + u":4:36: error: self_healing.error_detection.threshold_cpu: is \"180\", expected a percentage from 0 to 100"_s};
    QCOMPARE(text.err.trimmed().split(u'\n'), wanted);
    const auto json = ctl({u"check-config"_s, bad, u"--json"_s});
    QCOMPARE(json.code, 2);
    QCOMPARE(json.err, QString());
    const auto object = parsed(json.out).object();
    QCOMPARE(object.value(u"schema").toInt(), 1);
    QVERIFY(!object.value(u"ok").toBool(true));
    const auto problems = object.value(u"problems").toArray();
    QCOMPARE(problems.size(), 3);
    const auto second = problems[1].toObject();
    QCOMPARE(second.value(u"line").toInt(), 3);
    QCOMPARE(second.value(u"column").toInt(), 14);
    QCOMPARE(second.value(u"key").toString(), u"self_healing.recovery.setle"_s);
    QCOMPARE(second.value(u"level").toString(), u"error"_s);
    QCOMPARE(second.value(u"file").toString(), bad);
    const auto missing = ctl({u"check-config"_s, m_dir.filePath(u"missing.yaml"_s)});
    QCOMPARE(missing.code, 2);
    QVERIFY2(missing.err.contains(u"there is no such file"_s), qPrintable(missing.err));
}

void TestSystemCtlRead::checkConfigOfAnEnvironment()
{
    const QString good = file(u"good.yaml"_s, "self_healing:\n  mode: approve\nenvironments:\n  test: {self_healing: {mode: observe}}\n");
    const auto base = ctl({u"check-config"_s, good});
    QCOMPARE(base.code, 0);
    QVERIFY2(base.out.contains(u"no errors, 0 services, "_s) && base.out.contains(u"mode approve"_s), qPrintable(base.out));
    const auto test = ctl({u"check-config"_s, good, u"--environment"_s, u"test"_s});
    QCOMPARE(test.code, 0);
    QVERIFY2(test.out.contains(u"mode observe"_s), qPrintable(test.out));
    QVERIFY(ctl({u"check-config"_s, good}, {u"PRUNELLA_ENVIRONMENT=test"_s}).out.contains(u"mode observe"_s));
    const auto json = ctl({u"check-config"_s, good, u"--json"_s});
    QCOMPARE(json.code, 0);
    QVERIFY(parsed(json.out).object().value(u"ok").toBool());
    const auto unknown = ctl({u"check-config"_s, good, u"--environment"_s, u"prod"_s});
    QCOMPARE(unknown.code, 2);
    QVERIFY2(unknown.err.contains(u"the environment \"prod\" is not defined"_s), qPrintable(unknown.err));
}

QTEST_GUILESS_MAIN(TestSystemCtlRead)
#include "tst_system_ctl_read.moc"
