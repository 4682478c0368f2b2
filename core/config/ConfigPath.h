#pragma once
// A dotted path to one value: self_healing.thresholds[disk_usage,path=/].warning
#include "core/config/YamlNode.h"

#include <optional>

namespace prunella {

struct PathStep {
    QString key;
    std::optional<QString> entry;   ///< names an entry of the list below the key, as entryName() does
};

class ConfigPath
{
public:
    explicit ConfigPath(const QString &dotted);
    /// No steps: the text is no path.
    [[nodiscard]] const QList<PathStep> &steps() const { return m_steps; }

    /// The value's entry; nothing when there is none.
    [[nodiscard]] std::optional<YamlEntry> find(const YamlNodePtr &root) const;
    /// The tree with this one value changed; what is missing on the way is made.
    [[nodiscard]] YamlNodePtr with(const YamlNodePtr &root, const QString &value) const;
    /// The map that a new list entry begins with, as flow YAML without braces: "metric: disk_usage, labels: {path: /}".
    [[nodiscard]] static QString newEntry(const PathStep &step);

private:
    [[nodiscard]] YamlNodePtr changed(const YamlNodePtr &node, qsizetype step, const QString &value) const;
    QList<PathStep> m_steps;
};

/// Same kinds, texts, keys (in any order) and elements; places do not matter.
[[nodiscard]] bool sameYaml(const YamlNodePtr &a, const YamlNodePtr &b);

/// A value as YAML: plain where that is safe, else in double quotes (or the given ones).
[[nodiscard]] QString yamlText(const QString &value, char quote = 0);

} // namespace prunella
