#include "core/monitoring/KernelLog.h"

#include <QFile>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr size_t kRecordBytes = 8192; // the kernel's own bound of one record (CONSOLE_EXT_LOG_MAX)

QString reason(const QString &path, int code)
{
    QString text = u"kernel log not readable: "_s + path + u": "_s + QString::fromLocal8Bit(std::strerror(code));
    if (code == EPERM || code == EACCES)
        text += u"; out-of-memory kills cannot be told from other kills without CAP_SYSLOG or kernel.dmesg_restrict=0"_s;
    return text;
}

} // namespace

KernelLog::KernelLog(std::shared_ptr<const Clock> clock, const QString &path, QObject *parent)
    : QObject(parent), m_clock(std::move(clock)), m_path(path)
{
}

KernelLog::~KernelLog()
{
    stop();
}

void KernelLog::start()
{
    if (m_fd >= 0)
        return;
    m_fd = ::open(QFile::encodeName(m_path).constData(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (m_fd < 0)
        return lose(reason(m_path, errno));
    ::lseek(m_fd, 0, SEEK_END); // the past was judged, or not, when it happened
    m_notifier = std::make_unique<QSocketNotifier>(m_fd, QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, &KernelLog::drain);
    if (std::exchange(m_lostTold, false))
        emitSource(RawEventKind::SourceBack, u"kernel log readable again"_s);
}

void KernelLog::stop()
{
    if (m_notifier) {
        m_notifier->setEnabled(false);
        m_notifier.release()->deleteLater();
    }
    if (m_fd >= 0)
        ::close(std::exchange(m_fd, -1));
    m_lines = {};
}

void KernelLog::drain()
{
    std::array<char, kRecordBytes> buffer;
    while (m_fd >= 0) {
        const ssize_t size = ::read(m_fd, buffer.data(), buffer.size());
        if (size > 0) {
            take(QByteArrayView(buffer.data(), size));
            continue;
        }
        const int code = size == 0 ? ENODATA : errno;
        if (code == EAGAIN)
            return;
        // EPIPE: the kernel overwrote what we had not read; the next read goes on with the oldest record left.
        if (code == EPIPE || code == EINTR)
            continue;
        return lose(reason(m_path, code));
    }
}

void KernelLog::take(QByteArrayView record)
{
    const auto message = kmsgMessage(record);
    const auto kill = message ? m_lines.feed(*message) : std::nullopt;
    if (!kill)
        return;
    RawEvent event;
    event.kind = RawEventKind::OomKilled;
    event.oom = *kill;
    event.oom.wallMs = m_clock->now().wallMs;
    emitEvent(event);
}

void KernelLog::lose(const QString &why)
{
    stop();
    if (!std::exchange(m_lostTold, true))
        emitSource(RawEventKind::SourceLost, why);
}

void KernelLog::emitSource(RawEventKind kind, const QString &text)
{
    RawEvent event;
    event.kind = kind;
    event.source = u"kernel log"_s;
    event.text = text;
    emitEvent(event);
}

void KernelLog::emitEvent(RawEvent event)
{
    const Now now = m_clock->now();
    event.wallMs = now.wallMs;
    event.monotonicMs = now.monotonicMs;
    Q_EMIT eventReady(event);
}

} // namespace prunella
