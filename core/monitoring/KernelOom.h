#pragma once
// What the kernel log says about processes killed for want of memory. Pure: lines in, kills out.
#include "core/model/Events.h"

namespace prunella {

/// The message of one /dev/kmsg record ("6,1234,5678,-;text\n KEY=value"), with its \xNN escapes undone.
/// Nothing when it is no record.
[[nodiscard]] std::optional<QString> kmsgMessage(QByteArrayView record);

/// Merges the lines that the kernel writes about one kill. Feed every message in order.
class OomLines
{
public:
    /// A kill, when this line completes one: its process, command and memory. wallMs is left 0.
    [[nodiscard]] std::optional<OomKill> feed(const QString &message);

private:
    qint64 m_pid = 0;        ///< victim named by the last "oom-kill:" line; 0: the line names no process
    QString m_controlGroup;  ///< group named by the lines before
};

} // namespace prunella
