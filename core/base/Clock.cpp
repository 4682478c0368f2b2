#include "core/base/Clock.h"

#include <QDateTime>
#include <QFile>

#include <ctime>

namespace prunella {
namespace {

qint64 readClock(clockid_t id)
{
    timespec spec{};
    clock_gettime(id, &spec);
    return qint64(spec.tv_sec) * 1000 + spec.tv_nsec / 1'000'000;
}

} // namespace

SystemClock::SystemClock()
{
    QFile file(QStringLiteral("/proc/sys/kernel/random/boot_id"));
    if (file.open(QIODevice::ReadOnly))
        m_bootId = QString::fromLatin1(file.readAll().trimmed());
}

Now SystemClock::now() const
{
    return {readClock(CLOCK_REALTIME), readClock(CLOCK_MONOTONIC), readClock(CLOCK_BOOTTIME), m_bootId};
}

ManualClock::ManualClock(qint64 wallMs)
    : m_now{wallMs, 1'000'000, 1'000'000, QStringLiteral("manual-boot")}
{
}

void ManualClock::advance(qint64 ms)
{
    m_now.wallMs += ms;
    m_now.monotonicMs += ms;
    m_now.bootMs += ms;
}

void ManualClock::jumpWall(qint64 ms)
{
    m_now.wallMs += ms;
}

void ManualClock::suspend(qint64 ms)
{
    m_now.wallMs += ms;
    m_now.bootMs += ms;
}

QString isoTime(qint64 wallMs)
{
    if (wallMs == 0)
        return {};
    return QDateTime::fromMSecsSinceEpoch(wallMs, Qt::UTC).toString(Qt::ISODateWithMs);
}

qint64 fromIsoTime(const QString &text)
{
    const auto time = QDateTime::fromString(text, Qt::ISODateWithMs);
    return time.isValid() ? time.toMSecsSinceEpoch() : 0;
}

} // namespace prunella
