#include "core/notification/RetrySchedule.h"

#include <QTest>
#include <limits>

class tst_retry_schedule : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void waits()
    {
        const QList<qint64> seconds{0, 1, 5, 30, 120, 600, 1800, 3600, 3600};
        for (int tries = 0; tries < int(seconds.size()); ++tries)
            QCOMPARE(prunella::nextTryMs(tries), seconds[tries] * 1000);
        QCOMPARE(prunella::nextTryMs(std::numeric_limits<int>::max()), 3'600'000);
        QCOMPARE(prunella::nextTryMs(-1), 0);
    }
};

QTEST_GUILESS_MAIN(tst_retry_schedule)
#include "tst_retry_schedule.moc"
