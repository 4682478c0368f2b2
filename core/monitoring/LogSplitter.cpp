#include "core/monitoring/LogSplitter.h"

namespace prunella {
namespace {

/// The CR of a CRLF may stand beyond the bound: only the byte after it tells.
bool tooLong(const QByteArray &text)
{
    return text.size() > maxLogLineBytes + 1 || (text.size() == maxLogLineBytes + 1 && !text.endsWith('\r'));
}

} // namespace

void LogSplitter::feed(QByteArrayView bytes, const Sink &sink)
{
    while (!bytes.isEmpty()) {
        const qsizetype end = bytes.indexOf('\n');
        append(end < 0 ? bytes : bytes.first(end), sink);
        if (end < 0)
            return;
        endLine(sink);
        bytes = bytes.sliced(end + 1);
    }
}

void LogSplitter::append(QByteArrayView part, const Sink &sink)
{
    if (m_state == State::Swallow)
        return;
    const QByteArrayView taken = part.first(std::min(part.size(), maxLogLineBytes + 2 - m_pending.size()));
    m_pending.append(taken.data(), taken.size());
    if (!tooLong(m_pending))
        return;
    m_pending.truncate(maxLogLineBytes);
    m_state = State::Swallow;
    sink(std::exchange(m_pending, {}), true);
}

void LogSplitter::endLine(const Sink &sink)
{
    const State state = std::exchange(m_state, State::Normal);
    if (state == State::Swallow)
        return;
    if (m_pending.endsWith('\r'))
        m_pending.chop(1);
    const QByteArray line = std::exchange(m_pending, {});
    if (state == State::Normal || !line.isEmpty())
        sink(line, false);
}

void LogSplitter::flush(const Sink &sink)
{
    if (m_pending.isEmpty())
        return;
    m_state = State::Continued;
    m_pending.truncate(maxLogLineBytes);
    if (m_pending.endsWith('\r'))
        m_pending.chop(1);
    sink(std::exchange(m_pending, {}), false);
}

void LogSplitter::reset(State state)
{
    m_pending.clear();
    m_state = state;
}

} // namespace prunella
