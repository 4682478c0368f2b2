#include "core/detection/CheckTracker.h"
#include "core/detection/Classification.h"
#include "core/detection/ThresholdDetector.h"

#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 t0 = 9'000'000;

RequestCount requests(qint64 all, qint64 errors = 0, qint64 clientErrors = 0, qint64 throttled = 0)
{
    return {all, errors, clientErrors, throttled, 0, 0};
}

RequestCount lines(qint64 all, qint64 errors)
{
    return {0, 0, 0, 0, all, errors};
}

ServiceConfig web()
{
    ServiceConfig config;
    config.name = u"web"_s;
    config.health = {HealthCheckConfig()};
    return config;
}

double valueOf(const std::vector<Sample> &samples, const QString &metric)
{
    for (const Sample &sample : samples) {
        if (sample.key == SeriesKey{metric, {{u"service"_s, u"web"_s}}} && sample.component == u"web"_s)
            return sample.value;
    }
    return qQNaN();
}

QByteArray access(int status)
{
    return "127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.1\" " + QByteArray::number(status) + " 5";
}

} // namespace

class ErrorRateTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void countsLines();
    void oneRateForAll();
    void clientErrorsAreApart();
    void errorLinesStandIn();
    void plainLinesAreNoErrors();
    void windowSlides();
    void rateOfRequests();
    void sizeDoesNotGrow();
    void strangersAndReload();
    void databasesAreClassified();
    void databaseDownIsCritical();
};

void ErrorRateTest::countsLines()
{
    RequestCounter counter;
    for (const int status : {200, 301, 404, 429, 500, 503})
        counter.add(u"web"_s, access(status));
    counter.add(u"web"_s, "ERROR lost the database");
    counter.add(u"web"_s, "INFO fine");
    counter.add(u"web"_s, "    at some.stack(trace)");
    counter.add(u"db"_s, "FATAL: out of memory", 6);
    const auto counts = counter.take();
    QCOMPARE(counts.size(), 2);
    QVERIFY(counts.value(u"web"_s) == (RequestCount{6, 2, 1, 1, 2, 1}));
    QVERIFY(counts.value(u"db"_s) == (RequestCount{0, 0, 0, 0, 1, 1}));
    QVERIFY(counter.take().isEmpty());
}

void ErrorRateTest::oneRateForAll()
{
    CheckTracker tracker({web()});
    QVERIFY(tracker.count(u"web"_s, requests(19, 1), 1, t0).empty()); // too few to speak of
    CheckResult result;
    result.service = u"web"_s;
    result.text = u"HTTP 500"_s;
    result.monotonicMs = t0 + 100;
    const auto outcome = tracker.feed(result); // the check's answer is one of the same 20
    QCOMPARE(valueOf(outcome.samples, u"error_percent"_s), 10.0);
    const auto samples = tracker.count(u"web"_s, requests(20, 8), 1, t0 + 200);
    QCOMPARE(valueOf(samples, u"error_percent"_s), 25.0);
}

void ErrorRateTest::clientErrorsAreApart()
{
    CheckTracker tracker({web()});
    const auto samples = tracker.count(u"web"_s, requests(100, 0, 30, 12), 1, t0);
    QCOMPARE(valueOf(samples, u"error_percent"_s), 0.0);
    QCOMPARE(valueOf(samples, u"client_error_percent"_s), 30.0);
    QCOMPARE(valueOf(samples, u"throttled_percent"_s), 12.0);
}

void ErrorRateTest::errorLinesStandIn()
{
    CheckTracker tracker({web()});
    QCOMPARE(valueOf(tracker.count(u"web"_s, lines(100, 20), 1, t0), u"error_percent"_s), 20.0);
    QVERIFY(qIsNaN(valueOf(tracker.count(u"web"_s, lines(1, 0), 1, t0 + 9000), u"requests_per_second"_s)));
    // an access log tells better: its requests alone count, and the error lines about them are not counted twice
    QCOMPARE(valueOf(tracker.count(u"web"_s, requests(50, 1), 1, t0 + 10'000), u"error_percent"_s), 2.0);
    QCOMPARE(valueOf(tracker.count(u"web"_s, lines(0, 0), 1, t0 + 10'500), u"error_percent"_s), 2.0);
}

/// A line without a level is one that is no error, unless it goes on from the line before.
void ErrorRateTest::plainLinesAreNoErrors()
{
    RequestCounter counter;
    for (int i = 0; i < 30; ++i)
        counter.add(u"web"_s, QByteArray("job " + QByteArray::number(i) + " is done"));
    counter.add(u"web"_s, "ERROR job 31 failed");
    for (const char *trace : {"    at main.py line 3", "\tat Job.run(Job.java:7)", "Caused by: timeout", "", "}"})
        counter.add(u"web"_s, trace);
    const RequestCount count = counter.take().value(u"web"_s);
    QCOMPARE(count.lines, 31);
    QCOMPARE(count.errorLines, 1);
}

void ErrorRateTest::windowSlides()
{
    CheckTracker tracker({web()});
    QCOMPARE(valueOf(tracker.count(u"web"_s, requests(100, 50), 1, t0), u"error_percent"_s), 50.0);
    QCOMPARE(valueOf(tracker.count(u"web"_s, requests(100), 1, t0 + 299'000), u"error_percent"_s), 25.0);
    QCOMPARE(valueOf(tracker.count(u"web"_s, requests(100), 1, t0 + 301'000), u"error_percent"_s), 0.0);
    // silence: the last answers stay until there are 20 newer ones
    QCOMPARE(valueOf(tracker.count(u"web"_s, requests(10, 10), 1, t0 + 3'000'000), u"error_percent"_s), 100.0 * 10 / 110);
    QCOMPARE(valueOf(tracker.count(u"web"_s, requests(10, 0), 1, t0 + 3'002'000), u"error_percent"_s), 50.0);
}

void ErrorRateTest::rateOfRequests()
{
    CheckTracker tracker({web()});
    QVERIFY(qIsNaN(valueOf(tracker.count(u"web"_s, requests(30), 1, t0), u"requests_per_second"_s)));
    std::vector<Sample> samples;
    for (int second = 1; second <= 120; ++second)
        samples = tracker.count(u"web"_s, requests(30), 1, t0 + second * 1000);
    QCOMPARE(valueOf(samples, u"requests_per_second"_s), 30.0);
    samples = tracker.count(u"web"_s, requests(0), 1, t0 + 150'000);
    QCOMPARE(valueOf(samples, u"requests_per_second"_s), 15.0); // half of the minute was silent
    samples = tracker.count(u"web"_s, requests(0), 1, t0 + 200'000);
    QCOMPARE(valueOf(samples, u"requests_per_second"_s), 0.0);
}

/// An hour of heavy load at four batches a second: correct at its end, and quick, as only seconds are kept.
void ErrorRateTest::sizeDoesNotGrow()
{
    ErrorRateWindow window;
    for (qint64 now = 0; now < 3'600'000; now += 250)
        window.add(now, requests(5000, now < 3'000'000 ? 5000 : 250));
    QCOMPARE(*window.errorPercent(), 5.0);
    QCOMPARE(*window.requestsPerSecond(3'599'750), 20'000.0);
}

void ErrorRateTest::strangersAndReload()
{
    CheckTracker tracker({web()});
    QVERIFY(tracker.count(u"nobody"_s, requests(100, 50), 1, t0).empty());
    QVERIFY(tracker.count(u"web"_s, requests(0), 1, t0).empty());
    static_cast<void>(tracker.count(u"web"_s, requests(100, 50), 1, t0));
    QVERIFY(tracker.setServices({web()}).empty());
    QCOMPARE(valueOf(tracker.count(u"web"_s, requests(0), 1, t0 + 1), u"error_percent"_s), 50.0);
}

void ErrorRateTest::databasesAreClassified()
{
    for (const QString &metric : {u"database_up"_s, u"database_pool_use"_s, u"database_ping_time"_s})
        QCOMPARE(toString(classifyMetric(metric)), u"database_connection"_s);
}

void ErrorRateTest::databaseDownIsCritical()
{
    ThresholdConfig limit;
    limit.metric = u"database_up"_s;
    limit.critical = 1;
    limit.direction = Direction::Below;
    ThresholdDetector detector({limit});
    const SeriesKey key{u"database_up"_s, {{u"monitor"_s, u"orders"_s}}};
    const auto look = [&](double up, int second) { return detector.feed({key, up, {}, u"db"_s, t0 + second * 1000, t0 + second * 1000}); };
    QVERIFY(look(1, 0).empty());
    const auto down = look(0, 30);
    QCOMPARE(down.size(), 1U);
    QCOMPARE(toString(down[0].type), u"database_connection"_s);
    QCOMPARE(toString(down[0].severity), u"high"_s);
    QCOMPARE(down[0].condition.component, u"db"_s);
    QCOMPARE(toString(detector.statusOf(key)), u"critical"_s);
    const auto back = look(1, 60); // a switch clears at its limit
    QCOMPARE(back.size(), 1U);
    QVERIFY(back[0].cleared);
}

QTEST_GUILESS_MAIN(ErrorRateTest)
#include "tst_error_rate.moc"
