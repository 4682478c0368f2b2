#pragma once
// Notifications on the desktop, through org.freedesktop.Notifications on the session bus. Asynchronous.
#include "core/base/Result.h"
#include "core/notification/DesktopNotification.h"

#include <QDBusConnection>
#include <QDBusServiceWatcher>
#include <QHash>
#include <QObject>
#include <functional>
#include <optional>

namespace prunella {

class DesktopNotifier : public QObject
{
    Q_OBJECT
public:
    using Done = std::function<void(const Status &)>;

    /// An empty address means the session bus, connected when the first notification is shown.
    explicit DesktopNotifier(const QString &busAddress = {}, QObject *parent = nullptr);
    ~DesktopNotifier() override;

    /// Always answers, later. Unavailable: there is no session bus or no notification service on it.
    void show(const DesktopNotification &notification, Done done);
    void close(const QString &key);

Q_SIGNALS:
    void actionInvoked(const QString &key, const QString &action);
    void closed(const QString &key); ///< by the person, by time, or by close()

private Q_SLOTS:
    void onActionInvoked(uint id, const QString &action);
    void onClosed(uint id, uint reason);
    void forgetService();

private:
    struct Waiting { DesktopNotification notification; Done done; };
    [[nodiscard]] Status connectBus();
    void askCapabilities();
    void onCapabilities(const QDBusMessage &answer);
    void send(const Waiting &waiting);
    void onSent(const QString &key, const QDBusMessage &answer, const Done &done);
    void call(const QString &method, const QVariantList &arguments, std::function<void(const QDBusMessage &)> answered);
    void answerLater(const Done &done, const Status &status);

    QString m_address, m_connectionName;
    std::optional<QDBusConnection> m_bus;
    QDBusServiceWatcher m_watcher;
    std::optional<QStringList> m_capabilities; ///< of the service that runs now; absent until it answered
    bool m_asking = false;
    QList<Waiting> m_waiting;                  ///< shown when the capabilities are known
    QHash<QString, uint> m_ids;                ///< by key, of what is on the screen
    QSet<QString> m_withdrawn;                 ///< closed while still on its way to the screen
    QHash<QString, int> m_sending;
};

} // namespace prunella
