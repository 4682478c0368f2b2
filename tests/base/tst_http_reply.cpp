#include "core/base/HttpReply.h"

#include <QTest>

using namespace prunella;

class tst_http_reply : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void inOnePieceAndByteByByte_data();
    void inOnePieceAndByteByByte();
    void untilThePeerCloses();
    void refused_data();
    void refused();
    void streamIsHandedOutAsItComes();
};

void tst_http_reply::inOnePieceAndByteByByte_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::newRow("sized") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello") << 200 << QByteArray("hello");
    QTest::newRow("empty") << QByteArray("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n") << 404 << QByteArray();
    QTest::newRow("none") << QByteArray("HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n") << 204 << QByteArray();
    QTest::newRow("chunked") << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: 1\r\n\r\n") << 200
                             << QByteArray("hello world");
    QTest::newRow("continue") << QByteArray("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok") << 201 << QByteArray("ok");
}

void tst_http_reply::inOnePieceAndByteByByte()
{
    QFETCH(QByteArray, text);
    for (const qsizetype step : {text.size(), qsizetype(1)}) {
        HttpReply reply;
        for (qsizetype at = 0; at < text.size(); at += step) {
            QVERIFY(!reply.isComplete());
            QVERIFY(reply.feed(text.mid(at, step)));
        }
        QVERIFY(reply.isComplete());
        QTEST(reply.status(), "status");
        QTEST(reply.takeBody(), "body");
    }
}

void tst_http_reply::untilThePeerCloses()
{
    HttpReply reply;
    QVERIFY(reply.feed("HTTP/1.1 200 OK\r\n\r\nabc"));
    QVERIFY(!reply.isComplete());
    reply.peerClosed();
    QVERIFY(reply.isComplete());
    QCOMPARE(reply.takeBody(), QByteArray("abc"));
    HttpReply broken;
    QVERIFY(broken.feed("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"));
    broken.peerClosed();
    QVERIFY(!broken.isComplete()); // it promised more
}

void tst_http_reply::refused_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("no HTTP") << QByteArray("SSH-2.0-OpenSSH\r\n\r\n");
    QTest::newRow("endless head") << QByteArray(100'000, 'x');
    QTest::newRow("huge") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
    QTest::newRow("negative") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\n");
    QTest::newRow("no chunk size") << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n");
    QTest::newRow("too much") << QByteArray("HTTP/1.1 200 OK\r\n\r\n" + QByteArray(2000, 'x'));
}

void tst_http_reply::refused()
{
    QFETCH(QByteArray, text);
    HttpReply reply(1000);
    QVERIFY(!reply.feed(text));
    QVERIFY(!reply.feed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")); // for good
}

void tst_http_reply::streamIsHandedOutAsItComes()
{
    HttpReply reply(1000);
    QVERIFY(reply.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
    QVERIFY(reply.hasHead());
    for (int i = 0; i < 100; ++i) { // far more than is kept at once
        QVERIFY(reply.feed(QByteArray("64\r\n" + QByteArray(100, 'x') + "\r\n")));
        QCOMPARE(reply.takeBody().size(), 100);
    }
    QVERIFY(!reply.isComplete());
}

QTEST_APPLESS_MAIN(tst_http_reply)
#include "tst_http_reply.moc"
