#include "core/recovery/ReleaseChoice.h"

#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 good = 300'000;

ReleaseRecord record(const QString &release, qint64 lastSeen, qint64 healthyMs, qint64 failedAt = 0)
{
    return {u"web"_s, release, lastSeen - 100, lastSeen, healthyMs, failedAt, failedAt ? u"crashed"_s : QString()};
}

} // namespace

class TestReleaseChoice : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void takesTheGoodOneSeenLast();
    void neverTakesAFailedOne();
    void neverTakesTheRunningOne();
    void wantsTheWholeTimeOfHealth();
    void saysWhatIsKnown();
    void knowsThatItCameBack();
};

void TestReleaseChoice::takesTheGoodOneSeenLast()
{
    QCOMPARE(lastGood({record(u"1"_s, 1000, good), record(u"3"_s, 3000, good), record(u"2"_s, 2000, 9 * good)}, u"4"_s, good), u"3"_s);
    QCOMPARE(lastGood({record(u"b"_s, 1000, good)}, {}, good), u"b"_s);
}

void TestReleaseChoice::neverTakesAFailedOne()
{
    QCOMPARE(lastGood({record(u"1"_s, 1000, good), record(u"2"_s, 2000, 100 * good, 2500)}, u"3"_s, good), u"1"_s);
    QCOMPARE(lastGood({record(u"2"_s, 2000, 100 * good, 2500)}, u"3"_s, good), std::nullopt);
}

void TestReleaseChoice::neverTakesTheRunningOne()
{
    QCOMPARE(lastGood({record(u"1"_s, 1000, good)}, u"1"_s, good), std::nullopt);
}

void TestReleaseChoice::wantsTheWholeTimeOfHealth()
{
    QCOMPARE(lastGood({record(u"1"_s, 1000, good - 1)}, u"2"_s, good), std::nullopt);
    QCOMPARE(lastGood({}, u"2"_s, good), std::nullopt);
}

void TestReleaseChoice::saysWhatIsKnown()
{
    QCOMPARE(whatIsKnown({record(u"1"_s, 1000, 12'000), record(u"2"_s, 2000, 0, 5), record(u"3"_s, 3000, 1000)}, u"3"_s, good),
             u"3: runs now, healthy for 1 s of 300 s; 2: was rolled back (crashed); 1: healthy for 12 s of 300 s"_s);
    QCOMPARE(whatIsKnown({}, u"3"_s, good), u"nothing is known of any release yet"_s);
}

void TestReleaseChoice::knowsThatItCameBack()
{
    const QList<ReleaseRecord> records{record(u"1"_s, 1000, good), record(u"2"_s, 2900, good), record(u"3"_s, 2000, 0, 2500)};
    QCOMPARE(cameBackFrom(records, u"2"_s), u"3"_s);
    QCOMPARE(cameBackFrom(records, u"4"_s), std::nullopt); // deployed since
    QCOMPARE(cameBackFrom({}, u"2"_s), std::nullopt);
}

QTEST_GUILESS_MAIN(TestReleaseChoice)
#include "tst_release_choice.moc"
