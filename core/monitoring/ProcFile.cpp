#include "core/monitoring/ProcFile.h"

#include <QFile>

#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <system_error>
#include <unistd.h>

namespace prunella {

ProcFile::ProcFile(const QString &path) : m_path(QFile::encodeName(path).toStdString()), m_buffer(4096, '\0') {}

ProcFile::~ProcFile()
{
    close();
}

bool ProcFile::open()
{
    if (m_fd < 0)
        m_fd = ::open(m_path.c_str(), O_RDONLY | O_CLOEXEC);
    return m_fd >= 0;
}

void ProcFile::close()
{
    if (m_fd >= 0)
        ::close(m_fd);
    m_fd = -1;
}

std::string_view ProcFile::read()
{
    m_error = 0;
    if (!open()) {
        m_error = errno;
        return {};
    }
    // The kernel hands long files out a page at a time, so a short read is not yet the end.
    std::size_t size = 0;
    for (;;) {
        if (size == m_buffer.size())
            m_buffer.resize(size * 2);
        const ssize_t count = pread(m_fd, m_buffer.data() + size, m_buffer.size() - size, off_t(size));
        if (count == 0)
            return {m_buffer.data(), size};
        if (count > 0) {
            size += std::size_t(count);
        } else if (errno != EINTR) {
            m_error = errno;
            close();
            return {};
        }
    }
}

QString ProcFile::problem() const
{
    if (m_error == 0)
        return {};
    return QStringLiteral("cannot read %1: %2")
        .arg(QString::fromStdString(m_path), QString::fromStdString(std::generic_category().message(m_error)));
}

bool ProcFile::changed() const
{
    pollfd descriptor{m_fd, POLLPRI, 0};
    return m_fd < 0 || (poll(&descriptor, 1, 0) > 0 && (descriptor.revents & (POLLPRI | POLLERR)) != 0);
}

} // namespace prunella
