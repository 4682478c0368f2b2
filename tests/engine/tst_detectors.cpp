// All detectors together: the settings that switch them, what is not learnt, what is kept for the next engine, log lines.
#include "core/engine/Detectors.h"
#include "core/store/DetectorFile.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <cstring>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 second = 1000, minute = 60 * second;
constexpr qint64 wallAtZero = 1'700'000'000'000;

Now at(qint64 ms)
{
    Now now;
    now.wallMs = wallAtZero + ms;
    now.monotonicMs = ms;
    return now;
}

Config webConfig()
{
    Config config;
    ServiceConfig service;
    service.name = u"web"_s;
    service.unit = u"web.service"_s;
    config.services.append(service);
    return config;
}

Sample sample(const QString &metric, qint64 ms, double value)
{
    return {{metric, {{u"service"_s, u"web"_s}}}, value, u"%"_s, u"web"_s, at(ms).wallMs, ms};
}

LogLine line(qint64 ms, const QByteArray &text, int priority)
{
    LogLine line;
    line.component = u"web"_s;
    line.source = u"journal"_s;
    line.text = text;
    line.priority = priority;
    line.wallMs = at(ms).wallMs;
    line.monotonicMs = ms;
    return line;
}

using Events = std::vector<ErrorEvent>;

const QStringList metrics{u"a"_s, u"b"_s, u"c"_s};

/// `count` minutes of three series around 50, from minute `from`, as the engine lives them.
Events measure(Detectors &detectors, int from, int count, double added = 0)
{
    Events events;
    for (int m = from; m < from + count; ++m) {
        QList<Sample> samples;
        for (int k = 0; k < metrics.size(); ++k)
            samples.append(sample(metrics[k], m * minute, 50 + (m * (7 + k)) % 11 + added));
        auto found = detectors.feed(samples);
        std::move(found.events.begin(), found.events.end(), std::back_inserter(events));
        auto ticked = detectors.tick(at(m * minute));
        std::move(ticked.events.begin(), ticked.events.end(), std::back_inserter(events));
    }
    return events;
}

int opening(const Events &events)
{
    return int(std::count_if(events.begin(), events.end(), [](const ErrorEvent &event) { return event.opens; }));
}

/// 20 error lines within two seconds.
Events complain(Detectors &detectors, qint64 ms)
{
    QList<LogLine> lines;
    for (int i = 0; i < 20; ++i)
        lines.append(line(ms + i * 100, "backend does not answer", 3));
    return detectors.feed(lines, at(ms + 2 * second)).events;
}

AnomalyState normalOf(const Detectors &detectors, const QString &metric)
{
    AnomalyState state{};
    const QByteArray bytes = detectors.save().value(u"series/%1{service=web}"_s.arg(metric));
    if (bytes.size() == qsizetype(sizeof state))
        std::memcpy(&state, bytes.constData(), sizeof state);
    return state;
}

const MetricRow *rowOf(const QList<MetricRow> &rows, const QString &metric)
{
    const auto it = std::find_if(rows.cbegin(), rows.cend(), [&](const MetricRow &row) { return row.key.metric == metric; });
    return it == rows.cend() ? nullptr : &*it;
}

constexpr int learnt = 600; // minutes

} // namespace

class TestDetectors : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void threeSeriesTogetherAreAnAnomaly();
    void oneSeriesThatStaysOddOpens();
    void anomalyDetectionOff();
    void anomalyDetectionSwitchedOffAndOn();
    void patternRecognitionOff();
    void patternRecognitionSwitchedOff();
    void brokenIsNotLearnt();
    void savedAndRestored();
    void wrongStatesAreNotUsed();
    void adoptedHintsEnd();
    void theFile();
    void aDamagedFile();
    void aFileThatCannotBeWritten();
    void errorLinesRaiseTheErrorRate();
    void accessLogGivesRequests();
};

void TestDetectors::threeSeriesTogetherAreAnAnomaly()
{
    Detectors detectors(webConfig());
    QCOMPARE(opening(measure(detectors, 0, learnt)), 0); // single values may seem odd at first
    const Events events = measure(detectors, learnt, 1, 100);
    QCOMPARE(events.size(), 3u);
    QVERIFY(!events[0].opens && events[2].opens);
    QVERIFY(events[2].severity == Severity::Medium);
    QVERIFY2(events[2].reason.startsWith(u"a{service=web} 15"_s), qPrintable(events[2].reason));
    QVERIFY(detectors.holds(events[2].condition));
    const auto rows = detectors.series().rows();
    QVERIFY(rowOf(rows, u"a"_s) && rowOf(rows, u"a"_s)->anomaly >= kAnomalyAlarmScore);
    QCOMPARE(opening(measure(detectors, learnt + 1, 4)), 0);
    const auto over = detectors.tick(at((learnt + 60) * minute)).events;
    QCOMPARE(over.size(), 1u);
    QVERIFY(over[0].cleared && over[0].condition == events[2].condition);
}

void TestDetectors::oneSeriesThatStaysOddOpens()
{
    Detectors detectors(webConfig());
    static_cast<void>(measure(detectors, 0, learnt));
    int opened = 0;
    for (int half = 0; half < 20; ++half) { // every 30 s for ten minutes
        const auto events = detectors.feed({sample(u"a"_s, learnt * minute + half * 30 * second, 150 + half % 5)}).events;
        opened += opening(events);
        if (half * 30 < 300)
            QCOMPARE(opened, 0);
    }
    QCOMPARE(opened, 1);
    QVERIFY(measure(detectors, learnt + 10, 1).empty());
}

void TestDetectors::anomalyDetectionOff()
{
    Config config = webConfig();
    config.detection.anomalyDetectionEnabled = false;
    Detectors detectors(config);
    QVERIFY(measure(detectors, 0, learnt).empty());
    QVERIFY(measure(detectors, learnt, 5, 100).empty());
    QVERIFY(detectors.save().isEmpty());
    for (const MetricRow &row : detectors.series().rows())
        QCOMPARE(row.anomaly, 0.0);
}

void TestDetectors::anomalyDetectionSwitchedOffAndOn()
{
    Config config = webConfig();
    Detectors detectors(config);
    static_cast<void>(measure(detectors, 0, learnt));
    const Events events = measure(detectors, learnt, 1, 100);
    QVERIFY(!events.empty());
    config.detection.anomalyDetectionEnabled = false;
    const Events off = detectors.setConfig(config, at((learnt + 1) * minute));
    QCOMPARE(off.size(), 1u);
    QVERIFY(off[0].cleared && off[0].condition == events.back().condition);
    QCOMPARE(off[0].reason, u"anomaly detection was switched off"_s);
    QVERIFY(!detectors.holds(off[0].condition));
    for (const MetricRow &row : detectors.series().rows())
        QCOMPARE(row.anomaly, 0.0);
    QVERIFY(measure(detectors, learnt + 1, 5, 200).empty());
    QVERIFY(detectors.setConfig(config, at((learnt + 6) * minute)).empty());
    config.detection.anomalyDetectionEnabled = true;
    QVERIFY(detectors.setConfig(config, at((learnt + 6) * minute)).empty());
    QCOMPARE(opening(measure(detectors, learnt + 7, 70)), 0);
    QVERIFY(!measure(detectors, learnt + 77, 1, 400).empty()); // what was learnt is still known
}

void TestDetectors::patternRecognitionOff()
{
    Config config = webConfig();
    config.detection.patternRecognitionEnabled = false;
    Detectors detectors(config);
    QVERIFY(complain(detectors, 0).empty());
    QCOMPARE(detectors.save().keys(), QStringList{u"series/error_percent{service=web}"_s});
    config.detection.patternRecognitionEnabled = true;
    QVERIFY(detectors.setConfig(config, at(minute)).empty());
    QCOMPARE(complain(detectors, 10 * minute).size(), 1u);
}

void TestDetectors::patternRecognitionSwitchedOff()
{
    Config config = webConfig();
    Detectors detectors(config);
    const Events events = complain(detectors, 0);
    QCOMPARE(events.size(), 1u);
    QVERIFY(events[0].opens && detectors.holds(events[0].condition));
    config.detection.patternRecognitionEnabled = false;
    const Events off = detectors.setConfig(config, at(10 * second));
    QCOMPARE(off.size(), 1u);
    QVERIFY(off[0].cleared && off[0].condition == events[0].condition);
    QVERIFY(!detectors.holds(events[0].condition));
    QVERIFY(complain(detectors, 5 * minute).empty());
}

void TestDetectors::brokenIsNotLearnt()
{
    Detectors detectors(webConfig());
    static_cast<void>(measure(detectors, 0, learnt));
    const AnomalyState before = normalOf(detectors, u"a"_s);
    QCOMPARE(before.samples, quint64(learnt));
    detectors.setBroken({u"web"_s});
    static_cast<void>(measure(detectors, learnt, 60, 500));
    const AnomalyState frozen = normalOf(detectors, u"a"_s);
    QCOMPARE(frozen.longMean, before.longMean);
    QCOMPARE(frozen.samples, before.samples + 60); // it was scored all the same
    detectors.setBroken({u"db"_s});
    static_cast<void>(measure(detectors, learnt + 60, 60, 500));
    QVERIFY(normalOf(detectors, u"a"_s).longMean > before.longMean + 100);
}

void TestDetectors::savedAndRestored()
{
    Detectors before(webConfig()), after(webConfig()), fresh(webConfig());
    static_cast<void>(measure(before, 0, learnt));
    static_cast<void>(complain(before, learnt * minute));
    const auto saved = before.save();
    QCOMPARE(QStringList(saved.keys()), (QStringList{u"log/web journal"_s, u"series/a{service=web}"_s, u"series/b{service=web}"_s, u"series/c{service=web}"_s,
                                                   u"series/error_percent{service=web}"_s}));
    after.restore(saved);
    QCOMPARE(after.save(), saved); // nothing is lost while nothing was measured
    QCOMPARE(measure(after, learnt, 1, 100).size(), 3u);
    QVERIFY(measure(fresh, learnt, 1, 100).empty());
}

void TestDetectors::wrongStatesAreNotUsed()
{
    Detectors detectors(webConfig());
    static_cast<void>(measure(detectors, 0, learnt));
    auto saved = detectors.save();
    saved[u"series/a{service=web}"_s].chop(1);
    AnomalyState wrong = normalOf(detectors, u"b"_s);
    wrong.longVariance = -1; // as of a damaged disk: the rest looks right
    saved[u"series/b{service=web}"_s] = QByteArray(reinterpret_cast<const char *>(&wrong), sizeof wrong);
    saved[u"nobody/knows"_s] = "this";
    Detectors after(webConfig());
    after.restore(saved);
    const Events events = measure(after, learnt, 1, 100);
    QCOMPARE(events.size(), 1u); // c is known, a and b are learnt anew
    QCOMPARE(events[0].condition.series.metric, u"c"_s);
    QCOMPARE(normalOf(after, u"a"_s).samples, 1u);
    QCOMPARE(normalOf(after, u"b"_s).samples, 1u);
}

void TestDetectors::adoptedHintsEnd()
{
    Incident odd, noisy;
    odd.condition = {ConditionKind::Anomaly, u"web"_s, {u"a"_s, {{u"service"_s, u"web"_s}}}, -1};
    noisy.condition = {ConditionKind::LogPattern, u"web"_s, {u"log_errors"_s, {{u"source"_s, u"journal"_s}}}, -1};
    Detectors detectors(webConfig());
    detectors.adopt({odd, noisy}, at(0));
    QVERIFY(detectors.holds(odd.condition) && detectors.holds(noisy.condition));
    const auto over = detectors.tick(at(20 * minute)).events;
    QCOMPARE(over.size(), 2u);
    for (const Incident &incident : {odd, noisy}) {
        QVERIFY(!detectors.holds(incident.condition));
        QVERIFY(std::any_of(over.begin(), over.end(), [&](const ErrorEvent &event) { return event.cleared && event.condition == incident.condition; }));
    }
}

void TestDetectors::theFile()
{
    const QTemporaryDir dir;
    const QString path = detectorFile(dir.path());
    QCOMPARE(path, dir.path() + u"/detectors.bin"_s);
    const auto missing = readDetectorFile(path);
    QVERIFY(missing && missing->isEmpty());
    Detectors detectors(webConfig());
    static_cast<void>(measure(detectors, 0, learnt));
    static_cast<void>(complain(detectors, learnt * minute));
    QVERIFY(writeDetectorFile(path, detectors.save()));
    QCOMPARE(QFile::permissions(path) & (QFile::ReadGroup | QFile::ReadOther | QFile::WriteGroup | QFile::WriteOther), QFile::Permissions());
    const auto read = readDetectorFile(path);
    QVERIFY(read);
    QCOMPARE(*read, detectors.save());
    QVERIFY(writeDetectorFile(path, {}));
    QVERIFY(readDetectorFile(path) && readDetectorFile(path)->isEmpty());
}

void TestDetectors::aDamagedFile()
{
    const QTemporaryDir dir;
    const QString path = detectorFile(dir.path());
    QVERIFY(writeDetectorFile(path, {{u"series/x"_s, QByteArray(500, 'x')}, {u"log/y z"_s, QByteArray(300, 'y')}}));
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadWrite));
    const QByteArray whole = file.readAll();
    const auto refused = [&](const QByteArray &bytes) {
        file.resize(0);
        file.seek(0);
        file.write(bytes);
        file.flush();
        const auto read = readDetectorFile(path);
        return !read && read.error().code == ErrorCode::Invalid;
    };
    for (qsizetype i = 0; i < whole.size(); ++i) {
        QByteArray bad = whole;
        bad[i] = char(bad[i] ^ 0x10);
        QVERIFY2(refused(bad), qPrintable(QString::number(i)));
    }
    for (qsizetype size = 0; size < whole.size(); size += 7)
        QVERIFY2(refused(whole.left(size)), qPrintable(QString::number(size)));
    QVERIFY(!refused(whole));
}

void TestDetectors::aFileThatCannotBeWritten()
{
    const QTemporaryDir dir;
    const auto written = writeDetectorFile(dir.path() + u"/none/detectors.bin"_s, {});
    QVERIFY(!written && written.error().code == ErrorCode::Io);
    const auto read = readDetectorFile(dir.path()); // a directory
    QVERIFY(!read && read.error().code == ErrorCode::Io);
}

void TestDetectors::errorLinesRaiseTheErrorRate()
{
    Detectors detectors(webConfig());
    QList<LogLine> lines;
    for (int i = 0; i < 100; ++i)
        lines.append(line(i * 100, i % 4 ? "all is well" : "no answer", i % 4 ? 6 : 3));
    const auto found = detectors.feed(lines, at(10 * second));
    const MetricRow *row = rowOf(found.rows, u"error_percent"_s);
    QVERIFY(row);
    QCOMPARE(row->key.labels.value(u"service"_s), u"web"_s);
    QCOMPARE(row->component, u"web"_s);
    QCOMPARE(row->value, 25.0);
    QVERIFY(!rowOf(found.rows, u"requests_per_second"_s));
}

void TestDetectors::accessLogGivesRequests()
{
    Detectors detectors(webConfig());
    QList<MetricRow> rows;
    for (int s = 0; s < 60; ++s) {
        QList<LogLine> lines;
        for (int i = 0; i < 10; ++i) {
            const QByteArray status = i == 0 ? "503" : "200";
            lines.append(line(s * second, "10.0.0.1 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.1\" " + status + " 2326", -1));
        }
        rows = detectors.feed(lines, at(s * second)).rows;
    }
    const MetricRow *rate = rowOf(rows, u"requests_per_second"_s), *errors = rowOf(rows, u"error_percent"_s);
    QVERIFY(rate && errors);
    QCOMPARE(rate->unit, u"1/s"_s);
    QVERIFY2(qAbs(rate->value - 10) < 0.5, qPrintable(QString::number(rate->value)));
    QCOMPARE(errors->value, 10.0);
    const auto silent = detectors.tick(at(5 * minute)).rows;
    QVERIFY(rowOf(silent, u"requests_per_second"_s));
    QCOMPARE(rowOf(silent, u"requests_per_second"_s)->value, 0.0);
}

QTEST_GUILESS_MAIN(TestDetectors)
#include "tst_detectors.moc"
