#include "core/detection/CheckTracker.h"
#include "core/detection/Classification.h"

#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 wall0 = 1'700'000'000'000;

ServiceConfig service(const QString &name, int failures = 1, const QString &tcp = QString())
{
    ServiceConfig config;
    config.name = name;
    HealthCheckConfig check;
    check.failures = failures;
    if (!tcp.isEmpty()) {
        check.type = CheckType::Tcp;
        check.address = tcp;
    }
    config.health = {check};
    return config;
}

CheckResult answer(const QString &name, bool ok, int second, const QString &text = u"HTTP 200"_s)
{
    CheckResult result;
    result.service = name;
    result.ok = ok;
    result.text = text;
    result.latencyMs = 12;
    result.refused = text == u"connection refused"_s;
    result.timedOut = text.startsWith(u"no answer"_s);
    result.wallMs = wall0 + second * 1000LL;
    result.monotonicMs = 9'000'000 + second * 1000LL;
    return result;
}

const Sample *find(const CheckOutcome &outcome, const QString &metric)
{
    for (const Sample &sample : outcome.samples) {
        if (sample.key.metric == metric)
            return &sample;
    }
    return nullptr;
}

/// Negative when there is none: no measurement of these is.
double valueOf(const CheckOutcome &outcome, const QString &metric)
{
    const Sample *sample = find(outcome, metric);
    return sample ? sample->value : -1;
}

} // namespace

class TestCheckTracker : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void failsAfterSoManyInARow();
    void certificatesAreMeasured();
    void oneGoodAnswerStartsAnew();
    void types_data();
    void types();
    void databases();
    void samples();
    void errorPercentSlides();
    void reload();
    void adopted();
    void strangers();
};

void TestCheckTracker::certificatesAreMeasured()
{
    CheckTracker tracker({service(u"web"_s)});
    QCOMPARE(valueOf(tracker.feed(answer(u"web"_s, true, 1)), u"tls_days_left"_s), -1.0); // no TLS
    CheckResult secure = answer(u"web"_s, true, 2);
    secure.tlsDaysLeft = 12.5;
    const CheckOutcome outcome = tracker.feed(secure);
    QCOMPARE(valueOf(outcome, u"tls_days_left"_s), 12.5);
    QCOMPARE(find(outcome, u"tls_days_left"_s)->key.labels.value(u"service"_s), u"web"_s);
}

void TestCheckTracker::failsAfterSoManyInARow()
{
    CheckTracker tracker({service(u"web"_s, 3)});
    QCOMPARE(toString(tracker.statusOf(u"web"_s)), toString(Health::Unknown));
    QVERIFY(tracker.feed(answer(u"web"_s, false, 0, u"HTTP 503"_s)).events.empty());
    QCOMPARE(toString(tracker.statusOf(u"web"_s)), toString(Health::Warning));
    QVERIFY(tracker.feed(answer(u"web"_s, false, 5, u"HTTP 503"_s)).events.empty());
    const auto events = tracker.feed(answer(u"web"_s, false, 10, u"HTTP 503"_s)).events;
    QCOMPARE(events.size(), 1U);
    QCOMPARE(events[0].reason, u"HTTP check of web failed 3 times in a row: HTTP 503"_s);
    QCOMPARE(toString(events[0].type), toString(ErrorType::ApiFailure));
    QCOMPARE(toString(events[0].severity), toString(Severity::High));
    QCOMPARE(events[0].startedWallMs, wall0);
    QCOMPARE(events[0].condition.check, 0);
    QVERIFY(tracker.holds(events[0].condition));
    QVERIFY(tracker.feed(answer(u"web"_s, false, 15, u"HTTP 500"_s)).events.empty()); // told once
    QCOMPARE(toString(tracker.statusOf(u"web"_s)), toString(Health::Critical));
    const auto cleared = tracker.feed(answer(u"web"_s, true, 20)).events;
    QCOMPARE(cleared.size(), 1U);
    QVERIFY(cleared[0].cleared);
    QCOMPARE(cleared[0].reason, u"HTTP check of web passes: HTTP 200"_s);
    QVERIFY(!tracker.holds(events[0].condition));
    QCOMPARE(toString(tracker.statusOf(u"web"_s)), toString(Health::Healthy));
    QCOMPARE(tracker.lastResults(u"web"_s).size(), 1);
}

void TestCheckTracker::oneGoodAnswerStartsAnew()
{
    CheckTracker tracker({service(u"web"_s, 2)});
    for (int i = 0; i < 20; ++i) // every other one is bad: never two in a row
        QVERIFY(tracker.feed(answer(u"web"_s, i % 2 == 0, i)).events.empty());
}

void TestCheckTracker::types_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("tcp");
    QTest::addColumn<QString>("text");
    QTest::addColumn<ErrorType>("type");
    QTest::newRow("http status") << u"web"_s << QString() << u"HTTP 502"_s << ErrorType::ApiFailure;
    QTest::newRow("http body") << u"web"_s << QString() << u"body does not match /ok/"_s << ErrorType::ApiFailure;
    QTest::newRow("http refused") << u"web"_s << QString() << u"connection refused"_s << ErrorType::NetworkTimeout;
    QTest::newRow("http timeout") << u"web"_s << QString() << u"no answer within 2 s"_s << ErrorType::NetworkTimeout;
    QTest::newRow("http of a service called db") << u"db"_s << QString() << u"HTTP 500"_s << ErrorType::ApiFailure;
    QTest::newRow("tcp refused") << u"web"_s << u"127.0.0.1:8080"_s << u"connection refused"_s << ErrorType::NetworkTimeout;
    QTest::newRow("postgres port") << u"store"_s << u"127.0.0.1:5432"_s << u"connection refused"_s << ErrorType::DatabaseConnection;
    QTest::newRow("redis port, IPv6") << u"cache"_s << u"[::1]:6379"_s << u"no answer within 2 s"_s << ErrorType::DatabaseConnection;
    QTest::newRow("named like one") << u"orders-db"_s << u"10.0.0.3:15432"_s << u"connection refused"_s << ErrorType::DatabaseConnection;
    for (const char *status : {"HTTP 400", "HTTP 404", "HTTP 429", "HTTP 500", "HTTP 503", "HTTP 504"})
        QTest::newRow(status) << u"web"_s << QString() << QString::fromLatin1(status) << ErrorType::ApiFailure;
    QTest::newRow("name not found") << u"web"_s << QString() << u"could not resolve host web.example"_s << ErrorType::NetworkTimeout;
    QTest::newRow("certificate") << u"web"_s << QString() << u"TLS: certificate expired"_s << ErrorType::NetworkTimeout;
}

void TestCheckTracker::types()
{
    QFETCH(QString, name);
    QFETCH(QString, tcp);
    QFETCH(QString, text);
    CheckTracker tracker({service(name, 1, tcp)});
    CheckResult result = answer(name, false, 0, text);
    result.type = tcp.isEmpty() ? CheckType::Http : CheckType::Tcp;
    const auto events = tracker.feed(result).events;
    QCOMPARE(events.size(), 1U);
    QFETCH(ErrorType, type);
    QCOMPARE(toString(events[0].type), toString(type));
}

void TestCheckTracker::databases()
{
    ServiceConfig config = service(u"orders"_s, 1, u"10.0.0.3:15432"_s);
    CheckResult result = answer(u"orders"_s, false, 0, u"connection refused"_s);
    result.type = CheckType::Tcp;
    CheckTracker tracker({config});
    QCOMPARE(toString(tracker.feed(result).events.at(0).type), u"network_timeout"_s); // nothing tells that it is one
    CheckTracker watched({config});
    watched.setDatabases({u"orders"_s}); // a monitor does
    QCOMPARE(toString(watched.feed(result).events.at(0).type), u"database_connection"_s);
    config.health[0].type = result.type = CheckType::Nagios;
    config.health[0].command = {u"/usr/lib/nagios/plugins/check_pgsql"_s, u"-H"_s, u"10.0.0.3"_s};
    CheckTracker plugin({config});
    QCOMPARE(toString(plugin.feed(result).events.at(0).type), u"database_connection"_s);
    config.health[0].command = {u"/usr/lib/nagios/plugins/check_load"_s};
    CheckTracker other({config});
    QCOMPARE(toString(other.feed(result).events.at(0).type), u"unknown"_s);
}

void TestCheckTracker::samples()
{
    CheckTracker tracker({service(u"web"_s)});
    const auto good = tracker.feed(answer(u"web"_s, true, 0));
    const Sample *time = find(good, u"response_time"_s);
    QVERIFY(time);
    QCOMPARE(time->key.labels, (Labels{{u"service"_s, u"web"_s}, {u"check"_s, u"0"_s}}));
    QCOMPARE(time->value, 12.0);
    QCOMPARE(time->component, u"web"_s);
    QVERIFY(find(tracker.feed(answer(u"web"_s, false, 1, u"HTTP 503"_s)), u"response_time"_s));          // it answered
    QVERIFY(!find(tracker.feed(answer(u"web"_s, false, 2, u"connection refused"_s)), u"response_time"_s)); // it did not
    QVERIFY(!find(good, u"error_percent"_s)); // one bad answer of few would be a large share of nothing
}

void TestCheckTracker::errorPercentSlides()
{
    CheckTracker tracker({service(u"web"_s, 100)});
    CheckOutcome outcome;
    for (int i = 0; i < 20; ++i)
        outcome = tracker.feed(answer(u"web"_s, i != 3, i * 5));
    QCOMPARE(valueOf(outcome, u"error_percent"_s), 5.0); // 1 of 20: not over the default limit
    for (int i = 20; i < 61; ++i)
        outcome = tracker.feed(answer(u"web"_s, true, i * 5));
    QVERIFY(qFuzzyCompare(valueOf(outcome, u"error_percent"_s), 100.0 / 61)); // 5 min hold 61 answers
    for (int i = 61; i < 70; ++i)
        outcome = tracker.feed(answer(u"web"_s, true, i * 5));
    QCOMPARE(valueOf(outcome, u"error_percent"_s), 0.0); // the bad one has left the window
    outcome = tracker.feed(answer(u"web"_s, true, 100'000)); // slow checks: the last 20 answers, however old
    QCOMPARE(valueOf(outcome, u"error_percent"_s), 0.0);
}

void TestCheckTracker::reload()
{
    CheckTracker tracker({service(u"web"_s), service(u"api"_s), service(u"old"_s)});
    for (const QString &name : {u"web"_s, u"api"_s, u"old"_s})
        QCOMPARE(tracker.feed(answer(name, false, 0)).events.size(), 1U);
    const auto events = tracker.setServices({service(u"web"_s), service(u"api"_s, 5)}, wall0 + 1000, 9'001'000);
    QStringList cleared; // a changed check is another check: what it found is gone with it
    for (const ErrorEvent &event : events)
        cleared << (event.cleared ? event.condition.component : u"not cleared"_s);
    cleared.sort();
    QCOMPARE(cleared, (QStringList{u"api"_s, u"old"_s}));
    QCOMPARE(toString(tracker.statusOf(u"web"_s)), toString(Health::Critical)); // the unchanged one keeps its state
    QVERIFY(tracker.feed(answer(u"web"_s, false, 5)).events.empty());
    QVERIFY(tracker.feed(answer(u"old"_s, false, 5)).events.empty());
}

void TestCheckTracker::adopted()
{
    CheckTracker tracker({service(u"web"_s, 3)});
    Condition open;
    open.kind = ConditionKind::CheckFailing;
    open.component = u"web"_s;
    open.check = 0;
    tracker.adopt(open);
    QVERIFY(tracker.feed(answer(u"web"_s, false, 0)).events.empty());
    QVERIFY(tracker.feed(answer(u"web"_s, true, 5)).events.at(0).cleared);
    open.check = 7;
    tracker.adopt(open); // a check that is not there
}

void TestCheckTracker::strangers()
{
    CheckTracker tracker({service(u"web"_s)});
    CheckResult late = answer(u"web"_s, false, 0);
    late.index = 3;
    QVERIFY(tracker.feed(late).events.empty());
    QVERIFY(tracker.feed(answer(u"nobody"_s, false, 0)).events.empty());
    QCOMPARE(toString(tracker.statusOf(u"nobody"_s)), toString(Health::Unknown));
}

QTEST_GUILESS_MAIN(TestCheckTracker)
#include "tst_checktracker.moc"
