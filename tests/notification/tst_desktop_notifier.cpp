// Against a real dbus-daemon of its own, with a small notification service that this test registers on it.
#include "core/notification/DesktopNotifier.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QProcess>
#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {
const QString kName = u"org.freedesktop.Notifications"_s;
const QString kPath = u"/org/freedesktop/Notifications"_s;
}

class FakeDesktop : public QObject
{
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.Notifications")
public:
    struct Shown { uint replaces; QString summary, body; QStringList actions; QVariantMap hints; int timeout; };
    QStringList capabilities{u"body"_s, u"body-markup"_s, u"actions"_s};
    QList<Shown> shown;
    QList<uint> closedIds;
    int asked = 0;
    QString bus;

    void emitSignal(const QString &name, const QVariantList &arguments) const
    {
        QDBusMessage message = QDBusMessage::createSignal(kPath, kName, name);
        message.setArguments(arguments);
        QDBusConnection(bus).send(message);
    }
public Q_SLOTS:
    QStringList GetCapabilities() { ++asked; return capabilities; }
    uint Notify(const QString &, uint replaces, const QString &, const QString &summary, const QString &body,
                const QStringList &actions, const QVariantMap &hints, int timeout)
    {
        shown.append({replaces, summary, body, actions, hints, timeout});
        return replaces ? replaces : uint(shown.size()) + 100;
    }
    void CloseNotification(uint id)
    {
        closedIds.append(id);
        emitSignal(u"NotificationClosed"_s, {id, 3u});
    }
};

class tst_desktop_notifier : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase();
    void init();
    void cleanup();
    void noService();
    void noBus();
    void busGone();
    void shows();
    void plainDesktop();
    void bareDesktop();
    void replacesTheSameKey();
    void closes();
    void closedWhileOnItsWay();
    void actionsComeBack();
    void asksOncePerService();

private:
    Status show(const DesktopNotification &notification);
    void registerDesktop();
    void unregisterDesktop();
    static DesktopNotification incident();

    QTemporaryDir m_dir;
    QProcess m_daemon;
    QString m_address;
    std::unique_ptr<FakeDesktop> m_desktop;
    std::unique_ptr<DesktopNotifier> m_notifier;
};

void tst_desktop_notifier::initTestCase()
{
    m_address = u"unix:path="_s + m_dir.filePath(u"bus"_s);
    m_daemon.start(u"dbus-daemon"_s, {u"--session"_s, u"--nofork"_s, u"--nopidfile"_s, u"--print-address"_s, u"--address="_s + m_address});
    QVERIFY2(m_daemon.waitForStarted(), "install the package dbus-daemon");
    QVERIFY(m_daemon.waitForReadyRead());
}

void tst_desktop_notifier::cleanupTestCase()
{
    m_daemon.kill();
    m_daemon.waitForFinished();
}

void tst_desktop_notifier::init()
{
    m_desktop = std::make_unique<FakeDesktop>();
    m_notifier = std::make_unique<DesktopNotifier>(m_address);
}

void tst_desktop_notifier::cleanup()
{
    m_notifier.reset();
    unregisterDesktop();
}

void tst_desktop_notifier::registerDesktop()
{
    m_desktop->bus = u"desktop"_s;
    QDBusConnection bus = QDBusConnection::connectToBus(m_address, m_desktop->bus);
    QVERIFY(bus.isConnected());
    QVERIFY(bus.registerObject(kPath, m_desktop.get(), QDBusConnection::ExportAllSlots));
    QVERIFY(bus.registerService(kName));
}

void tst_desktop_notifier::unregisterDesktop()
{
    QDBusConnection::disconnectFromBus(u"desktop"_s);
}

DesktopNotification tst_desktop_notifier::incident()
{
    return {.key = u"abc"_s, .summary = u"web needs a decision"_s, .lead = u"killed by signal 9"_s,
            .body = u"restart <web> & look"_s, .critical = true, .actions = {{u"open"_s, u"Open"_s}}};
}

Status tst_desktop_notifier::show(const DesktopNotification &notification)
{
    std::optional<Status> status;
    m_notifier->show(notification, [&](const Status &answer) { status = answer; });
    if (status)
        qFatal("answered before the call returned");
    [&] { QTRY_VERIFY(status.has_value()); }();
    return status.value_or(failure(ErrorCode::Internal, u"no answer"_s));
}

void tst_desktop_notifier::noService()
{
    const Status status = show(incident());
    QVERIFY(!status);
    QVERIFY(status.error().code == ErrorCode::Unavailable);
    QCOMPARE(status.error().message, u"no notification service on the session bus"_s);
    registerDesktop(); // it comes later: the next one is shown
    QVERIFY(show(incident()));
}

void tst_desktop_notifier::noBus()
{
    qunsetenv("DBUS_SESSION_BUS_ADDRESS");
    qputenv("XDG_RUNTIME_DIR", m_dir.filePath(u"nothing"_s).toUtf8());
    m_notifier = std::make_unique<DesktopNotifier>();
    QCOMPARE(show(incident()).error().message, u"no notification service: there is no session bus"_s);
    m_notifier->close(u"abc"_s); // harmless
}

void tst_desktop_notifier::busGone()
{
    m_notifier = std::make_unique<DesktopNotifier>(u"unix:path="_s + m_dir.filePath(u"nothing"_s));
    const Status status = show(incident());
    QVERIFY(status.error().code == ErrorCode::Unavailable);
    QVERIFY(status.error().message.startsWith(u"no notification service: no session bus: "_s));
}

void tst_desktop_notifier::shows()
{
    registerDesktop();
    QVERIFY(show(incident()));
    QCOMPARE(m_desktop->shown.size(), 1);
    const FakeDesktop::Shown &shown = m_desktop->shown[0];
    QCOMPARE(shown.replaces, 0u);
    QCOMPARE(shown.summary, u"web needs a decision"_s);
    QCOMPARE(shown.body, u"<b>killed by signal 9</b>\nrestart &lt;web&gt; &amp; look"_s);
    QCOMPARE(shown.actions, QStringList({u"open"_s, u"Open"_s}));
    QCOMPARE(shown.hints.value(u"urgency"_s).toUInt(), 2u);
    QCOMPARE(shown.timeout, 0);
}

void tst_desktop_notifier::plainDesktop()
{
    m_desktop->capabilities = {u"body"_s};
    registerDesktop();
    QVERIFY(show(incident()));
    QCOMPARE(m_desktop->shown[0].body, u"killed by signal 9\nrestart <web> & look"_s);
    QVERIFY(m_desktop->shown[0].actions.isEmpty());
}

void tst_desktop_notifier::bareDesktop()
{
    m_desktop->capabilities.clear();
    registerDesktop();
    QVERIFY(show(incident()));
    QCOMPARE(m_desktop->shown[0].summary, u"web needs a decision: killed by signal 9"_s);
    QVERIFY(m_desktop->shown[0].body.isEmpty());
}

void tst_desktop_notifier::replacesTheSameKey()
{
    registerDesktop();
    QVERIFY(show(incident()));
    QVERIFY(show(incident()));
    DesktopNotification other = incident();
    other.key = u"def"_s;
    QVERIFY(show(other));
    QCOMPARE(m_desktop->shown[1].replaces, 101u);
    QCOMPARE(m_desktop->shown[2].replaces, 0u);
}

void tst_desktop_notifier::closes()
{
    registerDesktop();
    QVERIFY(show(incident()));
    QStringList closed;
    connect(m_notifier.get(), &DesktopNotifier::closed, this, [&](const QString &key) { closed.append(key); });
    m_notifier->close(u"unknown"_s);
    m_notifier->close(u"abc"_s);
    QTRY_COMPARE(closed, QStringList{u"abc"_s});
    QCOMPARE(m_desktop->closedIds, QList<uint>{101u});
}

void tst_desktop_notifier::closedWhileOnItsWay()
{
    registerDesktop();
    bool done = false;
    m_notifier->show(incident(), [&](const Status &status) { done = status.has_value(); });
    m_notifier->close(u"abc"_s); // capabilities are not known yet
    QTRY_VERIFY(done);
    QVERIFY(m_desktop->shown.isEmpty());
    done = false;
    m_notifier->show(incident(), [&](const Status &status) { done = status.has_value(); });
    m_notifier->close(u"abc"_s); // Notify is under way
    QTRY_VERIFY(done);
    QTRY_COMPARE(m_desktop->closedIds, QList<uint>{101u});
}

void tst_desktop_notifier::actionsComeBack()
{
    registerDesktop();
    QVERIFY(show(incident()));
    QStringList invoked;
    connect(m_notifier.get(), &DesktopNotifier::actionInvoked, this,
            [&](const QString &key, const QString &action) { invoked << key << action; });
    m_desktop->emitSignal(u"ActionInvoked"_s, {7u, u"open"_s}); // of another program
    m_desktop->emitSignal(u"ActionInvoked"_s, {101u, u"open"_s});
    QTRY_COMPARE(invoked, QStringList({u"abc"_s, u"open"_s}));
}

void tst_desktop_notifier::asksOncePerService()
{
    registerDesktop();
    QVERIFY(show(incident()));
    QVERIFY(show(incident()));
    QCOMPARE(m_desktop->asked, 1);
    unregisterDesktop();
    m_desktop = std::make_unique<FakeDesktop>();
    m_desktop->capabilities = {u"body"_s};
    registerDesktop();
    QTRY_VERIFY(show(incident()) && m_desktop->asked == 1); // asked anew: another desktop may do less
    QVERIFY(m_desktop->shown.constLast().actions.isEmpty());
}

QTEST_GUILESS_MAIN(tst_desktop_notifier)
#include "tst_desktop_notifier.moc"
