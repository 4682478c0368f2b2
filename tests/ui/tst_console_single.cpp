// One console a state directory, with the real programs: a second start raises the first window and ends; a console beside
// somebody else's engine watches it and leaves it alone.
#include "app/console/SingleInstance.h"

#include <QLocalSocket>
#include <QProcess>
#include <QScopeGuard>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

constexpr int patienceMs = 20'000;

/// A program of ours on a state directory of its own; ended with this object.
class Program
{
public:
    Program(const QString &name, const QString &dir, const QStringList &before = {}, const QStringList &after = {})
    {
        QFile file(dir + u"/config.yaml"_s);
        if (file.open(QIODevice::WriteOnly)) {
            file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
            file.write("self_healing: {mode: observe, escalation: []}\n");
        }
        file.close();
        m_process.start(QStringLiteral(BUILD_DIR "/bin/") + name,
                        before + QStringList{u"--config"_s, file.fileName(), u"--state-dir"_s, dir + u"/state"_s} + after);
    }
    ~Program()
    {
        m_process.kill();
        m_process.waitForFinished(patienceMs);
    }
    Q_DISABLE_COPY_MOVE(Program)

    [[nodiscard]] bool runs() const { return m_process.state() == QProcess::Running; }
    [[nodiscard]] qint64 pid() const { return m_process.processId(); }
    /// -1: it did not end, or not by itself
    int ends()
    {
        m_process.waitForFinished(patienceMs); // false also for one that ended while it was asked: its state tells
        return m_process.state() == QProcess::NotRunning && m_process.exitStatus() == QProcess::NormalExit ? m_process.exitCode() : -1;
    }
    int stops()
    {
        m_process.terminate();
        return ends();
    }
    QString errors()
    {
        m_errors += m_process.readAllStandardError();
        return QString::fromUtf8(m_errors);
    }

private:
    QProcess m_process;
    QByteArray m_errors;
};

bool answers(const QString &socketPath)
{
    QLocalSocket socket;
    socket.connectToServer(socketPath);
    return socket.waitForConnected(1000);
}

QByteArray lockOf(const QTemporaryDir &dir)
{
    QFile file(dir.filePath(u"state/engine.lock"_s));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

class TestConsoleSingle : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void claims();
    void aDeadConsoleLeavesNothingInTheWay();
    void theSecondProgramAsksTheFirstAndEnds();
    void theFirstProgramStays();
    void watchesBesideARunningEngine();
};

void TestConsoleSingle::claims()
{
    const QTemporaryDir dir;
    const QString path = dir.filePath(u"run/console.sock"_s);
    SingleInstance first, second;
    QSignalSpy raised(&first, &SingleInstance::raiseRequested);
    QVERIFY(first.claim(path));
    QVERIFY(QFile::permissions(path).testFlag(QFile::ReadOwner) && !(QFile::permissions(path) & (QFile::ReadOther | QFile::WriteOther)));
    QVERIFY(!second.claim(path));
    QTRY_COMPARE(raised.size(), 1);
    QVERIFY(!second.claim(path));
    QTRY_COMPARE(raised.size(), 2);
    SingleInstance elsewhere;
    QVERIFY(elsewhere.claim(dir.filePath(u"other/console.sock"_s)));
    QCOMPARE(raised.size(), 2);
}

void TestConsoleSingle::aDeadConsoleLeavesNothingInTheWay()
{
    const QTemporaryDir dir;
    const QString path = dir.filePath(u"state/console.sock"_s);
    {
        const Program killed(u"prunella"_s, dir.path());
        QTRY_VERIFY_WITH_TIMEOUT(answers(path), patienceMs);
    } // kill -9
    QVERIFY(QFile::exists(path)); // its socket is left behind
    SingleInstance next;
    QVERIFY(next.claim(path));
    QVERIFY(answers(path));
}

/// The test is the first console, the real program the second.
void TestConsoleSingle::theSecondProgramAsksTheFirstAndEnds()
{
    const QTemporaryDir dir;
    SingleInstance first;
    QSignalSpy raised(&first, &SingleInstance::raiseRequested);
    QVERIFY(first.claim(dir.filePath(u"state/console.sock"_s)));
    Program second(u"prunella"_s, dir.path());
    QTRY_COMPARE_WITH_TIMEOUT(raised.size(), 1, patienceMs);
    QCOMPARE(second.ends(), 0);
    QVERIFY(!QFile::exists(dir.filePath(u"state/prunella.db"_s))); // it started no engine
}

/// Both are real.
void TestConsoleSingle::theFirstProgramStays()
{
    const QTemporaryDir dir;
    Program first(u"prunella"_s, dir.path(), {}, {u"--minimized"_s});
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(dir.filePath(u"state/control.sock"_s)), patienceMs);
    const QByteArray lock = lockOf(dir);
    QVERIFY2(lock.startsWith(QByteArray("pid " + QByteArray::number(first.pid()))), lock.constData());
    Program second(u"prunella"_s, dir.path());
    QCOMPARE(second.ends(), 0);
    QVERIFY2(!second.errors().contains(u"prunella: "_s), qPrintable(second.errors()));
    QVERIFY(first.runs());
    QCOMPARE(lockOf(dir), lock);
    QCOMPARE(first.stops(), 0);
}

void TestConsoleSingle::watchesBesideARunningEngine()
{
    const QTemporaryDir dir;
    Program engine(u"prunellactl"_s, dir.path(), {u"run"_s});
    QTRY_VERIFY_WITH_TIMEOUT(answers(dir.filePath(u"state/control.sock"_s)), patienceMs);
    const QByteArray lock = lockOf(dir);
    Program console(u"prunella"_s, dir.path());
    QTRY_VERIFY2_WITH_TIMEOUT(console.errors().contains(u"is held by another engine (pid %1"_s.arg(engine.pid())), qPrintable(console.errors()), patienceMs);
    QTRY_VERIFY_WITH_TIMEOUT(answers(dir.filePath(u"state/console.sock"_s)), patienceMs);
    QVERIFY(console.runs()); // it watches
    QCOMPARE(lockOf(dir), lock);
    Program third(u"prunella"_s, dir.path());
    QCOMPARE(third.ends(), 0); // one console, even of those that only watch
    QCOMPARE(console.stops(), 0);
    QVERIFY(engine.runs());
    QVERIFY(answers(dir.filePath(u"state/control.sock"_s)));
    QCOMPARE(engine.stops(), 0);
}

QTEST_GUILESS_MAIN(TestConsoleSingle)
#include "tst_console_single.moc"
