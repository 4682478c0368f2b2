#pragma once
// Secrets in the desktop's keychain (the Secret Service of GNOME and others, or KWallet), through QtKeychain.
#include "core/notification/SecretStore.h"

#include <QObject>

namespace prunella {

/// The library serves one thread: its jobs run in the event loop of the application's thread, which must turn.
/// Unavailable: there is no session bus or no keychain on it. Timeout: it does not answer, for example because it waits
/// for a person to unlock it. NotAuthorised: that person said no.
class SecretKeychain : public SecretStore
{
public:
    explicit SecretKeychain(const QString &service = QStringLiteral("prunella"), int timeoutMs = 20'000);

    /// Whether the session bus has a keychain, or can start one. Asks the bus: milliseconds.
    [[nodiscard]] static bool isThere();

    [[nodiscard]] QString place() const override { return QStringLiteral("keychain"); }
    void read(const QString &name, Read read) override;
    void write(const QString &name, const QByteArray &value, Done done) override;
    void remove(const QString &name, Done done) override;
    /// The library cannot list: an entry of its own, "prunella-names", has the names that were written by us.
    void names(Names names) override;

private:
    void noteName(const QString &name, bool there, Done done);

    QString m_service;
    int m_timeoutMs;
    QObject m_context;
};

} // namespace prunella
