// Probes in threads of their own: answered once a round, in time, whatever they do; and a stop that is bounded.
#include "core/engine/ProbeCenter.h"

#include <QElapsedTimer>
#include <QFile>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

ProbeOrder order(const QString &key, const QString &type, const QString &text, qint64 timeoutMs = 3000)
{
    ProbeOrder one;
    one.key = key;
    one.type = type;
    one.text = text;
    one.timeoutMs = timeoutMs;
    return one;
}

/// A file that nobody can open while this stands: a lease of another holder makes open() wait, as a dead NFS server would.
class HangingFile
{
public:
    HangingFile() : path(m_folder.filePath(u"a.yaml"_s))
    {
        std::signal(SIGIO, SIG_IGN); // "somebody wants it"
        m_fd = ::open(qPrintable(path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (m_fd < 0 || ::fcntl(m_fd, F_SETLEASE, F_WRLCK) != 0)
            qFatal("no lease on %s", qPrintable(path));
    }
    ~HangingFile() { letGo(); }
    Q_DISABLE_COPY_MOVE(HangingFile)
    void letGo()
    {
        if (m_fd >= 0)
            ::close(std::exchange(m_fd, -1));
    }

private:
    QTemporaryDir m_folder;
    int m_fd = -1;

public:
    const QString path;
};

} // namespace

class TestProbeCenter : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void answersOnceARound();
    void whatHangsIsUnknown();
    void manyHanging();
    void stopIsBounded();
};

void TestProbeCenter::answersOnceARound()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    const QString address = u"127.0.0.1:%1"_s.arg(server.serverPort());
    ProbeCenter center(std::make_shared<SystemClock>());
    QSignalSpy answered(&center, &ProbeCenter::answered);
    center.run({{u"i1"_s, 7, {order(u"a"_s, u"tcp"_s, address), order(u"b"_s, u"file"_s, u"/nosuch"_s)}}, {u"i2"_s, 8, {order(u"a"_s, u"resolve"_s, u"localhost"_s)}}});
    QTRY_COMPARE(answered.size(), 2);
    QMap<QString, ProbeAnswers> all;
    for (const auto &arguments : answered)
        all.insert(arguments[0].value<ProbeAnswers>().incidentId, arguments[0].value<ProbeAnswers>());
    QCOMPARE(all[u"i1"_s].round, quint64(7));
    QCOMPARE(all[u"i1"_s].facts[u"a"_s].value.toString() + all[u"i1"_s].facts[u"b"_s].value.toString(), u"okmissing"_s);
    QCOMPARE(all[u"i2"_s].facts[u"a"_s].value.toString(), u"ok"_s);
    QVERIFY(all[u"i1"_s].facts[u"a"_s].wallMs > 0);
}

void TestProbeCenter::whatHangsIsUnknown()
{
    HangingFile file;
    ProbeCenter center(std::make_shared<SystemClock>());
    QSignalSpy answered(&center, &ProbeCenter::answered);
    QElapsedTimer timer;
    timer.start();
    center.run({{u"i"_s, 1, {order(u"hangs"_s, u"config_syntax"_s, file.path, 300), order(u"well"_s, u"file"_s, u"/nosuch"_s, 300)}}});
    QTRY_COMPARE_WITH_TIMEOUT(answered.size(), 1, 5000);
    QVERIFY2(timer.elapsed() >= 300 && timer.elapsed() < 3000, qPrintable(QString::number(timer.elapsed())));
    const Evidence facts = answered[0][0].value<ProbeAnswers>().facts;
    QVERIFY(!facts[u"hangs"_s].value.isValid());
    QCOMPARE(facts[u"hangs"_s].text, u"config_syntax %1: no answer within 0.3 s"_s.arg(file.path));
    QCOMPARE(facts[u"well"_s].value.toString(), u"missing"_s);
    file.letGo(); // the answer that comes now is too late
    center.run({{u"i"_s, 2, {order(u"well"_s, u"file"_s, u"/nosuch"_s)}}});
    QTRY_COMPARE(answered.size(), 2);
    QCOMPARE(answered[1][0].value<ProbeAnswers>().round, quint64(2));
}

/// More than there are threads: the rest waits in vain, and is answered all the same.
void TestProbeCenter::manyHanging()
{
    HangingFile file;
    ProbeCenter center(std::make_shared<SystemClock>());
    QSignalSpy answered(&center, &ProbeCenter::answered);
    ProbeRound round{u"i"_s, 1, {}};
    for (int i = 0; i < 12; ++i)
        round.orders << order(QString::number(i), u"config_syntax"_s, file.path, 200);
    center.run({round});
    QTRY_COMPARE_WITH_TIMEOUT(answered.size(), 1, 5000);
    QCOMPARE(answered[0][0].value<ProbeAnswers>().facts.size(), 12);
    file.letGo(); // what still waited for a thread comes to nothing
    center.run({{u"i"_s, 2, {order(u"well"_s, u"file"_s, u"/nosuch"_s)}}});
    QTRY_COMPARE(answered.size(), 2);
}

void TestProbeCenter::stopIsBounded()
{
    HangingFile file;
    auto center = std::make_unique<ProbeCenter>(std::make_shared<SystemClock>());
    QSignalSpy answered(center.get(), &ProbeCenter::answered);
    center->run({{u"i"_s, 1, {order(u"hangs"_s, u"config_syntax"_s, file.path, 30'000), order(u"well"_s, u"resolve"_s, u"localhost"_s)}}});
    QElapsedTimer timer;
    timer.start();
    center->stop();
    QVERIFY2(timer.elapsed() < 4000, qPrintable(QString::number(timer.elapsed())));
    QCOMPARE(answered.size(), 0);
    center->stop(); // once more: nothing
    center->run({{u"i"_s, 2, {order(u"well"_s, u"resolve"_s, u"localhost"_s)}}}); // too late: nothing is run any more
    center.reset();
    file.letGo();
}

} // namespace prunella

QTEST_GUILESS_MAIN(prunella::TestProbeCenter)
#include "tst_probe_center.moc"
