#include "core/recovery/FileEditorLines.h"

using namespace Qt::StringLiterals;

namespace prunella {

QList<RawLine> rawLines(const QByteArray &file)
{
    QList<RawLine> lines;
    qsizetype begin = file.startsWith("\xEF\xBB\xBF") ? 3 : 0;
    while (begin < file.size()) {
        qsizetype end = begin;
        while (end < file.size() && file.at(end) != '\n' && file.at(end) != '\r')
            ++end;
        lines.append({begin, end, int(lines.size()) + 1});
        begin = end + (file.mid(end, 2) == "\r\n" ? 2 : 1);
    }
    return lines;
}

RawSpan trimmed(const QByteArray &file, qsizetype begin, qsizetype end)
{
    const auto blank = [&](qsizetype at) { return file.at(at) == ' ' || file.at(at) == '\t'; };
    while (begin < end && blank(begin))
        ++begin;
    while (begin < end && blank(end - 1))
        --end;
    return {begin, end};
}

QByteArray textOf(const QByteArray &file, const RawSpan &span)
{
    return file.sliced(span.begin, span.end - span.begin);
}

std::optional<QByteArray> sectionIn(const QByteArray &file, const RawSpan &line)
{
    if (line.isEmpty() || file.at(line.begin) != '[')
        return {};
    const qsizetype close = file.indexOf(']', line.begin);
    if (close < 0 || close >= line.end)
        return {};
    const RawSpan rest = trimmed(file, close + 1, line.end);
    if (!rest.isEmpty() && file.at(rest.begin) != ';' && file.at(rest.begin) != '#')
        return {};
    return file.sliced(line.begin + 1, close - line.begin - 1).trimmed();
}

FileValue valueOf(const QByteArray &file, const RawSpan &span, int line)
{
    FileValue value{QString::fromUtf8(textOf(file, span)), line, span.begin, span.end, 0};
    const char first = span.isEmpty() ? '\0' : file.at(span.begin);
    if ((first == '"' || first == '\'') && span.end - span.begin >= 2 && file.at(span.end - 1) == first) {
        value.quote = first;
        value.text = QString::fromUtf8(file.sliced(span.begin + 1, span.end - span.begin - 2));
    }
    return value;
}

tl::unexpected<Error> wrongLine(int line, const QString &text)
{
    return failure(ErrorCode::Invalid, u"line %1: %2"_s.arg(line).arg(text));
}

tl::unexpected<Error> absentKey(const QString &key, int commentedLine)
{
    const QString hint = commentedLine > 0 ? u" (in line %1 it is only a comment)"_s.arg(commentedLine) : QString();
    return failure(ErrorCode::NotFound, u"there is no value at %1"_s.arg(key) + hint);
}

} // namespace prunella
