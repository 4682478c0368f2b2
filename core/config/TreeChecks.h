#pragma once
// What must be true of a decision tree as a whole: a tree, and not a net with loose ends.
#include "core/config/YamlNode.h"
#include "core/model/DecisionTree.h"

#include <QHash>

namespace prunella {

/// Where an id is defined or pointed at, for the message.
struct TreePlace { QString id, key; YamlPosition at; };

struct TreePlaces {
    QList<TreePlace> defined;          ///< questions and causes
    QList<TreePlace> references;       ///< `first` and every `then`
    QList<TreePlace> facts;            ///< in conditions
    TreePlace causes;                  ///< the map of causes
};

[[nodiscard]] QList<ConfigProblem> checkTree(const DecisionTree &tree, const TreePlaces &places);

/// What is wrong with a sentence's {facts} and [brackets]; empty when nothing is.
[[nodiscard]] QString templateProblem(const QString &text);

} // namespace prunella
