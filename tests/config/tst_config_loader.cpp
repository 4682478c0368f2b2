#include "core/config/ConfigLoader.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

QByteArray bytesOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

const QString kGood = QStringLiteral(TEST_DATA "/good/");
const QString kExamples = QStringLiteral(SOURCE_DIR "/resources/examples/");

} // namespace

class TestConfigLoader : public QObject
{
    Q_OBJECT
    std::unique_ptr<QTemporaryDir> m_folder;

    QString write(const QString &name, const QByteArray &bytes)
    {
        const QString path = m_folder->filePath(name);
        QDir().mkpath(QFileInfo(path).path());
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
            qFatal("cannot write %s", qPrintable(path));
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner); // whatever the umask
        return path;
    }
    LoadedConfig load(const QByteArray &bytes, const QString &environment = {})
    {
        return loadConfig({{write(u"config.yaml"_s, bytes)}, true, environment});
    }
    static QStringList texts(const LoadedConfig &loaded, ProblemLevel level)
    {
        QStringList list;
        for (const ConfigProblem &problem : loaded.problems) {
            if (problem.level == level)
                list.append(problem.key + u": "_s + problem.text);
        }
        return list;
    }
    static QStringList keys(const LoadedConfig &loaded, ProblemLevel level)
    {
        QStringList list;
        for (const ConfigProblem &problem : loaded.problems) {
            if (problem.level == level)
                list.append(problem.key);
        }
        return list;
    }
    static const ThresholdConfig *find(const Config &config, const QString &metric, const Labels &labels = {})
    {
        for (const ThresholdConfig &threshold : config.thresholds) {
            if (threshold.metric == metric && threshold.labels == labels)
                return &threshold;
        }
        return nullptr;
    }

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void legacyFileLoadsUnchanged()
    {
        const LoadedConfig loaded = load(bytesOf(kGood + u"legacy.yaml"_s));
        QCOMPARE(texts(loaded, ProblemLevel::Error), QStringList());
        QCOMPARE(texts(loaded, ProblemLevel::Warning), QStringList());
        const Config &config = loaded.config;
        QCOMPARE(config.detection.monitoringIntervalMs, 30'000);
        QCOMPARE(config.detection.thresholdResponseTimeMs, 2000.0);
        QCOMPARE(config.recovery.recoveryTimeoutMs, 600'000);
        QCOMPARE(config.learning.confidenceThreshold, 0.8);
        QVERIFY(config.mode == Mode::Approve);
        QCOMPARE(config.escalation.size(), 1);
        QCOMPARE(config.escalation.first().channels, QStringList{u"desktop"_s});
        const QStringList later = keys(loaded, ProblemLevel::NotYetInEffect);
        QVERIFY(!later.contains(u"self_healing.learning.pattern_recognition"_s)); // in effect
        QCOMPARE(later.size(), QSet<QString>(later.cbegin(), later.cend()).size());
    }
    void legacyEnvironment()
    {
        const LoadedConfig loaded = load(bytesOf(kGood + u"legacy.yaml"_s), u"development"_s);
        QVERIFY(!loaded.hasErrors());
        QCOMPARE(loaded.config.environment, u"development"_s);
        QCOMPARE(loaded.config.detection.monitoringIntervalMs, 60'000);
        QVERIFY(!loaded.config.recovery.rollbackEnabled);
        QCOMPARE(loaded.config.recovery.maxRetryAttempts, 3);
        QVERIFY(!keys(loaded, ProblemLevel::NotYetInEffect).contains(u"self_healing.recovery.rollback_enabled"_s));
    }
    void unknownEnvironment()
    {
        const LoadedConfig loaded = load(bytesOf(kGood + u"legacy.yaml"_s), u"prod"_s);
        QCOMPARE(texts(loaded, ProblemLevel::Error),
                 QStringList{u"environments: the environment \"prod\" is not defined, there are: development"_s});
    }
    void everyKeyServices()
    {
        write(u"playbooks.d/x.yaml"_s, "");
        const LoadedConfig loaded = load(bytesOf(kGood + u"every-key.yaml"_s));
        QCOMPARE(texts(loaded, ProblemLevel::Error), QStringList());
        QCOMPARE(loaded.config.services.size(), 5);
        const ServiceConfig &web = loaded.config.services.at(0);
        QCOMPARE(web.unit, u"web.service"_s);
        QCOMPARE(web.dependsOn + web.configFiles, (QStringList{u"db"_s, u"/etc/web/web.yaml"_s, u"/etc/web/conf.d/*.conf"_s}));
        QVERIFY(web.criticality == Severity::High);
        QCOMPARE(web.intervalMs, 10'000);
        QCOMPARE(web.health.size(), 3);
        QCOMPARE(web.health.at(0).failures, 2);
        QCOMPARE(web.health.at(0).expectBody, u"^ok"_s);
        QCOMPARE(web.health.at(0).timeoutMs, 2000);
        QVERIFY(web.health.at(1).type == CheckType::Tcp);
        QVERIFY(web.recovery.mode == Mode::Automatic);
        QVERIFY(web.recovery.actions.value(ActionType::RollbackDeployment) == Mode::Approve);
        QCOMPARE(web.recovery.attemptWindowMs, 7'200'000);
        QVERIFY(loaded.config.services.at(1).manager == Manager::SystemdUser);
        const ServiceConfig &worker = loaded.config.services.at(2);
        QCOMPARE(worker.command, (QStringList{u"/usr/bin/worker"_s, u"--loop"_s}));
        QCOMPARE(worker.environment.value(u"MODE"_s), u"fast"_s);
    }
    void everyKeyElsewhere()
    {
        write(u"playbooks.d/x.yaml"_s, "");
        const Config config = load(bytesOf(kGood + u"every-key.yaml"_s)).config;
        QCOMPARE(config.playbooks, QStringList{m_folder->filePath(u"playbooks.d"_s)});
        QCOMPARE(config.monitors.size(), 8);
        QCOMPARE(config.monitors.at(0).include, QStringList{u"node_.*"_s});
        QCOMPARE(config.monitors.at(0).maxSeries, 2000);
        QCOMPARE(config.monitors.at(1).exclude, QStringList{u"go_.*"_s});
        QCOMPARE(config.monitors.at(1).labels, (QMap<QString, QString>{{u"device"_s, u"sda|sdb"_s}}));
        QCOMPARE(config.monitors.at(1).maxSeries, 500);
        QCOMPARE(config.monitors.at(1).timeoutMs, 3000);
        QCOMPARE(config.monitors.at(3).unit, u"items"_s);
        QCOMPARE(config.monitors.at(4).address, u"[::1]:443"_s);
        QCOMPARE(config.recovery.backoff.initialMs, 500);
        QVERIFY(config.recovery.actions.value(ActionType::RestartService) == Mode::Approve);
        QCOMPARE(config.guards.coolDownMs, 90'000);
        const MaintenanceConfig &window = config.maintenance.first();
        QCOMPARE(window.startMinute, 150);
        QCOMPARE(window.durationMs, 3'600'000);
        QCOMPARE(window.days, (QList<int>{6, 7}));
        QCOMPARE(config.escalation.size(), 3);
        QCOMPARE(config.channels.value(u"mail"_s).to, QStringList{u"c@d"_s});
        QCOMPARE(config.channels.value(u"pager"_s).secret, u"pagerduty-key"_s);
    }
    void databasesAndPlugins()
    {
        const Config config = load(bytesOf(kGood + u"every-key.yaml"_s)).config;
        const MonitorConfig &orders = config.monitors.at(5), &sessions = config.monitors.at(6), &users = config.monitors.at(7);
        QCOMPARE(orders.type, u"postgresql"_s);
        QCOMPARE(orders.address, u"127.0.0.1:5432"_s);
        QCOMPARE(orders.service, u"db"_s);
        QCOMPARE(orders.user, u"watch"_s);
        QCOMPARE(orders.database, u"orders"_s);
        QCOMPARE(orders.passwordFile, m_folder->filePath(u"orders.password"_s)); // beside the file that names it
        QCOMPARE(orders.timeoutMs, 2000);
        QCOMPARE(sessions.address, u"/run/redis/redis.sock"_s);
        QCOMPARE(sessions.passwordFile, u"/etc/prunella/redis.password"_s);
        QCOMPARE(users.plugin, m_folder->filePath(u"plugins/libusers.so"_s));
        QCOMPARE(users.settings, (QMap<QString, QString>{{u"file"_s, u"/run/utmp"_s}, {u"most"_s, u"20"_s}}));
        QCOMPARE(users.intervalMs, 30'000);
        const ThresholdConfig *up = find(config, u"database_up"_s);
        QVERIFY(up && up->direction == Direction::Below);
        QCOMPARE(up->critical, 1.0);
        QCOMPARE(find(config, u"database_pool_use"_s)->warning, 80.0);
        QCOMPARE(find(config, u"database_pool_use"_s)->critical, 95.0);
        const Config changed = load("self_healing:\n  monitors: [{type: redis, name: x, address: \"h:1\"}]\n"
                                    "  thresholds: [{metric: database_pool_use, warning: 50}, {metric: database_up, direction: below, warning: 1}]\n").config;
        QCOMPARE(find(changed, u"database_pool_use"_s)->critical, 95.0);
        QCOMPARE(find(changed, u"database_up"_s)->warning, 1.0);
        QVERIFY(!find(changed, u"database_up"_s)->critical);
        QVERIFY(!find(load("self_healing: {mode: observe}").config, u"database_up"_s)); // no database, no limit for one
    }
    void laterKeysAreReported()
    {
        const LoadedConfig loaded = load(bytesOf(kGood + u"every-key.yaml"_s));
        QCOMPARE(keys(loaded, ProblemLevel::NotYetInEffect), QStringList()); // none is left
        QCOMPARE(keys(loaded, ProblemLevel::Warning), QStringList{u"self_healing.playbooks"_s}); // a folder that is not there
    }
    void shorthandsBecomeThresholds()
    {
        const Config config = load("self_healing: {error_detection: {threshold_cpu: 97, threshold_error_rate: 30, threshold_response_time: 500}}").config;
        QCOMPARE(find(config, u"cpu_usage"_s)->warning, 97.0);
        QCOMPARE(find(config, u"cpu_usage"_s)->critical, 98.5);
        QCOMPARE(find(config, u"cpu_usage"_s)->forMs, 60'000);
        QCOMPARE(find(config, u"memory_usage"_s)->critical, 95.0);
        QCOMPARE(find(config, u"error_percent"_s)->critical, 100.0);
        QCOMPARE(find(config, u"response_time"_s)->critical, 1000.0);
        QCOMPARE(find(config, u"disk_usage"_s)->warning, 85.0);
        QCOMPARE(find(config, u"tls_days_left"_s)->critical, 3.0);
        QCOMPARE(config.thresholds.size(), 6);
    }
    void pluginVerdictsHaveThresholds()
    {
        const LoadedConfig loaded = load("self_healing:\n  thresholds:\n    - {metric: own.state, critical: 0.5, for: 5m}\n"
                                         "  monitors:\n    - {type: nagios, name: backup, command: [/bin/true]}\n"
                                         "    - {type: nagios, name: own, command: [/bin/true]}\n"
                                         "    - {type: command, name: depth, command: [/bin/true]}\n");
        QCOMPARE(texts(loaded, ProblemLevel::Error), QStringList());
        const Config &config = loaded.config;
        QCOMPARE(config.thresholds.size(), 8); // six by default, the configured one, and backup's
        QCOMPARE(find(config, u"backup.state"_s)->warning, 0.5);
        QCOMPARE(find(config, u"backup.state"_s)->critical, 1.5);
        QCOMPARE(find(config, u"backup.state"_s)->clear, 0.5);
        QCOMPARE(find(config, u"own.state"_s)->warning, std::optional<double>());
        QCOMPARE(find(config, u"own.state"_s)->critical, 0.5);
    }
    void explicitThresholdWins()
    {
        const LoadedConfig loaded = load("self_healing:\n  thresholds:\n"
                                         "    - {metric: cpu_usage, critical: 70, for: 5s}\n"
                                         "    - {metric: memory_usage, warning: 96, clear: 90}\n"
                                         "    - {metric: cpu_usage, labels: {service: web}, warning: 50}\n");
        QCOMPARE(texts(loaded, ProblemLevel::Error), QStringList());
        const Config &config = loaded.config;
        QCOMPARE(config.thresholds.size(), 7);
        QCOMPARE(find(config, u"cpu_usage"_s)->warning, std::optional<double>());
        QCOMPARE(find(config, u"cpu_usage"_s)->critical, 70.0);
        QCOMPARE(find(config, u"cpu_usage"_s)->forMs, 5000);
        QCOMPARE(find(config, u"memory_usage"_s)->critical, 98.0);
        QCOMPARE(find(config, u"memory_usage"_s)->clear, 90.0);
        QCOMPARE(find(config, u"cpu_usage"_s, {{u"service"_s, u"web"_s}})->warning, 50.0);
    }
    void layersMerge()
    {
        const QString base = write(u"etc/config.yaml"_s,
                                   "self_healing:\n  mode: observe\n  recovery: {settle: 10s, max_retry_attempts: 5}\n"
                                   "  services:\n    - {name: web, unit: web.service, criticality: low}\n    - {name: db, unit: db.service}\n"
                                   "  thresholds:\n    - {metric: disk_usage, labels: {path: /}, warning: 70, critical: 90}\n"
                                   "  escalation: [{after: 0s, channels: [desktop]}, {after: 1m, channels: [desktop]}]\n");
        const QString over = write(u"user/config.yaml"_s,
                                   "self_healing:\n  recovery: {settle: 20s}\n"
                                   "  services:\n    - {name: web, criticality: high}\n    - {name: app, unit: app.service}\n"
                                   "  thresholds:\n    - {metric: disk_usage, labels: {path: /}, critical: 99}\n"
                                   "    - {metric: disk_usage, labels: {path: /srv}, warning: 50}\n"
                                   "  escalation: [{after: 2m, channels: [desktop]}]\n");
        const LoadedConfig loaded = loadConfig({{base, over}, false, {}});
        QCOMPARE(texts(loaded, ProblemLevel::Error), QStringList());
        const Config &config = loaded.config;
        QVERIFY(config.mode == Mode::Observe);
        QCOMPARE(config.recovery.settleMs, 20'000);
        QCOMPARE(config.recovery.maxRetryAttempts, 5);
        QCOMPARE(config.services.size(), 3);
        QVERIFY(config.services.at(0).criticality == Severity::High);
        QCOMPARE(config.services.at(0).unit, u"web.service"_s);
        const ThresholdConfig *root = find(config, u"disk_usage"_s, {{u"path"_s, u"/"_s}});
        QCOMPARE(root->warning, 70.0);
        QCOMPARE(root->critical, 99.0);
        QCOMPARE(find(config, u"disk_usage"_s, {{u"path"_s, u"/srv"_s}})->warning, 50.0);
        QCOMPARE(config.escalation.size(), 1);
        QCOMPARE(config.escalation.first().afterMs, 120'000);
        QCOMPARE(loaded.files, (QStringList{base, over}));
    }
    void problemsNameTheirLayer()
    {
        const QString base = write(u"a.yaml"_s, "self_healing:\n  mode: obsrve\n");
        const QString over = write(u"b.yaml"_s, "self_healing:\n  recovery: {settle: soon}\n");
        const LoadedConfig loaded = loadConfig({{base, over}, false, {}});
        QCOMPARE(loaded.problems.size(), 2);
        QCOMPARE(loaded.problems.at(0).file, base);
        QCOMPARE(loaded.problems.at(1).file, over);
        QCOMPARE(loaded.problems.at(1).line, 2);
        QCOMPARE(loaded.problems.at(1).column, 22);
    }
    void aliasesAndMergeKeys()
    {
        const LoadedConfig loaded = load("self_healing:\n  services:\n"
                                         "    - &base {name: web, unit: web.service, criticality: high, recovery: &r {settle: 3s}}\n"
                                         "    - {<<: *base, name: app, unit: app.service}\n"
                                         "    - {name: db, unit: db.service, recovery: *r}\n");
        QCOMPARE(texts(loaded, ProblemLevel::Error), QStringList());
        QVERIFY(loaded.config.services.at(1).criticality == Severity::High);
        QCOMPARE(loaded.config.services.at(1).unit, u"app.service"_s);
        QCOMPARE(loaded.config.services.at(2).recovery.settleMs, 3000);
    }
    void lineEndsAndBom_data()
    {
        QTest::addColumn<QByteArray>("lineEnd");
        QTest::addColumn<QByteArray>("start");
        QTest::newRow("LF") << QByteArray("\n") << QByteArray();
        QTest::newRow("CRLF") << QByteArray("\r\n") << QByteArray();
        QTest::newRow("CR") << QByteArray("\r") << QByteArray();
        QTest::newRow("BOM") << QByteArray("\n") << QByteArray("\xEF\xBB\xBF");
        QTest::newRow("BOM and CRLF") << QByteArray("\r\n") << QByteArray("\xEF\xBB\xBF");
    }
    void lineEndsAndBom()
    {
        QFETCH(QByteArray, lineEnd);
        QFETCH(QByteArray, start);
        QByteArray bytes = bytesOf(kGood + u"legacy.yaml"_s);
        QVERIFY(!load(start + QByteArray(bytes).replace("\n", lineEnd)).hasErrors());
        const QByteArray wrong("self_healing:\n  channels:\n    \xC3\xA4\xC3\xB6: {type: webhok}\n");
        const LoadedConfig loaded = load(start + QByteArray(wrong).replace("\n", lineEnd));
        QCOMPARE(loaded.problems.size(), 1);
        QCOMPARE(loaded.problems.first().line, 3);
        QCOMPARE(loaded.problems.first().column, 16); // characters, not bytes
    }
    void notUtf8()
    {
        const LoadedConfig loaded = load("self_healing:\n  mode: \xFF\n");
        QCOMPARE(texts(loaded, ProblemLevel::Error), QStringList{u": the line is not UTF-8 text; save the file as UTF-8"_s});
        QCOMPARE(loaded.problems.first().line, 2);
    }
    void hostileFilesEnd()
    {
        QVERIFY(load(QByteArray(100'000, '[')).hasErrors());
        QVERIFY(load(QByteArray("self_healing: ") + QByteArray(50'000, '{')).hasErrors());
        QByteArray bomb("a0: &a0 [x]\n");
        for (int i = 1; i < 40; ++i) {
            const QByteArray alias = "*a" + QByteArray::number(i - 1);
            bomb += "a" + QByteArray::number(i) + ": &a" + QByteArray::number(i) + " [" + alias + "," + alias + "," + alias + "]\n";
        }
        QVERIFY(load(bomb).hasErrors());
        QVERIFY(load(bomb + "environments: {x: {self_healing: {services: *a39}}}\n").hasErrors());
    }
    void emptyAndMissing()
    {
        const LoadedConfig empty = load("# nothing\n");
        QCOMPARE(texts(empty, ProblemLevel::Warning), QStringList{u": nothing is configured below self_healing, the defaults apply"_s});
        QVERIFY(!empty.hasErrors());
        const LoadedConfig none = loadConfig({{}, false, {}});
        QCOMPARE(texts(none, ProblemLevel::Warning), QStringList{u": there is no configuration file, the defaults apply"_s});
        QCOMPARE(none.problems.first().file, userConfigFile());
        QVERIFY(!none.hasErrors());
        const QString gone = m_folder->filePath(u"gone.yaml"_s);
        const LoadedConfig missing = loadConfig({{gone}, true, {}});
        QCOMPARE(missing.problems.size(), 1);
        QCOMPARE(toString(missing.problems.first()), QString(gone + u": error: there is no such file"_s));
        QVERIFY(loadConfig({{m_folder->path()}, true, {}}).hasErrors()); // a folder
    }
    void writableByOthersIsRefused()
    {
        const QString path = write(u"config.yaml"_s, "self_healing: {mode: observe}\n");
        QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner | QFile::WriteGroup);
        const LoadedConfig loaded = loadConfig({{path}, true, {}});
        QCOMPARE(texts(loaded, ProblemLevel::Error),
                 QStringList{u": refused: its group can write it and so decide which commands run; do: chmod go-w %1"_s.arg(path)});
        QFile::setPermissions(path, QFile::ReadOwner | QFile::ReadGroup | QFile::ReadOther);
        QVERIFY(!loadConfig({{path}, true, {}}).hasErrors());
    }
    void sourcesFollowXdg()
    {
        qputenv("XDG_CONFIG_HOME", m_folder->path().toUtf8());
        qputenv("PRUNELLA_ENVIRONMENT", "staging");
        const QString base = write(u"prunella/config.yaml"_s, "");
        const QString second = write(u"prunella/conf.d/20-b.yaml"_s, "");
        const QString first = write(u"prunella/conf.d/10-a.yaml"_s, "");
        write(u"prunella/conf.d/readme.txt"_s, "");
        ConfigSources sources = defaultSources({}, {});
        sources.files.removeIf([](const QString &file) { return file.startsWith(u"/etc/"_s); });
        QCOMPARE(sources.files, (QStringList{base, first, second}));
        QCOMPARE(sources.environment, u"staging"_s);
        QVERIFY(!sources.explicitFile);
        const QString mine = write(u"mine/prunella.yaml"_s, "");
        const QString beside = write(u"mine/conf.d/x.yaml"_s, "");
        const ConfigSources named = defaultSources(mine, u"production"_s);
        QCOMPARE(named.files, (QStringList{mine, beside}));
        QCOMPARE(named.environment, u"production"_s);
        QVERIFY(named.explicitFile);
        qunsetenv("XDG_CONFIG_HOME");
        qunsetenv("PRUNELLA_ENVIRONMENT");
    }
    void examplesLoad_data()
    {
        QTest::addColumn<QString>("name");
        const QStringList names = QDir(kExamples).entryList({u"*.yaml"_s}, QDir::Files);
        QVERIFY(names.size() >= 4);
        for (const QString &name : names)
            QTest::newRow(qPrintable(name)) << name;
    }
    void examplesLoad()
    {
        QFETCH(QString, name);
        const LoadedConfig loaded = load(bytesOf(kExamples + name));
        QStringList told;
        for (const ConfigProblem &problem : loaded.problems)
            told.append(toString(problem));
        QCOMPARE(told, QStringList()); // an example neither errs nor promises what is not there yet
    }
};

QTEST_GUILESS_MAIN(TestConfigLoader)
#include "tst_config_loader.moc"
