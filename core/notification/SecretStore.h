#pragma once
// Where secrets are: the configuration has their names only.
#include "core/base/Result.h"

#include <QByteArray>
#include <QStringList>

#include <functional>

namespace prunella {

/// Every call answers once, later, in the thread that called; nothing is answered after the store is gone. No error text
/// has a secret in it.
class SecretStore
{
public:
    using Read = std::function<void(const Result<QByteArray> &)>;
    using Done = std::function<void(const Status &)>;
    using Names = std::function<void(const Result<QStringList> &)>;

    virtual ~SecretStore() = default;
    [[nodiscard]] virtual QString place() const = 0; ///< "file" or "keychain"
    /// NotFound: it is not in here. NotAuthorised: it is, but must not or may not be read.
    virtual void read(const QString &name, Read read) = 0;
    virtual void write(const QString &name, const QByteArray &value, Done done) = 0; ///< replaces
    virtual void remove(const QString &name, Done done) = 0;                         ///< NotFound
    virtual void names(Names names) = 0;                                             ///< sorted
};

/// Letters, digits and . _ -, beginning with a letter or a digit, at most 64: also a file's name.
[[nodiscard]] bool isSecretName(const QString &name);
/// A secret has 1 to 64 KiB bytes, and no NUL.
[[nodiscard]] Status checkSecret(const QByteArray &value);
/// `text` without the secret: not as it is, not its longer parts when it is a URL, not in percent, Base64 or hexadecimal.
[[nodiscard]] QString redacted(QString text, const QByteArray &secret);

} // namespace prunella
