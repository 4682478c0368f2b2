// labels: sandbox
// Processor time of real instances, and of captured files of each version of control groups.
#include "core/monitoring/InstanceLoad.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

void put(const QString &path, const QByteArray &bytes)
{
    QVERIFY(QDir().mkpath(QFileInfo(path).path()));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes);
}

Now at(qint64 monotonicMs)
{
    Now now;
    now.monotonicMs = monotonicMs;
    return now;
}

QString systemctl(const QStringList &arguments)
{
    QProcess process;
    process.start(u"systemctl"_s, arguments);
    process.waitForFinished();
    return QString::fromLocal8Bit(process.readAllStandardOutput()).trimmed();
}

} // namespace

class TestInstanceLoad : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void captured();
    void realInstances();
};

void TestInstanceLoad::captured()
{
    QTemporaryDir dir;
    const QString group = u"/system.slice/web@1.service"_s, file = dir.path() + group + u"/cpu.stat"_s;
    InstanceLoad load(dir.path());
    const QMap<QString, QString> groups{{u"web@1.service"_s, group}};
    put(file, "usage_usec 1000000\nuser_usec 900000\nsystem_usec 100000\n");
    QVERIFY(load.look(groups, at(1000)).isEmpty()); // the first look tells nothing
    put(file, "usage_usec 1500000\n");
    QCOMPARE(load.look(groups, at(3000)).value(u"web@1.service"_s), 25.0); // half a second in two
    put(file, "usage_usec 100\n"); // a new start
    QVERIFY(load.look(groups, at(4000)).isEmpty());
    QVERIFY(load.look({}, at(5000)).isEmpty());
    put(file, "usage_usec 900000\n");
    QVERIFY(load.look(groups, at(6000)).isEmpty()); // gone and come again
    QVERIFY(QFile::remove(file));
    put(dir.path() + u"/unified"_s + group + u"/cpu.stat"_s, "usage_usec 77\n");
    QCOMPARE(load.usedMicroseconds(group), std::optional<quint64>(77));
    put(dir.path() + u"/cpuacct/a/cpuacct.usage"_s, "5000000\n");
    QCOMPARE(load.usedMicroseconds(u"/a"_s), std::optional<quint64>(5000));
    QVERIFY(!load.usedMicroseconds(u"/b"_s) && !load.usedMicroseconds({}));
}

void TestInstanceLoad::realInstances()
{
    put(u"/run/systemd/system/pr-load@.service"_s, "[Service]\nCPUQuota=50%\nExecStart=/bin/sh -c 'test %i = 1 || exec sleep 1000; while :; do :; done'\n");
    systemctl({u"daemon-reload"_s});
    QMap<QString, QString> groups;
    for (const QString &unit : {u"pr-load@1.service"_s, u"pr-load@2.service"_s}) {
        systemctl({u"start"_s, unit});
        groups.insert(unit, systemctl({u"show"_s, u"--value"_s, u"-p"_s, u"ControlGroup"_s, unit}));
    }
    InstanceLoad load;
    const SystemClock clock;
    QVERIFY(load.look(groups, clock.now()).isEmpty());
    QElapsedTimer timer;
    timer.start();
    QTRY_VERIFY_WITH_TIMEOUT(timer.elapsed() > 1500, 5000);
    const QMap<QString, double> percent = load.look(groups, clock.now());
    qInfo("busy instance with a quota of 50 %%: %.1f %%, idle one: %.1f %%", percent.value(u"pr-load@1.service"_s), percent.value(u"pr-load@2.service"_s));
    QVERIFY(percent.value(u"pr-load@1.service"_s) > 20 && percent.value(u"pr-load@1.service"_s) < 65);
    QVERIFY(percent.contains(u"pr-load@2.service"_s) && percent.value(u"pr-load@2.service"_s) < 5);
    systemctl({u"stop"_s, u"pr-load@1.service"_s, u"pr-load@2.service"_s});
}

QTEST_GUILESS_MAIN(TestInstanceLoad)
#include "tst_instance_load.moc"
