#include "core/config/RawYaml.h"

namespace prunella {
namespace {

using Kind = RawNode::Kind;

class Scanner
{
public:
    explicit Scanner(const QByteArray &bytes) : m_bytes(bytes), m_pos(bytes.startsWith("\xEF\xBB\xBF") ? 3 : 0), m_start(m_pos) {}

    RawNodePtr scan()
    {
        skipBlank();
        while (at() == '%' || (column() == 0 && isMarker('-'))) { // directives, ---
            if (at() == '%')
                m_pos = lineEnd(m_pos);
            else
                m_pos += 3;
            skipBlank();
        }
        RawNodePtr root = block(-1);
        return m_failed ? nullptr : root;
    }
    [[nodiscard]] std::optional<qsizetype> unclosed() const { return m_unclosed; }

private:
    [[nodiscard]] char at(qsizetype ahead = 0) const { return m_pos + ahead < m_bytes.size() ? m_bytes.at(m_pos + ahead) : '\0'; }
    [[nodiscard]] bool done() const { return m_pos >= m_bytes.size(); }
    static bool isBreak(char c) { return c == '\n' || c == '\r'; }
    static bool isSpace(char c) { return c == ' ' || c == '\t'; }
    static bool isGap(char c) { return isSpace(c) || isBreak(c) || c == '\0'; }
    static bool isFlowSign(char c) { return c == ',' || c == '[' || c == ']' || c == '{' || c == '}'; }
    [[nodiscard]] bool isMarker(char c) const { return at() == c && at(1) == c && at(2) == c && isGap(at(3)); }

    [[nodiscard]] qsizetype lineEnd(qsizetype from) const
    {
        while (from < m_bytes.size() && !isBreak(m_bytes.at(from)))
            ++from;
        return from;
    }
    [[nodiscard]] qsizetype column() const
    {
        qsizetype begin = m_pos;
        while (begin > m_start && !isBreak(m_bytes.at(begin - 1)))
            --begin;
        return m_pos - begin;
    }
    /// To the next token, over spaces, line ends and comments.
    void skipBlank()
    {
        while (!done()) {
            const bool afterGap = m_pos == m_start || isGap(m_bytes.at(m_pos - 1));
            if (at() == '#' && afterGap)
                m_pos = lineEnd(m_pos);
            else if (isGap(at()))
                ++m_pos;
            else
                return;
        }
    }
    RawNodePtr make(Kind kind) const
    {
        auto node = std::make_shared<RawNode>();
        node->kind = kind;
        node->begin = node->end = m_pos;
        return node;
    }
    QByteArray word() // of an anchor, alias or tag
    {
        const qsizetype begin = ++m_pos;
        while (!isGap(at()) && !isFlowSign(at()))
            ++m_pos;
        return m_bytes.sliced(begin, m_pos - begin);
    }
    /// A tag, an anchor, or both; the anchor's name.
    QByteArray properties()
    {
        QByteArray name;
        while (at() == '&' || at() == '!') {
            const bool anchor = at() == '&';
            const QByteArray text = word();
            if (anchor)
                name = text;
            m_afterProperties = m_pos;
            skipBlank();
        }
        return name;
    }
    void skipQuoted()
    {
        const char quote = at();
        const qsizetype begin = m_pos;
        for (++m_pos; !done(); ++m_pos) {
            if (quote == '"' && at() == '\\')
                ++m_pos;
            else if (quote == '\'' && at() == '\'' && at(1) == '\'')
                ++m_pos;
            else if (at() == quote)
                break;
        }
        if (m_pos >= m_bytes.size())
            m_unclosed = begin;
        m_pos = std::min(m_pos + 1, m_bytes.size());
    }
    /// Behind the colon of the key that begins here, or nothing when this is no key. Leaves the position as it is.
    [[nodiscard]] std::optional<qsizetype> keyEnd()
    {
        const qsizetype begin = m_pos;
        std::optional<qsizetype> found;
        if (at() == '"' || at() == '\'') {
            skipQuoted();
            while (isSpace(at()))
                ++m_pos;
            if (at() == ':' && isGap(at(1)))
                found = m_pos + 1;
        } else {
            for (const qsizetype end = lineEnd(m_pos); m_pos < end && !found; ++m_pos) {
                if (at() == '#' && m_pos > begin && isSpace(m_bytes.at(m_pos - 1)))
                    break;
                if (at() == ':' && isGap(at(1)))
                    found = m_pos + 1;
            }
        }
        m_pos = begin;
        return found;
    }
    [[nodiscard]] QByteArray keyText(qsizetype begin, qsizetype colon) const
    {
        QByteArray text = m_bytes.sliced(begin, colon - begin).trimmed();
        if (text.size() >= 2 && (text.front() == '"' || text.front() == '\''))
            text = text.sliced(1, text.size() - 2);
        return text;
    }

    RawNodePtr block(qsizetype parent)
    {
        const qsizetype before = m_pos;
        skipBlank();
        m_afterProperties = before;
        const qsizetype outer = column();
        const bool nothing = done() || outer < parent || (outer == parent && !(at() == '-' && isGap(at(1))));
        if (nothing || (outer == 0 && (isMarker('-') || isMarker('.')))) {
            m_pos = before;
            return make(Kind::Null);
        }
        const QByteArray name = properties();
        const bool sameLine = lineEnd(m_afterProperties) >= m_pos && m_afterProperties != before;
        m_failed |= sameLine && at() != '{' && at() != '[' && keyEnd(); // the anchor of a key: nobody's configuration
        if (!name.isEmpty() && (done() || column() <= parent)) {
            m_pos = m_afterProperties;
            return named(make(Kind::Null), name);
        }
        return named(blockValue(parent), name);
    }
    static RawNodePtr named(RawNodePtr node, const QByteArray &name)
    {
        if (!name.isEmpty())
            node->name = name;
        return node;
    }
    RawNodePtr blockValue(qsizetype parent)
    {
        if (at() == '-' && isGap(at(1)))
            return blockList();
        if (at() == '?' && isGap(at(1)))
            m_failed = true;
        if (at() == '*')
            return alias();
        if (at() == '{' || at() == '[')
            return flow();
        if (at() == '|' || at() == '>')
            return blockScalar(parent);
        if (keyEnd())
            return blockMap();
        if (at() == '"' || at() == '\'')
            return quoted();
        return plain(parent);
    }
    RawNodePtr blockMap()
    {
        RawNodePtr node = make(Kind::Map);
        node->column = column();
        while (!m_failed) {
            const std::optional<qsizetype> end = keyEnd();
            if (!end) {
                m_failed = true;
                break;
            }
            RawEntry entry{keyText(m_pos, *end - 1), m_pos, *end, nullptr};
            m_pos = *end;
            entry.value = block(node->column);
            node->end = entry.value->end;
            m_pos = node->end;
            node->entries.append(entry);
            if (!nextAt(node->column))
                break;
        }
        m_pos = node->end;
        return node;
    }
    RawNodePtr blockList()
    {
        RawNodePtr node = make(Kind::List);
        node->column = column();
        do {
            ++m_pos;
            RawEntry entry{{}, m_pos, m_pos, block(node->column)};
            entry.begin = entry.value->begin;
            node->end = std::max(entry.value->end, entry.end);
            m_pos = node->end;
            node->entries.append(entry);
        } while (!m_failed && nextAt(node->column) && at() == '-' && isGap(at(1)));
        m_pos = node->end;
        return node;
    }
    /// Moves to the next token; whether it stands at this column and the document goes on.
    bool nextAt(qsizetype wanted)
    {
        skipBlank();
        return !done() && column() == wanted && !(wanted == 0 && (isMarker('-') || isMarker('.')));
    }
    RawNodePtr blockScalar(qsizetype parent)
    {
        RawNodePtr node = make(Kind::Scalar);
        node->quote = '|';
        m_pos = lineEnd(m_pos);
        node->end = m_pos;
        while (!done()) {
            while (!done() && isBreak(at()))
                ++m_pos;
            while (at() == ' ')
                ++m_pos;
            if (!isBreak(at()) && column() <= parent)
                break;
            m_pos = lineEnd(m_pos);
            node->end = m_pos;
        }
        m_pos = node->end;
        return node;
    }
    RawNodePtr plain(qsizetype parent)
    {
        RawNodePtr node = make(Kind::Scalar);
        for (;;) {
            const qsizetype stop = lineEnd(m_pos);
            bool comment = false;
            while (m_pos < stop && !comment) {
                comment = at() == '#' && m_pos > node->begin && isSpace(m_bytes.at(m_pos - 1));
                if (!comment && !isSpace(at()))
                    node->end = m_pos + 1;
                ++m_pos;
            }
            while (!comment && !done() && isGap(at()))
                ++m_pos;
            const bool goesOn = !comment && !done() && at() != '#' && column() > parent && !(column() == 0 && (isMarker('-') || isMarker('.')));
            if (!goesOn)
                break;
        }
        m_pos = node->end;
        return node;
    }
    RawNodePtr quoted()
    {
        RawNodePtr node = make(Kind::Scalar);
        node->quote = at();
        skipQuoted();
        node->end = m_pos;
        return node;
    }
    RawNodePtr alias()
    {
        RawNodePtr node = make(Kind::Alias);
        node->name = word();
        node->end = m_pos;
        return node;
    }

    RawNodePtr flow()
    {
        const bool isMap = at() == '{';
        RawNodePtr node = make(isMap ? Kind::Map : Kind::List);
        node->flow = true;
        ++m_pos;
        for (skipBlank(); !done() && !m_failed && at() != '}' && at() != ']'; skipBlank()) {
            if (at() == ',') {
                ++m_pos;
                continue;
            }
            const qsizetype before = m_pos;
            node->entries.append(isMap ? flowPair() : flowItem());
            m_failed |= m_pos == before;
        }
        m_pos = std::min(m_pos + 1, m_bytes.size());
        node->end = m_pos;
        return node;
    }
    RawEntry flowItem()
    {
        RawEntry entry;
        entry.value = flowValue();
        entry.begin = entry.value->begin;
        entry.end = entry.begin;
        return entry;
    }
    RawEntry flowPair()
    {
        RawEntry entry;
        entry.begin = m_pos;
        m_failed |= at() == '?' && isGap(at(1));
        const RawNodePtr key = flowValue();
        entry.key = rawText(m_bytes, *key);
        entry.end = m_pos;
        skipBlank();
        if (at() != ':') {
            m_pos = entry.end;
            entry.value = make(Kind::Null);
            return entry;
        }
        entry.end = ++m_pos;
        skipBlank();
        if (at() == ',' || at() == '}') {
            m_pos = entry.end;
            entry.value = make(Kind::Null);
        } else {
            entry.value = flowValue();
        }
        return entry;
    }
    RawNodePtr flowValue()
    {
        const QByteArray name = properties();
        if (at() == '*')
            return alias();
        if (at() == '{' || at() == '[')
            return named(flow(), name);
        if (at() == '"' || at() == '\'')
            return named(quoted(), name);
        RawNodePtr node = make(Kind::Scalar);
        for (; !done() && !isFlowSign(at()); ++m_pos) {
            if (at() == ':' && (isGap(at(1)) || isFlowSign(at(1))))
                break;
            if (at() == '#' && m_pos > node->begin && isGap(m_bytes.at(m_pos - 1)))
                m_pos = lineEnd(m_pos) - 1;
            else if (!isGap(at()))
                node->end = m_pos + 1;
        }
        m_pos = node->end;
        if (node->begin == node->end)
            node->kind = Kind::Null;
        return named(node, name);
    }

    const QByteArray &m_bytes;
    qsizetype m_pos;
    qsizetype m_start;              ///< behind the BOM
    qsizetype m_afterProperties = 0;///< behind the last tag or anchor
    std::optional<qsizetype> m_unclosed;
    bool m_failed = false;
};

} // namespace

RawNodePtr scanYaml(const QByteArray &bytes)
{
    return Scanner(bytes).scan();
}

std::optional<qsizetype> unclosedQuote(const QByteArray &bytes)
{
    Scanner scanner(bytes);
    (void)scanner.scan();
    return scanner.unclosed();
}

QByteArray rawText(const QByteArray &bytes, const RawNode &node)
{
    if (node.kind != Kind::Scalar)
        return {};
    const QByteArray text = bytes.sliced(node.begin, node.end - node.begin);
    if (node.quote == 0 || node.quote == '|')
        return text;
    const QByteArray inside = text.sliced(1, std::max<qsizetype>(0, text.size() - 2));
    return node.quote == '\'' ? QByteArray(inside).replace("''", "'") : inside;
}

} // namespace prunella
