#pragma once
// Bytes in, lines out. The lines do not depend on how the bytes were cut into chunks.
#include "core/model/Log.h"

#include <QByteArrayView>
#include <functional>

namespace prunella {

class LogSplitter
{
public:
    /// Where in a line the next byte stands; part of a saved position.
    enum class State {
        Normal,     ///< in a line of which nothing was given out yet
        Swallow,    ///< the line was too long: nothing more of it is given out
        Continued,  ///< the beginning was given out by flush(): a line end right here ends it and gives no empty line
    };
    using Sink = std::function<void(QByteArray text, bool truncated)>;

    /// Gives out each line that ends in `bytes` (LF; one CR before it belongs to it), and the first
    /// maxLogLineBytes of a longer one as soon as it is known to be longer.
    void feed(QByteArrayView bytes, const Sink &sink);
    /// Gives out what there is of an unfinished line; what follows of it becomes a line of its own.
    void flush(const Sink &sink);
    /// Starts anew in this state.
    void reset(State state = State::Normal);

    /// Bytes of an unfinished line, not given out yet; at most maxLogLineBytes + 1.
    [[nodiscard]] qsizetype pending() const { return m_pending.size(); }
    [[nodiscard]] State state() const { return m_state; }

private:
    void append(QByteArrayView part, const Sink &sink);
    void endLine(const Sink &sink);

    QByteArray m_pending;
    State m_state = State::Normal;
};

} // namespace prunella
