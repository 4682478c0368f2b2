#pragma once
// How far a log file was read, in a form that finds the place again: by what is written there, not by name or number
// alone, because names rotate and inode numbers are used again.
#include "core/monitoring/LogSplitter.h"

#include <QString>

namespace prunella {

/// The hash of a few bytes of a file.
struct LogPrint {
    qint64 size = 0;
    QByteArray hash;        ///< hex, empty when size is 0
    bool operator==(const LogPrint &) const = default;
};

/// At most so many bytes go into a print.
constexpr qint64 logPrintBytes = 256;

[[nodiscard]] LogPrint logPrint(QByteArrayView bytes);

struct LogFileId {
    quint64 device = 0, inode = 0;
    bool operator==(const LogFileId &) const = default;
};

struct LogPosition {
    LogFileId id;
    qint64 read = 0;        ///< bytes taken from the file
    qint64 pending = 0;     ///< of these, the last so many belong to a line not given out yet
    LogSplitter::State state = LogSplitter::State::Normal;
    LogPrint head;          ///< the file's first bytes
    LogPrint tail;          ///< the last bytes before `read`
    qint64 modifiedNs = 0;  ///< the file's mtime when it was last read
    qint64 bornNs = 0;      ///< the file's birth time, 0: the file system has none
};

/// All that is known of one path, oldest file first.
struct LogPositions {
    QList<LogPosition> open;   ///< still being read; the last is the one under the path's own name
    QList<LogPosition> done;   ///< read to their end, not to be read again
};

/// One line of JSON, and back; nothing when the text is none of ours.
[[nodiscard]] QString toText(const LogPositions &positions);
[[nodiscard]] std::optional<LogPositions> logPositionsFrom(const QString &text);

} // namespace prunella
