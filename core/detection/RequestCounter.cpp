#include "core/detection/RequestCounter.h"

#include "core/detection/LogLineParser.h"

namespace prunella {

RequestCount &RequestCount::operator+=(const RequestCount &other)
{
    requests += other.requests;
    errors += other.errors;
    clientErrors += other.clientErrors;
    throttled += other.throttled;
    lines += other.lines;
    errorLines += other.errorLines;
    return *this;
}

void RequestCounter::add(const QString &service, QByteArrayView line, int priority)
{
    const ParsedLine parsed = parseLogLine(line, priority);
    if (!parsed.access && parsed.level == LineLevel::Unknown)
        return; // part of another line, such as a stack trace
    RequestCount &count = m_counts[service];
    if (!parsed.access) {
        ++count.lines;
        count.errorLines += parsed.level == LineLevel::Error;
        return;
    }
    const int status = parsed.access->status;
    ++count.requests;
    count.errors += status >= 500;
    count.throttled += status == 429;
    count.clientErrors += status >= 400 && status < 500 && status != 429;
}

} // namespace prunella
