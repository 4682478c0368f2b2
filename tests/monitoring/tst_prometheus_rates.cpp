// Two scrapes: counters become rates, histograms quantiles, and what restarts is noticed.
#include "core/monitoring/PrometheusFilter.h"
#include "core/monitoring/PrometheusHistogram.h"
#include "core/monitoring/PrometheusRates.h"

#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

PromScrape scrape(const QByteArray &text)
{
    return parsePrometheusText(text, text.contains("# EOF") ? PromFormat::OpenMetrics : PromFormat::Text);
}

QStringList describe(const QList<PromReading> &readings)
{
    QStringList all;
    for (const PromReading &reading : readings)
        all.append(toString(reading.key) + u' ' + QString::number(reading.value, 'g', 6)
                   + (reading.unit.isEmpty() ? QString() : QString(u' ' + reading.unit)));
    return all;
}

std::optional<double> quantile(double q, const std::vector<PromBucket> &buckets)
{
    return histogramQuantile(q, buckets);
}

void columns()
{
    QTest::addColumn<QByteArray>("first");
    QTest::addColumn<QByteArray>("second"); // ten seconds later
    QTest::addColumn<QStringList>("readings");
}

void row(const char *name, const char *first, const char *second, const QStringList &readings)
{
    QTest::newRow(name) << QByteArray(first) << QByteArray(second) << readings;
}

} // namespace

class tst_prometheus_rates : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void twoScrapes_data();
    void twoScrapes();
    void observations_data();
    void observations() { twoScrapes(); }
    void missedScrapes();
    void tooSoonKeepsTheBase();
    void quantiles_data();
    void quantiles();
    void noQuantile();
    void filters_data();
    void filters();
    void filterIsBounded();
};

void tst_prometheus_rates::twoScrapes_data()
{
    columns();
    row("gauge", "# TYPE g gauge\ng 1\n", "# TYPE g gauge\ng{a=\"b\"} 5\nu 7\nu 8\n", {u"g{a=b} 5"_s, u"u 8"_s});
    row("NaN and infinities", "", "# TYPE g gauge\ng NaN\nh +Inf\ni -Inf\nj 0\n", {u"j 0"_s});
    row("counter", "# TYPE c_total counter\nc_total{a=\"b\"} 100\n", "# TYPE c_total counter\nc_total{a=\"b\"} 150\n", {u"c_total{a=b} 5 1/s"_s});
    row("counter of OpenMetrics", "# TYPE c counter\nc_total 100\nc_created 5\n# EOF\n", "# TYPE c counter\nc_created 5\nc_total 150\n# EOF\n",
        {u"c_total 5 1/s"_s});
    row("counter at rest", "# TYPE c counter\nc 100\n", "# TYPE c counter\nc 100\n", {u"c 0 1/s"_s});
    row("counter that fell", "# TYPE c counter\nc 100\n", "# TYPE c counter\nc 30\n", {u"c 3 1/s"_s});
    row("counter created anew, though higher", "# TYPE c counter\nc_total 100\nc_created 5\n# EOF\n",
        "# TYPE c counter\nc_total 150\nc_created 9\n# EOF\n", {u"c_total 15 1/s"_s});
    row("created anew, 0.0.4", "# TYPE c_total counter\nc_total 100\n# TYPE c_created gauge\nc_created 5\n",
        "# TYPE c_total counter\nc_total 150\n# TYPE c_created gauge\nc_created 9\n", {u"c_total 15 1/s"_s});
    row("counter for the first time", "", "# TYPE c counter\nc 100\n", {});
    row("counter of NaN", "# TYPE c counter\nc NaN\n", "# TYPE c counter\nc 100\n", {});
    row("units by name", "# TYPE r_bytes_total counter\nr_bytes_total 0\n# TYPE t_seconds_total counter\nt_seconds_total 0\n",
        "# TYPE r_bytes_total counter\nr_bytes_total 1000\n# TYPE t_seconds_total counter\nt_seconds_total 5\n# TYPE m_bytes gauge\nm_bytes 7\n",
        {u"m_bytes 7 B"_s, u"r_bytes_total 100 B/s"_s, u"t_seconds_total 0.5 s/s"_s});
    row("units by UNIT", "", "# TYPE a_seconds gauge\n# UNIT a_seconds seconds\na_seconds 1\n# TYPE b_volts gauge\n# UNIT b_volts volts\nb_volts 2\n# EOF\n",
        {u"a_seconds 1 s"_s, u"b_volts 2 volts"_s});
    row("own timestamps", "# TYPE c counter\nc 100 1000\n", "# TYPE c counter\nc 150 6000\n", {u"c 10 1/s"_s});
    row("own timestamp that stands still", "# TYPE c counter\nc 100 1000\n", "# TYPE c counter\nc 100 1000\n", {});
    row("info and states", "", "# TYPE i info\ni_info{v=\"1\"} 1\n# TYPE st stateset\nst{st=\"a\"} 1\n# EOF\n", {u"st{st=a} 1"_s});
}

void tst_prometheus_rates::observations_data()
{
    columns();
    row("histogram", "# TYPE h histogram\nh_bucket{le=\"1\"} 10\nh_bucket{le=\"2\"} 10\nh_bucket{le=\"+Inf\"} 10\nh_sum 5\nh_count 10\n",
        "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 110\nh_bucket{le=\"2\"} 110\nh_bucket{le=\"1\"} 60\nh_sum 105\nh_count 110\n",
        {u"h_count 10 1/s"_s, u"h_mean 1"_s, u"h{quantile=0.5} 1"_s, u"h{quantile=0.9} 1.8"_s, u"h{quantile=0.99} 1.98"_s});
    row("histograms by labels", "# TYPE h histogram\nh_bucket{a=\"x\",le=\"1\"} 0\nh_bucket{a=\"x\",le=\"+Inf\"} 0\nh_count{a=\"x\"} 0\nh_count{a=\"y\"} 0\n",
        "# TYPE h histogram\nh_bucket{a=\"x\",le=\"1\"} 2\nh_bucket{a=\"x\",le=\"+Inf\"} 2\nh_count{a=\"x\"} 2\nh_count{a=\"y\"} 5\n",
        {u"h_count{a=x} 0.2 1/s"_s, u"h{a=x,quantile=0.5} 0.5"_s, u"h{a=x,quantile=0.9} 0.9"_s, u"h{a=x,quantile=0.99} 0.99"_s, u"h_count{a=y} 0.5 1/s"_s});
    row("histogram without news", "# TYPE h histogram\nh_bucket{le=\"1\"} 4\nh_bucket{le=\"+Inf\"} 4\nh_sum 1\nh_count 4\n",
        "# TYPE h histogram\nh_bucket{le=\"1\"} 4\nh_bucket{le=\"+Inf\"} 4\nh_sum 1\nh_count 4\n", {u"h_count 0 1/s"_s});
    row("histogram that restarted: one bucket fell", "# TYPE h histogram\nh_bucket{le=\"1\"} 90\nh_bucket{le=\"+Inf\"} 100\nh_sum 900\nh_count 100\n",
        "# TYPE h histogram\nh_bucket{le=\"1\"} 80\nh_bucket{le=\"+Inf\"} 160\nh_sum 320\nh_count 160\n",
        {u"h_count 16 1/s"_s, u"h_mean 2"_s, u"h{quantile=0.5} 1"_s, u"h{quantile=0.9} 1"_s, u"h{quantile=0.99} 1"_s});
    row("summary", "# TYPE s summary\ns{quantile=\"0.5\"} 3\ns_sum 10\ns_count 10\n", "# TYPE s summary\ns{quantile=\"0.5\"} 4\ns_sum 40\ns_count 20\n",
        {u"s{quantile=0.5} 4"_s, u"s_count 1 1/s"_s, u"s_mean 3"_s});
    row("gauge histogram", "", "# TYPE q gaugehistogram\nq_bucket{le=\"10\"} 5\nq_bucket{le=\"+Inf\"} 10\nq_gcount 10\nq_gsum 80\n# EOF\n",
        {u"q{quantile=0.5} 10"_s, u"q{quantile=0.9} 10"_s, u"q{quantile=0.99} 10"_s, u"q_gcount 10"_s});
}

void tst_prometheus_rates::twoScrapes()
{
    QFETCH(QByteArray, first);
    QFETCH(QByteArray, second);
    QFETCH(QStringList, readings);
    PrometheusRates rates;
    static_cast<void>(rates.take(scrape(first), 5000));
    QCOMPARE(describe(rates.take(scrape(second), 15'000)), readings);
}

void tst_prometheus_rates::missedScrapes()
{
    PrometheusRates rates;
    QVERIFY(rates.take(scrape("# TYPE c counter\nc 100\n"), 0).isEmpty());
    QCOMPARE(describe(rates.take(scrape("# TYPE c counter\nc 400\n"), 30'000)), QStringList{u"c 10 1/s"_s}); // two missed in between
    QVERIFY(rates.take(scrape("# TYPE d counter\nd 1\n"), 40'000).isEmpty());                               // c is gone
    QVERIFY(rates.take(scrape("# TYPE c counter\nc 500\n"), 50'000).isEmpty());                             // and begins anew
}

void tst_prometheus_rates::tooSoonKeepsTheBase()
{
    PrometheusRates rates;
    QVERIFY(rates.take(scrape("# TYPE c counter\nc 100\n"), 1000).isEmpty());
    QVERIFY(rates.take(scrape("# TYPE c counter\nc 110\n"), 1100).isEmpty());
    QCOMPARE(describe(rates.take(scrape("# TYPE c counter\nc 200\n"), 2000)), QStringList{u"c 100 1/s"_s});
}

void tst_prometheus_rates::quantiles_data()
{
    QTest::addColumn<double>("q");
    QTest::addColumn<QList<double>>("buckets"); // bound, count, bound, count, ...
    QTest::addColumn<double>("value");
    const double inf = qInf();
    // By the documentation of histogram_quantile and the cases of ClickHouse's function of the same rules.
    QTest::newRow("in the middle") << 0.5 << QList<double>{0, 6, 0.5, 11, 1, 14, inf, 19} << 0.35;
    QTest::newRow("lowest bucket starts at 0") << 0.5 << QList<double>{2, 10, 4, 10, inf, 10} << 1.0;
    QTest::newRow("lowest bucket with a bound under 0") << 0.2 << QList<double>{-1, 10, 4, 12, inf, 12} << -1.0;
    QTest::newRow("highest bucket") << 0.99 << QList<double>{1, 10, 2, 20, inf, 100} << 2.0;
    QTest::newRow("on the edge") << 0.5 << QList<double>{1, 5, 2, 10, inf, 10} << 1.0;
    QTest::newRow("empty lowest buckets") << 0.5 << QList<double>{1, 0, 2, 0, 3, 10, inf, 10} << 2.5;
    QTest::newRow("any order") << 0.5 << QList<double>{inf, 10, 2, 10, 1, 0} << 1.5;
    QTest::newRow("a count that falls") << 0.9 << QList<double>{1, 10, 2, 9, inf, 10} << 0.9;
    QTest::newRow("one bound twice") << 0.5 << QList<double>{1, 2, 1, 3, 2, 10, inf, 10} << 1.0;
}

void tst_prometheus_rates::quantiles()
{
    QFETCH(double, q);
    QFETCH(QList<double>, buckets);
    QFETCH(double, value);
    std::vector<PromBucket> list;
    for (qsizetype i = 0; i < buckets.size(); i += 2)
        list.push_back({buckets[i], buckets[i + 1]});
    const auto computed = quantile(q, list);
    QVERIFY(computed);
    QVERIFY2(std::abs(*computed - value) < 1e-9, qPrintable(QString::number(*computed)));
}

void tst_prometheus_rates::noQuantile()
{
    QVERIFY(!quantile(0.5, {}));
    QVERIFY(!quantile(0.5, {{qInf(), 5}}));
    QVERIFY(!quantile(0.5, {{1, 5}, {2, 6}}));                  // no +Inf
    QVERIFY(!quantile(0.5, {{1, 0}, {qInf(), 0}}));             // no observations
    QVERIFY(!quantile(0.5, {{1, 5}, {qInf(), qQNaN()}}));
    QVERIFY(!quantile(0.5, {{-qInf(), 5}, {1, 5}}));
}

void tst_prometheus_rates::filters_data()
{
    QTest::addColumn<QStringList>("include");
    QTest::addColumn<QStringList>("exclude");
    QTest::addColumn<Labels>("labels");
    QTest::addColumn<QStringList>("names");
    QTest::newRow("all") << QStringList() << QStringList() << Labels() << QStringList{u"disk"_s, u"disk"_s, u"disk_io"_s, u"h_bucket"_s, u"h_count"_s, u"load"_s};
    QTest::newRow("whole names") << QStringList{u"disk"_s} << QStringList() << Labels() << QStringList{u"disk"_s, u"disk"_s};
    QTest::newRow("a family") << QStringList{u"h"_s} << QStringList() << Labels() << QStringList{u"h_bucket"_s, u"h_count"_s};
    QTest::newRow("exclude wins") << QStringList{u"disk.*"_s, u"load"_s} << QStringList{u".*_io"_s} << Labels() << QStringList{u"disk"_s, u"disk"_s, u"load"_s};
    QTest::newRow("labels") << QStringList{u"disk.*"_s} << QStringList() << Labels{{u"device"_s, u"sda|sdb"_s}} << QStringList{u"disk"_s, u"disk_io"_s};
    QTest::newRow("whole values") << QStringList() << QStringList{u"h"_s} << Labels{{u"device"_s, u"sd"_s}} << QStringList{u"load"_s};
}

void tst_prometheus_rates::filters()
{
    QFETCH(QStringList, include);
    QFETCH(QStringList, exclude);
    QFETCH(Labels, labels);
    MonitorConfig config;
    config.include = include;
    config.exclude = exclude;
    config.labels = labels;
    PromScrape all = scrape("disk{device=\"sda\"} 1\ndisk{device=\"sdab\"} 2\ndisk_io{device=\"sdb\"} 3\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_count 1\nload 1\n");
    QCOMPARE(PrometheusFilter(config).apply(all, 100), 0);
    QStringList names;
    for (const PromSample &sample : std::as_const(all.samples))
        names.append(sample.name);
    QTEST(names, "names");
}

void tst_prometheus_rates::filterIsBounded()
{
    PromScrape all = scrape("a 1\nb 2\nc 3\nd 4\n");
    MonitorConfig config;
    config.exclude = QStringList{u"a"_s};
    QCOMPARE(PrometheusFilter(config).apply(all, 2), 1);
    QCOMPARE(all.samples.size(), 2);
    QCOMPARE(all.samples.first().name, u"b"_s);
    PromScrape slow = scrape("x{v=\"" + QByteArray(60, 'a') + "b\"} 1\n");
    config.labels = Labels{{u"v"_s, u"(a|a?)+"_s}}; // exponential without a limit
    QCOMPARE(PrometheusFilter(config).apply(slow, 9), 0);
    QVERIFY(slow.samples.isEmpty());
}

QTEST_GUILESS_MAIN(tst_prometheus_rates)
#include "tst_prometheus_rates.moc"
