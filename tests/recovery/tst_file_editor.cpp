#include "core/recovery/FileEditor.h"
#include "core/recovery/TimeText.h"

#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

class TestFileEditor : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void changes_data();
    void changes();
    void refusals_data();
    void refusals();
    void everyOtherByteStays_data() { changes_data(); }
    void everyOtherByteStays();
    void cutAnywhere_data() { changes_data(); }
    void cutAnywhere();
    void times_data();
    void times();
    void nextValues_data();
    void nextValues();
};

namespace {

constexpr int yaml = int(FileFormat::Yaml), ini = int(FileFormat::Ini), json = int(FileFormat::Json), dotenv = int(FileFormat::Dotenv),
              systemd = int(FileFormat::Systemd);

void yamlRows()
{
    const auto row = [](const char *name, const QByteArray &file, const QString &key, const QByteArray &wanted) {
        QTest::newRow(name) << yaml << file << key << u"45s"_s << wanted;
    };
    row("yaml", "# web\nupstream:\n  timeout:  30s   # why\n  other: 30s\n", u"upstream.timeout"_s, "# web\nupstream:\n  timeout:  45s   # why\n  other: 30s\n");
    row("yaml flow", "a: {upstream: {timeout: 30s, x: [1, 2]}}\n", u"a.upstream.timeout"_s, "a: {upstream: {timeout: 45s, x: [1, 2]}}\n");
    row("yaml quotes", "t: \"30s\"\nu: '30s'", u"u"_s, "t: \"30s\"\nu: '45s'");
    row("yaml crlf bom", "\xEF\xBB\xBF" "a: 1\r\nt: 30s\r\n", u"t"_s, "\xEF\xBB\xBF" "a: 1\r\nt: 45s\r\n");
    row("yaml other anchor", "b: &b {x: 1}\nc: *b\nt: 30s\n", u"t"_s, "b: &b {x: 1}\nc: *b\nt: 45s\n");
    row("yaml list by name", "pools:\n- name: a\n  t: 1s\n- name: b\n  t: 30s\n", u"pools[b].t"_s, "pools:\n- name: a\n  t: 1s\n- name: b\n  t: 45s\n");
}

void iniRows()
{
    const auto row = [](const char *name, const QByteArray &file, const QString &key, const QByteArray &wanted) {
        QTest::newRow(name) << ini << file << key << u"45"_s << wanted;
    };
    row("ini", "; x\n[web]\ntimeout = 30 ; seconds\n[db]\ntimeout=9\n", u"web.timeout"_s, "; x\n[web]\ntimeout = 45 ; seconds\n[db]\ntimeout=9\n");
    row("ini no section", "timeout: 30\n[a]\n", u"timeout"_s, "timeout: 45\n[a]\n");
    row("ini dots", "[Session]\nsession.gc_maxlifetime = 30\r\n", u"Session.session.gc_maxlifetime"_s, "[Session]\nsession.gc_maxlifetime = 45\r\n");
    row("ini quotes", "[a]\nt = \"30\" # c\n", u"a.t"_s, "[a]\nt = \"45\" # c\n");
    row("ini indented", "[a]\n\tt = 30\n\tu = 2\n", u"a.t"_s, "[a]\n\tt = 45\n\tu = 2\n");
    row("ini latin1", "# \xE4\n[a]\nname=\xFC\nt=30", u"a.t"_s, "# \xE4\n[a]\nname=\xFC\nt=45");
    row("ini old mac", "[a]\rt=30\rb=1\r", u"a.t"_s, "[a]\rt=45\rb=1\r");
}

void dotenvRows()
{
    const auto row = [](const char *name, const QByteArray &file, const QByteArray &wanted) {
        QTest::newRow(name) << dotenv << file << u"TIMEOUT"_s << u"45"_s << wanted;
    };
    row("dotenv", "# a\nA=1\nTIMEOUT=30\n", "# a\nA=1\nTIMEOUT=45\n");
    row("dotenv export, comment", "export TIMEOUT=30 # s\nMY_TIMEOUT=1\n", "export TIMEOUT=45 # s\nMY_TIMEOUT=1\n");
    row("dotenv quotes", "TIMEOUT=\"30\" # s\r\n", "TIMEOUT=\"45\" # s\r\n");
    row("dotenv last counts", "TIMEOUT=10\nTIMEOUT='30'\n", "TIMEOUT=10\nTIMEOUT='45'\n");
    row("dotenv inside a text", "KEY=\"a\nTIMEOUT=1\nb\"\nTIMEOUT=30\n", "KEY=\"a\nTIMEOUT=1\nb\"\nTIMEOUT=45\n");
}

void systemdRows()
{
    const auto row = [](const char *name, const QByteArray &file, const QByteArray &wanted) {
        QTest::newRow(name) << systemd << file << u"Service.TimeoutStopSec"_s << u"2min 15s"_s << wanted;
    };
    row("unit", "[Unit]\nTimeoutStopSec=1\n[Service]\n# c\nTimeoutStopSec=1min 30s\n", "[Unit]\nTimeoutStopSec=1\n[Service]\n# c\nTimeoutStopSec=2min 15s\n");
    row("unit last counts", "[Service]\nTimeoutStopSec=5\n[Install]\n[Service]\nTimeoutStopSec = 1min 30s\n",
        "[Service]\nTimeoutStopSec=5\n[Install]\n[Service]\nTimeoutStopSec = 2min 15s\n");
    row("unit reset and set", "[Service]\nTimeoutStopSec=\nTimeoutStopSec=90", "[Service]\nTimeoutStopSec=\nTimeoutStopSec=2min 15s");
    row("unit in a continuation", "[Service]\nExecStart=/bin/x \\\n  TimeoutStopSec=1 \\\n# c\n  y\nTimeoutStopSec=90\n",
        "[Service]\nExecStart=/bin/x \\\n  TimeoutStopSec=1 \\\n# c\n  y\nTimeoutStopSec=2min 15s\n");
    row("unit continued value", "[Service]\nTimeoutStopSec=1min \\\n  30s\nUser=x\n", "[Service]\nTimeoutStopSec=2min 15s\nUser=x\n");
}

void jsonRows()
{
    const auto row = [](const char *name, const QByteArray &file, const QString &key, const QByteArray &wanted) {
        QTest::newRow(name) << json << file << key << u"45"_s << wanted;
    };
    row("json", "{\n\t\"a\" : {\"t\" :30, \"x\": \"}\\\"\"}\n}\n", u"a.t"_s, "{\n\t\"a\" : {\"t\" :45, \"x\": \"}\\\"\"}\n}\n");
    row("json string", R"({"t": "30"})", u"t"_s, R"({"t": "45"})");
    row("json element", R"({"s":[{"t":1},{"x":[[{}]],"t":3e1}]})", u"s[1].t"_s, R"({"s":[{"t":1},{"x":[[{}]],"t":45}]})");
    row("json dots and escapes", R"({"a.b": {"täß": 30}})", u"\"a.b\".täß"_s, R"({"a.b": {"täß": 45}})");
    row("json bom", "\xEF\xBB\xBF{\"t\":30}\r\n", u"t"_s, "\xEF\xBB\xBF{\"t\":45}\r\n");
}

} // namespace

void TestFileEditor::changes_data()
{
    QTest::addColumn<int>("format");
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QByteArray>("wanted");
    yamlRows();
    iniRows();
    dotenvRows();
    systemdRows();
    jsonRows();
}

void TestFileEditor::changes()
{
    QFETCH(int, format);
    QFETCH(QByteArray, file);
    QFETCH(QString, key);
    QFETCH(QString, value);
    QFETCH(QByteArray, wanted);
    const auto result = writeValue(file, FileFormat(format), key, value);
    QVERIFY2(result.has_value(), qPrintable(result ? QString() : result.error().message));
    QCOMPARE(*result, wanted);
    QCOMPARE(readValue(*result, FileFormat(format), key)->text, value);
}

/// And back again: the inverse gives the very bytes that were there, save where a value went over several lines.
void TestFileEditor::everyOtherByteStays()
{
    QFETCH(int, format);
    QFETCH(QByteArray, file);
    QFETCH(QString, key);
    QFETCH(QString, value);
    const auto before = readValue(file, FileFormat(format), key);
    if (!before || file.contains("1min \\\n"))
        return;
    const auto result = writeValue(file, FileFormat(format), key, value);
    QVERIFY(result);
    const auto back = writeValue(*result, FileFormat(format), key, before->text);
    QVERIFY2(back.has_value(), qPrintable(back ? QString() : back.error().message));
    QCOMPARE(*back, file);
}

/// Whatever is left of a file: an answer or an error, and never another change than that of the value.
void TestFileEditor::cutAnywhere()
{
    QFETCH(int, format);
    QFETCH(QByteArray, file);
    QFETCH(QString, key);
    QFETCH(QString, value);
    for (qsizetype size = 0; size < file.size(); ++size) {
        const auto result = writeValue(file.first(size), FileFormat(format), key, value);
        if (result)
            QCOMPARE(readValue(*result, FileFormat(format), key)->text, value);
        else
            QVERIFY(!result.error().message.isEmpty());
    }
}

void TestFileEditor::refusals_data()
{
    QTest::addColumn<int>("format");
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("error");
    const auto row = [](const char *name, int format, const QByteArray &file, const QString &key, const QString &error, const QString &value = u"45"_s) {
        QTest::newRow(name) << format << file << key << value << error;
    };
    row("yaml absent", yaml, "a: 1\n", u"b"_s, u"there is no value at b"_s);
    row("yaml map", yaml, "a:\n  b: 1\n", u"a"_s, u"line 1: a is no single value"_s);
    row("yaml alias", yaml, "a: &x 1\nb: *x\n", u"b"_s, u"line 2: b stands behind an alias; change it in the file"_s);
    row("yaml merge", yaml, "a: &x {t: 1}\nb:\n  <<: *x\n", u"b.t"_s, u"line 1: b.t stands behind an alias; change it in the file"_s);
    row("yaml anchor in use", yaml, "a: &x 1\nb: *x\n", u"a"_s,
        u"a cannot be changed alone: other values are aliases of it or of what it stands in; change it in the file"_s);
    row("yaml broken", yaml, "a: 1\nb: {x: 1\n", u"a"_s, u"line 3: a map that was opened with { is not closed, expected , or }"_s);
    row("ini twice", ini, "[a]\nt=1\n[b]\n[a]\nt=2\n", u"a.t"_s, u"line 5: a.t stands already in line 2; programs differ in which one counts"_s);
    row("ini comment", ini, "[a]\n;t = 1\n", u"a.t"_s, u"there is no value at a.t (in line 2 it is only a comment)"_s);
    row("ini case", ini, "[a]\nTimeout = 1\n", u"a.timeout"_s, u"line 2: stands there in other letters than a.timeout"_s);
    row("ini continued", ini, "[a]\nt = 1\n  2\n", u"a.t"_s, u"line 2: the value of a.t goes on in the next line"_s);
    row("ini after a backslash", ini, "[a]\nx = 1 \\\nt = 2\n", u"a.t"_s, u"line 3: the line before goes on here, so that a.t may be a part of it"_s);
    row("ini no value", ini, "[a]\nt =\n", u"a.t"_s, u"line 2: a.t has no value"_s);
    row("json syntax", json, "{\"a\": 1,\n // c\n \"t\": 2}", u"t"_s, u"line 2: no JSON: unterminated object"_s);
    row("json twice", json, R"({"t": 1, "t": 2})", u"t"_s, u"line 1: t stands there more than once"_s);
    row("json no name first", json, R"([{"t":1}])", u"[0].t"_s, u"\"[0].t\" names no value"_s);
    row("json bool", json, R"({"t": true})", u"t"_s, u"line 1: t is neither a number nor a string"_s);
    row("json number", json, R"({"t": 1})", u"t"_s, u"line 1: \"45s\" is no number, but a number stands there"_s, u"45s"_s);
    row("dotenv made of others", dotenv, "T=${U}0\n", u"T"_s, u"line 1: T is made of other variables"_s);
    row("dotenv lines", dotenv, "T='1\n2'\n", u"T"_s, u"line 1: the value of T has several lines"_s);
    row("dotenv unclosed", dotenv, "A=1\nT=\"1\n", u"T"_s, u"line 2: the quote that begins here is not closed"_s);
    row("dotenv space", dotenv, "T=1\n", u"T"_s, u"line 1: \"1 2\" has a space, but the value stands without quotes"_s, u"1 2"_s);
    row("unit reset", systemd, "[Service]\nT=1\nT=\n", u"Service.T"_s, u"line 3: Service.T is empty there, which means its default"_s);
    row("unit comment inside", systemd, "[Service]\nT=1min \\\n# c\n 30s\n", u"Service.T"_s, u"line 2: a comment stands inside the value of Service.T"_s);
    row("unit comment", systemd, "[Service]\n#T=1\n", u"Service.T"_s, u"there is no value at Service.T (in line 2 it is only a comment)"_s);
    row("unit no section", systemd, "[Service]\nT=1\n", u"T"_s, u"\"T\" names no setting, expected one such as Service.TimeoutStartSec"_s);
    row("binary", ini, QByteArray("[a]\nt=1\n\0", 9), u"a.t"_s, u"line 3: a zero byte: this is no text file"_s);
    row("injection", ini, "[a]\nt=1\n", u"a.t"_s, u"line 2: \"1\nx=2\" cannot be written without a change of quotes"_s, u"1\nx=2"_s);
}

void TestFileEditor::refusals()
{
    QFETCH(int, format);
    QFETCH(QByteArray, file);
    QFETCH(QString, key);
    QFETCH(QString, value);
    QFETCH(QString, error);
    const auto result = writeValue(file, FileFormat(format), key, value);
    QVERIFY2(!result, result ? result->constData() : "");
    QCOMPARE(result.error().message, error);
}

void TestFileEditor::times_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<double>("ms"); // 0: no time
    QTest::newRow("number") << u"30"_s << 30'000.0;
    QTest::newRow("decimal") << u"2.5"_s << 2'500.0;
    QTest::newRow("go") << u"1m30s"_s << 90'000.0;
    QTest::newRow("systemd") << u"1min 30s"_s << 90'000.0;
    QTest::newRow("ms") << u"500ms"_s << 500.0;
    QTest::newRow("space before the unit") << u"5 min"_s << 300'000.0;
    for (const QString &none : {u"infinity"_s, u"0"_s, u""_s, u"-1"_s, u"30x"_s, u"1 2"_s, u"1min 30"_s, u"30;"_s, u"1M"_s})
        QTest::newRow(qPrintable(u"none: "_s + none)) << none << 0.0;
}

void TestFileEditor::times()
{
    QFETCH(QString, text);
    QFETCH(double, ms);
    const auto read = readTime(text, u"s"_s);
    QCOMPARE(read.value_or(0), ms);
    if (read)
        QCOMPARE(writeTime(ms, text, u"s"_s), text); // its own words
}

void TestFileEditor::nextValues_data()
{
    QTest::addColumn<QString>("present");
    QTest::addColumn<QString>("unit");
    QTest::addColumn<double>("max");
    QTest::addColumn<QString>("next"); // empty: at its max
    const auto row = [](const QString &present, const QString &unit, double max, const QString &next) {
        QTest::newRow(qPrintable(present + u" "_s + unit + u" "_s + QString::number(max))) << present << unit << max << next;
    };
    row(u"30"_s, u"s"_s, 120, u"45"_s);
    row(u"100"_s, u"s"_s, 120, u"120"_s);
    row(u"120"_s, u"s"_s, 120, {});
    row(u"200"_s, u"s"_s, 120, {}); // never made smaller
    row(u"1"_s, u"s"_s, 5, u"2"_s);
    row(u"1"_s, u"s"_s, 1.5, {});
    row(u"2.5"_s, u"s"_s, 10, u"3.75"_s);
    row(u"1000"_s, u"ms"_s, 10'000, u"1500"_s);
    row(u"1m"_s, u"s"_s, 120, u"90s"_s);
    row(u"1min 30s"_s, u"s"_s, 500, u"2min 15s"_s);
    row(u"1min 30s"_s, u"s"_s, 120, u"2min"_s);
    row(u"1m30s"_s, u"s"_s, 500, u"2m15s"_s);
    row(u"3h"_s, u"h"_s, 10, u"270m"_s);
    row(u"3 hours"_s, u"h"_s, 10, u"270 min"_s);
    row(u"33s"_s, u"s"_s, 100, u"49500ms"_s);
    row(u"infinity"_s, u"s"_s, 100, {});
    row(u"0"_s, u"s"_s, 100, {});
}

void TestFileEditor::nextValues()
{
    QFETCH(QString, present);
    QFETCH(QString, unit);
    QFETCH(double, max);
    QFETCH(QString, next);
    TimeoutConfig config;
    config.unit = unit;
    config.max = max;
    const auto result = nextTimeout(config, present);
    QCOMPARE(result.value_or(QString()), next);
}

QTEST_GUILESS_MAIN(TestFileEditor)
#include "tst_file_editor.moc"
