// The Monitoring Plugins development guidelines as tables: ranges, performance data, lines, exit codes.
#include "core/monitoring/NagiosOutput.h"
#include "core/monitoring/PluginRun.h"

#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

Result<NagiosRange> range(const QByteArray &text)
{
    return parseNagiosRange({text.constData(), std::size_t(text.size())});
}

QString number(const std::optional<double> &value)
{
    return value ? QString::number(*value, 'g', 15) : u"-"_s;
}

/// label=value unit w=range c=range min..max
QString describe(const PerfValue &value)
{
    return value.label + u'=' + (value.value ? number(value.value) : u"U"_s) + (value.counter ? u"c"_s : value.unit)
        + (value.warning ? QString(u" w="_s + toString(*value.warning)) : QString())
        + (value.critical ? QString(u" c="_s + toString(*value.critical)) : QString())
        + (value.minimum || value.maximum ? QString(u' ' + number(value.minimum) + u".."_s + number(value.maximum)) : QString());
}

QStringList describe(const NagiosOutput &output)
{
    QStringList all;
    for (const PerfValue &value : output.values)
        all.append(describe(value));
    return all;
}

} // namespace

class tst_nagios_output : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void ranges_data();
    void ranges();
    void rangesWritten();
    void badRanges_data();
    void badRanges();
    void perfData_data();
    void perfData();
    void brokenPerfData_data();
    void brokenPerfData();
    void lines_data();
    void lines();
    void states();
    void namesWhatIsOutside();
    void isBounded();
};

void tst_nagios_output::ranges_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QList<double>>("alert");
    QTest::addColumn<QList<double>>("quiet");
    // The guidelines' own table, and what its notes say.
    QTest::newRow("end") << QByteArray("10") << QList<double>{-0.1, 10.1} << QList<double>{0, 5, 10};
    QTest::newRow("start") << QByteArray("10:") << QList<double>{9.9, -1e9} << QList<double>{10, 1e12};
    QTest::newRow("from minus infinity") << QByteArray("~:10") << QList<double>{10.1} << QList<double>{10, -1e12};
    QTest::newRow("both") << QByteArray("10:20") << QList<double>{9.9, 20.1} << QList<double>{10, 15, 20};
    QTest::newRow("inside") << QByteArray("@10:20") << QList<double>{10, 15, 20} << QList<double>{9.9, 20.1};
    QTest::newRow("inside from 0") << QByteArray("@5") << QList<double>{0, 5} << QList<double>{-1, 6};
    QTest::newRow("inside to infinity") << QByteArray("@5:") << QList<double>{5, 1e12} << QList<double>{4.9};
    QTest::newRow("start left out") << QByteArray(":10") << QList<double>{-1, 11} << QList<double>{0, 10};
    QTest::newRow("negative") << QByteArray("-20:-10.5") << QList<double>{-21, -10} << QList<double>{-20, -10.5};
    QTest::newRow("one point") << QByteArray("5:5") << QList<double>{4.9, 5.1} << QList<double>{5};
    QTest::newRow("everything") << QByteArray("~:") << QList<double>{} << QList<double>{-1e300, 1e300};
    QTest::newRow("exponent") << QByteArray("1e2:+1.5e2") << QList<double>{99, 151} << QList<double>{100, 150};
}

void tst_nagios_output::ranges()
{
    QFETCH(QByteArray, text);
    QFETCH(QList<double>, alert);
    QFETCH(QList<double>, quiet);
    const auto parsed = range(text);
    QVERIFY2(parsed, qPrintable(parsed ? QString() : parsed.error().message));
    for (const double value : std::as_const(alert))
        QVERIFY2(parsed->alerts(value), qPrintable(QString::number(value)));
    for (const double value : std::as_const(quiet))
        QVERIFY2(!parsed->alerts(value), qPrintable(QString::number(value)));
}

void tst_nagios_output::rangesWritten()
{
    for (const char *text : {"10", "10:", "~:10", "10:20", "@10:20", "@~:3", "-5:5", "~:", "0:"})
        QCOMPARE(toString(*range(text)), QString::fromLatin1(text));
    QCOMPARE(toString(range("1:2")->scaled(1000)), u"1000:2000"_s);
    QCOMPARE(toString(range("~:2")->scaled(1000)), u"~:2000"_s);
}

void tst_nagios_output::badRanges_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("reason");
    QTest::newRow("empty") << QByteArray() << u"expected [@]start:end"_s;
    QTest::newRow("at alone") << QByteArray("@") << u"expected [@]start:end"_s;
    QTest::newRow("colon alone") << QByteArray(":") << u"expected [@]start:end"_s;
    QTest::newRow("wrong way round") << QByteArray("20:10") << u"the start is over the end"_s;
    QTest::newRow("negative end alone") << QByteArray("-5") << u"the start is over the end"_s;
    QTest::newRow("two colons") << QByteArray("1:2:3") << u"the end is no number"_s;
    QTest::newRow("word") << QByteArray("ten") << u"the end is no number"_s;
    QTest::newRow("tilde as end") << QByteArray("1:~") << u"the end is no number"_s;
    QTest::newRow("tilde alone") << QByteArray("~") << u"the end is no number"_s;
    QTest::newRow("two ats") << QByteArray("@@5:6") << u"the start is no number"_s;
    QTest::newRow("infinity") << QByteArray("inf") << u"the end is no number"_s;
    QTest::newRow("not a number") << QByteArray("nan:1") << u"the start is no number"_s;
    QTest::newRow("hexadecimal") << QByteArray("0x10") << u"the end is no number"_s;
    QTest::newRow("blank") << QByteArray("1 :2") << u"the start is no number"_s;
    QTest::newRow("unit") << QByteArray("10%") << u"the end is no number"_s;
    QTest::newRow("too large") << QByteArray("1e999") << u"the end is no number"_s;
}

void tst_nagios_output::badRanges()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, reason);
    const auto parsed = range(text);
    QVERIFY(!parsed);
    QVERIFY(parsed.error().code == ErrorCode::Invalid);
    QVERIFY2(parsed.error().message.contains(reason), qPrintable(parsed.error().message));
}

void tst_nagios_output::perfData_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QStringList>("values");
    const auto row = [](const char *name, const char *text, const QStringList &values) { QTest::newRow(name) << QByteArray(text) << values; };
    row("bare", "users=3", {u"users=3"_s});
    row("all parts", "load1=0.5;1;2;0;100", {u"load1=0.5 w=1 c=2 0..100"_s});
    row("parts left out", "a=1;;;0 b=2;5 c=3;;9;;", {u"a=1 0..-"_s, u"b=2 w=5"_s, u"c=3 c=9"_s});
    row("trailing semicolons", "a=1;;;;", {u"a=1"_s});
    row("ranges", "a=1;@1:2;~:9", {u"a=1 w=@1:2 c=~:9"_s});
    row("seconds", "time=1.5s;2;3;0;10", {u"time=1500ms w=2000 c=3000 0..10000"_s});
    row("milliseconds and smaller", "a=2ms b=1500us c=5000000ns", {u"a=2ms"_s, u"b=1.5ms"_s, u"c=5ms"_s});
    row("percent", "pl=20%;50;80;0;100", {u"pl=20% w=50 c=80 0..100"_s});
    row("bytes", "a=10B b=1KB c=1MB d=2GB e=1TB f=1kB g=1MiB", {u"a=10B"_s, u"b=1024B"_s, u"c=1048576B"_s, u"d=2147483648B"_s,
                                                                u"e=1099511627776B"_s, u"f=1024B"_s, u"g=1048576B"_s});
    row("limits in their unit", "/=2643MB;5948;5958;0;5968", {u"/=2771386368B w=6236930048 c=6247415808 0..6257901568"_s});
    row("counter", "packets=123456c", {u"packets=123456c"_s});
    row("other units", "t=21.5C v=230V", {u"t=21.5C"_s, u"v=230V"_s});
    row("undetermined", "a=U;1;2 b=U", {u"a=U w=1 c=2"_s, u"b=U"_s});
    row("no value", "a=;1;2", {u"a=U w=1 c=2"_s});
    row("quoted", "'C:\\ used %'=40%", {u"C:\\ used %=40%"_s});
    row("quote in quotes", "'it''s'=1 ''''=2", {u"it's=1"_s, u"'=2"_s});
    row("equals in quotes", "'a=b'=3", {u"a=b=3"_s});
    row("many blanks", "  a=1 \t b=2   c=3 ", {u"a=1"_s, u"b=2"_s, u"c=3"_s});
    row("signs and exponents", "a=-1.5 b=+2 c=1e3 d=2.5E-1s e=.5 f=3.", {u"a=-1.5"_s, u"b=2"_s, u"c=1000"_s, u"d=250ms"_s, u"e=0.5"_s, u"f=3"_s});
    row("exponent or unit", "a=3e b=3e2x", {u"a=3e"_s, u"b=300x"_s});
    row("unit repeated in min and max", "a=1s;;;0s;5s", {u"a=1000ms 0..5000"_s});
    row("umlaut", "Größe=4", {u"Größe=4"_s});
}

void tst_nagios_output::perfData()
{
    QFETCH(QByteArray, text);
    QFETCH(QStringList, values);
    const NagiosOutput output = parseNagiosOutput("OK|" + text);
    QCOMPARE(describe(output), values);
    QCOMPARE(output.problems, QStringList());
    QCOMPARE(output.text, u"OK"_s);
}

void tst_nagios_output::brokenPerfData_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QStringList>("values");
    QTest::addColumn<QString>("problem");
    const QStringList good{u"b=2"_s};
    QTest::newRow("no equals sign") << QByteArray("nonsense b=2") << good << u"performance data \"nonsense\": expected 'label'=value"_s;
    QTest::newRow("no label") << QByteArray("=1 b=2") << good << u"performance data \"=1\": expected 'label'=value"_s;
    QTest::newRow("empty label") << QByteArray("''=1 b=2") << good << u"performance data \"''=1\": expected 'label'=value"_s;
    QTest::newRow("quote not closed") << QByteArray("b=2 'a=1 c=3") << good << u"performance data \"'a=1 c=3\": expected 'label'=value"_s;
    QTest::newRow("after the quote") << QByteArray("'a'x=1 b=2") << good << u"performance data \"'a'x=1\": expected 'label'=value"_s;
    QTest::newRow("word as value") << QByteArray("a=none b=2") << good << u"performance data \"a=none\": the value is no number"_s;
    QTest::newRow("decimal comma") << QByteArray("a=1,5s b=2") << (QStringList{u"a=1,5s"_s} + good) << QString();
    QTest::newRow("infinity") << QByteArray("a=inf b=2") << good << u"performance data \"a=inf\": the value is no number"_s;
    QTest::newRow("too large") << QByteArray("a=1e308GB b=2") << good << u"performance data \"a=1e308GB\": the value is too large"_s;
    QTest::newRow("twice") << QByteArray("b=2 b=3") << good << u"performance data \"b=3\": this label was there already"_s;
    QTest::newRow("bad range") << QByteArray("b=2;9:1;7") << QStringList{u"b=2 c=7"_s}
                               << u"performance data \"b=2;9:1;7\": range \"9:1\": the start is over the end"_s;
}

void tst_nagios_output::brokenPerfData()
{
    QFETCH(QByteArray, text);
    QFETCH(QStringList, values);
    QFETCH(QString, problem);
    const NagiosOutput output = parseNagiosOutput("OK|" + text);
    if (!problem.isEmpty()) {
        QCOMPARE(describe(output), values);
        QCOMPARE(output.problems, QStringList{problem});
    } else { // 1,5 is neither 1 nor 1.5
        QCOMPARE(describe(output), QStringList{u"b=2"_s});
        QVERIFY(output.problems.value(0).contains(u"decimal comma"_s));
    }
}

void tst_nagios_output::lines_data()
{
    QTest::addColumn<QByteArray>("output");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("longText");
    QTest::addColumn<QStringList>("values");
    QTest::newRow("nothing") << QByteArray() << QString() << QString() << QStringList();
    QTest::newRow("text") << QByteArray("DISK OK - free space\n") << u"DISK OK - free space"_s << QString() << QStringList();
    QTest::newRow("no line end") << QByteArray("OK|a=1") << u"OK"_s << QString() << QStringList{u"a=1"_s};
    // The example of the guidelines and of Nagios: data after the first pipe, long text, data after the second one.
    QTest::newRow("everything") << QByteArray("DISK OK - free space: / 3326 MB (56%); | /=2643MB\n/ 15272 MB (77%);\n/boot 68 MB (69%);\n"
                                              "/var/log 819 MB (84%); | /boot=68\n/home=69357\n/var/log=818\n")
                                << u"DISK OK - free space: / 3326 MB (56%);"_s << u"/ 15272 MB (77%);\n/boot 68 MB (69%);\n/var/log 819 MB (84%);"_s
                                << QStringList{u"/=2771386368B"_s, u"/boot=68"_s, u"/home=69357"_s, u"/var/log=818"_s};
    QTest::newRow("data below only") << QByteArray("OK\nlong\n|a=1\nb=2") << u"OK"_s << u"long"_s << QStringList{u"a=1"_s, u"b=2"_s};
    QTest::newRow("CRLF") << QByteArray("OK | a=1\r\nlong\r\n") << u"OK"_s << u"long"_s << QStringList{u"a=1"_s};
    QTest::newRow("no text") << QByteArray("|a=1") << QString() << QString() << QStringList{u"a=1"_s};
    QTest::newRow("not UTF-8") << QByteArray("OK \xff|a=1") << u"OK \uFFFD"_s << QString() << QStringList{u"a=1"_s};
}

void tst_nagios_output::lines()
{
    QFETCH(QByteArray, output);
    const NagiosOutput parsed = parseNagiosOutput(output);
    QTEST(parsed.text, "text");
    QTEST(parsed.longText, "longText");
    QTEST(describe(parsed), "values");
}

void tst_nagios_output::states()
{
    QVERIFY(pluginState(0) == PluginState::Ok);
    QVERIFY(pluginState(1) == PluginState::Warning);
    QVERIFY(pluginState(2) == PluginState::Critical);
    for (const int status : {3, 4, 5, 126, 127, 255, -1})
        QVERIFY(pluginState(status) == PluginState::Unknown);
    QCOMPARE(toString(PluginState::Critical), u"CRITICAL"_s);
}

void tst_nagios_output::namesWhatIsOutside()
{
    QCOMPARE(outsideRanges(parseNagiosOutput("x|load1=5.51;1;5;0 load5=3.11;2;6 load15=1;3;7 t=30s;@20:40 n=7c;1;2 u=U;1;2")),
             u"load1 5.51 is outside 5, load5 3.11 is outside 2, t 30000 ms is inside @20000:40000"_s);
    QCOMPARE(outsideRanges(parseNagiosOutput("x|a=1;2;3")), QString());
}

void tst_nagios_output::isBounded()
{
    QByteArray many = "OK|", rubbish = "OK|";
    for (int i = 0; i < 2000; ++i) {
        many += " l" + QByteArray::number(i) + "=1";
        rubbish += " x";
    }
    QCOMPARE(parseNagiosOutput(many).values.size(), kMostPerfValues);
    QVERIFY(parseNagiosOutput(many).problems.last().contains(u"more than 500"_s));
    QCOMPARE(parseNagiosOutput(rubbish).problems.size(), 20);
    QVERIFY(parseNagiosOutput("OK|" + QByteArray(1'000'000, '\'')).values.isEmpty());
}

QTEST_GUILESS_MAIN(tst_nagios_output)
#include "tst_nagios_output.moc"
