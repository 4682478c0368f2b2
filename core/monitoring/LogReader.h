#pragma once
// What the log thread asks of each source of lines. All calls come from that one thread; nothing waits in them.
#include "core/base/Clock.h"
#include "core/model/Log.h"

#include <poll.h>
#include <vector>

namespace prunella {

struct LogTurn {
    QList<LogLine> lines;
    bool more = false;      ///< the budget ended before the source did: give it another turn at once
};

class LogReader
{
public:
    virtual ~LogReader() = default;
    /// Names the source among all: "web/file:/var/log/web.log", "journal".
    [[nodiscard]] virtual QString key() const = 0;
    /// Reads at most about so many bytes.
    [[nodiscard]] virtual LogTurn turn(const Now &now, qint64 budget) = 0;
    /// What to wait for before the next turn.
    virtual void addDescriptors(std::vector<pollfd> &descriptors) const { Q_UNUSED(descriptors) }
    /// Monotonic ms of the next turn that is due without a descriptor's word.
    [[nodiscard]] virtual qint64 dueMs() const = 0;
    /// Where the next turn goes on, to be handed to the next engine; empty: nothing to remember.
    [[nodiscard]] virtual QString position() const { return {}; }
    /// It will be destroyed in a moment.
    virtual void beginStop() {}
    /// What is wrong and what to do about it; empty: nothing.
    [[nodiscard]] virtual QString problem() const = 0;
};

} // namespace prunella
