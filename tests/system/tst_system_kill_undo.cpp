// labels: sandbox
// kill -9 of the engine at every journal step of the actions that are taken back when they did not help: of the action itself
// and of its undo. The other half of tst_system_kill_table.
#include "KillTable.h"

#include <QTest>

using namespace prunella::testing;
using namespace Qt::StringLiterals;

class TestSystemKillUndo : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theNextEngineGoesOn_data();
    void theNextEngineGoesOn();
    void cleanupTestCase() { qInfo().noquote() << m_table.text(); }

private:
    KillTable m_table;
};

void TestSystemKillUndo::theNextEngineGoesOn_data()
{
    QTest::addColumn<KillCell>("cell");
    const QList<KillCell> cells = killCells(u"scale_resources"_s, {u"scale_begins"_s, u"instance_done"_s}, {u"scale_begins#2"_s, u"instance_done#2"_s})
        + killCells(u"files"_s, {u"file_changed"_s, u"call_sent"_s, u"job_done"_s}, {u"file_changed#2"_s, u"call_sent#2"_s, u"job_done#2"_s})
        + killCells(u"memory"_s, {u"limits_set"_s}, {u"limits_set#2"_s})
        + killCells(u"adjust_timeout"_s, {u"file_written"_s, u"file_changed"_s, u"call_sent"_s, u"job_done"_s},
                    {u"file_written#2"_s, u"file_changed#2"_s, u"call_sent#2"_s, u"job_done#2"_s});
    for (const KillCell &cell : cells)
        QTest::addRow("%s %s %s", qPrintable(cell.action), qPrintable(cell.step), qPrintable(cell.point)) << cell;
}

void TestSystemKillUndo::theNextEngineGoesOn()
{
    QFETCH(const KillCell, cell);
    const QString wrong = m_table.run(cell);
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong));
}

QTEST_GUILESS_MAIN(TestSystemKillUndo)
#include "tst_system_kill_undo.moc"
