#include "core/notification/DesktopNotifier.h"

#include <QDBusConnectionInterface>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QFileInfo>
#include <QUuid>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

const QString kService = u"org.freedesktop.Notifications"_s;
const QString kPath = u"/org/freedesktop/Notifications"_s;

// libdbus would start a bus of its own where there is none: nobody looks at that one.
bool hasSessionBus()
{
    if (!qEnvironmentVariableIsEmpty("DBUS_SESSION_BUS_ADDRESS"))
        return true;
    const QString runtime = qEnvironmentVariable("XDG_RUNTIME_DIR");
    return !runtime.isEmpty() && QFileInfo::exists(runtime + u"/bus"_s);
}

Error callError(const QDBusMessage &answer)
{
    const QString name = answer.errorName();
    const bool none = name == "org.freedesktop.DBus.Error.ServiceUnknown"_L1
        || name == "org.freedesktop.DBus.Error.NameHasNoOwner"_L1 || name.startsWith("org.freedesktop.DBus.Error.Spawn"_L1);
    if (none)
        return {ErrorCode::Unavailable, u"no notification service on the session bus"_s};
    if (name == "org.freedesktop.DBus.Error.NoReply"_L1 || name == "org.freedesktop.DBus.Error.Timeout"_L1)
        return {ErrorCode::Timeout, u"the notification service does not answer"_s};
    return {ErrorCode::Unavailable, u"the notification service failed: "_s + answer.errorMessage()};
}

} // namespace

DesktopNotifier::DesktopNotifier(const QString &busAddress, QObject *parent)
    : QObject(parent), m_address(busAddress),
      m_connectionName(u"prunella-notifications-"_s + QUuid::createUuid().toString(QUuid::WithoutBraces))
{
    // Another service (a restarted desktop) may be able to do other things, and knows none of our notifications.
    m_watcher.setWatchMode(QDBusServiceWatcher::WatchForOwnerChange);
    m_watcher.addWatchedService(kService);
    connect(&m_watcher, &QDBusServiceWatcher::serviceOwnerChanged, this, &DesktopNotifier::forgetService);
}

DesktopNotifier::~DesktopNotifier()
{
    m_bus.reset();
    QDBusConnection::disconnectFromBus(m_connectionName);
}

Status DesktopNotifier::connectBus()
{
    if (m_bus && m_bus->isConnected())
        return {};
    if (m_address.isEmpty() && !hasSessionBus())
        return failure(ErrorCode::Unavailable, u"no notification service: there is no session bus"_s);
    QDBusConnection::disconnectFromBus(m_connectionName);
    forgetService();
    m_bus = m_address.isEmpty() ? QDBusConnection::connectToBus(QDBusConnection::SessionBus, m_connectionName)
                                : QDBusConnection::connectToBus(m_address, m_connectionName);
    if (!m_bus->isConnected())
        return failure(ErrorCode::Unavailable, u"no notification service: no session bus: "_s + m_bus->lastError().message());
    m_bus->connect(kService, kPath, kService, u"ActionInvoked"_s, this, SLOT(onActionInvoked(uint,QString)));
    m_bus->connect(kService, kPath, kService, u"NotificationClosed"_s, this, SLOT(onClosed(uint,uint)));
    m_watcher.setConnection(*m_bus);
    return {};
}

void DesktopNotifier::forgetService()
{
    m_capabilities.reset();
    m_ids.clear();
}

void DesktopNotifier::answerLater(const Done &done, const Status &status)
{
    QMetaObject::invokeMethod(this, [done, status] { done(status); }, Qt::QueuedConnection);
}

void DesktopNotifier::show(const DesktopNotification &notification, Done done)
{
    if (const Status connected = connectBus(); !connected)
        return answerLater(done, connected);
    m_withdrawn.remove(notification.key);
    if (m_capabilities)
        return send({notification, std::move(done)});
    m_waiting.append({notification, std::move(done)});
    askCapabilities();
}

void DesktopNotifier::askCapabilities()
{
    if (!std::exchange(m_asking, true))
        call(u"GetCapabilities"_s, {}, [this](const QDBusMessage &answer) { onCapabilities(answer); });
}

void DesktopNotifier::onCapabilities(const QDBusMessage &answer)
{
    m_asking = false;
    const QList<Waiting> waiting = std::exchange(m_waiting, {});
    if (answer.type() == QDBusMessage::ErrorMessage) {
        for (const Waiting &one : waiting)
            one.done(tl::unexpected(callError(answer)));
        return;
    }
    m_capabilities = answer.arguments().value(0).toStringList();
    for (const Waiting &one : waiting) {
        if (m_withdrawn.remove(one.notification.key))
            answerLater(one.done, {}); // closed before it was shown: nothing is missing
        else
            send(one);
    }
}

void DesktopNotifier::send(const Waiting &waiting)
{
    const QString key = waiting.notification.key;
    const NotifyArguments arguments = notifyArguments(waiting.notification, m_capabilities.value_or(QStringList()));
    ++m_sending[key];
    call(u"Notify"_s,
         {u"Prunella"_s, m_ids.value(key, 0), u"prunella"_s, arguments.summary, arguments.body, arguments.actions,
          arguments.hints, arguments.timeoutMs},
         [this, key, done = waiting.done](const QDBusMessage &answer) { onSent(key, answer, done); });
}

void DesktopNotifier::onSent(const QString &key, const QDBusMessage &answer, const Done &done)
{
    if (--m_sending[key] == 0)
        m_sending.remove(key);
    if (answer.type() == QDBusMessage::ErrorMessage)
        return done(tl::unexpected(callError(answer)));
    m_ids.insert(key, answer.arguments().value(0).toUInt());
    if (m_withdrawn.remove(key))
        close(key);
    done({});
}

void DesktopNotifier::close(const QString &key)
{
    const bool waits = std::any_of(m_waiting.cbegin(), m_waiting.cend(),
                                   [&key](const Waiting &one) { return one.notification.key == key; });
    if (waits || m_sending.contains(key))
        m_withdrawn.insert(key);
    else if (const uint id = m_ids.value(key, 0); id != 0 && m_bus)
        call(u"CloseNotification"_s, {id}, [](const QDBusMessage &) {}); // already gone is as good as closed
}

void DesktopNotifier::call(const QString &method, const QVariantList &arguments,
                           std::function<void(const QDBusMessage &)> answered)
{
    QDBusMessage message = QDBusMessage::createMethodCall(kService, kPath, kService, method);
    message.setArguments(arguments);
    auto *watcher = new QDBusPendingCallWatcher(m_bus->asyncCall(message), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [watcher, answered = std::move(answered)] {
        watcher->deleteLater();
        answered(watcher->reply());
    });
}

void DesktopNotifier::onActionInvoked(uint id, const QString &action)
{
    if (const QString key = m_ids.key(id); !key.isEmpty())
        Q_EMIT actionInvoked(key, action);
}

void DesktopNotifier::onClosed(uint id, uint)
{
    const QString key = m_ids.key(id);
    if (key.isEmpty())
        return;
    m_ids.remove(key);
    Q_EMIT closed(key);
}

} // namespace prunella
