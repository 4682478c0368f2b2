#pragma once
// Wakes the log thread when a log file or its directory changes. Only a hint: what has changed is found by looking,
// and everything is looked at every few seconds anyway, so a file system without notifications (NFS) is just slower.
#include <QMap>
#include <QString>

namespace prunella {

class LogWatch
{
public:
    LogWatch();
    ~LogWatch();
    LogWatch(const LogWatch &) = delete;
    LogWatch &operator=(const LogWatch &) = delete;

    /// negative when the system has none left (fs.inotify.max_user_instances)
    [[nodiscard]] int fd() const { return m_fd; }
    /// Names made, removed or moved in it; the number for remove(), negative when it cannot be watched.
    [[nodiscard]] int addDirectory(const QString &path);
    /// Writes to this open file, whatever its name.
    [[nodiscard]] int addFile(int fileFd);
    void remove(int number);
    /// Takes the news away; true: there was any.
    bool drain();

private:
    [[nodiscard]] int add(const QByteArray &path, quint32 events);

    int m_fd;
    QMap<int, int> m_uses; ///< two services may have the same file
};

} // namespace prunella
