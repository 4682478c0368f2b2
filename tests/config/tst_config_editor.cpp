// The editor changes one scalar and not one other byte.
#include "core/config/ConfigEditor.h"
#include "core/config/ConfigLoader.h"
#include "core/config/YamlReader.h"

#include <QDir>
#include <QFile>
#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

class TestConfigEditor : public QObject
{
    Q_OBJECT
    static void row(const char *name, const QByteArray &before, const char *path, const char *value, const QByteArray &after)
    {
        QTest::newRow(name) << before << QString::fromLatin1(path) << QString::fromUtf8(value) << after;
    }
    static void columns()
    {
        QTest::addColumn<QByteArray>("before");
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("value");
        QTest::addColumn<QByteArray>("after");
    }

    void check()
    {
        QFETCH(QByteArray, before);
        QFETCH(QString, path);
        QFETCH(QString, value);
        QFETCH(QByteArray, after);
        const Result<QByteArray> result = setScalar(before, path, value);
        QVERIFY2(result, result ? "" : qPrintable(result.error().message));
        QCOMPARE(*result, after);
    }
    static void collect(const YamlNode &node, const QString &path, QMap<QString, QString> &out)
    {
        for (const YamlEntry &entry : node.entries) {
            QString here = path.isEmpty() ? entry.key : QString(path + u'.' + entry.key);
            if (node.kind == YamlNode::Kind::List)
                here = path + u'[' + entryName(*entry.value) + u']';
            if (here.endsWith("[]"_L1) || here.endsWith(".name"_L1) || here.endsWith(".metric"_L1) || here.endsWith(".labels"_L1))
                continue; // cannot be named, or is the name itself
            if (entry.value->kind == YamlNode::Kind::Scalar && node.kind == YamlNode::Kind::Map)
                out.insert(here, entry.value->text);
            collect(*entry.value, here, out);
        }
    }

private Q_SLOTS:
    void replaces_data()
    {
        columns();
        row("block", "self_healing:\n  mode: approve\n", "self_healing.mode", "automatic", "self_healing:\n  mode: automatic\n");
        row("comment", "# top\nself_healing:\n  mode:   approve   # why\n  enabled: true\n", "self_healing.mode", "observe",
            "# top\nself_healing:\n  mode:   observe   # why\n  enabled: true\n");
        row("double quotes", "self_healing: \n  log_level: \"INFO\"\n", "self_healing.log_level", "DEBUG", "self_healing: \n  log_level: \"DEBUG\"\n");
        row("single quotes", "self_healing:\n  log_level: 'INFO' # it's\n", "self_healing.log_level", "DEBUG", "self_healing:\n  log_level: 'DEBUG' # it's\n");
        row("quoted key", "\"self_healing\":\n  'mode': approve\n", "self_healing.mode", "observe", "\"self_healing\":\n  'mode': observe\n");
        row("flow", "self_healing: {recovery: {settle: 30s, backoff: {initial: 1s , max: 5m}}}\n", "self_healing.recovery.backoff.initial", "2s",
            "self_healing: {recovery: {settle: 30s, backoff: {initial: 2s , max: 5m}}}\n");
        row("flow over lines", "self_healing: {\n  mode: approve, # here\n  recovery: {\n    settle: 30s\n  }\n}\n", "self_healing.recovery.settle", "5s",
            "self_healing: {\n  mode: approve, # here\n  recovery: {\n    settle: 5s\n  }\n}\n");
        row("JSON", "{\"self_healing\":{\"mode\":\"approve\"}}", "self_healing.mode", "observe", "{\"self_healing\":{\"mode\":\"observe\"}}");
        row("CRLF", "self_healing:\r\n  mode: approve # a\r\n  enabled: true\r\n", "self_healing.mode", "observe", "self_healing:\r\n  mode: observe # a\r\n  enabled: true\r\n");
        row("lone CR", "self_healing:\r  mode: approve\r  enabled: true\r", "self_healing.enabled", "false", "self_healing:\r  mode: approve\r  enabled: false\r");
        row("BOM", "\xEF\xBB\xBFself_healing:\n  mode: approve\n", "self_healing.mode", "observe", "\xEF\xBB\xBFself_healing:\n  mode: observe\n");
        row("no last line end", "self_healing:\n  mode: approve", "self_healing.mode", "observe", "self_healing:\n  mode: observe");
        row("empty value", "self_healing:\n  mode: # later\n  enabled: true\n", "self_healing.mode", "observe", "self_healing:\n  mode: observe # later\n  enabled: true\n");
        row("written null", "self_healing:\n  mode: null\n", "self_healing.mode", "observe", "self_healing:\n  mode: observe\n");
        row("needs quotes", "self_healing:\n  log_level: INFO\n", "self_healing.log_level", "a: b # \"c\"", "self_healing:\n  log_level: \"a: b # \\\"c\\\"\"\n");
        row("document start", "%YAML 1.2\n---\nself_healing:\n  mode: approve\n...\n", "self_healing.mode", "observe", "%YAML 1.2\n---\nself_healing:\n  mode: observe\n...\n");
        row("colon in value", "self_healing:\n  channels: {a: {type: webhook, url: http://h:1/x}}\n  mode: approve\n", "self_healing.mode", "observe",
            "self_healing:\n  channels: {a: {type: webhook, url: http://h:1/x}}\n  mode: observe\n");
        row("after block scalar", "self_healing:\n  note: |\n    mode: wrong\n\n    # no comment\n  mode: approve\n", "self_healing.mode", "observe",
            "self_healing:\n  note: |\n    mode: wrong\n\n    # no comment\n  mode: observe\n");
        row("after long plain", "self_healing:\n  note: one\n    two\n    three\n  mode: approve\n", "self_healing.mode", "observe",
            "self_healing:\n  note: one\n    two\n    three\n  mode: observe\n");
        row("umlauts before", "self_healing:\n  note: \xC3\xA4\xC3\xB6\xC3\xBC # \xE2\x82\xAC\n  mode: approve\n", "self_healing.mode", "observe",
            "self_healing:\n  note: \xC3\xA4\xC3\xB6\xC3\xBC # \xE2\x82\xAC\n  mode: observe\n");
        row("anchor nobody uses", "self_healing: &all\n  mode: &m approve\n", "self_healing.mode", "observe", "self_healing: &all\n  mode: &m observe\n");
        row("environment", "environments:\n  dev: {self_healing: {mode: approve}}\n", "environments.dev.self_healing.mode", "observe",
            "environments:\n  dev: {self_healing: {mode: observe}}\n");
    }
    void replaces() { check(); }

    void lists_data()
    {
        columns();
        row("by name", "self_healing:\n  services:\n  - name: web\n    unit: web.service\n  - unit: db.service\n    name: db\n", "self_healing.services[db].unit", "pg.service",
            "self_healing:\n  services:\n  - name: web\n    unit: web.service\n  - unit: pg.service\n    name: db\n");
        row("by metric and labels", "self_healing:\n  thresholds:\n    - {metric: disk_usage, warning: 1}\n    - {metric: disk_usage, labels: {path: /srv/a.b}, warning: 85} # big\n",
            "self_healing.thresholds[disk_usage,path=/srv/a.b].warning", "90",
            "self_healing:\n  thresholds:\n    - {metric: disk_usage, warning: 1}\n    - {metric: disk_usage, labels: {path: /srv/a.b}, warning: 90} # big\n");
        row("missing key of an entry", "self_healing:\n  thresholds:\n    - metric: cpu_usage\n      warning: 80\n    - metric: load_1m\n      warning: 8\n",
            "self_healing.thresholds[cpu_usage].critical", "95",
            "self_healing:\n  thresholds:\n    - metric: cpu_usage\n      warning: 80\n      critical: 95\n    - metric: load_1m\n      warning: 8\n");
        row("missing entry", "self_healing:\n  thresholds:\n    - {metric: cpu_usage, warning: 80}  # one\n  mode: approve\n", "self_healing.thresholds[disk_usage,path=/].warning", "70",
            "self_healing:\n  thresholds:\n    - {metric: cpu_usage, warning: 80}  # one\n    - {metric: disk_usage, labels: {path: /}, warning: 70}\n  mode: approve\n");
        row("missing entry in flow", "self_healing: {thresholds: [{metric: cpu_usage, warning: 80}]}\n", "self_healing.thresholds[load_1m].warning", "7",
            "self_healing: {thresholds: [{metric: cpu_usage, warning: 80}, {metric: load_1m, warning: 7}]}\n");
        row("missing list", "self_healing:\n  mode: approve\n", "self_healing.thresholds[cpu_usage].for", "5m",
            "self_healing:\n  mode: approve\n  thresholds:\n    - {metric: cpu_usage, for: 5m}\n");
        row("empty list", "self_healing:\n  thresholds: []\n", "self_healing.thresholds[cpu_usage].for", "5m", "self_healing:\n  thresholds: [{metric: cpu_usage, for: 5m}]\n");
        row("list without value", "self_healing:\n  thresholds:\n  mode: approve\n", "self_healing.thresholds[cpu_usage].for", "5m",
            "self_healing:\n  thresholds:\n    - {metric: cpu_usage, for: 5m}\n  mode: approve\n");
    }
    void lists() { check(); }

    void inserts_data()
    {
        columns();
        row("behind the last key", "self_healing:\n  recovery:\n    settle: 30s # c\n    # end\n\n  guards: {}\n", "self_healing.recovery.attempt_window", "2h",
            "self_healing:\n  recovery:\n    settle: 30s # c\n    attempt_window: 2h\n    # end\n\n  guards: {}\n");
        row("two levels", "self_healing:\n    mode: approve\n", "self_healing.recovery.backoff.max", "2m", "self_healing:\n    mode: approve\n    recovery:\n      backoff:\n        max: 2m\n");
        row("CRLF", "self_healing:\r\n  mode: approve\r\n", "self_healing.recovery.settle", "5s", "self_healing:\r\n  mode: approve\r\n  recovery:\r\n    settle: 5s\r\n");
        row("no last line end", "self_healing:\n  mode: approve", "self_healing.enabled", "false", "self_healing:\n  mode: approve\n  enabled: false");
        row("flow", "self_healing: {mode: approve}\n", "self_healing.recovery.settle", "5s", "self_healing: {mode: approve, recovery: {settle: 5s}}\n");
        row("flow with last comma", "self_healing: {mode: approve, }\n", "self_healing.enabled", "true", "self_healing: {mode: approve, enabled: true, }\n");
        row("empty flow map", "self_healing:\n  guards: {}\n", "self_healing.guards.cool_down", "5s", "self_healing:\n  guards: {cool_down: 5s}\n");
        row("key without value", "self_healing:\n  recovery: # see README\n    # settle: 30s\n  mode: approve\n", "self_healing.recovery.settle", "5s",
            "self_healing:\n  recovery: # see README\n    settle: 5s\n    # settle: 30s\n  mode: approve\n");
        row("written null", "self_healing:\n  recovery: ~\n", "self_healing.recovery.settle", "5s", "self_healing:\n  recovery: {settle: 5s}\n");
        row("empty file", "", "self_healing.recovery.settle", "5s", "self_healing:\n  recovery:\n    settle: 5s\n");
        row("only a comment", "# mine", "self_healing.mode", "observe", "# mine\nself_healing:\n  mode: observe\n");
        row("only a BOM", "\xEF\xBB\xBF", "self_healing.mode", "observe", "\xEF\xBB\xBFself_healing:\n  mode: observe\n");
        row("other top keys", "environments:\n  dev:\n    self_healing:\n      mode: observe\n", "self_healing.mode", "approve",
            "environments:\n  dev:\n    self_healing:\n      mode: observe\nself_healing:\n  mode: approve\n");
        row("merge key", "x: &b {settle: 1s}\nself_healing:\n  recovery:\n    <<: *b\n", "self_healing.recovery.settle", "5s",
            "x: &b {settle: 1s}\nself_healing:\n  recovery:\n    <<: *b\n    settle: 5s\n");
    }
    void inserts() { check(); }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("before");
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("reason");
        QTest::newRow("alias of a value") << QByteArray("x: &s 30s\nself_healing:\n  recovery:\n    settle: *s\n") << u"self_healing.recovery.settle"_s
                                          << u"self_healing.recovery.settle stands behind the alias *s in line 4; change it in the file"_s;
        QTest::newRow("alias of a map") << QByteArray("x: &r {settle: 30s}\nself_healing:\n  recovery: *r\n") << u"self_healing.recovery.settle"_s
                                        << u"self_healing.recovery stands behind the alias *r in line 3; change it in the file"_s;
        QTest::newRow("others are aliases of it") << QByteArray("self_healing:\n  recovery: {settle: &s 30s, attempt_window: *s}\n") << u"self_healing.recovery.settle"_s
                                                  << u"self_healing.recovery.settle cannot be changed alone: other values are aliases of it or of what it stands in; change it in the file"_s;
        QTest::newRow("in a shared map") << QByteArray("self_healing:\n  recovery: &r\n    settle: 3s\n  services: [{name: w, recovery: *r}]\n") << u"self_healing.recovery.settle"_s
                                         << u"self_healing.recovery.settle cannot be changed alone: other values are aliases of it or of what it stands in; change it in the file"_s;
        QTest::newRow("a map") << QByteArray("self_healing:\n  recovery:\n    settle: 3s\n") << u"self_healing.recovery"_s
                               << u"self_healing.recovery in line 3 is a map; change it in the file"_s;
        QTest::newRow("a scalar on the way") << QByteArray("self_healing:\n  recovery: 3\n") << u"self_healing.recovery.settle"_s
                                             << u"self_healing.recovery in line 2 is a single value; change it in the file"_s;
        QTest::newRow("broken file") << QByteArray("self_healing:\n  recovery: {\n") << u"self_healing.mode"_s
                                     << u"the file has errors, mend them first: line 3: a map that was opened with { is not closed, expected , or }"_s;
        QTest::newRow("no path") << QByteArray("self_healing: {}\n") << u"self_healing..mode"_s << u"\"self_healing..mode\" names no value"_s;
        QTest::newRow("marked keys") << QByteArray("? self_healing\n: {mode: approve}\n") << u"self_healing.mode"_s
                                     << u"the file is written in a way that cannot be changed from here; change it in the file"_s;
    }
    void refuses()
    {
        QFETCH(QByteArray, before);
        QFETCH(QString, path);
        QFETCH(QString, reason);
        const Result<QByteArray> result = setScalar(before, path, u"5s"_s);
        QVERIFY(!result);
        QCOMPARE(result.error().message, reason);
    }

    // Every scalar of a real file, one after the other: changed, and changed back to the very same bytes.
    void thereAndBack_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QByteArray>("lineEnd");
        for (const QString &folder : {QStringLiteral(TEST_DATA "/good"), QStringLiteral(SOURCE_DIR "/resources/examples")}) {
            const QDir dir(folder);
            for (const QString &name : dir.entryList({u"*.yaml"_s}, QDir::Files)) {
                QTest::newRow(qPrintable(name)) << dir.filePath(name) << QByteArray("\n");
                QTest::newRow(qPrintable(name + u" CRLF"_s)) << dir.filePath(name) << QByteArray("\r\n");
            }
        }
    }
    void thereAndBack()
    {
        QFETCH(QString, file);
        QFETCH(QByteArray, lineEnd);
        QFile device(file);
        QVERIFY(device.open(QIODevice::ReadOnly));
        const QByteArray bytes = device.readAll().replace("\n", lineEnd);
        QMap<QString, QString> scalars;
        collect(*parseYaml(file, bytes).root, {}, scalars);
        QVERIFY(scalars.size() > 1);
        for (auto it = scalars.cbegin(); it != scalars.cend(); ++it) {
            const Result<QByteArray> changed = setScalar(bytes, it.key(), u"5432"_s);
            QVERIFY2(changed, qPrintable(it.key()));
            QVERIFY(*changed != bytes);
            const Result<QByteArray> back = setScalar(*changed, it.key(), it.value());
            QVERIFY(back);
            QCOMPARE(*back, bytes);
        }
    }
};

QTEST_GUILESS_MAIN(TestConfigEditor)
#include "tst_config_editor.moc"
