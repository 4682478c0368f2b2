#include "core/config/YamlMerge.h"

#include "core/config/YamlReader.h"

#include <QSet>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

using Kind = YamlNode::Kind;

bool hasNames(const YamlNode &list)
{
    return std::any_of(list.entries.cbegin(), list.entries.cend(), [](const YamlEntry &entry) { return !entryName(*entry.value).isEmpty(); });
}

YamlNodePtr mergeMaps(const YamlNode &base, const YamlNode &over)
{
    auto merged = std::make_shared<YamlNode>(base);
    merged->at = over.at;
    for (const YamlEntry &entry : over.entries) {
        const auto same = std::find_if(merged->entries.begin(), merged->entries.end(), [&](const YamlEntry &mine) { return mine.key == entry.key; });
        if (same == merged->entries.end()) {
            merged->entries.append(entry);
        } else if (entry.value->kind != Kind::Null) {
            *same = {entry.key, entry.at, mergeYaml(same->value, entry.value), entry.shared};
        }
    }
    return merged;
}

/// An entry of the same name is merged once; a second one of that name stays, so that it is found to be a duplicate.
YamlNodePtr mergeLists(const YamlNode &base, const YamlNode &over)
{
    auto merged = std::make_shared<YamlNode>(base);
    merged->at = over.at;
    QSet<qsizetype> used;
    for (const YamlEntry &entry : over.entries) {
        const QString name = entryName(*entry.value);
        qsizetype index = 0;
        while (index < base.entries.size() && (name.isEmpty() || used.contains(index) || entryName(*base.entries.at(index).value) != name))
            ++index;
        if (index == base.entries.size()) {
            merged->entries.append(entry);
            continue;
        }
        used.insert(index);
        merged->entries[index] = {{}, entry.at, mergeYaml(base.entries.at(index).value, entry.value), entry.shared};
    }
    return merged;
}

} // namespace

YamlNodePtr mergeYaml(const YamlNodePtr &base, const YamlNodePtr &over)
{
    if (over->kind == Kind::Null)
        return base;
    if (base->kind == Kind::Map && over->kind == Kind::Map)
        return mergeMaps(*base, *over);
    if (base->kind == Kind::List && over->kind == Kind::List && (hasNames(*base) || hasNames(*over)))
        return mergeLists(*base, *over);
    return over;
}

} // namespace prunella
