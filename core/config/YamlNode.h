#pragma once
// A YAML file as a plain tree with positions. The tree keeps what the loaders need to point at a mistake; nothing
// outside YamlParser.cpp knows which library parsed it.
#include "core/model/ConfigProblem.h"

#include <QByteArray>
#include <QList>
#include <QString>
#include <memory>

namespace prunella {

struct YamlNode;
using YamlNodePtr = std::shared_ptr<const YamlNode>;

struct YamlPosition {
    QString file;
    int line = 0, column = 0;   ///< from 1; columns count characters
    bool operator==(const YamlPosition &) const = default;
};

/// One `key: value` of a map, or one element of a list (its key is empty).
struct YamlEntry {
    QString key;
    YamlPosition at;            ///< the key's place; in a list the value's
    YamlNodePtr value;          ///< never null; an absent value is a node of kind Null
    bool shared = false;        ///< the value stands elsewhere: an alias (`*name`) or a merge key (`<<`)
};

struct YamlNode {
    enum class Kind { Null, Scalar, List, Map };
    Kind kind = Kind::Null;
    QString text;               ///< Scalar: without quotes, escapes resolved
    YamlPosition at;
    QList<YamlEntry> entries;   ///< Map, List

    /// The entry of a map's key, or nothing.
    [[nodiscard]] const YamlEntry *find(QStringView key) const
    {
        for (const YamlEntry &entry : entries) {
            if (kind == Kind::Map && entry.key == key)
                return &entry;
        }
        return nullptr;
    }
    /// The text of a scalar below a key; empty when there is none.
    [[nodiscard]] QString textOf(QStringView key) const
    {
        const YamlEntry *entry = find(key);
        return entry && entry->value->kind == Kind::Scalar ? entry->value->text : QString();
    }
};

struct YamlDocument {
    YamlNodePtr root;           ///< never null; kind Null when the file is empty or cannot be parsed
    QList<ConfigProblem> problems;
};

/// Parses one document. Accepts a BOM, CRLF and lone CR. Duplicate keys, syntax errors and text that is no UTF-8 are
/// problems with their position; nothing is thrown.
[[nodiscard]] YamlDocument parseYaml(const QString &file, const QByteArray &bytes);

/// Reads and parses; a file that cannot be read is a problem of the file as a whole.
[[nodiscard]] YamlDocument readYamlFile(const QString &file);

} // namespace prunella
