#pragma once
// The parts of buildEvidence, one for each source.
#include "core/diagnosis/EvidenceBuilder.h"

namespace prunella::evidence {

void add(Evidence &evidence, const QString &key, const QVariant &value, const QString &text, qint64 wallMs = 0);
void addUnit(Evidence &evidence, const UnitState &unit, qint64 wallMs);
void addProcess(Evidence &evidence, const ProcessState &process, qint64 wallMs);
void addOomKills(Evidence &evidence, const EvidenceInput &input);
void addChecks(Evidence &evidence, const EvidenceInput &input);
void addSeries(Evidence &evidence, const EvidenceInput &input);
void addCheckAddress(Evidence &evidence, const EvidenceInput &input, const CheckResult &check);
void addTopology(Evidence &evidence, const EvidenceInput &input);
void addHistory(Evidence &evidence, const EvidenceInput &input);
void addChanges(Evidence &evidence, const EvidenceInput &input);
/// The log, events and change forms of a tree.
void addQueries(Evidence &evidence, const EvidenceInput &input, const QList<TreeQuery> &queries);

/// Whose events and changes a form is about: the components of `of`; nothing: of all.
[[nodiscard]] std::optional<QSet<QString>> componentsOf(const EvidenceInput &input, const QString &of);
/// The public word: "config_file".
[[nodiscard]] QString wordOf(ChangeKind kind);
/// Direct ones, without disks and containers.
[[nodiscard]] QStringList dependenciesOf(const Topology &topology, const QString &component);
[[nodiscard]] QStringList dependentsOf(const Topology &topology, const QString &component);
/// The fault's start, wall ms.
[[nodiscard]] inline qint64 startOf(const EvidenceInput &input) { return input.startedAt > 0 ? input.startedAt : input.now.wallMs; }

} // namespace prunella::evidence
