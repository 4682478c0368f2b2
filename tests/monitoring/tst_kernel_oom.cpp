// labels: sandbox
// A real kill by the real kernel: a unit with MemoryMax that takes more.
#include "core/monitoring/KernelLog.h"

#include <QFile>
#include <QProcess>
#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

class tst_kernel_oom : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void unitOverItsLimit();
};

void tst_kernel_oom::unitOverItsLimit()
{
    QVERIFY2(QFile::exists(u"/run/out"_s), "this test makes the kernel kill: run it with tests/support/systemd-sandbox");
    KernelLog log(std::make_shared<SystemClock>());
    QList<RawEvent> events;
    connect(&log, &KernelLog::eventReady, this, [&](const RawEvent &event) {
        qInfo() << event.text << event.oom.pid << event.oom.command << event.oom.controlGroup << event.oom.rssKiB;
        events.append(event);
    });
    log.start();
    QVERIFY2(log.isReading(), "the kernel log must be readable here");
    QProcess run;
    run.setProcessChannelMode(QProcess::ForwardedChannels);
    run.start(u"systemd-run"_s, {u"--unit=prunella-hog"_s, u"-p"_s, u"MemoryMax=32M"_s, u"-p"_s, u"MemorySwapMax=0"_s,
                                 u"--wait"_s, u"/usr/bin/tail"_s, u"/dev/zero"_s}); // keeps a line without end in memory
    const auto ours = [&events] {
        return std::find_if(events.cbegin(), events.cend(), [](const RawEvent &event) {
            return event.oom.controlGroup.endsWith(u"/prunella-hog.service"_s);
        });
    };
    QTRY_VERIFY_WITH_TIMEOUT(ours() != events.cend(), 30'000);
    QVERIFY(ours()->kind == RawEventKind::OomKilled);
    QCOMPARE(ours()->oom.command, u"tail"_s);
    QVERIFY(ours()->oom.pid > 0 && ours()->oom.rssKiB > 10'000 && ours()->oom.rssKiB < 40'000);
    run.waitForFinished();
}

QTEST_GUILESS_MAIN(tst_kernel_oom)
#include "tst_kernel_oom.moc"
