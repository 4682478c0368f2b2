#include "core/detection/RequestCounter.h"

#include "core/detection/LogLineParser.h"

namespace prunella {
namespace {

/// Part of the line before it, such as a stack trace: thirty of them are no thirty things that went well.
bool goesOn(QByteArrayView line)
{
    const auto begins = [line](QByteArrayView word) { return line.startsWith(word); };
    return line.isEmpty() || begins(" ") || begins("\t") || begins("Caused by:") || begins("Traceback") || begins("...") || begins("}");
}

} // namespace

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
    if (!parsed.access && parsed.level == LineLevel::Unknown && goesOn(line))
        return;
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
