#pragma once
// What a configuration file looked like, so that a later look can tell whether its content is another one.
#include <QByteArray>
#include <QString>

#include <optional>

namespace prunella {

struct FileFingerprint {
    bool exists = false;
    qint64 size = 0;
    qint64 mtimeNs = 0;
    qint64 ctimeNs = 0;  ///< when it was last changed, renamed or given rights; not remembered in the text
    quint64 inode = 0;   ///< with the time of birth where the file system knows it: another value is another file
    int lines = -1;      ///< -1: not counted, the file is too long or we may not read it
    QByteArray hash;     ///< hex; empty: we may not read it, then size and time tell
    QString target;      ///< where links lead; empty: the path is no link

    /// Of this file nothing but its times may differ.
    [[nodiscard]] bool sameContent(const FileFingerprint &other) const;
    /// One line for the store; fromText() is the inverse.
    [[nodiscard]] QString toText() const;
    [[nodiscard]] static std::optional<FileFingerprint> fromText(const QString &text);
};

/// Never waits for a pipe; of a file over 4 MiB the first and last 2 MiB count. Directories and devices do not exist here.
[[nodiscard]] FileFingerprint readFingerprint(const QString &path);
/// Has stat() anything new to tell? Spares reading what has not been touched.
[[nodiscard]] bool isTouched(const QString &path, const FileFingerprint &seen);
/// "/etc/web/web.yaml changed (12 -> 14 lines, by rename)"
[[nodiscard]] QString changeSentence(const QString &path, const FileFingerprint &before, const FileFingerprint &after);

} // namespace prunella
