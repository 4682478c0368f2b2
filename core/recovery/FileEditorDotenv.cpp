#include "core/recovery/FileEditorLines.h"

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

/// NAME=value, export NAME="value" # comment. A quoted value may go over several lines.
class DotenvReader
{
public:
    DotenvReader(const QByteArray &file, const QString &key) : m_file(file), m_key(key), m_wanted(key.toUtf8()) {}

    Result<FileValue> read()
    {
        for (const RawLine &line : rawLines(m_file)) {
            if (const Status fine = look(line); !fine)
                return tl::unexpected(fine.error());
        }
        if (!m_found)
            return absentKey(m_key, m_comment);
        if (m_found->text.isEmpty())
            return wrongLine(m_found->line, u"%1 has no value"_s.arg(m_key));
        if (m_found->text.contains(u'$') && m_found->quote != '\'')
            return wrongLine(m_found->line, u"%1 is made of other variables"_s.arg(m_key));
        return *m_found;
    }

private:
    Status look(const RawLine &line)
    {
        RawSpan span = trimmed(m_file, line.begin, line.end);
        if (line.begin < m_inside || span.isEmpty())
            return {};
        const bool isComment = m_file.at(span.begin) == '#';
        if (isComment)
            span = trimmed(m_file, span.begin + 1, span.end);
        if (textOf(m_file, span).startsWith("export "))
            span = trimmed(m_file, span.begin + 7, span.end);
        const qsizetype sign = m_file.indexOf('=', span.begin);
        if (sign < 0 || sign >= span.end)
            return {};
        const bool ours = textOf(m_file, trimmed(m_file, span.begin, sign)) == m_wanted;
        if (isComment) {
            m_comment = ours ? line.number : m_comment;
            return {};
        }
        RawSpan value = trimmed(m_file, sign + 1, span.end);
        if (const Status fine = endOf(value, line, ours); !fine)
            return fine;
        if (ours)
            m_found = valueOf(m_file, value, line.number);
        return {};
    }
    /// Cuts the value where it ends: at its closing quote, or before a comment.
    Status endOf(RawSpan &value, const RawLine &line, bool ours)
    {
        const char quote = value.isEmpty() ? '\0' : m_file.at(value.begin);
        if (quote != '"' && quote != '\'') {
            cutComment(value);
            return {};
        }
        qsizetype close = value.begin + 1;
        while (close < m_file.size() && m_file.at(close) != quote)
            close += quote == '"' && m_file.at(close) == '\\' ? 2 : 1;
        if (close >= m_file.size())
            return wrongLine(line.number, u"the quote that begins here is not closed"_s);
        if (ours && close > line.end)
            return wrongLine(line.number, u"the value of %1 has several lines"_s.arg(m_key));
        const RawSpan rest = close < line.end ? trimmed(m_file, close + 1, line.end) : RawSpan{};
        if (ours && !rest.isEmpty() && m_file.at(rest.begin) != '#')
            return wrongLine(line.number, u"there is more behind the quotes of %1"_s.arg(m_key));
        m_inside = close;
        value.end = close + 1;
        return {};
    }
    void cutComment(RawSpan &value) const
    {
        for (qsizetype at = value.begin; at < value.end; ++at) {
            const bool begins = at == value.begin || m_file.at(at - 1) == ' ' || m_file.at(at - 1) == '\t';
            if (m_file.at(at) == '#' && begins)
                value = trimmed(m_file, value.begin, at);
        }
    }

    const QByteArray &m_file;
    const QString &m_key;
    const QByteArray m_wanted;
    std::optional<FileValue> m_found;
    int m_comment = 0;
    qsizetype m_inside = 0; ///< where the last quoted value ends
};

} // namespace

Result<FileValue> readDotenvValue(const QByteArray &file, const QString &key)
{
    return DotenvReader(file, key).read();
}

} // namespace prunella
