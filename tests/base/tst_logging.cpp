// The log file: its level, its lines, and that it never grows past its bound, whoever writes.
#include "core/base/Logging.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>
#include <thread>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 mebibyte = 1024 * 1024;
constexpr qint64 rotatedAt = 5 * mebibyte;

/// The handler is the process's: what QTest needs for itself is put back at the end.
class Log
{
public:
    Log() { open(); }
    ~Log() { qInstallMessageHandler(m_before); }
    Q_DISABLE_COPY_MOVE(Log)

    void open() const { Logging::install({m_dir.path(), true}); }
    [[nodiscard]] QString path(int old = 0) const
    {
        return m_dir.filePath(old == 0 ? u"prunella.log"_s : u"prunella.log.%1"_s.arg(old));
    }
    [[nodiscard]] QByteArray text(int old = 0) const
    {
        QFile file(path(old));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    [[nodiscard]] QStringList files() const { return QDir(m_dir.path()).entryList(QDir::Files, QDir::Name); }

private:
    QTemporaryDir m_dir;
    QtMessageHandler m_before = qInstallMessageHandler(nullptr);
};

const QStringList allFour{u"prunella.log"_s, u"prunella.log.1"_s, u"prunella.log.2"_s, u"prunella.log.3"_s};

void write(int from, int count, qsizetype bytes)
{
    const QString filling(bytes, u'x');
    for (int i = from; i < from + count; ++i)
        qCInfo(lcEngine).noquote() << i << filling;
}

/// The numbers of the lines in a file; nothing when a line is not whole.
QList<int> numbers(const QByteArray &text)
{
    QList<int> found;
    for (const QByteArray &line : text.split('\n')) {
        if (line.isEmpty())
            continue;
        const QByteArray message = line.mid(line.indexOf(": ") + 2);
        if (!line.contains(" INFO prunella.engine: ") || !line.endsWith('x'))
            return {};
        found.append(message.split(' ').first().toInt());
    }
    return found;
}

} // namespace

class TestLogging : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void levels_data();
    void levels();
    void aLine();
    void rotatesAndKeepsThree();
    void anOldFileCounts();
    void manyThreads();
    void withoutADirectory();
};

void TestLogging::levels_data()
{
    QTest::addColumn<QString>("level");
    QTest::addColumn<QString>("written");
    QTest::newRow("debug") << u"DEBUG"_s << u"DEBUG INFO WARNING ERROR"_s;
    QTest::newRow("info") << u"INFO"_s << u"INFO WARNING ERROR"_s;
    QTest::newRow("warning") << u"WARNING"_s << u"WARNING ERROR"_s;
    QTest::newRow("error") << u"ERROR"_s << u"ERROR"_s;
}

void TestLogging::levels()
{
    QFETCH(QString, level);
    QFETCH(QString, written);
    QLoggingCategory talkative("prunella.test");
    talkative.setEnabled(QtDebugMsg, true); // whatever QT_LOGGING_RULES says of the rest
    QStringList seen;
    {
        const Log log;
        Logging::setLevel(level);
        qCDebug(talkative) << "d";
        qCInfo(talkative) << "i";
        qCWarning(talkative) << "w";
        qCCritical(talkative) << "c";
        Logging::setLevel(u"INFO"_s);
        for (const QByteArray &line : log.text().trimmed().split('\n'))
            seen.append(QString::fromUtf8(line.split(' ').value(1)));
    }
    QCOMPARE(seen.join(u' '), written);
}

void TestLogging::aLine()
{
    QByteArray text;
    struct stat info{};
    {
        const Log log;
        qCInfo(lcEngine).noquote() << u"Grüße an %1"_s.arg(u"web"_s);
        text = log.text();
        ::stat(QFile::encodeName(log.path()).constData(), &info);
    }
    const QRegularExpression line(u"^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z INFO prunella\\.engine: Grüße an web\\n$"_s);
    QVERIFY2(line.match(QString::fromUtf8(text)).hasMatch(), text.constData());
    QCOMPARE(int(info.st_mode & 0777U), 0600); // it may name commands and addresses
}

void TestLogging::rotatesAndKeepsThree()
{
    constexpr int lines = 3000; // of 10 KiB: nearly six files
    QList<int> kept;
    QStringList files;
    qint64 largest = 0, all = 0;
    {
        const Log log;
        write(0, lines, 10 * 1024);
        files = log.files();
        for (int old = 3; old >= 0; --old) {
            const QByteArray text = log.text(old);
            kept += numbers(text);
            largest = std::max<qint64>(largest, text.size());
            all += text.size();
        }
    }
    QCOMPARE(files, allFour);
    QVERIFY2(largest > rotatedAt && largest < rotatedAt + 11 * 1024, qPrintable(QString::number(largest)));
    QVERIFY2(all < 4 * rotatedAt + mebibyte, qPrintable(QString::number(all)));
    QCOMPARE(kept.last(), lines - 1);
    for (qsizetype i = 1; i < kept.size(); ++i)
        QCOMPARE(kept[i], kept[i - 1] + 1); // the newest, without a gap, oldest file first
}

/// What an earlier run left in the file counts, so that restarts do not make it grow.
void TestLogging::anOldFileCounts()
{
    QStringList before, after;
    QList<int> first;
    {
        const Log log;
        write(0, 500, 10 * 1024); // under 5 MiB
        before = log.files();
        log.open();
        write(500, 20, 10 * 1024);
        after = log.files();
        first = numbers(log.text(1));
    }
    QCOMPARE(before, allFour.mid(0, 1));
    QCOMPARE(after, allFour.mid(0, 2));
    QVERIFY(!first.isEmpty() && first.first() == 0 && first.last() > 500);
}

/// Several threads find the file full at once: it is rotated once, and no line is lost or torn.
void TestLogging::manyThreads()
{
    constexpr int threads = 4, perThread = 500; // 2000 lines of 10 KiB: less than four files
    QStringList files;
    QList<qint64> sizes;
    QList<int> seen;
    {
        const Log log;
        std::vector<std::thread> writers;
        for (int t = 0; t < threads; ++t)
            writers.emplace_back([t] { write(t * perThread, perThread, 10 * 1024); });
        for (std::thread &writer : writers)
            writer.join();
        files = log.files();
        for (int old = 3; old >= 0; --old) {
            sizes.append(log.text(old).size());
            seen += numbers(log.text(old));
        }
    }
    QCOMPARE(files, allFour);
    // Rotated twice for one filling, a file would be tiny. The others write on into the full one until it is exchanged.
    for (const qint64 size : sizes.mid(0, 3))
        QVERIFY2(size > 4 * mebibyte && size < 16 * mebibyte, qPrintable(QString::number(size)));
    std::sort(seen.begin(), seen.end());
    QCOMPARE(seen.size(), threads * perThread);
    QCOMPARE(seen.first(), 0);
    QCOMPARE(seen.last(), threads * perThread - 1);
}

void TestLogging::withoutADirectory()
{
    const QtMessageHandler before = qInstallMessageHandler(nullptr);
    const QTemporaryDir dir;
    QFile blocked(dir.filePath(u"file"_s));
    QVERIFY(blocked.open(QIODevice::WriteOnly));
    Logging::install({dir.filePath(u"file/log"_s), true}); // cannot be made: stderr alone, no crash
    qCInfo(lcEngine) << "said to nobody";
    qInstallMessageHandler(before);
    QCOMPARE(QDir(dir.path()).entryList(QDir::Files), QStringList{u"file"_s});
}

QTEST_GUILESS_MAIN(TestLogging)
#include "tst_logging.moc"
