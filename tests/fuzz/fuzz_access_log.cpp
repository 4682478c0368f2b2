// Lines of logs: nothing that a client may have a server write may upset the parser.
#include "core/detection/LogLineParser.h"
#include "core/detection/RequestCounter.h"

#include <cmath>
#include <cstdlib>

using namespace prunella;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArrayView line(reinterpret_cast<const char *>(data), qsizetype(size));
    const ParsedLine parsed = parseLogLine(line, size > 0 ? data[0] % 9 - 1 : -1);
    if (parsed.access) {
        const AccessLine &access = *parsed.access;
        const bool sound = access.status >= 100 && access.status <= 599 && access.path.size() <= 256 && access.method.size() <= 20
            && access.bytes >= -1 && (!access.latencyMs || (std::isfinite(*access.latencyMs) && *access.latencyMs >= 0))
            && parsed.level == LineLevel::Unknown;
        if (!sound)
            std::abort();
    }
    RequestCounter counter;
    counter.add(QStringLiteral("web"), line);
    const RequestCount count = counter.take().value(QStringLiteral("web"));
    if (count.requests + count.lines > 1 || count.errors + count.clientErrors + count.throttled > count.requests || count.errorLines > count.lines)
        std::abort();
    return 0;
}
