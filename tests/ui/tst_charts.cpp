// Points on their way to pixels, and the chart that shows them.
#include "tests/support/FakeEngineClient.h"
#include "tests/ui/SampleFrame.h"
#include "ui/charts/Scale.h"
#include "ui/charts/TimeChart.h"
#include "ui/overview/ChartCatalog.h"
#include "ui/overview/ChartGrid.h"

#include <QSignalSpy>
#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;
using sample::Start;

class TestCharts : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void neverMorePointsThanPixels();
    void extremesSurvive();
    void aGapBreaksTheLine();
    void storedAndLiveMeet();
    void scalesAreRound();
    void scaleKeepsStill();
    void timeTicksAreRound();
    void chartShowsValuesAndCursor();
    void catalogFollowsTheMeasurements();
    void gridLoadsHistoryOnceAndPauses();
};

namespace {

SeriesBuffer filled(int seconds)
{
    SeriesBuffer buffer;
    for (int i = 0; i < seconds; ++i)
        buffer.append(Start + i * 1000, i % 7);
    return buffer;
}

ChartSpec cpuSpec()
{
    return {u"cpu"_s, u"CPU"_s, u"%"_s, u"host"_s, {{{u"cpu_usage"_s, {}}, {}}}, 100};
}

} // namespace

void TestCharts::neverMorePointsThanPixels()
{
    const SeriesBuffer buffer = filled(3600);
    for (const int columns : {1, 7, 150, 400}) {
        const auto thinned = buffer.thinned(Start, Start + 3'600'000, columns);
        QVERIFY2(thinned.count() <= 2 * (columns + 1), qPrintable(QString::number(thinned.count())));
    }
    QVERIFY(buffer.thinned(Start, Start, 100).isEmpty());
    QVERIFY(SeriesBuffer().thinned(Start, Start + 1000, 100).isEmpty());
}

void TestCharts::extremesSurvive()
{
    SeriesBuffer buffer;
    for (int i = 0; i < 3600; ++i)
        buffer.append(Start + i * 1000, i == 1234 ? 99 : i == 2345 ? -5 : 10);
    const auto thinned = buffer.thinned(Start, Start + 3'600'000, 50);
    QCOMPARE(thinned.high, 99.0);
    QCOMPARE(thinned.low, -5.0);
    bool seen = false;
    double before = -1e300;
    for (const QPointF &point : thinned.pieces.first()) {
        seen = seen || (point.y() == 99 && point.x() == 1'234'000);
        QVERIFY(point.x() >= before);
        before = point.x();
    }
    QVERIFY(seen);
}

void TestCharts::aGapBreaksTheLine()
{
    SeriesBuffer buffer = filled(60);
    buffer.append(Start + 1'000'000, 5);
    buffer.append(Start + 1'001'000, 5);
    QCOMPARE(buffer.thinned(Start, Start + 1'200'000, 600).pieces.size(), 2);
    SeriesBuffer slow; // one value every five minutes is a slow monitor, not a gap
    for (int i = 0; i < 12; ++i)
        slow.append(Start + i * 300'000, 1);
    QCOMPARE(slow.thinned(Start, Start + 3'600'000, 600).pieces.size(), 1);
    QVERIFY(!buffer.valueAt(Start + 500'000, 120'000));
    QCOMPARE(buffer.valueAt(Start + 3'400, 120'000), 3.0);
}

void TestCharts::storedAndLiveMeet()
{
    SeriesBuffer buffer;
    buffer.append(Start + 60'000, 7);
    buffer.append(Start + 60'000, 8);  // the same moment again: the frame before, seen once more
    buffer.append(Start + 50'000, 9);  // older than what is known
    buffer.append(Start + 61'000, std::numeric_limits<double>::quiet_NaN());
    buffer.load({{Start, 1, 2, 3}, {Start + 30'000, 1, 1, 1}, {Start + 60'000, 7, 7, 7}});
    const auto thinned = buffer.thinned(Start, Start + 120'000, 240);
    QCOMPARE(thinned.count(), 4); // low and high of the first, then two
    QCOMPARE(buffer.lastAt(), Start + 60'000);
    for (int i = 0; i < 20'000; ++i)
        buffer.append(Start + 100'000 + i, i);
    QVERIFY(buffer.thinned(0, Start + 1'000'000, 1'000'000).count() <= qsizetype(SeriesBuffer::MostPoints));
}

void TestCharts::scalesAreRound()
{
    Scale scale;
    scale.fit(0, 873, u"ms"_s);
    QCOMPARE(scale.high(), 1000.0);
    QCOMPARE(scale.ticks().first(), 0.0);
    Scale bytes;
    bytes.fit(0, 3.1 * 1024 * 1024, u"B/s"_s);
    QCOMPARE(bytes.high(), 4.0 * 1024 * 1024);
    Scale percent;
    percent.fix(100, u"%"_s);
    QCOMPARE(percent.ticks().size(), 5);
    Scale flat;
    flat.fit(0, 0, {});
    QVERIFY(flat.high() >= 1);
    Scale huge;
    huge.fit(0, 1e15, {});
    QVERIFY(huge.high() >= 1e15 && huge.ticks().size() <= 7);
}

void TestCharts::scaleKeepsStill()
{
    Scale scale;
    scale.fit(0, 90, u"ms"_s);
    const double high = scale.high();
    scale.fit(0, 60, u"ms"_s);
    QCOMPARE(scale.high(), high); // no jumping for a while of calm
    scale.fit(0, 5, u"ms"_s);
    QVERIFY(scale.high() < high);
}

void TestCharts::timeTicksAreRound()
{
    const auto ticks = timeTicks(Start, Start + 300'000, 6);
    QCOMPARE(ticks.size(), 5);
    for (const qint64 at : ticks)
        QCOMPARE(at % 60'000, 0);
    QVERIFY(timeTicks(Start, Start + 3'600'000, 4).size() <= 4);
    QVERIFY(timeTicks(Start, Start, 4).isEmpty());
}

void TestCharts::chartShowsValuesAndCursor()
{
    TimeChart chart(cpuSpec());
    chart.resize(420, 220);
    chart.show();
    SeriesBuffer buffer = filled(300);
    ChartMoment moment;
    moment.from = Start;
    moment.to = Start + 300'000;
    moment.data = {&buffer};
    moment.thresholds = {{80, Health::Warning}, {95, Health::Critical}};
    moment.marks = {{u"i1"_s, Start + 150'000, Health::Critical, u"web: crash"_s}};
    chart.refresh(moment);
    QVERIFY(chart.pointCount() > 0 && chart.pointCount() <= chart.width());
    QCOMPARE(chart.readout().replace(QChar(0xA0), u' '), u"5 %"_s); // 299 % 7

    QSignalSpy moved(&chart, &TimeChart::cursorMoved), opened(&chart, &TimeChart::incidentActivated);
    QTest::keyClick(&chart, Qt::Key_Left);
    QCOMPARE(moved.count(), 1);
    QCOMPARE(moved.at(0).at(0).toLongLong(), Start + 295'000);
    chart.setCursorTime(Start + 150'000);
    QTest::keyClick(&chart, Qt::Key_Return);
    QCOMPARE(opened.count(), 1);
    QCOMPARE(opened.at(0).at(0).toString(), u"i1"_s);
    QVERIFY(chart.readout().contains(u"3")); // 150 % 7
    QTest::keyClick(&chart, Qt::Key_Escape);
    QCOMPARE(moved.last().at(0).toLongLong(), 0);

    chart.setCursorTime(0);
    moment.data = {nullptr};
    chart.refresh(moment);
    QCOMPARE(chart.readout(), u"–"_s);
    QVERIFY(!chart.grab().isNull());
}

void TestCharts::catalogFollowsTheMeasurements()
{
    EngineFrame frame = sample::frame(Start, 40, 12);
    frame.metrics.append(sample::row(u"queue_depth"_s, {}, 3, u"items"_s, Start));
    const auto charts = availableCharts(frame);
    QStringList ids;
    for (const ChartSpec &chart : charts)
        ids.append(chart.id);
    QCOMPARE(ids.mid(0, 6), (QStringList{u"cpu"_s, u"memory"_s, u"disk"_s, u"load"_s, u"pressure"_s, u"network:eth0"_s}));
    QVERIFY(ids.contains(u"queue_depth"_s));
    EngineFrame checked;
    for (const auto &check : {u"0"_s, u"1"_s})
        checked.metrics.append(sample::row(u"response_time"_s, {{u"check"_s, check}, {u"service"_s, u"shop"_s}}, 3, u"ms"_s, Start));
    const auto titles = availableCharts(checked);
    QCOMPARE(titles.size(), 2);
    QCOMPARE(titles[0].title, u"Response time shop"_s); // the first check needs no number
    QCOMPARE(titles[1].title, u"Response time shop, check 2"_s);
    QVERIFY(charts[2].lines.size() <= 5);
    QCOMPARE(defaultCharts(charts, frame).size(), 12);
    QVERIFY(availableCharts(EngineFrame{}).isEmpty());
    QVERIFY(defaultCharts({}, EngineFrame{}).isEmpty());
}

void TestCharts::gridLoadsHistoryOnceAndPauses()
{
    FakeEngineClient client;
    const auto clock = std::make_shared<ManualClock>(Start);
    client.points[{u"cpu_usage"_s, {}}] = {{Start - 100'000, 10, 20, 30}, {Start - 50'000, 20, 20, 20}};
    ChartGrid grid(&client, clock);
    grid.resize(900, 600);
    grid.show();
    grid.setCharts({cpuSpec()});
    QCOMPARE(client.historyQueries.size(), 1);
    QCOMPARE(client.historyQueries.first().from, Start - 300'000);
    QTRY_COMPARE(grid.charts().first()->pointCount(), 3);
    grid.setCharts({cpuSpec()}); // the same again: nothing is built or read anew
    QCOMPARE(client.historyQueries.size(), 1);
    grid.setRange(3'600'000);
    QCOMPARE(client.historyQueries.last().from, Start - 3'600'000);
    grid.setFollowing(false);
    QCOMPARE(grid.pausedAt(), Start);
    clock->advance(60'000);
    grid.setFollowing(true);
    QCOMPARE(grid.pausedAt(), 0);
}

QTEST_MAIN(TestCharts)
#include "tst_charts.moc"
