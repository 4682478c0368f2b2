#include "core/monitoring/PrometheusLine.h"

#include "core/monitoring/NagiosRange.h"

#include <QStringDecoder>
#include <cmath>
#include <limits>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMostLabels = 64;

bool isLetter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool isNameByte(char c)
{
    return isLetter(c) || (c >= '0' && c <= '9');
}

QString words(std::string_view text)
{
    return QString::fromUtf8(text.data(), qsizetype(text.size()));
}

bool isUtf8(std::string_view text)
{
    if (std::none_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; }))
        return true;
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    const QString decoded = decoder(QByteArrayView(text.data(), qsizetype(text.size())));
    return !decoder.hasError();
}

/// Reads a line from left to right; each step says what is wrong by its Status.
class Reader
{
public:
    explicit Reader(std::string_view rest) : m_rest(rest) { skipBlanks(); }

    [[nodiscard]] bool atEnd() const { return m_rest.empty(); }
    [[nodiscard]] bool startsWith(char c) const { return !m_rest.empty() && m_rest[0] == c; }
    void skipBlanks() { m_rest.remove_prefix(std::min(m_rest.find_first_not_of(" \t\r"), m_rest.size())); }
    bool take(char c)
    {
        if (!startsWith(c))
            return false;
        m_rest.remove_prefix(1);
        skipBlanks();
        return true;
    }
    std::string_view takeName(bool colons)
    {
        std::size_t end = 0;
        while (end < m_rest.size() && (isNameByte(m_rest[end]) || (colons && m_rest[end] == ':')))
            ++end;
        return cut(end);
    }
    std::string_view takeWord() { return cut(std::min(m_rest.find_first_of(" \t\r"), m_rest.size())); }

    Status takeLabels(Labels &out)
    {
        while (!take('}')) {
            const std::string_view name = takeName(false);
            if (name.empty() || !isLetter(name[0]))
                return failure(ErrorCode::Invalid, atEnd() ? u"the labels have no closing brace"_s : u"expected a label's name"_s);
            if (!take('='))
                return failure(ErrorCode::Invalid, u"label %1 has no ="_s.arg(words(name)));
            QString value;
            if (const auto taken = takeQuoted(words(name), value); !taken)
                return taken;
            if (out.contains(words(name)))
                return failure(ErrorCode::Invalid, u"label %1 is there twice"_s.arg(words(name)));
            if (out.size() >= kMostLabels)
                return failure(ErrorCode::Invalid, u"more than %1 labels"_s.arg(kMostLabels));
            out.insert(words(name), value);
            if (!take(',') && !startsWith('}'))
                return failure(ErrorCode::Invalid, u"expected , or } after label %1"_s.arg(words(name)));
        }
        return {};
    }

private:
    std::string_view cut(std::size_t length)
    {
        const std::string_view part = m_rest.substr(0, length);
        m_rest.remove_prefix(length);
        skipBlanks();
        return part;
    }

    /// \\ \" and \n are what exposers write; a backslash before anything else stands for itself.
    Status takeQuoted(const QString &label, QString &out)
    {
        if (!startsWith('"'))
            return failure(ErrorCode::Invalid, u"the value of label %1 does not begin with a quote"_s.arg(label));
        std::string text;
        for (std::size_t at = 1; at < m_rest.size(); ++at) {
            const char c = m_rest[at], next = at + 1 < m_rest.size() ? m_rest[at + 1] : '\0';
            if (c == '"') {
                out = words(text);
                m_rest.remove_prefix(at + 1);
                skipBlanks();
                return {};
            }
            const bool escaped = c == '\\' && (next == '\\' || next == '"' || next == 'n');
            text += !escaped ? c : next == 'n' ? '\n' : next;
            at += escaped ? 1 : 0;
        }
        return failure(ErrorCode::Invalid, u"the value of label %1 has no closing quote"_s.arg(label));
    }

    std::string_view m_rest;
};

Status takeNumber(Reader &reader, const QString &what, double &out)
{
    const std::string_view word = reader.takeWord();
    if (promNumber(word, out))
        return {};
    return failure(ErrorCode::Invalid, word.empty() ? QString(u"there is no "_s + what)
                                                    : u"%1 \"%2\" is no number"_s.arg(what, words(word.substr(0, 40))));
}

Status takeTimestamp(Reader &reader, std::optional<double> &out)
{
    if (reader.atEnd() || reader.startsWith('#'))
        return {};
    double number = 0;
    if (const auto taken = takeNumber(reader, u"timestamp"_s, number); !taken)
        return taken;
    if (!std::isfinite(number))
        return failure(ErrorCode::Invalid, u"the timestamp is no time"_s);
    out = number;
    return {};
}

Status takeExemplar(Reader &reader)
{
    if (reader.atEnd())
        return {};
    Labels labels;
    double value = 0;
    std::optional<double> timestamp;
    if (!reader.take('#') || !reader.take('{'))
        return failure(ErrorCode::Invalid, u"more on the line than name, value and timestamp"_s);
    return reader.takeLabels(labels)
        .and_then([&] { return takeNumber(reader, u"exemplar's value"_s, value); })
        .and_then([&] { return takeTimestamp(reader, timestamp); })
        .and_then([&] { return reader.atEnd() ? Status() : failure(ErrorCode::Invalid, u"more on the line than its exemplar"_s); });
}

} // namespace

bool promNumber(std::string_view text, double &out)
{
    if (plainNumber(text, out))
        return true;
    std::string word(text.substr(0, 12));
    std::transform(word.begin(), word.end(), word.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    const bool negative = word.starts_with('-');
    if (negative || word.starts_with('+'))
        word.erase(0, 1);
    if (word == "inf" || word == "infinity")
        out = negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
    else if (word == "nan")
        out = std::numeric_limits<double>::quiet_NaN();
    else
        return false;
    return true;
}

bool isPromName(std::string_view text)
{
    return !text.empty() && (isLetter(text[0]) || text[0] == ':')
        && std::all_of(text.begin(), text.end(), [](char c) { return isNameByte(c) || c == ':'; });
}

Result<PromLine> parsePromLine(std::string_view line)
{
    if (!isUtf8(line))
        return failure(ErrorCode::Invalid, u"this is not UTF-8"_s);
    Reader reader(line);
    PromLine out;
    const std::string_view name = reader.takeName(true);
    if (!isPromName(name))
        return failure(ErrorCode::Invalid, u"expected a metric's name"_s);
    out.name = words(name);
    Status status;
    if (reader.take('{'))
        status = reader.takeLabels(out.labels);
    status = status.and_then([&] { return takeNumber(reader, u"value"_s, out.value); })
                 .and_then([&] { return takeTimestamp(reader, out.timestamp); })
                 .and_then([&] { return takeExemplar(reader); });
    if (!status)
        return tl::unexpected(status.error());
    return out;
}

} // namespace prunella
