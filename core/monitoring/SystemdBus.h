#pragma once
// One asynchronous sd-bus connection inside Qt's event loop. Nothing here blocks: connecting, authenticating and
// every call go on in the background, answers come to the handlers.
#include "core/base/Result.h"

#include <QObject>
#include <QSocketNotifier>
#include <QTimer>
#include <functional>
#include <memory>

struct sd_bus;
struct sd_bus_message;
struct sd_bus_slot;

namespace prunella {

class SystemdBus : public QObject
{
    Q_OBJECT
public:
    using Handler = std::function<void(sd_bus_message *)>;
    struct SlotDeleter { void operator()(sd_bus_slot *slot) const; };
    using Match = std::unique_ptr<sd_bus_slot, SlotDeleter>; ///< the match ends with it

    explicit SystemdBus(bool userBus, QObject *parent = nullptr);
    ~SystemdBus() override;

    /// Starts connecting; failure when there is nothing to connect to. Later failure is told by lost().
    [[nodiscard]] Status open();
    void close();
    [[nodiscard]] bool isOpen() const { return m_bus != nullptr; }
    /// "system bus" or "user bus"
    [[nodiscard]] QString name() const;

    /// Signals that fit the rule, for as long as the match lives. Null when the rule is not accepted.
    [[nodiscard]] Match addMatch(const QString &rule, Handler handler);
    /// Calls a method of systemd with string arguments; the answer may be an error message.
    void call(const QByteArray &path, const char *interface, const char *member, const QList<QByteArray> &arguments,
              Handler answered);

Q_SIGNALS:
    void lost(const QString &why);

private:
    void pump();
    void rearm();
    void fail(int negativeErrno);

    bool m_userBus;
    sd_bus *m_bus = nullptr;
    std::unique_ptr<QSocketNotifier> m_readable, m_writable;
    QTimer m_timeout;
};

/// "org.freedesktop.DBus.Error.ServiceUnknown: The name …"; empty when the message is no error
[[nodiscard]] QString busError(sd_bus_message *message);
/// An errno (either sign) in words.
[[nodiscard]] QString errnoText(int error);

} // namespace prunella
