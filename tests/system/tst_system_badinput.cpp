// labels: sandbox
// What goes wrong around the engine: its configuration, the bus, its rights, its disk, its database.
#include "EngineProcess.h"
#include "Incidents.h"
#include "VictimUnit.h"

#include <QDir>
#include <QTest>

#include <csignal>
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

QString processService(const QString &log)
{
    QStringList quoted;
    for (const QString &word : victimCommand(log))
        quoted.append(u'"' + word + u'"');
    return u"    - {name: worker, manager: process, command: [%1]}\n"_s.arg(quoted.join(u", "_s));
}

qint64 newestPid(const QString &log)
{
    QFile file(log);
    const QByteArray text = file.open(QIODevice::ReadOnly) ? file.readAll().trimmed() : QByteArray();
    return text.split('\n').last().split(' ').value(1).toLongLong();
}

/// A small file system of its own, in the sandbox's mount namespace.
class SmallDisk
{
public:
    explicit SmallDisk(const QString &path)
        : m_path(path.toLocal8Bit())
    {
        QDir().mkpath(path);
        if (::mount("tmpfs", m_path.constData(), "tmpfs", 0, "size=2m,mode=0755") != 0)
            qFatal("no tmpfs at %s; run this test in tests/support/systemd-sandbox", m_path.constData());
    }
    ~SmallDisk() { ::umount2(m_path.constData(), MNT_DETACH); }
    Q_DISABLE_COPY_MOVE(SmallDisk)

    void fill() const
    {
        const int fd = ::open(filler().constData(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        const QByteArray block(4096, 'x');
        while (::write(fd, block.constData(), size_t(block.size())) > 0) { }
        ::close(fd);
    }
    void freeAgain() const { ::unlink(filler().constData()); }

private:
    [[nodiscard]] QByteArray filler() const { return m_path + "/filler"; }
    QByteArray m_path;
};

QString noticesOf(const QJsonObject &status)
{
    QStringList texts;
    for (const auto &value : status.value(u"notices").toArray())
        texts << value.toObject().value(u"text").toString();
    return texts.join(u'\n');
}

} // namespace

class TestSystemBadInput : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aBrokenConfigurationIsRefused();
    void aBrokenReloadKeepsTheOld();
    void theSecondEngineIsRefused();
    void withoutABus();
    void withoutRights();
    void aDamagedDatabase();
    void aFullDisk();
    void aDiskFullFromTheStart();
};

void TestSystemBadInput::aBrokenConfigurationIsRefused()
{
    const QString dir = outDirectory(u"broken"_s);
    EngineProcess engine(dir, u"self_healing:\n  mode: sometimes\n  recovery: {setle: 1s}\n"_s);
    QVERIFY(!engine.start());
    QVERIFY(engine.ends());
    QCOMPARE(engine.exitCode(), 2);
    QVERIFY2(engine.errors().contains(u"config.yaml:2:9: error: "_s), qPrintable(engine.errors()));
    QVERIFY2(engine.errors().contains(u"config.yaml:3:14: error: "_s) && engine.errors().contains(u"settle"_s), qPrintable(engine.errors()));
    QVERIFY(!QFile::exists(engine.stateDir() + u"/prunella.db"_s));
}

void TestSystemBadInput::aBrokenReloadKeepsTheOld()
{
    const QString dir = outDirectory(u"reload"_s);
    const VictimUnit victim(u"kept"_s, dir);
    victim.start();
    EngineProcess engine(dir, engineConfig(victim.service()));
    QVERIFY2(engine.start() && engine.knows(u"kept"_s), qPrintable(engine.eventsText()));
    engine.configure(u"self_healing: {mode: sometimes}\n"_s);
    engine.reload();
    QVERIFY2(engine.sees(u"reload_failed"_s), qPrintable(engine.eventsText()));
    QVERIFY2(noticesOf(engine.status()).contains(u"the old one stays in effect"_s), qPrintable(noticesOf(engine.status())));
    victim.kill9();
    QVERIFY2(engine.sees(u"resolved"_s, u"kept"_s), qPrintable(engine.eventsText()));
    engine.configure(engineConfig(victim.service(), u"observe"_s));
    engine.reload();
    QVERIFY2(engine.sees(u"reloaded"_s), qPrintable(engine.eventsText()));
    QCOMPARE(noticesOf(engine.status()), QString());
}

void TestSystemBadInput::theSecondEngineIsRefused()
{
    const QString dir = outDirectory(u"second"_s);
    EngineProcess first(dir, engineConfig({})), second(dir);
    QVERIFY2(first.start(), qPrintable(first.eventsText()));
    QVERIFY(!second.start());
    QVERIFY(second.ends());
    QCOMPARE(second.exitCode(), 2);
    QVERIFY2(second.errors().contains(QString::number(first.pid())), qPrintable(second.errors()));
}

void TestSystemBadInput::withoutABus()
{
    const QString dir = outDirectory(u"nobus"_s), log = dir + u"/starts"_s;
    const auto cleanUp = qScopeGuard([&log] { ::kill(pid_t(newestPid(log)), SIGKILL); });
    EngineProcess engine(dir, engineConfig(u"    - {name: web, manager: systemd, unit: web.service}\n"_s + processService(log)));
    QVERIFY2(engine.start({u"DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nonexistent/bus"_s}), qPrintable(engine.eventsText()));
    QTRY_COMPARE(engine.component(u"web"_s).value(u"health").toString(), u"unknown"_s);
    QTRY_VERIFY2(engine.component(u"web"_s).value(u"reason").toString().startsWith(u"no system bus"_s),
                 qPrintable(engine.component(u"web"_s).value(u"reason").toString()));
    QTRY_COMPARE(countLines(log), 1);
    ::kill(pid_t(newestPid(log)), SIGKILL); // everything else works
    QVERIFY2(engine.sees(u"resolved"_s, u"worker"_s), qPrintable(engine.eventsText()));
    QCOMPARE(countLines(log), 2);
    QCOMPARE(engine.incidents().size(), 1);
}

void TestSystemBadInput::withoutRights()
{
    const QTemporaryDir own(u"/tmp/rights-XXXXXX"_s); // $OUT is root's
    const QString dir = own.path();
    const VictimUnit victim(u"foreign"_s, dir);
    victim.start();
    EngineProcess engine(dir, engineConfig(victim.service()));
    for (const QString &path : {dir, engine.configFile()})
        QCOMPARE(::chown(path.toLocal8Bit().constData(), 65534, 65534), 0);
    QVERIFY2(engine.start({}, {u"/usr/bin/setpriv"_s, u"--reuid=65534"_s, u"--regid=65534"_s, u"--clear-groups"_s}) && engine.knows(u"foreign"_s),
             qPrintable(engine.eventsText()));
    victim.kill9();
    QVERIFY2(engine.seesReason(u"escalated"_s, u"not authorised by polkit for unit foreign.service"_s), qPrintable(engine.eventsText()));
    QVERIFY(!engine.ends(2500)); // longer than the backoff: it is not taken for a hiccup
    const QJsonObject incident = engine.incident(u"foreign"_s);
    QCOMPARE(statusOf(incident), u"escalated"_s);
    QCOMPARE(actionsOf(incident).size(), 1);
    QCOMPARE(firstAction(incident).value(u"status").toString(), u"failed"_s);
    QCOMPARE(victim.starts(), 1);
}

void TestSystemBadInput::aDamagedDatabase()
{
    const QString dir = outDirectory(u"damaged"_s);
    const VictimUnit victim(u"web"_s, dir);
    victim.start();
    EngineProcess engine(dir, engineConfig(victim.service()));
    QVERIFY2(engine.start() && engine.knows(u"web"_s), qPrintable(engine.eventsText()));
    QCOMPARE(engine.stop(), 0);
    QFile file(engine.stateDir() + u"/prunella.db"_s);
    QVERIFY(file.open(QIODevice::ReadWrite));
    file.write(QByteArray(8192, '\x5a'));
    file.close();
    QVERIFY2(engine.start() && engine.knows(u"web"_s), qPrintable(engine.eventsText()));
    QCOMPARE(QDir(engine.stateDir()).entryList({u"prunella.db.damaged-*"_s}).size(), 1);
    QVERIFY2(noticesOf(engine.status()).contains(u"damaged"_s), qPrintable(noticesOf(engine.status())));
    victim.kill9();
    QVERIFY2(engine.sees(u"awaiting_approval"_s, u"web"_s), qPrintable(engine.eventsText()));
    QCOMPARE(victim.starts(), 1);
    const auto approved = engine.call({u"approve"_s, engine.incident(u"web"_s).value(u"id").toString()});
    QVERIFY2(approved.code == 0, qPrintable(approved.err));
    QVERIFY2(engine.sees(u"resolved"_s, u"web"_s), qPrintable(engine.eventsText()));
    QCOMPARE(engine.call({u"acknowledge"_s, u"store"_s}).code, 0);
    QTRY_VERIFY2(!noticesOf(engine.status()).contains(u"damaged"_s), qPrintable(noticesOf(engine.status())));
}

void TestSystemBadInput::aFullDisk()
{
    const QString dir = outDirectory(u"full"_s);
    const VictimUnit victim(u"web"_s, dir);
    victim.start();
    EngineProcess engine(dir, engineConfig(victim.service()));
    const SmallDisk disk(engine.stateDir());
    QVERIFY2(engine.start({u"XDG_RUNTIME_DIR=/run"_s}) && engine.knows(u"web"_s), qPrintable(engine.eventsText()));
    disk.fill();
    victim.kill9();
    QVERIFY2(engine.seesReason(u"notice"_s, u"store: "_s), qPrintable(engine.eventsText()));
    QVERIFY2(engine.sees(u"resolved"_s, u"web"_s), qPrintable(engine.eventsText())); // the preallocated fallback held the intent
    QCOMPARE(victim.starts(), 2);
    QVERIFY2(!noticesOf(engine.status()).isEmpty(), "the header must say so");
    disk.freeAgain();
    QVERIFY2(engine.sees(u"notice_over"_s, {}, 40'000), qPrintable(engine.eventsText()));
    QCOMPARE(statusOf(engine.incident(u"web"_s)), u"resolved"_s); // taken over into the database
    QCOMPARE(engine.stop(), 0);
}

void TestSystemBadInput::aDiskFullFromTheStart()
{
    const QString dir = outDirectory(u"fullatstart"_s);
    const VictimUnit victim(u"web"_s, dir);
    victim.start();
    EngineProcess engine(dir, engineConfig(victim.service()));
    const SmallDisk disk(engine.stateDir());
    disk.fill();
    QVERIFY2(engine.start() && engine.knows(u"web"_s), qPrintable(engine.eventsText())); // it watches, though nothing can be written down
    QVERIFY2(engine.seesReason(u"notice"_s, u"prunella.db cannot be written: disk full"_s), qPrintable(engine.eventsText()));
    QVERIFY2(noticesOf(engine.status()).contains(u"nothing acts without a person"_s), qPrintable(noticesOf(engine.status())));
    victim.kill9();
    QVERIFY2(engine.sees(u"awaiting_approval"_s, u"web"_s), qPrintable(engine.eventsText()));
    QCOMPARE(engine.events(u"awaiting_approval"_s, u"web"_s).last().value(u"reason").toString(),
             u"the action cannot be written down anywhere before it is done"_s);
    QVERIFY(!engine.ends(1500)); // longer than the backoff
    QCOMPARE(victim.starts(), 1);
    disk.freeAgain();
    QTRY_COMPARE_WITH_TIMEOUT(statusOf(engine.incident(u"web"_s)), u"awaiting_approval"_s, 20'000); // now it is written down
    QCOMPARE(engine.call({u"approve"_s, engine.incident(u"web"_s).value(u"id").toString()}).code, 0);
    QVERIFY2(engine.sees(u"resolved"_s, u"web"_s), qPrintable(engine.eventsText()));
    QCOMPARE(victim.starts(), 2);
    QCOMPARE(engine.stop(), 0);
}

QTEST_GUILESS_MAIN(TestSystemBadInput)
#include "tst_system_badinput.moc"
