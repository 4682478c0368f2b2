// Unit files as systemd.syntax(7) has them: comments with # and ;, a backslash at the end goes on in the next line,
// comments between such lines are left out, the last assignment of a setting with one value counts.
#include "core/recovery/FileEditorLines.h"

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

class UnitReader
{
public:
    UnitReader(const QByteArray &file, const QString &key)
        : m_file(file), m_lines(rawLines(file)), m_key(key), m_section(key.section(u'.', 0, 0).toUtf8()), m_name(key.section(u'.', 1).toUtf8())
    {
    }

    Result<FileValue> read()
    {
        if (m_section.isEmpty() || m_name.isEmpty())
            return failure(ErrorCode::Invalid, u"\"%1\" names no setting, expected one such as Service.TimeoutStartSec"_s.arg(m_key));
        QByteArray section;
        for (qsizetype i = 0; i < m_lines.size(); ++i) {
            const RawSpan line = trimmed(m_file, m_lines.at(i).begin, m_lines.at(i).end);
            if (line.isEmpty())
                continue;
            if (isComment(line))
                noteComment(line, section, m_lines.at(i).number);
            else if (const auto name = sectionIn(m_file, line))
                section = *name;
            else
                i = assignment(i, section == m_section);
        }
        if (!m_found)
            return absentKey(m_key, m_comment);
        if (m_commentInside)
            return wrongLine(m_found->line, u"a comment stands inside the value of %1"_s.arg(m_key));
        if (m_found->text.isEmpty())
            return wrongLine(m_found->line, u"%1 is empty there, which means its default"_s.arg(m_key));
        return *m_found;
    }

private:
    bool isComment(const RawSpan &line) const { return m_file.at(line.begin) == '#' || m_file.at(line.begin) == ';'; }
    void noteComment(const RawSpan &line, const QByteArray &section, int number)
    {
        const QByteArray text = textOf(m_file, trimmed(m_file, line.begin + 1, line.end));
        const qsizetype sign = text.indexOf('=');
        if (section == m_section && sign > 0 && text.first(sign).trimmed() == m_name)
            m_comment = number;
    }
    bool goesOn(qsizetype index) const
    {
        const RawLine &line = m_lines.at(index);
        return line.end > line.begin && m_file.at(line.end - 1) == '\\';
    }
    /// Reads one assignment with all lines that belong to it; the number of the last of them.
    qsizetype assignment(qsizetype index, bool inSection)
    {
        const qsizetype first = index;
        const RawLine &line = m_lines.at(first);
        QByteArray joined;
        bool comment = false, more = true;
        for (; more; ++index) {
            const RawSpan part = trimmed(m_file, m_lines.at(index).begin, m_lines.at(index).end);
            const bool skipped = index > first && !part.isEmpty() && isComment(part);
            comment |= skipped;
            more = index + 1 < m_lines.size() && (skipped || goesOn(index));
            if (!skipped)
                joined += textOf(m_file, {part.begin, part.end - (goesOn(index) ? 1 : 0)}).trimmed() + ' ';
            if (!more)
                break;
        }
        const qsizetype sign = joined.indexOf('=');
        if (!inSection || sign < 0 || joined.first(sign).trimmed() != m_name)
            return index;
        const qsizetype begin = m_file.indexOf('=', line.begin) + 1;
        const RawSpan value = trimmed(m_file, begin, std::max(begin, m_lines.at(index).end));
        m_found = index == first ? valueOf(m_file, value, line.number)
                                 : FileValue{QString::fromUtf8(joined.sliced(sign + 1).simplified()), line.number, value.begin, value.end, 0};
        m_commentInside = comment;
        return index;
    }

    const QByteArray &m_file;
    const QList<RawLine> m_lines;
    const QString &m_key;
    const QByteArray m_section, m_name;
    std::optional<FileValue> m_found;
    bool m_commentInside = false;
    int m_comment = 0;
};

} // namespace

Result<FileValue> readSystemdValue(const QByteArray &file, const QString &key)
{
    return UnitReader(file, key).read();
}

} // namespace prunella
