#include "core/config/ConfigLoader.h"
#include "core/config/Settings.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

class TestConfigSettings : public QObject
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
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
        return path;
    }
    static QByteArray bytesOf(const QString &path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    static SettingValue find(const SettingsSnapshot &snapshot, const QString &path)
    {
        for (const SettingValue &value : snapshot.values) {
            if (value.path == path)
                return value;
        }
        return {};
    }
    static QStringList texts(const QList<ConfigProblem> &problems)
    {
        QStringList list;
        for (const ConfigProblem &problem : problems)
            list.append(u"%1: %2"_s.arg(problem.key, problem.text));
        return list;
    }

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        qputenv("XDG_CONFIG_HOME", m_folder->filePath(u"xdg"_s).toUtf8());
    }
    void cleanup() { qunsetenv("XDG_CONFIG_HOME"); }

    void snapshotTellsWhereAValueStands()
    {
        const QString file = write(u"c.yaml"_s, "self_healing:\n  mode: automatic\n  error_detection:\n    threshold_cpu: 75.0\n"
                                                "    monitoring_interval: &i 10\n    alert_escalation_timeout: *i\n"
                                                "  thresholds:\n    - {metric: disk_usage, labels: {path: /}, warning: 70, critical: 90}\n");
        const SettingsSnapshot snapshot = settingsSnapshot({{file}, true, {}});
        QCOMPARE(snapshot.file, file);
        const SettingValue mode = find(snapshot, u"mode"_s);
        QCOMPARE(mode.value, u"automatic"_s);
        QCOMPARE(mode.choices.size(), 3);
        QVERIFY(!mode.isDefault && mode.editable);
        QCOMPARE(mode.file, file);
        QCOMPARE(mode.line, 2);
        QCOMPARE(find(snapshot, u"error_detection.threshold_cpu"_s).value, u"75.0"_s);
        QCOMPARE(find(snapshot, u"error_detection.threshold_cpu"_s).maximum, 100.0);
        const SettingValue settle = find(snapshot, u"recovery.settle"_s);
        QVERIFY(settle.isDefault && settle.editable);
        QCOMPARE(settle.value, u"30s"_s);
        QCOMPARE(find(snapshot, u"recovery.rollback_enabled"_s).value, u"true"_s);
        QCOMPARE(find(snapshot, u"recovery.auto_scaling_enabled"_s).value, u"true"_s);
        QCOMPARE(find(snapshot, u"recovery.circuit_breaker_enabled"_s).value, u"true"_s);
        QCOMPARE(find(snapshot, u"recovery.shadow"_s).value, u"false"_s);
        QCOMPARE(find(snapshot, u"guards.breaker_failures"_s).value, u"3"_s);
        QCOMPARE(find(snapshot, u"guards.breaker_reset"_s).value, u"15m"_s);
        QCOMPARE(find(snapshot, u"thresholds[disk_usage,path=/].warning"_s).value, u"70"_s);
        QCOMPARE(find(snapshot, u"thresholds[cpu_usage].critical"_s).value, u"95"_s);
        const SettingValue behind = find(snapshot, u"error_detection.alert_escalation_timeout"_s);
        QVERIFY(!behind.editable);
        QCOMPARE(behind.whyNot, u"self_healing.error_detection.alert_escalation_timeout stands behind the alias *i in line 6; change it in the file"_s);
        QVERIFY(!find(snapshot, u"error_detection.monitoring_interval"_s).editable); // the alias would change with it
    }
    void previewShowsTheDifferenceAndWritesNothing()
    {
        const QByteArray bytes("# mine\nself_healing:\n  mode: approve   # careful\n  recovery:\n    settle: 30s\n");
        const QString file = write(u"c.yaml"_s, bytes);
        const SettingsPreview preview = previewSettings({{file}, true, {}}, {{u"mode"_s, u"automatic"_s}, {u"recovery.backoff.max"_s, u"2m"_s}});
        QCOMPARE(texts(preview.problems), QStringList());
        QCOMPARE(preview.diff, QString(u"--- %1\n+++ %1\n@@ -1,5 +1,7 @@\n # mine\n self_healing:\n-  mode: approve   # careful\n+  mode: automatic   # careful\n"
                                       "   recovery:\n     settle: 30s\n+    backoff:\n+      max: 2m\n"_s.arg(file)));
        QCOMPARE(bytesOf(file), bytes);
    }
    void wrongValuesAreNotSaved()
    {
        const QByteArray bytes("self_healing:\n  mode: approve\n");
        const QString file = write(u"c.yaml"_s, bytes);
        const ConfigSources sources{{file}, true, {}};
        const QList<SettingChange> changes{{u"error_detection.threshold_cpu"_s, u"180"_s}, {u"guards.cool_down"_s, u"-5s"_s}, {u"nonsense"_s, u"1"_s}, {u"mode"_s, u" "_s}};
        const QStringList expected{u"self_healing.nonsense: is no setting that can be changed here"_s,
                                   u"self_healing.mode: is empty, expected a value; for the default remove the key in the file"_s,
                                   u"self_healing.error_detection.threshold_cpu: is \"180\", expected a percentage from 0 to 100"_s,
                                   u"self_healing.guards.cool_down: is \"-5s\", expected a duration such as 30s, 5m or 1h, from 0s to 1d"_s};
        QCOMPARE(texts(previewSettings(sources, changes).problems), expected);
        QCOMPARE(texts(saveSettings(sources, changes)), expected);
        QCOMPARE(bytesOf(file), bytes);
        // two values that are fine by themselves
        const QList<SettingChange> crossed{{u"thresholds[load_1m].warning"_s, u"8"_s}, {u"thresholds[load_1m].critical"_s, u"4"_s}};
        QCOMPARE(saveSettings(sources, crossed).size(), 1);
        QCOMPARE(bytesOf(file), bytes);
    }
    void savingKeepsEveryOtherByte()
    {
        const QString file = write(u"c.yaml"_s, "\xEF\xBB\xBF# mine\r\nself_healing:\r\n  mode: approve   # careful\r\n  thresholds: []   # none\r\n");
        QFile::setPermissions(file, QFile::ReadOwner | QFile::WriteOwner | QFile::ReadGroup);
        QCOMPARE(texts(saveSettings({{file}, true, {}}, {{u"mode"_s, u"automatic"_s}, {u"thresholds[cpu_usage].warning"_s, u"70"_s}})), QStringList());
        QCOMPARE(bytesOf(file), QByteArray("\xEF\xBB\xBF# mine\r\nself_healing:\r\n  mode: automatic   # careful\r\n  thresholds: [{metric: cpu_usage, warning: 70}]   # none\r\n"));
        QCOMPARE(QFile::permissions(file) & (QFile::ReadOwner | QFile::WriteOwner | QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther),
                 QFile::ReadOwner | QFile::WriteOwner | QFile::ReadGroup);
        const Config config = loadConfig({{file}, true, {}}).config;
        QCOMPARE(config.thresholds.first().warning, 70.0);
        QCOMPARE(config.thresholds.first().critical, 95.0);
    }
    void theLayerThatHoldsTheValueIsWritten()
    {
        const QByteArray baseBytes("self_healing:\n  mode: observe\n  recovery: {settle: 10s}\n"), overBytes("self_healing:\n  recovery: {settle: 20s}\n");
        const QString base = write(u"a/config.yaml"_s, baseBytes), over = write(u"xdg/prunella/config.yaml"_s, overBytes);
        const QString extra = write(u"xdg/prunella/conf.d/x.yaml"_s, "self_healing:\n  guards: {cool_down: 7s}\n");
        const ConfigSources sources{{base, over, extra}, false, {}};
        QCOMPARE(settingsSnapshot(sources).file, over);
        QCOMPARE(texts(saveSettings(sources, {{u"recovery.settle"_s, u"25s"_s}, {u"guards.cool_down"_s, u"8s"_s}, {u"mode"_s, u"approve"_s}, {u"log_level"_s, u"DEBUG"_s}})), QStringList());
        QCOMPARE(bytesOf(base), QByteArray("self_healing:\n  mode: approve\n  recovery: {settle: 10s}\n"));
        QCOMPARE(bytesOf(over), QByteArray("self_healing:\n  recovery: {settle: 25s}\n  log_level: DEBUG\n"));
        QCOMPARE(bytesOf(extra), QByteArray("self_healing:\n  guards: {cool_down: 8s}\n"));
    }
    void theChosenEnvironmentIsWritten()
    {
        const QString file = write(u"c.yaml"_s, "self_healing: {mode: observe, enabled: true}\nenvironments:\n  dev: {self_healing: {mode: approve}}\n");
        const ConfigSources sources{{file}, true, u"dev"_s};
        QCOMPARE(find(settingsSnapshot(sources), u"mode"_s).value, u"approve"_s);
        QCOMPARE(texts(saveSettings(sources, {{u"mode"_s, u"automatic"_s}, {u"enabled"_s, u"false"_s}})), QStringList());
        QCOMPARE(bytesOf(file), QByteArray("self_healing: {mode: observe, enabled: false}\nenvironments:\n  dev: {self_healing: {mode: automatic}}\n"));
    }
    void withoutAnyFileOneIsMade()
    {
        const QString file = m_folder->filePath(u"xdg/prunella/config.yaml"_s);
        QCOMPARE(settingsSnapshot({}).file, file);
        QCOMPARE(previewSettings({}, {{u"mode"_s, u"observe"_s}}).diff, QString(u"--- %1\n+++ %1\n@@ -0,0 +1,2 @@\n+self_healing:\n+  mode: observe\n"_s.arg(file)));
        QVERIFY(!QFile::exists(file));
        QCOMPARE(texts(saveSettings({}, {{u"mode"_s, u"observe"_s}})), QStringList());
        QCOMPARE(bytesOf(file), QByteArray("self_healing:\n  mode: observe\n"));
        QVERIFY(!(QFile::permissions(file) & (QFile::ReadGroup | QFile::ReadOther)));
        QVERIFY(loadConfig(defaultSources({}, {})).config.mode == Mode::Observe);
    }
    void aMissingNamedFileIsNotMade()
    {
        const QString file = m_folder->filePath(u"gone.yaml"_s);
        QCOMPARE(texts(saveSettings({{file}, true, {}}, {})), QStringList{u": there is no such file"_s});
        QVERIFY(!QFile::exists(file));
    }
    void aBrokenFileIsNotTouched()
    {
        const QByteArray bytes("self_healing:\n  mode: {\n");
        const QString file = write(u"c.yaml"_s, bytes);
        QVERIFY(!saveSettings({{file}, true, {}}, {{u"mode"_s, u"observe"_s}}).isEmpty());
        QVERIFY(!find(settingsSnapshot({{file}, true, {}}), u"mode"_s).editable);
        QCOMPARE(bytesOf(file), bytes);
    }
    void whatIsNoFileIsNotWritten()
    {
        const QString folder = m_folder->filePath(u"c.yaml"_s);
        QVERIFY(QDir().mkpath(folder));
        QVERIFY(!saveSettings({{folder}, true, {}}, {{u"mode"_s, u"observe"_s}}).isEmpty());
        QVERIFY(QFileInfo(folder).isDir());
    }
};

QTEST_GUILESS_MAIN(TestConfigSettings)
#include "tst_config_settings.moc"
