// Mining templates: what merges, what stays apart, bounds under hostile input, save and restore, levels, times.
#include "core/detection/LogTime.h"
#include "core/detection/TemplateMiner.h"

#include <QTest>

#include <random>

using namespace prunella;

namespace {

/// 300 raw lines of two kinds, as syslog writes them.
std::vector<std::string> syslog()
{
    std::vector<std::string> lines;
    for (int i = 0; i < 300; ++i) {
        const std::string head = "Jun 14 15:16:" + std::to_string(10 + i % 50) + " host app[" + std::to_string(i) + "]: ";
        lines.push_back(head + (i % 2 ? "session opened for user " + std::string(1, char('a' + i % 26)) : "disk is full"));
    }
    return lines;
}

std::string randomLine(std::mt19937_64 &random)
{
    std::string line;
    const std::size_t words = 1 + random() % 20;
    for (std::size_t w = 0; w < words; ++w) {
        const std::size_t length = 1 + random() % 12;
        for (std::size_t c = 0; c < length; ++c)
            line += char('a' + random() % 26);
        line += " =:([\"'|.,;<"[random() % 12];
    }
    return line;
}

} // namespace

class TestTemplateMiner : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void namesInOnePlaceMerge();
    void alternativesStayApart();
    void headersAreCutOff();
    void shortFilesAreFinished();
    void hostileInput_data();
    void hostileInput();
    void oddBytes();
    void largestTemplates();
    void restoredGoesOn();
    void damagedAndCutBytesAreRefused();
    void refusedLeavesItAsItWas();
    void sameLinesSameIds();
    void levels_data();
    void levels();
    void times_data();
    void times();
    void noTimes_data();
    void noTimes();
};

void TestTemplateMiner::namesInOnePlaceMerge()
{
    TemplateMiner miner(LineFormat::Message);
    std::vector<TemplateId> ids;
    for (const char *name : {"root", "uucp", "mysql", "git", "nobody", "alice"})
        ids.push_back(miner.add(std::string("Failed password for ") + name + " from 10.0.0.1 port 22", qint64(ids.size())));
    for (const TemplateId id : ids)
        QCOMPARE(miner.resolve(id), miner.resolve(ids[0]));
    const auto info = miner.info(ids[1]);
    QVERIFY(info.has_value());
    QCOMPARE(QByteArray::fromStdString(info->text), "Failed password for <*> from <*> port <*>");
    QCOMPARE(info->count, 6u);
    QCOMPARE(info->firstMs, 0);
    QCOMPARE(info->lastMs, 5);
}

void TestTemplateMiner::alternativesStayApart()
{
    TemplateMiner miner(LineFormat::Message);
    const auto up = miner.add("link eth0 is up now"), down = miner.add("link eth0 is down now");
    QVERIFY(miner.resolve(up) != miner.resolve(down));
}

void TestTemplateMiner::headersAreCutOff()
{
    TemplateMiner miner(LineFormat::Raw);
    TemplateId full = kNoTemplate;
    for (const std::string &line : syslog()) {
        const TemplateId id = miner.add(line);
        full = line.ends_with("disk is full") ? id : full;
    }
    QCOMPARE(QByteArray::fromStdString(miner.info(full)->text), "disk is full");
    QCOMPARE(miner.info(full)->count, 150u);
    QCOMPARE(miner.lines(), 300u);
}

void TestTemplateMiner::shortFilesAreFinished()
{
    TemplateMiner miner(LineFormat::Raw);
    std::vector<TemplateId> ids;
    for (int i = 0; i < 12; ++i)
        ids.push_back(miner.add("2024-05-01T12:00:0" + std::to_string(i % 10) + "Z host" + std::to_string(i) + " INFO ready"));
    miner.finish();
    for (const TemplateId id : ids)
        QCOMPARE(miner.resolve(id), miner.resolve(ids[0]));
}

void TestTemplateMiner::hostileInput_data()
{
    QTest::addColumn<int>("format");
    QTest::newRow("message") << int(LineFormat::Message);
    QTest::newRow("raw") << int(LineFormat::Raw);
}

void TestTemplateMiner::hostileInput()
{
    QFETCH(int, format);
    TemplateMiner miner{LineFormat(format)};
    std::mt19937_64 random(1);
    for (int i = 0; i < 20'000; ++i) {
        std::string line = randomLine(random);
        if (i % 1000 == 0)
            line.append(20'000, char(random()));
        QVERIFY(miner.resolve(miner.add(line, i)) != kNoTemplate);
    }
    QVERIFY(miner.memoryBytes() <= TemplateMiner::kMaxMemory);
    QVERIFY(miner.evictions() > 0);
    QVERIFY(miner.templates().size() <= TemplateStore::kMaxNodes);
}

void TestTemplateMiner::oddBytes()
{
    TemplateMiner miner(LineFormat::Raw);
    std::mt19937_64 random(2);
    for (int i = 0; i < 5000; ++i) {
        std::string line;
        for (std::size_t n = random() % 200; n > 0; --n)
            line += char(random());
        QVERIFY(miner.resolve(miner.add(line, i)) != kNoTemplate);
    }
    QVERIFY(miner.resolve(miner.add("")) != kNoTemplate);
    QVERIFY(miner.resolve(miner.add(std::string(5, '\0'))) != kNoTemplate);
    QVERIFY(miner.resolve(miner.add(std::string(100'000, '['))) != kNoTemplate);
}

/// Every node as large as it can be.
void TestTemplateMiner::largestTemplates()
{
    TemplateMiner miner(LineFormat::Message);
    for (std::size_t i = 0; i < 9000; ++i) {
        std::string line;
        for (std::size_t w = 0; w < 127; ++w) {
            std::size_t v = i * 131 + w;
            for (int c = 0; c < 8; ++c, v /= 7)
                line += char('g' + v % 7);
            line += std::string(60, 'z') + ' ';
        }
        miner.add(line);
    }
    QVERIFY(miner.evictions() > 0);
    QVERIFY2(miner.memoryBytes() <= TemplateMiner::kMaxMemory, qPrintable(QString::number(miner.memoryBytes())));
}

void TestTemplateMiner::restoredGoesOn()
{
    TemplateMiner miner(LineFormat::Raw);
    std::vector<TemplateId> ids;
    for (const std::string &line : syslog())
        ids.push_back(miner.add(line, qint64(ids.size())));
    TemplateMiner other(LineFormat::Message);
    QVERIFY(other.restore(miner.serialize()));
    QCOMPARE(other.templates().size(), miner.templates().size());
    QCOMPARE(other.lines(), miner.lines());
    for (const TemplateId id : ids)
        QCOMPARE(other.resolve(id), miner.resolve(id));
    const auto again = other.add("Jun 15 01:02:03 elsewhere app[7]: disk is full", 400);
    QCOMPARE(other.resolve(again), other.resolve(ids[0]));
    QCOMPARE(other.info(again)->count, 151u);
    QCOMPARE(other.info(again)->firstMs, 0);
    QCOMPARE(other.info(again)->lastMs, 400);
    TemplateMiner third;
    QVERIFY(third.restore(miner.serialize()));
    QVERIFY(third.serialize() == miner.serialize());
}

void TestTemplateMiner::damagedAndCutBytesAreRefused()
{
    TemplateMiner miner(LineFormat::Raw), other(LineFormat::Raw);
    for (const std::string &line : syslog())
        miner.add(line);
    const std::string saved = miner.serialize();
    std::mt19937_64 random(3);
    for (int i = 0; i < 2000; ++i) {
        std::string bad = saved;
        bad[random() % bad.size()] ^= char(1 + random() % 255);
        QVERIFY2(!other.restore(bad), qPrintable(QString::number(i)));
        QVERIFY2(!other.restore(saved.substr(0, random() % saved.size())), qPrintable(QString::number(i)));
    }
    QVERIFY(!other.restore({}));
    QVERIFY(!other.restore(saved + '\0'));
    QVERIFY(other.restore(saved));
}

void TestTemplateMiner::refusedLeavesItAsItWas()
{
    TemplateMiner miner(LineFormat::Message);
    const auto id = miner.add("disk is full");
    const std::string before = miner.serialize();
    QVERIFY(!miner.restore(before.substr(0, before.size() - 1)));
    QVERIFY(miner.serialize() == before);
    QCOMPARE(miner.add("disk is full"), id);
}

void TestTemplateMiner::sameLinesSameIds()
{
    TemplateMiner miners[2] = {TemplateMiner(LineFormat::Raw), TemplateMiner(LineFormat::Raw)};
    const auto plain = syslog();
    std::vector<TemplateId> ids[2];
    for (int run = 0; run < 2; ++run) {
        std::mt19937_64 random(8);
        for (int i = 0; i < 12'000; ++i)
            ids[run].push_back(miners[run].add(i % 3 ? randomLine(random) : plain[std::size_t(i % 300)], i));
    }
    QVERIFY(ids[0] == ids[1]);
    QVERIFY(miners[0].serialize() == miners[1].serialize());
}

void TestTemplateMiner::levels_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<int>("level");
    const auto row = [](const char *line, LogLevel level) { QTest::newRow(*line ? line : "empty") << QByteArray(line) << int(level); };
    row("2015-10-18 18:01:47,978 ERROR [main] x: y", LogLevel::Error);
    row("E/AndroidRuntime( 12): died", LogLevel::Error);
    row("<3>kernel: oops", LogLevel::Error);
    row("[Sun Dec 04 04:47:44 2005] [error] x", LogLevel::Error);
    row("12:00:01 FATAL x", LogLevel::Critical);
    row("time=\"x\" level=error msg=\"y\"", LogLevel::Error);
    row("{\"level\":\"warn\",\"msg\":\"x\"}", LogLevel::Warning);
    row("03-17 16:13:38.811  1702  2395 D Tag: x", LogLevel::Debug);
    row("Jun 14 15:16:01 combo sshd[1]: there was an error somewhere", LogLevel::Unknown);
    row("", LogLevel::Unknown);
}

void TestTemplateMiner::levels()
{
    QFETCH(QByteArray, line);
    QFETCH(int, level);
    QCOMPARE(int(levelOf(std::string_view(line.constData(), std::size_t(line.size())))), level);
}

void TestTemplateMiner::times_data()
{
    QTest::addColumn<QByteArray>("stamp");
    for (const char *stamp : {"Jun  4 15:16:01", "2015-10-18 18:01:47,978", "2024-05-01T12:00:00.123456+02:00", "1117838570",
                              "1700000000123", "03-17 16:13:38.811", "17/06/09 20:10:40", "20171223-22:15:29:606", "081109 203615",
                              "2005-06-03-15.42.50.675872", "Sun Dec 04 04:47:44 2005", "10/Oct/2000:13:55:36 -0700", "2005.06.03",
                              "10.30 16:49:06", "12:00:01.5", "Wed, 14 Jun 2005 15:16:01", "2024-05-01T12:00:00Z"})
        QTest::newRow(stamp) << QByteArray(stamp);
}

void TestTemplateMiner::times()
{
    QFETCH(QByteArray, stamp);
    QCOMPARE(qsizetype(scanTime(std::string_view(stamp.constData(), std::size_t(stamp.size())), 0)), stamp.size());
}

void TestTemplateMiner::noTimes_data()
{
    QTest::addColumn<QByteArray>("text");
    for (const char *text : {"10.0.0.1", "1.2", "june", "5:3", "12345", "Mayor", "3-4", "127.0.0.1:80"})
        QTest::newRow(text) << QByteArray(text);
}

void TestTemplateMiner::noTimes()
{
    QFETCH(QByteArray, text);
    QCOMPARE(scanTime(std::string_view(text.constData(), std::size_t(text.size())), 0), 0u);
}

QTEST_APPLESS_MAIN(TestTemplateMiner)
#include "tst_template_miner.moc"
