// Control groups as the kernel writes them, version 1 and 2, in a folder of the test's own.
#include "core/base/ControlGroup.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

class tst_control_group : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void version1();
    void version2();
    void hybrid();
    void nobody();

private:
    void write(const QString &name, const QByteArray &text);
    [[nodiscard]] std::optional<double> value(GroupValue what) const { return groupValue(7, what, m_dir->path() + u"/proc"_s, m_dir->path() + u"/groups"_s); }
    std::unique_ptr<QTemporaryDir> m_dir;
};

void tst_control_group::write(const QString &name, const QByteArray &text)
{
    const QString path = m_dir->path() + u'/' + name;
    QDir().mkpath(path.section(u'/', 0, -2));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text);
}

void tst_control_group::version1()
{
    m_dir = std::make_unique<QTemporaryDir>();
    write(u"proc/7/cgroup"_s, "9:name=systemd:/x\n8:pids:/c\n4:memory:/c\n2:cpu,cpuacct:/c\n0::/\n");
    write(u"groups/memory/c/memory.limit_in_bytes"_s, "134217728\n");
    write(u"groups/memory/c/memory.usage_in_bytes"_s, "4096\n");
    write(u"groups/cpu/c/cpu.cfs_quota_us"_s, "50000\n");
    write(u"groups/cpu/c/cpu.cfs_period_us"_s, "100000\n");
    write(u"groups/cpuacct/c/cpuacct.usage"_s, "1234567\n");
    write(u"groups/pids/c/pids.max"_s, "max\n");
    write(u"groups/pids/c/pids.current"_s, "3\n");
    QCOMPARE(value(GroupValue::MemoryLimit), std::optional(134217728.0));
    QCOMPARE(value(GroupValue::MemoryUsed), std::optional(4096.0));
    QCOMPARE(value(GroupValue::CpuLimit), std::optional(50.0));
    QCOMPARE(value(GroupValue::CpuUsed), std::optional(1234567.0));
    QCOMPARE(value(GroupValue::TasksLimit), std::optional<double>());
    QCOMPARE(value(GroupValue::TasksUsed), std::optional(3.0));
    write(u"groups/memory/c/memory.limit_in_bytes"_s, "9223372036854771712\n"); // none
    write(u"groups/cpu/c/cpu.cfs_quota_us"_s, "-1\n");
    QVERIFY(!value(GroupValue::MemoryLimit) && !value(GroupValue::CpuLimit));
}

void tst_control_group::version2()
{
    m_dir = std::make_unique<QTemporaryDir>();
    write(u"proc/7/cgroup"_s, "0::/machine.slice/c\n");
    write(u"groups/machine.slice/c/memory.max"_s, "67108864\n");
    write(u"groups/machine.slice/c/cpu.max"_s, "25000 50000\n");
    write(u"groups/machine.slice/c/cpu.stat"_s, "usage_usec 1234\nuser_usec 1000\n");
    QCOMPARE(value(GroupValue::MemoryLimit), std::optional(67108864.0));
    QCOMPARE(value(GroupValue::CpuLimit), std::optional(50.0));
    QCOMPARE(value(GroupValue::CpuUsed), std::optional(1234000.0));
    write(u"groups/machine.slice/c/memory.max"_s, "max\n");
    write(u"groups/machine.slice/c/cpu.max"_s, "max 100000\n");
    QVERIFY(!value(GroupValue::MemoryLimit) && !value(GroupValue::CpuLimit));
}

/// Both trees at once: a controller is in one of them only.
void tst_control_group::hybrid()
{
    m_dir = std::make_unique<QTemporaryDir>();
    write(u"proc/7/cgroup"_s, "4:memory:/c\n0::/u\n");
    write(u"groups/memory/c/memory.limit_in_bytes"_s, "1000\n");
    write(u"groups/u/memory.max"_s, "2000\n");
    write(u"groups/u/pids.current"_s, "5\n");
    QCOMPARE(value(GroupValue::MemoryLimit), std::optional(1000.0));
    QCOMPARE(value(GroupValue::TasksUsed), std::optional(5.0));
}

void tst_control_group::nobody()
{
    m_dir = std::make_unique<QTemporaryDir>();
    QVERIFY(!value(GroupValue::MemoryUsed));
}

QTEST_APPLESS_MAIN(tst_control_group)
#include "tst_control_group.moc"
