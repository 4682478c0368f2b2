#include "core/notification/Secrets.h"

namespace prunella {
using namespace Qt::StringLiterals;

Secrets::Secrets() : m_files(std::make_unique<SecretFiles>(secretsDirectory())), m_keychain(std::make_unique<SecretKeychain>()) {}

void Secrets::read(const QString &name, SecretStore::Read read)
{
    m_files->read(name, [this, name, read = std::move(read)](const Result<QByteArray> &inFile) {
        if (inFile || inFile.error().code != ErrorCode::NotFound)
            return read(inFile);
        m_keychain->read(name, [name, read](const Result<QByteArray> &inKeychain) {
            if (inKeychain)
                return read(inKeychain);
            const ErrorCode code = inKeychain.error().code;
            const bool nowhere = code == ErrorCode::NotFound || code == ErrorCode::Unavailable;
            const QString help = u"; do: prunellactl secret set "_s + name;
            read(failure(nowhere ? ErrorCode::NotFound : code, u"secret \""_s + name + u"\": no file has it, and "_s
                         + inKeychain.error().message + (nowhere ? help : QString())));
        });
    });
}

} // namespace prunella
