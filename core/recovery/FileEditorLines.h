#pragma once
// Lines of bytes with their places, for the formats that are made of lines.
#include "core/recovery/FileEditor.h"

namespace prunella {

struct RawLine {
    qsizetype begin = 0, end = 0; ///< without the line's end
    int number = 0;               ///< from 1
};

/// LF, CRLF and CR end lines; a BOM stands before the first.
[[nodiscard]] QList<RawLine> rawLines(const QByteArray &file);

/// Bytes [begin, end) without blanks around them.
struct RawSpan {
    qsizetype begin = 0, end = 0;
    [[nodiscard]] bool isEmpty() const { return begin == end; }
};
[[nodiscard]] RawSpan trimmed(const QByteArray &file, qsizetype begin, qsizetype end);
[[nodiscard]] QByteArray textOf(const QByteArray &file, const RawSpan &span);
/// `[name]` fills the whole line: the name, else nothing.
[[nodiscard]] std::optional<QByteArray> sectionIn(const QByteArray &file, const RawSpan &line);
/// A value with its quotes taken off, when it stands in a pair of them.
[[nodiscard]] FileValue valueOf(const QByteArray &file, const RawSpan &span, int line);
/// The two errors: what stands in a line is not as it must be; the key does not stand in the file.
[[nodiscard]] tl::unexpected<Error> wrongLine(int line, const QString &text);
[[nodiscard]] tl::unexpected<Error> absentKey(const QString &key, int commentedLine);

} // namespace prunella
