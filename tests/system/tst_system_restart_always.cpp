// labels: sandbox
// systemd restarts a failing unit for ever and never says "failed": it is noticed by its restarts, nothing is added to
// systemd's own, and a person is told.
#include "EngineProcess.h"
#include "Incidents.h"
#include "VictimUnit.h"

#include <QTest>

using namespace prunella::testing;
using namespace Qt::StringLiterals;

class TestSystemRestartAlways : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void isLeftToSystemdAndEscalated();
};

void TestSystemRestartAlways::isLeftToSystemdAndEscalated()
{
    const QString dir = outDirectory(u"always"_s);
    const VictimUnit victim(u"always"_s, dir, {u"--exit"_s, u"7"_s, u"--after"_s, u"100"_s}, u"Restart=always\nRestartSec=300ms"_s,
                            u"StartLimitIntervalSec=0"_s);
    EngineProcess engine(dir, engineConfig(victim.service()));
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    victim.start();
    QVERIFY2(engine.sees(u"detected"_s, u"always"_s), qPrintable(engine.eventsText()));
    QVERIFY2(engine.sees(u"observed"_s, u"always"_s), qPrintable(engine.eventsText())); // the first restart: systemd sees to it
    QVERIFY2(engine.sees(u"escalated"_s, u"always"_s), qPrintable(engine.eventsText()));
    QVERIFY(!engine.ends(3000)); // several more restarts
    const QJsonObject incident = engine.incident(u"always"_s);
    QVERIFY2(!incident.isEmpty(), qPrintable(engine.eventsText())); // one incident for all of them
    QCOMPARE(statusOf(incident), u"escalated"_s);
    QCOMPARE(incident.value(u"condition").toObject().value(u"kind").toString(), u"restart_loop"_s);
    QCOMPARE(actionsOf(incident).size(), 0);
    QCOMPARE(engine.events(u"recovering"_s).size(), 0);
    QCOMPARE(engine.events(u"escalated"_s).size(), 1);
    QTRY_COMPARE(victim.starts(), victim.property(u"NRestarts"_s).toInt() + 1); // a start by somebody else sets NRestarts to 0
    QVERIFY2(victim.starts() >= 6, qPrintable(QString::number(victim.starts())));
}

QTEST_GUILESS_MAIN(TestSystemRestartAlways)
#include "tst_system_restart_always.moc"
