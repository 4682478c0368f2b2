// labels: sandbox
// kill -9 of the engine at every journal step of the actions that have no inverse, or end by themselves; the others are in
// tst_system_kill_undo. The table is printed.
#include "KillTable.h"

#include <QTest>

using namespace prunella::testing;
using namespace Qt::StringLiterals;

class TestSystemKillTable : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theNextEngineGoesOn_data();
    void theNextEngineGoesOn();
    void cleanupTestCase() { qInfo().noquote() << m_table.text(); }

private:
    KillTable m_table;
};

void TestSystemKillTable::theNextEngineGoesOn_data()
{
    QTest::addColumn<KillCell>("cell");
    const QList<KillCell> cells = killCells(u"restart_service"_s, {u"call_sent"_s, u"job_done"_s})
        + killCells(u"run_command"_s, {u"child_started"_s, u"child_ended"_s}) + killCells(u"free_disk_space"_s, {u"file_deleted"_s})
        + killCells(u"health_check"_s, {u"checks_answered"_s}, {}, true)
        // The debug level on, the restart that heals, the level off again.
        + killCells(u"enable_monitoring"_s, {u"call_sent"_s, u"job_done"_s}, {u"call_sent#3"_s, u"job_done#3"_s}, true)
        + killCells(u"rollback_deployment"_s, {u"link_made"_s, u"link_moved"_s, u"release_switched"_s, u"call_sent"_s, u"job_done"_s});
    for (const KillCell &cell : cells)
        QTest::addRow("%s %s %s", qPrintable(cell.action), qPrintable(cell.step), qPrintable(cell.point)) << cell;
}

void TestSystemKillTable::theNextEngineGoesOn()
{
    QFETCH(const KillCell, cell);
    const QString wrong = m_table.run(cell);
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong));
}

QTEST_GUILESS_MAIN(TestSystemKillTable)
#include "tst_system_kill_table.moc"
