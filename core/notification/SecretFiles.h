#pragma once
// Secrets as files of mode 0600: one a secret in a folder, and one file of NAME=VALUE lines that somebody else writes.
#include "core/notification/SecretStore.h"

#include <QObject>

namespace prunella {

/// $XDG_CONFIG_HOME/prunella/secrets, absolute.
[[nodiscard]] QString secretsDirectory();

class SecretFiles : public SecretStore
{
public:
    /// `linesFile` (the configuration's secrets_file) may be empty; it is only read, and comes first.
    explicit SecretFiles(const QString &directory, const QString &linesFile = {});

    void setLinesFile(const QString &path) { m_linesFile = path; }

    [[nodiscard]] QString place() const override { return QStringLiteral("file"); }
    void read(const QString &name, Read read) override;
    void write(const QString &name, const QByteArray &value, Done done) override;
    void remove(const QString &name, Done done) override;
    void names(Names names) override;

    /// The same at once. A file that is not ours, no regular file, or not of mode 0600 (0400) is refused, and so is one in
    /// a folder that others can write.
    [[nodiscard]] Result<QByteArray> value(const QString &name) const;
    [[nodiscard]] Status setValue(const QString &name, const QByteArray &value) const;
    [[nodiscard]] QStringList allNames() const;

private:
    [[nodiscard]] QString fileOf(const QString &name) const { return m_directory + u'/' + name; }

    QString m_directory, m_linesFile;
    QObject m_context;
};

} // namespace prunella
