#pragma once
// Recovery procedures from YAML files: beside the trees, or in the folder `procedures` below them.
#include "core/model/ConfigProblem.h"
#include "core/model/DecisionTree.h"
#include "core/model/Procedure.h"

#include <QByteArray>

namespace prunella {

struct ProcedureSet {
    QList<Procedure> procedures;       ///< without those that have an error; in the order of their files
    QList<ConfigProblem> problems;
};

/// All *.yaml and *.yml of each folder that hold a procedure, then those of its folder `procedures`, in name order. Give the
/// folders and the trees of loadTrees, which tells of folders that are missing and of files that are no YAML. A procedure of
/// the same name in a later folder replaces the earlier one. Whoever writes a tree of his own for an error type says with it
/// what is done: procedures of earlier folders then say nothing of that type.
[[nodiscard]] ProcedureSet loadProcedures(const QStringList &folders, const QList<DecisionTree> &trees);

/// One file. A playbook that holds a tree gives neither a procedure nor an error.
[[nodiscard]] ProcedureSet readProcedure(const QString &file, const QByteArray &bytes, const QList<DecisionTree> &trees);

} // namespace prunella
