#include "RandomValues.h"

#include "core/base/Clock.h"
#include "core/model/Json.h"

#include <QJsonDocument>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

namespace {

/// Through the bytes, as a file or the database column holds it.
QJsonObject throughText(const QJsonObject &object)
{
    return QJsonDocument::fromJson(QJsonDocument(object).toJson(QJsonDocument::Compact)).object();
}

EngineFrame exampleFrame()
{
    EngineFrame frame;
    frame.wallMs = 1'700'000'010'500;
    frame.overall = Health::Warning;
    frame.engine.pid = 42;
    frame.engine.version = u"0.1.0"_s;
    frame.engine.heartbeatAt = 1'700'000'010'000;
    frame.components = {{u"web"_s, Health::Critical, u"failed"_s, 1'700'000'000'000, u"systemd"_s, u"web.service"_s, true, {u"app"_s}}};
    frame.open << Filler(7).make<Incident>();
    frame.stats.mttr = 12.5;
    frame.stats.verified = 3;
    frame.notices = {{u"store"_s, NoticeLevel::Error, u"disk full"_s}};
    frame.pauses = {{QString(), 0, u"uid 0"_s}};
    return frame;
}

} // namespace

class TestModelJson : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyFieldOfAnIncidentComesBack();
    void requestsComeBack();
    void patternsComeBack();
    void theContractsFieldsAreThere();
    void unknownWordsAndMissingKeysGiveDefaults();
    void statusIsAsPromised();
    void metricsAreAsPromised();
};

void TestModelJson::everyFieldOfAnIncidentComesBack()
{
    Filler filler(20261123);
    for (int i = 0; i < 500; ++i) {
        const auto incident = filler.make<Incident>();
        const Incident back = incidentFromJson(throughText(toJson(incident)));
        if (!same(back, incident)) {
            qDebug().noquote() << QJsonDocument(toJson(incident)).toJson() << QJsonDocument(toJson(back)).toJson();
            QFAIL("a field was lost");
        }
    }
}

void TestModelJson::requestsComeBack()
{
    Filler filler(1);
    for (int i = 0; i < 200; ++i) {
        const auto request = filler.make<ActionRequest>();
        QVERIFY(same(requestFromJson(throughText(toJson(request))), request));
        const auto result = filler.make<ActionResult>();
        QVERIFY(same(resultFromJson(throughText(toJson(result))), result));
        const auto action = filler.make<RecoveryActionRecord>();
        QVERIFY(same(actionFromJson(throughText(toJson(action))), action));
        const auto diagnosis = filler.make<Diagnosis>();
        QVERIFY(same(diagnosisFromJson(throughText(toJson(diagnosis))), diagnosis));
    }
}

void TestModelJson::patternsComeBack()
{
    Filler filler(2);
    for (int i = 0; i < 200; ++i) {
        const auto pattern = filler.make<IncidentPattern>();
        QVERIFY(same(patternFromJson(throughText(toJson(pattern))), pattern));
    }
    QVERIFY(same(patternFromJson({}), IncidentPattern()));
}

void TestModelJson::theContractsFieldsAreThere()
{
    Incident incident;
    incident.id = u"abc"_s;
    incident.type = ErrorType::ServiceCrash;
    incident.severity = Severity::High;
    incident.status = IncidentStatus::Resolved;
    incident.component = u"web"_s;
    incident.detectedAt = 1'700'000'000'123;
    RecoveryActionRecord action;
    action.decision = {Decision::Run, Reason::Allowed, {}, 0};
    action.startedAt = 1;
    action.verified = true;
    incident.actions << action;
    incident.timeline << TimelineEntry{1'700'000'000'123, IncidentStatus::Detected, u"exit"_s};
    incident.diagnosis.emplace();
    const QJsonObject object = toJson(incident);
    for (const auto *key : {"id", "error_type", "severity", "status", "component", "host", "started_at", "detected_at",
                            "resolved_at", "diagnosis", "recovery_actions", "effectiveness_score", "timeline"})
        QVERIFY2(object.contains(QLatin1StringView(key)), key);
    QCOMPARE(object[u"error_type"_s].toString(), u"service_crash"_s);
    QCOMPARE(object[u"detected_at"_s].toString(), u"2023-11-14T22:13:20.123Z"_s);
    QVERIFY(object[u"resolved_at"_s].isNull());
    QCOMPARE(object[u"effectiveness_score"_s].toDouble(), 1.0);
    const QJsonObject actionObject = object[u"recovery_actions"_s][0].toObject();
    QCOMPARE(actionObject[u"decision"_s].toString(), u"run"_s);
    QCOMPARE(actionObject[u"reason"_s].toString(), u"allowed"_s);
    QVERIFY(actionObject[u"approved_by"_s].isNull());
    const QJsonObject diagnosis = object[u"diagnosis"_s].toObject();
    for (const auto *key : {"root_cause", "component", "confidence", "tree", "ruled_out", "correlated_events"})
        QVERIFY2(diagnosis.contains(QLatin1StringView(key)), key);
    for (const auto *key : {"node", "held", "evidence", "children"})
        QVERIFY2(diagnosis[u"tree"_s].toObject().contains(QLatin1StringView(key)), key);
}

void TestModelJson::unknownWordsAndMissingKeysGiveDefaults()
{
    QVERIFY(same(incidentFromJson({}), Incident()));
    const QJsonObject odd{{u"error_type"_s, u"gremlin"_s}, {u"status"_s, 7}, {u"diagnosis"_s, u"text"_s},
                          {u"recovery_actions"_s, QJsonObject()}, {u"halt_reason"_s, QJsonValue::Null}};
    QVERIFY(same(incidentFromJson(odd), Incident()));
}

void TestModelJson::statusIsAsPromised()
{
    const QJsonObject status = throughText(statusJson(exampleFrame()));
    QCOMPARE(status[u"schema"_s].toInt(), 1);
    QCOMPARE(status[u"health"_s].toString(), u"warning"_s);
    const QJsonObject component = status[u"components"_s][0].toObject();
    QCOMPARE(component[u"name"_s].toString(), u"web"_s);
    QCOMPARE(component[u"health"_s].toString(), u"critical"_s);
    QCOMPARE(component[u"reason"_s].toString(), u"failed"_s);
    QCOMPARE(component[u"since"_s].toString(), u"2023-11-14T22:13:20.000Z"_s);
    QCOMPARE(status[u"active_incidents"_s].toArray().size(), 1);
    QCOMPARE(status[u"recovery_stats"_s][u"verified"_s].toInt(), 3);
    QCOMPARE(status[u"mttr"_s].toDouble(), 12.5);
    QVERIFY(status[u"mttd"_s].isNull() && status[u"mtta"_s].isNull() && status[u"success_rate"_s].isNull());
    QCOMPARE(status[u"errors_per_hour"_s].toDouble(-1), 0.0);
    QCOMPARE(status[u"uptime"_s].toDouble(-1), 1.0);
    const QJsonObject engine = status[u"engine"_s].toObject();
    QCOMPARE(engine[u"pid"_s].toInt(), 42);
    QCOMPARE(engine[u"version"_s].toString(), u"0.1.0"_s);
    QCOMPARE(engine[u"mode"_s].toString(), u"approve"_s);
    QCOMPARE(engine[u"heartbeat_age"_s].toDouble(), 0.5);
    QVERIFY(statusJson({})[u"engine"_s][u"heartbeat_age"_s].isNull());
}

void TestModelJson::metricsAreAsPromised()
{
    const MetricRow row{{u"disk_usage"_s, {{u"path"_s, u"/"_s}}}, u"host"_s, 91.5, u"%"_s, Health::Warning, 85, {}, 1000};
    const QJsonObject object = toJson(row);
    QCOMPARE(object[u"metric_name"_s].toString(), u"disk_usage"_s);
    QCOMPARE(object[u"labels"_s][u"path"_s].toString(), u"/"_s);
    QCOMPARE(object[u"current_value"_s].toDouble(), 91.5);
    QCOMPARE(object[u"status"_s].toString(), u"warning"_s);
    QCOMPARE(object[u"threshold_warning"_s].toDouble(), 85.0);
    QVERIFY(object[u"threshold_critical"_s].isNull());
    QCOMPARE(object[u"measured_at"_s].toString(), u"1970-01-01T00:00:01.000Z"_s);
}

QTEST_GUILESS_MAIN(TestModelJson)
#include "tst_model_json.moc"
