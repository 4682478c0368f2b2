// How far logs were read, over a restart of the engine: what goes to the store comes back and is right.
#include "core/engine/LogKeeper.h"

#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

class tst_log_keeper : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void survivesARestart();

private:
    /// One life of an engine: starts with what is stored, reads until `wanted` lines are there, stores what changed.
    void live(const QByteArray &written, qsizetype wanted);

    QTemporaryDir m_dir;
    QMap<QString, QString> m_stored{{u"epoch"_s, u"7"_s}, {u"unit/web"_s, u"a b"_s}};
    QByteArrayList m_lines;
};

void tst_log_keeper::live(const QByteArray &written, qsizetype wanted)
{
    LogSources logs(std::make_shared<SystemClock>());
    LogKeeper keeper(logs);
    connect(&logs, &LogSources::linesReady, this, [this](const QList<LogLine> &lines) {
        for (const LogLine &line : lines)
            m_lines.append(line.text);
    });
    const auto store = [&] { m_stored.insert(keeper.takeChanges().state); };
    QSignalSpy due(&keeper, &LogKeeper::changesDue);
    connect(&keeper, &LogKeeper::changesDue, this, store);
    keeper.restore(m_stored);
    ServiceConfig worker;
    worker.name = u"worker"_s;
    worker.manager = Manager::Process;
    logs.setServices({worker});
    logs.start();
    ManagedProcess process;
    process.service = u"worker"_s;
    process.outputFile = m_dir.filePath(u"worker.out"_s);
    keeper.follow(std::nullopt);
    keeper.follow(process);
    QFile output(process.outputFile);
    QVERIFY(output.open(QIODevice::WriteOnly | QIODevice::Append | QIODevice::Unbuffered));
    output.write(written);
    QTRY_COMPARE(m_lines.size(), wanted);
    QTRY_VERIFY(due.count() >= 1); // by itself, for the case of a crash
    output.write("last words\n");
    logs.stop();
    store();
}

void tst_log_keeper::survivesARestart()
{
    live("one\ntwo\n", 2);
    QCOMPARE(m_stored.size(), 3);
    QVERIFY(m_stored.contains(u"log/worker/file:"_s + m_dir.filePath(u"worker.out"_s)));
    live("three\n", 4);
    live("four\n", 6);
    m_lines.removeAll("last words");
    QCOMPARE(m_lines, (QByteArrayList{"one", "two", "three", "four"}));
    QCOMPARE(m_stored.value(u"epoch"_s), u"7"_s); // others' entries are none of its business
}

QTEST_GUILESS_MAIN(tst_log_keeper)
#include "tst_log_keeper.moc"
