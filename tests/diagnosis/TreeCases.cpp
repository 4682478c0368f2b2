#include "tests/diagnosis/TreeCases.h"

#include "core/config/YamlReader.h"

namespace prunella::test {

using namespace Qt::StringLiterals;

namespace {

QVariant valueOf(const QString &text)
{
    if (text == u"true"_s || text == u"false"_s)
        return text == u"true"_s;
    const std::optional<double> number = parseNumber(text);
    return number ? QVariant(*number) : QVariant(text);
}

/// A reading that is null is taken away. Returns how many there are.
int change(const YamlNodePtr &map, Evidence &evidence)
{
    if (!map)
        return 0;
    for (const YamlEntry &entry : map->entries) {
        if (entry.value->kind == YamlNode::Kind::Null)
            evidence.remove(entry.key);
        else
            evidence.insert(entry.key, {valueOf(entry.value->text), QString(entry.key + u" = "_s + entry.value->text), 0});
    }
    return int(map->entries.size());
}

TreeCase readCase(YamlReader &reader, const TreeCases &before)
{
    TreeCase one;
    reader.require("name"_L1, u"what the case is"_s);
    reader.text("name"_L1, one.name);
    change(reader.node("evidence"_L1), one.evidence);
    if (reader.text("from"_L1, one.from)) {
        const auto base = std::find_if(before.cases.begin(), before.cases.end(), [&](const TreeCase &c) { return c.name == one.from; });
        if (base == before.cases.end())
            reader.problem("from"_L1, u"there is no case of this name above"_s);
        else
            one.evidence = base->evidence;
        one.changed = change(reader.node("change"_L1), one.evidence);
    }
    reader.texts("path"_L1, one.path);
    reader.require("cause"_L1, u"the id of a cause"_s);
    reader.text("cause"_L1, one.cause);
    QStringList bounds;
    if (reader.texts("confidence"_L1, bounds)) {
        one.atLeast = bounds.value(0).toDouble();
        one.atMost = bounds.value(1).toDouble();
        if (bounds.size() != 2 || one.atLeast > one.atMost)
            reader.problem("confidence"_L1, u"expected [lowest, highest]"_s);
    }
    return one;
}

} // namespace

TreeCases readTreeCases(const QString &file, const QByteArray &bytes)
{
    TreeCases result;
    YamlDocument document = parseYaml(file, bytes);
    QList<ConfigProblem> problems = document.problems;
    {
        QString tree;
        YamlReader top(document.root, QString(), problems);
        top.require("tree"_L1, u"the tree's name"_s);
        top.text("tree"_L1, tree);
        top.list("cases"_L1, [&](YamlReader &reader) {
            TreeCase one = readCase(reader, result);
            one.file = file;
            one.tree = tree;
            result.cases << one;
        });
    }
    for (const ConfigProblem &problem : problems)
        result.problems << toString(problem);
    return result;
}

QStringList pathOf(const DiagnosisNode &root)
{
    QStringList path;
    for (const DiagnosisNode *node = &root; node && node->asked;) {
        path << QString(node->id + u'=' + node->answer);
        const auto next = std::find_if(node->children.begin(), node->children.end(), [](const DiagnosisNode &child) { return child.held; });
        node = next == node->children.end() ? nullptr : &*next;
    }
    return path;
}

} // namespace prunella::test
