// labels: sandbox
// Instances of a template unit under a load that they share: one more while it is high, one fewer once it has been low for the stated time.
#include "Incidents.h"
#include "Playbook.h"

#include <QTest>

using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

/// A template whose instances share the work that DIR/demand states, in percent of one processor; the first one runs. On a busy
/// machine they must still get what they ask for, hence Nice=.
class Instances
{
public:
    Instances(const QString &name, const QString &dir) : m_name(name), m_dir(dir)
    {
        putFile(demandFile(), "0\n");
        putFile(path(), u"[Unit]\nStartLimitIntervalSec=0\n[Service]\nCPUAccounting=yes\nNice=-15\nExecStart=%1\n"_s
                            .arg(victimCommand(dir + u"/starts"_s, {u"--share"_s, dir}).join(u' ')).toUtf8());
        systemctl({u"daemon-reload"_s});
        systemctl({u"start"_s, unit(1)});
    }
    ~Instances()
    {
        for (int number = 1; number <= 3; ++number)
            systemctl({u"stop"_s, unit(number)});
        QFile::remove(path());
        systemctl({u"daemon-reload"_s});
    }
    Q_DISABLE_COPY_MOVE(Instances)

    void demand(int percent) const { putFile(demandFile(), QByteArray::number(percent) + '\n'); }
    [[nodiscard]] QString unit(int number) const { return u"%1@%2.service"_s.arg(m_name).arg(number); }
    /// Numbers of those whose process is in the kernel's list.
    [[nodiscard]] QList<int> running() const
    {
        QList<int> numbers;
        for (int number = 1; number <= 3; ++number) {
            const qint64 pid = systemctl({u"show"_s, u"--value"_s, u"-p"_s, u"MainPID"_s, unit(number)}).toLongLong();
            if (processRuns(pid) && bytesOf(u"/proc/%1/cmdline"_s.arg(pid)).contains("--share"))
                numbers.append(number);
        }
        return numbers;
    }
    [[nodiscard]] QString service() const
    {
        return u"    - {name: %1, manager: systemd, unit: %2, resources: {instances: {template: \"%1@.service\", min: 1, max: 3, low_load: 15,"
               " scale_back_after: 2s}}}\n"_s.arg(m_name, unit(1));
    }

private:
    [[nodiscard]] QString demandFile() const { return m_dir + u"/demand"_s; }
    [[nodiscard]] QString path() const { return u"/run/systemd/system/%1@.service"_s.arg(m_name); }
    QString m_name, m_dir;
};

/// Too busy is over 45 % of a processor for a second: one instance alone has 60 % to do, two have 30 % each.
constexpr int highDemand = 60;
QString moreConfig(const QString &dir, const QString &name)
{
    return withPlaybooks(dir) + u"  thresholds: [{metric: process_cpu, labels: {service: %1}, warning: 42, critical: 45, clear: 40, for: 1s}]\n"_s.arg(name);
}

QString scaledConfig(const QString &services, const QString &recovery, const QString &more)
{
    return engineConfig(services, u"automatic"_s, recovery, more).replace(u"monitoring_interval: 1}"_s, u"monitoring_interval: 500ms, anomaly_detection_enabled: false}"_s);
}

} // namespace

class TestSystemScale : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void upAndBack();
    void switchedOff();
};

void TestSystemScale::upAndBack()
{
    const QString dir = outDirectory(u"scale"_s);
    putTree(dir, u"cpu_spike"_s, u"more_work"_s, u"scale_resources"_s);
    const Instances web(u"web"_s, dir);
    EngineProcess engine(dir, scaledConfig(web.service(), {}, moreConfig(dir, u"web"_s)));
    QVERIFY2(engine.start() && engine.knows(u"web"_s), qPrintable(engine.eventsText() + engine.errors()));
    QCOMPARE(web.running(), QList<int>{1});
    web.demand(highDemand);
    QVERIFY2(engine.sees(u"resolved"_s, u"web"_s, 30'000), qPrintable(engine.eventsText()));
    QCOMPARE(web.running(), (QList<int>{1, 2}));
    const QJsonObject up = firstAction(engine.incident(u"web"_s));
    QCOMPARE(up.value(u"action_type").toString(), u"scale_resources"_s);
    QCOMPARE(up.value(u"call").toString(), u"StartUnit(\"web@2.service\", \"replace\") (2 instances, now 1)"_s);
    QVERIFY(up.value(u"verified").toBool());
    QVERIFY(!engine.ends(4000)); // twice the time, and the load is not low: both have work
    QCOMPARE(web.running(), (QList<int>{1, 2}));
    web.demand(4);
    QVERIFY2(engine.sees(u"reverted"_s, u"web"_s, 20'000), qPrintable(engine.eventsText()));
    QCOMPARE(web.running(), QList<int>{1});
    const QJsonObject incident = engine.incident(u"web"_s);
    QCOMPARE(actionsOf(incident).size(), 2);
    const QJsonObject back = actionsOf(incident).last().toObject();
    QCOMPARE(back.value(u"undoes"), up.value(u"id"));
    QCOMPARE(back.value(u"status").toString(), u"completed"_s);
    QCOMPARE(back.value(u"call").toString(), u"StopUnit(\"web@2.service\", \"replace\") (1 instances, now 2)"_s);
    QCOMPARE(firstAction(incident).value(u"undone_by"), back.value(u"id"));
    QVERIFY2(lastReason(incident).startsWith(u"scale_resources is over: 1 instances of web@.service (were 2)"_s), qPrintable(lastReason(incident)));
    QCOMPARE(statusOf(incident), u"resolved"_s);
    QCOMPARE(engine.stop(), 0);
}

void TestSystemScale::switchedOff()
{
    const QString dir = outDirectory(u"fixed"_s);
    putTree(dir, u"cpu_spike"_s, u"more_work"_s, u"scale_resources"_s);
    const Instances web(u"fixed"_s, dir);
    EngineProcess engine(dir, scaledConfig(web.service(), u"auto_scaling_enabled: false"_s, moreConfig(dir, u"fixed"_s)));
    QVERIFY2(engine.start() && engine.knows(u"fixed"_s), qPrintable(engine.eventsText() + engine.errors()));
    web.demand(highDemand);
    QVERIFY2(engine.sees(u"escalated"_s, u"fixed"_s, 30'000), qPrintable(engine.eventsText()));
    QVERIFY(!engine.ends(2000));
    QCOMPARE(web.running(), QList<int>{1});
    const QJsonObject incident = engine.incident(u"fixed"_s), action = firstAction(incident);
    QCOMPARE(action.value(u"status").toString(), u"refused"_s);
    QCOMPARE(action.value(u"reason").toString(), u"switched_off"_s);
    QVERIFY2(action.value(u"detail").toString().contains(u"auto_scaling_enabled is false"_s), qPrintable(action.value(u"detail").toString()));
    QCOMPARE(engine.stop(), 0);
}

QTEST_GUILESS_MAIN(TestSystemScale)
#include "tst_system_scale.moc"
