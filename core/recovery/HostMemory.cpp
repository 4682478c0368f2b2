#include "core/recovery/HostMemory.h"

#include <QFile>

#include <limits>

namespace prunella {
namespace {

/// "MemTotal:  16384 kB" in bytes; -1 when it is not there.
double valueOf(const QByteArray &text, QByteArrayView name)
{
    constexpr double kibi = 1024;
    for (const QByteArray &line : text.split('\n')) {
        if (line.startsWith(name))
            return line.mid(name.size() + 1).trimmed().split(' ').first().toDouble() * kibi;
    }
    return -1;
}

} // namespace

double spareMemory()
{
    QFile file(QStringLiteral("/proc/meminfo"));
    const QByteArray text = file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    const double available = valueOf(text, "MemAvailable"), total = valueOf(text, "MemTotal");
    return available < 0 || total < 0 ? std::numeric_limits<double>::max() : available - total / 10;
}

} // namespace prunella
