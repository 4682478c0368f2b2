// A writer in a process of its own writes as fast as it can while its log is rotated; the reader is the real thing, with
// its thread, and is stopped and started anew in the middle. Each line has a number: none may be missing, none doubled.
#include "core/monitoring/LogFile.h"
#include "core/monitoring/LogSources.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <fcntl.h>
#include <unistd.h>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

constexpr int kLines = 200'000;

/// The other process. Writes numbered lines as fast as it can. Every `every` lines it renames its log, writes one more
/// line to it, as writers do who have not noticed yet, and opens it anew; so it does when the file PATH.hup appears.
int writeLines(const QString &path, int lines, int every)
{
    const QByteArray log = path.toLocal8Bit(), hup = log + ".hup";
    const auto old = [&log](int k) { return QByteArray(log + '.' + QByteArray::number(k)); };
    const auto open = [&log] { return ::open(log.constData(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600); };
    int fd = open();
    const auto write = [&fd](const QByteArray &text) { return ::write(fd, text.constData(), size_t(text.size())) == text.size(); };
    for (int number = 0; number < lines; ++number) {
        const bool rotate = number > 0 && number % every == 0;
        if (rotate) {
            for (int k = lines / every; k > 0; --k)
                ::rename(old(k).constData(), old(k + 1).constData());
            ::rename(log.constData(), old(1).constData());
        }
        if (!write(QByteArray::number(number) + " a line of the usual length, as a web server writes it\n"))
            return 1;
        if (rotate || ::unlink(hup.constData()) == 0) {
            ::close(fd);
            fd = open();
        }
    }
    return 0;
}

} // namespace

class tst_log_rotation_load : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();
    void renamedTwentyTimes();
    void truncatedAtQuietPoints();
    void logrotateCreates();
    void logrotateCopies();

private:
    void startReader();
    void stopReader();
    void startWriter(int lines, int every);
    void awaitAll(int lines);
    void verifyAll(int lines) const;
    [[nodiscard]] QByteArray state(int lines) const;
    void logrotate(const QString &options) const;

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<LogSources> m_logs;
    QMap<QString, QString> m_positions; ///< as the engine's store keeps them
    QList<int> m_seen;                  ///< times each number was read
    int m_total = 0;
    QList<qint64> m_waits;              ///< ms that awaitAll() took
    QProcess m_writer;
};

void tst_log_rotation_load::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    m_positions.clear();
    m_seen.fill(0, kLines);
    m_total = 0;
    m_waits.clear();
    startReader();
}

void tst_log_rotation_load::cleanup()
{
    m_writer.kill();
    m_writer.waitForFinished();
    m_logs.reset();
}

void tst_log_rotation_load::startReader()
{
    m_logs = std::make_unique<LogSources>(std::make_shared<SystemClock>());
    connect(m_logs.get(), &LogSources::linesReady, this, [this](const QList<LogLine> &lines) {
        for (const LogLine &line : lines) {
            const int number = line.text.left(line.text.indexOf(' ')).toInt();
            QVERIFY2(number >= 0 && number < kLines && line.text.contains(" a"), line.text.constData());
            ++m_seen[number];
            ++m_total;
        }
    });
    connect(m_logs.get(), &LogSources::positionsChanged, this, [this](const QMap<QString, QString> &changed) { m_positions.insert(changed); });
    ServiceConfig service;
    service.name = u"web"_s;
    service.logs = {LogSourceConfig{false, m_dir->filePath(u"web.log"_s), {}}};
    m_logs->setServices({service});
    m_logs->setPositions(m_positions);
    m_logs->start();
    if (m_positions.isEmpty()) // it has looked, and there was no file
        QTRY_VERIFY(!m_positions.isEmpty());
}

void tst_log_rotation_load::stopReader()
{
    m_logs->stop();
    m_logs.reset();
}

void tst_log_rotation_load::startWriter(int lines, int every)
{
    m_writer.setProcessChannelMode(QProcess::ForwardedChannels);
    m_writer.start(QCoreApplication::applicationFilePath(),
                   {u"--write"_s, m_dir->filePath(u"web.log"_s), QString::number(lines), QString::number(every)});
    QVERIFY(m_writer.waitForStarted());
}

/// What was read of the first `lines` lines, and where the reader believes to be.
QByteArray tst_log_rotation_load::state(int lines) const
{
    int missing = 0, first = -1, doubled = 0;
    for (int number = 0; number < lines; ++number) {
        missing += m_seen[number] == 0;
        doubled += m_seen[number] > 1;
        if (first < 0 && m_seen[number] == 0)
            first = number;
    }
    const QString text = u"%1 of %2 lines read, %3 missing (the first is %4), %5 doubled; %6"_s;
    return text.arg(m_total).arg(lines).arg(missing).arg(first).arg(doubled).arg(m_positions.values().join(u' ')).toUtf8();
}

void tst_log_rotation_load::awaitAll(int lines)
{
    QElapsedTimer timer;
    timer.start();
    QTRY_VERIFY2_WITH_TIMEOUT(m_total >= lines, state(lines).constData(), 10'000);
    m_waits.append(timer.elapsed());
}

void tst_log_rotation_load::verifyAll(int lines) const
{
    const bool once = std::all_of(m_seen.cbegin(), m_seen.cbegin() + lines, [](int times) { return times == 1; });
    QVERIFY2(once && m_total == lines, state(lines).constData());
    if (m_waits.size() < 10)
        return;
    QList<qint64> waits = m_waits;
    std::sort(waits.begin(), waits.end());
    qInfo("waited %lld ms at most, %lld ms in the middle", waits.last(), waits[waits.size() / 2]);
    // Who reads only when LogFile looks of itself was not woken. Single long waits are those of a busy machine.
    QVERIFY(waits[waits.size() / 2] < LogFile::pollMs / 4);
}

void tst_log_rotation_load::logrotate(const QString &options) const
{
    QFile config(m_dir->filePath(u"rotate.conf"_s));
    QVERIFY(config.open(QIODevice::WriteOnly));
    const QString log = m_dir->filePath(u"web.log"_s);
    config.write(u"%1 {\n%3  rotate 40\n  size 1\n%2\n}\n"_s.arg(log, options, ::geteuid() == 0 ? u"  su root root\n"_s : QString()).toUtf8());
    config.close();
    const QString program = QStandardPaths::findExecutable(u"logrotate"_s, {u"/usr/sbin"_s, u"/usr/bin"_s});
    QVERIFY2(!program.isEmpty(), "logrotate is not installed (installer/packages.txt)");
    QProcess process;
    process.setProcessChannelMode(QProcess::ForwardedChannels);
    process.start(program, {u"--force"_s, u"--state"_s, m_dir->filePath(u"state"_s), config.fileName()});
    QVERIFY(process.waitForFinished(20'000));
    QCOMPARE(process.exitCode(), 0);
}

void tst_log_rotation_load::renamedTwentyTimes()
{
    QElapsedTimer timer;
    timer.start();
    startWriter(kLines, kLines / 21);
    QTRY_VERIFY_WITH_TIMEOUT(m_total > kLines / 3, 60'000);
    stopReader(); // the writer goes on and rotates
    QVERIFY(m_writer.state() == QProcess::Running);
    const int before = m_total;
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(m_dir->filePath(u"web.log.12"_s)), 60'000);
    QCOMPARE(m_total, before);
    startReader();
    QTRY_VERIFY_WITH_TIMEOUT(m_writer.state() == QProcess::NotRunning, 60'000);
    QCOMPARE(m_writer.exitCode(), 0);
    awaitAll(kLines);
    qInfo("%d lines, %lld ms with the writing", m_total, timer.elapsed());
    stopReader();
    verifyAll(kLines);
}

/// Under load a line between copy and truncation is lost by the nature of copytruncate. So the writer rests here; what
/// the reader had not yet seen is in the copy, and must come from there.
void tst_log_rotation_load::truncatedAtQuietPoints()
{
    QFile log(m_dir->filePath(u"web.log"_s));
    QVERIFY(log.open(QIODevice::WriteOnly | QIODevice::Append | QIODevice::Unbuffered));
    int number = 0;
    for (int round = 0; round < 20; ++round) {
        for (int i = 0; i < kLines / 20; ++i, ++number)
            log.write(QByteArray::number(number) + " a line of the usual length\n");
        if (round == 10)
            stopReader();
        for (int k = round; k > 0; --k)
            QFile::rename(m_dir->filePath(u"web.log.%1"_s.arg(k)), m_dir->filePath(u"web.log.%1"_s.arg(k + 1)));
        QVERIFY(QFile::copy(log.fileName(), log.fileName() + u".1"_s));
        QVERIFY(log.resize(0));
        if (round == 10)
            startReader();
        // As with a log that is truncated daily, and not each second: the reader has noticed one before the next.
        awaitAll(number);
        if (QTest::currentTestFailed())
            return;
    }
    stopReader();
    verifyAll(kLines);
}

void tst_log_rotation_load::logrotateCreates()
{
    startWriter(kLines, kLines);
    int rotations = 0;
    while (m_writer.state() != QProcess::NotRunning && !QTest::currentTestFailed()) {
        QTRY_VERIFY_WITH_TIMEOUT(QFile(m_dir->filePath(u"web.log"_s)).size() > 0 || m_writer.state() == QProcess::NotRunning, 20'000);
        logrotate(u"  create 0600\n  postrotate\n    touch %1.hup\n  endscript"_s.arg(m_dir->filePath(u"web.log"_s)));
        ++rotations;
        if (rotations == 3) {
            stopReader();
            logrotate(u"  create 0600\n  postrotate\n    touch %1.hup\n  endscript"_s.arg(m_dir->filePath(u"web.log"_s)));
            startReader();
        }
        QCoreApplication::processEvents();
    }
    QCOMPARE(m_writer.exitCode(), 0);
    awaitAll(kLines);
    qInfo("%d rotations by logrotate", rotations);
    QVERIFY(rotations > 3);
    stopReader();
    verifyAll(kLines);
}

void tst_log_rotation_load::logrotateCopies()
{
    QFile log(m_dir->filePath(u"web.log"_s));
    QVERIFY(log.open(QIODevice::WriteOnly | QIODevice::Append | QIODevice::Unbuffered));
    constexpr int lines = 50'000;
    for (int number = 0; number < lines && !QTest::currentTestFailed(); ++number) {
        log.write(QByteArray::number(number) + " a line of the usual length\n");
        if (number % 5000 == 4999) {
            logrotate(u"  copytruncate\n  compress\n  delaycompress"_s);
            awaitAll(number + 1);
        }
    }
    QVERIFY(QFile::exists(m_dir->filePath(u"web.log.2.gz"_s)));
    stopReader();
    verifyAll(lines);
}

int main(int argc, char **argv)
{
    if (argc == 5 && qstrcmp(argv[1], "--write") == 0)
        return writeLines(QString::fromLocal8Bit(argv[2]), QByteArray(argv[3]).toInt(), QByteArray(argv[4]).toInt());
    QCoreApplication app(argc, argv);
    tst_log_rotation_load test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_log_rotation_load.moc"
