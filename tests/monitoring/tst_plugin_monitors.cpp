// Plugins that were really built, loaded as the engine loads them and run by the real scheduler.
#include "core/monitoring/HostMonitors.h"
#include "core/monitoring/MonitorScheduler.h"
#include "tests/monitoring/HostFixture.h"

#include <QProcess>
#include <QSignalSpy>
#include <QTest>

#include <cstring>
#include <utmpx.h>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

/// Two people, one terminal that waits for somebody.
QByteArray sessions()
{
    QByteArray bytes;
    for (const short type : {short(USER_PROCESS), short(LOGIN_PROCESS), short(USER_PROCESS)}) {
        utmpx entry{};
        entry.ut_type = type;
        bytes.append(reinterpret_cast<const char *>(&entry), sizeof entry);
    }
    return bytes;
}

} // namespace

class PluginMonitorsTest : public QObject
{
    Q_OBJECT
    std::unique_ptr<QTemporaryDir> m_folder;

    QString write(const QString &name, const QByteArray &bytes, QFile::Permissions permissions = QFile::ReadOwner | QFile::WriteOwner)
    {
        QFile file(m_folder->filePath(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
            qFatal("cannot write %s", qPrintable(name));
        file.setPermissions(permissions);
        return file.fileName();
    }
    /// A copy that belongs to us alone, whatever the umask of the build.
    QString installed(const QString &built)
    {
        QFile file(QStringLiteral(BUILD_DIR "/") + built);
        if (!file.open(QIODevice::ReadOnly))
            qFatal("%s was not built", qPrintable(built));
        return write(built.section(u'/', -1), file.readAll());
    }
    static Config with(const QString &plugin, const QMap<QString, QString> &settings = {})
    {
        MonitorConfig monitor;
        monitor.type = u"plugin"_s;
        monitor.name = u"mine"_s;
        monitor.plugin = plugin;
        monitor.settings = settings;
        monitor.intervalMs = 40;
        Config config;
        config.monitors = {monitor};
        return config;
    }
    static QString onlyProblem(const Config &config)
    {
        const auto monitors = monitorsFor(config);
        if (monitors.size() != 1 || !monitors[0]->sample({}).isEmpty())
            return u"it was taken"_s;
        return monitors[0]->problem();
    }

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void exampleThroughTheScheduler();
    void exampleRefusesASetting();
    void wrongPlugins_data();
    void wrongPlugins();
    void filesThatAreNoPlugins();
    void othersMayNotWrite();
    void throwingMonitorsAreProblems();
    void valuesAreChecked();
    void buildsOutOfTree();
};

void PluginMonitorsTest::exampleThroughTheScheduler()
{
    const QString utmp = write(u"utmp"_s, sessions());
    SystemClock clock;
    MonitorScheduler scheduler(clock);
    QSignalSpy samples(&scheduler, &MonitorScheduler::samplesReady), failed(&scheduler, &MonitorScheduler::monitorFailed),
        recovered(&scheduler, &MonitorScheduler::monitorRecovered);
    scheduler.setMonitors(monitorsFor(with(installed(u"examples/plugin/liblogged_in_users.so"_s), {{u"file"_s, utmp}})));
    scheduler.start();
    QTRY_VERIFY(samples.size() >= 2); // at its own interval
    const auto first = samples.at(0).at(0).value<QList<Sample>>().at(0);
    QCOMPARE(toString(first.key), u"mine"_s);
    QCOMPARE(first.value, 2.0);
    QCOMPARE(first.component, u"host"_s);
    QVERIFY(first.wallMs > 0 && first.monotonicMs > 0);
    QVERIFY(failed.isEmpty());
    QFile::remove(utmp);
    QTRY_COMPARE(failed.size(), 1);
    QCOMPARE(failed.at(0).at(1).toString(), u"cannot read %1: No such file or directory"_s.arg(utmp));
    write(u"utmp"_s, {});
    QTRY_COMPARE(recovered.size(), 1);
    scheduler.stop();
}

void PluginMonitorsTest::exampleRefusesASetting()
{
    const QString plugin = installed(u"examples/plugin/liblogged_in_users.so"_s);
    QCOMPARE(onlyProblem(with(plugin, {{u"file"_s, u"utmp"_s}})),
             QString(plugin + u" made no monitors: the setting file is \"utmp\", expected an absolute path"_s));
}

void PluginMonitorsTest::wrongPlugins_data()
{
    QTest::addColumn<QString>("problem"); // % stands for the file
    QTest::newRow("version") << u"% is a plugin of \"org.prunella.MonitorPlugin/0\", expected \"org.prunella.MonitorPlugin/1\": build it against this version's headers"_s;
    QTest::newRow("abi") << u"% was built against other headers: build it against this version's"_s;
    QTest::newRow("interface") << u"% does not implement MonitorPlugin: Q_INTERFACES is missing"_s;
    QTest::newRow("create") << u"% has thrown: bad start"_s;
    QTest::newRow("nothing") << u"% made no monitors and does not say why"_s;
}

void PluginMonitorsTest::wrongPlugins()
{
    const QString plugin = installed(u"wrong_plugins/libwrong_%1.so"_s.arg(QLatin1String(QTest::currentDataTag())));
    QFETCH(QString, problem);
    QCOMPARE(onlyProblem(with(plugin)), problem.replace(u'%', plugin));
}

void PluginMonitorsTest::filesThatAreNoPlugins()
{
    const QString text = write(u"text.so"_s, "no shared object");
    QVERIFY2(onlyProblem(with(text)).startsWith(text + u" is no Qt plugin for this Qt: "_s), qPrintable(onlyProblem(with(text))));
    QFile built(QStringLiteral(BUILD_DIR "/examples/plugin/liblogged_in_users.so"));
    QVERIFY(built.open(QIODevice::ReadOnly));
    const QString half = write(u"half.so"_s, built.read(4096));
    QVERIFY2(onlyProblem(with(half)).startsWith(half + u" "_s), qPrintable(onlyProblem(with(half))));
    QCOMPARE(onlyProblem(with(u"/nowhere/x.so"_s)), u"cannot read /nowhere/x.so: No such file or directory"_s);
    QCOMPARE(onlyProblem(with(m_folder->path())), QString(m_folder->path() + u" is no regular file"_s));
}

void PluginMonitorsTest::othersMayNotWrite()
{
    const QString plugin = installed(u"examples/plugin/liblogged_in_users.so"_s);
    QFile::setPermissions(plugin, QFile::ReadOwner | QFile::WriteOwner | QFile::WriteGroup);
    QCOMPARE(onlyProblem(with(plugin)), u"%1 is refused: others can write it; do: chmod go-w %1"_s.arg(plugin));
    QFile::setPermissions(plugin, QFile::ReadOwner | QFile::WriteOwner);
    QFile::setPermissions(m_folder->path(), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner | QFile::WriteOther | QFile::ExeOther);
    QCOMPARE(onlyProblem(with(plugin)), u"%1 is refused: others can write its folder; do: chmod go-w %2"_s.arg(plugin, m_folder->path()));
}

void PluginMonitorsTest::throwingMonitorsAreProblems()
{
    SystemClock clock;
    MonitorScheduler scheduler(clock);
    QSignalSpy failed(&scheduler, &MonitorScheduler::monitorFailed);
    scheduler.setMonitors(monitorsFor(with(installed(u"wrong_plugins/libwrong_sample.so"_s))));
    scheduler.start();
    QTRY_COMPARE(failed.size(), 2); // once each, however often they throw
    QStringList told{failed.at(0).at(1).toString(), failed.at(1).at(1).toString()};
    told.sort();
    QCOMPARE(told, (QStringList{u"the plugin's monitor mine/one has thrown: no licence"_s,
                                u"the plugin's monitor mine/two has thrown something that is no std::exception"_s}));
    scheduler.stop();
}

void PluginMonitorsTest::valuesAreChecked()
{
    const auto monitors = monitorsFor(with(installed(u"wrong_plugins/libwrong_values.so"_s)));
    QCOMPARE(monitors.size(), 2U);
    QVERIFY(monitors[0]->mayBlock());
    QCOMPARE(monitors[0]->intervalMs(), 50); // its own, not the configured one
    const auto samples = monitors[0]->sample({5000, 6000, 7000, {}});
    QCOMPARE(samples.size(), 1); // NaN is no measurement
    QCOMPARE(samples[0].component, u"host"_s);
    QCOMPARE(samples[0].wallMs, 5000);
    QCOMPARE(samples[0].monotonicMs, 6000);
    QVERIFY(monitors[0]->problem().contains(u"no numbers"_s));
}

void PluginMonitorsTest::buildsOutOfTree()
{
    const QString source = QStringLiteral(SOURCE_DIR), build = m_folder->filePath(u"build"_s);
    const auto run = [](const QStringList &arguments) {
        QProcess cmake;
        cmake.setProcessChannelMode(QProcess::MergedChannels);
        cmake.start(u"cmake"_s, arguments);
        cmake.waitForFinished(120'000);
        return std::pair(cmake.exitCode(), cmake.readAll());
    };
    QTemporaryDir copy;
    for (const QString &file : QDir(source + u"/resources/examples/plugin"_s).entryList(QDir::Files))
        QVERIFY(QFile::copy(source + u"/resources/examples/plugin/"_s + file, copy.filePath(file)));
    const auto configured = run({u"-S"_s, copy.path(), u"-B"_s, build, u"-DPRUNELLA_SOURCE="_s + source});
    QVERIFY2(configured.first == 0, configured.second.constData());
    const auto built = run({u"--build"_s, build});
    QVERIFY2(built.first == 0, built.second.constData());
    QFile::setPermissions(build + u"/liblogged_in_users.so"_s, QFile::ReadOwner | QFile::WriteOwner);
    QFile::setPermissions(build, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    const auto monitors = monitorsFor(with(build + u"/liblogged_in_users.so"_s, {{u"file"_s, write(u"utmp"_s, sessions())}}));
    QCOMPARE(monitors.size(), 1U);
    QCOMPARE(valueOf(monitors[0]->sample({}), "mine"), 2.0);
}

QTEST_GUILESS_MAIN(PluginMonitorsTest)
#include "tst_plugin_monitors.moc"
