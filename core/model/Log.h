#pragma once
// What log sources read.
#include <QByteArray>
#include <QList>
#include <QString>

namespace prunella {

/// One line of a log, without its line end. Source: core/monitoring/LogSources.
struct LogLine {
    QString component;      ///< the service's name in the configuration
    QString source;         ///< "journal", "file:/var/log/web.log", "command:/usr/bin/program"
    QByteArray text;        ///< as it was written: may hold NUL bytes and invalid UTF-8; at most maxLogLineBytes
    int priority = -1;      ///< syslog's 0 (emergency) to 7 (debug), -1: the source does not say
    qint64 wallMs = 0;      ///< when it was read; from the journal: when journald got it
    qint64 monotonicMs = 0; ///< when it was read
    bool truncated = false; ///< the line was longer, its rest is gone
    bool operator==(const LogLine &) const = default;
};

/// A longer line is cut here, so that a source without line ends cannot fill the memory.
constexpr qsizetype maxLogLineBytes = 8192;

} // namespace prunella
