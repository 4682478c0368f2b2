#include "core/base/Clock.h"

#include <QDateTime>
#include <QFile>
#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

class TestClock : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theSystemsClocks();
    void movesOnlyWhenTold();
    void isoTimes_data();
    void isoTimes();
    void noTimes_data();
    void noTimes();
    void otherZones();
};

void TestClock::theSystemsClocks()
{
    const SystemClock clock;
    const qint64 before = QDateTime::currentMSecsSinceEpoch();
    const Now first = clock.now(), second = clock.now();
    const qint64 after = QDateTime::currentMSecsSinceEpoch();
    QVERIFY(first.wallMs >= before && second.wallMs <= after);
    QVERIFY(first.monotonicMs > 0 && second.monotonicMs >= first.monotonicMs);
    QVERIFY(first.bootMs >= first.monotonicMs); // it counts the sleep, too
    QFile file(u"/proc/sys/kernel/random/boot_id"_s);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(first.bootId, QString::fromLatin1(file.readAll().trimmed()));
    QCOMPARE(SystemClock().now().bootId, first.bootId);
    QVERIFY(first.bootId != ManualClock().now().bootId);
}

void TestClock::movesOnlyWhenTold()
{
    ManualClock clock(5000);
    const Now start = clock.now();
    QCOMPARE(start.wallMs, 5000);
    QVERIFY(start.monotonicMs > 0); // 0 means "never" to many
    QCOMPARE(clock.now().monotonicMs, start.monotonicMs);
    const auto moved = [&start, &clock] {
        const Now now = clock.now();
        return QList<qint64>{now.wallMs - start.wallMs, now.monotonicMs - start.monotonicMs, now.bootMs - start.bootMs};
    };
    clock.advance(100);
    QCOMPARE(moved(), (QList<qint64>{100, 100, 100}));
    clock.jumpWall(-3000);
    QCOMPARE(moved(), (QList<qint64>{-2900, 100, 100}));
    clock.suspend(60'000);
    QCOMPARE(moved(), (QList<qint64>{57'100, 100, 60'100}));
    QCOMPARE(clock.now().bootId, start.bootId);
}

void TestClock::isoTimes_data()
{
    QTest::addColumn<qint64>("wallMs");
    QTest::addColumn<QString>("text");
    QTest::newRow("with milliseconds") << qint64(1'795'464'901'123) << u"2026-11-23T20:15:01.123Z"_s;
    QTest::newRow("whole second") << qint64(1'700'000'000'000) << u"2023-11-14T22:13:20.000Z"_s;
    QTest::newRow("first millisecond") << qint64(1) << u"1970-01-01T00:00:00.001Z"_s;
    QTest::newRow("before 1970") << qint64(-1) << u"1969-12-31T23:59:59.999Z"_s;
    QTest::newRow("past 32 bits") << qint64(4'102'444'800'000) << u"2100-01-01T00:00:00.000Z"_s;
}

void TestClock::isoTimes()
{
    QFETCH(qint64, wallMs);
    QFETCH(QString, text);
    QCOMPARE(isoTime(wallMs), text);
    QCOMPARE(fromIsoTime(text), wallMs);
}

void TestClock::noTimes_data()
{
    QTest::addColumn<QString>("text");
    for (const char *text : {"", "yesterday", "2026-13-01T00:00:00.000Z", "2026-02-30T00:00:00.000Z", "2026-11-23T25:00:00.000Z", "12"})
        QTest::newRow(text) << QString::fromLatin1(text);
}

void TestClock::noTimes()
{
    QFETCH(QString, text);
    QCOMPARE(fromIsoTime(text), 0);
    QCOMPARE(isoTime(0), QString());
}

void TestClock::otherZones()
{
    QCOMPARE(fromIsoTime(u"2026-11-23T21:15:01.123+01:00"_s), fromIsoTime(u"2026-11-23T20:15:01.123Z"_s));
    QCOMPARE(fromIsoTime(u"2026-11-23T20:15:01Z"_s), fromIsoTime(u"2026-11-23T20:15:01.000Z"_s));
}

QTEST_GUILESS_MAIN(TestClock)
#include "tst_clock.moc"
