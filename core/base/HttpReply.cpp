#include "core/base/HttpReply.h"

namespace prunella {
namespace {

constexpr qsizetype kMostHead = 64 * 1024; // of the head, and of any one line

/// "Content-Length: 12" -> "12" for the name in lower letters; null when it is another one.
QByteArray valueOf(const QByteArray &line, QByteArrayView name)
{
    const qsizetype colon = line.indexOf(':');
    if (colon < 0 || line.left(colon).trimmed().toLower() != name)
        return {};
    return line.mid(colon + 1).trimmed();
}

} // namespace

bool HttpReply::feed(QByteArrayView bytes)
{
    if (m_state == State::Broken)
        return false;
    m_input.append(bytes);
    while (step()) {
    }
    if (m_state == State::Broken || m_body.size() > m_mostBytes) {
        m_state = State::Broken;
        m_input.clear();
    }
    return m_state != State::Broken;
}

void HttpReply::peerClosed()
{
    if (m_state == State::UntilClosed)
        m_state = State::Done;
}

/// true: something was read and there may be more.
bool HttpReply::step()
{
    switch (m_state) {
    case State::Head:
        return readHead();
    case State::Sized:
        return takeBytes(State::Done);
    case State::Chunk:
        return m_left > 0 ? takeBytes(State::ChunkEnd) : readChunkSize();
    case State::ChunkEnd:
    case State::Trailer: {
        QByteArray line;
        if (!takeLine(line))
            return false;
        if (m_state == State::ChunkEnd)
            m_state = State::Chunk;
        else if (line.isEmpty())
            m_state = State::Done;
        return true;
    }
    case State::UntilClosed:
        m_body += std::exchange(m_input, {});
        return false;
    case State::Done:
    case State::Broken:
        return false;
    }
    return false;
}

bool HttpReply::readHead()
{
    const qsizetype end = m_input.indexOf("\r\n\r\n");
    if (end < 0) {
        if (m_input.size() > kMostHead)
            m_state = State::Broken;
        return false;
    }
    const QList<QByteArray> lines = m_input.left(end).split('\n');
    m_input.remove(0, end + 4);
    const QList<QByteArray> first = lines.first().trimmed().split(' ');
    m_status = first.value(0).startsWith("HTTP/1.") ? first.value(1).toInt() : 0;
    bool chunked = false, sized = false;
    for (const QByteArray &line : lines.mid(1)) {
        chunked = chunked || valueOf(line, "transfer-encoding").toLower() == "chunked";
        if (const QByteArray length = valueOf(line, "content-length"); !length.isEmpty())
            m_left = length.toLongLong(&sized);
    }
    if (m_status < 100 || m_left < 0 || m_left > m_mostBytes)
        m_state = State::Broken;
    else if (m_status < 200)
        m_status = 0; // "100 Continue": the answer itself follows
    else if (m_status == 204 || m_status == 304 || (sized && !chunked && m_left == 0))
        m_state = State::Done;
    else
        m_state = chunked ? State::Chunk : sized ? State::Sized : State::UntilClosed;
    if (chunked)
        m_left = 0;
    return m_state != State::Broken;
}

bool HttpReply::readChunkSize()
{
    QByteArray line;
    if (!takeLine(line))
        return false;
    bool ok = false;
    m_left = line.split(';').first().trimmed().toLongLong(&ok, 16);
    if (!ok || m_left < 0 || m_left > m_mostBytes)
        m_state = State::Broken;
    else if (m_left == 0)
        m_state = State::Trailer;
    return m_state != State::Broken;
}

bool HttpReply::takeBytes(State next)
{
    const qsizetype count = std::min(m_left, m_input.size());
    m_body += m_input.left(count);
    m_input.remove(0, count);
    m_left -= count;
    if (m_left > 0)
        return false;
    m_state = next;
    return true;
}

bool HttpReply::takeLine(QByteArray &line)
{
    const qsizetype end = m_input.indexOf('\n');
    if (end < 0) {
        if (m_input.size() > kMostHead)
            m_state = State::Broken;
        return false;
    }
    line = m_input.left(end).trimmed();
    m_input.remove(0, end + 1);
    return true;
}

} // namespace prunella
