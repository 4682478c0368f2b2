// The schema for editors and the loader agree: what one takes the other takes, and a mistake that a schema can see both refuse.
#include "core/config/TreeLoader.h"

#include <QDir>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

const QByteArray good = R"(tree: demo
applies_to: [network_timeout]
first: reach
questions:
  reach:
    ask: Does the peer answer?
    cases:
      refused: {when: {probe: {type: tcp, address: "{check.address}", timeout: 2s}, equals: refused}, likelihood: 0.95, then: down}
      logged: {when: {any: [{log: {matches: "refused", within: 10m}, above: 1}, {log: {template: "a <*> b"}, at_least: 2}]}, likelihood: 0.9, then: written}
      other: {likelihood: 0.7, then: more}
    hints:
      - {when: {not: {events: {type: service_crash, of: dependency}, below: 1}}, answer: logged, likelihood: 0.6}
  more:
    ask: Is it hidden?
    when: {all: [{change: {kind: any, of: host, within: 1h}, at_most: 3}, {fact: unit.result, in: [signal, 3]}, {fact: unit.name, exists: true}]}
    yes: {likelihood: 0.8, then: hidden}
    no: {likelihood: 0.6, then: unclear}
    unknown: no
causes:
  down: {text: peer down, prior: 0.25, summary: "{probe.tcp:text}", advice: look}
  written: {text: written, prior: 0.25, summary: s, actions: [restart_service]}
  hidden: {text: hidden, prior: 0.25, summary: s, advice: look}
  unclear: {text: unclear, prior: 0.25, summary: s, advice: look}
)";

struct Mistake { const char *name, *from, *to; };

const QList<Mistake> mistakes{
    {"unknown top key", "first: reach", "first: reach\nfrist: x"},
    {"no first", "first: reach\n", ""},
    {"unknown error type", "[network_timeout]", "[network_timeouts]"},
    {"unknown question key", "ask: Is it hidden?", "aks: Is it hidden?"},
    {"likelihood 1", "likelihood: 0.8", "likelihood: 1"},
    {"likelihood missing", "{likelihood: 0.6, then: unclear}", "{then: unclear}"},
    {"prior 0", "hidden, prior: 0.25", "hidden, prior: 0"},
    {"unknown action", "restart_service", "restart_services"},
    {"neither advice nor action", "summary: s, actions: [restart_service]", "summary: s"},
    {"unknown probe", "type: tcp", "type: tpc"},
    {"probe without its parameter", "address: \"{check.address}\", ", ""},
    {"parameter of another probe", "timeout: 2s", "url: x"},
    {"two tests", "above: 1}", "above: 1, below: 3}"},
    {"no test", "}, equals: refused}", "}}"},
    {"two subjects", "{fact: unit.name, exists", "{fact: unit.name, log: {matches: x}, exists"},
    {"expression and template", "template: \"a <*> b\"", "template: x, matches: y"},
    {"whose events", "of: dependency", "of: dependencies"},
    {"kind of change", "kind: any", "kind: deploy"},
    {"no number", "at_most: 3", "at_most: three"},
    {"duration", "within: 1h", "within: 1 fortnight"},
    {"all and a fact", "not: {events", "fact: unit.name, exists: true, not: {events"},
    {"hint without answer", "answer: logged, ", ""},
};

QByteArray changed(const Mistake &mistake)
{
    QByteArray text = good;
    const qsizetype at = text.indexOf(mistake.from);
    return at < 0 ? QByteArray() : text.replace(at, qsizetype(qstrlen(mistake.from)), mistake.to);
}

/// "ok" or a mistake for each file.
QStringList bySchema(const QStringList &files)
{
    QProcess python;
    python.start(u"python3"_s, QStringList{QStringLiteral(TEST_DATA "/validate-trees.py"),
                                           QStringLiteral(SOURCE_DIR "/resources/schemas/decision-tree.schema.json")} + files);
    if (!python.waitForFinished(60'000) || python.exitCode() != 0)
        qFatal("python3 with jsonschema and yaml is needed (installer/packages.txt): %s", python.readAllStandardError().constData());
    return QString::fromUtf8(python.readAllStandardOutput()).trimmed().split(u'\n');
}

bool byLoader(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) && readTree(path, file.readAll()).trees.size() == 1;
}

} // namespace

class TestTreeSchema : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void shippedTreesAreValid();
    void bothRefuse();
};

void TestTreeSchema::shippedTreesAreValid()
{
    const QDir folder(QStringLiteral(SOURCE_DIR "/resources/playbooks"));
    QStringList files;
    for (const QString &name : folder.entryList({u"*.yaml"_s}, QDir::Files))
        files << folder.filePath(name);
    QVERIFY(files.size() >= 5);
    const QStringList found = bySchema(files);
    QCOMPARE(found.size(), files.size());
    for (qsizetype i = 0; i < files.size(); ++i) {
        QVERIFY2(found[i] == u"ok"_s, qPrintable(files[i] + u": "_s + found[i]));
        QVERIFY2(byLoader(files[i]), qPrintable(files[i]));
    }
}

void TestTreeSchema::bothRefuse()
{
    const QTemporaryDir folder;
    QStringList files{folder.filePath(u"good.yaml"_s)};
    const auto write = [](const QString &path, const QByteArray &text) {
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) == text.size());
    };
    write(files[0], good);
    for (const Mistake &mistake : mistakes) {
        const QByteArray text = changed(mistake);
        QVERIFY2(!text.isEmpty(), mistake.name);
        files << folder.filePath(u"%1.yaml"_s.arg(files.size()));
        write(files.last(), text);
    }
    const QStringList found = bySchema(files);
    QCOMPARE(found.size(), files.size());
    QVERIFY2(found[0] == u"ok"_s && byLoader(files[0]), qPrintable(found[0]));
    for (qsizetype i = 0; i < mistakes.size(); ++i) {
        QVERIFY2(found[i + 1] != u"ok"_s, mistakes[i].name);
        QVERIFY2(!byLoader(files[i + 1]), mistakes[i].name);
    }
}

QTEST_GUILESS_MAIN(TestTreeSchema)
#include "tst_tree_schema.moc"
