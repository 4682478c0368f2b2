// Text format 0.0.4 and OpenMetrics 1.0, by the examples of both specifications and by what exporters really write.
#include "core/monitoring/PrometheusLine.h"
#include "core/monitoring/PrometheusText.h"

#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

/// role family{labels} value @timestamp
QString describe(const PromSample &sample)
{
    static const QStringList types{u"unknown"_s, u"gauge"_s, u"counter"_s, u"histogram"_s, u"gaugehistogram"_s, u"summary"_s, u"info"_s, u"stateset"_s};
    static const QStringList roles{u"value"_s, u"bucket"_s, u"sum"_s, u"count"_s, u"created"_s};
    QString text = types[int(sample.type)] + u' ' + roles[int(sample.role)] + u' ' + toString(SeriesKey{sample.name, sample.labels}) + u' '
        + QString::number(sample.value, 'g', 15);
    if (sample.family != sample.name)
        text += u" of "_s + sample.family;
    return sample.timestampMs ? QString(text + u" @"_s + QString::number(*sample.timestampMs)) : text;
}

QStringList describe(const PromScrape &scrape)
{
    QStringList all;
    for (const PromSample &sample : scrape.samples)
        all.append(describe(sample));
    return all;
}

} // namespace

class tst_prometheus_text : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void text_data();
    void text();
    void openMetrics_data();
    void openMetrics();
    void numbers_data();
    void numbers();
    void badLines_data();
    void badLines();
    void metadata();
    void endOfFile();
    void formatByContentType();
    void isBounded();
};

void tst_prometheus_text::text_data()
{
    QTest::addColumn<QByteArray>("input");
    QTest::addColumn<QStringList>("samples");
    const auto row = [](const char *name, const char *input, const QStringList &samples) { QTest::newRow(name) << QByteArray(input) << samples; };
    row("counter with timestamp", "# HELP http_requests_total The total number of HTTP requests.\n# TYPE http_requests_total counter\n"
        "http_requests_total{method=\"post\",code=\"200\"} 1027 1395066363000\n",
        {u"counter value http_requests_total{code=200,method=post} 1027 @1395066363000"_s});
    row("escapes", "msdos_file_access_time_seconds{path=\"C:\\\\DIR\\\\FILE.TXT\",error=\"Cannot find file:\\n\\\"FILE.TXT\\\"\"} 1.458255915e9\n",
        {u"unknown value msdos_file_access_time_seconds{error=Cannot find file:\n\"FILE.TXT\",path=C:\\DIR\\FILE.TXT} 1458255915"_s});
    row("minimalistic", "metric_without_timestamp_and_labels 12.47\n", {u"unknown value metric_without_timestamp_and_labels 12.47"_s});
    row("weird", "something_weird{problem=\"division by zero\"} +Inf -3982045\n", {u"unknown value something_weird{problem=division by zero} inf @-3982045"_s});
    row("histogram", "# TYPE h histogram\nh_bucket{le=\"0.05\"} 24054\nh_bucket{le=\"+Inf\"} 144320\nh_sum 53423\nh_count 144320\n",
        {u"histogram bucket h_bucket{le=0.05} 24054 of h"_s, u"histogram bucket h_bucket{le=+Inf} 144320 of h"_s,
         u"histogram sum h_sum 53423 of h"_s, u"histogram count h_count 144320 of h"_s});
    row("summary", "# TYPE s summary\ns{quantile=\"0.01\"} 3102\ns_sum 1.7560473e+07\ns_count 2693\n",
        {u"summary value s{quantile=0.01} 3102"_s, u"summary sum s_sum 17560473 of s"_s, u"summary count s_count 2693 of s"_s});
    row("created as a gauge beside the counter", "# TYPE foo_total counter\nfoo_total 3\n# TYPE foo_created gauge\nfoo_created 1.5e9\n",
        {u"counter value foo_total 3"_s, u"counter created foo_created 1500000000 of foo_total"_s});
    row("created as a gauge beside the histogram", "# TYPE h histogram\nh_count 1\n# TYPE h_created gauge\nh_created 7\n",
        {u"histogram count h_count 1 of h"_s, u"histogram created h_created 7 of h"_s});
    row("gauge that looks like a part", "# TYPE queue_count gauge\nqueue_count 4\n# TYPE a_total gauge\na_total 1\n",
        {u"gauge value queue_count 4"_s, u"gauge value a_total 1"_s});
    row("part before its type", "h_count 4\n# TYPE h histogram\n", {u"unknown value h_count 4"_s});
    row("untyped", "# TYPE a untyped\na 1\n", {u"unknown value a 1"_s});
    row("blanks and tabs", "  a \t {  b = \"c\" , d=\"e\" , }\t 1.5 \t 17  \n", {u"unknown value a{b=c,d=e} 1.5 @17"_s});
    row("comments and empty lines", "\n# a comment\n#\n#HELP x y\n  \n# EOF\na 1\n", {u"unknown value a 1"_s});
    row("CRLF", "# TYPE a gauge\r\na 1\r\nb{c=\"d\"} 2\r\n", {u"gauge value a 1"_s, u"unknown value b{c=d} 2"_s});
    row("last line without its end", "a 1\nb 2", {u"unknown value a 1"_s, u"unknown value b 2"_s});
    row("empty labels", "a{} 1\n", {u"unknown value a 1"_s});
    row("colons and digits", ":rule:sum5m 1\n", {u"unknown value :rule:sum5m 1"_s});
    row("braces, hashes and commas in a value", "a{b=\"} # , =\"} 1\n", {u"unknown value a{b=} # , =} 1"_s});
    row("other backslashes", "a{b=\"\\d\\\\\"} 1\n", {u"unknown value a{b=\\d\\} 1"_s});
    row("UTF-8", "a{b=\"Größe\"} 1\n", {u"unknown value a{b=Größe} 1"_s});
}

void tst_prometheus_text::text()
{
    QFETCH(QByteArray, input);
    QFETCH(QStringList, samples);
    const PromScrape scrape = parsePrometheusText(input, PromFormat::Text);
    QCOMPARE(describe(scrape), samples);
    QCOMPARE(scrape.problems, QStringList());
}

void tst_prometheus_text::openMetrics_data()
{
    QTest::addColumn<QByteArray>("input");
    QTest::addColumn<QStringList>("samples");
    const auto row = [](const char *name, const char *input, const QStringList &samples) { QTest::newRow(name) << QByteArray(input) + "# EOF\n" << samples; };
    row("counter", "# TYPE foo counter\nfoo_total 17.0 1520879607.789\nfoo_created 1520430000.123 1520879607.789\n",
        {u"counter value foo_total 17 of foo @1520879607789"_s, u"counter created foo_created 1520430000.123 of foo @1520879607789"_s});
    row("two points", "# TYPE foo gauge\nfoo 17.0 123\nfoo 18.0 456\n", {u"gauge value foo 17 @123000"_s, u"gauge value foo 18 @456000"_s});
    row("stateset", "# TYPE foo stateset\nfoo{foo=\"a\"} 0\nfoo{foo=\"bb\"} 1\n", {u"stateset value foo{foo=a} 0"_s, u"stateset value foo{foo=bb} 1"_s});
    row("info", "# TYPE foo info\nfoo_info{name=\"pretty name\",version=\"8.2.7\"} 1\n",
        {u"info value foo_info{name=pretty name,version=8.2.7} 1 of foo"_s});
    row("summary", "# TYPE foo summary\nfoo_count 17.0\nfoo_sum 324789.3\nfoo_created 1520430000.123\nfoo{quantile=\"0.95\"} 123.7\n",
        {u"summary count foo_count 17 of foo"_s, u"summary sum foo_sum 324789.3 of foo"_s,
         u"summary created foo_created 1520430000.123 of foo"_s, u"summary value foo{quantile=0.95} 123.7"_s});
    row("exemplars", "# TYPE foo histogram\nfoo_bucket{le=\"0.01\"} 0\nfoo_bucket{le=\"0.1\"} 8 # {} 0.054\n"
        "foo_bucket{le=\"1\"} 11 # {trace_id=\"KOO5S4vxi0o\"} 0.67\nfoo_bucket{le=\"10\"} 17 # {trace_id=\"oHg5SJYRHA0\"} 9.8 1520879607.789\n"
        "foo_bucket{le=\"+Inf\"} 17\nfoo_created  1520430000.123\n",
        {u"histogram bucket foo_bucket{le=0.01} 0 of foo"_s, u"histogram bucket foo_bucket{le=0.1} 8 of foo"_s,
         u"histogram bucket foo_bucket{le=1} 11 of foo"_s, u"histogram bucket foo_bucket{le=10} 17 of foo"_s,
         u"histogram bucket foo_bucket{le=+Inf} 17 of foo"_s, u"histogram created foo_created 1520430000.123 of foo"_s});
    row("exemplar after a timestamp", "# TYPE foo counter\nfoo_total 5 12 # {a=\"b\"} 1\n", {u"counter value foo_total 5 of foo @12000"_s});
    row("gauge histogram", "# TYPE foo gaugehistogram\nfoo_bucket{le=\"0.01\"} 20.0\nfoo_gcount 42.0\nfoo_gsum 3289.3\n",
        {u"gaugehistogram bucket foo_bucket{le=0.01} 20 of foo"_s, u"gaugehistogram count foo_gcount 42 of foo"_s,
         u"gaugehistogram sum foo_gsum 3289.3 of foo"_s});
    row("unknown", "# TYPE foo unknown\nfoo 42.23\n", {u"unknown value foo 42.23"_s});
    row("no metrics", "# TYPE foo gauge\n", {});
}

void tst_prometheus_text::openMetrics()
{
    QFETCH(QByteArray, input);
    QFETCH(QStringList, samples);
    const PromScrape scrape = parsePrometheusText(input, PromFormat::OpenMetrics);
    QCOMPARE(describe(scrape), samples);
    QCOMPARE(scrape.problems, QStringList());
}

void tst_prometheus_text::numbers_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<bool>("good");
    QTest::addColumn<double>("value");
    const auto row = [](const char *text, double value) { QTest::newRow(text) << QByteArray(text) << true << value; };
    row("0", 0);
    row("-0.0", 0);
    row("1.5e+3", 1500);
    row("1e-09", 1e-9);
    row("+7", 7);
    row("+Inf", qInf());
    row("-inf", -qInf());
    row("INFINITY", qInf());
    row("9007199254740993", 9007199254740992.0);
    for (const char *text : {"", "1,5", "0x1p-2", "1_000", "1e", "--1", "+-1", "1.2.3", "one", "nan(1)", "1e999", " 1"})
        QTest::newRow(*text ? text : "empty") << QByteArray(text) << false << 0.0;
}

void tst_prometheus_text::numbers()
{
    QFETCH(QByteArray, text);
    QFETCH(bool, good);
    double value = 0;
    QCOMPARE(promNumber({text.constData(), std::size_t(text.size())}, value), good);
    if (good)
        QTEST(value, "value");
    QVERIFY(promNumber("NaN", value) && qIsNaN(value));
}

void tst_prometheus_text::badLines_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("problem");
    const auto row = [](const char *line, const char *problem) { QTest::newRow(line) << QByteArray(line) << QString::fromUtf8(problem); };
    row("9name 1", "expected a metric's name");
    row("{a=\"b\"} 1", "expected a metric's name");
    row("<html>", "expected a metric's name");
    row("name", "there is no value");
    row("name one", "value \"one\" is no number");
    row("name 1 soon", "timestamp \"soon\" is no number");
    row("name 1 NaN", "the timestamp is no time");
    row("name 1 2 3", "more on the line than name, value and timestamp");
    row("name 1 # comment", "more on the line than name, value and timestamp");
    row("name{a=\"b\" 1", "expected , or } after label a");
    row("name{a=\"b\"", "expected , or } after label a");
    row("name{a=\"b} 1", "the value of label a has no closing quote");
    row("name{a=b} 1", "the value of label a does not begin with a quote");
    row("name{a} 1", "label a has no =");
    row("name{=\"b\"} 1", "expected a label's name");
    row("name{a=\"b\",a=\"c\"} 1", "label a is there twice");
    row("name{a:b=\"c\"} 1", "label a has no =");
    row("name{", "the labels have no closing brace");
    row("name{,} 1", "expected a label's name");
    row("name 1 # {a=\"b\"}", "there is no exemplar's value");
    row("name 1 # {a=\"b\"} 1 2 3", "more on the line than its exemplar");
    row("name{a=\"\xff\"} 1", "this is not UTF-8");
    row("# TYPE x banana", "type \"banana\" of x is not known, its values are read as they are");
    row("# TYPE 9x gauge", "# TYPE without a metric's name");
    row("# UNIT", "# UNIT without a metric's name");
}

void tst_prometheus_text::badLines()
{
    QFETCH(QByteArray, line);
    QFETCH(QString, problem);
    const PromScrape scrape = parsePrometheusText("before 1\n" + line + "\nafter 2\n", PromFormat::Text);
    QCOMPARE(scrape.problems, QStringList{u"line 2: "_s + problem});
    QCOMPARE(describe(scrape), (QStringList{u"unknown value before 1"_s, u"unknown value after 2"_s})); // the rest counts
}

void tst_prometheus_text::metadata()
{
    const PromScrape scrape = parsePrometheusText("# TYPE a_seconds counter\n# UNIT a_seconds seconds\n# HELP a_seconds x \\n y\n"
                                                  "# TYPE a_seconds gauge\n# UNIT b bytes\na_seconds_total 1\n# EOF\n", PromFormat::OpenMetrics);
    QVERIFY(scrape.families.value(u"a_seconds"_s).type == PromType::Counter);
    QCOMPARE(scrape.families.value(u"a_seconds"_s).unit, u"seconds"_s);
    QCOMPARE(scrape.families.value(u"b"_s).unit, u"bytes"_s);
    QCOMPARE(scrape.problems, QStringList{u"line 4: a second TYPE of a_seconds, the first counts"_s});
}

void tst_prometheus_text::endOfFile()
{
    const auto problems = [](const char *text) { return parsePrometheusText(text, PromFormat::OpenMetrics).problems; };
    QCOMPARE(problems("a 1\n# EOF"), QStringList());
    QCOMPARE(problems("a 1\n"), QStringList{u"line 1: the text ends without # EOF, it may be cut off"_s});
    QCOMPARE(problems("a 1\n# EOF\nb 2\nc 3\n"), QStringList{u"line 3: there is more after # EOF, it is left out"_s});
    QCOMPARE(parsePrometheusText("a 1\n# EOF\nb 2\n", PromFormat::OpenMetrics).samples.size(), 1);
}

void tst_prometheus_text::formatByContentType()
{
    QVERIFY(promFormat("application/openmetrics-text; version=1.0.0; charset=utf-8") == PromFormat::OpenMetrics);
    QVERIFY(promFormat("Application/OpenMetrics-Text") == PromFormat::OpenMetrics);
    QVERIFY(promFormat("text/plain; version=0.0.4; charset=utf-8") == PromFormat::Text);
    QVERIFY(promFormat("") == PromFormat::Text);
}

void tst_prometheus_text::isBounded()
{
    PromLimits limits;
    limits.samples = 3;
    PromScrape scrape = parsePrometheusText("a 1\nb 2\nc 3\nd 4\ne 5\n", PromFormat::Text, limits);
    QCOMPARE(scrape.samples.size(), 3);
    QCOMPARE(scrape.problems, QStringList{u"line 4: more than 3 values, the rest is left out"_s});
    limits.bytes = 9;
    scrape = parsePrometheusText("a 1\nb 2\nc 34\n", PromFormat::Text, limits); // "c" alone is not c 3
    QCOMPARE(scrape.samples.size(), 2);
    QCOMPARE(scrape.problems, QStringList{u"line 2: the text is longer than 9 bytes, the rest is left out"_s});
    scrape = parsePrometheusText("a{b=\"" + QByteArray(70'000, 'x') + "\"} 1\nc 2\n", PromFormat::Text);
    QCOMPARE(describe(scrape), QStringList{u"unknown value c 2"_s});
    QByteArray labels;
    for (int i = 0; i < 100; ++i)
        labels += "l" + QByteArray::number(i) + "=\"\",";
    scrape = parsePrometheusText("a{" + labels + "} 1\n" + QByteArray("!\n").repeated(1000), PromFormat::Text);
    QCOMPARE(scrape.problems.size(), 20);
    QCOMPARE(scrape.problemCount, 1001);
    QCOMPARE(scrape.problems.first(), u"line 1: more than 64 labels"_s);
}

QTEST_GUILESS_MAIN(tst_prometheus_text)
#include "tst_prometheus_text.moc"
