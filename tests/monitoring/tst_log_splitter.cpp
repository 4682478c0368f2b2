// Lines out of bytes, whatever the chunks.
#include "core/monitoring/LogPosition.h"

#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

struct Lines {
    QByteArrayList texts;
    int truncated = 0;
    LogSplitter::Sink sink = [this](QByteArray text, bool cut) { texts.append(std::move(text)); truncated += cut; };
};

} // namespace

class tst_log_splitter : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void splits_data();
    void splits();
    void longLines_data();
    void longLines();
    void unfinishedLineIsGivenOut();
    void chunksDoNotMatter();
    void memoryIsBounded();
    void positionsSurviveText();
};

void tst_log_splitter::splits_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArrayList>("lines");
    QTest::newRow("two") << QByteArray("a\nb\n") << QByteArrayList{"a", "b"};
    QTest::newRow("unfinished") << QByteArray("a\nb") << QByteArrayList{"a"};
    QTest::newRow("empty lines count") << QByteArray("\n\na\n") << QByteArrayList{"", "", "a"};
    QTest::newRow("CRLF") << QByteArray("a\r\nb\r\r\n\r\n") << QByteArrayList{"a", "b\r", ""};
    QTest::newRow("CR alone is a byte") << QByteArray("50%\r100%\n") << QByteArrayList{"50%\r100%"};
    QTest::newRow("NUL bytes") << QByteArray("a\0b\n\0\n", 6) << QByteArrayList{QByteArray("a\0b", 3), QByteArray("\0", 1)};
    QTest::newRow("invalid UTF-8") << QByteArray("\xff\xfe\n\xc3\n") << QByteArrayList{"\xff\xfe", "\xc3"};
}

void tst_log_splitter::splits()
{
    QFETCH(QByteArray, bytes);
    Lines lines;
    LogSplitter().feed(bytes, lines.sink);
    QTEST(lines.texts, "lines");
    QCOMPARE(lines.truncated, 0);
}

void tst_log_splitter::longLines_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QList<qsizetype>>("sizes");
    QTest::addColumn<int>("truncated");
    const QByteArray full(maxLogLineBytes, 'x');
    QTest::newRow("just fits") << QByteArray(full + "\nb\n") << QList<qsizetype>{maxLogLineBytes, 1} << 0;
    QTest::newRow("just fits, CRLF") << QByteArray(full + "\r\nb\n") << QList<qsizetype>{maxLogLineBytes, 1} << 0;
    QTest::newRow("one more") << QByteArray(full + "x\nb\n") << QList<qsizetype>{maxLogLineBytes, 1} << 1;
    QTest::newRow("one more, a CR") << QByteArray(full + "\r.\nb\n") << QList<qsizetype>{maxLogLineBytes, 1} << 1;
    QTest::newRow("far more") << QByteArray(full + full + full + "\nb\n") << QList<qsizetype>{maxLogLineBytes, 1} << 1;
    QTest::newRow("given out before its end") << QByteArray(full + full) << QList<qsizetype>{maxLogLineBytes} << 1;
}

void tst_log_splitter::longLines()
{
    QFETCH(QByteArray, bytes);
    Lines lines;
    LogSplitter().feed(bytes, lines.sink);
    QList<qsizetype> sizes;
    for (const QByteArray &text : std::as_const(lines.texts))
        sizes.append(text.size());
    QTEST(sizes, "sizes");
    QTEST(lines.truncated, "truncated");
}

void tst_log_splitter::unfinishedLineIsGivenOut()
{
    Lines lines;
    LogSplitter splitter;
    splitter.feed("par", lines.sink);
    QCOMPARE(splitter.pending(), 3);
    splitter.flush(lines.sink);
    splitter.flush(lines.sink); // nothing left
    QCOMPARE(lines.texts, QByteArrayList{"par"});
    splitter.feed("\nnext\npar", lines.sink); // its end gives no empty line
    splitter.flush(lines.sink);
    splitter.feed("tial\n\n", lines.sink); // its rest is a line of its own
    QCOMPARE(lines.texts, (QByteArrayList{"par", "next", "par", "tial", ""}));
}

void tst_log_splitter::chunksDoNotMatter()
{
    const QByteArray full(maxLogLineBytes, 'x');
    const QByteArray bytes = "a\r\n\r\n" + full + "\r\n" + full + "\ry\nb\n" + full + full + "\n\r\n\nend";
    Lines whole;
    LogSplitter all;
    all.feed(bytes, whole.sink);
    QCOMPARE(whole.truncated, 2);
    for (const qsizetype size : {1, 2, 3, 7, 4096, 8191, 8192, 8193, 8194}) {
        Lines lines;
        LogSplitter splitter;
        for (qsizetype at = 0; at < bytes.size(); at += size)
            splitter.feed(QByteArrayView(bytes).sliced(at, std::min(size, bytes.size() - at)), lines.sink);
        QCOMPARE(lines.texts, whole.texts);
        QCOMPARE(lines.truncated, whole.truncated);
        QCOMPARE(splitter.pending(), all.pending());
    }
}

void tst_log_splitter::memoryIsBounded()
{
    Lines lines;
    LogSplitter splitter;
    const QByteArray block(1 << 20, 'x');
    for (int i = 0; i < 64; ++i) {
        splitter.feed(block, lines.sink);
        QVERIFY(splitter.pending() <= maxLogLineBytes + 1);
    }
    QCOMPARE(lines.texts.size(), 1);
    QVERIFY(splitter.state() == LogSplitter::State::Swallow);
}

void tst_log_splitter::positionsSurviveText()
{
    LogPosition at;
    at.id = {~0ULL, 1ULL << 63};
    at.read = 1LL << 60;
    at.pending = 12;
    at.state = LogSplitter::State::Swallow;
    at.head = logPrint("head");
    at.tail = logPrint("tail");
    at.modifiedNs = 1'790'000'000'123'456'789;
    at.bornNs = at.modifiedNs - 1;
    const auto back = logPositionsFrom(toText(LogPositions{{at}, {at, LogPosition()}}));
    QVERIFY(back && back->open.size() == 1 && back->done.size() == 2);
    const LogPosition &same = back->open[0];
    QVERIFY(same.id == at.id && same.read == at.read && same.pending == at.pending && same.state == at.state);
    QVERIFY(same.head == at.head && same.tail == at.tail && same.modifiedNs == at.modifiedNs && same.bornNs == at.bornNs);
    for (const QString &text : {u""_s, u"{}"_s, u"[]"_s, u"{\"v\":2}"_s, u"nonsense"_s})
        QVERIFY(!logPositionsFrom(text));
    const auto odd = logPositionsFrom(u"{\"v\":1,\"open\":[{\"read\":\"-5\",\"pending\":\"9\",\"state\":77},3]}"_s);
    QVERIFY(odd && odd->open.size() == 2 && odd->open[0].read == 0 && odd->open[0].pending == 0);
}

QTEST_GUILESS_MAIN(tst_log_splitter)
#include "tst_log_splitter.moc"
