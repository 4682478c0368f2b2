#include "tests/architecture/Source.h"

#include <QDirIterator>
#include <QFile>
#include <QRegularExpression>

namespace {

void blank(QString &text, qsizetype from, qsizetype to)
{
    for (qsizetype i = from; i < std::min(to, text.size()); ++i) {
        if (text[i] != u'\n')
            text[i] = u' ';
    }
}

/// The end of what starts here: behind `closing`, or the end of the text.
qsizetype behind(const QString &text, const QString &closing, qsizetype from)
{
    const qsizetype at = text.indexOf(closing, from);
    return at < 0 ? text.size() : at + closing.size();
}

qsizetype endOfQuoted(const QString &text, qsizetype from)
{
    for (qsizetype i = from + 1; i < text.size(); ++i) {
        if (text[i] == u'\\')
            ++i;
        else if (text[i] == text[from] || text[i] == u'\n')
            return i + 1;
    }
    return text.size();
}

qsizetype endOfRawString(const QString &text, qsizetype quote)
{
    const qsizetype open = text.indexOf(u'(', quote);
    if (open < 0)
        return text.size();
    return behind(text, u')' + text.mid(quote + 1, open - quote - 1) + u'"', open);
}

bool isWordCharacter(QChar c)
{
    return c.isLetterOrNumber() || c == u'_';
}

/// 1'000 and u'x': a quote after a digit separates digits.
bool startsLiteral(const QString &text, qsizetype at)
{
    if (text[at] == u'"')
        return true;
    return text[at] == u'\'' && !(at > 0 && text[at - 1].isLetterOrNumber() && !(text[at - 1] == u'u' || text[at - 1] == u'U' || text[at - 1] == u'L'));
}

void blankComment(Source &source, qsizetype from, qsizetype to)
{
    blank(source.bare, from, to);
    blank(source.code, from, to);
}

/// Blanks comments and literals; returns where to go on.
qsizetype scanToken(Source &source, qsizetype at)
{
    const QString &text = source.text;
    if (text[at] == u'/' && at + 1 < text.size() && (text[at + 1] == u'/' || text[at + 1] == u'*')) {
        const bool line = text[at + 1] == u'/';
        qsizetype end = line ? text.indexOf(u'\n', at) : behind(text, QStringLiteral("*/"), at + 2);
        end = end < 0 ? text.size() : end;
        blankComment(source, at, end);
        return end;
    }
    if (!startsLiteral(text, at))
        return at + 1;
    const bool raw = text[at] == u'"' && at > 0 && text[at - 1] == u'R';
    const qsizetype end = raw ? endOfRawString(text, at) : endOfQuoted(text, at);
    blank(source.code, at + 1, end - 1);
    return end;
}

void blankPreprocessor(QString &code)
{
    static const QRegularExpression directive(QStringLiteral("^[ \\t]*#(?:[^\\n]*\\\\\\n)*[^\\n]*"), QRegularExpression::MultilineOption);
    auto it = directive.globalMatch(QString(code));
    while (it.hasNext()) {
        const auto match = it.next();
        blank(code, match.capturedStart(), match.capturedEnd());
    }
}

} // namespace

int Source::lines() const
{
    return int(text.count(u'\n')) + (text.isEmpty() || text.endsWith(u'\n') ? 0 : 1);
}

int lineOf(const QString &text, qsizetype position)
{
    return int(QStringView(text).left(position).count(u'\n')) + 1;
}

Source makeSource(const QString &path, const QString &text)
{
    Source source{path, text, text, text};
    for (qsizetype at = 0; at < text.size();)
        at = scanToken(source, at);
    blankPreprocessor(source.code);
    return source;
}

QList<Source> readTree(const QString &root, const QStringList &directories)
{
    QStringList paths;
    for (const QString &directory : directories) {
        QDirIterator it(root + u'/' + directory, {QStringLiteral("*.h"), QStringLiteral("*.cpp")}, QDir::Files, QDirIterator::Subdirectories);
        while (it.hasNext())
            paths.append(it.next());
    }
    paths.sort();
    QList<Source> sources;
    for (const QString &path : std::as_const(paths)) {
        QFile file(path);
        if (file.open(QIODevice::ReadOnly))
            sources.append(makeSource(path.mid(root.size() + 1), QString::fromUtf8(file.readAll())));
    }
    return sources;
}

namespace {

/// Walks namespaces and classes and notes every function body it meets; what is inside a body is skipped.
class FunctionScanner
{
public:
    explicit FunctionScanner(const QString &code) : m_code(code) {}

    QList<FunctionSpan> scan()
    {
        while (m_at < m_code.size())
            step();
        return m_found;
    }

private:
    enum class Brace { Scope, Data, Body };

    void step()
    {
        const QChar c = m_code[m_at];
        if (c == u'(')
            ++m_depth;
        else if (c == u')')
            m_depth = std::max(0, m_depth - 1);
        else if (c == u'{')
            return open();
        else if (m_depth == 0 && (c == u';' || c == u'}' || (c == u':' && isAccessLabel())))
            m_head = m_at + 1;
        ++m_at;
    }
    void open()
    {
        const Brace kind = m_depth > 0 ? Brace::Data : classify();
        if (kind == Brace::Scope) {
            m_head = ++m_at;
            return;
        }
        const qsizetype end = closing(m_at);
        if (kind == Brace::Body) {
            note(end);
            m_head = end;
        }
        m_at = end;
    }
    [[nodiscard]] qsizetype closing(qsizetype from) const
    {
        int depth = 0;
        for (qsizetype i = from; i < m_code.size(); ++i) {
            depth += m_code[i] == u'{' ? 1 : m_code[i] == u'}' ? -1 : 0;
            if (depth == 0)
                return i + 1;
        }
        return m_code.size();
    }
    [[nodiscard]] QString head() const { return m_code.mid(m_head, m_at - m_head); }
    [[nodiscard]] bool isAccessLabel() const
    {
        static const QRegularExpression label(QStringLiteral("\\b(public|protected|private|Q_SIGNALS|Q_SLOTS)\\s*$"));
        const bool partOfName = m_at + 1 < m_code.size() && m_code[m_at + 1] == u':';
        return !partOfName && label.match(head()).hasMatch();
    }
    [[nodiscard]] Brace classify() const
    {
        static const QRegularExpression space(QStringLiteral("(\\bnamespace\\b|\\bextern\\s*\"[^\"]*\"\\s*$)"));
        static const QRegularExpression type(QStringLiteral("\\b(class|struct|union)\\b[^()=]*$"));
        static const QRegularExpression enumeration(QStringLiteral("\\benum\\b[^()=]*$"));
        static const QRegularExpression parameters(QStringLiteral("\\btemplate\\s*<[^()]*?>(?=\\s*[\\w\\[~:])"));
        static const QRegularExpression lambda(QStringLiteral("\\]\\s*(\\([^()]*(\\([^()]*\\)[^()]*)*\\))?[\\w\\s:<>*&-]*$"));
        const QString text = head().remove(parameters).remove(QStringLiteral("alignas(")).trimmed();
        if (space.match(text).hasMatch())
            return Brace::Scope;
        if (enumeration.match(text).hasMatch())
            return Brace::Data;
        if (type.match(text).hasMatch())
            return Brace::Scope;
        if (assigns(text))
            return lambda.match(text).hasMatch() && text.contains(u'[') && !text.endsWith(u'=') ? Brace::Body : Brace::Data;
        if (!text.contains(u'('))
            return Brace::Data;
        // After an initialiser list's colon, `member{` initialises and only `){` or `}{` opens the body.
        return hasInitialisers(text) && (isWordCharacter(text.back()) || text.back() == u'>') ? Brace::Data : Brace::Body;
    }
    /// `=` outside parentheses that is no operator's name and no comparison
    [[nodiscard]] static bool assigns(const QString &text)
    {
        static const QRegularExpression comparison(QStringLiteral("operator\\s*[^\\s(\\w]+|[=!<>]="));
        const QString plain = QString(text).remove(comparison);
        return outsideParentheses(plain).contains(u'=');
    }
    [[nodiscard]] static bool hasInitialisers(const QString &text)
    {
        static const QRegularExpression colon(QStringLiteral("\\)[^:]*(?<!:):(?!:)"));
        return colon.match(outsideParentheses(text)).hasMatch();
    }
    /// Keeps parentheses and braces, drops what is in them.
    [[nodiscard]] static QString outsideParentheses(const QString &text)
    {
        QString plain;
        int depth = 0;
        for (const QChar c : text) {
            depth -= c == u')' || c == u'}' ? 1 : 0;
            if (depth == 0)
                plain.append(c);
            depth += c == u'(' || c == u'{' ? 1 : 0;
        }
        return plain;
    }
    void note(qsizetype end)
    {
        static const QRegularExpression name(QStringLiteral("([\\w~:]+|operator\\s*[^\\s(]+)\\s*\\("));
        qsizetype start = m_head;
        while (start < m_at && m_code[start].isSpace())
            ++start;
        const auto match = name.match(head());
        const int first = lineOf(m_code, start);
        m_found.append({match.hasMatch() ? match.captured(1) : head().trimmed().left(40), first, lineOf(m_code, end - 1) - first + 1});
    }

    const QString &m_code;
    qsizetype m_at = 0;
    qsizetype m_head = 0; ///< where the declaration starts that is being read
    int m_depth = 0;      ///< of parentheses
    QList<FunctionSpan> m_found;
};

} // namespace

QList<FunctionSpan> functionsOf(const Source &source)
{
    return FunctionScanner(source.code).scan();
}
