#pragma once
// The places of secrets in their order: a file beats the keychain, so that an engine without a desktop behaves the same.
#include "core/notification/SecretFiles.h"
#include "core/notification/SecretKeychain.h"

#include <memory>

namespace prunella {

class Secrets
{
public:
    Secrets();

    /// The configuration's secrets_file, or empty.
    void setLinesFile(const QString &path) { m_files->setLinesFile(path); }

    /// The first place that has it. One that has it but must not give it ends the search with its error.
    void read(const QString &name, SecretStore::Read read);
    [[nodiscard]] SecretStore &files() { return *m_files; }
    [[nodiscard]] SecretStore &keychain() { return *m_keychain; }

private:
    std::unique_ptr<SecretFiles> m_files;
    std::unique_ptr<SecretKeychain> m_keychain;
};

} // namespace prunella
