// prunellactl diagnose on recorded incidents, as a script calls it: both forms of the topology, gaps, and every way to be wrong.
#include "Ctl.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

/// shop calls cart and search, cart calls db; cart gets slow, and shop with it.
const QByteArray calls = "caller,callee\nshop,cart\nshop,search\ncart,db\ncart,db\ndb,shop\n"; // once twice, and a cycle
const QByteArray matrix = ",shop,cart,search,db\nshop,0.0,1.0,1.0,0\ncart,0,0,,1.0\nsearch,0,0,0,0\ndb,1,0,0,0\n";
const QByteArray header = "microservice,shop,cart,search,db,shop,cart,search,db,db\n"
                          "metric,latency,latency,latency,latency,requests,requests,requests,requests,availability\n"
                          "statistic,Average,Average,Average,Average,Sum,Sum,Sum,Sum,Average\n";
const QByteArray alarmText = R"({"node": "shop", "metric": "latency", "agg": "Average", "timestamp": 1681850394})";

QByteArray normalRows()
{
    QByteArray text;
    for (int i = 0; i < 40; ++i) {
        const QByteArray noise = QByteArray::number(i % 7);
        text += QByteArray::number(1681000000 + 300 * i) + ",0.20" + noise + ",0.05" + noise + ",0.03" + noise + ",0.01" + noise + ",100,100,90,100,"
            + (i % 3 == 0 ? "" : "100") + '\n';
    }
    return text;
}

/// The rows of the incident: cart and with it shop at 0.3 more; now and then nothing was measured.
const QByteArray windowRows = "1681849800,0.203,0.052,0.033,0.012,100,100,90,100,100\n"
                              "1681850100,0.201,,0.031,0.014,101,101,91,101,\n"
                              "1681850400,0.502,0.352,0.034,0.013,99,99,89,99,100\n"
                              "1681850700,0.505,0.354,,0.011,100,100,90,100\n";

class Recorded
{
public:
    Recorded()
    {
        put(u"graph.csv"_s, calls);
        put(u"normal.csv"_s, header + normalRows());
        put(u"window.csv"_s, header + windowRows);
        put(u"alarm.json"_s, alarmText);
    }

    void put(const QString &name, const QByteArray &text) const
    {
        QFile file(m_dir.filePath(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
            qFatal("%s cannot be written", qPrintable(name));
    }

    [[nodiscard]] CtlAnswer diagnose(const QStringList &more = {u"--json"_s}) const
    {
        return ctl(QStringList{u"diagnose"_s, u"--topology"_s, m_dir.filePath(u"graph.csv"_s), u"--normal"_s, m_dir.filePath(u"normal.csv"_s),
                               u"--window"_s, m_dir.filePath(u"window.csv"_s), u"--alarm"_s, m_dir.filePath(u"alarm.json"_s)} + more);
    }

private:
    QTemporaryDir m_dir;
};

QJsonArray rankingOf(const CtlAnswer &answer) { return parsed(answer.out).object()[u"ranking"_s].toArray(); }

} // namespace

class TestSystemDiagnose : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void ranksInJson();
    void ranksInWords();
    void matrixAndFourthHeaderRowSayTheSame();
    void nodesOutsideTheTopologyAreNoted();
    void wrongInput_data();
    void wrongInput();
    void missingFiles();
};

void TestSystemDiagnose::ranksInJson()
{
    const Recorded recorded;
    const CtlAnswer answer = recorded.diagnose();
    QVERIFY2(answer.code == 0 && answer.err.isEmpty(), qPrintable(answer.err));
    const QJsonObject object = parsed(answer.out).object();
    QCOMPARE(object[u"schema"_s].toInt(), 1);
    QVERIFY(object[u"elapsed_ms"_s].isDouble() && object[u"elapsed_ms"_s].toDouble() >= 0);
    const QJsonArray ranking = rankingOf(answer);
    QCOMPARE(ranking.size(), 4);
    double before = 1;
    for (const QJsonValue &cause : ranking) {
        QVERIFY(cause[u"score"_s].toDouble() <= before);
        before = cause[u"score"_s].toDouble();
        QVERIFY(!cause[u"evidence"_s].toArray().isEmpty());
    }
    QCOMPARE(ranking[0][u"node"_s].toString(), u"cart"_s);
    const QString evidence = ranking[0][u"evidence"_s].toArray().first().toString();
    QVERIFY2(evidence.startsWith(u"latency Average rose from 0.05"), qPrintable(evidence));
}

void TestSystemDiagnose::ranksInWords()
{
    const Recorded recorded;
    const CtlAnswer answer = recorded.diagnose({});
    QCOMPARE(answer.code, 0);
    QVERIFY2(answer.out.startsWith(u"1. cart  0."), qPrintable(answer.out));
    for (const char *part : {"what it calls is quiet: db", "on the path shop -> cart", "2. "})
        QVERIFY2(answer.out.contains(QString::fromLatin1(part)), qPrintable(answer.out));
    QVERIFY(answer.err.startsWith(u"ranked in "));
}

void TestSystemDiagnose::matrixAndFourthHeaderRowSayTheSame()
{
    const Recorded recorded;
    const auto before = rankingOf(recorded.diagnose());
    recorded.put(u"graph.csv"_s, "\xEF\xBB\xBF" + QByteArray(matrix).replace('\n', "\r\n"));
    recorded.put(u"normal.csv"_s, header + "unix_timestamp,,,,,,,,,\n" + normalRows());
    recorded.put(u"window.csv"_s, QByteArray(header + "time,,\n" + windowRows).replace('\n', "\r\n"));
    const CtlAnswer answer = recorded.diagnose();
    QVERIFY2(answer.code == 0, qPrintable(answer.err));
    QCOMPARE(rankingOf(answer), before);
}

void TestSystemDiagnose::nodesOutsideTheTopologyAreNoted()
{
    const Recorded recorded;
    recorded.put(u"graph.csv"_s, "caller,callee\nshop,cart\nshop,search\n");
    const CtlAnswer answer = recorded.diagnose();
    QCOMPARE(answer.code, 0);
    QCOMPARE(answer.err, u"note: db is not in the topology: nobody is known to call it\n"_s);
    QCOMPARE(rankingOf(answer).size(), 4);
    QCOMPARE(rankingOf(answer)[0][u"node"_s].toString(), u"cart"_s);
}

void TestSystemDiagnose::wrongInput_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("says");
    const QString graph = u"graph.csv"_s, normal = u"normal.csv"_s, window = u"window.csv"_s, alarm = u"alarm.json"_s;
    QTest::newRow("empty graph") << graph << QByteArray() << u"graph.csv: is empty"_s;
    QTest::newRow("no calls") << graph << QByteArray("caller,callee\n\n") << u"graph.csv: has no calls"_s;
    QTest::newRow("half a call") << graph << QByteArray("caller,callee\nshop,cart\nshop\n") << u"graph.csv:3: expected caller,callee"_s;
    QTest::newRow("calls without a header") << graph << QByteArray("shop,cart\ncart,db\n") << u"graph.csv:2: column 2 (cart): \"db\" is no number"_s;
    QTest::newRow("one column") << graph << QByteArray("shop\ncart\n") << u"graph.csv:1: is neither"_s;
    QTest::newRow("a name twice") << graph << QByteArray(",shop,shop\nshop,0,1\n") << u"graph.csv:1: column 3"_s;
    QTest::newRow("a row too long") << graph << QByteArray(",shop\nshop,0,1\n") << u"graph.csv:2: expected a name and 1 numbers"_s;
    QTest::newRow("empty normal") << normal << QByteArray(" \n") << u"normal.csv: is empty"_s;
    QTest::newRow("normal without rows") << normal << header << u"normal.csv: has no row of values"_s;
    QTest::newRow("no headers") << window << windowRows << u"window.csv:1: expected header row 1 to begin with microservice"_s;
    QTest::newRow("two headers") << window << QByteArray("microservice,a\nmetric,latency\n") << u"window.csv: expected header row 3 to begin with statistic"_s;
    QTest::newRow("headers of two lengths") << window << QByteArray("microservice,a\nmetric\nstatistic,x\n1,2\n") << u"window.csv:2: has 1 columns"_s;
    QTest::newRow("no column") << window << QByteArray("microservice\nmetric\nstatistic\n1\n") << u"window.csv:1: has no columns"_s;
    QTest::newRow("a column twice") << window << QByteArray("microservice,a,a\nmetric,latency,latency\nstatistic,x,x\n1,2,3\n")
                                    << u"window.csv:1: column 3 repeats latency of a"_s;
    QTest::newRow("a column without a name") << window << QByteArray("microservice,\nmetric,latency\nstatistic,x\n1,2\n") << u"window.csv:1: column 2 has no node"_s;
    QTest::newRow("a word for a value") << window << QByteArray(header + "1681850100,0.2,high\n") << u"window.csv:4: column 3 (cart latency): \"high\" is no number"_s;
    QTest::newRow("infinite") << window << QByteArray(header + "1681850100,inf\n") << u"window.csv:4: column 2 (shop latency): \"inf\" is no number"_s;
    QTest::newRow("a word for a time") << window << QByteArray(header + "noon,0.2\n") << u"window.csv:4: no time in epoch seconds: \"noon\""_s;
    QTest::newRow("too many values") << window << QByteArray(header + "1681850100,1,2,3,4,5,6,7,8,9,10\n") << u"window.csv:4: has 11 columns, its header 10"_s;
    QTest::newRow("no JSON") << alarm << QByteArray("{\n\"node\": shop}") << u"alarm.json:2: no JSON"_s;
    QTest::newRow("empty alarm") << alarm << QByteArray() << u"alarm.json:1: no JSON"_s;
    QTest::newRow("a list") << alarm << QByteArray("[]") << u"alarm.json: expected an object"_s;
    QTest::newRow("no time") << alarm << QByteArray(R"({"node": "shop", "metric": "latency"})") << u"alarm.json: expected an object"_s;
    QTest::newRow("nobody's alarm") << alarm << QByteArray(alarmText).replace("shop", "till") << u"alarm.json: node till is not in the topology"_s;
}

void TestSystemDiagnose::wrongInput()
{
    QFETCH(QString, file);
    QFETCH(QByteArray, text);
    QFETCH(QString, says);
    const Recorded recorded;
    recorded.put(file, text);
    const CtlAnswer answer = recorded.diagnose();
    QCOMPARE(answer.code, 2);
    QVERIFY2(answer.err.contains(says), qPrintable(answer.err));
    QCOMPARE(answer.err.count(u'\n'), 1);
    QVERIFY(answer.out.isEmpty());
}

void TestSystemDiagnose::missingFiles()
{
    const CtlAnswer answer = ctl({u"diagnose"_s, u"--topology"_s, u"/nowhere/graph.csv"_s, u"--normal"_s, u"n"_s, u"--window"_s, u"w"_s, u"--alarm"_s, u"a"_s});
    QCOMPARE(answer.code, 2);
    QVERIFY2(answer.err.contains(u"/nowhere/graph.csv cannot be read"), qPrintable(answer.err));
    const CtlAnswer directory = ctl({u"diagnose"_s, u"--topology"_s, u"/tmp"_s, u"--normal"_s, u"n"_s, u"--window"_s, u"w"_s, u"--alarm"_s, u"a"_s});
    QCOMPARE(directory.code, 2);
    QCOMPARE(ctl({u"diagnose"_s, u"--json"_s}).code, 2);
}

QTEST_GUILESS_MAIN(TestSystemDiagnose)
#include "tst_system_diagnose.moc"
