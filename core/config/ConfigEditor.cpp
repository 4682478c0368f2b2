#include "core/config/ConfigEditor.h"

#include "core/config/ConfigPath.h"
#include "core/config/RawYaml.h"

#include <QMap>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

using Kind = RawNode::Kind;

/// Bytes [begin, end) become `text`.
struct Edit {
    qsizetype begin = 0, end = 0;
    QByteArray text;
};

/// The map in which the entry stands whose value the walk looks at.
struct Owner {
    const RawEntry *entry = nullptr; ///< nothing for the file's top
    qsizetype column = 0;
    bool flow = false;
};

class Editor
{
public:
    Editor(const QByteArray &bytes, QList<PathStep> steps, QString value)
        : m_bytes(bytes), m_steps(std::move(steps)), m_value(std::move(value))
    {
        const qsizetype lf = bytes.indexOf('\n'), cr = bytes.indexOf('\r');
        m_lineEnd = cr < 0 ? "\n" : (lf == cr + 1 ? "\r\n" : "\r");
    }

    [[nodiscard]] Result<Edit> edit(const RawNodePtr &root) const { return inMap(root, {}, 0); }

private:
    [[nodiscard]] int line(qsizetype position) const
    {
        const QByteArray before = QByteArray(m_bytes.first(position)).replace("\r\n", "\n").replace('\r', '\n');
        return int(before.count('\n')) + 1;
    }
    [[nodiscard]] QString pathTo(qsizetype step) const
    {
        QStringList names;
        for (qsizetype i = 0; i < step; ++i)
            names.append(m_steps.at(i).key + (m_steps.at(i).entry ? u'[' + *m_steps.at(i).entry + u']' : QString()));
        return names.join(u'.');
    }
    [[nodiscard]] Result<Edit> refused(qsizetype step, const RawNode &node) const
    {
        const QString where = pathTo(step);
        if (node.kind == Kind::Alias)
            return failure(ErrorCode::Invalid, u"%1 stands behind the alias *%2 in line %3; change it in the file"_s.arg(where, QString::fromUtf8(node.name)).arg(line(node.begin)));
        const QString what = node.kind == Kind::Scalar ? u"a single value"_s : node.kind == Kind::List ? u"a list"_s : u"a map"_s;
        return failure(ErrorCode::Invalid, u"%1 in line %2 is %3; change it in the file"_s.arg(where).arg(line(node.begin)).arg(what));
    }
    /// null and ~ are plain scalars in the bytes.
    [[nodiscard]] bool isWrittenNull(const RawNode &node) const
    {
        const QByteArray text = rawText(m_bytes, node);
        return node.kind == Kind::Scalar && node.quote == 0 && (text == "~" || text.toLower() == "null");
    }

    /// Step `index` lies in this map.
    [[nodiscard]] Result<Edit> inMap(const RawNodePtr &map, const Owner &owner, qsizetype index) const
    {
        if (map->kind == Kind::Null)
            return fillEmpty(*map, owner, index);
        if (isWrittenNull(*map))
            return Edit{map->begin, map->end, "{" + flowText(index) + "}"};
        if (map->kind != Kind::Map)
            return refused(index, *map);
        const PathStep &step = m_steps.at(index);
        const RawEntry *entry = map->find(step.key.toUtf8());
        if (!entry)
            return insertKey(*map, index);
        if (step.entry)
            return inList(*entry, *map, index);
        if (index + 1 == m_steps.size())
            return replace(*entry, index + 1);
        return inMap(entry->value, {entry, map->column, map->flow}, index + 1);
    }
    [[nodiscard]] Result<Edit> replace(const RawEntry &entry, qsizetype index) const
    {
        const RawNode &node = *entry.value;
        if (node.kind == Kind::Null)
            return Edit{node.begin, node.end, " " + yamlText(m_value).toUtf8()};
        if (node.kind != Kind::Scalar || node.quote == '|')
            return refused(index, node);
        return Edit{node.begin, node.end, yamlText(m_value, node.quote).toUtf8()};
    }
    [[nodiscard]] Result<Edit> inList(const RawEntry &entry, const RawNode &map, qsizetype index) const
    {
        const RawNode &list = *entry.value;
        if (list.kind == Kind::Null && map.flow)
            return Edit{list.begin, list.end, " [{" + flowEntry(index) + "}]"};
        if (list.kind == Kind::Null)
            return Edit{lineEndAfter(entry.end), lineEndAfter(entry.end), m_lineEnd + QByteArray(map.column + 2, ' ') + "- {" + flowEntry(index) + "}"};
        if (isWrittenNull(list))
            return Edit{list.begin, list.end, "[{" + flowEntry(index) + "}]"};
        if (list.kind != Kind::List)
            return refused(index + 1, list);
        for (const RawEntry &item : list.entries) {
            if (nameOf(*item.value) == *m_steps.at(index).entry)
                return inMap(item.value, {&item, list.column, list.flow}, index + 1);
        }
        const QByteArray item = "{" + flowEntry(index) + "}";
        if (list.flow)
            return insertFlow(list, item);
        const qsizetype end = lineEndAfter(list.end);
        return Edit{end, end, m_lineEnd + QByteArray(list.column, ' ') + "- " + item};
    }
    [[nodiscard]] Result<Edit> insertKey(const RawNode &map, qsizetype index) const
    {
        if (map.flow)
            return insertFlow(map, flowText(index));
        const qsizetype end = lineEndAfter(map.end);
        return Edit{end, end, m_lineEnd + blockText(index, map.column)};
    }
    [[nodiscard]] static Edit insertFlow(const RawNode &node, const QByteArray &text)
    {
        if (node.entries.isEmpty())
            return {node.begin + 1, node.begin + 1, text};
        const RawEntry &last = node.entries.constLast();
        const qsizetype end = std::max(last.end, last.value->end);
        return {end, end, ", " + text};
    }
    /// A key without a value, or a file without anything.
    [[nodiscard]] Result<Edit> fillEmpty(const RawNode &null, const Owner &owner, qsizetype index) const
    {
        if (!owner.entry) {
            const qsizetype end = m_bytes.size();
            const bool atLineStart = end == 0 || m_bytes.endsWith('\n') || m_bytes.endsWith('\r') || m_bytes == "\xEF\xBB\xBF";
            return Edit{end, end, (atLineStart ? QByteArray() : m_lineEnd) + blockText(index, 0) + m_lineEnd};
        }
        if (owner.flow)
            return Edit{null.begin, null.end, " {" + flowText(index) + "}"};
        const qsizetype end = lineEndAfter(owner.entry->end);
        return Edit{end, end, m_lineEnd + blockText(index, owner.column + 2)};
    }

    /// The steps from `index` on in block style, without the last line's end.
    [[nodiscard]] QByteArray blockText(qsizetype index, qsizetype column) const
    {
        const PathStep &step = m_steps.at(index);
        const QByteArray begin = QByteArray(column, ' ') + yamlText(step.key).toUtf8() + ":";
        if (step.entry)
            return begin + m_lineEnd + QByteArray(column + 2, ' ') + "- {" + flowEntry(index) + "}";
        if (index + 1 == m_steps.size())
            return begin + " " + yamlText(m_value).toUtf8();
        return begin + m_lineEnd + blockText(index + 1, column + 2);
    }
    [[nodiscard]] QByteArray flowText(qsizetype index) const
    {
        const PathStep &step = m_steps.at(index);
        const QByteArray begin = yamlText(step.key).toUtf8() + ": ";
        if (step.entry)
            return begin + "[{" + flowEntry(index) + "}]";
        if (index + 1 == m_steps.size())
            return begin + yamlText(m_value).toUtf8();
        return begin + "{" + flowText(index + 1) + "}";
    }
    /// A new list entry with the rest of the path in it.
    [[nodiscard]] QByteArray flowEntry(qsizetype index) const
    {
        return ConfigPath::newEntry(m_steps.at(index)).toUtf8() + ", " + flowText(index + 1);
    }
    [[nodiscard]] qsizetype lineEndAfter(qsizetype position) const
    {
        while (position < m_bytes.size() && m_bytes.at(position) != '\n' && m_bytes.at(position) != '\r')
            ++position;
        return position;
    }
    /// As entryName() does it for the parsed tree.
    [[nodiscard]] QString nameOf(const RawNode &node) const
    {
        const auto text = [this](const RawNode &map, const char *key) {
            const RawEntry *entry = map.find(key);
            return entry ? QString::fromUtf8(rawText(m_bytes, *entry->value)) : QString();
        };
        const QString name = text(node, "name"), metric = text(node, "metric");
        if (!name.isEmpty() || metric.isEmpty())
            return name;
        const RawEntry *labels = node.find("labels");
        QMap<QString, QString> sorted;
        for (const RawEntry &label : labels ? labels->value->entries : QList<RawEntry>())
            sorted.insert(QString::fromUtf8(label.key), QString::fromUtf8(rawText(m_bytes, *label.value)));
        QString result = metric;
        for (auto it = sorted.cbegin(); it != sorted.cend(); ++it)
            result += u',' + it.key() + u'=' + it.value();
        return result;
    }

    const QByteArray &m_bytes;
    QList<PathStep> m_steps;
    QString m_value;
    QByteArray m_lineEnd;
};

QString firstProblem(const YamlDocument &document)
{
    const ConfigProblem &problem = document.problems.constFirst();
    return u"line %1: %2"_s.arg(problem.line).arg(problem.text);
}

} // namespace

Result<QByteArray> setScalar(const QByteArray &file, const QString &dottedPath, const QString &value)
{
    const ConfigPath path(dottedPath);
    if (path.steps().isEmpty() || path.steps().constLast().entry)
        return failure(ErrorCode::Invalid, u"\"%1\" names no value"_s.arg(dottedPath));
    const YamlDocument before = parseYaml({}, file);
    if (!before.problems.isEmpty())
        return failure(ErrorCode::Invalid, u"the file has errors, mend them first: "_s + firstProblem(before));
    const RawNodePtr root = scanYaml(file);
    if (!root)
        return failure(ErrorCode::Invalid, u"the file is written in a way that cannot be changed from here; change it in the file"_s);
    const Result<Edit> edit = Editor(file, path.steps(), value).edit(root);
    if (!edit)
        return tl::unexpected(edit.error());
    QByteArray result = file;
    result.replace(edit->begin, edit->end - edit->begin, edit->text);
    const YamlDocument after = parseYaml({}, result);
    if (!after.problems.isEmpty())
        return failure(ErrorCode::Invalid, u"%1 cannot be changed from here, the way the file is written; change it in the file"_s.arg(dottedPath));
    if (!sameYaml(path.with(before.root, value), after.root))
        return failure(ErrorCode::Invalid, u"%1 cannot be changed alone: other values are aliases of it or of what it stands in; change it in the file"_s.arg(dottedPath));
    return result;
}

} // namespace prunella
