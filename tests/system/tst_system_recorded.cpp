// prunellactl detect and patterns on recorded files, as a script calls them.
#include "Ctl.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include <random>

using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

void write(const QString &path, const QByteArray &text)
{
    QDir().mkpath(QFileInfo(path).path());
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
        qFatal("%s cannot be written", qPrintable(path));
}

QByteArrayList linesOf(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    auto lines = file.readAll().split('\n');
    if (!lines.isEmpty() && lines.last().isEmpty())
        lines.removeLast();
    return lines;
}

/// A value each five minutes around 50, one of them far out.
QByteArray series(int count, int odd = -1)
{
    std::mt19937 random(4);
    QByteArray text = "timestamp,value\n";
    for (int i = 0; i < count; ++i) {
        const QByteArray time = "2014-04-" + QByteArray::number(1 + i / 288).rightJustified(2, '0') + ' '
            + QByteArray::number(i / 12 % 24).rightJustified(2, '0') + ':' + QByteArray::number(i % 12 * 5).rightJustified(2, '0') + ":00";
        const double value = i == odd ? 500.0 : 50 + double(random() % 1000) / 100;
        text += time + ',' + QByteArray::number(value) + '\n';
    }
    return text;
}

double scoreOf(const QByteArray &line)
{
    return line.mid(line.lastIndexOf(',') + 1).toDouble();
}

QString readAll(const QString &path)
{
    return QString::fromUtf8(linesOf(path).join('\n'));
}

QByteArray syslog(int i)
{
    const QByteArray head = "Jun 14 15:" + QByteArray::number(10 + i / 50 % 50) + ':' + QByteArray::number(10 + i % 50) + " host app[" + QByteArray::number(i) + "]: ";
    return head + (i % 3 ? "session " + QByteArray::number(i) + " opened" : QByteArray("ERROR disk is full")) + '\n';
}

} // namespace

class TestSystemRecorded : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(m_dir.isValid()); }
    void oneFile();
    void columns();
    void quotedAndEmpty();
    void timesAreUnderstood_data();
    void timesAreUnderstood();
    void theInputIsNeverOverwritten();
    void theMachinesZoneDoesNotMatter();
    void aDirectory();
    void relativePaths();
    void theFutureChangesNothing();
    void sameInputSameBytes();
    void wrongInput();
    void rawPatterns();
    void messagePatterns();
    void theFormatCounts();
    void patternsAsJson();
    void wrongPatternCalls();
    void oddLogs();

private:
    QString path(const QString &name) const { return m_dir.path() + u'/' + name; }
    CtlAnswer detect(const QString &input, const QString &output, const QStringList &more = {}) const
    {
        return ctl(QStringList{u"detect"_s, u"--input"_s, input, u"--output"_s, output} + more);
    }

    QTemporaryDir m_dir;
};

void TestSystemRecorded::oneFile()
{
    const QByteArray text = series(2000, 1500);
    write(path(u"one.csv"_s), text);
    const auto answer = detect(path(u"one.csv"_s), path(u"new/out/one.csv"_s)); // folders are made
    QVERIFY2(answer.code == 0 && answer.err.isEmpty(), qPrintable(answer.err));
    const auto in = text.trimmed().split('\n'), out = linesOf(path(u"new/out/one.csv"_s));
    QCOMPARE(out.size(), in.size());
    QCOMPARE(out[0], "timestamp,value,anomaly_score");
    for (int i = 1; i < out.size(); ++i) {
        QVERIFY(out[i].startsWith(QByteArray(in[i] + ',')));
        QVERIFY2(scoreOf(out[i]) >= 0 && scoreOf(out[i]) <= 1, out[i].constData());
    }
    QVERIFY2(scoreOf(out[1501]) >= 0.9999, out[1501].constData());
    QVERIFY(std::count_if(out.begin() + 1, out.end(), [](const QByteArray &line) { return scoreOf(line) >= 0.9999; }) <= 5);
}

void TestSystemRecorded::columns()
{
    write(path(u"order.csv"_s), "host,load,when\nweb,1.5,2014-04-01 00:00:00\nweb,1.6,2014-04-01 00:05:00\n");
    const auto answer = detect(path(u"order.csv"_s), path(u"order.out"_s), {u"--time-column"_s, u"when"_s, u"--value-column"_s, u"load"_s});
    QVERIFY2(answer.code == 0, qPrintable(answer.err));
    const auto out = linesOf(path(u"order.out"_s));
    QCOMPARE(out.size(), 3);
    QCOMPARE(out[0], "timestamp,value,anomaly_score");
    QVERIFY2(out[1].startsWith("2014-04-01 00:00:00,1.5,"), out[1].constData());
    write(path(u"swapped.csv"_s), "\xEF\xBB\xBFvalue,timestamp\r\n7,2014-04-01 00:00:00\r\n\r\n8,2014-04-01 00:05:00\r\n");
    QCOMPARE(detect(path(u"swapped.csv"_s), path(u"swapped.out"_s)).code, 0);
    const auto swapped = linesOf(path(u"swapped.out"_s));
    QCOMPARE(swapped.size(), 3);
    QVERIFY2(swapped[2].startsWith("2014-04-01 00:05:00,8,"), swapped[2].constData());
}

void TestSystemRecorded::quotedAndEmpty()
{
    write(path(u"quoted.csv"_s), "\"note\",\"timestamp\",\"value\"\n\"a, \"\"b\"\"\",\"2014-04-01 00:00:00\",\"1.5\"\n"
                                 "x,2014-04-01 00:05:00,\nx,2014-04-01 00:10:00,none\nx,2014-04-01 00:15:00,\"1,\"\"5\"\nx,2014-04-01 00:20:00,2\n");
    const auto answer = detect(path(u"quoted.csv"_s), path(u"quoted.out"_s));
    QVERIFY2(answer.code == 0, qPrintable(answer.err));
    const auto out = linesOf(path(u"quoted.out"_s));
    QCOMPARE(out.size(), 6);
    QVERIFY2(out[1].startsWith("2014-04-01 00:00:00,1.5,"), out[1].constData());
    QCOMPARE(out[2], "2014-04-01 00:05:00,,0"); // nothing was measured: nothing is unusual
    QCOMPARE(out[3], "2014-04-01 00:10:00,none,0");
    QCOMPARE(out[4], "2014-04-01 00:15:00,\"1,\"\"5\",0"); // still three fields
    QVERIFY2(out[5].startsWith("2014-04-01 00:20:00,2,"), out[5].constData());
}

void TestSystemRecorded::timesAreUnderstood_data()
{
    QTest::addColumn<QByteArray>("time");
    QTest::addColumn<int>("code");
    for (const char *time : {"1396310400", "1396310400.25", "2014-04-01T00:00:00Z", "2014-04-01T00:00:00+02:00", "2014-04-01 00:00:00.123",
                             "2014-04-01", "2014/04/01 00:00:00", " 2014-04-01 00:00:00 ", "-5"})
        QTest::newRow(time) << QByteArray(time) << 0;
    for (const char *time : {"yesterday", "", "2014-13-01 00:00:00", "nan", "inf", "1e300"})
        QTest::newRow(*time ? time : "empty") << QByteArray(time) << 2;
}

void TestSystemRecorded::timesAreUnderstood()
{
    QFETCH(QByteArray, time);
    QFETCH(int, code);
    write(path(u"time.csv"_s), "timestamp,value\n" + time + ",1\n");
    const auto answer = detect(path(u"time.csv"_s), path(u"time.out"_s));
    QCOMPARE(answer.code, code);
    if (code != 0)
        QVERIFY2(answer.err.contains(u"time.csv:2: no time in column timestamp"_s), qPrintable(answer.err));
}

void TestSystemRecorded::theInputIsNeverOverwritten()
{
    const QByteArray text = series(2000);
    write(path(u"own/a.csv"_s), text);
    QFile::link(path(u"own/a.csv"_s), path(u"link.csv"_s));
    for (const QString &name : {u"own/a.csv"_s, u"link.csv"_s}) {
        const auto answer = detect(path(u"own/a.csv"_s), path(name));
        QCOMPARE(answer.code, 2);
        QVERIFY2(answer.err.contains(u"would be overwritten"_s), qPrintable(answer.err));
    }
    QCOMPARE(detect(path(u"own"_s), path(u"own"_s)).code, 2);
    QVERIFY(linesOf(path(u"own/a.csv"_s)) == text.trimmed().split('\n'));
}

void TestSystemRecorded::theMachinesZoneDoesNotMatter()
{
    QByteArray text = series(2500, 2000);
    text.replace("2014-04-", "2014-11-"); // on the 2nd New York put its clocks back
    write(path(u"zone.csv"_s), text);
    for (const QString &zone : {u"UTC"_s, u"America/New_York"_s}) {
        const auto answer = ctl({u"detect"_s, u"--input"_s, path(u"zone.csv"_s), u"--output"_s, path(zone)}, {u"TZ="_s + zone});
        QVERIFY2(answer.code == 0, qPrintable(answer.err));
    }
    QCOMPARE(linesOf(path(u"UTC"_s)).size(), 2501);
    QVERIFY(linesOf(path(u"UTC"_s)) == linesOf(path(u"America/New_York"_s)));
}

void TestSystemRecorded::aDirectory()
{
    const QStringList names{u"a.csv"_s, u"deep/er/b.csv"_s, u"deep/c d.csv"_s};
    for (const QString &name : names)
        write(path(u"in/"_s + name), series(50));
    write(path(u"in/deep/readme.txt"_s), "not a series");
    const auto answer = detect(path(u"in"_s), path(u"out"_s));
    QVERIFY2(answer.code == 0, qPrintable(answer.err));
    QVERIFY2(answer.out.startsWith(u"3 files scored"_s), qPrintable(answer.out));
    for (const QString &name : names)
        QCOMPARE(linesOf(path(u"out/"_s + name)).size(), 51);
    QVERIFY(!QFile::exists(path(u"out/deep/readme.txt"_s)));
    QCOMPARE(readAll(path(u"out/a.csv"_s)), readAll(path(u"out/deep/er/b.csv"_s)));
}

void TestSystemRecorded::relativePaths()
{
    write(path(u"rel/in/x/one.csv"_s), series(50));
    const QString before = QDir::currentPath();
    QVERIFY(QDir::setCurrent(path(u"rel"_s)));
    const auto directory = detect(u"in"_s, u"out"_s), dotted = detect(u"./in/"_s, u"../rel/out2/"_s), file = detect(u"in/x/one.csv"_s, u"one.out"_s);
    QDir::setCurrent(before);
    QVERIFY2(directory.code == 0 && dotted.code == 0 && file.code == 0, qPrintable(directory.err + dotted.err + file.err));
    QCOMPARE(linesOf(path(u"rel/out/x/one.csv"_s)).size(), 51);
    QCOMPARE(linesOf(path(u"rel/out2/x/one.csv"_s)).size(), 51);
    QCOMPARE(linesOf(path(u"rel/one.out"_s)).size(), 51);
}

void TestSystemRecorded::theFutureChangesNothing()
{
    const QByteArray whole = series(3000, 2500);
    const auto lines = whole.split('\n');
    write(path(u"whole.csv"_s), whole);
    write(path(u"half.csv"_s), QByteArrayList(lines.mid(0, 1501)).join('\n') + '\n');
    QCOMPARE(detect(path(u"whole.csv"_s), path(u"whole.out"_s)).code, 0);
    QCOMPARE(detect(path(u"half.csv"_s), path(u"half.out"_s)).code, 0);
    const auto all = linesOf(path(u"whole.out"_s)), half = linesOf(path(u"half.out"_s));
    QCOMPARE(all.size(), 3001);
    QCOMPARE(half.size(), 1501);
    QVERIFY(all.mid(0, 1501) == half);
}

void TestSystemRecorded::sameInputSameBytes()
{
    write(path(u"same.csv"_s), series(1000, 700));
    QCOMPARE(detect(path(u"same.csv"_s), path(u"same1.out"_s)).code, 0);
    QCOMPARE(detect(path(u"same.csv"_s), path(u"same2.out"_s)).code, 0);
    QCOMPARE(readAll(path(u"same1.out"_s)), readAll(path(u"same2.out"_s)));
}

void TestSystemRecorded::wrongInput()
{
    const auto oneLine = [](const CtlAnswer &answer) { return answer.err.startsWith(u"prunellactl: "_s) && answer.err.count(u'\n') == 1 && answer.out.isEmpty(); };
    const auto missing = detect(path(u"nowhere.csv"_s), path(u"x.out"_s));
    QCOMPARE(missing.code, 1);
    QVERIFY2(oneLine(missing) && missing.err.contains(u"nowhere.csv does not exist"_s), qPrintable(missing.err));
    write(path(u"columns.csv"_s), "time,value\n1,2\n");
    const auto column = detect(path(u"columns.csv"_s), path(u"x.out"_s));
    QCOMPARE(column.code, 2);
    QVERIFY2(oneLine(column) && column.err.contains(u"columns.csv has no column timestamp (its header: time,value)"_s), qPrintable(column.err));
    QVERIFY(detect(path(u"columns.csv"_s), path(u"x.out"_s), {u"--time-column"_s, u"time"_s, u"--value-column"_s, u"load"_s}).err.contains(u"no column load"_s));
    QVERIFY(!QFile::exists(path(u"x.out"_s)));
    write(path(u"empty.csv"_s), {});
    QCOMPARE(detect(path(u"empty.csv"_s), path(u"x.out"_s)).code, 1);
    write(path(u"short.csv"_s), "timestamp,value\n1396310400,5\n1396310700\n");
    const auto cut = detect(path(u"short.csv"_s), path(u"x.out"_s));
    QCOMPARE(cut.code, 2);
    QVERIFY2(oneLine(cut) && cut.err.contains(u"short.csv:3:"_s), qPrintable(cut.err));
    QDir().mkpath(path(u"nothing"_s));
    QCOMPARE(detect(path(u"nothing"_s), path(u"x"_s)).code, 1);
    QCOMPARE(ctl({u"detect"_s, u"--input"_s, path(u"columns.csv"_s)}).code, 2);
    const auto unwritable = detect(path(u"columns.csv"_s), u"/proc/nowhere/x.csv"_s, {u"--time-column"_s, u"time"_s});
    QCOMPARE(unwritable.code, 5);
    QVERIFY2(oneLine(unwritable), qPrintable(unwritable.err));
}

void TestSystemRecorded::rawPatterns()
{
    QByteArray log;
    for (int i = 0; i < 300; ++i)
        log += syslog(i);
    write(path(u"raw.log"_s), log);
    const auto answer = ctl({u"patterns"_s, u"--input"_s, path(u"raw.log"_s), u"--output"_s, path(u"raw.csv"_s)});
    QVERIFY2(answer.code == 0 && answer.out.isEmpty(), qPrintable(answer.err));
    const auto out = linesOf(path(u"raw.csv"_s));
    QCOMPARE(out.size(), 301);
    QCOMPARE(out[0], "LineId,cluster_id");
    QSet<QByteArray> clusters[2];
    for (int i = 1; i <= 300; ++i) {
        const auto fields = out[i].split(',');
        QCOMPARE(fields.size(), 2);
        QCOMPARE(fields[0].toInt(), i);
        clusters[(i - 1) % 3 ? 1 : 0].insert(fields[1]);
    }
    QCOMPARE(clusters[0].size(), 1);
    QCOMPARE(clusters[1].size(), 1);
    QVERIFY(clusters[0] != clusters[1]);
}

void TestSystemRecorded::messagePatterns()
{
    write(path(u"message.log"_s), "session 1 opened\nsession 2 opened\n\nlink is up\r\nsession 3 opened"); // no line end at the end
    const auto answer = ctl({u"patterns"_s, u"--input"_s, path(u"message.log"_s), u"--output"_s, path(u"message.csv"_s), u"--format"_s, u"message"_s});
    QVERIFY2(answer.code == 0, qPrintable(answer.err));
    const auto out = linesOf(path(u"message.csv"_s));
    QCOMPARE(out.size(), 6);
    const auto cluster = [&out](int line) { return out[line].split(',')[1]; };
    QCOMPARE(cluster(1), cluster(2));
    QCOMPARE(cluster(1), cluster(5));
    QVERIFY(cluster(4) != cluster(1) && cluster(3) != cluster(1) && cluster(3) != cluster(4));
    const auto table = ctl({u"patterns"_s, u"--input"_s, path(u"message.log"_s), u"--format"_s, u"message"_s});
    QVERIFY2(table.out.startsWith(u"COUNT "_s) && table.out.contains(u"session <*> opened\n"_s), qPrintable(table.out));
}

/// Time and level are header of a raw line and part of a message; also of a file that is too short to warm up.
void TestSystemRecorded::theFormatCounts()
{
    QByteArray log;
    for (int i = 0; i < 12; ++i)
        log += "2024-05-01 12:00:" + QByteArray::number(10 + i) + (i % 2 ? " INFO" : " ERROR") + " ready\n";
    write(path(u"short.log"_s), log);
    const auto templates = [this](const QString &format) {
        return parsed(ctl({u"patterns"_s, u"--input"_s, path(u"short.log"_s), u"--format"_s, format, u"--json"_s}).out).object().value(u"templates"_s).toArray().size();
    };
    QCOMPARE(templates(u"raw"_s), 1);
    QCOMPARE(templates(u"message"_s), 2);
}

void TestSystemRecorded::patternsAsJson()
{
    QByteArray log;
    for (int i = 0; i < 300; ++i)
        log += syslog(i);
    write(path(u"json.log"_s), log);
    const auto answer = ctl({u"patterns"_s, u"--input"_s, path(u"json.log"_s), u"--json"_s});
    QVERIFY2(answer.code == 0, qPrintable(answer.err));
    const QJsonObject object = parsed(answer.out).object();
    QCOMPARE(object.value(u"schema"_s).toInt(), 1);
    QCOMPARE(object.value(u"lines"_s).toInt(), 300);
    const QJsonArray templates = object.value(u"templates"_s).toArray();
    QCOMPARE(templates.size(), 2);
    QCOMPARE(templates[0].toObject().value(u"count"_s).toInt(), 200); // the most frequent first
    QCOMPARE(templates[1].toObject().value(u"count"_s).toInt(), 100);
    QCOMPARE(templates[0].toObject().value(u"template"_s).toString(), u"session <*> opened"_s);
    QVERIFY(templates[1].toObject().value(u"example"_s).toString().contains(u"disk is full"_s));
    QVERIFY(templates[1].toObject().value(u"cluster_id"_s).toInt() > 0);
    QCOMPARE(templates[1].toObject().value(u"level"_s).toString(), u"error"_s);
}

void TestSystemRecorded::wrongPatternCalls()
{
    const auto missing = ctl({u"patterns"_s, u"--input"_s, path(u"nowhere.log"_s)});
    QCOMPARE(missing.code, 1);
    QVERIFY2(missing.err.contains(u"nowhere.log cannot be read"_s) && missing.err.count(u'\n') == 1, qPrintable(missing.err));
    write(path(u"some.log"_s), "x\n");
    QCOMPARE(ctl({u"patterns"_s, u"--input"_s, path(u"some.log"_s), u"--format"_s, u"binary"_s}).code, 2);
    QCOMPARE(ctl({u"patterns"_s}).code, 2);
    QCOMPARE(ctl({u"patterns"_s, u"--input"_s, path(u"some.log"_s), u"--output"_s, path(u"no/such/folder/x.csv"_s)}).code, 5);
    const auto directory = ctl({u"patterns"_s, u"--input"_s, m_dir.path()});
    QVERIFY2(directory.code == 1 && directory.err.contains(u"cannot be read"_s), qPrintable(directory.out));
}

void TestSystemRecorded::oddLogs()
{
    write(path(u"nothing.log"_s), {});
    QCOMPARE(ctl({u"patterns"_s, u"--input"_s, path(u"nothing.log"_s), u"--output"_s, path(u"nothing.csv"_s)}).code, 0);
    QCOMPARE(linesOf(path(u"nothing.csv"_s)).size(), 1);
    write(path(u"odd.log"_s), QByteArray("\0\xff\xfe\n", 4) + QByteArray(100'000, '[') + "\n\n");
    const auto answer = ctl({u"patterns"_s, u"--input"_s, path(u"odd.log"_s), u"--json"_s, u"--output"_s, path(u"odd.csv"_s)});
    QVERIFY2(answer.code == 0, qPrintable(answer.err));
    QCOMPARE(parsed(answer.out).object().value(u"lines"_s).toInt(), 3);
    QCOMPARE(linesOf(path(u"odd.csv"_s)).size(), 4);
}

QTEST_GUILESS_MAIN(TestSystemRecorded)
#include "tst_system_recorded.moc"
