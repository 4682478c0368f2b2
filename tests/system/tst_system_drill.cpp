// The drills to their end: real processes, broken and healed, or given up.
#include "Ctl.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QTest>

using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

/// The seconds of each phase, in the order of their names here; empty when one is missing or they are out of order.
QList<double> times(const QJsonObject &report, const QStringList &phases)
{
    QList<double> list;
    for (const QString &phase : phases) {
        const auto value = report.value(u"phases").toObject().value(phase);
        if (!value.isDouble() || (!list.isEmpty() && value.toDouble() < list.last()))
            return {};
        list.append(value.toDouble());
    }
    return list;
}

} // namespace

class TestSystemDrill : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void list();
    void serviceCrash();
    void crashLoop();
    void inWords();
};

void TestSystemDrill::list()
{
    const auto json = ctl({u"drill"_s, u"--list"_s, u"--json"_s});
    QCOMPARE(json.code, 0);
    QStringList names;
    for (const auto &value : parsed(json.out).array())
        names.append(value.toObject().value(u"name").toString());
    QVERIFY2(names.contains(u"service-crash"_s) && names.contains(u"crash-loop"_s), qPrintable(names.join(u' ')));
    const auto text = ctl({u"drill"_s, u"--list"_s});
    QCOMPARE(text.code, 0);
    QVERIFY(text.out.startsWith(u"DRILL"_s));
}

void TestSystemDrill::serviceCrash()
{
    const auto answer = ctl({u"drill"_s, u"service-crash"_s, u"--json"_s});
    QVERIFY2(answer.code == 0, qPrintable(answer.out + answer.err));
    const auto report = parsed(answer.out).object();
    QVERIFY(report.value(u"passed").toBool());
    QCOMPARE(report.value(u"drill").toString(), u"service-crash"_s);
    const auto phases = times(report, {u"detected"_s, u"diagnosing"_s, u"recovering"_s, u"verifying"_s, u"resolved"_s});
    QVERIFY2(!phases.isEmpty(), qPrintable(answer.out));
    QVERIFY2(phases.first() < 1 && phases.last() >= 2 && phases.last() < 10, qPrintable(answer.out)); // it settles for 2 s
    const auto incident = report.value(u"incident").toObject();
    QCOMPARE(incident.value(u"status").toString(), u"resolved"_s);
    const auto actions = incident.value(u"recovery_actions").toArray();
    QCOMPARE(actions.size(), 1);
    QVERIFY(actions.first().toObject().value(u"verified").toBool());
}

void TestSystemDrill::crashLoop()
{
    const auto answer = ctl({u"drill"_s, u"crash-loop"_s, u"--json"_s});
    QVERIFY2(answer.code == 0, qPrintable(answer.out + answer.err));
    const auto report = parsed(answer.out).object();
    QVERIFY(report.value(u"passed").toBool());
    QVERIFY2(!times(report, {u"detected"_s, u"recovering"_s, u"verifying"_s, u"escalated"_s}).isEmpty(), qPrintable(answer.out));
    const auto incident = report.value(u"incident").toObject();
    QCOMPARE(incident.value(u"status").toString(), u"escalated"_s);
    int tried = 0;
    for (const auto &value : incident.value(u"recovery_actions").toArray()) {
        const auto action = value.toObject(); // a closer look may come between them
        tried += action.value(u"status").toString() == u"completed"_s && action.value(u"action_type").toString() == u"restart_service"_s ? 1 : 0;
    }
    QCOMPARE(tried, 3);
}

void TestSystemDrill::inWords()
{
    const auto answer = ctl({u"drill"_s}); // without a name: service-crash
    QVERIFY2(answer.code == 0, qPrintable(answer.out + answer.err));
    const auto lines = answer.out.trimmed().split(u'\n');
    QVERIFY2(lines.first().startsWith(u"drill service-crash: "_s) && lines.last() == u"passed"_s, qPrintable(answer.out));
    QVERIFY2(lines[1].contains(u"kill -9"_s), qPrintable(lines[1]));
}

QTEST_GUILESS_MAIN(TestSystemDrill)
#include "tst_system_drill.moc"
