#include "core/config/ConfigPath.h"

#include "core/config/YamlReader.h"

#include <QRegularExpression>
#include <QSet>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

using Kind = YamlNode::Kind;

std::shared_ptr<YamlNode> scalar(const QString &text)
{
    auto node = std::make_shared<YamlNode>();
    node->kind = Kind::Scalar;
    node->text = text;
    return node;
}

bool samePair(const YamlNodePtr &a, const YamlNodePtr &b, QSet<std::pair<quintptr, quintptr>> &known)
{
    if (a->kind != b->kind || a->text != b->text || a->entries.size() != b->entries.size())
        return false;
    const std::pair pair(quintptr(a.get()), quintptr(b.get()));
    if (known.contains(pair)) // an alias, compared before
        return true;
    known.insert(pair);
    for (qsizetype i = 0; i < a->entries.size(); ++i) {
        const YamlEntry &mine = a->entries.at(i);
        const YamlEntry *other = a->kind == Kind::Map ? b->find(mine.key) : &b->entries.at(i);
        if (!other || !samePair(mine.value, other->value, known))
            return false;
    }
    return true;
}

/// The parts of an entry's name: the metric, then label=value.
QStringList parts(const QString &entry)
{
    return entry.split(u',');
}

bool byMetric(const PathStep &step)
{
    return step.key == "thresholds"_L1;
}

YamlNodePtr freshEntry(const PathStep &step)
{
    return parseYaml({}, (u"{"_s + ConfigPath::newEntry(step) + u"}"_s).toUtf8()).root;
}

} // namespace

ConfigPath::ConfigPath(const QString &dotted)
{
    static const QRegularExpression step(u"\\G([^.\\[\\]]+)(?:\\[([^\\]]+)\\])?(?:\\.(?=.)|$)"_s);
    qsizetype at = 0;
    while (at < dotted.size()) {
        const QRegularExpressionMatch match = step.match(dotted, at);
        if (!match.hasMatch()) {
            m_steps.clear();
            return;
        }
        m_steps.append({match.captured(1), match.hasCaptured(2) ? std::optional(match.captured(2)) : std::nullopt});
        at = match.capturedEnd();
    }
}

std::optional<YamlEntry> ConfigPath::find(const YamlNodePtr &root) const
{
    YamlEntry current{{}, root->at, root, false};
    for (const PathStep &step : m_steps) {
        const YamlEntry *next = current.value->find(step.key);
        if (next && step.entry) {
            const QList<YamlEntry> &list = next->value->entries;
            const auto found = std::find_if(list.cbegin(), list.cend(), [&](const YamlEntry &entry) { return entryName(*entry.value) == *step.entry; });
            next = found == list.cend() || next->value->kind != Kind::List ? nullptr : &*found;
        }
        if (!next)
            return std::nullopt;
        const YamlEntry copy = *next; // `current` owns what `next` points into
        current = copy;
    }
    return m_steps.isEmpty() ? std::nullopt : std::optional(current);
}

YamlNodePtr ConfigPath::with(const YamlNodePtr &root, const QString &value) const
{
    return changed(root, 0, value);
}

YamlNodePtr ConfigPath::changed(const YamlNodePtr &node, qsizetype index, const QString &value) const
{
    if (index == m_steps.size())
        return scalar(value);
    const PathStep &step = m_steps.at(index);
    auto copy = std::make_shared<YamlNode>(*node);
    if (copy->kind == Kind::Null)
        copy->kind = Kind::Map;
    auto entry = std::find_if(copy->entries.begin(), copy->entries.end(), [&](const YamlEntry &mine) { return mine.key == step.key; });
    if (entry == copy->entries.end()) {
        copy->entries.append({step.key, {}, std::make_shared<YamlNode>(), false});
        entry = copy->entries.end() - 1;
    }
    if (!step.entry) {
        entry->value = changed(entry->value, index + 1, value);
        return copy;
    }
    auto list = std::make_shared<YamlNode>(*entry->value);
    list->kind = Kind::List;
    auto item = std::find_if(list->entries.begin(), list->entries.end(), [&](const YamlEntry &mine) { return entryName(*mine.value) == *step.entry; });
    if (item == list->entries.end()) {
        list->entries.append({{}, {}, freshEntry(step), false});
        item = list->entries.end() - 1;
    }
    item->value = changed(item->value, index + 1, value);
    entry->value = list;
    return copy;
}

QString ConfigPath::newEntry(const PathStep &step)
{
    const QString entry = step.entry.value_or(QString());
    if (!byMetric(step))
        return u"name: "_s + yamlText(entry);
    const QStringList all = parts(entry);
    QStringList labels;
    for (const QString &label : all.sliced(1))
        labels.append(yamlText(label.section(u'=', 0, 0)) + u": "_s + yamlText(label.section(u'=', 1)));
    const QString metric = u"metric: "_s + yamlText(all.constFirst());
    return labels.isEmpty() ? metric : QString(metric + u", labels: {"_s + labels.join(", "_L1) + u'}');
}

bool sameYaml(const YamlNodePtr &a, const YamlNodePtr &b)
{
    QSet<std::pair<quintptr, quintptr>> known;
    return samePair(a, b, known);
}

QString yamlText(const QString &value, char quote)
{
    static const QRegularExpression harmless(u"^[A-Za-z0-9_./+-][A-Za-z0-9_./+%@=-]*$"_s);
    if (quote == '\'' && !value.contains(u'\n'))
        return u'\'' + QString(value).replace(u'\'', u"''"_s) + u'\'';
    if (quote == 0 && harmless.match(value).hasMatch())
        return value;
    QString text = value;
    text.replace(u'\\', u"\\\\"_s).replace(u'"', u"\\\""_s).replace(u'\n', u"\\n"_s).replace(u'\t', u"\\t"_s);
    return u'"' + text + u'"';
}

} // namespace prunella
