#include "core/config/YamlReader.h"

#include <cmath>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

using Kind = YamlNode::Kind;

QString kindName(Kind kind)
{
    switch (kind) {
    case Kind::Null: return u"nothing"_s;
    case Kind::Scalar: return u"a single value"_s;
    case Kind::List: return u"a list"_s;
    case Kind::Map: return u"a map"_s;
    }
    return {};
}

/// What stands there, for the message: the text itself when there is one.
QString shown(const YamlNode &node)
{
    if (node.kind != Kind::Scalar)
        return u"is "_s + kindName(node.kind);
    const QString text = node.text.size() > 60 ? QString(node.text.left(57) + u"…"_s) : node.text;
    return u"is \"%1\""_s.arg(QString(text).replace(u'\n', u' '));
}

} // namespace

YamlReader::YamlReader(YamlNodePtr node, QString path, QList<ConfigProblem> &problems)
    : m_node(std::move(node)), m_path(std::move(path)), m_problems(problems)
{
    if (m_node->kind != Kind::Map && m_node->kind != Kind::Null)
        add(m_node->at, m_path, shown(*m_node) + u", expected a map of keys"_s);
}

YamlReader::~YamlReader()
{
    if (m_anyKey || m_node->kind != Kind::Map)
        return;
    for (const YamlEntry &entry : m_node->entries) {
        if (m_known.contains(entry.key))
            continue;
        const QString nearest = nearestWord(entry.key, m_known);
        const QString hint = nearest.isEmpty() ? u"none is expected here"_s : u"the nearest known one is \"%1\""_s.arg(nearest);
        add(entry.at, pathOf(entry.key), u"unknown key, "_s + hint);
    }
}

QString YamlReader::pathOf(QStringView key) const
{
    return m_path.isEmpty() ? key.toString() : QString(m_path + u'.' + key);
}

void YamlReader::add(const YamlPosition &at, const QString &key, const QString &text, ProblemLevel level)
{
    m_problems.append({level, at.file, at.line, at.column, key, text});
}

const YamlEntry *YamlReader::find(QLatin1StringView key)
{
    const QString name(key);
    if (!m_known.contains(name))
        m_known.append(name);
    const YamlEntry *entry = m_node->find(name);
    return entry && entry->value->kind != Kind::Null ? entry : nullptr;
}

bool YamlReader::has(QLatin1StringView key) const
{
    const YamlEntry *entry = m_node->find(QString(key));
    return entry && entry->value->kind != Kind::Null;
}

YamlNodePtr YamlReader::node(QLatin1StringView key)
{
    const YamlEntry *entry = find(key);
    return entry ? entry->value : nullptr;
}

bool YamlReader::require(QLatin1StringView key, const QString &what)
{
    if (find(key))
        return true;
    const YamlEntry *entry = m_node->find(QString(key));
    add(entry ? entry->at : m_node->at, pathOf(QString(key)), u"missing, expected "_s + what);
    return false;
}

void YamlReader::notYet(QLatin1StringView key)
{
    if (find(key))
        add(m_node->find(QString(key))->at, pathOf(QString(key)), u"accepted; this version does not act on it"_s, ProblemLevel::NotYetInEffect);
}

void YamlReader::problem(QLatin1StringView key, const QString &text, ProblemLevel level)
{
    const YamlEntry *entry = m_node->find(QString(key));
    YamlPosition at = m_node->at;
    if (entry)
        at = entry->value->kind == Kind::Null ? entry->at : entry->value->at;
    add(at, pathOf(QString(key)), text, level);
}

void YamlReader::problem(const QString &text, ProblemLevel level)
{
    add(m_node->at, m_path, text, level);
}

std::optional<double> YamlReader::readBounded(QLatin1StringView key, Range range, Parse parse, const QString &what,
                                              QString (*write)(double))
{
    const YamlEntry *entry = find(key);
    if (!entry)
        return std::nullopt;
    const YamlNode &value = *entry->value;
    const std::optional<double> number = value.kind == Kind::Scalar ? parse(value.text) : std::nullopt;
    if (number && range.contains(*number))
        return number;
    const QString bounds = describeRange(range, write);
    const QString expected = bounds.isEmpty() ? what : QString(what + u' ' + bounds);
    add(value.at, pathOf(entry->key), u"%1, expected %2"_s.arg(shown(value), expected));
    return std::nullopt;
}

std::optional<double> YamlReader::readNumber(QLatin1StringView key, Range range)
{
    return readBounded(key, range, parseNumber, u"a number"_s, writeNumber);
}

std::optional<int> YamlReader::readInteger(QLatin1StringView key, Range range)
{
    const auto whole = [](const QString &text) -> std::optional<double> {
        const std::optional<double> number = parseNumber(text);
        return number && *number == std::floor(*number) && std::fabs(*number) <= 2e9 ? number : std::nullopt;
    };
    const std::optional<double> number = readBounded(key, range, whole, u"a whole number"_s, writeNumber);
    return number ? std::optional(int(*number)) : std::nullopt;
}

std::optional<qint64> YamlReader::readDuration(QLatin1StringView key, Range range)
{
    const std::optional<double> ms = readBounded(key, range, parseDuration, u"a duration such as 30s, 5m or 1h,"_s, writeDuration);
    return ms ? std::optional(qint64(std::llround(*ms))) : std::nullopt;
}

std::optional<qint64> YamlReader::readSize(QLatin1StringView key, Range range)
{
    const std::optional<double> bytes = readBounded(key, range, parseSize, u"a size such as 512MiB or 2GiB,"_s, writeNumber);
    return bytes ? std::optional(qint64(std::llround(*bytes))) : std::nullopt;
}

std::optional<double> YamlReader::readPercent(QLatin1StringView key)
{
    return readBounded(key, {0, 100}, parsePercent, u"a percentage"_s, writeNumber);
}

std::optional<bool> YamlReader::readBoolean(QLatin1StringView key)
{
    const YamlEntry *entry = find(key);
    if (!entry)
        return std::nullopt;
    const std::optional<bool> value = entry->value->kind == Kind::Scalar ? parseBoolean(entry->value->text) : std::nullopt;
    if (!value)
        add(entry->value->at, pathOf(entry->key), shown(*entry->value) + u", expected true or false"_s);
    return value;
}

std::optional<QString> YamlReader::readText(QLatin1StringView key)
{
    const YamlEntry *entry = find(key);
    if (!entry)
        return std::nullopt;
    if (entry->value->kind == Kind::Scalar && !entry->value->text.isEmpty())
        return entry->value->text;
    add(entry->value->at, pathOf(entry->key), shown(*entry->value) + u", expected a text"_s);
    return std::nullopt;
}

std::optional<QString> YamlReader::readChoice(QLatin1StringView key, const QStringList &allowed)
{
    const YamlEntry *entry = find(key);
    if (!entry)
        return std::nullopt;
    if (entry->value->kind == Kind::Scalar && allowed.contains(entry->value->text))
        return entry->value->text;
    add(entry->value->at, pathOf(entry->key), u"%1, expected one of %2"_s.arg(shown(*entry->value), allowed.join(", "_L1)));
    return std::nullopt;
}

bool YamlReader::texts(QLatin1StringView key, QStringList &out)
{
    const YamlEntry *entry = find(key);
    if (!entry)
        return false;
    if (entry->value->kind != Kind::List) {
        add(entry->value->at, pathOf(entry->key), shown(*entry->value) + u", expected a list such as [a, b]"_s);
        return false;
    }
    QStringList found;
    for (qsizetype i = 0; i < entry->value->entries.size(); ++i) {
        const YamlNode &item = *entry->value->entries.at(i).value;
        if (item.kind == Kind::Scalar)
            found.append(item.text);
        else
            add(item.at, u"%1[%2]"_s.arg(pathOf(entry->key)).arg(i), shown(item) + u", expected a text"_s);
    }
    const bool good = found.size() == entry->value->entries.size();
    if (good)
        out = found;
    return good;
}

bool YamlReader::textMap(QLatin1StringView key, QMap<QString, QString> &out)
{
    QMap<QString, QString> found;
    const bool there = map(key, [&](YamlReader &reader) {
        reader.acceptAnyKey();
        for (const YamlEntry &entry : reader.m_node->entries) {
            if (entry.value->kind == Kind::Scalar)
                found.insert(entry.key, entry.value->text);
            else
                add(entry.value->at, reader.pathOf(entry.key), shown(*entry.value) + u", expected a text"_s);
        }
    });
    if (there)
        out = found;
    return there;
}

bool YamlReader::numberMap(QLatin1StringView key, QMap<QString, double> &out, Range range)
{
    QMap<QString, double> found;
    const bool there = map(key, [&](YamlReader &reader) {
        reader.acceptAnyKey();
        for (const YamlEntry &entry : reader.m_node->entries) {
            const std::optional<double> value = entry.value->kind == Kind::Scalar ? parseNumber(entry.value->text) : std::nullopt;
            if (value && range.contains(*value))
                found.insert(entry.key, *value);
            else
                add(entry.value->at, reader.pathOf(entry.key),
                    u"%1, expected a number %2"_s.arg(shown(*entry.value), describeRange(range)).trimmed());
        }
    });
    if (there)
        out = found;
    return there;
}

bool YamlReader::map(QLatin1StringView key, const Body &body)
{
    const YamlEntry *entry = find(key);
    if (!entry)
        return false;
    YamlReader reader(entry->value, pathOf(entry->key), m_problems);
    if (entry->value->kind != Kind::Map)
        return false;
    body(reader);
    return true;
}

bool YamlReader::list(QLatin1StringView key, const Body &body)
{
    const YamlEntry *entry = find(key);
    if (!entry)
        return false;
    if (entry->value->kind != Kind::List) {
        add(entry->value->at, pathOf(entry->key), shown(*entry->value) + u", expected a list (lines that begin with \"- \")"_s);
        return false;
    }
    for (qsizetype i = 0; i < entry->value->entries.size(); ++i) {
        const YamlNodePtr item = entry->value->entries.at(i).value;
        const QString name = entryName(*item);
        YamlReader reader(item, u"%1[%2]"_s.arg(pathOf(entry->key), name.isEmpty() ? QString::number(i) : name), m_problems);
        if (item->kind == Kind::Map)
            body(reader);
        else if (item->kind == Kind::Null)
            reader.problem(u"is empty, expected a map of keys"_s);
    }
    return true;
}

bool YamlReader::maps(QLatin1StringView key, const NamedBody &body)
{
    return map(key, [&](YamlReader &outer) {
        outer.acceptAnyKey();
        for (const YamlEntry &entry : outer.m_node->entries) {
            YamlReader reader(entry.value, outer.pathOf(entry.key), m_problems);
            if (entry.value->kind == Kind::Map)
                body(entry.key, reader);
            else if (entry.value->kind == Kind::Null)
                reader.problem(u"is empty, expected a map of keys"_s);
        }
    });
}

QString entryName(const YamlNode &entry)
{
    const QString name = entry.textOf(u"name");
    if (!name.isEmpty() || entry.textOf(u"metric").isEmpty())
        return name;
    QStringList parts{entry.textOf(u"metric")};
    const YamlEntry *labels = entry.find(u"labels");
    QMap<QString, QString> sorted;
    for (const YamlEntry &label : labels ? labels->value->entries : QList<YamlEntry>())
        sorted.insert(label.key, label.value->text);
    for (auto it = sorted.cbegin(); it != sorted.cend(); ++it)
        parts.append(it.key() + u'=' + it.value());
    return parts.join(u',');
}

} // namespace prunella
