// JSON by an own scanner, for the places of values; whether the file is JSON at all says Qt's parser.
#include "core/recovery/FileEditor.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <variant>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

using Step = std::variant<QByteArray, int>; ///< a member's name or an element's number

/// upstream.servers[0]."a.b": nothing when it is none.
QList<Step> stepsOf(const QString &key)
{
    QList<Step> steps;
    const QByteArray text = key.toUtf8();
    qsizetype at = 0;
    while (at < text.size()) {
        if (text.at(at) == '[') {
            const qsizetype end = text.indexOf(']', at);
            bool ok = false;
            const int index = end < 0 ? -1 : text.mid(at + 1, end - at - 1).toInt(&ok);
            if (!ok || index < 0 || steps.isEmpty())
                return {};
            steps.append(index);
            at = end + 1;
        } else {
            const bool quoted = text.at(at) == '"';
            qsizetype end = quoted ? text.indexOf('"', at + 1) : at;
            while (!quoted && end < text.size() && text.at(end) != '.' && text.at(end) != '[')
                ++end;
            if (end < 0 || end == at)
                return {};
            steps.append(quoted ? text.mid(at + 1, end - at - 1) : text.mid(at, end - at));
            at = quoted ? end + 1 : end;
        }
        if (at < text.size() && text.at(at) == '.' && ++at == text.size())
            return {};
    }
    return steps;
}

/// Walks over text that Qt's parser has accepted.
class Walker
{
public:
    explicit Walker(const QByteArray &bytes) : m_bytes(bytes), m_at(bytes.startsWith("\xEF\xBB\xBF") ? 3 : 0) {}

    Result<FileValue> find(const QList<Step> &steps, const QString &key)
    {
        for (const Step &step : steps) {
            blank();
            const qsizetype here = m_at;
            int places = 0;
            const bool found = std::holds_alternative<int>(step) ? enterList(std::get<int>(step)) : enterMap(std::get<QByteArray>(step), places);
            if (places > 1)
                return failure(ErrorCode::Invalid, u"line %1: %2 stands there more than once"_s.arg(lineAt(m_bytes, here)).arg(key));
            if (!found)
                return failure(ErrorCode::NotFound, u"line %1: there is no value at %2"_s.arg(lineAt(m_bytes, here)).arg(key));
        }
        blank();
        return valueHere(key);
    }

private:
    char at() const { return m_at < m_bytes.size() ? m_bytes.at(m_at) : '\0'; }
    void blank()
    {
        while (at() == ' ' || at() == '\t' || at() == '\n' || at() == '\r')
            ++m_at;
    }
    QByteArray string()
    {
        const qsizetype begin = m_at++;
        while (m_at < m_bytes.size() && at() != '"')
            m_at += at() == '\\' ? 2 : 1;
        ++m_at;
        return m_bytes.sliced(begin, std::min(m_at, m_bytes.size()) - begin);
    }
    void skipValue()
    {
        blank();
        int depth = 0;
        do {
            if (at() == '"')
                (void)string();
            else if (at() == '{' || at() == '[')
                ++depth, ++m_at;
            else if (at() == '}' || at() == ']')
                --depth, ++m_at;
            else
                ++m_at;
        } while (m_at < m_bytes.size() && (depth > 0 || (at() != ',' && at() != '}' && at() != ']')));
    }
    /// Stands on the member's value afterwards. `places`: how often the name stands in this map.
    bool enterMap(const QByteArray &name, int &places)
    {
        if (at() != '{')
            return false;
        qsizetype found = -1;
        ++m_at;
        for (blank(); at() == '"'; blank()) {
            const QByteArray text = QJsonDocument::fromJson("[" + string() + "]").array().at(0).toString().toUtf8();
            blank();
            ++m_at; // the colon
            blank();
            if (text == name) {
                found = m_at;
                ++places;
            }
            skipValue();
            if (at() == ',')
                ++m_at;
        }
        m_at = found;
        return found >= 0;
    }
    bool enterList(int index)
    {
        if (at() != '[')
            return false;
        ++m_at;
        for (blank(); at() != ']' && at() != '\0'; blank()) {
            if (index-- == 0)
                return true;
            skipValue();
            if (at() == ',')
                ++m_at;
        }
        return false;
    }
    Result<FileValue> valueHere(const QString &key)
    {
        FileValue value;
        value.line = lineAt(m_bytes, m_at);
        value.begin = m_at;
        if (at() == '"') {
            const QByteArray text = string();
            value.end = m_at;
            value.quote = '"';
            value.text = QJsonDocument::fromJson("[" + text + "]").array().at(0).toString();
            return value;
        }
        while (QByteArray("0123456789.-+eE").contains(at()) && at() != '\0')
            ++m_at;
        value.end = m_at;
        value.text = QString::fromLatin1(m_bytes.sliced(value.begin, value.end - value.begin));
        if (value.text.isEmpty())
            return failure(ErrorCode::Invalid, u"line %1: %2 is neither a number nor a string"_s.arg(value.line).arg(key));
        return value;
    }

    const QByteArray &m_bytes;
    qsizetype m_at;
};

} // namespace

Result<FileValue> readJsonValue(const QByteArray &file, const QString &key)
{
    const QList<Step> steps = stepsOf(key);
    if (steps.isEmpty())
        return failure(ErrorCode::Invalid, u"\"%1\" names no value"_s.arg(key));
    const qsizetype bom = file.startsWith("\xEF\xBB\xBF") ? 3 : 0;
    QJsonParseError error;
    (void)QJsonDocument::fromJson(file.sliced(bom), &error);
    if (error.error != QJsonParseError::NoError)
        return failure(ErrorCode::Invalid, u"line %1: no JSON: %2"_s.arg(lineAt(file, error.offset + bom)).arg(error.errorString()));
    return Walker(file).find(steps, key);
}

} // namespace prunella
