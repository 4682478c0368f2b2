// What a log tells: silence while it is learnt, templates never seen, sudden rates, bursts of errors; and its bounds.
#include "core/detection/LogWatch.h"

#include <QTest>

#include <malloc.h>
#include <random>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 second = 1000, minute = 60 * second;
constexpr qint64 wallAtZero = 1'700'000'000'000;
constexpr int notice = 5, error = 3;

Now at(qint64 ms)
{
    Now now;
    now.wallMs = wallAtZero + ms;
    now.monotonicMs = ms;
    return now;
}

LogLine line(qint64 ms, const QByteArray &text, int priority = notice, const QString &source = u"journal"_s)
{
    LogLine line;
    line.component = u"web"_s;
    line.source = source;
    line.text = text;
    line.priority = priority;
    line.wallMs = at(ms).wallMs;
    line.monotonicMs = ms;
    return line;
}

using Events = std::vector<ErrorEvent>;

void append(Events &events, Events more)
{
    std::move(more.begin(), more.end(), std::back_inserter(events));
}

/// So many ordinary lines a minute for so many minutes, one of two kinds.
Events ordinary(LogWatch &watch, qint64 from, int minutes, int perMinute, const QString &source = u"journal"_s)
{
    Events events;
    for (int m = 0; m < minutes; ++m) {
        for (int i = 0; i < perMinute; ++i) {
            const QByteArray text = i % 2 ? "request " + QByteArray::number(i) + " served" : QByteArray("cache is warm");
            append(events, watch.feed(line(from + m * minute + i * minute / perMinute, text, notice, source)));
        }
    }
    return events;
}

constexpr qint64 warmAt = 12 * minute; ///< after so much of ordinary(): 1200 lines in twelve minutes

Events burst(LogWatch &watch, qint64 from, int lines, const QString &source = u"journal"_s)
{
    Events events;
    for (int i = 0; i < lines; ++i)
        append(events, watch.feed(line(from + i * 100, "backend " + QByteArray::number(i) + " does not answer", error, source)));
    return events;
}

} // namespace

class TestLogWatch : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void silentWhileItLearns();
    void warmTakesLinesAndTime();
    void neverSeenBefore();
    void suddenRate();
    void aSteadyRateIsNotSudden();
    void errorBurstByPriority();
    void errorBurstByLevelWord();
    void fewErrorsAreNoBurst();
    void manyErrorsAsUsualAreNoBurst();
    void burstIsOverAfterFiveQuietMinutes();
    void restoredTemplatesAreWarm();
    void damagedTemplatesAreLearntAnew();
    void clearForgets();
    void adoptedBurstEnds();
    void notableIsBoundedAndForgets();
    void sixtyFourSources();
    void longSilence();
    void oddLines();
    void floodOfDifferentLines();
};

void TestLogWatch::silentWhileItLearns()
{
    LogWatch watch;
    Events events = ordinary(watch, 0, 8, 100);
    for (const char *text : {"disk is full", "peer is gone", "door is open"})
        append(events, watch.feed(line(8 * minute, text)));
    QVERIFY(events.empty());
    QVERIFY(watch.notable(u"web"_s, at(8 * minute).wallMs).isEmpty());
}

void TestLogWatch::warmTakesLinesAndTime()
{
    LogWatch fast, slow;
    QVERIFY(ordinary(fast, 0, 2, 1000).empty()); // many lines, little time
    QVERIFY(fast.feed(line(2 * minute, "disk is full")).empty());
    QVERIFY(ordinary(slow, 0, 60, 2).empty()); // much time, few lines
    QVERIFY(slow.feed(line(60 * minute, "disk is full")).empty());
}

void TestLogWatch::neverSeenBefore()
{
    LogWatch watch;
    QVERIFY(ordinary(watch, 0, 12, 100).empty());
    const auto events = watch.feed(line(warmAt, "disk /dev/sda1 is full"));
    QCOMPARE(events.size(), 1u);
    const ErrorEvent &event = events[0];
    QVERIFY(!event.opens && !event.cleared);
    QVERIFY(event.condition.kind == ConditionKind::LogPattern);
    QCOMPARE(event.condition.component, u"web"_s);
    QVERIFY(event.condition.series == (SeriesKey{u"log_template"_s, {{u"source"_s, u"journal"_s}}}));
    QVERIFY(event.severity == Severity::Low);
    QVERIFY2(event.reason.startsWith(u"never seen before in its log: \"disk "_s), qPrintable(event.reason));
    QVERIFY(watch.feed(line(warmAt + second, "disk /dev/sdb2 is full")).empty()); // seen by now
    QCOMPARE(watch.notable(u"web"_s, at(warmAt).wallMs).size(), 1);
    QVERIFY(!watch.holds(event.condition));
}

void TestLogWatch::suddenRate()
{
    LogWatch watch;
    QVERIFY(ordinary(watch, 0, 12, 100).empty());
    Events events;
    for (int i = 0; i < 400; ++i)
        append(events, watch.feed(line(warmAt + i * 100, "cache is warm")));
    QCOMPARE(events.size(), 1u); // told once a minute
    QVERIFY(!events[0].opens);
    QCOMPARE(events[0].condition.series.metric, u"log_rate"_s);
    QVERIFY2(events[0].reason.startsWith(u"\"cache is warm\" 256 times within a minute, usually 50.0 times"_s), qPrintable(events[0].reason));
}

void TestLogWatch::aSteadyRateIsNotSudden()
{
    LogWatch watch;
    QVERIFY(ordinary(watch, 0, 30, 400).empty());
    QVERIFY(ordinary(watch, 30 * minute, 5, 1200).empty()); // three times as much is no surge
}

void TestLogWatch::errorBurstByPriority()
{
    LogWatch watch;
    const auto events = burst(watch, 0, 30); // at once: errors need no warm-up
    QCOMPARE(events.size(), 1u);
    QVERIFY(events[0].opens);
    QVERIFY(events[0].condition.series == (SeriesKey{u"log_errors"_s, {{u"source"_s, u"journal"_s}}}));
    QVERIFY2(events[0].reason.startsWith(u"10 error lines within a minute, usually 0.0; for example: backend 9 does not answer"_s), qPrintable(events[0].reason));
    QVERIFY(watch.holds(events[0].condition));
}

void TestLogWatch::errorBurstByLevelWord()
{
    LogWatch watch;
    Events events;
    for (int i = 0; i < 20; ++i) {
        const QByteArray head = "2024-05-01 12:00:" + QByteArray::number(10 + i) + ' ';
        append(events, watch.feed(line(i * second, head + "INFO all is well", -1, u"file:/var/log/web.log"_s)));
        append(events, watch.feed(line(i * second, head + "ERROR no answer", -1, u"file:/var/log/web.log"_s)));
    }
    QCOMPARE(events.size(), 1u);
    QVERIFY(events[0].opens);
    QCOMPARE(events[0].condition.series.labels.value(u"source"_s), u"file:/var/log/web.log"_s);
}

void TestLogWatch::fewErrorsAreNoBurst()
{
    LogWatch watch;
    for (qint64 m = 0; m < 20; ++m)
        QVERIFY(burst(watch, m * minute, LogWatch::burstErrors - 1).empty());
}

void TestLogWatch::manyErrorsAsUsualAreNoBurst()
{
    LogWatch watch;
    for (qint64 m = 0; m < 10; ++m)
        QVERIFY(burst(watch, m * minute, 8).empty());
    QVERIFY(burst(watch, 10 * minute, 39).empty()); // not yet five times as many
    QCOMPARE(burst(watch, 11 * minute, 80).size(), 1u);
}

void TestLogWatch::burstIsOverAfterFiveQuietMinutes()
{
    LogWatch watch;
    const auto began = burst(watch, 0, 20);
    QCOMPARE(began.size(), 1u);
    const qint64 last = 19 * 100;
    QVERIFY(watch.tick(at(last + 5 * minute - 1)).empty());
    const auto over = watch.tick(at(last + 5 * minute));
    QCOMPARE(over.size(), 1u);
    QVERIFY(over[0].cleared && over[0].condition == began[0].condition);
    QVERIFY(!watch.holds(began[0].condition));
    QVERIFY(watch.tick(at(last + 6 * minute)).empty());
    QCOMPARE(burst(watch, 60 * minute, 20).size(), 1u); // and the next one is told
}

void TestLogWatch::restoredTemplatesAreWarm()
{
    LogWatch before, after;
    QVERIFY(ordinary(before, 0, 12, 100).empty());
    after.restore(before.save());
    QCOMPARE(after.save(), before.save()); // also of sources that have not spoken yet
    QVERIFY(after.feed(line(0, "cache is warm")).empty());
    const auto events = after.feed(line(second, "disk is full"));
    QCOMPARE(events.size(), 1u);
    QVERIFY(!events[0].opens);
}

void TestLogWatch::damagedTemplatesAreLearntAnew()
{
    LogWatch before, after;
    QVERIFY(ordinary(before, 0, 12, 100).empty());
    auto saved = before.save();
    QByteArray &bytes = saved[u"web journal"_s];
    bytes[bytes.size() / 2] = char(~bytes[bytes.size() / 2]);
    after.restore(saved);
    QVERIFY(after.feed(line(0, "disk is full")).empty()); // not warm: nothing is known
    QVERIFY(ordinary(after, minute, 12, 100).empty());
    QCOMPARE(after.feed(line(13 * minute, "peer is gone")).size(), 1u);
}

void TestLogWatch::clearForgets()
{
    LogWatch watch;
    QVERIFY(ordinary(watch, 0, 12, 100).empty());
    const auto began = burst(watch, warmAt, 20);
    QVERIFY(!began.empty());
    const auto over = watch.clear(at(warmAt + 10 * second));
    QCOMPARE(over.size(), 1u);
    QVERIFY(over[0].cleared && over[0].condition == began.back().condition);
    QVERIFY(!watch.holds(over[0].condition));
    QVERIFY(watch.notable(u"web"_s, at(warmAt).wallMs).isEmpty());
    QVERIFY(watch.save().isEmpty());
    QVERIFY(watch.feed(line(warmAt + minute, "disk is full")).empty()); // it learns anew
}

/// The incident that an earlier engine left open must end, whether its source speaks again or not.
void TestLogWatch::adoptedBurstEnds()
{
    const Condition open{ConditionKind::LogPattern, u"web"_s, {u"log_errors"_s, {{u"source"_s, u"journal"_s}}}, -1};
    LogWatch silent, speaking;
    for (LogWatch *watch : {&silent, &speaking}) {
        watch->adopt(open, at(0));
        QVERIFY(watch->holds(open));
        QVERIFY(watch->tick(at(minute)).empty());
    }
    QVERIFY(burst(speaking, 2 * minute, 20).empty()); // it is told already
    QVERIFY(speaking.holds(open));
    const auto over = silent.tick(at(5 * minute));
    QCOMPARE(over.size(), 1u);
    QVERIFY(over[0].cleared && over[0].condition == open);
    QVERIFY(!silent.holds(open));
    QVERIFY(speaking.tick(at(5 * minute)).empty());
    QCOMPARE(speaking.tick(at(8 * minute)).size(), 1u);
}

void TestLogWatch::notableIsBoundedAndForgets()
{
    LogWatch watch;
    QVERIFY(ordinary(watch, 0, 12, 100).empty());
    const char *const news[] = {"disk full", "peer gone", "door open", "fan dead", "lamp broken", "wire cut", "pump stuck",
                                "valve shut", "tank dry", "gate lost", "bell silent", "mast bent"};
    for (const char *text : news)
        QCOMPARE(watch.feed(line(warmAt, text)).size(), 1u);
    const QStringList notable = watch.notable(u"web"_s, at(warmAt).wallMs);
    QCOMPARE(notable.size(), 8);
    QCOMPARE(notable.last(), u"mast bent"_s);
    QCOMPARE(watch.notable(u"web"_s, at(warmAt + 5 * minute).wallMs).size(), 8);
    QVERIFY(watch.notable(u"web"_s, at(warmAt + 5 * minute + 1).wallMs).isEmpty());
    QVERIFY(watch.notable(u"db"_s, at(warmAt).wallMs).isEmpty());
    static_cast<void>(watch.feed(line(warmAt, "odd " + QByteArray(4000, 'x') + " thing")));
    QVERIFY(watch.notable(u"web"_s, at(warmAt).wallMs).last().size() <= 160);
}

void TestLogWatch::sixtyFourSources()
{
    LogWatch watch;
    for (int i = 0; i < 70; ++i)
        static_cast<void>(watch.feed(line(0, "hello", notice, u"file:/%1"_s.arg(i))));
    QCOMPARE(watch.save().size(), int(LogWatch::maxSources));
    QVERIFY(burst(watch, second, 30, u"file:/69"_s).empty()); // not watched
    QCOMPARE(burst(watch, second, 30, u"file:/63"_s).size(), 1u);
}

void TestLogWatch::longSilence()
{
    LogWatch watch;
    QVERIFY(ordinary(watch, 0, 12, 100).empty());
    constexpr qint64 year = 365 * 24 * 60 * minute;
    QVERIFY(watch.tick(at(year)).empty());
    QVERIFY(watch.feed(line(2 * year, "cache is warm")).empty());
    QVERIFY(watch.feed(line(year, "cache is warm")).empty()); // an older line
    const auto events = burst(watch, 2 * year + second, 20);
    QCOMPARE(std::count_if(events.begin(), events.end(), [](const ErrorEvent &event) { return event.opens; }), 1);
}

void TestLogWatch::oddLines()
{
    LogWatch watch;
    QVERIFY(ordinary(watch, 0, 12, 100).empty());
    for (const QByteArray &text : {QByteArray(), QByteArray("\0\0\0", 3), QByteArray("\xff\xfe\xc0", 3), QByteArray(maxLogLineBytes, '[')})
        static_cast<void>(watch.feed(line(warmAt, text, -1)));
    QVERIFY(watch.notable(u"web"_s, at(warmAt).wallMs).size() <= 8);
    QCOMPARE(watch.feed(line(warmAt, "disk is full")).size(), 1u);
}

/// Many different lines within one minute: templates are evicted, and what is counted of them goes with them.
void TestLogWatch::floodOfDifferentLines()
{
    LogWatch watch;
    std::mt19937 random(6);
    const auto flood = [&](int lines) {
        for (int i = 0; i < lines; ++i) {
            QByteArray text;
            for (int w = 0; w < 4; ++w) {
                for (int c = 0; c < 6; ++c)
                    text += char('a' + random() % 26);
                text += ' ';
            }
            static_cast<void>(watch.feed(line(second, text)));
        }
    };
    flood(20'000);
    const auto before = mallinfo2().uordblks;
    flood(120'000);
    const auto after = mallinfo2().uordblks;
    const double grown = (double(after) - double(before)) / 1048576;
    QVERIFY2(grown < 5, qPrintable(u"%1 MiB more"_s.arg(grown)));
}

QTEST_APPLESS_MAIN(TestLogWatch)
#include "tst_log_watch.moc"
