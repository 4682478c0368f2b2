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

} // namespace prunella::evidence
