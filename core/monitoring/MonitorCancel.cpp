#include "core/monitoring/MonitorCancel.h"

#include <sys/eventfd.h>
#include <unistd.h>

namespace prunella {

MonitorCancel::MonitorCancel() : m_fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

MonitorCancel::~MonitorCancel()
{
    if (m_fd >= 0)
        close(m_fd);
}

void MonitorCancel::cancel()
{
    m_cancelled.store(true, std::memory_order_release);
    if (m_fd >= 0)
        eventfd_write(m_fd, 1);
}

void MonitorCancel::reset()
{
    eventfd_t unused = 0;
    if (m_fd >= 0)
        eventfd_read(m_fd, &unused);
    m_cancelled.store(false, std::memory_order_release);
}

} // namespace prunella
