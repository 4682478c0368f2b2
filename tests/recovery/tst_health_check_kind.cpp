// health_check: which services are asked, and the verdict. The checks themselves: tst_health_checker; the whole: tst_system_checks.
#include "core/recovery/ActionKind.h"

#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

class TestHealthCheckKind : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void verdicts_data();
    void verdicts();
    void linesByService();
    void groupMembersAreNotNeeded();
    void unanswered();
    void isCancelled();

private:
    static ServiceConfig service(const QString &name, int checks, const QStringList &dependsOn = {});
    ActionResult run(const ServiceConfig &target, const QList<ServiceConfig> &related);

    QMap<QString, QList<bool>> m_answers; ///< by service; absent: nobody answers
    QStringList m_asked;
    CancelToken *m_cancel = nullptr;
};

void TestHealthCheckKind::init()
{
    m_answers.clear();
    m_asked.clear();
    m_cancel = nullptr;
}

ServiceConfig TestHealthCheckKind::service(const QString &name, int checks, const QStringList &dependsOn)
{
    ServiceConfig service;
    service.name = name;
    service.dependsOn = dependsOn;
    for (int i = 0; i < checks; ++i)
        service.health.append(HealthCheckConfig());
    return service;
}

ActionResult TestHealthCheckKind::run(const ServiceConfig &target, const QList<ServiceConfig> &related)
{
    ActionTools tools;
    tools.related = related;
    tools.checkNow = [this](const QString &name, int timeoutMs, CancelToken &token) {
        m_asked.append(u"%1 %2"_s.arg(name).arg(timeoutMs / 1000));
        if (m_cancel)
            token.cancel();
        QList<CheckResult> results;
        for (const bool ok : m_answers.value(name)) {
            CheckResult result;
            result.service = name;
            result.index = int(results.size());
            result.ok = ok;
            result.text = ok ? u"HTTP 200"_s : u"connection refused"_s;
            result.latencyMs = 1.2;
            results.append(result);
        }
        return results;
    };
    ActionRequest request;
    request.id = u"a"_s;
    request.type = ActionType::HealthCheck;
    request.target = target.name;
    CancelToken token;
    if (m_cancel)
        m_cancel = &token;
    return actionKind(ActionType::HealthCheck).make(request, target, tools)->run(request, token);
}

void TestHealthCheckKind::verdicts_data()
{
    QTest::addColumn<QList<bool>>("web");
    QTest::addColumn<QList<bool>>("db");
    QTest::addColumn<QList<bool>>("cache");
    QTest::addColumn<QString>("first");
    using L = QList<bool>;
    QTest::newRow("itself") << L{true, false} << L{true} << L{} << u"web: 1 of 2 checks fail; db: all 1 pass; verdict: db is well, web itself fails"_s;
    QTest::newRow("what it needs") << L{false, false} << L{false} << L{} << u"web: 2 of 2 checks fail; db: 1 of 1 checks fail; verdict: db fails, which web needs"_s;
    QTest::newRow("not yet noticed") << L{true, true} << L{false} << L{} << u"web: all 2 pass; db: 1 of 1 checks fail; verdict: db fails, which web needs; it is well itself"_s;
    QTest::newRow("well") << L{true, true} << L{true} << L{} << u"web: all 2 pass; db: all 1 pass; verdict: web is well, and so is all it needs"_s;
    QTest::newRow("two of them") << L{false, true} << L{false} << L{false}
                                 << u"web: 1 of 2 checks fail; db: 1 of 1 checks fail; cache: 1 of 1 checks fail; verdict: db, cache fail, which web needs"_s;
    QTest::newRow("two are well") << L{false, true} << L{true} << L{true}
                                  << u"web: 1 of 2 checks fail; db: all 1 pass; cache: all 1 pass; verdict: db, cache are well, web itself fails"_s;
}

void TestHealthCheckKind::verdicts()
{
    QFETCH(QList<bool>, web);
    QFETCH(QList<bool>, db);
    QFETCH(QList<bool>, cache);
    QFETCH(QString, first);
    m_answers = {{u"web"_s, web}, {u"db"_s, db}, {u"cache"_s, cache}};
    const ActionResult result = run(service(u"web"_s, 2, {u"db"_s, u"cache"_s}), {service(u"db"_s, 1), service(u"cache"_s, int(cache.size())), service(u"bare"_s, 0)});
    QVERIFY(result.status == ActionStatus::Completed); // whatever they say
    QCOMPARE(result.output.section(u'\n', 0, 0), first);
}

void TestHealthCheckKind::linesByService()
{
    m_answers = {{u"web"_s, {true, false}}, {u"db"_s, {true}}};
    const ActionResult result = run(service(u"web"_s, 2, {u"db"_s}), {service(u"db"_s, 1)});
    QCOMPARE(result.output.section(u'\n', 1), u"web, check 1: HTTP 200 (1.2 ms)\nweb, check 2: fails: connection refused (1.2 ms)\n"
                                              "db, check 1: HTTP 200 (1.2 ms)"_s);
    QCOMPARE(m_asked, QStringList({u"web 11"_s, u"db 11"_s})); // a check's own timeout and a second
    ActionRequest request;
    request.target = u"web"_s;
    QCOMPARE(actionKind(ActionType::HealthCheck).describe(request, service(u"web"_s, 2)), u"run all 2 health checks of web, and those of all it depends on, now"_s);
    QVERIFY(actionKind(ActionType::HealthCheck).look({}).idempotent);
    QVERIFY(!actionKind(ActionType::HealthCheck).supports(service(u"web"_s, 0)));
    QVERIFY(actionKind(ActionType::HealthCheck).supports(service(u"web"_s, 1)));
}

/// What is only restarted with it says nothing about it; what it needs over another service does, also when it is in the group.
void TestHealthCheckKind::groupMembersAreNotNeeded()
{
    ServiceConfig web = service(u"web"_s, 1, {u"api"_s});
    web.restart.group = {u"worker"_s, u"db"_s};
    m_answers = {{u"web"_s, {true}}, {u"api"_s, {true}}, {u"db"_s, {false}}, {u"worker"_s, {false}}};
    const ActionResult result = run(web, {service(u"api"_s, 1, {u"db"_s}), service(u"db"_s, 1), service(u"found"_s, 0), service(u"worker"_s, 1)});
    QCOMPARE(m_asked.join(u' '), u"web 11 api 11 db 11"_s);
    QVERIFY2(result.output.contains(u"verdict: db fails, which web needs"_s), qPrintable(result.output));
}

void TestHealthCheckKind::unanswered()
{
    m_answers = {{u"web"_s, {true}}};
    const ActionResult result = run(service(u"web"_s, 1, {u"db"_s}), {service(u"db"_s, 1)});
    QVERIFY(result.status == ActionStatus::Failed && result.failure == FailureKind::Timeout);
    QCOMPARE(result.output.section(u'\n', 0, 0), u"web: all 1 pass; db: the checks did not answer; no verdict: not all checks answered in time"_s);
}

void TestHealthCheckKind::isCancelled()
{
    CancelToken any;
    m_cancel = &any;
    m_answers = {{u"web"_s, {true}}};
    const ActionResult result = run(service(u"web"_s, 1, {u"db"_s}), {service(u"db"_s, 1)});
    QVERIFY(result.status == ActionStatus::Cancelled);
    QCOMPARE(m_asked.size(), 1);
}

QTEST_GUILESS_MAIN(TestHealthCheckKind)
#include "tst_health_check_kind.moc"
