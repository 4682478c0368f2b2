// labels: sandbox
// What depends on what, from the running engine, from the store, and as it was before a change.
#include "Ctl.h"
#include "EngineProcess.h"
#include "Incidents.h"

#include <QFile>
#include <QTest>

using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

void unitFile(const QString &name, const QByteArray &text)
{
    QFile file(u"/run/systemd/system/"_s + name);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text);
}

QString config(const QString &dependsOn)
{
    return engineConfig(u"    - {name: topo-web, unit: topo-web.service%1}\n    - {name: topo-db, unit: topo-db.service}\n"_s.arg(dependsOn));
}

QJsonObject edge(const QString &answer, const QString &kind)
{
    for (const QJsonValue &edge : parsed(answer).object().value("edges"_L1).toArray()) {
        if (edge["from"_L1] == "topo-web"_L1 && edge["to"_L1] == "topo-db"_L1 && edge["kind"_L1] == kind)
            return edge.toObject();
    }
    return {};
}

} // namespace

class TestSystemTopology : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void seenDeclaredAndRemembered();
    void wrongCalls();
};

void TestSystemTopology::seenDeclaredAndRemembered()
{
    unitFile(u"topo-db.service"_s, "[Service]\nExecStart=/bin/sleep 1000\n");
    unitFile(u"topo-web.service"_s, "[Unit]\nRequires=topo-db.service\n[Service]\nExecStart=/bin/sleep 1000\n");
    QCOMPARE(QProcess::execute(u"systemctl"_s, {u"daemon-reload"_s}), 0);
    QCOMPARE(QProcess::execute(u"systemctl"_s, {u"start"_s, u"topo-web.service"_s}), 0);
    EngineProcess engine(outDirectory(u"topology"_s), config(u", depends_on: [topo-db]"_s));
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    const auto ask = [&engine](const QStringList &more = {}) { return engine.call(QStringList{u"topology"_s, u"--json"_s} + more).out; };
    QVERIFY(edge(ask(), u"declared"_s)["declared"_L1].toBool()); // at once
    QTRY_VERIFY_WITH_TIMEOUT(!edge(ask(), u"requires"_s).isEmpty(), 10'000);
    const QJsonObject tie = edge(ask(), u"requires"_s);
    QCOMPARE(tie["detail"_L1].toString(), u"Requires=topo-db.service"_s);
    QVERIFY(!tie["declared"_L1].toBool(true));

    engine.configure(config({}));
    engine.reload();
    QTRY_VERIFY_WITH_TIMEOUT(edge(ask(), u"declared"_s).isEmpty(), 10'000);
    QVERIFY(!edge(ask(), u"requires"_s).isEmpty());
    const QString before = tie["first_seen"_L1].toString();
    QTRY_VERIFY_WITH_TIMEOUT(!edge(ask({u"--at"_s, before}), u"declared"_s).isEmpty(), 10'000); // as it was then

    QCOMPARE(engine.stop(), 0);
    QCOMPARE(edge(ask(), u"requires"_s)["first_seen"_L1].toString(), before); // from the store
    const QString table = engine.call({u"topology"_s}).out;
    QVERIFY2(table.contains(u"Requires=topo-db.service"_s) && table.contains(u"the engine is not running"_s), qPrintable(table));
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    QCOMPARE(edge(ask(), u"requires"_s)["first_seen"_L1].toString(), before); // the next engine goes on with it
    QCOMPARE(engine.stop(), 0);
}

void TestSystemTopology::wrongCalls()
{
    QCOMPARE(ctl({u"topology"_s, u"--at"_s, u"yesterday"_s}).code, 2);
    const CtlAnswer none = ctl({u"topology"_s, u"--state-dir"_s, u"/run/out/nothing-here"_s});
    QCOMPARE(none.code, 1);
    QVERIFY2(none.err.contains(u"there is no store"_s), qPrintable(none.err));
}

QTEST_GUILESS_MAIN(TestSystemTopology)
#include "tst_system_topology.moc"
