#pragma once
// Decision trees from YAML files (resources/playbooks, and the folders of `playbooks`).
#include "core/model/ConfigProblem.h"
#include "core/model/DecisionTree.h"

#include <QByteArray>

namespace prunella {

struct TreeSet {
    QList<DecisionTree> trees;         ///< without those that have an error
    QList<ConfigProblem> problems;
};

/// All *.yaml and *.yml of the folders, in name order. Give the shipped folder first: a tree of the same name in a
/// later folder replaces it, in the place it had. Twice in one folder is an error.
[[nodiscard]] TreeSet loadTrees(const QStringList &folders);

/// One file. A playbook that holds a procedure and no tree gives neither a tree nor an error.
[[nodiscard]] TreeSet readTree(const QString &file, const QByteArray &bytes);

} // namespace prunella
