#pragma once
// One HTTP/1.1 answer, read piece by piece: for unix sockets, which Qt's network classes cannot. Pure: bytes in, parts out.
#include <QByteArray>
#include <QByteArrayView>

namespace prunella {

class HttpReply
{
public:
    /// `mostBytes` bounds the whole body of an answer, and what is kept unread of a stream.
    explicit HttpReply(qsizetype mostBytes = 16 * 1024 * 1024) : m_mostBytes(mostBytes) {}

    /// false: this is no HTTP, or more than is taken; nothing more is read then.
    bool feed(QByteArrayView bytes);
    /// The peer has closed: the end of a body that told no length.
    void peerClosed();

    [[nodiscard]] bool hasHead() const { return m_status != 0; }
    [[nodiscard]] int status() const { return m_status; } ///< 0 before the head has come
    [[nodiscard]] bool isComplete() const { return m_state == State::Done; }
    /// Of the body, what has come since the last call, without the chunks' frames.
    [[nodiscard]] QByteArray takeBody() { return std::exchange(m_body, {}); }

private:
    enum class State { Head, Sized, Chunk, ChunkEnd, Trailer, UntilClosed, Done, Broken };
    bool step();
    bool readHead();
    bool readChunkSize();
    bool takeBytes(State next);
    [[nodiscard]] bool takeLine(QByteArray &line);

    const qsizetype m_mostBytes;
    State m_state = State::Head;
    QByteArray m_input, m_body;
    qsizetype m_left = 0;    ///< bytes of the body, or of this chunk, still to come; in state Chunk 0: its size line comes
    int m_status = 0;
};

} // namespace prunella
