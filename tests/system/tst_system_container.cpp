// A container dies under the engine's eyes and is started again by it, over the socket of a real podman.
#include "EngineProcess.h"
#include "Incidents.h"
#include "tests/support/Podman.h"

#include <QScopeGuard>
#include <QTest>

#include <csignal>

using namespace prunella::testing;
using namespace Qt::StringLiterals;

class TestSystemContainer : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void cleanup() { m_podman.run({u"rm"_s, u"-f"_s, u"-a"_s, u"-t"_s, u"0"_s}); }
    void killedIsStartedAgain();
    void stoppedByAPersonIsLeftAlone();
    void withoutTheDaemonNothingIsClaimed();

private:
    [[nodiscard]] QString config() const;

    Podman m_podman;
};

void TestSystemContainer::initTestCase()
{
    const QString missing = m_podman.start();
    QVERIFY2(missing.isEmpty(), qPrintable(missing));
}

QString TestSystemContainer::config() const
{
    return engineConfig(u"    - {name: shop, manager: container, container: web, socket: \"unix://%1\"}\n"_s.arg(m_podman.socket()));
}

void TestSystemContainer::killedIsStartedAgain()
{
    QVERIFY(m_podman.runContainer(u"web"_s));
    const qint64 before = m_podman.pidOf(u"web"_s);
    EngineProcess engine(outDirectory(u"container"_s), config());
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    QVERIFY2(engine.knows(u"shop"_s), qPrintable(engine.eventsText()));
    QCOMPARE(engine.component(u"shop"_s).value(u"health"_s).toString(), u"healthy"_s);
    QCOMPARE(::kill(pid_t(before), SIGKILL), 0);
    QVERIFY2(engine.sees(u"resolved"_s, u"shop"_s, 20'000), qPrintable(engine.eventsText()));
    const qint64 after = m_podman.pidOf(u"web"_s);
    QVERIFY(after > 0 && after != before);
    QVERIFY(QFile::exists(u"/proc/%1"_s.arg(after)));
    const QJsonObject incident = engine.incident(u"shop"_s);
    QCOMPARE(incident.value(u"error_type"_s).toString(), u"service_crash"_s);
    QCOMPARE(actionsOf(incident).size(), 1);
    QVERIFY2(firstAction(incident).value(u"call"_s).toString().contains(u"/containers/web/restart"_s), qPrintable(engine.eventsText()));
    QCOMPARE(engine.component(u"shop"_s).value(u"health"_s).toString(), u"healthy"_s);
}

void TestSystemContainer::stoppedByAPersonIsLeftAlone()
{
    QVERIFY(m_podman.runContainer(u"web"_s));
    EngineProcess engine(outDirectory(u"container-stop"_s), config());
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    QVERIFY2(engine.knows(u"shop"_s), qPrintable(engine.eventsText()));
    m_podman.run({u"stop"_s, u"-t"_s, u"4"_s, u"web"_s}); // PID 1 ignores SIGTERM: it is killed after 4 s
    QTRY_VERIFY(engine.component(u"shop"_s).value(u"reason"_s).toString().contains(u"was stopped"_s));
    QCOMPARE(engine.component(u"shop"_s).value(u"health"_s).toString(), u"unknown"_s);
    QCOMPARE(engine.incidents().size(), 0);
    QCOMPARE(m_podman.pidOf(u"web"_s), 0);
}

void TestSystemContainer::withoutTheDaemonNothingIsClaimed()
{
    QVERIFY(m_podman.runContainer(u"web"_s));
    EngineProcess engine(outDirectory(u"container-daemon"_s), config());
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    QVERIFY2(engine.knows(u"shop"_s), qPrintable(engine.eventsText()));
    m_podman.stopService();
    const auto again = qScopeGuard([this] { m_podman.startService(); });
    QTRY_COMPARE(engine.component(u"shop"_s).value(u"health"_s).toString(), u"unknown"_s);
    QVERIFY(m_podman.startService());
    QTRY_COMPARE(engine.component(u"shop"_s).value(u"health"_s).toString(), u"healthy"_s);
    QCOMPARE(engine.incidents().size(), 0);
}

QTEST_GUILESS_MAIN(TestSystemContainer)
#include "tst_system_container.moc"
