// The thread and its owner: who reads what, when it stops, and what a flood costs.
#include "core/monitoring/LogSources.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>
#include <atomic>
#include <ctime>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

ServiceConfig serviceWith(const QString &name, const QList<LogSourceConfig> &logs, Manager manager = Manager::Systemd)
{
    ServiceConfig service;
    service.name = name;
    service.unit = name + u".service"_s;
    service.manager = manager;
    service.logs = logs;
    return service;
}

LogSourceConfig file(const QString &path)
{
    return {false, path, {}};
}

/// Stands for a read that hangs in the kernel: the thread asks for the time before each turn.
class StuckClock final : public Clock
{
public:
    [[nodiscard]] Now now() const override
    {
        stuck = true;
        stuck.notify_all();
        released.wait(false);
        return m_clock.now();
    }
    mutable std::atomic<bool> stuck = false;
    std::atomic<bool> released = false;

private:
    SystemClock m_clock;
};

/// Tells how often the thread has looked.
class CountingClock final : public Clock
{
public:
    [[nodiscard]] Now now() const override
    {
        ++calls;
        calls.notify_all();
        return m_clock.now();
    }
    void awaitCalls(int more) const
    {
        const int wanted = calls + more;
        for (int seen = calls; seen < wanted; seen = calls)
            calls.wait(seen);
    }

private:
    mutable std::atomic<int> calls = 0;
    SystemClock m_clock;
};

} // namespace

class tst_log_sources : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();
    void linesOfManySources();
    void writesWakeTheThread();
    void problemsComeAndGo();
    void planChanges();
    void outputFileOfAProcess();
    void positionsOfOthersAreForgotten();
    void nothingIsReadWhenNobodyTakes();
    void stopSignalsTheLast();
    void stopAndStartAgain();
    void stopIsBounded();
    void idleCostsNothing();

private:
    void make(std::shared_ptr<const Clock> clock = std::make_shared<SystemClock>());
    void append(const QString &path, const QByteArray &text);
    [[nodiscard]] bool hasLooked(int sources) const { return m_positions.size() == sources; }

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<LogSources> m_logs;
    QStringList m_lines;
    QMap<QString, QString> m_positions, m_problems;
};

void tst_log_sources::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    m_lines.clear();
    m_positions.clear();
    m_problems.clear();
    make();
}

void tst_log_sources::make(std::shared_ptr<const Clock> clock)
{
    m_logs = std::make_unique<LogSources>(std::move(clock));
    connect(m_logs.get(), &LogSources::linesReady, this, [this](const QList<LogLine> &lines) {
        for (const LogLine &line : lines)
            m_lines.append(line.component + u": "_s + QString::fromUtf8(line.text));
    });
    connect(m_logs.get(), &LogSources::positionsChanged, this, [this](const QMap<QString, QString> &positions) { m_positions.insert(positions); });
    connect(m_logs.get(), &LogSources::problemChanged, this, [this](const QString &source, const QString &text) { m_problems.insert(source, text); });
}

void tst_log_sources::cleanup()
{
    m_logs.reset();
}

void tst_log_sources::append(const QString &path, const QByteArray &text)
{
    QFile log(m_dir->filePath(path));
    QVERIFY(log.open(QIODevice::WriteOnly | QIODevice::Append));
    QCOMPARE(log.write(text), text.size());
}

void tst_log_sources::linesOfManySources()
{
    const QString shared = m_dir->filePath(u"shared.log"_s);
    m_logs->setServices({serviceWith(u"web"_s, {file(shared), {false, {}, {u"bash"_s, u"-c"_s, u"echo printed; exec sleep 1000"_s}}}),
                         serviceWith(u"api"_s, {file(shared)})});
    m_logs->start();
    QTRY_VERIFY(hasLooked(2));
    append(u"shared.log"_s, "written\n");
    QTRY_COMPARE(m_lines.size(), 3);
    m_lines.sort();
    QCOMPARE(m_lines, (QStringList{u"api: written"_s, u"web: printed"_s, u"web: written"_s}));
}

/// Faster than the look of each two seconds.
void tst_log_sources::writesWakeTheThread()
{
    m_logs->setServices({serviceWith(u"web"_s, {file(m_dir->filePath(u"web.log"_s))})});
    m_logs->start();
    QTRY_VERIFY(hasLooked(1));
    QList<qint64> took;
    QTimer tick; // so that waiting for what does not come ends
    tick.start(100);
    for (int i = 0; i < 20; ++i) {
        QElapsedTimer timer;
        timer.start();
        if (i == 10)
            QVERIFY(QFile::rename(m_dir->filePath(u"web.log"_s), m_dir->filePath(u"web.log.1"_s)));
        append(u"web.log"_s, "x\n");
        while (m_lines.size() <= i && timer.elapsed() < 5000)
            QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
        took.append(timer.elapsed());
    }
    QCOMPARE(m_lines.size(), 20);
    std::sort(took.begin(), took.end());
    qInfo("from the write to the line: median %lld ms, longest %lld ms", took[10], took.last());
    QVERIFY2(took[10] < 500, qPrintable(QString::number(took[10])));
}

void tst_log_sources::problemsComeAndGo()
{
    const QString path = m_dir->filePath(u"web.log"_s), key = u"web/file:"_s + path;
    QVERIFY(QDir().mkdir(path));
    m_logs->setServices({serviceWith(u"web"_s, {file(path), {false, {}, {u"false"_s}}})});
    m_logs->start();
    QTRY_VERIFY(m_problems.value(key).contains(u"no regular file"_s));
    QTRY_VERIFY(m_problems.value(u"web/command:false"_s).startsWith(u"false ended with status 1"_s));
    QVERIFY(QDir().rmdir(path));
    QTRY_COMPARE(m_problems.value(key, u"?"_s), u""_s);
    m_logs->setServices({serviceWith(u"web"_s, {file(path)})});
    QTRY_COMPARE(m_problems.value(u"web/command:false"_s, u"?"_s), u""_s); // what is not read any more has no problem
}

void tst_log_sources::planChanges()
{
    const QString a = m_dir->filePath(u"a"_s), b = m_dir->filePath(u"b"_s);
    m_logs->setServices({serviceWith(u"web"_s, {file(a)})});
    m_logs->start();
    QTRY_VERIFY(hasLooked(1));
    append(u"a"_s, "1\n");
    append(u"b"_s, "past\n");
    QTRY_COMPARE(m_lines, QStringList{u"web: 1"_s});
    m_logs->setServices({serviceWith(u"web"_s, {file(a), file(b)})});
    append(u"a"_s, "2\n"); // the reader of a is the same as before
    QTRY_VERIFY(m_positions.contains(u"web/file:"_s + b));
    append(u"b"_s, "new\n");
    QTRY_COMPARE(m_lines, (QStringList{u"web: 1"_s, u"web: 2"_s, u"web: new"_s}));
    m_logs->setServices({serviceWith(u"web"_s, {file(b)})});
    append(u"a"_s, "nobody reads\n");
    append(u"b"_s, "end\n");
    QTRY_COMPARE(m_lines.last(), u"web: end"_s);
    QCOMPARE(m_lines.size(), 4);
}

void tst_log_sources::outputFileOfAProcess()
{
    const QString path = m_dir->filePath(u"worker.out"_s);
    append(u"worker.out"_s, "its first words\n"); // written before anybody could look
    m_logs->setServices({serviceWith(u"worker"_s, {{true, {}, {}}}, Manager::Process)});
    m_logs->start();
    m_logs->setFile(u"worker"_s, path);
    m_logs->setFile(u"stranger"_s, path); // no such service
    QTRY_COMPARE(m_lines, QStringList{u"worker: its first words"_s});
    QVERIFY(m_problems.isEmpty()); // `journal: true` of a process asks no journald
    m_logs->stop();
    const auto positions = m_positions;
    make();
    m_logs->setPositions(positions);
    m_logs->setServices({serviceWith(u"worker"_s, {}, Manager::Process)});
    m_logs->start();
    append(u"worker.out"_s, "more\n");
    m_logs->setFile(u"worker"_s, path); // the next engine finds the process a little later
    QTRY_COMPARE(m_lines, (QStringList{u"worker: its first words"_s, u"worker: more"_s}));
}

void tst_log_sources::positionsOfOthersAreForgotten()
{
    const QString path = m_dir->filePath(u"web.log"_s);
    m_logs->setPositions({{u"web/file:"_s + path, u"{\"v\":1}"_s}, {u"gone/file:/x"_s, u"{\"v\":1}"_s}, {u"journal"_s, u"t:1"_s}});
    m_logs->setServices({serviceWith(u"web"_s, {file(path)})});
    m_logs->start();
    QCOMPARE(m_positions, (QMap<QString, QString>{{u"gone/file:/x"_s, {}}, {u"journal"_s, {}}}));
}

void tst_log_sources::nothingIsReadWhenNobodyTakes()
{
    constexpr int lines = 200'000;
    m_logs.reset();
    const auto bytesRead = [] {
        QFile io(u"/proc/self/io"_s);
        return io.open(QIODevice::ReadOnly) ? io.readLine() : QByteArray();
    };
    std::atomic<bool> told = false;
    LogThread thread(std::make_shared<SystemClock>(), [&told] { told = true; });
    LogPlan plan;
    plan.files = {{u"web"_s, m_dir->filePath(u"web.log"_s)}};
    plan.positions = {{u"web/file:"_s + m_dir->filePath(u"web.log"_s), u"{\"v\":1}"_s}}; // there was no file
    append(u"web.log"_s, QByteArray(99, 'x').append('\n').repeated(lines));
    thread.setPlan(plan);
    QTRY_VERIFY(told);
    // /proc/self/io costs a read itself, so that the count of a resting thread still grows, but evenly.
    QList<qint64> counts;
    const auto rests = [&] {
        counts.append(bytesRead().split(' ').last().trimmed().toLongLong());
        const auto n = counts.size();
        return n > 20 && counts[n - 1] - counts[n - 20] < 20'000;
    };
    QTRY_VERIFY_WITH_TIMEOUT(rests(), 20'000);
    qsizetype taken = 0, first = 0, batches = 0;
    const auto take = [&] {
        for (const LogBatch &batch : thread.takeAll()) {
            taken += batch.lines.size();
            ++batches;
        }
        return first == 0 ? (first = taken) > 0 : taken >= lines;
    };
    QVERIFY(take());
    QVERIFY2(first * 100 <= LogThread::mostWaiting * (LogThread::turnBytes + 100), qPrintable(QString::number(first)));
    QTRY_VERIFY_WITH_TIMEOUT(take(), 20'000);
    QCOMPARE(taken, lines);
    thread.stop();
}

void tst_log_sources::stopSignalsTheLast()
{
    const QString path = m_dir->filePath(u"web.log"_s);
    const auto clock = std::make_shared<CountingClock>();
    make(clock);
    m_logs->setServices({serviceWith(u"web"_s, {file(path)})});
    m_logs->start();
    QTRY_VERIFY(hasLooked(1));
    append(u"web.log"_s, QByteArray("x\n").repeated(900));
    constexpr int oneWholeRound = 4; // the clock is read before a turn and after it; one may have been under way
    clock->awaitCalls(oneWholeRound);
    QCOMPARE(m_lines.size(), 0); // read, and waiting for this thread
    append(u"web.log"_s, QByteArray("x\n").repeated(100));
    m_logs->stop(); // wherever the thread is now: what it has read is told, and the rest is for the next
    m_logs->stop();
    const qsizetype before = m_lines.size();
    QVERIFY2(before >= 900, qPrintable(QString::number(before)));
    QCoreApplication::processEvents();
    QCOMPARE(m_lines.size(), before);
    const auto positions = m_positions;
    make();
    m_logs->setPositions(positions);
    m_logs->setServices({serviceWith(u"web"_s, {file(path)})});
    m_logs->start();
    QTRY_COMPARE(m_lines.size(), 1000);
}

void tst_log_sources::stopAndStartAgain()
{
    const QString path = m_dir->filePath(u"web.log"_s);
    m_logs->setServices({serviceWith(u"web"_s, {file(path)})});
    m_logs->start();
    m_logs->start();
    QTRY_VERIFY(hasLooked(1));
    for (int i = 0; i < 20; ++i) {
        append(u"web.log"_s, QByteArray::number(i) + '\n');
        m_logs->stop();
        m_logs->start();
    }
    QTRY_COMPARE(m_lines.size(), 20);
    QVERIFY(m_logs->isRunning());
}

void tst_log_sources::stopIsBounded()
{
    const auto clock = std::make_shared<StuckClock>();
    make(clock);
    m_logs->setServices({serviceWith(u"web"_s, {file(m_dir->filePath(u"web.log"_s))})});
    m_logs->start();
    clock->stuck.wait(false);
    QElapsedTimer timer;
    timer.start();
    m_logs->stop();
    QVERIFY2(timer.elapsed() < 3000, qPrintable(QString::number(timer.elapsed())));
    m_logs.reset();
    clock->released = true; // the thread comes back to what it shared with nobody any more
    clock->released.notify_all();
    QTRY_COMPARE(clock.use_count(), 1); // and ends
}

void tst_log_sources::idleCostsNothing()
{
    QList<LogSourceConfig> logs;
    for (int i = 0; i < 20; ++i) {
        append(QString::number(i), "past\n");
        logs.append(file(m_dir->filePath(QString::number(i))));
    }
    m_logs->setServices({serviceWith(u"web"_s, logs)});
    m_logs->start();
    QTRY_VERIFY(hasLooked(20));
    const auto cpuMs = [] { return qint64(std::clock()) * 1000 / CLOCKS_PER_SEC; };
    QElapsedTimer timer;
    timer.start();
    const qint64 before = cpuMs();
    QVERIFY(QTest::qWaitFor([&timer] { return timer.elapsed() >= 5000; }, 10'000));
    qInfo("20 idle files for 5 s: %lld ms of CPU", cpuMs() - before);
    QVERIFY(cpuMs() - before < 500);
}

QTEST_GUILESS_MAIN(tst_log_sources)
#include "tst_log_sources.moc"
