// Real child processes: python3 as the command, so that no shell is needed to look from inside.
#include "core/notification/CommandSender.h"
#include "tests/notification/Items.h"

#include <QElapsedTimer>
#include <QFile>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <unistd.h>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

class tst_command_sender : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void getsInputAndEnvironment();
    void noShell();
    void status();
    void killedBySignal();
    void cannotStart();
    void timesOut();
    void ignoresTheEnd();
    void nothingIsLeft();
    void neverStopsTalking();
    void endedWithTheSender();

private:
    DeliveryResult run(const QString &program, int timeoutMs = 10'000);
    DeliveryResult run(const QStringList &command, int timeoutMs = 10'000);
    [[nodiscard]] QByteArray written(const QString &name) const;
    [[nodiscard]] bool childRuns() const; ///< the process whose number stands in the file `child`

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<CommandSender> m_sender;
};

void tst_command_sender::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    m_sender = std::make_unique<CommandSender>();
}

DeliveryResult tst_command_sender::run(const QStringList &command, int timeoutMs)
{
    ChannelConfig channel;
    channel.name = u"oncall"_s;
    channel.command = command;
    return deliveryOf([&](const DeliveryDone &done) { m_sender->run(commandCall(anItem(), channel), timeoutMs, done); });
}

/// A Python program; its argument is our folder.
DeliveryResult tst_command_sender::run(const QString &program, int timeoutMs)
{
    return run({u"python3"_s, u"-c"_s, u"import os,sys,json,time,signal\nd=sys.argv[1]\n"_s + program, m_dir->path()}, timeoutMs);
}

QByteArray tst_command_sender::written(const QString &name) const
{
    QFile file(m_dir->filePath(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

bool tst_command_sender::childRuns() const
{
    const int pid = written(u"child"_s).toInt();
    QFile stat(u"/proc/%1/stat"_s.arg(pid)); // a zombie has ended
    return pid > 0 && stat.open(QIODevice::ReadOnly) && !stat.readAll().contains(") Z ");
}

void tst_command_sender::getsInputAndEnvironment()
{
    qputenv("PRUNELLA_SERVICE", "not for it");
    const DeliveryResult result = run(u"json.dump({'in': json.load(sys.stdin), 'env': dict(os.environ), 'group': os.getpgrp()==os.getpid(),"
                                      " 'fds': os.listdir('/proc/self/fd'), 'again': open('/dev/stdin').read()}, open(d+'/seen','w'))"_s);
    QVERIFY2(result.status, qPrintable(result.status ? QString() : result.status.error().message));
    const QJsonObject seen = QJsonDocument::fromJson(written(u"seen"_s)).object();
    QCOMPARE(seen[u"in"_s][u"delivery_id"_s].toString(), u"3f0c"_s);
    QCOMPARE(seen[u"in"_s][u"incident"_s][u"component"_s].toString(), u"wéb"_s);
    QCOMPARE(seen[u"env"_s][u"PRUNELLA_EVENT"_s].toString(), u"escalated"_s);
    QCOMPARE(seen[u"env"_s][u"PRUNELLA_COMPONENT"_s].toString(), u"wéb"_s);
    QVERIFY(seen[u"env"_s].toObject().contains(u"PATH"_s));
    QVERIFY(!seen[u"env"_s].toObject().contains(u"PRUNELLA_SERVICE"_s));
    QVERIFY(seen[u"group"_s].toBool());
    QVERIFY(seen[u"fds"_s].toArray().size() <= 5); // 0, 1, 2, what lists them and what is written
    qunsetenv("PRUNELLA_SERVICE");
}

void tst_command_sender::noShell()
{
    const QString trap = m_dir->filePath(u"trap"_s);
    QVERIFY(run({u"true"_s, u"; touch "_s + trap, u"$(touch "_s + trap + u')'}).status);
    QVERIFY(!QFile::exists(trap));
}

void tst_command_sender::status()
{
    const DeliveryResult result = run(u"print('first', file=sys.stderr); print('no route to pager', file=sys.stderr); sys.exit(3)"_s);
    QCOMPARE(result.status.error().message, u"python3 ended with status 3: no route to pager"_s);
    QVERIFY(!isPermanent(result.status.error()));
}

void tst_command_sender::killedBySignal()
{
    QCOMPARE(run(u"os.kill(os.getpid(), 9)"_s).status.error().message, u"python3 was killed by signal 9"_s);
}

void tst_command_sender::cannotStart()
{
    const DeliveryResult missing = run(QStringList{u"/nowhere/at-all"_s});
    QVERIFY(missing.status.error().code == ErrorCode::NotFound);
    QVERIFY(missing.status.error().message.startsWith(u"cannot start /nowhere/at-all: "_s));
    QVERIFY(run(QStringList{m_dir->path()}).status.error().code == ErrorCode::NotAuthorised);
    QVERIFY(run(QStringList{}).status.error().code == ErrorCode::Invalid);
}

void tst_command_sender::timesOut()
{
    const DeliveryResult result = run(u"signal.signal(15, lambda *a: (open(d+'/asked','w').close(), os._exit(0)))\nsignal.pause()"_s, 700);
    QVERIFY(result.status.error().code == ErrorCode::Timeout);
    QCOMPARE(result.status.error().message, u"python3 did not end within 0.7 s and was killed"_s);
    QVERIFY(QFile::exists(m_dir->filePath(u"asked"_s))); // SIGTERM came first
}

void tst_command_sender::ignoresTheEnd()
{
    QElapsedTimer timer;
    timer.start();
    QVERIFY(run(u"signal.signal(15, signal.SIG_IGN)\nwhile True: time.sleep(9)"_s, 300).status.error().code == ErrorCode::Timeout);
    QVERIFY2(timer.elapsed() < 5000, QByteArray::number(timer.elapsed()).constData());
}

void tst_command_sender::nothingIsLeft()
{
    QVERIFY(run(u"p=os.fork()\nif p==0:\n  signal.signal(15, signal.SIG_IGN)\n  time.sleep(60)\nopen(d+'/child','w').write(str(p))"_s).status);
    QVERIFY(written(u"child"_s).toInt() > 0);
    QTRY_VERIFY(!childRuns());
}

void tst_command_sender::neverStopsTalking()
{
    const DeliveryResult result = run(u"while True: sys.stderr.write('x'*100000); sys.stdout.write('y'*100000)"_s, 500);
    QVERIFY(result.status.error().code == ErrorCode::Timeout);
}

void tst_command_sender::endedWithTheSender()
{
    ChannelConfig channel;
    channel.command = {u"python3"_s, u"-c"_s, u"import os,sys,time\nopen(sys.argv[1]+'/child','w').write(str(os.getpid()))\ntime.sleep(60)"_s, m_dir->path()};
    m_sender->run(commandCall(anItem(), channel), 60'000, [](const DeliveryResult &) { QFAIL("answered after its end"); });
    QTRY_VERIFY(childRuns());
    m_sender.reset();
    QTRY_VERIFY(!childRuns());
}

QTEST_GUILESS_MAIN(tst_command_sender)
#include "tst_command_sender.moc"
