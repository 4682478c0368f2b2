#include "core/recovery/FileEditorLines.h"

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

struct IniPlace { int line = 0; RawSpan value; qsizetype index = 0; };

/// INI files have no common grammar: what parsers read differently is refused.
class IniReader
{
public:
    IniReader(const QByteArray &file, const QString &key) : m_file(file), m_lines(rawLines(file)), m_key(key) {}

    Result<FileValue> read()
    {
        for (qsizetype i = 0; i < m_lines.size(); ++i)
            look(i);
        if (m_places.isEmpty())
            return m_otherCase > 0 ? wrongLine(m_otherCase, u"stands there in other letters than %1"_s.arg(m_key)) : absentKey(m_key, m_comment);
        const IniPlace &place = m_places.constFirst();
        if (m_places.size() > 1)
            return wrongLine(m_places.at(1).line, u"%1 stands already in line %2; programs differ in which one counts"_s.arg(m_key).arg(place.line));
        if (place.value.isEmpty())
            return wrongLine(place.line, u"%1 has no value"_s.arg(m_key));
        if (m_file.at(place.value.end - 1) == '\\' || isContinued(place.index))
            return wrongLine(place.line, u"the value of %1 goes on in the next line"_s.arg(m_key));
        if (place.index > 0 && textOf(m_file, span(place.index - 1)).endsWith('\\') && !isComment(span(place.index - 1)))
            return wrongLine(place.line, u"the line before goes on here, so that %1 may be a part of it"_s.arg(m_key));
        return valueOf(m_file, place.value, place.line);
    }

private:
    RawSpan span(qsizetype index) const { return trimmed(m_file, m_lines.at(index).begin, m_lines.at(index).end); }
    bool isComment(const RawSpan &line) const { return !line.isEmpty() && (m_file.at(line.begin) == ';' || m_file.at(line.begin) == '#'); }
    /// Where the name ends: at the first = or :
    qsizetype sign(const RawSpan &line) const
    {
        qsizetype at = line.begin;
        while (at < line.end && m_file.at(at) != '=' && m_file.at(at) != ':')
            ++at;
        return at;
    }
    QString pathOf(const RawSpan &name) const
    {
        const QString text = QString::fromUtf8(textOf(m_file, name));
        return m_section.isEmpty() ? text : QString::fromUtf8(m_section) + u'.' + text;
    }
    void look(qsizetype index)
    {
        RawSpan line = span(index);
        const bool comment = isComment(line);
        if (const auto section = sectionIn(m_file, line)) {
            m_section = *section;
            return;
        }
        if (comment)
            line = trimmed(m_file, line.begin + 1, line.end);
        const qsizetype at = sign(line);
        if (line.isEmpty() || at == line.end)
            return;
        const QString path = pathOf(trimmed(m_file, line.begin, at));
        const int number = m_lines.at(index).number;
        if (path == m_key && comment)
            m_comment = number;
        else if (path == m_key)
            m_places.append({number, withoutComment(trimmed(m_file, at + 1, line.end)), index});
        else if (!comment && path.compare(m_key, Qt::CaseInsensitive) == 0)
            m_otherCase = number;
    }
    /// A blank and ; or # behind the value begin a comment; in quotes they do not.
    RawSpan withoutComment(const RawSpan &value) const
    {
        qsizetype at = value.begin;
        const char first = value.isEmpty() ? '\0' : m_file.at(at);
        if (first == '"' || first == '\'') {
            const qsizetype close = m_file.indexOf(first, at + 1);
            at = close < 0 || close >= value.end ? at : close + 1;
        }
        for (; at < value.end; ++at) {
            const bool sign = m_file.at(at) == ';' || m_file.at(at) == '#';
            if (sign && at > value.begin && (m_file.at(at - 1) == ' ' || m_file.at(at - 1) == '\t'))
                return trimmed(m_file, value.begin, at);
        }
        return value;
    }
    /// An indented line without a name of its own belongs to the value before it.
    bool isContinued(qsizetype index) const
    {
        if (index + 1 >= m_lines.size())
            return false;
        const RawSpan next = span(index + 1);
        return !next.isEmpty() && next.begin > m_lines.at(index + 1).begin && !isComment(next) && !sectionIn(m_file, next) && sign(next) == next.end;
    }

    const QByteArray &m_file;
    const QList<RawLine> m_lines;
    const QString &m_key;
    QByteArray m_section;
    QList<IniPlace> m_places;
    int m_comment = 0, m_otherCase = 0;
};

} // namespace

Result<FileValue> readIniValue(const QByteArray &file, const QString &key)
{
    return IniReader(file, key).read();
}

} // namespace prunella
