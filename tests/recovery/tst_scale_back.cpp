#include "core/recovery/ScaleBack.h"
#include "core/recovery/ScaleInstances.h"

#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

const InstancesConfig config{u"web@.service"_s, 1, 4, 20, 600'000};

/// A sample every 60 s from `fromMs` to `toMs`.
QList<LoadSample> loads(qint64 fromMs, qint64 toMs, int instances, double percent)
{
    QList<LoadSample> samples;
    for (qint64 at = fromMs; at <= toMs; at += 60'000)
        samples.append({at, instances, percent});
    return samples;
}

} // namespace

class TestScaleBack : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void lowForLong();
    void notYet();
    void oneHighSample();
    void changeBeginsAnew();
    void holes();
    void oldOnesGo();
    void plans_data();
    void plans();
    void namesOfInstances();
};

void TestScaleBack::lowForLong()
{
    QVERIFY(scaleBackDue(loads(0, 600'000, 3, 5), config, 600'000));
    QVERIFY(scaleBackDue(loads(0, 900'000, 3, 19.9), config, 910'000));
    QVERIFY(!scaleBackDue(loads(0, 900'000, 3, 20), config, 900'000)); // under it, not at it
    QVERIFY(!scaleBackDue(loads(0, 900'000, 1, 0), config, 900'000));  // the least that is configured
    QVERIFY(!scaleBackDue({}, config, 900'000));
}

void TestScaleBack::notYet()
{
    QVERIFY(!scaleBackDue(loads(60'000, 600'000, 3, 5), config, 600'000));
    QVERIFY(scaleBackDue(loads(60'000, 660'000, 3, 5), config, 660'000));
}

void TestScaleBack::oneHighSample()
{
    QList<LoadSample> samples = loads(0, 900'000, 3, 5);
    samples[10].percent = 50; // at 600 s
    QVERIFY(!scaleBackDue(samples, config, 900'000));
    samples += loads(960'000, 1'260'000, 3, 5);
    QVERIFY(scaleBackDue(samples, config, 1'260'000));
}

void TestScaleBack::changeBeginsAnew()
{
    QVERIFY(!scaleBackDue(loads(0, 600'000, 3, 5) + loads(660'000, 960'000, 2, 5), config, 960'000));
    QVERIFY(scaleBackDue(loads(0, 600'000, 3, 5) + loads(660'000, 1'260'000, 2, 5), config, 1'260'000));
}

void TestScaleBack::holes()
{
    // Twice a few looks and nothing between (the engine was stopped): nobody knows what was meanwhile.
    QVERIFY(!scaleBackDue(loads(0, 120'000, 3, 5) + loads(540'000, 600'000, 3, 5), config, 600'000));
    QVERIFY(!scaleBackDue(loads(0, 600'000, 3, 5), config, 800'000)); // and the newest is old
}

void TestScaleBack::oldOnesGo()
{
    QList<LoadSample> samples = loads(0, 3'000'000, 3, 5);
    dropOldLoad(samples, config, 3'000'000);
    QCOMPARE(samples.constFirst().monotonicMs, 1'800'000);
    QVERIFY(scaleBackDue(samples, config, 3'000'000));
}

void TestScaleBack::plans_data()
{
    QTest::addColumn<QList<int>>("running");
    QTest::addColumn<int>("by");
    QTest::addColumn<QString>("plan");
    QTest::newRow("the lowest free number") << QList<int>{1, 3} << 1 << u"+web@2.service"_s;
    QTest::newRow("none runs") << QList<int>{} << 1 << u"+web@1.service"_s;
    QTest::newRow("two more") << QList<int>{2} << 2 << u"+web@1.service +web@3.service"_s;
    QTest::newRow("no more than max") << QList<int>{1, 2, 3} << 5 << u"+web@4.service"_s;
    QTest::newRow("at max") << QList<int>{1, 2, 3, 4} << 1 << u"4 instances of web@.service run, and 4 is the configured most"_s;
    QTest::newRow("the highest goes") << QList<int>{1, 2, 7} << -1 << u"-web@7.service"_s;
    QTest::newRow("no fewer than min") << QList<int>{1, 2, 7} << -5 << u"-web@7.service -web@2.service"_s;
    QTest::newRow("at min") << QList<int>{3} << -1 << u"1 instances of web@.service run, and 1 is the configured least"_s;
}

void TestScaleBack::plans()
{
    QFETCH(QList<int>, running);
    QFETCH(int, by);
    QFETCH(QString, plan);
    const auto made = planScale(config, running, by);
    if (!made) {
        QCOMPARE(made.error().detail, plan);
        QVERIFY(made.error().reason == (by > 0 ? Reason::AtMaximum : Reason::NoAction));
        return;
    }
    const auto read = scalePlanFromJson(toJson(*made));
    QVERIFY(read);
    QStringList words;
    for (const QString &unit : read->start)
        words.append(u'+' + unit);
    for (const QString &unit : read->stop)
        words.append(u'-' + unit);
    QCOMPARE(words.join(u' '), plan);
}

void TestScaleBack::namesOfInstances()
{
    QCOMPARE(instanceNumber(u"web@.service"_s, u"web@12.service"_s), 12);
    for (const char *other : {"web@.service", "web@blue.service", "web@01.service", "web@0.service", "web@-1.service", "api@1.service", "web@1.timer", "web.service"})
        QCOMPARE(instanceNumber(u"web@.service"_s, QString::fromLatin1(other)), 0);
    QCOMPARE(instanceNumber(u"web.service"_s, u"web@1.service"_s), 0);
    QVERIFY(!scalePlanFromJson(u"{}"_s) && !scalePlanFromJson(u"nonsense"_s));
}

QTEST_GUILESS_MAIN(TestScaleBack)
#include "tst_scale_back.moc"
