#include "core/monitoring/LogWatch.h"

#include <QFile>

#include <array>
#include <sys/inotify.h>
#include <unistd.h>

namespace prunella {

LogWatch::LogWatch() : m_fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

LogWatch::~LogWatch()
{
    if (m_fd >= 0)
        ::close(m_fd);
}

int LogWatch::addDirectory(const QString &path)
{
    return add(QFile::encodeName(path), IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR | IN_DELETE_SELF | IN_MOVE_SELF);
}

int LogWatch::addFile(int fileFd)
{
    return add("/proc/self/fd/" + QByteArray::number(fileFd), IN_MODIFY | IN_ATTRIB);
}

// The kernel gives the same number for the same inode, and the later mask would replace the earlier one.
int LogWatch::add(const QByteArray &path, quint32 events)
{
    const int number = m_fd < 0 ? -1 : ::inotify_add_watch(m_fd, path.constData(), events | IN_MASK_ADD);
    if (number >= 0)
        ++m_uses[number];
    return number;
}

void LogWatch::remove(int number)
{
    const auto it = m_uses.find(number);
    if (it == m_uses.end() || --*it > 0)
        return;
    m_uses.erase(it);
    ::inotify_rm_watch(m_fd, number); // fails for a directory that is gone, and then there is nothing to remove
}

bool LogWatch::drain()
{
    std::array<char, 16 * 1024> events;
    bool any = false;
    while (m_fd >= 0 && ::read(m_fd, events.data(), events.size()) > 0)
        any = true;
    return any;
}

} // namespace prunella
